"""A proxy that ends TLS between all parties of a country and records every byte both ways.

It stands where the directory says each party listens. To a client it shows the certificate of the
party it stands for, to that party the certificate of the client: both know whom they talk to, and
neither knows of it. It can, because the sandbox has everybody's keys in files.
"""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from renkei.kit.tls import client_context, server_context

READ_BYTES = 65_536
STOP_SECONDS = 10
PEOPLE = "people"
"""Who comes in without a certificate, at a door for people."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A party as TLS sees it: its name, DNS name, certificate and key."""

    party: str
    dns_name: str
    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Door:
    """One port to stand at, and where the party behind it really listens."""

    party: str
    port: int
    behind: int
    tls: bool = True


@dataclass(slots=True)
class Conversation:
    """One connection: who spoke to whom, and all bytes of both directions, without TLS."""

    sender: str
    receiver: str
    asked: bytearray = field(default_factory=bytearray)
    answered: bytearray = field(default_factory=bytearray)


class RecordingProxy:
    """All doors of a country, served by one thread."""

    def __init__(self, authority: Path, parties: Sequence[Identity], doors: Sequence[Door]) -> None:
        self.conversations: list[Conversation] = []
        self.failures: list[str] = []
        self._authority = authority
        self._by_party = {one.party: one for one in parties}
        self._by_dns = {one.dns_name: one for one in parties}
        self._doors = doors
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._servers: list[asyncio.Server] = []
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> "RecordingProxy":
        """Listen at every door."""
        self._thread.start()
        self._run(self._listen())
        return self

    def stop(self) -> None:
        """Close every door and connection."""
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(STOP_SECONDS)
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(STOP_SECONDS)

    async def _listen(self) -> None:
        for door in self._doors:
            context = None
            if door.tls:
                own = self._by_party[door.party]
                context = server_context(own.certificate, own.key, self._authority)
            self._servers.append(
                await asyncio.start_server(self._handler(door), "127.0.0.1", door.port, ssl=context)
            )

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0.05)

    def _handler(self, door: Door) -> Any:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._writers.add(writer)
            try:
                await self._connect(door, reader, writer)
            except (OSError, asyncio.IncompleteReadError) as error:
                self.failures.append(f"{door.party}: {type(error).__name__}")
            finally:
                self._writers.discard(writer)
                writer.close()

        return handle

    async def _connect(
        self, door: Door, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        sender, context, name = PEOPLE, None, None
        if door.tls:
            presented = writer.get_extra_info("peercert")["subjectAltName"]
            client = self._by_dns[presented[0][1]]
            sender, name = client.party, self._by_party[door.party].dns_name
            context = self._client_context(client)
        conversation = Conversation(sender, door.party)
        self.conversations.append(conversation)
        behind_reader, behind = await asyncio.open_connection(
            "127.0.0.1", door.behind, ssl=context, server_hostname=name
        )
        self._writers.add(behind)
        try:
            await asyncio.gather(
                _pass_on(reader, behind, conversation.asked),
                _pass_on(behind_reader, writer, conversation.answered),
            )
        finally:
            self._writers.discard(behind)
            behind.close()

    def _client_context(self, client: Identity) -> ssl.SSLContext:
        if client.party not in self._contexts:
            self._contexts[client.party] = client_context(
                client.certificate, client.key, self._authority
            )
        return self._contexts[client.party]


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, record: bytearray
) -> None:
    """Record, then pass on; when one side ends, the other is ended."""
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while data := await reader.read(READ_BYTES):
            record += data
            writer.write(data)
            await writer.drain()
    writer.close()


@contextlib.contextmanager
def recording(
    authority: Path, parties: Sequence[Identity], doors: Sequence[Door]
) -> Iterator[RecordingProxy]:
    """A proxy for the length of a block."""
    proxy = RecordingProxy(authority, parties, doors).start()
    try:
        yield proxy
    finally:
        proxy.stop()

"""The country of one process whose parties talk over real mutual TLS, each with its own door.

Servers listen at ports the system gives; the directory's ports are replaced on the way.
"""

import asyncio
from dataclasses import dataclass, field

from inprocess import Node, World

from renkei.kit.http_client import Answer, HttpClient, Peer
from renkei.kit.http_server import build_app, listen, serve
from renkei.kit.tls import client_context, server_context

SECONDS = 20


@dataclass
class Redirected:
    """A party's real client, sent to where its peers really listen."""

    client: HttpClient
    ports: dict[str, int]

    def _to(self, peer: Peer) -> Peer:
        return Peer(peer.dns_name, "127.0.0.1", self.ports[peer.dns_name])

    async def post(
        self, peer: Peer, path: str, body: bytes, *, deadline_seconds: float, max_answer_bytes: int
    ) -> Answer:
        """One message over TLS."""
        return await self.client.post(
            self._to(peer),
            path,
            body,
            deadline_seconds=deadline_seconds,
            max_answer_bytes=max_answer_bytes,
        )

    async def get(
        self, peer: Peer, path: str, *, deadline_seconds: float, max_answer_bytes: int
    ) -> Answer:
        """One public file over TLS."""
        return await self.client.get(
            self._to(peer),
            path,
            deadline_seconds=deadline_seconds,
            max_answer_bytes=max_answer_bytes,
        )


@dataclass
class TlsWorld(World):
    """Every party's door behind a real server, every caller with its real certificate."""

    ports: dict[str, int] = field(default_factory=dict)
    _clients: dict[str, Redirected] = field(default_factory=dict)
    _servers: list[tuple[asyncio.Event, "asyncio.Task[None]"]] = field(default_factory=list)

    def http(self, name: str) -> Redirected:
        """The party's client; certificates are read where the first message is sent."""
        if name not in self._clients:
            tls = self.country.config(name).tls
            client = HttpClient(client_context(tls.certificate, tls.key, tls.authority))
            self._clients[name] = Redirected(client, self.ports)
        return self._clients[name]

    async def open(self, node: Node) -> None:
        """Let a started process listen."""
        tls = self.country.config(node.party.name).tls
        stop, listening = asyncio.Event(), asyncio.get_running_loop().create_future()
        app = build_app(node.running.routes)
        context = server_context(tls.certificate, tls.key, tls.authority)
        sock = listen("127.0.0.1")
        task = asyncio.create_task(
            serve(app, sock, context=context, ready=listening.set_result, stop=stop)
        )
        self._servers.append((stop, task))
        self.ports[f"{node.party.name}.renkei.test"] = await asyncio.wait_for(listening, SECONDS)

    async def close(self) -> None:
        """Stop every server, close every client."""
        for one in self._clients.values():
            await one.client.close()
        for stop, _ in self._servers:
            stop.set()
        await asyncio.wait_for(asyncio.gather(*(task for _, task in self._servers)), SECONDS)

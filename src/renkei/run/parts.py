"""What every role is made of, and a role ready to serve (共通部品)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from litestar.types import ControllerRouterHandler

from renkei.clients.caller import Caller, Manner, listed
from renkei.clients.linkage import LinkageClient
from renkei.kit.certificates import client_context
from renkei.kit.clock import SystemClock
from renkei.kit.database import Database
from renkei.kit.http_client import HttpClient, Peer
from renkei.kit.http_server import Route
from renkei.kit.keys import FileKeyStore, KeyStore
from renkei.kit.outbox import Outbox, Pace
from renkei.kit.party import Party
from renkei.kit.randomness import system_randomness
from renkei.run.config import Address, ServeConfig
from renkei.run.directory import DirectoryKeeper

SWEEP_PACE: Final = Pace(batch=200, idle_seconds=2.0)
PATIENCE_SECONDS: Final = 3.0
"""However long a call is repeated that a busy peer has turned away undone."""
RELOAD_PACE: Final = Pace(batch=1, idle_seconds=1.0)


@dataclass(slots=True)
class Running:
    """A role ready to serve: routes, work in the background, and how to end it."""

    routes: list[Route]
    people: list[ControllerRouterHandler] = field(default_factory=list)
    """Handlers of a second listener, for people: pages and files, no messages."""
    starting: list[Callable[[], Awaitable[object]]] = field(default_factory=list)
    outboxes: list[Outbox] = field(default_factory=list)
    stopping: list[Callable[[], Awaitable[object]]] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self) -> None:
        """Do what must precede serving, then start the background work."""
        for step in self.starting:
            await step()
        self._tasks = [asyncio.create_task(outbox.run()) for outbox in self.outboxes]

    async def stop(self) -> None:
        """End background work, then close clients and database."""
        for outbox in self.outboxes:
            outbox.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for step in self.stopping:
            await step()


@dataclass(frozen=True, slots=True)
class Parts:
    """What every role is made of."""

    config: ServeConfig
    party: Party
    database: Database
    http: HttpClient

    @property
    def linkage(self) -> LinkageClient:
        """The network, at the address this process was configured with."""
        return linkage_client(self.party, self.http, self.config.linkage, self.patient)

    @property
    def exchanging(self) -> Manner:
        """For steps of exchanges, which are tried again for hours: a short call, no patience."""
        return Manner(call_seconds=self.config.exchange_call_seconds)

    @property
    def patient(self) -> Manner:
        """For what somebody waits for and nothing tries again."""
        return Manner(patience_seconds=PATIENCE_SECONDS)

    def caller(self, name: str, manner: Manner | None = None) -> Caller:
        """Calls one party at the address the directory lists."""
        return Caller(self.party, self.http, name, listed(self.party, name), manner or Manner())

    def keeper(self) -> DirectoryKeeper:
        """Keeps the directory current from the network."""
        return DirectoryKeeper(self.party, self.linkage, self.config.directory)

    async def close_database(self) -> None:
        """Close the database once nothing uses it any more."""
        await asyncio.to_thread(self.database.close)


def outbox(task: str, work: Callable[[int], Awaitable[int]], pace: Pace) -> Outbox:
    """Background work with the system's randomness for its jitter."""
    return Outbox(task, work, randomness=system_randomness, pace=pace)


def linkage_client(
    party: Party, http: HttpClient, address: Address, manner: Manner | None = None
) -> LinkageClient:
    """The network at a configured address: it must be reachable before any directory is held."""
    peer = Peer(address.dns_name, address.host, address.port)
    return LinkageClient(Caller(party, http, "linkage", lambda: peer, manner or Manner()))


def party_of(config: ServeConfig, keys: KeyStore | None = None) -> Party:
    """The party a configuration describes, without directory yet; `keys` if opened before."""
    return Party(
        config.party,
        keys or FileKeyStore(config.keys, profile=config.profile),
        SystemClock(config.clock_offset_seconds),
        system_randomness,
        roots=config.trust.roots(),
        desks={desk.party: (desk.dns_name, desk.key()) for desk in config.desks},
    )


def http_of(config: ServeConfig) -> HttpClient:
    """An HTTP client with this party's certificate; call inside the event loop."""
    tls = config.tls
    return HttpClient(client_context(tls.certificate, tls.key, tls.authority))

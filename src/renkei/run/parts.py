"""What every role is made of, and a role ready to serve (共通部品)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Generic, TypeVar

from renkei.clients.caller import Caller, Manner, listed
from renkei.kit.background import Alone, Background, Interval
from renkei.kit.clock import SystemClock
from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database
from renkei.kit.database.seat import Seat
from renkei.kit.http_client import HttpClient, Peer
from renkei.kit.http_server import Route
from renkei.kit.keys import FileKeyStore, KeyStore
from renkei.kit.outbox import Outbox, Pace
from renkei.kit.pages.door import Door
from renkei.kit.party import Party
from renkei.kit.randomness import system_randomness
from renkei.kit.rounds import Round
from renkei.kit.tls import client_context
from renkei.kit.watch import Source, Watch, failing
from renkei.run.config import Address, ServeConfig
from renkei.run.directory import DirectoryKeeper
from renkei.wire.names import LINKAGE

SWEEP_PACE: Final = Pace(batch=200, idle_seconds=2.0)
S = TypeVar("S")
PATIENCE_SECONDS: Final = 3.0
"""However long a call is repeated that a busy peer has turned away undone."""


@dataclass(slots=True)
class Running:
    """A role ready to serve: routes, work in the background, and how to end it."""

    routes: list[Route]
    people: Door[Any] | None = None
    """What a second listener opens, for people: pages and files, no messages."""
    starting: list[Callable[[], Awaitable[object]]] = field(default_factory=list)
    background: list[Background] = field(default_factory=list)
    """What the role repeats by itself: outboxes and rounds."""
    stopping: list[Callable[[], Awaitable[object]]] = field(default_factory=list)
    alarms: list[Source] = field(default_factory=list)
    """What the role itself finds an operator should look at."""
    services: dict[str, Any] = field(default_factory=dict)
    """What it is made of, by name, for whoever must look inside: tests."""
    watch: Watch = field(default_factory=lambda: Watch(SystemClock()))
    seat: Seat = field(default_factory=Alone)
    """Says whether this process does what one process of its party does alone."""
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self) -> None:
        """Do what must precede serving, then start the background work."""
        for step in self.starting:
            await step()
        self.watch.sources += self.alarms
        for work in self.background:
            self.watch.sources.append(failing(work))
            run = partial(work.run, self.seat)
            self._tasks.append(self.watch.keep(work.task, run))

    async def stop(self) -> None:
        """End background work, then close clients and database."""
        self.watch.stop()
        for work in self.background:
            work.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for step in self.stopping:
            await step()


@dataclass(frozen=True, slots=True)
class Parts(Generic[S]):
    """What every role is made of."""

    config: ServeConfig
    settings: S
    """The role's own section of the configuration."""
    party: Party
    database: Database
    http: HttpClient
    watch: Watch = field(default_factory=lambda: Watch(SystemClock()))

    @property
    def linkage(self) -> Counterparty:
        """The network, at the address this process was configured with."""
        return self.network(self.patient)

    @property
    def patient(self) -> Manner:
        """For what somebody waits for and nothing tries again."""
        return Manner(patience_seconds=PATIENCE_SECONDS)

    def network(self, manner: Manner) -> Counterparty:
        """The network, called in another manner."""
        return to_linkage(self.party, self.http, self.config.linkage, manner)

    def peer(self, name: str, manner: Manner | None = None) -> Counterparty:
        """Another party, at the address the directory lists."""
        address = listed(self.party, name)
        line = Caller(self.party, self.http, name, address, manner or Manner())
        return Counterparty(self.party, name, line)

    def keeper(self) -> DirectoryKeeper:
        """Keeps the directory current from the network."""
        return DirectoryKeeper(self.party, self.linkage.line, self.config.directory)

    async def close_database(self) -> None:
        """Close the database once nothing uses it any more."""
        await asyncio.to_thread(self.database.close)


def outbox(task: str, work: Callable[[int], Awaitable[int]], pace: Pace) -> Outbox:
    """Background work in batches, with the system's randomness for its jitter."""
    return Outbox(task, work, randomness=system_randomness, pace=pace)


def rounds(task: str, work: Callable[[], Awaitable[None]], interval: Interval) -> Round:
    """Background work at an interval, with the system's randomness for its jitter."""
    return Round(task, work, randomness=system_randomness, interval=interval)


def each(work: Background) -> Background:
    """Work of every process of a party: what it holds in memory, whoever has the seat."""
    work.each = True
    return work


def to_linkage(
    party: Party, http: HttpClient, address: Address, manner: Manner | None = None
) -> Counterparty:
    """The network at a configured address: it must be reachable before any directory is held."""
    peer = Peer(address.dns_name, address.host, address.port)
    line = Caller(party, http, LINKAGE, lambda: peer, manner or Manner())
    return Counterparty(party, LINKAGE, line)


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

"""A country whose roles stand in one process: real keys, real SQLite, the doors of every role.

Only the sockets are missing, so a test may let one call fail, or one process die, at a named
point, and set the clock. Every call still passes the receiver's door with its own checks.
"""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from renkei.clients.individual_number import IndividualNumberClient
from renkei.clients.institution import ProviderClient
from renkei.clients.linkage import LinkageClient
from renkei.kit.clock import ManualClock
from renkei.kit.database import Database, connect
from renkei.kit.doorway import Doorway, problem_of
from renkei.kit.http_server import Incoming, Route
from renkei.kit.outbox import Outbox, Pace
from renkei.kit.party import Party
from renkei.kit.progress import Progress
from renkei.kit.randomness import system_randomness
from renkei.roles.individual_number import api as individual_number_api
from renkei.roles.individual_number.service import IndividualNumberService
from renkei.roles.institution import api as institution_api
from renkei.roles.institution.service.acquire import AcquireService
from renkei.roles.institution.service.ask import Asker
from renkei.roles.institution.service.decide import DecideService
from renkei.roles.institution.service.desk import DeskService
from renkei.roles.institution.service.domicile import DomicileService, ThroughDomicile
from renkei.roles.institution.service.drive import Driver
from renkei.roles.institution.service.entries import EntriesService
from renkei.roles.institution.service.provide import ProvideService
from renkei.roles.institution.service.receipts import ReceiptSender
from renkei.roles.institution.service.together import Together
from renkei.roles.linkage import api as linkage_api
from renkei.roles.linkage.service.acquisition import AcquisitionService
from renkei.roles.linkage.service.directory import DirectoryService
from renkei.roles.linkage.service.epochs import EpochService
from renkei.roles.linkage.service.erasure import Erasure
from renkei.roles.linkage.service.feed import FeedService
from renkei.roles.linkage.service.housekeeping import Housekeeping
from renkei.roles.linkage.service.ledger import LedgerService
from renkei.roles.linkage.service.permit import PermitService
from renkei.roles.linkage.service.public import PublicFiles
from renkei.roles.linkage.service.receipts import ReceiptService
from renkei.roles.linkage.service.witness import WitnessService
from renkei.roles.linkage.store import directory as directory_store
from renkei.sandbox.building import open_existing, open_or_build
from renkei.sandbox.configuration import desk_dns
from renkei.sandbox.country import Country, quiet_keys
from renkei.values.individual_number import NumberScheme
from renkei.wire.errors import WireError
from renkei.wire.fields import Message
from renkei.wire.table import call_for

SEED, AS_OF = 1, date(2026, 7, 1)


class Died(BaseException):
    """A process ended here, as by SIGKILL: nobody may catch this and go on."""


@dataclass
class Death:
    """When a process dies: at its n-th step, before or after the step took effect.

    A step is one database function or one call to a peer. `steps` counts those seen.
    """

    at: int = 0
    after: bool = False
    steps: int = 0
    dead: bool = False

    async def around(self, work: Callable[[], Any]) -> Any:
        """Run one step, or die before or after it; a dead process takes no further step."""
        if self.dead:
            raise Died
        self.steps += 1
        fatal = self.steps == self.at
        if fatal and not self.after:
            self.dead = True
            raise Died
        result = await work()
        if fatal:
            self.dead = True
            raise Died
        return result


class MortalDatabase:
    """A real database in a process that may die between any two lines."""

    def __init__(self, database: Database, death: Death) -> None:
        self.real = database
        self._death = death

    async def read(self, function: Any) -> Any:
        return await self._death.around(lambda: self.real.read(function))

    async def look(self, function: Any) -> Any:
        return await self._death.around(lambda: self.real.look(function))

    async def write(self, function: Any) -> Any:
        return await self._death.around(lambda: self.real.write(function))

    async def checkpoint(self) -> bool:
        return await self.real.checkpoint()

    def close(self) -> None:
        self.real.close()


@dataclass
class LocalCaller:
    """Does what `Caller` does over HTTP: post to the peer's door, read its problem reports."""

    world: "World"
    party: Party
    peer: str

    async def call(self, request: type[Message], letter: bytes) -> bytes:
        node = self.world.nodes[self.party.name.removesuffix("-desk")]
        return await node.death.around(lambda: self._post(request, letter))

    async def _post(self, request: type[Message], letter: bytes) -> bytes:
        path = call_for(request).path
        for intercept in list(self.world.intercepts):
            letter = intercept(self.party.name, self.peer, path, letter) or letter
        node = self.world.nodes.get(self.peer)
        if node is None or node.death.dead:
            raise WireError("unavailable", f"{self.peer} cannot be reached")
        name = self.party.name
        dns = desk_dns(name) if name.endswith("-desk") else f"{name}.renkei.test"
        try:
            answer = await node.routes[path].handler(Incoming(letter, (dns,), path))
        except Died as error:
            raise WireError("unavailable", f"{self.peer} died") from error
        if answer.status != 200:
            raise problem_of(self.party, answer.status, answer.body, self.peer)
        return answer.body

    async def get(self, path: str) -> bytes:
        node = self.world.nodes.get(self.peer)
        if node is None or node.death.dead:
            raise WireError("unavailable", f"{self.peer} cannot be reached")
        answer = await node.routes[path].handler(Incoming(b"", (), path))
        if answer.status != 200:
            raise WireError("answer-unknown", f"{self.peer} has no file {path}")
        return answer.body


@dataclass
class Node:
    """One role's process: its party, database, doors and services."""

    party: Party
    database: MortalDatabase
    death: Death
    routes: dict[str, Route] = field(default_factory=dict)
    services: dict[str, Any] = field(default_factory=dict)


@dataclass
class World:
    """All roles of one country in one process."""

    country: Country
    clock: ManualClock
    nodes: dict[str, Node] = field(default_factory=dict)
    intercepts: list[Callable[[str, str, str, bytes], bytes | None]] = field(default_factory=list)

    def start(self, name: str, death: Death | None = None) -> Node:
        """Start one role's process on its database, which may be another process's legacy."""
        plan = next(plan for plan in self.country.plans if plan.party == name)
        death = death or Death()
        desks = {}
        if plan.desk is not None:
            public = quiet_keys(self.country.home(name) / "desk" / "keys").public("sign")
            desks = {plan.desk: (desk_dns(plan.desk), public)}
        party = self._party(name, desks)
        database = MortalDatabase(
            Database.open(self.country.database(name), revision=None, readers=1), death
        )
        node = Node(party, database, death)
        routes = _BUILD[plan.serve or ""](self, node)
        node.routes = {route.path: route for route in routes}
        self.nodes[name] = node
        return node

    def _party(self, name: str, desks: dict[str, tuple[str, bytes]]) -> Party:
        party = Party(
            name,
            self.country.keys(name),
            self.clock,
            system_randomness,
            roots=self.country.roots(),
            desks=desks,
        )
        with connect(self.country.database("linkage")) as connection:
            newest = directory_store.newest(connection)
        assert newest is not None
        party.adopt(newest[1], newest[2])
        return party

    async def end(self, name: str) -> None:
        """What is left of a process is gone: its tasks and its database connections."""
        node = self.nodes.pop(name)
        node.death.dead = True
        if "driver" in node.services:
            await node.services["driver"].stop()
        node.database.close()

    async def restart(self, name: str, death: Death | None = None) -> Node:
        """End one process and start it again on the same database."""
        await self.end(name)
        node = self.start(name, death)
        if "driver" in node.services:
            await node.services["driver"].resume()
        return node

    def linkage(self, party: Party) -> LinkageClient:
        return LinkageClient(LocalCaller(self, party, "linkage"))  # type: ignore[arg-type]

    def j_lis(self, party: Party) -> IndividualNumberClient:
        return IndividualNumberClient(LocalCaller(self, party, "individual-number"))  # type: ignore[arg-type]

    def provider(self, party: Party, name: str) -> ProviderClient:
        return ProviderClient(LocalCaller(self, party, name))  # type: ignore[arg-type]

    def person(self, tag: str, institution: str) -> str:
        """The institution's own id for a person of the stories."""
        return self.country.manifest.persons[tag][institution]

    async def desk(self, institution: str, message: type[Message], **facts: Any) -> Any:
        """Say something at an institution's desk, through its door; gives the answer."""
        name = f"{institution}-desk"
        entry = self.country.keys(institution)
        party = Party(
            name,
            quiet_keys(self.country.home(institution) / "desk" / "keys"),
            self.clock,
            system_randomness,
            roots=self.country.roots(),
            desks={institution: (f"{institution}.renkei.test", entry.public("sign"))},
        )
        caller = LocalCaller(self, party, institution)
        order = message(**party.envelope(institution), **facts)
        raw = await caller._post(message, party.write(order))
        return party.read(raw, call_for(message).answers, peer=institution).message

    def rows(self, name: str, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """Read a database, whoever holds it."""
        import sqlalchemy as sa

        with connect(self.country.database(name)) as connection:
            return [tuple(row) for row in connection.execute(sa.text(query), values)]


def _linkage(world: World, node: Node) -> list[Route]:
    party, database = node.party, node.database
    nobody: Any = None  # what only the portal and the Commission call stays unused here
    services = linkage_api.LinkageServices(
        directory=DirectoryService(party, database),  # type: ignore[arg-type]
        acquisition=AcquisitionService(party, database, Erasure(database)),  # type: ignore[arg-type]
        permit=PermitService(party, database),  # type: ignore[arg-type]
        receipts=ReceiptService(party, database),  # type: ignore[arg-type]
        feed=FeedService(party, database, Erasure(database)),  # type: ignore[arg-type]
        ledger=LedgerService(party, database, lambda: None),  # type: ignore[arg-type]
        witness=WitnessService(party, database, nobody),  # type: ignore[arg-type]
        epochs=EpochService(party, database, lambda name: None),  # type: ignore[arg-type]
        public=PublicFiles(database),  # type: ignore[arg-type]
    )
    node.services["housekeeping"] = Housekeeping(party, database, Erasure(database))  # type: ignore[arg-type]
    return linkage_api.routes(services, Doorway(party))


def _individual_number(world: World, node: Node) -> list[Route]:
    service = IndividualNumberService(
        node.party,
        node.database,  # type: ignore[arg-type]
        world.linkage(node.party),
        NumberScheme.SANDBOX,
    )
    node.services["service"] = service
    return individual_number_api.routes(service, Doorway(node.party))


def _institution(world: World, node: Node) -> list[Route]:
    party, database = node.party, node.database
    linkage = world.linkage(party)
    sender = ReceiptSender(party, database, linkage)  # type: ignore[arg-type]
    receipts = Outbox("receipts", sender.send, randomness=system_randomness, pace=Pace())
    driver = Driver(
        party,
        database,  # type: ignore[arg-type]
        linkage,
        lambda name: world.provider(party, name),
        receipts,
    )
    provide = ProvideService(party, database, receipts)  # type: ignore[arg-type]
    node.services |= {"receipts": sender, "driver": driver, "provide": provide}
    j_lis = world.j_lis(party)
    through = ThroughDomicile(party, database, lambda name: world.provider(party, name))  # type: ignore[arg-type]
    together = Together(party, database, linkage, j_lis, through)  # type: ignore[arg-type]
    services = institution_api.InstitutionServices(
        acquire=AcquireService(party, database, linkage, j_lis, together),  # type: ignore[arg-type]
        domicile=DomicileService(party, database, j_lis),  # type: ignore[arg-type]
        desk=DeskService(party, database, Asker(party), driver),  # type: ignore[arg-type]
        provide=provide,
        entries=EntriesService(party, database),  # type: ignore[arg-type]
        decide=DecideService(party, database, receipts),  # type: ignore[arg-type]
    )
    return institution_api.routes(services, Doorway(party))


_BUILD: dict[str, Callable[[World, Node], list[Route]]] = {
    "linkage": _linkage,
    "individual-number": _individual_number,
    "institution": _institution,
}


def build(folder: Path) -> Country:
    """A built country in a folder; nobody has acquired a code yet."""
    country = open_or_build(folder, seed=SEED, as_of=AS_OF, progress=Progress(quiet=True))
    country.release()
    return country


@asynccontextmanager
async def world_of(template: Path, folder: Path) -> AsyncIterator[World]:
    """Every role of a copy of a built country, for the length of a block."""
    shutil.copytree(template, folder)
    country = open_existing(folder)
    world = World(country, ManualClock(country.now()))
    for plan in country.plans:
        if plan.serve in _BUILD:
            world.start(plan.party)
    try:
        yield world
    finally:
        for name in list(world.nodes):
            await world.end(name)

"""A country whose roles stand in one process: real keys, real SQLite, the doors of every role.

Only the sockets are missing, so a test may let one call fail, or one process die, at a named
point, and set the clock. Every call still passes the receiver's door with its own checks.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import looking
import msgspec
import placing
from built_once import once
from own_case import with_its_case

from renkei.clients.caller import Caller
from renkei.kit.clock import Clock, ManualClock
from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database, connect
from renkei.kit.http_client import Answer, Peer, PeerUnreachable
from renkei.kit.http_server import Incoming, Route
from renkei.kit.party import Party
from renkei.kit.problems import problem_of
from renkei.kit.progress import Progress
from renkei.kit.randomness import Randomness, system_randomness
from renkei.roles.institution.service.asking.drive import Driver
from renkei.roles.linkage.store import directory as directory_store
from renkei.run.parts import Parts, Running
from renkei.run.roles import ROLES
from renkei.sandbox.blueprint import DNS_SUFFIX, desk_dns
from renkei.sandbox.building import open_existing, open_or_build
from renkei.sandbox.country import Country, quiet_keys
from renkei.sandbox.population import RESIDENTS_PER_MUNICIPALITY
from renkei.wire.errors import WireError
from renkei.wire.fields import Message
from renkei.wire.table import call_for

SEED, AS_OF = 1, date(2026, 7, 1)
ANSWER_BYTES = 1_000_000
WITHOUT_LOG = ("linkage", "individual-number", "institution")


class Died(BaseException):
    """A process ended here, as by SIGKILL: nobody may catch this and go on.

    A task of a dead process ends with it, asked by nobody: that is no news to be logged.
    """

    def __init__(self) -> None:
        super().__init__()
        with contextlib.suppress(RuntimeError):  # no loop runs: no task to end
            asyncio.get_running_loop().set_exception_handler(_but_deaths)


def _but_deaths(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if not isinstance(context.get("exception"), Died):
        loop.default_exception_handler(context)


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
        step = self.steps
        if step == self.at and not self.after:
            self.dead = True
            raise Died
        result = await work()
        if step == self.at and self.after:  # unless it was spared while the step went on
            self.dead = True
            raise Died
        return result

    def spare(self) -> bool:
        """Have nobody die from here on; gives whether one died already, of the last step too."""
        self.at = 0
        return self.dead


class MortalDatabase:
    """A real database in a process that may die between any two lines."""

    def __init__(self, database: Database, world: "World", death: Death) -> None:
        self.real = database
        self._world = world
        self._death = death

    @property
    def term(self) -> int:
        return self.real.term

    @property
    def shared(self) -> bool:
        return self.real.shared

    async def read(self, function: Any) -> Any:
        return await self._death.around(lambda: self._world.storing(self.real.read, function))

    async def look(self, function: Any) -> Any:
        return await self._death.around(lambda: self._world.peeking(self.real.look, function))

    async def write(self, function: Any) -> Any:
        return await self._death.around(lambda: self._world.storing(self.real.write, function))

    async def checkpoint(self) -> bool:
        emptied: bool = await self._world.storing(self.real.checkpoint)
        return emptied

    def close(self) -> None:
        self.real.close()


@dataclass
class LocalHttp:
    """Stands where a process has its `HttpClient`: finds the peer's door by its DNS name."""

    world: "World"
    name: str
    """Whose certificate this is: a party's, or a desk's."""

    async def post(
        self, peer: Peer, path: str, body: bytes, *, deadline_seconds: float, max_answer_bytes: int
    ) -> Answer:
        """One message and its answer; raises PeerError as the real client does."""

        async def carry() -> Answer:
            return await self.world.carry(self.name, peer, path, body)

        node = self.world.nodes.get(self.name.removesuffix("-desk"))
        return await (carry() if node is None else node.death.around(carry))

    async def get(
        self, peer: Peer, path: str, *, deadline_seconds: float, max_answer_bytes: int
    ) -> Answer:
        """A public file."""
        return await self.world.fetch(self.name, peer, path)

    async def close(self) -> None:
        """Nothing is held open."""


@dataclass(frozen=True)
class NodeClock:
    """One party's own clock: the country's, and how far it is off."""

    world: "World"
    name: str

    def now(self) -> datetime:
        """This party's idea of the present."""
        return self.world.clock.now() + self.world.skew.get(self.name, timedelta())


@dataclass
class Node:
    """One role's process, as the product itself puts it together."""

    party: Party
    database: MortalDatabase
    death: Death
    running: Running
    routes: dict[str, Route]

    @property
    def works(self) -> dict[str, Callable[[], Awaitable[bool]]]:
        """What this process does in the background, once, by name; nothing runs by itself here.

        Each gives whether more of it is due.
        """
        return {one.task: one.once for one in self.running.background}

    @property
    def driver(self) -> Driver:
        """What drives an institution's requests."""
        driver: Driver = self.running.services["driver"]
        return driver


@dataclass
class World:
    """All roles of one country in one process."""

    country: Country
    clock: Clock
    nodes: dict[str, Node] = field(default_factory=dict)
    intercepts: list[Callable[[str, str, str, bytes], bytes | None]] = field(default_factory=list)
    skew: dict[str, timedelta] = field(default_factory=dict)
    bugs: list[BaseException] = field(default_factory=list)
    """What a door raised that is no error of the closed list: an answer 500 in the real country."""
    randomness: Randomness = system_randomness

    # -- processes -------------------------------------------------------------------------------

    def start(self, name: str, death: Death | None = None) -> Node:
        """Start one role's process on its database, which may be another process's legacy."""
        config = self.country.config(name)
        death = death or Death()
        desks = {desk.party: (desk.dns_name, desk.key()) for desk in config.desks}
        party = self.new_party(name, desks)
        opened = Database.open(self.country.database(name), revision=None, readers=1)
        database = MortalDatabase(opened, self, death)
        role = ROLES[config.role]
        settings: Any = config.settings_as(role.settings)
        parts = Parts(config, settings, party, database, self.http(name))  # type: ignore[arg-type]
        running = role.compose(parts)
        routes = {route.path: route for route in running.routes}
        node = self.nodes[name] = Node(party, database, death, running, routes)
        return node

    def party(self, name: str) -> Party:
        """A party with its real keys: that of its process, where one runs."""
        node = self.nodes.get(name)
        return node.party if node is not None else self.new_party(name)

    def new_party(self, name: str, desks: dict[str, tuple[str, bytes]] | None = None) -> Party:
        """A party with its real keys and the newest published directory."""
        keys, clock = self.country.keys(name), NodeClock(self, name)
        party = Party(name, keys, clock, self.randomness, roots=self.country.roots(), desks=desks)
        with connect(self.country.database("linkage")) as connection:
            newest = directory_store.newest(connection)
        assert newest is not None
        with contextlib.suppress(WireError):  # one that has run out serves nobody
            party.adopt(newest[1], newest[2])
        return party

    async def end(self, name: str) -> None:
        """What is left of a process is gone: its tasks and its database connections."""
        node = self.nodes.pop(name)
        node.death.dead = True
        for step in node.running.stopping:
            await step()
        node.database.close()

    async def restart(self, name: str, death: Death | None = None) -> Node:
        """End one process and start it again on the same database."""
        await self.end(name)
        node = self.start(name, death)
        if node.running.stopping:
            await node.driver.resume()
        return node

    async def storing(self, work: Callable[..., Awaitable[Any]], *given: Any) -> Any:
        """One database function, awaited; a kind of world may count or order them."""
        return await work(*given)

    async def peeking(self, work: Callable[..., Awaitable[Any]], *given: Any) -> Any:
        """A function that reads a few rows, likewise: the embedded engine runs it on the loop."""
        if placing.embedded():
            return await work(*given)
        return await self.storing(work, *given)

    # -- messages --------------------------------------------------------------------------------

    def node_at(self, peer: Peer) -> Node:
        """The process that listens at a DNS name; raises PeerUnreachable where none does."""
        node = self.nodes.get(peer.dns_name.removesuffix(f".{DNS_SUFFIX}"))
        if node is None or node.death.dead:
            raise PeerUnreachable(peer, "nobody listens there")
        return node

    async def carry(self, sender: str, peer: Peer, path: str, body: bytes) -> Answer:
        """Take a message to its door and the answer back."""
        receiver = peer.dns_name.removesuffix(f".{DNS_SUFFIX}")
        for intercept in list(self.intercepts):
            body = intercept(sender, receiver, path, body) or body
        return await self.knock(sender, peer, path, body)

    async def knock(self, sender: str, peer: Peer, path: str, body: bytes) -> Answer:
        """The receiver's door, in a task of its own: a caller that dies does not stop it."""
        node = self.node_at(peer)
        dns = desk_dns(sender) if sender.endswith("-desk") else f"{sender}.{DNS_SUFFIX}"
        try:
            task = asyncio.ensure_future(node.routes[path].handler(Incoming(body, (dns,), path)))
            answer = await asyncio.shield(task)
        except Died as error:
            raise PeerUnreachable(peer, "it died") from error
        except Exception as error:
            if node.death.dead:  # what is left of it found its database closed
                raise PeerUnreachable(peer, "it died") from error
            self.bugs.append(error)
            internal = msgspec.json.encode({"error": "internal", "detail": "a bug"})
            return Answer(500, internal)
        return Answer(answer.status, answer.body)

    async def fetch(self, sender: str, peer: Peer, path: str) -> Answer:
        """A public file of the log."""
        node = self.node_at(peer)
        route = next(one for one in node.routes.values() if path.startswith(f"{one.path}/"))
        below = path.removeprefix(f"{route.path}/")
        answer = await route.handler(Incoming(b"", (f"{sender}.{DNS_SUFFIX}",), below))
        return Answer(answer.status, answer.body)

    # -- clients ---------------------------------------------------------------------------------

    def http(self, name: str) -> Any:
        """What a party posts with."""
        return LocalHttp(self, name)

    async def post(self, sender: str, receiver: str, path: str, body: bytes) -> Answer:
        """Bytes over a party's own wire to another's address, whatever they are."""
        peer = Peer(f"{receiver}.{DNS_SUFFIX}", "127.0.0.1", 1)
        answer: Answer = await self.http(sender).post(
            peer, path, body, deadline_seconds=20, max_answer_bytes=ANSWER_BYTES
        )
        return answer

    def caller(self, party: Party, peer: str) -> Caller:
        """The real caller over wires of this process."""
        address = Peer(f"{peer}.{DNS_SUFFIX}", "127.0.0.1", 1)
        return Caller(party, self.http(party.name), peer, lambda: address)  # type: ignore[arg-type]

    def peer(self, party: Party, name: str) -> Counterparty:
        """Another party, as one party asks it."""
        return Counterparty(party, name, self.caller(party, name))

    def linkage(self, party: Party) -> Counterparty:
        return self.peer(party, "linkage")

    def j_lis(self, party: Party) -> Counterparty:
        return self.peer(party, "individual-number")

    def person(self, tag: str, institution: str) -> str:
        """The institution's own id for a person of the stories."""
        return self.country.manifest.persons[tag][institution]

    async def desk(self, institution: str, message: type[Message], **facts: Any) -> Any:
        """Say something at an institution's desk, through its door; gives the answer.

        A question that names no case gets one of its own first.
        """
        facts = await with_its_case(self.desk, institution, message, facts)
        name = f"{institution}-desk"
        entry = self.country.keys(institution)
        party = Party(
            name,
            quiet_keys(self.country.home(institution) / "desk" / "keys"),
            NodeClock(self, institution),
            self.randomness,
            roots=self.country.roots(),
            desks={institution: (f"{institution}.{DNS_SUFFIX}", entry.public("sign"))},
        )
        raw = party.write(message(**party.envelope(institution), **facts))
        peer = Peer(f"{institution}.{DNS_SUFFIX}", "127.0.0.1", 1)
        try:
            answer = await self.knock(name, peer, call_for(message).path, raw)
        except PeerUnreachable as error:
            raise WireError("unavailable", error.reason) from error
        if answer.status != 200:
            raise problem_of(party, (answer.status, answer.body), institution, raw)
        return party.read(answer.body, call_for(message).answers, peer=institution).message

    def rows(self, name: str, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """Read a database, whoever holds it."""
        return looking.rows(self.country.database(name), query, **values)


def build(folder: Path, residents: int = RESIDENTS_PER_MUNICIPALITY) -> Country:
    """A built country in a folder; nobody has acquired a code yet."""
    country = open_or_build(
        folder, seed=SEED, as_of=AS_OF, progress=Progress(quiet=True), residents=residents
    )
    country.release()
    placing.relocated(country)
    return country


def built(residents: int = RESIDENTS_PER_MUNICIPALITY) -> Path:
    """The folder of such a country, made once in a run and changed by nobody."""
    made = once(f"country-of-{residents}", lambda folder: build(folder / "country", residents))
    return made / "country"


@asynccontextmanager
async def world_of(
    template: Path, folder: Path, roles: tuple[str, ...] = WITHOUT_LOG
) -> AsyncIterator[World]:
    """Every process of some roles of a copy of a built country, for the length of a block."""
    placing.copied(template, folder)
    country = open_existing(folder)
    world = World(country, ManualClock(country.now()))
    for plan in country.plans:
        if plan.role in roles:
            world.start(plan.party)
    try:
        yield world
    finally:
        for name in list(world.nodes):
            await world.end(name)

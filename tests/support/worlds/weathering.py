"""A small country that tests order about in bad weather, and bring to rest afterwards.

Every method is one thing that may happen on a day; `rest` lets all of it come to its end, and the
promises are judged in `promises`.
"""

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import Awaitable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import placing
import structlog
from allowed import Asked
from built_once import once
from inprocess import Death, Died, build
from own_case import consented
from stormy import CENTRE, Fault, Gale, StormyWorld
from virtual_time import LoopClock, VirtualLoop

from renkei.kit.clock import tokyo_day
from renkei.kit.database import DatabaseClosed, connect
from renkei.roles.institution.service.asking.question import Question
from renkei.roles.institution.store import asked as asked_store
from renkei.roles.institution.store import codes
from renkei.roles.institution.store.asked import Case
from renkei.roles.institution.store.tables import CaseFacts
from renkei.roles.linkage.service.directory import entries_with_new_epochs, propose_entries
from renkei.run.roles.linkage import start_epoch
from renkei.sandbox.building import open_existing
from renkei.sandbox.doubles import LawlessAsker
from renkei.wire.errors import WireError
from renkei.wire.institution.desk import DeskAsk, DeskDecide, DeskPendingRequest
from renkei.wire.institution.desk_codes import DeskAcquire

CITIES = ("chofu-city", "ichikawa-city")
NODES = (*CENTRE, *CITIES)
ON_FILE = {
    "chofu-city": ("parent", "spouse", "child", "newborn", "protected"),
    "ichikawa-city": ("parent", "spouse", "child", "protected"),
}
ACQUIRED = {"chofu-city": ON_FILE["chofu-city"], "ichikawa-city": ("parent", "child", "protected")}
"""The second city has the spouse on file and acquires the code when it is first asked."""
USE_ROWS = {"chofu-city": "81", "ichikawa-city": "24"}
OFFICE = "child-support"
CONSENT = bytes(range(32))
TINY = 12
"""Residents per municipality."""
RENEW_BEFORE = timedelta(days=12)
KEPT_SECONDS = 25 * 3_600
PERMIT_SECONDS = 660
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Whether a disk keeps what is written is shown elsewhere; here thousands of commits go fast."""
LOUD = ("drive-failed", "epoch-conflict", "receipts-rejected", "witness-halted", "finding")
"""What a process logs as an error: none of it may come from weather alone."""


def _silent(_logger: Any, _method: str, _event: Any) -> Any:
    raise structlog.DropEvent


class Template(msgspec.Struct, frozen=True):
    """A tiny country whose people have codes and accounts, built once in a run; their codes."""

    folder: Path
    accounts: dict[str, bytes]
    ends_at: datetime


class _Opening:
    """Builds it and leaves in its folder what is known of it."""

    def __init__(self, folder: Path) -> None:
        build(folder / "country", TINY)
        structlog.configure(processors=[_silent])
        loop = VirtualLoop()
        try:
            accounts, ends_at = loop.run_until_complete(self._open(folder / "country", loop))
        finally:
            loop.close()
            structlog.reset_defaults()
        known = msgspec.json.encode((accounts, ends_at))
        (folder / "known.json").write_bytes(known)

    async def _open(self, folder: Path, loop: VirtualLoop) -> tuple[dict[str, bytes], datetime]:
        country = open_existing(folder)
        world = StormyWorld(country, LoopClock(loop, country.now()))
        for name in NODES:
            world.start(name)
        for city, tags in ACQUIRED.items():
            order = {"affair": USE_ROWS[city], "office": OFFICE, "officer": "officer-1"}
            people = [world.person(tag, city) for tag in tags]
            answer = await world.desk(city, DeskAcquire, persons=people, **order)
            assert {one.result for one in answer.results} == {"bound"}
        for _ in range(3):
            await world.round()
        service = world.nodes["portal"].running.services["codes"]
        accounts = {tag: await service.of_persona(tag) for tag in ON_FILE["chofu-city"]}
        assert not world.bugs
        assert not world.failed
        ends_at = world.clock.now()
        await world.close()
        return accounts, ends_at


@cache
def template() -> Template:
    """The one template of this test run."""
    folder = once("tiny-country", _Opening)
    known = (folder / "known.json").read_bytes()
    accounts, ends_at = msgspec.json.decode(known, type=tuple[dict[str, bytes], datetime])
    return Template(folder / "country", accounts, ends_at)


@dataclass
class Standing:
    """What one directory version says against institutions."""

    suspended: frozenset[str]
    unassessed: frozenset[str]


@dataclass
class Weathering:
    """One example: a copy of the template, its loop, and what is going on in it."""

    world: StormyWorld = field(init=False)
    loop: VirtualLoop = field(init=False)
    standings: dict[int, Standing] = field(default_factory=dict)
    noise: list[dict[str, Any]] = field(default_factory=list)
    cases: int = 0
    wrong_clocks: set[str] = field(default_factory=set)
    """Whose clock was ever wrong."""

    kind: ClassVar[type[StormyWorld]] = StormyWorld
    number: ClassVar[int] = 1
    """Which world of its databases it is."""

    @staticmethod
    def begun_from() -> tuple[Path, datetime]:
        """The built country that this is a copy of, and the moment it goes on from."""
        return template().folder, template().ends_at

    def __post_init__(self) -> None:
        folder, ends_at = self.begun_from()
        structlog.configure(processors=[self._hear])
        self.folder = Path(tempfile.mkdtemp(prefix="renkei-storm-", dir=IN_MEMORY))
        self.loop = VirtualLoop()
        self.loop.set_exception_handler(self._task_ended)
        asyncio.set_event_loop(self.loop)
        copy = self.folder / "country"
        with placing.kept():
            placing.copied(folder, copy)
        country = open_existing(copy)
        # Not the time of day: an example that is played again must find the same days.
        clock = LoopClock(self.loop, ends_at)
        self.world = self.kind(country, clock, number=self.number)
        self.suspended: set[str] = set()
        self.unassessed: set[str] = set()
        self.do(self._start())
        first = self.world.nodes["linkage"].party.directory_version
        self.standings[first] = Standing(frozenset(), frozenset())

    async def _start(self) -> None:
        for name in NODES:
            self.world.start(name)

    def _hear(self, _logger: Any, _method: str, event: Any) -> Any:
        error = event.get("exc_info")
        died = isinstance(error, Died | asyncio.CancelledError | DatabaseClosed)
        if event.get("event") in LOUD and not died:
            self.noise.append(dict(event))
        raise structlog.DropEvent

    def _task_ended(self, loop: Any, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is not None and not isinstance(error, Died):
            self.world.bugs.append(error)

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run one thing on this country's loop."""
        return self.loop.run_until_complete(work)

    def close(self) -> None:
        """Forget this country."""
        self.do(self.world.close())
        asyncio.set_event_loop(None)
        self.loop.close()
        structlog.reset_defaults()
        placing.drop(self.world.country)
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- what people do --------------------------------------------------------------------------

    def ask(self, asked: Asked, tag: str, *, same_case: bool = False) -> bool:
        """A desk orders a question; False where its own institution could not take it."""
        if not same_case:
            self.cases += 1
        number = f"K-{max(self.cases, 1)}" + ("-again" if same_case else "")
        try:
            self.do(
                self._asked(
                    asked,
                    case_number=number,
                    person=self.world.person(tag, asked.requester),
                    office=OFFICE,
                    officer="officer-7",
                    affair=asked.affair,
                    sub_affair=asked.sub_affair,
                    items=[asked.item],
                    subject=asked.subject,
                    provider=asked.provider,
                    conditions=list(asked.stated),
                )
            )
        except WireError:
            return False
        return True

    async def _asked(self, asked: Asked, **facts: Any) -> None:
        """The question, in a case of its own, with a consent where one is given."""
        world, city = self.world, asked.requester
        if asked.consent:
            day = tokyo_day(world.clock.now()).isoformat()
            facts = await consented(world.desk, city, day, facts)
        await world.desk(city, DeskAsk, **facts)

    def ask_lawlessly(self, asked: Asked, tag: str) -> bool:
        """An institution that skips its own rules; False where it cannot ask at all."""
        self.cases += 1
        node = self.world.nodes[asked.requester]
        if node.death.dead:
            return False
        with contextlib.suppress(WireError, Died):
            self.do(self._lawless(asked, tag))
            return True
        return False

    async def _lawless(self, asked: Asked, tag: str) -> None:
        node = self.world.nodes[asked.requester]
        person = self.world.person(tag, asked.requester)
        epoch = node.party.directory.entry(asked.requester).epoch
        row = await node.database.read(lambda c: codes.row_of(c, person, epoch))
        number = f"L-{self.cases}"
        question = Question(
            case_number=number,
            office=OFFICE,
            officer="officer-8",
            affair=asked.affair,
            sub_affair=asked.sub_affair,
            items=(asked.item,),
            subject=asked.subject,
            person=person,
            provider=asked.provider,
            consent_digest=CONSENT if asked.consent else None,
            conditions=asked.stated,
        )
        if row is None or asked.provider not in node.party.directory.entries:
            return
        one = LawlessAsker(node.party).ask(question, row.code)
        case = Case(
            case_number=number,
            facts=CaseFacts(office=OFFICE, officer="officer-8", person=person),
            plan=[],
        )
        now = node.party.now()
        await node.database.write(lambda c: asked_store.open_case(c, case, [one], now))
        node.driver.start(one.tx)

    def decide(self, city: str, decision: str) -> None:
        """An officer decides what waits longest at a city."""
        with contextlib.suppress(WireError):
            waiting = self.do(self.world.desk(city, DeskPendingRequest)).pending
            if waiting:
                one = waiting[0]
                facts = {"requester": one.requester, "tx": one.tx, "decision": decision}
                self.do(self.world.desk(city, DeskDecide, officer="officer-2", **facts))

    # -- weather ---------------------------------------------------------------------------------

    def blow(self, fault: Fault, path: str, left: int, seconds: float) -> None:
        """What becomes of the next messages to a path."""
        self.world.gales.append(Gale(fault, path, left, seconds))

    def again(self, place: int) -> None:
        """Some message that was carried before arrives once more."""
        replayable = [one for one in self.world.carried if not one.sender.endswith("-desk")]
        if replayable:
            self.do(self.world.again(replayable[place % len(replayable)]))

    def wait(self, seconds: float) -> None:
        """Let things happen for some seconds."""
        self.do(asyncio.sleep(seconds))

    def leap(self, seconds: float) -> None:
        """Much time passes; then those who slept look around."""
        self.world.clock.advance(seconds)  # type: ignore[attr-defined]
        self._keep_renewed()
        self.wait(61.0)

    def _keep_renewed(self) -> None:
        """The operator's duty: no directory runs out at the network and the Commission."""
        try:
            directory = self.world.nodes["linkage"].party.directory
            late = directory.expires_at - self.world.clock.now() < RENEW_BEFORE
        except WireError:
            late = True
        if late:
            self.calm(dead_too=("linkage", "oversight"))
            self.publish()

    def calm(self, dead_too: tuple[str, ...] = NODES) -> None:
        """No wind, clocks right, the dead restarted (some of them)."""
        self.world.gales.clear()
        for name in self.world.skew:
            self.world.skew[name] = timedelta()
        for name in dead_too:
            node = self.world.nodes[name]
            node.death.at = 0
            if node.death.dead:
                self.restart(name)

    def skew(self, name: str, seconds: float) -> None:
        """One party's clock goes wrong."""
        self.wrong_clocks |= {name} if seconds else set()
        self.world.skew[name] = timedelta(seconds=seconds)

    def doom(self, name: str, steps: int, *, after: bool) -> None:
        """One process will die, some steps from now."""
        death = self.world.nodes[name].death
        if not death.dead:
            death.at, death.after = death.steps + steps, after

    def restart(self, name: str) -> None:
        """One process ends, if it lives, and starts again."""

        async def again() -> None:
            with contextlib.suppress(WireError, Died):
                await self.world.restart(name, Death())

        self.do(again())

    # -- the operators' part ---------------------------------------------------------------------

    def round(self, *names: str) -> None:
        """What goes on by itself, once."""
        self.do(self.world.round(*names))

    def begin_epoch(self, city: str) -> None:
        """The network draws a new scalar for a city."""
        with contextlib.suppress(WireError):
            start_epoch(self.world.country.config("linkage"), city)

    def stand(
        self, city: str, *, suspended: bool | None = None, assessed: bool | None = None
    ) -> None:
        """The next directory version will say so of a city."""
        if suspended is not None:
            (self.suspended.add if suspended else self.suspended.discard)(city)
        if assessed is not None:
            (self.unassessed.discard if assessed else self.unassessed.add)(city)

    def publish(self) -> None:
        """Propose a version with all that has changed, and have it countersigned if that can be."""
        self.do(self._publish())

    async def _publish(self) -> None:
        world = self.world
        await asyncio.sleep(1.0)  # two versions are never of one instant
        await world.work("oversight", "directory")
        party = world.party("linkage")
        with contextlib.suppress(WireError), connect(world.country.database("linkage")) as link:
            entries = [
                msgspec.structs.replace(
                    entry,
                    suspended=entry.party in self.suspended,
                    assessment="missing" if entry.party in self.unassessed else "published",
                )
                for entry in entries_with_new_epochs(link)
            ]
            version = propose_entries(link, party, entries)
            self.standings[version] = Standing(
                frozenset(self.suspended), frozenset(self.unassessed)
            )
        for name, task in (("oversight", "countersign"), ("linkage", "directory")):
            await world.work(name, task)

    # -- rest ------------------------------------------------------------------------------------

    def rest(self) -> None:
        """Everything comes to its end: calm, time, and every process at work."""
        self.calm()
        for _ in range(2):
            self.publish()
            self.round()
        self.wait(61.0)
        for _ in range(2):
            self.world.clock.advance(PERMIT_SECONDS)  # type: ignore[attr-defined]
            self.wait(61.0)
            self.round(*CITIES)
        if self._open():
            self.world.clock.advance(KEPT_SECONDS)  # type: ignore[attr-defined]
            self.wait(61.0)
        self.world.clock.advance(KEPT_SECONDS)  # type: ignore[attr-defined]
        for _ in range(2):
            self.wait(61.0)
            self.round()
        for name in ("linkage", "oversight", "portal", "oversight", "linkage", "oversight"):
            self.wait(31.0)
            self.round(name)

    def _open(self) -> list[Any]:
        return [
            row
            for city in CITIES
            for row in self.world.rows(city, "SELECT tx FROM asked WHERE state <> 'closed'")
        ]

    def waits_for(self, work: Awaitable[Any]) -> Any:
        """Await something on this country's loop."""

        async def waiting() -> Any:
            return await work

        return self.do(waiting())

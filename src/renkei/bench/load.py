"""Desks that ask as fast as they are answered, and a look at every database (計測の負荷).

An exchange is *complete* when both sides and the network hold their records, both receipts are
noted and logged, and the portal has filed the person's line.
"""

import asyncio
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psutil

from renkei.kit.database import reading
from renkei.run.supervisor import Supervisor
from renkei.sandbox.country import Country
from renkei.sandbox.desk import LONGEST_WAIT_SECONDS, Desk
from renkei.wire.institution.desk import DeskCase
from renkei.wire.limits import CASE_QUESTIONS

MILLISECONDS: Final = 1_000
SETTLED_SECONDS: Final = 60
GLANCE_SECONDS: Final = 2
"""How long the warm-up waits for one answer at a time: a body without a code answers after 30 s."""
DRAINED_SECONDS: Final = 120
POLL_SECONDS: Final = 0.05
PAUSES_PER_LOOK: Final = 10
"""Counting takes longer in a large country: so much longer is the pause between two counts."""
PEOPLE_LIMIT: Final = 1_000
QUESTIONS_PER_CASE: Final = CASE_QUESTIONS // 2
QUIET_SECONDS: Final = 2.0
OFFICE: Final = "child-support"
OFFICER: Final = "officer-7"
QUESTIONS: Final = (
    ("106", "108-1", "receiving-account", "receiving-accounts"),
    ("107", "109-1", "pension-benefit", "pension-service"),
    ("106", "108-1", "family-register", "family-register"),
)
"""Affair, sub-affair, item and whom to ask about a claimant (児童手当)."""
COUNTS: Final = {
    "asked": "SELECT count(*) FROM asked WHERE state = 'closed'",
    "provided": "SELECT count(*) FROM provided WHERE outcome = 'provided' AND received",
    "owed": "SELECT count(*) FROM receipt WHERE state = 'noted'",
    "logged": "SELECT count(*) FROM leaf WHERE kind = 1 AND position IS NOT NULL",
    "receipts": "SELECT count(*) FROM leaf WHERE kind = 2 AND position IS NOT NULL",
    "lines": "SELECT count(*) FROM line",
    "outcomes": "SELECT count(*) FROM receipt",
}
"""What is counted where, by `_counts`."""
OPEN: Final = "SELECT count(*) FROM asked WHERE state <> 'closed'"
Question = tuple[str, dict[str, Any]]
"""The asking institution and the facts of one request but its case number."""


class NotComplete(RuntimeError):
    """Exchanges were lost, doubled, or did not end in time; the figures would mean nothing."""


@dataclass(frozen=True, slots=True)
class Phase:
    """One measured stretch."""

    exchanges: int
    seconds: float
    drain_seconds: float
    latencies: list[float]
    cpu: dict[str, float]
    """Seconds of processor time by process."""
    elsewhere: float
    """Seconds of the machine's processors that none of these used: a database server, a balancer,
    the kernel, and whatever else runs."""

    @property
    def per_second(self) -> float:
        """Complete exchanges a second, the drain included."""
        return self.exchanges / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds from the desk's order to the settled case."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * MILLISECONDS


class Load:
    """The desks of three cities, and a look at every database from outside."""

    def __init__(self, country: Country, supervisor: Supervisor, desks: dict[str, Desk]) -> None:
        self._country = country
        self._supervisor = supervisor
        self._desks = desks
        self._run = secrets.token_hex(4)
        self._asked = 0
        self._phase = 0
        self._cases = 1
        self._pause = POLL_SECONDS

    async def answerable(self, in_flight: int, people: int = PEOPLE_LIMIT) -> list[Question]:
        """Every question about a person whose holder has an answer, each asked once.

        `people`: about how many of each city at most, drawn by their codes.
        """
        candidates = [
            (city, _facts(question, person))
            for city in self._desks
            for person in self._persons(city)[:people]
            for question in QUESTIONS
        ]
        outcomes: dict[int, str | None] = {}
        await self._open(candidates, len(candidates), in_flight)

        async def ask(place: int) -> None:
            outcomes[place] = await self._ask(*candidates[place], place, wait=GLANCE_SECONDS)

        await _each(range(len(candidates)), in_flight, ask)
        found = [candidates[place] for place in outcomes if outcomes[place] == "provided"]
        if not found:
            raise NotComplete("nobody holds anything about anybody in this country")
        await self._quiet()
        return found

    async def phase(self, questions: Sequence[Question], count: int, in_flight: int) -> Phase:
        """Ask `count` questions, wait until all is drained; every count is checked."""
        await self._open(questions, count, in_flight)
        before, cpu, busy = self._counts(), self._cpu(), _busy()
        latencies: list[float] = []

        async def ask(place: int) -> None:
            begun = time.perf_counter()
            outcome = await self._ask(*questions[place % len(questions)], place)
            latencies.append(time.perf_counter() - begun)
            if outcome != "provided":
                raise NotComplete(f"an exchange ended as {outcome}")

        started = time.perf_counter()
        await _each(range(count), in_flight, ask)
        answered = time.perf_counter()
        await self._drained(before, count)
        ended = time.perf_counter()
        used = {name: seconds - cpu[name] for name, seconds in self._cpu().items()}
        elsewhere = max(0.0, _busy() - busy - sum(used.values()))
        return Phase(count, ended - started, ended - answered, latencies, used, elsewhere)

    async def _open(self, questions: Sequence[Question], count: int, in_flight: int) -> None:
        """Cases for the questions of a phase, before it is measured: a clerk's first step."""
        self._phase += 1
        rounds = -(-count // len(questions))
        self._cases = min(count, len(questions) * -(-rounds // QUESTIONS_PER_CASE))
        same = ("office", "officer", "affair", "sub_affair", "person")

        async def open_one(place: int) -> None:
            city, facts = questions[place % len(questions)]
            about = {name: facts[name] for name in same}
            await self._desks[city].open(case_number=self._case_of(place), **about)

        await _each(range(self._cases), in_flight, open_one)

    def _case_of(self, place: int) -> str:
        return f"CASE-{self._run}-{self._phase}-{place % self._cases}"

    async def _ask(
        self, city: str, facts: dict[str, Any], place: int, wait: int = LONGEST_WAIT_SECONDS
    ) -> str | None:
        """Ask and wait until it is settled; None as soon as the holder is seen to have no code."""
        self._asked += 1
        number = f"BENCH-{self._run}-{self._asked}"
        desk = self._desks[city]
        case = await desk.ask(
            case_number=number,
            in_case=self._case_of(place),
            wait_seconds=wait,
            **facts,
        )
        until = time.monotonic() + SETTLED_SECONDS
        while not case.settled:
            if time.monotonic() > until:
                raise NotComplete(f"a case did not settle in {SETTLED_SECONDS} s")
            if case.exchanges[0].waits_because == "no-code":
                return None
            case = await desk.case(number, wait)
        return case.exchanges[0].outcome

    async def ask_about(self, city: str, person: str) -> DeskCase:
        """One question about one person, until it is settled."""
        question = _facts(QUESTIONS[0], person)
        await self._open([(city, question)], 1, 1)
        self._asked += 1
        number = f"BENCH-{self._run}-{self._asked}"
        return await self._desks[city].ask(
            case_number=number,
            in_case=self._case_of(0),
            wait_seconds=LONGEST_WAIT_SECONDS,
            **question,
        )

    # -- looking from outside ------------------------------------------------------------------

    def _persons(self, city: str) -> list[str]:
        """Everybody with a code but the personas, who are odd on purpose: one waits for a human."""
        odd = {ids.get(city) for ids in self._country.manifest.persons.values()}
        with reading(self._country.database(city)) as connection:
            rows = connection.exec_driver_sql("SELECT person FROM code ORDER BY element").all()
        return [person for (person,) in rows if person not in odd]

    def _counts(self) -> dict[str, int]:
        """Sums over all parties of what is counted."""
        found, began = dict.fromkeys(COUNTS, 0), time.monotonic()
        institutions = [plan.party for plan in self._country.institutions()]
        held: dict[str, tuple[str, ...]] = {
            "linkage": ("logged", "receipts"),
            "portal": ("lines", "outcomes"),
        }
        held |= dict.fromkeys(institutions, ("asked", "provided", "owed"))
        for party, names in held.items():
            with reading(self._country.database(party)) as connection:
                for name in names:
                    found[name] += connection.exec_driver_sql(COUNTS[name]).scalar_one()
        self._pause = max(POLL_SECONDS, PAUSES_PER_LOOK * (time.monotonic() - began))
        return found

    async def _drained(self, before: dict[str, int], count: int) -> None:
        """Wait until every count has grown by what `count` exchanges make, and by no more."""
        each = dict.fromkeys(COUNTS, 1) | {"owed": 2, "receipts": 2, "outcomes": 2}
        until = time.monotonic() + DRAINED_SECONDS
        while True:
            after = self._counts()
            missing = {
                name: before[name] + each[name] * count - after[name]
                for name in COUNTS
                if after[name] != before[name] + each[name] * count
            }
            if not missing:
                return
            if time.monotonic() > until:
                raise NotComplete(f"not drained in {DRAINED_SECONDS} s; missing: {missing}")
            await asyncio.sleep(self._pause)

    async def _quiet(self) -> None:
        """Wait until no request is open and nothing has been counted anywhere for a while."""
        until, last, since = time.monotonic() + DRAINED_SECONDS, self._counts(), time.monotonic()
        while time.monotonic() - since < QUIET_SECONDS:
            if time.monotonic() > until:
                raise NotComplete(f"the warm-up did not drain in {DRAINED_SECONDS} s")
            await asyncio.sleep(self._pause)
            if (now := self._counts()) != last or self._open_requests():
                last, since = now, time.monotonic()

    def _open_requests(self) -> int:
        """How many requests of the cities have not ended."""
        count = 0
        for city in self._desks:
            with reading(self._country.database(city)) as connection:
                count += connection.exec_driver_sql(OPEN).scalar_one()
        return count

    def _cpu(self) -> dict[str, float]:
        """Processor seconds so far, by process; `desks` is this one."""
        pids = {child.service.name: child.pid for child in self._supervisor.children}
        used = {}
        for name, pid in {**pids, "desks": psutil.Process().pid}.items():
            times = psutil.Process(pid).cpu_times()
            used[name] = times.user + times.system
        return used


def _busy() -> float:
    """Seconds all processors of the machine have worked so far."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - _guests(times))


def _guests(times: Any) -> float:
    """What Linux counts twice, as user's time too."""
    return float(getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0))


def _facts(question: tuple[str, str, str, str], person: str) -> dict[str, Any]:
    affair, sub_affair, item, provider = question
    return {
        "office": OFFICE,
        "officer": OFFICER,
        "affair": affair,
        "sub_affair": sub_affair,
        "items": [item],
        "subject": "claimant",
        "person": person,
        "provider": provider,
    }


async def _each(places: Sequence[int], in_flight: int, work: Any) -> None:
    """Do all, exactly `in_flight` at a time while there are enough."""
    waiting: Iterator[int] = iter(places)

    async def worker() -> None:
        for place in waiting:
            await work(place)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(in_flight):
            tasks.create_task(worker())

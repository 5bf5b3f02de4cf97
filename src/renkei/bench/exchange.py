"""How many complete exchanges a second the country does, every party on this machine (連携の計測).

Real processes, TLS, databases and signatures; three cities ask, bodies answer. An exchange is
*complete* when both sides and the network hold their records, both receipts are noted and logged,
and the portal has filed the person's line. Desks give the orders from this process, and its time
counts too.
"""

import asyncio
import contextlib
import secrets
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

from renkei.bench import crypto
from renkei.bench.machine import describe
from renkei.kit.progress import Progress
from renkei.run.supervisor import Supervisor, running
from renkei.sandbox.building import DEFAULT_AS_OF, DEFAULT_SEED, open_or_build
from renkei.sandbox.country import Country
from renkei.sandbox.desk import LONGEST_WAIT_SECONDS, Desk, at_desk
from renkei.sandbox.opening import open_country

EXCHANGES: Final = 2_000
EXCHANGES_LIMIT: Final = 100_000
IN_FLIGHT: Final = 16
ALONE: Final = 100
"""Exchanges measured with one in flight."""
RESIDENTS: Final = 100
"""Per municipality."""
SETTLED_SECONDS: Final = 60
DRAINED_SECONDS: Final = 120
POLL_SECONDS: Final = 0.05
QUIET_SECONDS: Final = 2.0
MILLISECONDS: Final = 1_000
BYTES_PER_MB: Final = 1_000_000
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
"""What is counted where; `_held` says at whom."""
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

    @property
    def per_second(self) -> float:
        """Complete exchanges a second, the drain included."""
        return self.exchanges / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds from the desk's order to the settled case."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * MILLISECONDS


def run(
    exchanges: int = EXCHANGES,
    *,
    in_flight: int = IN_FLIGHT,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Build a country, warm it up, measure; raises NotComplete where an exchange is missing.

    `folder` holds a country to use again; without it one is built and thrown away.
    """
    if not in_flight <= exchanges <= EXCHANGES_LIMIT:
        raise ValueError(f"exchanges is {in_flight} to {EXCHANGES_LIMIT}, not {exchanges}")
    progress = progress or Progress(quiet=True)
    with tempfile.TemporaryDirectory() as temporary:
        place = (folder or Path(temporary) / "country").absolute()
        country = open_or_build(
            place,
            seed=DEFAULT_SEED,
            as_of=DEFAULT_AS_OF,
            progress=progress,
            residents=RESIDENTS,
        )
        with running(country.services(), say=progress.say) as supervisor:
            found = asyncio.run(_measure(country, supervisor, (exchanges, in_flight), progress))
        with progress.step("the floor: the same operations, bare"):
            floor = crypto.floor(in_flight=in_flight, folder=Path(temporary))
    per_second = floor["per_second"]
    return {
        **found,
        "floor_per_second": per_second,
        "ratio_to_floor": round(found["exchanges_per_second"] / per_second, 3),
        "floor": floor,
        **describe(),
    }


def beside(found: dict[str, Any], peer: dict[str, Any]) -> dict[str, Any]:
    """A result with its peer: messages are the unit they share, and little else is."""
    as4 = peer.get("as4", {}).get("pairs_per_second")
    ratio = round(found["exchanges_per_second"] / as4, 2) if as4 else None
    return {**found, "peers": peer, "ratio_to_as4_pairs": ratio}


def lines(found: dict[str, Any]) -> Iterator[str]:
    """A result as a person reads it."""
    alone, machine = found["one_in_flight"], found["machine"]
    yield f"{found['exchanges_per_second']} complete exchanges a second, drained"
    yield f"    {found['in_flight']} in flight: p50 {found['p50_ms']} ms, p99 {found['p99_ms']} ms"
    yield (
        f"    1 in flight: {alone['exchanges_per_second']} a second, "
        f"p50 {alone['p50_ms']} ms, p99 {alone['p99_ms']} ms"
    )
    yield f"    {found['processes']} processes, {found['pss_mb']} MB together (PSS)"
    yield f"    {found['ratio_to_floor']} of the floor, {found['floor_per_second']} a second"
    yield f"{'processor time by process':<30} {'ms each':>8}"
    for name, milliseconds in found["cpu_ms_per_exchange"].items():
        yield f"    {name:<26} {milliseconds:>8.2f}"
    yield f"    {'sum':<26} {found['cpu_ms_per_exchange_sum']:>8.2f}"
    yield from ("", *crypto.floor_lines(found["floor"]))
    if (peer := found.get("peers")) is not None:
        ratio = found["ratio_to_as4_pairs"]
        told = next(iter(peer.values())) if ratio is None else f"{ratio} exchanges for each pair"
        yield f"as4, a question and its answer with receipts: {told}"
    yield f"machine: {machine['cpu']}, {machine['cores']} cores, load {machine['load']}"


async def _measure(
    country: Country, supervisor: Supervisor, size: tuple[int, int], progress: Progress
) -> dict[str, Any]:
    exchanges, in_flight = size
    await open_country(country, progress)
    cities = [plan.party for plan in country.institutions() if plan.municipality_code]
    async with AsyncExitStack() as stack:
        desks = {city: await stack.enter_async_context(at_desk(country, city)) for city in cities}
        bench = _Bench(country, supervisor, desks)
        with progress.step("warming up: asking about everybody once"):
            questions = await bench.answerable(in_flight)
        with progress.step(f"{ALONE} exchanges, one in flight"):
            alone = await bench.phase(questions, min(ALONE, exchanges), 1)
        with progress.step(f"{exchanges} exchanges, {in_flight} in flight"):
            loaded = await bench.phase(questions, exchanges, in_flight)
        pss = _pss([child.pid for child in supervisor.children])
    return {
        "exchanges_per_second": round(loaded.per_second, 1),
        "p50_ms": round(loaded.percentile(0.50), 1),
        "p99_ms": round(loaded.percentile(0.99), 1),
        "drain_seconds": round(loaded.drain_seconds, 3),
        "one_in_flight": {
            "exchanges_per_second": round(alone.per_second, 1),
            "p50_ms": round(alone.percentile(0.50), 1),
            "p99_ms": round(alone.percentile(0.99), 1),
            "exchanges": alone.exchanges,
        },
        "pss_mb": round(pss / BYTES_PER_MB, 1),
        "processes": len(supervisor.children),
        "exchanges": exchanges,
        "in_flight": in_flight,
        "cpu_ms_per_exchange": {
            name: round(seconds * MILLISECONDS / exchanges, 2)
            for name, seconds in sorted(loaded.cpu.items(), key=lambda item: -item[1])
        },
        "cpu_ms_per_exchange_sum": round(sum(loaded.cpu.values()) * MILLISECONDS / exchanges, 2),
    }


class _Bench:
    """The desks of three cities, and a look at every database from outside."""

    def __init__(self, country: Country, supervisor: Supervisor, desks: dict[str, Desk]) -> None:
        self._country = country
        self._supervisor = supervisor
        self._desks = desks
        self._run = secrets.token_hex(4)
        self._asked = 0

    async def answerable(self, in_flight: int) -> list[Question]:
        """Every question about a person whose holder has an answer, each asked once."""
        candidates = [
            (city, _facts(question, person))
            for city in self._desks
            for person in self._persons(city)
            for question in QUESTIONS
        ]
        outcomes: dict[int, str | None] = {}

        async def ask(place: int) -> None:
            outcomes[place] = await self._ask(*candidates[place])

        await _each(range(len(candidates)), in_flight, ask)
        found = [candidates[place] for place in outcomes if outcomes[place] == "provided"]
        if not found:
            raise NotComplete("nobody holds anything about anybody in this country")
        await self._quiet()
        return found

    async def phase(self, questions: Sequence[Question], count: int, in_flight: int) -> Phase:
        """Ask `count` questions, wait until all is drained; every count is checked."""
        before, cpu = self._counts(), self._cpu()
        latencies: list[float] = []

        async def ask(place: int) -> None:
            begun = time.perf_counter()
            outcome = await self._ask(*questions[place % len(questions)])
            latencies.append(time.perf_counter() - begun)
            if outcome != "provided":
                raise NotComplete(f"an exchange ended as {outcome}")

        started = time.perf_counter()
        await _each(range(count), in_flight, ask)
        answered = time.perf_counter()
        await self._drained(before, count)
        ended = time.perf_counter()
        used = {name: seconds - cpu[name] for name, seconds in self._cpu().items()}
        return Phase(count, ended - started, ended - answered, latencies, used)

    async def _ask(self, city: str, facts: dict[str, Any]) -> str | None:
        self._asked += 1
        number = f"BENCH-{self._run}-{self._asked}"
        desk = self._desks[city]
        case = await desk.ask(case_number=number, wait_seconds=LONGEST_WAIT_SECONDS, **facts)
        until = time.monotonic() + SETTLED_SECONDS
        while not case.settled:
            if time.monotonic() > until:
                raise NotComplete(f"a case did not settle in {SETTLED_SECONDS} s")
            case = await desk.case(number)
        return case.exchanges[0].outcome

    # -- looking from outside ------------------------------------------------------------------

    def _persons(self, city: str) -> list[str]:
        """Everybody with a code but the personas, who are odd on purpose: one waits for a human."""
        odd = {ids.get(city) for ids in self._country.manifest.persons.values()}
        with _reading(self._country.database(city)) as connection:
            rows = connection.execute("SELECT person FROM code ORDER BY 1").fetchall()
        return [person for (person,) in rows if person not in odd]

    def _counts(self) -> dict[str, int]:
        """Sums over all parties of what is counted."""
        found = dict.fromkeys(COUNTS, 0)
        institutions = [plan.party for plan in self._country.institutions()]
        held: dict[str, tuple[str, ...]] = {
            "linkage": ("logged", "receipts"),
            "portal": ("lines", "outcomes"),
        }
        held |= dict.fromkeys(institutions, ("asked", "provided", "owed"))
        for party, names in held.items():
            with _reading(self._country.database(party)) as connection:
                for name in names:
                    found[name] += connection.execute(COUNTS[name]).fetchone()[0]
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
            await asyncio.sleep(POLL_SECONDS)

    async def _quiet(self) -> None:
        """Wait until nothing has been counted anywhere for a while."""
        until, last, since = time.monotonic() + DRAINED_SECONDS, self._counts(), time.monotonic()
        while time.monotonic() - since < QUIET_SECONDS:
            if time.monotonic() > until:
                raise NotComplete(f"the warm-up did not drain in {DRAINED_SECONDS} s")
            await asyncio.sleep(POLL_SECONDS)
            if (now := self._counts()) != last:
                last, since = now, time.monotonic()

    def _cpu(self) -> dict[str, float]:
        """Processor seconds so far, by process; `desks` is this one."""
        pids = {child.service.name: child.pid for child in self._supervisor.children}
        used = {}
        for name, pid in {**pids, "desks": psutil.Process().pid}.items():
            times = psutil.Process(pid).cpu_times()
            used[name] = times.user + times.system
        return used


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


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        yield connection


def _pss(pids: Sequence[int]) -> int:
    """Sum of PSS in bytes: pages the processes share count once."""
    total = 0
    for pid in pids:
        memory = psutil.Process(pid).memory_full_info()
        total += getattr(memory, "pss", memory.uss)
    return total

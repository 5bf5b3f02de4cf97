"""What growing costs: exchanges a second, bytes on disk and proofs as a country grows (規模の計測).

Countries of a thousand and more residents on each engine, everybody with codes, the same questions
about some of them; then one of them whose log is filled by real exchanges. The rate of the smallest
is the floor that the others are measured against, in the same run.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from renkei.bench.load import MILLISECONDS, Load, Question
from renkei.bench.machine import describe
from renkei.bench.serving import served
from renkei.kit.database import reading
from renkei.kit.database.engines import engine_at
from renkei.kit.location import Location
from renkei.kit.progress import Progress
from renkei.run.supervisor import Supervisor
from renkei.sandbox.building import DEFAULT_AS_OF, DEFAULT_SEED, open_or_build
from renkei.sandbox.computed import open_computed
from renkei.sandbox.country import Country
from renkei.sandbox.desk import at_desk
from renkei.sandbox.proof import prove
from renkei.wire.comparing import verify_all
from renkei.wire.history import Anchors, read_file
from renkei.wire.names import LINKAGE

RESIDENTS: Final = (1_000, 10_000, 100_000)
ENTRIES: Final = (1_000, 10_000, 100_000)
ENTRIES_PER_EXCHANGE: Final = 3
"""The exchange and both receipts."""
EXCHANGES: Final = 1_500
IN_FLIGHT: Final = 16
PEOPLE: Final = 60
"""Of each city, about whom questions are asked."""
PERSONA: Final = "parent"
LOGGED: Final = "SELECT count(*) FROM leaf WHERE position IS NOT NULL"
Servers = Mapping[str, Location | None]
"""Where an administrator makes databases, by engine; None for the embedded one."""


@dataclass(frozen=True, slots=True)
class _Running:
    """A country with load on it."""

    country: Country
    load: Load
    questions: list[Question]


def run(
    servers: Servers,
    *,
    residents: Sequence[int] = RESIDENTS,
    entries: Sequence[int] = ENTRIES,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Measure every size on every engine; raises `load.NotComplete` where an exchange is missing.

    `residents` and `entries` are in order, the smallest first.
    """
    progress = progress or Progress(quiet=True)
    found = {
        engine: {
            "residents": list(_by_residents(server, residents, progress)),
            "entries": _by_entries(server, residents[0], entries, progress),
        }
        for engine, server in servers.items()
    }
    for series in found.values():
        for rows in series.values():
            for row in rows:
                row["ratio_to_smallest"] = round(
                    row["exchanges_per_second"] / rows[0]["exchanges_per_second"], 3
                )
    return {"exchanges": EXCHANGES, "in_flight": IN_FLIGHT, **found, **describe()}


def lines(found: dict[str, Any]) -> Iterator[str]:
    """A result as a person reads it: a row for each size on each engine."""
    for engine, series in found.items():
        if not isinstance(series, dict) or "residents" not in series:
            continue
        yield f"{engine}: exchanges a second, of the smallest, megabytes"
        for what in ("residents", "entries"):
            for row in series[what]:
                proof = f", proof {row['log_proof_bytes']} B" if "log_proof_bytes" in row else ""
                yield (
                    f"    {row[what]:>8} {what:<10} {row['exchanges_per_second']:>7} "
                    f"{row['ratio_to_smallest']:>6} {row['database_bytes'] / 1e6:>8.1f}{proof}"
                )


def _by_residents(
    server: Location | None, sizes: Sequence[int], progress: Progress
) -> Iterator[dict[str, Any]]:
    for size in sizes:

        async def measure(one: _Running, size: int = size) -> dict[str, Any]:
            with progress.step(f"{EXCHANGES} exchanges among {size} residents"):
                return {"residents": size, **await _rate(one)}

        yield _in_country(server, size, measure, progress)


def _by_entries(
    server: Location | None, size: int, sizes: Sequence[int], progress: Progress
) -> list[dict[str, Any]]:
    async def measure(one: _Running) -> list[dict[str, Any]]:
        found = []
        for wanted in sizes:
            missing = wanted - _entries(one.country) - ENTRIES_PER_EXCHANGE * EXCHANGES
            if missing > 0:
                with progress.step(f"filling the log up to {wanted} entries"):
                    await one.load.phase(
                        one.questions, -(-missing // ENTRIES_PER_EXCHANGE), IN_FLIGHT
                    )
            with progress.step(f"{EXCHANGES} exchanges before {wanted} entries, and a proof"):
                rate = await _rate(one)
                found.append({**rate, **await _proof(one)})
        return found

    rows: list[dict[str, Any]] = _in_country(server, size, measure, progress)
    return rows


def _in_country(
    server: Location | None, residents: int, measure: Callable[[_Running], Any], progress: Progress
) -> Any:
    """Build a country of this size, open it, run it, and measure in it."""
    with tempfile.TemporaryDirectory() as temporary:
        country = open_or_build(
            Path(temporary) / "country",
            seed=DEFAULT_SEED,
            as_of=DEFAULT_AS_OF,
            progress=progress,
            residents=-(-residents // 3),
        )
        open_computed(country, progress)
        with served(country, server, 1, progress) as supervisor:

            async def go() -> Any:
                async with _loaded(country, supervisor, progress) as one:
                    return await measure(one)

            return asyncio.run(go())


@asynccontextmanager
async def _loaded(
    country: Country, supervisor: Supervisor, progress: Progress
) -> AsyncIterator[_Running]:
    """Desks of every city, and questions whose holders have an answer."""
    cities = [plan.party for plan in country.cities()]
    async with AsyncExitStack() as stack:
        desks = {city: await stack.enter_async_context(at_desk(country, city)) for city in cities}
        load = Load(country, supervisor, desks)
        with progress.step("warming up"):
            questions = await load.answerable(IN_FLIGHT, PEOPLE)
        yield _Running(country, load, questions)


async def _rate(one: _Running) -> dict[str, Any]:
    """Exchanges a second, what an exchange takes, and what the databases hold afterwards."""
    phase = await one.load.phase(one.questions, EXCHANGES, IN_FLIGHT)
    return {
        "exchanges_per_second": round(phase.per_second, 1),
        "p50_ms": round(phase.percentile(0.50), 1),
        "cpu_ms_per_exchange": round(sum(phase.cpu.values()) * MILLISECONDS / phase.exchanges, 2),
        "database_bytes": sum(
            engine_at(at).size(at.place)
            for plan in one.country.plans
            for at in [one.country.database(plan.party)]
        ),
    }


async def _proof(one: _Running) -> dict[str, Any]:
    """What one person's proof weighs and takes: one more line, then the whole download."""
    city = one.country.cities()[0].party
    person = one.country.manifest.persons[PERSONA][city]
    case = await one.load.ask_about(city, person)
    began = time.perf_counter()
    proof = await prove(one.country, PERSONA, {each.tx for each in case.exchanges})
    stated = time.perf_counter()
    file = read_file(proof.file.read_bytes())
    anchors = msgspec.json.decode(one.country.anchors.read_bytes(), type=Anchors)
    verify_all([file], anchors)
    return {
        "entries": file.log_size,
        "lines": len(file.lines),
        "log_proof_bytes": len(file.log_hashes),
        "ledger_proof_bytes": len(file.ledger_path),
        "file_bytes": proof.file.stat().st_size,
        "stated_seconds": round(stated - began, 2),
        "verify_ms": round((time.perf_counter() - stated) * MILLISECONDS, 1),
    }


def _entries(country: Country) -> int:
    with reading(country.database(LINKAGE)) as connection:
        return int(connection.exec_driver_sql(LOGGED).scalar_one())

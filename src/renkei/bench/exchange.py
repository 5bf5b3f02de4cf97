"""How many complete exchanges a second the country does, every party on this machine (連携の計測).

Real processes, TLS, databases and signatures; three cities ask, bodies answer. An exchange is
*complete* when both sides and the network hold their records, both receipts are noted and logged,
and the portal has filed the person's line. Desks give the orders from this process, and its time
counts too.
"""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import psutil

from renkei.bench import crypto
from renkei.bench.load import MILLISECONDS, Load
from renkei.bench.machine import describe
from renkei.bench.serving import served
from renkei.kit.location import Location
from renkei.kit.progress import Progress
from renkei.run.supervisor import Supervisor
from renkei.sandbox.balancing import balancer_program
from renkei.sandbox.building import DEFAULT_AS_OF, DEFAULT_SEED, open_or_build
from renkei.sandbox.country import Country
from renkei.sandbox.desk import at_desk
from renkei.sandbox.opening import open_country

EXCHANGES: Final = 2_000
EXCHANGES_LIMIT: Final = 100_000
IN_FLIGHT: Final = 16
ALONE: Final = 100
"""Exchanges measured with one in flight."""
RESIDENTS: Final = 100
"""Per municipality."""
REPLICAS: Final = 2
"""Of each party on a server, at most."""
BYTES_PER_MB: Final = 1_000_000


def run(
    exchanges: int = EXCHANGES,
    *,
    in_flight: int = IN_FLIGHT,
    folder: Path | None = None,
    server: Location | None = None,
    replicas: int = REPLICAS,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Build a country, warm it up, measure; raises NotComplete where an exchange is missing.

    `folder` holds a country to use again; without it one is built and thrown away. With a
    `server`, by its administrator's place, the same is measured there too: with one process of
    each party, then with more, up to `replicas`, beside the floor on that engine.
    """
    if not in_flight <= exchanges <= EXCHANGES_LIMIT:
        raise ValueError(f"exchanges is {in_flight} to {EXCHANGES_LIMIT}, not {exchanges}")
    if server is not None and replicas > 1:
        balancer_program()
    progress, size = progress or Progress(quiet=True), (exchanges, in_flight)
    with tempfile.TemporaryDirectory() as temporary:
        place = folder or Path(temporary) / "country"
        found = _in_country(place, None, 1, size, progress)
        with progress.step("the floor: the same operations, bare"):
            floor = crypto.floor(in_flight=in_flight, admin=Path(temporary))
        rows = _on_server(Path(temporary), server, replicas, size, progress) if server else []
    return {**_against(found, floor), "floor": floor, "on_server": rows, **describe()}


def _on_server(
    folder: Path, server: Location, replicas: int, size: tuple[int, int], progress: Progress
) -> list[dict[str, Any]]:
    """A row for each number of processes, and the floor with its databases there."""
    rows = [
        _in_country(folder / f"country-{count}", server, count, size, progress)
        for count in range(1, replicas + 1)
    ]
    with progress.step(f"the floor on {server.engine}"):
        floor = crypto.floor(in_flight=size[1], admin=server)
    return [
        {"engine": server.engine, "replicas": count, **_against(row, floor)}
        for count, row in enumerate(rows, 1)
    ]


def _in_country(
    folder: Path, server: Location | None, replicas: int, size: tuple[int, int], progress: Progress
) -> dict[str, Any]:
    country = open_or_build(
        folder.absolute(),
        seed=DEFAULT_SEED,
        as_of=DEFAULT_AS_OF,
        progress=progress,
        residents=RESIDENTS,
    )
    with served(country, server, replicas, progress) as supervisor:
        return asyncio.run(_measure(country, supervisor, size, progress))


def _against(found: dict[str, Any], floor: dict[str, Any]) -> dict[str, Any]:
    per_second = floor["per_second"]
    return {
        **found,
        "floor_per_second": per_second,
        "ratio_to_floor": round(found["exchanges_per_second"] / per_second, 3),
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
    yield from _processor_lines(found)
    for row in found["on_server"]:
        yield (
            f"on {row['engine']}, {row['replicas']} of each: {row['exchanges_per_second']} a "
            f"second, p50 {row['p50_ms']} ms, p99 {row['p99_ms']} ms, {row['pss_mb']} MB"
        )
        yield f"    {row['ratio_to_floor']} of the floor there, {row['floor_per_second']} a second"
        yield from _processor_lines(row)
    yield from ("", *crypto.floor_lines(found["floor"]))
    if (peer := found.get("peers")) is not None:
        ratio = found["ratio_to_as4_pairs"]
        told = next(iter(peer.values())) if ratio is None else f"{ratio} exchanges for each pair"
        yield f"as4, a question and its answer with receipts: {told}"
    yield f"machine: {machine['cpu']}, {machine['cores']} cores, load {machine['load']}"


def _processor_lines(found: dict[str, Any]) -> Iterator[str]:
    yield f"{'processor time by process':<30} {'ms each':>8}"
    for name, milliseconds in found["cpu_ms_per_exchange"].items():
        yield f"    {name:<26} {milliseconds:>8.2f}"
    yield f"    {'sum':<26} {found['cpu_ms_per_exchange_sum']:>8.2f}"
    elsewhere = "elsewhere on this machine"
    yield f"    {elsewhere:<26} {found['cpu_ms_per_exchange_elsewhere']:>8.2f}"


async def _measure(
    country: Country, supervisor: Supervisor, size: tuple[int, int], progress: Progress
) -> dict[str, Any]:
    exchanges, in_flight = size
    await open_country(country, progress)
    cities = [plan.party for plan in country.cities()]
    async with AsyncExitStack() as stack:
        desks = {city: await stack.enter_async_context(at_desk(country, city)) for city in cities}
        bench = Load(country, supervisor, desks)
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
        "cpu_ms_per_exchange_elsewhere": round(loaded.elsewhere * MILLISECONDS / exchanges, 2),
    }


def _pss(pids: Sequence[int]) -> int:
    """Sum of PSS in bytes: pages the processes share count once."""
    total = 0
    for pid in pids:
        memory = psutil.Process(pid).memory_full_info()
        total += getattr(memory, "pss", memory.uss)
    return total

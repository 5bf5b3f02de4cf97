"""How many entries a second the log takes and integrates, beside hashing alone (ログの計測).

A real database with every durability setting of the servers, real signatures. The floor hashes the
same entries into a tree that is stored nowhere and signed by nobody.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from renkei.bench import peers
from renkei.bench.machine import describe
from renkei.crypto import merkle
from renkei.crypto.checkpoint import parse_checkpoint
from renkei.crypto.digests import log_entry
from renkei.crypto.merkle import Frontier, leaf_hash
from renkei.crypto.note import NoteKey
from renkei.kit.database import Database, engines
from renkei.kit.database.migration import upgrade
from renkei.kit.key_files import create_ed25519
from renkei.kit.keys import FileKeyStore
from renkei.kit.randomness import system_randomness
from renkei.roles.linkage import store
from renkei.roles.linkage.service.sequencer import CHECKPOINT_KEY, PACE, Sequencer
from renkei.roles.linkage.store import log
from renkei.roles.linkage.store.tables import CHECKPOINT, LEAF
from renkei.wire.entries import EntryKind

ENTRIES: Final = 40_000
GROUP_ENTRIES: Final = 64
"""Entries one function writes: receipts come in batches of up to 500, permits one by one."""
GROUPS_IN_FLIGHT: Final = 16
SINGLES_IN_FLIGHT: Final = 64
ALONE_ENTRIES: Final = 500
RECORD_BYTES: Final = 660
"""About the record of one exchange; its content does not matter to a hash."""
ORIGIN: Final = "renkei.test/bench"
FSYNC_SAMPLES: Final = 50
Record = tuple[bytes, bytes]


def run(
    entries: int = ENTRIES, folder: Path | None = None, installed: Path = peers.FOLDER
) -> dict[str, Any]:
    """Measure in a new folder below `folder` (default: the system's for temporary files).

    Gives `appends_per_second` (entries written in groups of 64 and integrated under signed
    checkpoints), `single_appends_per_second` (one entry per write, as permits are, 64 in flight),
    `alone_appends_per_second` (one entry per write, the next only after its answer),
    `floor_per_second`, `ratio_to_floor`, `fsync_ms`, what one durable write costs there, and
    `peers` with `ratios_to_peers` where peers are installed in the folder `installed`.
    Raises RuntimeError if the log that was measured is not consistent.
    """
    records = [(os.urandom(RECORD_BYTES), os.urandom(log.SALT_BYTES)) for _ in range(entries)]
    singles = records[: max(1, entries // 4)]
    alone = records[: max(1, min(ALONE_ENTRIES, entries // 8))]
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        place = Path(temporary)
        fsync_ms = _fsync_ms(place)
        together = _ran(place / "together", records, (GROUP_ENTRIES, GROUPS_IN_FLIGHT))
        single = _ran(place / "single", singles, (1, SINGLES_IN_FLIGHT))
        apart = _ran(place / "alone", alone, (1, 1))
        beside = _peers(installed, place, (len(alone), entries))
    floor = _floor(records)
    return {
        "appends_per_second": round(together["per_second"]),
        "single_appends_per_second": round(single["per_second"]),
        "alone_appends_per_second": round(apart["per_second"], 1),
        "floor_per_second": round(floor),
        "ratio_to_floor": round(together["per_second"] / floor, 3),
        "peers": beside,
        "ratios_to_peers": _ratios(together["per_second"], apart["per_second"], beside),
        **_circumstances(entries, together, fsync_ms),
        **describe(),
    }


def _circumstances(entries: int, together: dict[str, Any], fsync_ms: float) -> dict[str, Any]:
    """What was measured with: counts, the largest wait, one durable write."""
    return {
        "entries": entries,
        "group_entries": GROUP_ENTRIES,
        "in_flight": GROUPS_IN_FLIGHT,
        "singles_in_flight": SINGLES_IN_FLIGHT,
        "checkpoints": together["checkpoints"],
        "longest_append_ms": together["longest_append_ms"],
        "fsync_ms": fsync_ms,
        **engines.versions(),
        "cores": os.cpu_count(),
        "python": sys.version.split()[0],
    }


def _peers(installed: Path, place: Path, counts: tuple[int, int]) -> dict[str, Any]:
    """The same numbers of entries, of the same size, in the same folder, by the peer."""
    return peers.log_peers(
        installed,
        singles=counts[0],
        entries=counts[1],
        group=GROUP_ENTRIES,
        batch=PACE.batch,
        bytes=RECORD_BYTES,
        folder=str(place),
    )


def _ran(place: Path, records: Sequence[Record], way: tuple[int, int]) -> dict[str, Any]:
    return asyncio.run(_measure(place, records, way))


def _ratios(together: float, alone: float, beside: dict[str, Any]) -> dict[str, float]:
    """Our appends through the peer's, in groups and one by one; empty without peers."""
    found = beside.get("pymerkle")
    if found is None:
        return {}
    return {
        "pymerkle_groups": round(together / found["groups"]["appends_per_second"], 2),
        "pymerkle_single": round(alone / found["single"]["appends_per_second"], 2),
    }


async def _measure(place: Path, records: Sequence[Record], way: tuple[int, int]) -> dict[str, Any]:
    """Append and integrate everything; seconds count until the last signed head covers all.

    `way` is how many entries go into one write and how many writes are in flight.
    """
    path = place / "linkage"
    upgrade("renkei.roles.linkage.migrations", path)
    create_ed25519(place / "keys", CHECKPOINT_KEY)
    keys = FileKeyStore(place / "keys", profile="sandbox")
    database = Database.open(path, revision=store.REVISION)
    try:
        sequencer = Sequencer(keys, database, ORIGIN)
        started = time.monotonic()
        appending = asyncio.create_task(_append_all(database, records, *way))
        integrated = 0
        while integrated < len(records):
            done = await sequencer.integrate(PACE.batch)
            integrated += done
            if not done:
                await asyncio.sleep(0.001)
                if appending.done():
                    appending.result()
        seconds = time.monotonic() - started
        longest = await appending
        heads = await _check(database, keys, len(records))
    finally:
        await asyncio.to_thread(database.close)
    return {
        "per_second": len(records) / seconds,
        "checkpoints": heads,
        "longest_append_ms": round(longest * 1_000, 1),
    }


async def _append_all(
    database: Database, records: Sequence[Record], group: int, in_flight: int
) -> float:
    """Write all records in groups, a bounded number in flight; gives the longest wait."""
    gate = asyncio.Semaphore(in_flight)
    longest = 0.0

    async def write(chunk: Sequence[Record]) -> None:
        nonlocal longest
        started = time.monotonic()
        try:
            await database.write(
                lambda c: (
                    log.append_all(c, EntryKind.EXCHANGE, chunk)
                    if group > 1
                    else log.append(c, EntryKind.EXCHANGE, *chunk[0])
                )
            )
        finally:
            gate.release()
        longest = max(longest, time.monotonic() - started)

    async with asyncio.TaskGroup() as tasks:
        for start in range(0, len(records), group):
            await gate.acquire()
            tasks.create_task(write(records[start : start + group]))
    return longest


async def _check(database: Database, keys: FileKeyStore, size: int) -> int:
    """The newest head is signed and is that of the stored entries; gives how many heads."""
    entries = await database.read(
        lambda c: list(c.execute(sa.select(LEAF.c.entry).order_by(LEAF.c.position)).scalars())
    )
    notes = await database.read(
        lambda c: list(
            c.execute(sa.select(CHECKPOINT.c.note).order_by(CHECKPOINT.c.size)).scalars()
        )
    )
    key = NoteKey(ORIGIN, keys.public(CHECKPOINT_KEY))
    head = parse_checkpoint(notes[-1].encode(), key)[0].head
    if head.size != size or head.root != merkle.root(leaf_hash(entry) for entry in entries):
        raise RuntimeError("the measured log is not consistent: its head is not its entries'")
    return len(notes)


def _floor(records: Sequence[Record]) -> float:
    """Entries a second that hashing alone would integrate, with a root per batch."""
    started = time.monotonic()
    frontier = Frontier()
    for start in range(0, len(records), PACE.batch):
        batch = records[start : start + PACE.batch]
        frontier, _ = frontier.extend(leaf_hash(log_entry(1, *record)) for record in batch)
        frontier.root()
    return len(records) / (time.monotonic() - started)


def _fsync_ms(place: Path) -> float:
    """Median milliseconds of a 4 KiB write that is synced, in this folder."""
    times = []
    with (place / "fsync").open("wb", buffering=0) as file:
        for _ in range(FSYNC_SAMPLES):
            started = time.monotonic()
            file.write(system_randomness(4_096))
            os.fsync(file.fileno())
            times.append(time.monotonic() - started)
    return round(sorted(times)[FSYNC_SAMPLES // 2] * 1_000, 3)

"""Appends to a Merkle tree of pymerkle in a SQLite file, by its own durability settings.

One connection, entries one by one and in groups; a root after every `--batch` entries, as Renkei's
log makes a head for each batch it integrates. Nothing is signed and no second reader is served.
"""

import argparse
import json
import os
import sqlite3
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pymerkle import SqliteTree, verify_inclusion  # type: ignore[import-not-found]

FULL = 2
"""`PRAGMA synchronous`: from this value on a commit is on disk when it returns."""


def measure(path: Path, entries: list[bytes], group: int, batch: int) -> dict[str, Any]:
    """Append all, then prove the first and the last; figures of appending, and of roots beside."""
    tree = SqliteTree(str(path))
    try:
        journal = tree.con.execute("PRAGMA journal_mode").fetchone()
        synchronous = tree.con.execute("PRAGMA synchronous").fetchone()
        rooting, since = 0.0, 0
        started = time.perf_counter()
        for start in range(0, len(entries), group):
            if group == 1:
                tree.append_entry(entries[start])
            else:
                tree.append_entries(entries[start : start + group])
            since += group
            if since >= batch or start + group >= len(entries):
                before, since = time.perf_counter(), 0
                root = tree.get_root()
                rooting += time.perf_counter() - before
        seconds = time.perf_counter() - started
        for index in (1, len(entries)):
            proof = tree.prove_inclusion(index, len(entries))
            verify_inclusion(tree.get_leaf(index), root, proof)
    finally:
        tree.close()
    return {
        "entries": len(entries),
        "group": group,
        "appends_per_second": round(len(entries) / seconds),
        "roots_seconds_of_it": round(rooting, 3),
        "journal_mode": journal,
        "synchronous": synchronous,
        "durable": synchronous >= FULL,
    }


def main(arguments: list[str]) -> dict[str, Any]:
    """Measure single appends and groups, each in a new file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--singles", type=int, default=500)
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--group", type=int, default=64)
    parser.add_argument("--batch", type=int, default=1_024)
    parser.add_argument("--bytes", type=int, default=660)
    parser.add_argument("--folder", type=Path, default=None)
    chosen = parser.parse_args(arguments)
    entries = [os.urandom(chosen.bytes) for _ in range(chosen.entries)]
    with tempfile.TemporaryDirectory(dir=chosen.folder) as temporary:
        place = Path(temporary)
        single = measure(place / "single", entries[: chosen.singles], 1, chosen.batch)
        groups = measure(place / "groups", entries, chosen.group, chosen.batch)
    versions = {"pymerkle": version("pymerkle"), "sqlite": sqlite3.sqlite_version}
    return {"single": single, "groups": groups, "versions": versions}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1:])) + "\n")

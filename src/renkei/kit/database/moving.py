"""Carrying one party's whole database from one engine to another, and proving it (移送).

One transaction reads, one writes. Every table is copied, read back and compared row by row before
anything is committed; on any difference nothing was written. Numbers that an engine gives go on
after the last one given, also where that row is gone.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from renkei.kit.database.engines import engine_at, grammar_of
from renkei.kit.database.errors import DatabaseError
from renkei.kit.database.migration import head, make, table_names
from renkei.kit.location import Location
from renkei.wire.values import stored

ROWS_AT_ONCE: Final = 2_000
_ENCODE: Final = msgspec.msgpack.Encoder(enc_hook=stored).encode


class MoveError(DatabaseError):
    """A database could not be carried over; the target is as it was."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What was carried over: rows by table, and the revision on both sides."""

    revision: str
    rows: dict[str, int]


def move(script_package: str, source: Location, target: Location) -> Moved:
    """Copy a role's database to an empty place on another engine; the source stays as it is.

    Whoever serves from the source must have stopped: what it wrote later would be missing. Raises
    MoveError where the source is not at the newest revision, the target not empty, or a row did
    not arrive as it went.
    """
    tables: sa.MetaData = importlib.import_module(script_package).TABLES
    newest = head(script_package)
    from_engine, to_engine = engine_at(source), engine_at(target)
    with (
        from_engine.connect(source.place, newest) as reading,
        to_engine.changing(target.place) as writing,
    ):
        if table_names(writing):
            raise MoveError(f"database {target} has tables already: give an empty place")
        make(writing, tables, newest)
        rows = {}
        for table in _in_order(tables):
            # A table that follows another was filled by the other's copy: what counts is the copy
            # of its own rows, under their own numbers.
            writing.execute(table.delete())
            rows[table.name] = copy_rows(table, reading, writing)
            _go_on_numbering(table, reading, writing)
        for table in tables.sorted_tables:
            if _digest(table, reading) != _digest(table, writing):
                raise MoveError(f"table {table.name} did not arrive as it went: nothing was moved")
    return Moved(newest, rows)


def _in_order(tables: sa.MetaData) -> list[sa.Table]:
    """Tables after those they refer to; those that follow others last."""
    followed = tables.info.get("following", ())
    last = {one.target.name for one in followed}
    return sorted(tables.sorted_tables, key=lambda table: table.name in last)


def _pages(table: sa.Table, connection: sa.Connection) -> Iterator[list[Any]]:
    """All rows in the order of their key, some at a time."""
    query = sa.select(table).order_by(*table.primary_key.columns)
    found = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query)
    for part in found.partitions():
        yield list(part)


def copy_rows(table: sa.Table, reading: sa.Connection, writing: sa.Connection) -> int:
    """Copy all rows of one table; gives how many."""
    count = 0
    for rows in _pages(table, reading):
        writing.execute(table.insert(), [dict(row._mapping) for row in rows])
        count += len(rows)
    return count


def _go_on_numbering(table: sa.Table, reading: sa.Connection, writing: sa.Connection) -> None:
    column = table.autoincrement_column
    if column is None:
        return
    last = grammar_of(reading).last_number(reading, column)
    if last:
        grammar_of(writing).number_after(writing, column, last)


def _digest(table: sa.Table, connection: sa.Connection) -> tuple[int, bytes]:
    """How many rows, and the digest of all of them in Python's form and order of keys.

    Sorted here, since engines order texts by rules of their own.
    """
    every = sorted(
        hashlib.sha256(_ENCODE([_plain(value) for value in row])).digest()
        for rows in _pages(table, connection)
        for row in rows
    )
    return len(every), hashlib.sha256(b"".join(every)).digest()


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value

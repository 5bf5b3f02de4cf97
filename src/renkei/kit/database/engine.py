"""What an engine offers behind the door: places, transactions, and its own SQL (データベース機構).

`sqlite/` and `postgresql/` offer the same. Nothing outside this package names an engine or writes
text for one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa

T = TypeVar("T")
Work = Callable[[sa.Connection], T]
Statement = sa.Select[Any] | sa.UpdateBase


@dataclass(frozen=True, slots=True)
class Following:
    """`target` gets a row, with a new number, whenever a row of `source` begins or changes.

    A row counts from the moment its column `begins` is filled (None: from the start), and again
    whenever its column `changes` does. `values` are what the target's row says: fixed texts, or
    columns of the source. An older row that says the same leaves. `source` is written by plain
    inserts and updates: SQLite lets an insert that gives way decide how its triggers' conflicts
    end.
    """

    source: sa.Table
    target: sa.Table
    values: Mapping[str, str | sa.Column[Any]]
    changes: str
    begins: str | None = None


class Cursor(Protocol):
    """What the driver gives back: rows in its own form."""

    @property
    def rowcount(self) -> int:
        """How many rows were written."""
        ...

    def fetchone(self) -> Any:
        """The next row or None."""
        ...

    def fetchall(self) -> list[Any]:
        """All rows left."""
        ...


class Grammar(Protocol):
    """One engine's SQL: what its statements look like and how its driver runs them."""

    @property
    def dialect(self) -> sa.Dialect:
        """By which SQLAlchemy compiles for this engine."""
        ...

    def execute(self, connection: sa.Connection, sql: str, values: Sequence[Any]) -> Cursor:
        """Run one statement, past SQLAlchemy, in the transaction the connection is in."""
        ...

    def execute_many(
        self, connection: sa.Connection, sql: str, rows: Sequence[Sequence[Any]]
    ) -> None:
        """Run one statement for each row."""
        ...

    def takes_as_it_is(self, kind: sa.types.TypeEngine[Any]) -> bool:
        """Whether values of this type need no change on their way to the driver and back."""
        ...

    def insert_new(self, table: sa.Table) -> sa.Insert:
        """An insert that writes nothing where a row with the same key stands."""
        ...

    def insert_or_update(self, table: sa.Table, columns: Sequence[str], newer: str) -> sa.Insert:
        """An insert that changes `columns` where a row with the same key stands.

        `newer` names a column: then only where what stands there is not above the new value.
        """
        ...

    def keys(self, parameter: str, parts: int) -> tuple[sa.FromClause, list[sa.ColumnElement[str]]]:
        """A table of keys given as one parameter: its rows in their order, and each part.

        The parameter is a list of lists of texts (`columns.KEYS`).
        """
        ...

    def numbered(self, table: sa.Table) -> sa.Insert:
        """An insert into a table whose numbers the engine gives."""
        ...

    def number(self, cursor: Cursor) -> int:
        """The number the engine gave the row that `numbered` has just written."""
        ...

    def take_numbers(
        self, connection: sa.Connection, column: sa.Column[Any], count: int
    ) -> list[int]:
        """The next numbers of such a table, for rows this transaction writes and no other."""
        ...

    def last_number(self, connection: sa.Connection, column: sa.Column[Any]) -> int:
        """The last number given of such a table, 0 for none; its row may be gone."""
        ...

    def number_after(self, connection: sa.Connection, column: sa.Column[Any], last: int) -> None:
        """Have the numbers of such a table go on after this one."""
        ...

    def following(self, one: Following) -> list[str]:
        """Statements that make a table follow another from now on."""
        ...


class Workers(Protocol):
    """An opened database: who runs functions in its transactions."""

    @property
    def down(self) -> bool:
        """Whether it broke down, so that only a new process mends it."""
        ...

    @property
    def term(self) -> int:
        """The term in which this process works alone (`seat`), 0 while another one does."""
        ...

    @property
    def shared(self) -> bool:
        """Whether other processes may write to it at the same time."""
        ...

    def read(self, function: Work[T]) -> Awaitable[T]:
        """Run on one consistent snapshot."""
        ...

    def look(self, function: Work[T]) -> Awaitable[T]:
        """Run a function that reads a few rows by their keys, the quickest way there is."""
        ...

    def write(self, function: Work[T]) -> Awaitable[T]:
        """Run; answered once it is durable."""
        ...

    def checkpoint(self) -> Awaitable[bool]:
        """See to it that what was deleted is gone from what the engine keeps for recovery."""
        ...

    def close(self) -> None:
        """Finish what waits, then let go."""
        ...


class Engine(Protocol):
    """One engine: how its databases are made, opened and changed."""

    @property
    def grammar(self) -> Grammar:
        """Its SQL."""
        ...

    @property
    def shared(self) -> bool:
        """Whether several processes may write to one of its databases at the same time."""
        ...

    def version(self) -> str:
        """Which release of the engine this program works with."""
        ...

    def open(self, place: str, *, revision: str | None, readers: int, read_only: bool) -> Workers:
        """Open an existing database for a server."""
        ...

    def connect(self, place: str, revision: str | None) -> AbstractContextManager[sa.Connection]:
        """One synchronous writing transaction on an existing database."""
        ...

    def reading(self, place: str, revision: str | None) -> AbstractContextManager[sa.Connection]:
        """One synchronous snapshot of an existing database, which cannot write."""
        ...

    def bare(self, place: str) -> AbstractContextManager[Callable[[Work[None]], None]]:
        """What runs a function and commits it durably, with nothing around it: for measuring."""
        ...

    def size(self, place: str) -> int:
        """Bytes that a database's tables and indexes take, without what is kept for recovery."""
        ...

    def new_place(self, admin: str, name: str) -> str:
        """Make an empty place of this name that only its own login reaches, by an administrator's.

        Raises DatabaseError where the administrator's place does not allow that.
        """
        ...

    def drop_place(self, admin: str, place: str) -> None:
        """Take such a place away with everything in it; nobody may use it any more.

        Raises DatabaseError where the administrator's place does not allow that.
        """
        ...

    def changing(self, place: str) -> AbstractContextManager[sa.Connection]:
        """One transaction in which tables are made and rebuilt; makes the database if missing.

        Links between rows are checked at its end; on any error everything is undone.
        """
        ...

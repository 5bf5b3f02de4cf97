"""Statements of the path every exchange takes, compiled once and run by the driver (準備済みの文).

SQLAlchemy's way from a finished statement to the driver costs ten times what SQLite needs for one
row. What is left of it here: the statement is written and checked against the tables, its SQL made
once, its values brought into the driver's form (instants).
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import sqlite

from renkei.kit.sqlite import driver_of

_DIALECT = sqlite.dialect()


class Prepared:
    """One statement as text, with the order and form of its parameters.

    `one` and `all` give rows in Python's form (instants, truth values), `run` the driver's own:
    integers, texts and bytes as stored. It runs in the transaction the
    connection is in, as `Connection.execute` does, and raises the driver's errors.
    """

    def __init__(
        self, statement: sa.Select[Any] | sa.UpdateBase, columns: Sequence[str] | None = None
    ) -> None:
        """`columns` are those an insert fills."""
        compiled = statement.compile(dialect=_DIALECT, column_keys=columns)
        self._sql = str(compiled)
        if "POSTCOMPILE" in self._sql:
            raise ValueError("a list of values has no fixed text: give each a parameter")
        self._names = tuple(compiled.positiontup or ())
        self._fixed = {
            name: bind.value for name, bind in compiled.binds.items() if not bind.required
        }
        self._forms: dict[str, Callable[[Any], Any]] = {
            name: form
            for name, bind in compiled.binds.items()
            if not isinstance(bind.type, sa.LargeBinary)  # sqlite3 takes bytes as they are
            if (form := bind.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)) is not None
        }
        selected = statement.selected_columns if isinstance(statement, sa.Select) else ()
        self._results: list[tuple[int, Callable[[Any], Any]]] = [
            (place, form)
            for place, column in enumerate(selected)
            if not isinstance(column.type, sa.LargeBinary)
            if (form := column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None))
            is not None
        ]

    def one(
        self, connection: Connection, values: Mapping[str, Any] | None = None
    ) -> tuple[Any, ...] | None:
        """The first row of a select in Python's form, None where there is none."""
        row = self.run(connection, values).fetchone()
        return self._python(row) if row is not None else None

    def all(
        self, connection: Connection, values: Mapping[str, Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """All rows of a select in Python's form."""
        return [self._python(row) for row in self.run(connection, values).fetchall()]

    def _python(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        if not self._results:
            return row
        changed = list(row)
        for place, form in self._results:
            changed[place] = form(changed[place])
        return tuple(changed)

    def run(
        self, connection: Connection, values: Mapping[str, Any] | None = None
    ) -> sqlite3.Cursor:
        """Run it once; the caller fetches what it returns before anything else runs."""
        return driver_of(connection).execute(self._sql, self._ordered(values or {}))

    def run_all(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run it for each row."""
        driver_of(connection).executemany(self._sql, [self._ordered(row) for row in rows])

    def _ordered(self, values: Mapping[str, Any]) -> list[Any]:
        whole = {**self._fixed, **values} if self._fixed else values
        ordered = [whole[name] for name in self._names]
        if self._forms:
            forms = self._forms
            return [
                forms[name](value) if name in forms else value
                for name, value in zip(self._names, ordered, strict=True)
            ]
        return ordered

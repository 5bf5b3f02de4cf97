"""Statements of the path every exchange takes, compiled once and run by the driver (準備済みの文).

SQLAlchemy's way from a finished statement to the driver costs ten times what SQLite needs for one
row. What is left of it here: the statement is written and checked against the tables, its SQL made
once for each engine that runs it, its values brought into the driver's form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.sql import visitors

from renkei.kit.database.engine import Cursor, Grammar, Statement
from renkei.kit.database.engines import grammar_of

Build = Callable[[Grammar], Statement]
"""A statement that only an engine can write: it is made when the engine is known."""
Values = Mapping[str, Any]
_Form = Callable[[Any], Any]


class _Compiled:
    """A statement in the words of one engine."""

    __slots__ = ("_fixed", "_forms", "_names", "_results", "execute", "grammar", "sql")

    def __init__(
        self, statement: Statement, columns: Sequence[str] | None, grammar: Grammar
    ) -> None:
        dialect = grammar.dialect
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        self.sql = str(compiled)
        self.grammar = grammar
        self.execute = grammar.execute
        self._names = tuple(compiled.positiontup or ())
        self._fixed = {
            name: bind.value for name, bind in compiled.binds.items() if not bind.required
        }
        self._forms: dict[str, _Form] = {
            name: form
            for name, bind in compiled.binds.items()
            if not grammar.takes_as_it_is(bind.type)
            if (form := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        }
        selected = statement.selected_columns if isinstance(statement, sa.Select) else ()
        self._results: list[tuple[int, _Form]] = [
            (place, form)
            for place, column in enumerate(selected)
            if not grammar.takes_as_it_is(column.type)
            if (form := column.type.dialect_impl(dialect).result_processor(dialect, None))
            is not None
        ]

    def ordered(self, values: Values) -> list[Any]:
        """Values in the statement's order and the driver's form."""
        whole = {**self._fixed, **values} if self._fixed else values
        forms = self._forms
        if not forms:
            return [whole[name] for name in self._names]
        return [forms[name](whole[name]) if name in forms else whole[name] for name in self._names]

    def python(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """A row in Python's form."""
        if not self._results:
            return row
        changed = list(row)
        for place, form in self._results:
            changed[place] = form(changed[place])
        return tuple(changed)


class Prepared:
    """One statement as text, with the order and form of its parameters.

    `one` and `all` give rows in Python's form (instants, truth values), `run` the driver's own:
    integers, texts and bytes as stored. It runs in the transaction the
    connection is in, as `Connection.execute` does, and raises the driver's errors.
    """

    def __init__(self, statement: Statement | Build, columns: Sequence[str] | None = None) -> None:
        """`columns` are those an insert fills."""
        if isinstance(statement, sa.ClauseElement) and any(
            isinstance(one, sa.BindParameter) and one.expanding
            for one in visitors.iterate(statement)
        ):
            raise ValueError("a list of values has no fixed text: give each a parameter")
        self._statement = statement
        self._columns = columns
        self._by_engine: dict[str, _Compiled] = {}

    def _compiled(self, connection: Connection) -> _Compiled:
        name = connection.dialect.name
        found = self._by_engine.get(name)
        if found is None:
            found = self._by_engine[name] = self.compiled_by(grammar_of(connection))
        return found

    def compiled_by(self, grammar: Grammar) -> _Compiled:
        """The statement in an engine's words."""
        statement = self._statement
        if not isinstance(statement, sa.ClauseElement):
            statement = statement(grammar)
        return _Compiled(statement, self._columns, grammar)

    def one(self, connection: Connection, values: Values | None = None) -> tuple[Any, ...] | None:
        """The first row of a select in Python's form, None where there is none."""
        compiled = self._compiled(connection)
        cursor = compiled.execute(connection, compiled.sql, compiled.ordered(values or {}))
        row = cursor.fetchone()
        return compiled.python(row) if row is not None else None

    def all(self, connection: Connection, values: Values | None = None) -> list[tuple[Any, ...]]:
        """All rows of a select in Python's form."""
        compiled = self._compiled(connection)
        cursor = compiled.execute(connection, compiled.sql, compiled.ordered(values or {}))
        return [compiled.python(row) for row in cursor.fetchall()]

    def run(self, connection: Connection, values: Values | None = None) -> Cursor:
        """Run it once; the caller fetches what it returns before anything else runs."""
        compiled = self._compiled(connection)
        return compiled.execute(connection, compiled.sql, compiled.ordered(values or {}))

    def run_all(self, connection: Connection, rows: Iterable[Values]) -> None:
        """Run it for each row."""
        compiled = self._compiled(connection)
        compiled.grammar.execute_many(
            connection, compiled.sql, [compiled.ordered(row) for row in rows]
        )


class Numbered:
    """An insert into a table whose numbers the engine gives.

    A number names a row and is given once. Where several write at once numbers may have gaps and
    become visible in another order than their own: nothing may rest on more.
    """

    def __init__(self, table: sa.Table, columns: Sequence[str]) -> None:
        """`columns` are those the caller fills: all but the number."""
        (self._number,) = table.primary_key
        self._insert = Prepared(lambda grammar: grammar.numbered(table), columns)
        self._insert_at = Prepared(table.insert(), [self._number.name, *columns])

    def one(self, connection: Connection, values: Values) -> int:
        """Write one row; gives its number."""
        return grammar_of(connection).number(self._insert.run(connection, values))

    def all(self, connection: Connection, rows: Sequence[Values]) -> list[int]:
        """Write several rows in one go; gives their numbers, in the order of the rows."""
        if not rows:
            return []
        grammar = grammar_of(connection)
        numbers = grammar.take_numbers(connection, self._number, len(rows))
        name = self._number.name
        self._insert_at.run_all(
            connection, ({**row, name: number} for number, row in zip(numbers, rows, strict=True))
        )
        return numbers


def insert_new(table: sa.Table) -> Build:
    """An insert that writes nothing where a row with the same primary key stands."""
    return lambda grammar: grammar.insert_new(table)


def insert_or_update(table: sa.Table, *columns: str, newer: str = "") -> Build:
    """An insert that changes `columns` where a row with the same primary key stands.

    `newer` names a column: then only where what stands there is not above the new value.
    """
    return lambda grammar: grammar.insert_or_update(table, columns, newer)

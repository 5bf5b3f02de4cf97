"""SQLite's own SQL: inserts that give way, lists of keys, numbers, triggers (文の形).

Sources: https://www.sqlite.org/lang_upsert.html, https://www.sqlite.org/json1.html,
https://www.sqlite.org/autoinc.html, https://www.sqlite.org/lang_createtrigger.html.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from renkei.kit.database.columns import KEYS
from renkei.kit.database.engine import Cursor, Following
from renkei.kit.database.sqlite.driver import driver_of


class SqliteGrammar:
    """How statements look here, and how the driver runs them."""

    dialect: Final = sqlite.dialect()

    def execute(self, connection: sa.Connection, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        """Run one statement by the driver."""
        return driver_of(connection).execute(sql, values)

    def execute_many(
        self, connection: sa.Connection, sql: str, rows: Sequence[Sequence[Any]]
    ) -> None:
        """Run one statement for each row by the driver."""
        driver_of(connection).executemany(sql, rows)

    def takes_as_it_is(self, kind: sa.types.TypeEngine[Any]) -> bool:
        """Bytes: the driver takes and gives them without a wrapper."""
        return isinstance(kind, sa.LargeBinary)

    def insert_new(self, table: sa.Table) -> sa.Insert:
        """ON CONFLICT of the primary key: nothing."""
        return sqlite.insert(table).on_conflict_do_nothing(index_elements=list(table.primary_key))

    def insert_or_update(
        self, table: sa.Table, columns: Sequence[str], newer: str = ""
    ) -> sa.Insert:
        """ON CONFLICT of the primary key: the new values of these columns."""
        insert = sqlite.insert(table)
        return insert.on_conflict_do_update(
            index_elements=list(table.primary_key),
            set_={name: insert.excluded[name] for name in columns},
            where=table.c[newer] <= insert.excluded[newer] if newer else None,
        )

    def keys(self, parameter: str, parts: int) -> tuple[sa.FromClause, list[sa.ColumnElement[str]]]:
        """`json_each` of the list: SQLite takes no index for `(a, b) IN (VALUES ...)`."""
        rows = sa.func.json_each(sa.bindparam(parameter, type_=KEYS)).table_valued("value")
        return rows, [
            sa.func.json_extract(rows.c.value, sa.literal_column(f"'$[{part}]'"), type_=sa.String)
            for part in range(parts)
        ]

    def numbered(self, table: sa.Table) -> sa.Insert:
        """A plain insert: the driver says which number it was."""
        return table.insert()

    def number(self, cursor: Cursor) -> int:
        """The rowid of the row just written, which is the number."""
        assert isinstance(cursor, sqlite3.Cursor)
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def take_numbers(
        self, connection: sa.Connection, column: sa.Column[Any], count: int
    ) -> list[int]:
        """Those after the last: whoever writes has the only writer's place until it commits."""
        quote = self.dialect.identifier_preparer.quote
        query = f"SELECT max({quote(column.name)}) FROM {quote(column.table.name)}"  # noqa: S608
        last = self.execute(connection, query, ()).fetchone()[0] or 0
        return list(range(last + 1, last + 1 + count))

    def last_number(self, connection: sa.Connection, column: sa.Column[Any]) -> int:
        """AUTOINCREMENT keeps it; without that it is the greatest there is."""
        if column.table.dialect_options["sqlite"]["autoincrement"]:
            query = "SELECT seq FROM sqlite_sequence WHERE name = ?"
            row = self.execute(connection, query, (column.table.name,)).fetchone()
        else:
            quote = self.dialect.identifier_preparer.quote
            query = f"SELECT max({quote(column.name)}) FROM {quote(column.table.name)}"  # noqa: S608
            row = self.execute(connection, query, ()).fetchone()
        return int(row[0]) if row is not None and row[0] is not None else 0

    def number_after(self, connection: sa.Connection, column: sa.Column[Any], last: int) -> None:
        """AUTOINCREMENT goes by its own table."""
        if not column.table.dialect_options["sqlite"]["autoincrement"]:
            return
        name = column.table.name
        self.execute(connection, "DELETE FROM sqlite_sequence WHERE name = ?", (name,))
        query = "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)"
        self.execute(connection, query, (name, last))

    def following(self, one: Following) -> list[str]:
        """Triggers: REPLACE takes the older row away, AUTOINCREMENT numbers the new one."""
        source, name = one.source.name, f"{one.source.name}_{one.target.name}"
        said = [
            f"'{value}'" if isinstance(value, str) else f"NEW.{value.name}"
            for value in one.values.values()
        ]
        act = (
            f"BEGIN INSERT OR REPLACE INTO {one.target.name} "  # noqa: S608 - names of the schema
            f"({', '.join(one.values)}) VALUES ({', '.join(said)}); END"
        )
        changed = f"OLD.{one.changes} IS NOT NEW.{one.changes}"
        if one.begins is not None:
            return [
                f"CREATE TRIGGER {name} AFTER UPDATE OF {one.begins}, {one.changes} ON {source} "
                f"WHEN NEW.{one.begins} IS NOT NULL "
                f"AND (OLD.{one.begins} IS NULL OR {changed}) {act}"
            ]
        return [
            f"CREATE TRIGGER {name} AFTER INSERT ON {source} {act}",
            f"CREATE TRIGGER {name}_ended AFTER UPDATE OF {one.changes} ON {source} "
            f"WHEN {changed} {act}",
        ]

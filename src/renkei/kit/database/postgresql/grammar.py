"""PostgreSQL's own SQL: inserts that give way, lists of keys, numbers, triggers (文の形).

Sources: https://www.postgresql.org/docs/15/sql-insert.html, …/functions-json.html,
…/functions-sequence.html, …/sql-createtrigger.html.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

from renkei.kit.database.columns import KEYS
from renkei.kit.database.engine import Cursor, Following
from renkei.kit.database.postgresql.driver import Dialect, driver_of


class PostgresqlGrammar:
    """How statements look here, and how the driver runs them."""

    dialect: Final = Dialect()

    def execute(
        self, connection: sa.Connection, sql: str, values: Sequence[Any]
    ) -> psycopg.Cursor[Any]:
        """Run one statement by the driver."""
        return driver_of(connection).execute(sql, values)

    def execute_many(
        self, connection: sa.Connection, sql: str, rows: Sequence[Sequence[Any]]
    ) -> None:
        """Run one statement for each row, in one go (pipeline)."""
        with driver_of(connection).cursor() as cursor:
            cursor.executemany(sql, rows)

    def takes_as_it_is(self, kind: sa.types.TypeEngine[Any]) -> bool:
        """Bytes: the driver takes and gives them without a wrapper."""
        return isinstance(kind, sa.LargeBinary)

    def insert_new(self, table: sa.Table) -> sa.Insert:
        """ON CONFLICT of the primary key: nothing."""
        return postgresql.insert(table).on_conflict_do_nothing(
            index_elements=list(table.primary_key)
        )

    def insert_or_update(
        self, table: sa.Table, columns: Sequence[str], newer: str = ""
    ) -> sa.Insert:
        """ON CONFLICT of the primary key: the new values of these columns."""
        insert = postgresql.insert(table)
        return insert.on_conflict_do_update(
            index_elements=list(table.primary_key),
            set_={name: insert.excluded[name] for name in columns},
            where=table.c[newer] <= insert.excluded[newer] if newer else None,
        )

    def keys(self, parameter: str, parts: int) -> tuple[sa.FromClause, list[sa.ColumnElement[str]]]:
        """The elements of the list, as rows."""
        given = sa.cast(sa.bindparam(parameter, type_=KEYS), JSONB)
        rows = sa.func.jsonb_array_elements(given).table_valued(sa.column("value", JSONB))
        return rows, [rows.c.value[part].astext for part in range(parts)]

    def numbered(self, table: sa.Table) -> sa.Insert:
        """The insert says which number it was."""
        (number,) = table.primary_key
        return table.insert().returning(number)

    def number(self, cursor: Cursor) -> int:
        """The number that was returned."""
        return int(cursor.fetchone()[0])

    def take_numbers(
        self, connection: sa.Connection, column: sa.Column[Any], count: int
    ) -> list[int]:
        """The next ones of the column's sequence; whoever writes is alone until it commits."""
        cursor = self.execute(
            connection,
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            (column.table.name, column.name, count),
        )
        return sorted(int(row[0]) for row in cursor.fetchall())

    def last_number(self, connection: sa.Connection, column: sa.Column[Any]) -> int:
        """Of the column's sequence."""
        query = "SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, %s)::regclass)"
        row = self.execute(connection, query, (column.table.name, column.name)).fetchone()
        return int(row[0]) if row is not None and row[0] is not None else 0

    def number_after(self, connection: sa.Connection, column: sa.Column[Any], last: int) -> None:
        """The sequence is set."""
        query = "SELECT setval(pg_get_serial_sequence(%s, %s), %s)"
        self.execute(connection, query, (column.table.name, column.name, last))

    def following(self, one: Following) -> list[str]:
        """Triggers: the older row that says the same leaves, the new one gets a new number."""
        source, name = one.source.name, f"{one.source.name}_{one.target.name}"
        said = {
            column: f"'{value}'" if isinstance(value, str) else f"NEW.{value.name}"
            for column, value in one.values.items()
        }
        same = " AND ".join(f"{column} = {value}" for column, value in said.items())
        columns, values = ", ".join(said), ", ".join(said.values())
        function = (  # names of the schema only
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "  # noqa: S608
            f"DELETE FROM {one.target.name} WHERE {same}; "
            f"INSERT INTO {one.target.name} ({columns}) VALUES ({values}); "
            "RETURN NULL; END $$"
        )
        changed = f"OLD.{one.changes} IS DISTINCT FROM NEW.{one.changes}"
        run = f"FOR EACH ROW WHEN ({{when}}) EXECUTE FUNCTION {name}()"
        if one.begins is not None:
            when = f"NEW.{one.begins} IS NOT NULL AND (OLD.{one.begins} IS NULL OR {changed})"
            return [
                function,
                f"CREATE TRIGGER {name} AFTER UPDATE OF {one.begins}, {one.changes} ON {source} "
                + run.format(when=when),
            ]
        return [
            function,
            f"CREATE TRIGGER {name} AFTER INSERT ON {source} "
            f"FOR EACH ROW EXECUTE FUNCTION {name}()",
            f"CREATE TRIGGER {name}_ended AFTER UPDATE OF {one.changes} ON {source} "
            + run.format(when=changed),
        ]

"""Rows of a party's database as they stand, whichever engine has it (台帳の閲覧).

What an engine has types of its own for, such as moments, is given as the embedded engine keeps it.
"""

import datetime
import decimal
from pathlib import Path
from typing import Any

import placing
import sqlalchemy as sa

from renkei.kit.database import Location, reading
from renkei.kit.location import located

TABLES = {
    placing.SQLITE: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE "
    "'sqlite%' ORDER BY name",
    placing.POSTGRESQL: "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() "
    "ORDER BY tablename",
}


def rows(where: Location | Path, query: str, **values: Any) -> list[tuple[Any, ...]]:
    """The rows of a query on a database that may be in use."""
    return [tuple(map(_plain, row)) for row in _found(where, query, values)[1]]


def named_rows(where: Location | Path, query: str, **values: Any) -> list[dict[str, Any]]:
    """The same by column name."""
    names, found = _found(where, query, values)
    return [dict(zip(names, map(_plain, row), strict=True)) for row in found]


def said(connection: sa.Connection, statement: str, **values: Any) -> sa.CursorResult[Any]:
    """Run a statement in words that every engine has, in a transaction of the caller's."""
    return connection.execute(sa.text(statement), values)


def tables(where: Location | Path) -> list[str]:
    """The names of a database's tables."""
    return [name for (name,) in rows(where, TABLES[located(where).engine])]


def columns(where: Location | Path) -> dict[str, set[str]]:
    """The names of every table's columns."""
    with reading(where) as connection:
        seen = sa.inspect(connection)
        schema = seen.default_schema_name
        return {
            name: {column["name"] for column in seen.get_columns(name, schema)}
            for name in tables(where)
        }


def stored_bytes(where: Location | Path) -> bytes:
    """All that a database's files hold; of a server's, all that its rows hold."""
    at = located(where)
    if at.engine == placing.SQLITE:
        kept = sorted(at.path.parent.glob(f"{at.path.name}*"))
        return b"".join(path.read_bytes() for path in kept)
    values = (
        value for name in tables(at) for row in rows(at, f'SELECT * FROM "{name}"') for value in row
    )
    return b"\n".join(one if isinstance(one, bytes) else str(one).encode() for one in values)


def _found(
    where: Location | Path, query: str, values: dict[str, Any]
) -> tuple[list[str], list[Any]]:
    at, text = located(where), sa.text(query)
    held = placing.viewing(at)
    if held is not None:
        return held.found(text, values)
    with reading(at) as connection:
        found = connection.execute(text, values)
        return list(found.keys()), list(found)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        moment = value if value.tzinfo is None else value.astimezone(datetime.UTC)
        return moment.strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return int(value)
    return value

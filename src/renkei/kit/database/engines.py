"""The engines there are: one line each (データベース機構の一覧).

An engine is imported when a database of it is first opened: its driver costs a command time.
"""

from collections.abc import Callable
from functools import cache
from typing import Final

import sqlalchemy as sa

from renkei.kit.database.engine import Engine, Grammar
from renkei.kit.database.errors import DatabaseError
from renkei.kit.location import Location


@cache
def _sqlite() -> Engine:
    from renkei.kit.database.sqlite.engine import SqliteEngine

    return SqliteEngine()


@cache
def _postgresql() -> Engine:
    from renkei.kit.database.postgresql.engine import PostgresqlEngine

    return PostgresqlEngine()


ENGINES: Final[dict[str, Callable[[], Engine]]] = {"sqlite": _sqlite, "postgresql": _postgresql}
"""By the scheme of a location, which also names SQLAlchemy's dialect."""


def engine_at(location: Location) -> Engine:
    """The engine that has this database; raises DatabaseError where there is none such."""
    if location.engine not in ENGINES:
        known = ", ".join(sorted(ENGINES))
        raise DatabaseError(
            f"database {location}: {location.engine} is no engine of this program; there is {known}"
        )
    return ENGINES[location.engine]()


def grammar_of(connection: sa.Connection) -> Grammar:
    """The SQL of the engine behind a connection."""
    return ENGINES[connection.dialect.name]().grammar


def versions() -> dict[str, str]:
    """Which release of each engine this program works with."""
    return {name: engine().version() for name, engine in ENGINES.items()}

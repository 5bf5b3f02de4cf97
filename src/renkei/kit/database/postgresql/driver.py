"""Opening a PostgreSQL connection the one way we trust, and proving it by reading settings back.

Sources: https://www.postgresql.org/docs/15/runtime-config-client.html,
https://www.postgresql.org/docs/15/runtime-config-wal.html.
"""

from __future__ import annotations

from typing import Any, Final, Self

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.pool import NullPool

from renkei.kit.database.errors import DatabaseError, RevisionMismatch

OLDEST: Final = 150_000
CONNECT_SECONDS: Final = 10
KEEPALIVE: Final = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""However long this side waits for a server behind a broken network; seconds, but the last."""
COMPILED_STATEMENTS_LIMIT: Final = 1_000
PREPARE_AFTER: Final = 1
"""Executions after which a statement is prepared at the server: ours come again and again."""

SETTINGS: Final[dict[str, str]] = {
    "timezone": "UTC",
    "client_encoding": "UTF8",
    "statement_timeout": "60s",
    # Whoever stands still inside a transaction holds the writer's place: it is taken away.
    "idle_in_transaction_session_timeout": "15s",
    "lock_timeout": "20s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
"""Set for every session of ours."""

DURABLE: Final[dict[str, tuple[str, ...]]] = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "remote_write", "remote_apply"),
}
"""Settings an answered write rests on, and what they must read back as."""


class QuietCursor(psycopg.Cursor[Any]):
    """Says of an error what kind it is: the server's details quote rows, which may be personal."""

    def execute(self, *arguments: Any, **options: Any) -> Self:
        """As the driver's."""
        try:
            return super().execute(*arguments, **options)
        except psycopg.Error as error:
            raise _quiet(error)  # noqa: B904 - the same error

    def executemany(self, *arguments: Any, **options: Any) -> None:
        """As the driver's."""
        try:
            super().executemany(*arguments, **options)
        except psycopg.Error as error:
            raise _quiet(error)  # noqa: B904 - the same error


def _quiet(error: psycopg.Error) -> psycopg.Error:
    error.args = (_first_line(error),)
    return error


def open_driver(place: str, *, read_only: bool) -> psycopg.Connection[Any]:
    """Connect, set what is set for every session, and read back what durability rests on.

    Raises DatabaseError where the server is not to be had, too old, or may lose what it confirmed.
    """
    url = f"postgresql://{place}"
    try:
        driver = psycopg.connect(
            url,
            autocommit=True,  # transactions are begun and ended in words
            connect_timeout=CONNECT_SECONDS,
            **KEEPALIVE,  # type: ignore[arg-type]  # words of libpq
            prepare_threshold=PREPARE_AFTER,
            application_name="renkei",
            cursor_factory=QuietCursor,
        )
    except psycopg.Error as error:
        raise DatabaseError(
            f"database {_named(place)} is not to be had: {_first_line(error)}"
        ) from error
    try:
        _set_up(driver, place, read_only=read_only)
    except BaseException:
        driver.close()
        raise
    return driver


def _set_up(driver: psycopg.Connection[Any], place: str, *, read_only: bool) -> None:
    if driver.info.server_version < OLDEST:
        raise DatabaseError(
            f"database {_named(place)}: server version {driver.info.server_version // 10_000}, "
            f"{OLDEST // 10_000} or later is needed"
        )
    wanted = SETTINGS | ({"default_transaction_read_only": "on"} if read_only else {})
    for name, value in wanted.items():
        driver.execute("SELECT set_config(%s, %s, false)", (name, value))
    held = read_settings(driver)
    wrong = {name: held[name] for name, fit in DURABLE.items() if held[name] not in fit}
    if wrong:
        raise DatabaseError(
            f"database {_named(place)}: these settings may lose what was confirmed: {wrong}"
        )


def read_settings(driver: psycopg.Connection[Any]) -> dict[str, str]:
    """Read back every setting that durability rests on."""
    found = {}
    for name in DURABLE:
        row = driver.execute("SELECT current_setting(%s)", (name,)).fetchone()
        assert row is not None
        found[name] = str(row[0])
    return found


def check_revision(driver: psycopg.Connection[Any], place: str, revision: str) -> None:
    """Refuse a schema whose tables are not of ``revision`` (the id of an Alembic script)."""
    try:
        rows = [row[0] for row in driver.execute("SELECT version_num FROM alembic_version")]
    except psycopg.errors.UndefinedTable:
        rows = []
    if rows != [revision]:
        found = ", ".join(map(str, rows)) or "none"
        raise RevisionMismatch(
            f"database {_named(place)} has revision {found}, this program needs {revision}"
        )


class Dialect(PGDialect_psycopg):
    """SQLAlchemy's own, with parameters by place: statements are handed to the driver as text."""

    supports_statement_cache = True

    def __init__(self, **options: Any) -> None:
        super().__init__(paramstyle="format", **options)  # type: ignore[no-untyped-call]


def engine_for(place: str, *, read_only: bool) -> sa.Engine:
    """Build the engine of one place; it keeps compiled statements, not connections."""
    return sa.create_engine(
        "postgresql+psycopg://",
        creator=lambda: open_driver(place, read_only=read_only),
        poolclass=NullPool,
        pool_reset_on_return=None,
        isolation_level="AUTOCOMMIT",
        query_cache_size=COMPILED_STATEMENTS_LIMIT,
        # An exception text must never carry a row of personal data.
        hide_parameters=True,
    )


def driver_of(connection: sa.Connection) -> psycopg.Connection[Any]:
    """Return the psycopg connection below a SQLAlchemy connection."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):  # pragma: no cover - engine_for gives no other
        raise TypeError("not a PostgreSQL connection")
    return driver


def _named(place: str) -> str:
    from renkei.kit.location import Location

    return str(Location("postgresql", place))


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]

"""Opening a SQLite file the one way we trust, and proving it by reading the pragmas back.

Sources: https://www.sqlite.org/pragma.html, https://www.sqlite.org/wal.html.
"""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import sqlalchemy
from sqlalchemy.pool import NullPool

from renkei.kit.database.errors import DatabaseError, RevisionMismatch

BUSY_TIMEOUT_MILLISECONDS = 5_000
# The log file is cut back to this size when a checkpoint has emptied it.
JOURNAL_SIZE_LIMIT_BYTES = 16 * 1024 * 1024
# Prepared statements kept per connection; a role has some dozens.
PREPARED_STATEMENTS_LIMIT = 256
COMPILED_STATEMENTS_LIMIT = 1_000

# pragma -> value it must read back as. `synchronous` 2 is FULL: in WAL mode the log is synced at
# every commit, so an answered write survives power loss. `secure_delete` 1: a deleted code is
# overwritten with zeros instead of staying readable in a free page.
DURABLE: dict[str, int] = {
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": BUSY_TIMEOUT_MILLISECONDS,
    "secure_delete": 1,
    "trusted_schema": 0,
}
# macOS: fsync() does not reach the platter, F_FULLFSYNC does.
DURABLE_ON_MACOS: dict[str, int] = {"fullfsync": 1, "checkpoint_fullfsync": 1}


def _uri(path: Path, mode: str) -> str:
    return f"{path.resolve().as_uri()}?mode={mode}"


def open_driver(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """Open an existing file with every pragma set and read back.

    Never creates a file: a typo in a path must not start a second, empty register.
    Raises ``DatabaseError`` when a pragma does not hold.
    """
    if not path.is_file():
        raise RevisionMismatch(f"database {path} does not exist")
    driver = sqlite3.connect(
        _uri(path, "ro" if read_only else "rw"),
        uri=True,
        # None: the driver never opens or commits a transaction by itself. Its default opens none
        # before a SELECT, which loses updates of read-then-write functions silently.
        isolation_level=None,
        check_same_thread=False,
        timeout=BUSY_TIMEOUT_MILLISECONDS / 1000,
        cached_statements=PREPARED_STATEMENTS_LIMIT,
    )
    try:
        _set_pragmas(driver, path, read_only=read_only)
    except BaseException:
        driver.close()
        raise
    return driver


def _set_pragmas(driver: sqlite3.Connection, path: Path, *, read_only: bool) -> None:
    wanted = dict(DURABLE)
    if sys.platform == "darwin":
        wanted |= DURABLE_ON_MACOS
    if read_only:
        wanted["query_only"] = 1
    for name, value in wanted.items():
        driver.execute(f"PRAGMA {name}={value}")
    if not read_only:
        driver.execute("PRAGMA journal_mode=WAL")
        driver.execute(f"PRAGMA journal_size_limit={JOURNAL_SIZE_LIMIT_BYTES}")
    held = read_pragmas(driver)
    wrong = {name: held.get(name) for name, value in wanted.items() if held.get(name) != value}
    if held["journal_mode"] != "wal":
        wrong["journal_mode"] = held["journal_mode"]
    if wrong:
        raise DatabaseError(
            f"database {path}: these settings do not hold: {wrong}; "
            "the file must lie on a local disk that supports write-ahead logging"
        )


def read_pragmas(driver: sqlite3.Connection) -> dict[str, int | str]:
    """Read back every setting that durability and deletion rest on."""
    names = [*DURABLE, *DURABLE_ON_MACOS, "query_only", "journal_mode"]
    return {name: driver.execute(f"PRAGMA {name}").fetchone()[0] for name in names}


def check_revision(driver: sqlite3.Connection, path: Path, revision: str) -> None:
    """Refuse a file whose tables are not of ``revision`` (the id of an Alembic script)."""
    try:
        rows = [row[0] for row in driver.execute("SELECT version_num FROM alembic_version")]
    except sqlite3.Error:
        rows = []
    if rows != [revision]:
        found = ", ".join(map(str, rows)) or "none"
        raise RevisionMismatch(
            f"database {path} has revision {found}, this program needs {revision}"
        )


def engine_for(path: Path, *, read_only: bool) -> sqlalchemy.Engine:
    """Build the engine of one file; it keeps compiled statements, not connections."""
    return sqlalchemy.create_engine(
        "sqlite://",
        creator=lambda: open_driver(path, read_only=read_only),
        poolclass=NullPool,
        pool_reset_on_return=None,
        query_cache_size=COMPILED_STATEMENTS_LIMIT,
        # An exception text must never carry a row of personal data.
        hide_parameters=True,
    )


def driver_of(connection: sqlalchemy.Connection) -> sqlite3.Connection:
    """Return the sqlite3 connection below a SQLAlchemy connection."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):  # pragma: no cover - engine_for gives no other
        raise TypeError("not a SQLite connection")
    return driver

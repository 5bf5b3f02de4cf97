"""One held connection to a SQLite file (保持する接続)."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import Final, TypeVar

import sqlalchemy as sa

from renkei.kit.database.engine import Work
from renkei.kit.database.held import refuse_transaction_end
from renkei.kit.database.sqlite.driver import driver_of

T = TypeVar("T")


class SqliteHeld:
    """See `kit.database.held`."""

    failures: Final = (sqlite3.Error,)
    beat_seconds: Final = None
    term: Final = 1
    """A file has one process."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._open()

    def _open(self) -> None:
        self.core = self._engine.connect()
        for name in ("commit", "rollback", "close"):
            setattr(self.core, name, refuse_transaction_end)
        self.driver = driver_of(self.core)

    def beat(self) -> None:
        """Nothing: the seat is this process's for as long as it lives."""

    def begin(self) -> None:
        """At once for writing: a transaction that begins by reading could not go on to write."""
        self.driver.execute("BEGIN IMMEDIATE")

    def mark(self, _first: bool) -> None:
        """A savepoint."""
        self.driver.execute("SAVEPOINT function")

    def keep(self) -> None:
        """Release it."""
        self.driver.execute("RELEASE function")

    def undo(self) -> bool:
        """Back to it; SQLite may have undone everything by itself, as when the disk is full."""
        if not self.driver.in_transaction:
            return False
        self.driver.execute("ROLLBACK TO function")
        self.driver.execute("RELEASE function")
        return True

    def commit(self) -> None:
        """Synced to the write-ahead log."""
        self.driver.execute("COMMIT")

    def snapshot(self, function: Work[T]) -> T:
        """A deferred transaction is one snapshot (write-ahead log)."""
        try:
            self.driver.execute("BEGIN")
            return function(self.core)
        finally:
            self.reset()

    def tidy(self) -> bool:
        """Empty the write-ahead log; False when a reader still needed an older state."""
        busy = self.driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not busy

    def reset(self) -> None:
        """Leave no transaction open; take a new connection where that does not work.

        Where the file gives none either, as on a full disk, the next function finds the old one
        closed and this is tried again: a thread that ended here would need a new process.
        """
        try:
            if self.driver.in_transaction:
                self.driver.execute("ROLLBACK")
        except sqlite3.Error:
            self.close()
            with contextlib.suppress(sqlite3.Error, sa.exc.SQLAlchemyError):
                self._open()

    def close(self) -> None:
        """SQLAlchemy must not try to reuse what is closed."""
        self.driver.close()
        with contextlib.suppress(Exception):
            self.core.invalidate()

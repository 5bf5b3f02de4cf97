"""One held connection to PostgreSQL (保持する接続).

Whoever writes holds one advisory lock of its schema until its commit is visible: there is one
writer at a time, in all processes together, as there is with the embedded engine. What a function
reads before it writes therefore cannot change under it, and no transaction fails for another's
sake. Readers wait for nobody.

Sources: https://www.postgresql.org/docs/15/explicit-locking.html#ADVISORY-LOCKS,
https://www.postgresql.org/docs/15/functions-info.html (pg_xact_status).
"""

from __future__ import annotations

import contextlib
import time
from typing import Any, Final, LiteralString, TypeVar

import psycopg
import sqlalchemy as sa

from renkei.kit.database.engine import Work
from renkei.kit.database.errors import DatabaseError
from renkei.kit.database.held import refuse_transaction_end
from renkei.kit.database.postgresql.driver import driver_of

T = TypeVar("T")

ASK_AGAIN_SECONDS: Final = 0.2
ASK_FOR_SECONDS: Final = 10.0
"""How long a commit without an answer is asked about before it counts as lost."""
WRITERS: Final = "renkei-writer"
SEAT: Final = "renkei-seat"
BEAT_SECONDS: Final = 1.0
SILENT_SECONDS: Final = 5
"""A session with the seat that says nothing for so long is closed by the server: its process may
stand still, or be on the other side of a broken network."""
IN_SCHEMA: Final = "hashtextextended(current_schema() || ' ' || %s, 0)"
"""The key of a lock of this name in this schema."""


class PostgresqlHeld:
    """See `kit.database.held`."""

    failures: Final = (psycopg.Error, sa.exc.SQLAlchemyError, DatabaseError)

    def __init__(self, engine: sa.Engine, *, seated: bool = False) -> None:
        """`seated`: this session takes the seat when it is free, and writes with it."""
        self._engine = engine
        self._seated = seated
        self._terms = 0
        self.term = 0
        self._transaction: str | None = None
        self._marked = False
        self._open()

    def _open(self) -> None:
        self.core = self._engine.connect()
        # SQLAlchemy begins its own transaction in its books only: the driver commits by itself.
        for name in ("commit", "rollback", "close"):
            setattr(self.core, name, refuse_transaction_end)
        self.driver = driver_of(self.core)
        if self._seated:
            self.say(f"SET idle_session_timeout = '{SILENT_SECONDS}s'")
        (key,) = self._row(f"SELECT {IN_SCHEMA}", (WRITERS,))
        # One exchange with the server: several statements without parameters, as plain text.
        self._begin = (
            f"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({key}); "
            "SELECT pg_current_xact_id()"
        )

    @property
    def beat_seconds(self) -> float | None:
        """Whoever may take the seat says often that it lives."""
        return BEAT_SECONDS if self._seated else None

    def beat(self) -> None:
        """Take the seat if it is free: a lock of this session, gone with it whatever happens.

        Its holder's last transaction ended before: what it wrote is visible, no more follows.
        """
        if self.term:
            self.say("SELECT 1")
            return
        (taken,) = self._row(f"SELECT pg_try_advisory_lock({IN_SCHEMA})", (SEAT,))
        if taken:
            self._terms += 1
            self.term = self._terms

    def begin(self) -> None:
        """Wait for the writers' lock; note which transaction this is."""
        cursor = self.driver.execute(self._begin, prepare=False)
        while cursor.nextset():
            pass
        row = cursor.fetchone()
        assert row is not None
        self._transaction = str(row[0])
        self._marked = False

    def mark(self, first: bool) -> None:
        """A savepoint; the first function needs none, since nothing stands before it."""
        self._marked = not first
        if self._marked:
            self.say("SAVEPOINT function")

    def keep(self) -> None:
        """Nothing: the next savepoint of that name covers it, the commit keeps it."""

    def undo(self) -> bool:
        """Back to the savepoint; without one all goes, which held nothing else."""
        if self._marked:
            self.say("ROLLBACK TO SAVEPOINT function")
        else:
            self.say("ROLLBACK")
            self.begin()
        return True

    def commit(self) -> None:
        """Durable when the server says so; where it cannot say, it is asked again."""
        try:
            self.say("COMMIT")
        except psycopg.OperationalError as error:
            if not self._committed():
                raise error from None

    def _committed(self) -> bool:
        """What became of a transaction whose commit got no answer."""
        assert self._transaction is not None
        until = time.monotonic() + ASK_FOR_SECONDS
        while time.monotonic() < until:
            self.reset()
            with contextlib.suppress(psycopg.Error):
                (status,) = self._row("SELECT pg_xact_status(%s::xid8)", (self._transaction,))
                if status != "in progress":
                    return bool(status == "committed")
            time.sleep(ASK_AGAIN_SECONDS)
        return False

    def snapshot(self, function: Work[T]) -> T:
        """One snapshot for all its statements."""
        try:
            self.say("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            return function(self.core)
        finally:
            self.reset()

    def tidy(self) -> bool:
        """Nothing here: what was deleted goes with VACUUM and with the archive's own retention."""
        return True

    def reset(self) -> None:
        """Leave no transaction open; take a new connection where that does not work.

        Where the server gives none either, the next function finds the old one closed and this is
        tried again.
        """
        try:
            if self.driver.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                self.say("ROLLBACK")
        except psycopg.Error:
            self.close()
            with contextlib.suppress(*self.failures):
                self._open()

    def close(self) -> None:
        """SQLAlchemy must not try to reuse what is closed; the seat goes with the session."""
        self.term = 0
        self.driver.close()
        with contextlib.suppress(Exception):
            self.core.invalidate()

    def say(self, text: LiteralString) -> None:
        """Run a statement that begins or ends something."""
        self.driver.execute(text, prepare=False)

    def _row(self, text: str, values: tuple[Any, ...]) -> tuple[Any, ...]:
        row: tuple[Any, ...] | None = self.driver.execute(text, values).fetchone()
        assert row is not None
        return row

"""Plain synchronous functions against one SQLite file, awaited from an event loop.

One writer thread holds one connection and gathers functions into groups: ``BEGIN IMMEDIATE``, a
savepoint per function, one durable commit per group. An awaiter is answered after that commit, so
whatever a server says afterwards is on disk. A few reader threads hold one connection each and
give every function one consistent snapshot.

Measured reasons are in the decisions folder; in short: asynchronous drivers were six times slower
and lost updates.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from pathlib import Path
from queue import Empty
from typing import Any, TypeVar

import sqlalchemy

from renkei.kit.limits import Overloaded
from renkei.kit.queues import DatabaseClosed, Job, Queue, Work
from renkei.kit.sqlite import (
    DatabaseError,
    RevisionMismatch,
    check_revision,
    connect,
    driver_of,
    engine_for,
)

__all__ = [
    "CommitFailed",
    "Database",
    "DatabaseClosed",
    "DatabaseError",
    "Overloaded",
    "RevisionMismatch",
    "connect",
]

T = TypeVar("T")

GROUP_FUNCTIONS_LIMIT = 64
GROUP_SECONDS = 0.002
WRITE_QUEUE_LIMIT = 2_048
READ_QUEUE_LIMIT = 2_048


class CommitFailed(DatabaseError):
    """The group's transaction was lost; none of its functions took effect."""


def _refuse_transaction_end(*_arguments: Any) -> None:
    raise RuntimeError(
        "a database function must not commit or roll back: return to commit, raise to undo"
    )


class _Connection:
    """One held connection; SQLAlchemy runs statements, this class alone ends transactions.

    SQLAlchemy believes to be in one endless transaction; begin, savepoint and commit go to the
    driver directly. Attempts of a function to end the transaction are refused.
    """

    def __init__(self, engine: sqlalchemy.Engine) -> None:
        self._engine = engine
        self._open()

    def _open(self) -> None:
        self.core = self._engine.connect()
        for name in ("commit", "rollback", "close"):
            setattr(self.core, name, _refuse_transaction_end)
        self.driver = driver_of(self.core)

    def reset(self) -> None:
        """Leave no transaction open; take a new connection where that does not work."""
        try:
            if self.driver.in_transaction:
                self.driver.execute("ROLLBACK")
        except sqlite3.Error:
            self.close()
            self._open()

    def snapshot(self, function: Work[T]) -> T:
        """Run a function that reads, on one consistent state of the database."""
        try:
            self.driver.execute("BEGIN")
            return function(self.core)
        finally:
            self.reset()

    def close(self) -> None:
        self.driver.close()
        with contextlib.suppress(Exception):
            self.core.invalidate()  # SQLAlchemy must not try to reuse what is closed


def _empty_log(connection: sqlalchemy.Connection) -> bool:
    busy = driver_of(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return not busy


class _Writer(threading.Thread):
    def __init__(self, engine: sqlalchemy.Engine, queue: Queue) -> None:
        super().__init__(name="database-writer", daemon=True)
        self._queue = queue
        self.held = _Connection(engine)
        self._last = False
        self._carried: Job | None = None
        self._group: list[Job] = []

    def run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # nobody may wait for ever
            carried = [self._carried] if self._carried else []
            self._queue.break_down([*self._group, *carried], error)
            return
        with contextlib.suppress(sqlite3.Error):
            _empty_log(self.held.core)
        self.held.close()

    def _work(self) -> None:
        while not self._last:
            job = self._carried or self._queue.jobs.get()
            self._carried = None
            if job is None:
                return
            self._group = [job]
            if job.function is _empty_log:
                self._alone(job)
            else:
                self._together(job)
            done, self._group = self._group, []
            self._queue.answer(done)

    def _alone(self, job: Job) -> None:
        """Run a function that must stand outside any transaction."""
        try:
            job.result = job.function(self.held.core)
        except Exception as error:
            job.error = error

    def _together(self, first: Job) -> None:
        try:
            self.held.driver.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            first.error = error
            self.held.reset()
            return
        until = time.monotonic() + GROUP_SECONDS
        job: Job | None = first
        while job is not None:
            if not self._run(job):
                self._lose(job.error)
                return
            job = self._next(len(self._group), until)
            self._group += [job] if job is not None else []
        try:
            self.held.driver.execute("COMMIT")
        except sqlite3.Error as error:
            self._lose(error)

    def _next(self, size: int, until: float) -> Job | None:
        left = until - time.monotonic()
        if size >= GROUP_FUNCTIONS_LIMIT or left <= 0:
            return None
        try:
            # An empty queue commits at once: waiting for company was slower at every load tried
            # (1, 4, 16, 64 tasks), since callers queue up by themselves during a commit.
            job = self._queue.jobs.get_nowait()
        except Empty:
            return None
        if job is None:
            self._last = True
        elif job.function is _empty_log:
            self._carried = job
            return None
        return job

    def _run(self, job: Job) -> bool:
        """Run one function in its savepoint; False when the whole transaction is gone."""
        driver = self.held.driver
        try:
            driver.execute("SAVEPOINT function")
            job.result = job.function(self.held.core)
            driver.execute("RELEASE function")
            return True
        except BaseException as error:  # every kind must reach its awaiter
            job.result, job.error = None, error
        try:
            # SQLite may roll back everything by itself, e.g. when the disk is full.
            if not driver.in_transaction:
                return False
            driver.execute("ROLLBACK TO function")
            driver.execute("RELEASE function")
        except sqlite3.Error:
            return False
        return True

    def _lose(self, cause: BaseException | None) -> None:
        self.held.reset()
        for job in self._group:
            if job.error is None:
                job.result = None
                job.error = CommitFailed("the group's transaction was lost: nothing was written")
                job.error.__cause__ = cause


class _Reader(threading.Thread):
    def __init__(self, engine: sqlalchemy.Engine, queue: Queue, number: int) -> None:
        super().__init__(name=f"database-reader-{number}", daemon=True)
        self._queue = queue
        self.held = _Connection(engine)

    def run(self) -> None:
        while (job := self._queue.jobs.get()) is not None:
            try:
                self._read(job)
            except BaseException as error:  # nobody may wait for ever
                self._queue.break_down([job], error)
                return
            self._queue.answer([job])
        self.held.close()

    def _read(self, job: Job) -> None:
        try:
            job.result = self.held.snapshot(job.function)
        except BaseException as error:  # every kind must reach its awaiter
            job.result, job.error = None, error


class _Looks:
    """Point reads on the loop's own thread, with a connection of their own."""

    def __init__(self, held: _Connection) -> None:
        self.held = held
        self._closed = False

    def run(self, function: Work[T]) -> T:
        if self._closed:
            raise DatabaseClosed("the database is closed: nothing was done")
        return self.held.snapshot(function)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self.held.close()


class Database:
    """One role's SQLite file: ``await read(function)``, ``await write(function)``.

    A function takes a ``sqlalchemy.Connection``, is plain synchronous code, runs in a thread of
    the database and must fetch what it returns (no open cursors). It must not commit, roll back,
    sleep or call out: it holds the writer's place while it runs.
    """

    def __init__(
        self, threads: list[_Writer | _Reader], queues: list[Queue], looks: _Looks
    ) -> None:
        self._looks = looks
        self._readers = [thread for thread in threads if isinstance(thread, _Reader)]
        self._writers = [thread for thread in threads if isinstance(thread, _Writer)]
        self._writes, self._reads = queues

    @classmethod
    def open(
        cls, path: Path, *, revision: str | None, readers: int = 2, read_only: bool = False
    ) -> Database:
        """Open an existing file; servers never create or migrate one.

        ``revision`` is the id the file's ``alembic_version`` must hold (None: not compared, for
        tests). Raises ``RevisionMismatch`` with the command to run, ``DatabaseError`` when a
        durability setting does not hold.
        """
        if not 1 <= readers <= 16:
            raise ValueError("readers must be 1 to 16")
        writes = Queue("WRITE_QUEUE_LIMIT", WRITE_QUEUE_LIMIT, closed=read_only)
        reads = Queue("READ_QUEUE_LIMIT", READ_QUEUE_LIMIT)
        opened: list[_Writer | _Reader] = []
        held: list[_Connection] = []
        try:
            # The writer opens first: it sets write-ahead logging, which readers rely on.
            writer = None if read_only else _Writer(engine_for(path, read_only=False), writes)
            opened += [writer] if writer else []
            engine = engine_for(path, read_only=True)
            opened += [_Reader(engine, reads, number) for number in range(readers)]
            held.append(_Connection(engine))
            if revision is not None:
                check_revision(opened[0].held.driver, path, revision)
        except BaseException:
            for connection in [*held, *(thread.held for thread in opened)]:
                connection.close()
            raise
        for thread in opened:
            thread.start()
        return cls(opened, [writes, reads], _Looks(held[0]))

    async def read(self, function: Work[T]) -> T:
        """Run ``function`` on one consistent snapshot; it cannot write."""
        return await self._reads.put(function)

    async def look(self, function: Work[T]) -> T:
        """Run ``function``, which reads a few rows by their keys, on one consistent snapshot.

        It runs on the event loop: handing it to a thread and back costs several times what such a
        read does. Whatever may take more than a millisecond belongs to `read`.
        """
        return self._looks.run(function)

    async def write(self, function: Work[T]) -> T:
        """Run ``function`` and return its result once it is durably committed.

        A function that raises undoes its own statements only; its exception is raised here.
        ``Overloaded``: the queue is full, nothing was done. ``CommitFailed``: the group was lost,
        nothing was written. If the awaiting task is cancelled the write may still take effect.
        """
        return await self._writes.put(function)

    async def checkpoint(self) -> bool:
        """Empty the write-ahead log, so that deleted values are gone from it too.

        False when a reader still needed an older state; nothing is lost, try again.
        """
        return await self._writes.put(_empty_log)

    def close(self) -> None:
        """Finish what is queued, empty the write-ahead log, stop the threads. Idempotent."""
        self._reads.close(len(self._readers))
        self._writes.close(len(self._writers))
        for thread in [*self._readers, *self._writers]:
            thread.join()
        self._looks.close()

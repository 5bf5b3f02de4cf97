"""The threads of one database: one writer with group commit, a few readers (書込みの集約).

One writer thread holds one connection and gathers functions into groups: a transaction, a mark per
function, one durable commit per group. An awaiter is answered after that commit, so whatever a
server says afterwards is durable. A few reader threads hold one connection each and give every
function one consistent snapshot.

Measured reasons are in the decisions folder; in short: asynchronous drivers were six times slower
and lost updates.
"""

from __future__ import annotations

import contextlib
import contextvars
import threading
import time
from collections.abc import Awaitable, Sequence
from queue import Empty
from typing import Any, TypeVar

import sqlalchemy

from renkei.kit.database.engine import Work
from renkei.kit.database.errors import CommitFailed, DatabaseClosed
from renkei.kit.database.held import Held
from renkei.kit.database.queues import Job, Queue
from renkei.kit.database.seat import check_term

T = TypeVar("T")

GROUP_FUNCTIONS_LIMIT = 64
GROUP_SECONDS = 0.002
"""Of the embedded engine; another says how long its groups may gather."""
WRITE_QUEUE_LIMIT = 2_048
READ_QUEUE_LIMIT = 2_048


def _tidy(_connection: sqlalchemy.Connection) -> bool:
    """Stands in the queue for `Held.tidy`, which runs outside any transaction."""
    raise AssertionError("never run as a function")


class _Thread(threading.Thread):
    """Runs in a copy of the context it was made in: what it logs goes to its party's log."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._context = contextvars.copy_context()

    def run(self) -> None:
        self._context.run(self._serve)

    def _serve(self) -> None:
        raise NotImplementedError


class _Writer(_Thread):
    def __init__(self, held: Held, queue: Queue, seconds: float) -> None:
        super().__init__("database-writer")
        self._seconds = seconds
        self._queue = queue
        self.held = held
        self._last = False
        self._beaten = time.monotonic()
        self._carried: Job | None = None
        self._group: list[Job] = []

    def _serve(self) -> None:
        try:
            self._work()
        except BaseException as error:  # nobody may wait for ever
            carried = [self._carried] if self._carried else []
            self._queue.break_down([*self._group, *carried], error)
            return
        with contextlib.suppress(*self.held.failures):
            self.held.tidy()
        self.held.close()

    def _work(self) -> None:
        while not self._last:
            try:
                job = self._carried or self._queue.jobs.get(timeout=self._until_beat())
            except Empty:
                self._beat()
                continue
            self._carried = None
            if job is None:
                return
            if self._until_beat() == 0.0:
                self._beat()
            self._group = [job]
            if job.function is _tidy:
                self._alone(job)
            else:
                self._together(job)
            done, self._group = self._group, []
            self._queue.answer(done)

    def _until_beat(self) -> float | None:
        every = self.held.beat_seconds
        return None if every is None else max(0.0, self._beaten + every - time.monotonic())

    def _beat(self) -> None:
        self._beaten = time.monotonic()
        try:
            self.held.beat()
        except self.held.failures:
            self.held.reset()

    def _alone(self, job: Job) -> None:
        try:
            job.result = self.held.tidy()
        except Exception as error:
            job.error = error

    def _together(self, first: Job) -> None:
        try:
            self.held.begin()
        except self.held.failures as error:
            first.error = error
            self.held.reset()
            return
        until = time.monotonic() + self._seconds
        job: Job | None = first
        while job is not None:
            if not self._run(job):
                self._lose(job.error)
                return
            job = self._next(len(self._group), until)
            self._group += [job] if job is not None else []
        try:
            self.held.commit()
        except self.held.failures as error:
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
        elif job.function is _tidy:
            self._carried = job
            return None
        return job

    def _run(self, job: Job) -> bool:
        """Run one function behind its mark; False when the whole transaction is gone."""
        try:
            self.held.mark(job is self._group[0])
            check_term(job.term, self.held.term)
            job.result = job.function(self.held.core)
            self.held.keep()
            return True
        except BaseException as error:  # every kind must reach its awaiter
            job.result, job.error = None, error
        try:
            return self.held.undo()
        except self.held.failures:
            return False

    def _lose(self, cause: BaseException | None) -> None:
        self.held.reset()
        for job in self._group:
            if job.error is None:
                job.result = None
                job.error = CommitFailed("the group's transaction was lost: nothing was written")
                job.error.__cause__ = cause


class _Reader(_Thread):
    def __init__(self, held: Held, queue: Queue, number: int) -> None:
        super().__init__(f"database-reader-{number}")
        self._queue = queue
        self.held = held

    def _serve(self) -> None:
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

    def __init__(self, held: Held) -> None:
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


class Threads:
    """One database's writer thread, reader threads, and perhaps a connection of the loop's own.

    Takes connections that are open, the writer's first; starts the threads. `shared`: other
    processes may write to this database at the same time.
    """

    def __init__(
        self,
        writer: Held | None,
        readers: Sequence[Held],
        looks: Held | None,
        group_seconds: float,
        *,
        shared: bool = False,
    ) -> None:
        self.shared = shared
        self._writes = Queue("WRITE_QUEUE_LIMIT", WRITE_QUEUE_LIMIT, closed=writer is None)
        self._reads = Queue("READ_QUEUE_LIMIT", READ_QUEUE_LIMIT)
        self.writers = [_Writer(writer, self._writes, group_seconds)] if writer is not None else []
        self.readers = [_Reader(held, self._reads, place) for place, held in enumerate(readers)]
        self._looks = _Looks(looks) if looks is not None else None
        for thread in [*self.writers, *self.readers]:
            thread.start()

    @property
    def down(self) -> bool:
        """Whether a thread of this database broke down: only a new process mends that."""
        return self._reads.broken or self._writes.broken

    @property
    def term(self) -> int:
        """The term in which this process works alone, 0 while another one does."""
        return self.writers[0].held.term if self.writers else 0

    def read(self, function: Work[T]) -> Awaitable[T]:
        """Hand a function to a reader thread."""
        return self._reads.put(function)

    async def look(self, function: Work[T]) -> T:
        """Run a function now, on the loop; by a reader where the loop has no connection."""
        if self._looks is None:
            return await self._reads.put(function)
        return self._looks.run(function)

    def write(self, function: Work[T]) -> Awaitable[T]:
        """Hand a function to the writer thread; answered after the group's commit."""
        return self._writes.put(function)

    def checkpoint(self) -> Awaitable[bool]:
        """Have the engine forget what was deleted; False when a reader still needed it."""
        return self._writes.put(_tidy)

    def close(self) -> None:
        """Finish what is queued, tidy up, stop the threads. Idempotent."""
        self._reads.close(len(self.readers))
        self._writes.close(len(self.writers))
        for thread in [*self.readers, *self.writers]:
            thread.join()
        if self._looks is not None:
            self._looks.close()


def close_all(opened: Sequence[Any]) -> None:
    """Close connections of an opening that failed."""
    for held in opened:
        held.close()

"""Queues between event loops and the threads of a database (待ち行列).

Filled by loops, emptied by threads, bounded: a full queue refuses instead of growing.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from dataclasses import dataclass, field
from typing import Any, TypeVar

from renkei.kit.database import fullness
from renkei.kit.database.engine import Work
from renkei.kit.database.errors import DatabaseClosed
from renkei.kit.database.seat import term_of_work
from renkei.kit.limits import Overloaded
from renkei.kit.logs import get_logger

T = TypeVar("T")


@dataclass(slots=True)
class Job:
    function: Work[Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    term: int | None = None
    """In which term alone it may be run; None: in any."""
    result: Any = None
    error: BaseException | None = None


@dataclass(slots=True)
class Queue:
    """A bounded queue of jobs, filled by event loops and emptied by threads."""

    limit_name: str
    limit: int
    jobs: queue.SimpleQueue[Job | None] = field(default_factory=queue.SimpleQueue)
    waiting: int = 0
    closed: bool = False
    broken: bool = False
    """Closed because a thread behind it could not go on."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, function: Work[T]) -> asyncio.Future[T]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self.lock:
            if self.closed:
                raise DatabaseClosed("the database is closed: nothing was done")
            if self.waiting >= self.limit:
                raise Overloaded(self.limit_name, self.limit)
            self.waiting += 1
            self.jobs.put(Job(function, loop, future, term_of_work()))
        return future

    def close(self, threads: int) -> None:
        with self.lock:
            if not self.closed:
                self.closed = True
                for _ in range(threads):
                    self.jobs.put(None)

    def break_down(self, jobs: list[Job], cause: BaseException) -> None:
        """The thread behind this queue cannot go on: fail what it held and all that waits."""
        get_logger().error("database-thread-died", limit_name=self.limit_name, exc_info=cause)
        with self.lock:
            self.closed = self.broken = True
        with contextlib.suppress(queue.Empty):
            while True:
                job = self.jobs.get_nowait()
                jobs += [job] if job is not None else []
        for job in jobs:
            job.result = None
            job.error = DatabaseClosed("the database broke down; restart this process")
            job.error.__cause__ = cause
        self.answer(jobs)

    def answer(self, jobs: list[Job]) -> None:
        with self.lock:
            self.waiting -= len(jobs)
        by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
        for job in jobs:
            by_loop.setdefault(job.loop, []).append(job)
        for loop, own in by_loop.items():
            # A loop that is gone has no awaiter to tell; what was committed stays committed.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(_settle, own)


def _settle(jobs: list[Job]) -> None:
    for job in jobs:
        if job.future.done():  # cancelled: the write stands, nobody waits for it
            continue
        if job.error is None:
            job.future.set_result(job.result)
        elif isinstance(job.error, StopIteration):  # a future cannot carry it
            job.future.set_exception(RuntimeError("a database function raised StopIteration"))
        else:
            job.future.set_exception(fullness.told(job.error))

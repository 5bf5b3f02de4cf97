"""Plain synchronous functions against one database, awaited from an event loop (データベースの扉).

Which engine has the database, its location says; what follows holds for every engine.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from renkei.kit.database.engine import Work, Workers
from renkei.kit.database.engines import engine_at
from renkei.kit.location import Location, located

T = TypeVar("T")


class Database:
    """One role's database: ``await read(function)``, ``await write(function)``.

    A function takes a ``sqlalchemy.Connection``, is plain synchronous code, runs where the engine
    has it run and must fetch what it returns (no open cursors). It must not commit, roll back,
    sleep or call out: it holds the writer's place while it runs.
    """

    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    @classmethod
    def open(
        cls,
        where: Location | Path,
        *,
        revision: str | None,
        readers: int = 2,
        read_only: bool = False,
    ) -> Database:
        """Open an existing database; servers never create or migrate one.

        ``revision`` is the id the database's ``alembic_version`` must hold (None: not compared,
        for tests). Raises ``RevisionMismatch``, which `database upgrade` mends, ``DatabaseError``
        when a durability setting does not hold.
        """
        if not 1 <= readers <= 16:
            raise ValueError("readers must be 1 to 16")
        at = located(where)
        opened = engine_at(at).open(
            at.place, revision=revision, readers=readers, read_only=read_only
        )
        return cls(opened)

    @property
    def down(self) -> bool:
        """Whether this database broke down: only a new process mends that."""
        return self._workers.down

    @property
    def term(self) -> int:
        """The term in which this process works alone for its party (`seat`), 0 while another does.

        What is written `in_term` is refused with ``Deposed`` once the term is over.
        """
        return self._workers.term

    @property
    def shared(self) -> bool:
        """Whether other processes may write to this database at the same time."""
        return self._workers.shared

    async def read(self, function: Work[T]) -> T:
        """Run ``function`` on one consistent snapshot; it cannot write."""
        return await self._workers.read(function)

    async def look(self, function: Work[T]) -> T:
        """Run ``function``, which reads a few rows by their keys, on one consistent snapshot.

        With the embedded engine it runs on the event loop: handing it to a thread and back costs
        several times what such a read does. Whatever may take more than a millisecond belongs to
        `read`.
        """
        return await self._workers.look(function)

    async def write(self, function: Work[T]) -> T:
        """Run ``function`` and return its result once it is durably committed.

        A function that raises undoes its own statements only; its exception is raised here.
        ``Overloaded``: the queue is full, nothing was done. ``CommitFailed``: the group was lost,
        nothing was written. If the awaiting task is cancelled the write may still take effect.
        """
        return await self._workers.write(function)

    async def checkpoint(self) -> bool:
        """Make deleted values gone from what is kept for recovery too.

        False when a reader still needed an older state; nothing is lost, try again.
        """
        return await self._workers.checkpoint()

    def close(self) -> None:
        """Finish what is queued and let go of the database. Idempotent."""
        self._workers.close()


def connect(
    where: Location | Path, *, revision: str | None = None
) -> AbstractContextManager[sa.Connection]:
    """One synchronous transaction on an existing database, for tools and batch loading.

    One durable commit at the end, rollback on an exception. Not for servers: it holds the
    writer's place for as long as the block runs.
    """
    at = located(where)
    return engine_at(at).connect(at.place, revision)


def reading(
    where: Location | Path, *, revision: str | None = None
) -> AbstractContextManager[sa.Connection]:
    """One synchronous snapshot of an existing database, also while a server runs; cannot write."""
    at = located(where)
    return engine_at(at).reading(at.place, revision)

"""One held connection, as an engine offers it to the threads behind the door (保持する接続)."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

import sqlalchemy as sa

from renkei.kit.database.engine import Work

T = TypeVar("T")


def refuse_transaction_end(*_arguments: Any) -> None:
    """What stands in for commit, rollback and close of a connection given to functions."""
    raise RuntimeError(
        "a database function must not commit or roll back: return to commit, raise to undo"
    )


class Held(Protocol):
    """A connection whose transactions only its thread ends.

    SQLAlchemy believes to be in one endless transaction; what is below goes to the driver
    directly. Every method but `reset` and `close` raises `failures` where the engine refuses.
    """

    core: sa.Connection

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """What the driver raises."""
        ...

    @property
    def term(self) -> int:
        """Of this session's seat (`seat`), 0 without; another session has another term."""
        ...

    @property
    def beat_seconds(self) -> float | None:
        """How often a writer calls `beat`; None where this engine needs none."""
        ...

    def beat(self) -> None:
        """Say that this session lives; take the seat if it is free."""
        ...

    def begin(self) -> None:
        """Begin to write; nobody else writes until this transaction ends."""
        ...

    def mark(self, first: bool) -> None:
        """What follows can be undone by itself; `first` of its transaction or not."""
        ...

    def keep(self) -> None:
        """What came since the mark stays, if the transaction does."""
        ...

    def undo(self) -> bool:
        """Undo what came since the mark; False where the whole transaction is gone with it."""
        ...

    def commit(self) -> None:
        """Make it durable; where this raises, nothing was written."""
        ...

    def snapshot(self, function: Work[T]) -> T:
        """Run a function that reads, on one consistent state of the database."""
        ...

    def tidy(self) -> bool:
        """See to it that what was deleted is gone from what is kept for recovery."""
        ...

    def reset(self) -> None:
        """Leave no transaction open; take a new connection where that does not work."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...

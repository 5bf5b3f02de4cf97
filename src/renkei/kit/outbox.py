"""An outbox: works off what a role has recorded and not yet done: sending, collecting, deleting.

The records are the role's own tables; this is only the pace: a bounded batch, the next at once
while batches come back full, an early start when something was recorded.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from renkei.kit.background import Background, Interval
from renkei.kit.randomness import Randomness

# Takes the largest batch size; returns how many things were done. Less than the batch means that
# nothing more is due; an exception means that it should be tried again later.
Work = Callable[[int], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Pace(Interval):
    """How fast an outbox works: an interval, and a number of things per batch."""

    batch: int = 64
    gather_seconds: float = 0.0
    """How long to wait for company after being woken, so that batches are worth their cost."""

    def __post_init__(self) -> None:
        Interval.__post_init__(self)
        if not 1 <= self.batch <= 10_000:
            raise ValueError("batch must be 1 to 10,000")


class Outbox(Background):
    """Calls one function with the batch size again and again, at a pace, until stopped."""

    def __init__(
        self, task: str, work: Work, *, randomness: Randomness, pace: Pace | None = None
    ) -> None:
        pace = pace or Pace()
        super().__init__(task, pace, randomness, pace.gather_seconds)
        self._work = work
        self._pace = pace

    async def once(self) -> bool:
        """One batch; gives whether it came back full."""
        return await self._work(self._pace.batch) >= self._pace.batch

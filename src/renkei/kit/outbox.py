"""A loop that works off what a role has recorded and not yet done: sending, collecting, deleting.

The records are the role's own tables; this is only the pace: a bounded batch, back-off with jitter
after a failure, patience with a peer that says when to come back, an early start when something
was recorded, an orderly stop. What is worked off
must be safe to do twice: the process may die between doing and recording it as done.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from renkei.kit.logs import get_logger
from renkei.kit.randomness import Randomness, fraction

# Takes the largest batch size; returns how many things were done. Less than the batch means that
# nothing more is due; an exception means that it should be tried again later.
Work = Callable[[int], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast an outbox works; seconds, and a number of things per batch."""

    batch: int = 64
    idle_seconds: float = 5.0
    first_delay_seconds: float = 0.1
    longest_delay_seconds: float = 30.0
    gather_seconds: float = 0.0
    """How long to wait for company after being woken, so that batches are worth their cost."""

    def __post_init__(self) -> None:
        if not 1 <= self.batch <= 10_000:
            raise ValueError("batch must be 1 to 10,000")
        if not 0 < self.first_delay_seconds <= self.longest_delay_seconds:
            raise ValueError("delays must be above 0, the first not longer than the longest")


def delay_seconds(pace: Pace, failures: int, randomness: Randomness) -> float:
    """Return how long to wait after ``failures`` (≥ 1) in a row.

    Doubles each time up to the longest, then takes a random point of its upper half, so that
    processes that failed together do not come back together.
    """
    doubled = pace.first_delay_seconds * 2.0 ** min(failures - 1, 32)
    full = min(doubled, pace.longest_delay_seconds)
    return full * (0.5 + fraction(randomness) / 2)


class Outbox:
    """Calls one function again and again, at a pace, until stopped."""

    def __init__(
        self, task: str, work: Work, *, randomness: Randomness, pace: Pace | None = None
    ) -> None:
        self._task = task
        self._work = work
        self._randomness = randomness
        self._pace = pace or Pace()
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._failures = 0

    @property
    def failures(self) -> int:
        """How many times in a row it has failed; 0 when the last attempt went well."""
        return self._failures

    def wake(self) -> None:
        """Say that something was recorded: the next batch starts at once, unless backing off."""
        self._wake.set()

    def stop(self) -> None:
        """End after the batch that is running; ``run`` then returns."""
        self._stopping.set()
        self._wake.set()

    async def run(self) -> None:
        """Work until ``stop``. A failure is logged and retried, never raised."""
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                done = await self._work(self._pace.batch)
            except Exception as error:
                await self._back_off(error)
                continue
            self._failures = 0
            if done < self._pace.batch and not self._stopping.is_set():
                await _wait(self._wake, self._pace.idle_seconds)
                if self._wake.is_set() and self._pace.gather_seconds:
                    await _wait(self._stopping, self._pace.gather_seconds)

    async def _back_off(self, error: Exception) -> None:
        self._failures += 1
        delay = delay_seconds(self._pace, self._failures, self._randomness)
        delay = max(delay, told_seconds(error, self._pace.longest_delay_seconds, self._randomness))
        get_logger().warning(
            "outbox-retry",
            task=self._task,
            attempt=self._failures,
            delay_seconds=round(delay, 3),
            exc_info=error,
        )
        # Not woken early by new records: what failed is in their way.
        await _wait(self._stopping, delay)


def told_seconds(error: BaseException, longest: float, randomness: Randomness) -> float:
    """How long a peer that turned us away asked us to wait, up to half as long again; 0: nothing.

    Bounded by `longest`: an outage of a peer's making is not to become ours.
    """
    told = getattr(error, "retry_after_seconds", None)
    if not told:
        return 0.0
    return min(float(told), longest) * (1 + fraction(randomness) / 2)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)

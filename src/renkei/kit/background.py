"""Work that a process repeats by itself: its pace, its failures, its orderly stop (反復処理).

Two kinds stand on it: an outbox works off what was recorded, in batches; a round looks at
everything at an interval. Here is what they share: back-off with jitter after a failure, patience
with a peer that says when to come back, an early start where somebody wakes it. What is repeated
must be safe to do twice: the process may die between doing and recording it as done.

Where a party has several processes, work is done by the one that has the seat (`database.seat`),
unless it is each process's own.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Final

from renkei.kit.database.seat import Deposed, Seat, in_term
from renkei.kit.logs import get_logger
from renkei.kit.randomness import Randomness, fraction

SEAT_SECONDS: Final = 0.2
"""How often a process without the seat looks whether it has it now."""


class Alone:
    """The seat where there is one process only."""

    term: Final = 1


@dataclass(frozen=True, slots=True)
class Interval:
    """How often work is repeated, and how patiently after failures; seconds."""

    idle_seconds: float = 5.0
    """Rest after an attempt that left nothing due."""
    first_delay_seconds: float = 0.1
    longest_delay_seconds: float = 30.0

    def __post_init__(self) -> None:
        if not 0 < self.first_delay_seconds <= self.longest_delay_seconds:
            raise ValueError("delays must be above 0, the first not longer than the longest")


def delay_seconds(interval: Interval, failures: int, randomness: Randomness) -> float:
    """Return how long to wait after ``failures`` (≥ 1) in a row.

    Doubles each time up to the longest, then takes a random point of its upper half, so that
    processes that failed together do not come back together.
    """
    doubled = interval.first_delay_seconds * 2.0 ** min(failures - 1, 32)
    full = min(doubled, interval.longest_delay_seconds)
    return full * (0.5 + fraction(randomness) / 2)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the work failed with last, and how many times in a row by now."""

    failures: int
    error: Exception


class Background(ABC):
    """Calls one function again and again until stopped."""

    def __init__(
        self, task: str, interval: Interval, randomness: Randomness, gather_seconds: float = 0.0
    ) -> None:
        self.each = False
        """Whether every process of a party does it, as for what it holds in memory."""
        self._task = task
        self._interval = interval
        self._randomness = randomness
        self._gather_seconds = gather_seconds
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._failures = 0
        self._error: Exception | None = None

    @property
    def task(self) -> str:
        """What it works on; stands in logs and alarms."""
        return self._task

    @property
    def woken(self) -> bool:
        """Whether it was told of something to do that no attempt has looked for yet."""
        return self._wake.is_set()

    @property
    def trouble(self) -> Trouble | None:
        """What it fails with at present; None where the last attempt went well."""
        return Trouble(self._failures, self._error) if self._error is not None else None

    @property
    def failures(self) -> int:
        """How many times in a row it has failed; 0 when the last attempt went well."""
        return self._failures

    def wake(self) -> None:
        """Say that there is something to do: the next attempt is at once, unless backing off."""
        self._wake.set()

    def stop(self) -> None:
        """End after the attempt that is running; ``run`` then returns."""
        self._stopping.set()
        self._wake.set()

    @abstractmethod
    async def once(self) -> bool:
        """One attempt; gives whether more is due at once. Raises what the work raises."""

    async def run(self, seat: Seat | None = None) -> None:
        """Work until ``stop``, while this process has the seat or it is each process's own.

        A failure is logged and retried, never raised.
        """
        seat = seat or Alone()
        while not self._stopping.is_set():
            term = None if self.each else seat.term
            if term == 0:
                self._failures, self._error = 0, None
                await wait(self._stopping, SEAT_SECONDS)
                continue
            self._wake.clear()
            try:
                with in_term(term):
                    more = await self.once()
            except Deposed:
                get_logger().warning("deposed", task=self._task)
                continue
            except Exception as error:
                await self._back_off(error)
                continue
            self._failures, self._error = 0, None
            if not more and not self._stopping.is_set():
                await wait(self._wake, self._interval.idle_seconds)
                if self._wake.is_set() and self._gather_seconds:
                    await wait(self._stopping, self._gather_seconds)

    async def _back_off(self, error: Exception) -> None:
        self._failures += 1
        self._error = error
        longest = self._interval.longest_delay_seconds
        delay = delay_seconds(self._interval, self._failures, self._randomness)
        delay = max(delay, told_seconds(error, longest, self._randomness))
        get_logger().warning(
            "outbox-retry",
            task=self._task,
            attempt=self._failures,
            code=getattr(error, "code", None),
            peer=getattr(error, "peer", None),
            apart_seconds=getattr(error, "apart_seconds", None),
            delay_seconds=round(delay, 3),
            exc_info=error,
        )
        # Not woken early by new records: what failed is in their way.
        await wait(self._stopping, delay)


def told_seconds(error: BaseException, longest: float, randomness: Randomness) -> float:
    """How long a peer that turned us away asked us to wait, up to half as long again; 0: nothing.

    Bounded by `longest`: an outage of a peer's making is not to become ours.
    """
    told = getattr(error, "retry_after_seconds", None)
    if not told:
        return 0.0
    return min(float(told), longest) * (1 + fraction(randomness) / 2)


async def wait(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, but no longer than so many seconds."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)

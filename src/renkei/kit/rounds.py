"""A round: does everything that is due each time, and comes again after an interval (巡回)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from renkei.kit.background import Background, Interval
from renkei.kit.randomness import Randomness

Work = Callable[[], Awaitable[None]]
"""Leaves nothing due; an exception means that it should be tried again later."""


class Round(Background):
    """Calls one function at an interval until stopped."""

    def __init__(
        self, task: str, work: Work, *, randomness: Randomness, interval: Interval
    ) -> None:
        super().__init__(task, interval, randomness)
        self._work = work

    async def once(self) -> bool:
        """One round; gives False, as nothing more is due at once."""
        await self._work()
        return False

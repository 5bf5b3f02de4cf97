"""An event loop whose time stands still while anybody works and leaps where nobody does.

A pause of an hour costs nothing, and the order of events does not depend on the machine: what
threads do for a coroutine counts as work, and time waits for it.
"""

import asyncio
import selectors
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

WORK_SECONDS = 30.0
"""Real seconds a thread may take for one piece of work before the test gives up."""


class Stalled(Exception):
    """Nothing will ever happen again, and somebody still waits."""


class _Leaping(selectors.DefaultSelector):
    """Waits for threads in real time; for timers not at all."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.outstanding = 0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is not None and timeout <= 0:
            return super().select(0)
        if self.outstanding:
            ready = super().select(WORK_SECONDS)
            if not ready:
                raise Stalled(f"a thread did not end its work in {WORK_SECONDS} seconds")
            return ready
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise Stalled("everybody waits for somebody else")
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """See the module; `outstanding` counts work in threads that time must wait for."""

    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        """Seconds since the loop was made, as far as it has leapt."""
        return self._leaping.now

    def began(self) -> None:
        """A thread works for somebody here."""
        self._leaping.outstanding += 1

    def ended(self) -> None:
        """It has ended."""
        self._leaping.outstanding -= 1

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """Work in a thread that time waits for."""
        self.began()
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(lambda _: self.ended())
        return future


class LoopClock:
    """A clock that goes with a virtual loop, and may be set ahead (仮想時計)."""

    def __init__(self, loop: VirtualLoop, start: datetime) -> None:
        self._loop = loop
        self._start = start
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The instant, in UTC."""
        return self._start + self._ahead + timedelta(seconds=self._loop.time())

    def advance(self, seconds: float) -> None:
        """Leap ahead without anybody having done anything meanwhile."""
        self._ahead += timedelta(seconds=seconds)

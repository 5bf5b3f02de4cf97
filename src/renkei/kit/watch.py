"""Watching what works in the background: nothing dies or fails unseen (背景処理の見張り).

A task that ends by an error is started again after a pause, and its death is an alarm that the
process shows for as long as it lives: a task should never die. A task that fails and tries again by
itself is an alarm while it does. Alarms are held in memory and asked for over the network, so that
a full disk hides none of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from renkei.kit import logs
from renkei.kit.background import Background, Interval, delay_seconds, wait
from renkei.kit.clock import Clock
from renkei.kit.randomness import Randomness, system_randomness
from renkei.wire.health import Alarm, AlarmKind

AGAIN_INTERVAL: Final = Interval(first_delay_seconds=0.2, longest_delay_seconds=30.0)
SOUND_SECONDS: Final = 60.0
"""Who lived this long since it was started again begins with the shortest pause once more."""
FAILURES_BORNE: Final = 3
"""In a row, before a task that tries again is an alarm: a peer may restart."""
Source = Callable[[], list[Alarm]]
"""Gives the alarms that stand now."""


@dataclass(slots=True)
class _Noted:
    since: datetime
    last: datetime
    count: int = 0
    reason: str = ""

    def alarm(self, kind: AlarmKind, task: str) -> Alarm:
        return Alarm(kind, task, self.count, self.since, self.last, self.reason)


@dataclass(slots=True)
class Watch:
    """Keeps the background tasks of one process running, and holds its alarms (見張り)."""

    clock: Clock
    randomness: Randomness = system_randomness
    interval: Interval = AGAIN_INTERVAL
    sources: list[Source] = field(default_factory=list)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _noted: dict[tuple[AlarmKind, str], _Noted] = field(default_factory=dict)

    def keep(self, task: str, run: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Run a function in the background until it returns; start it again where it dies.

        Cancel the task that is given to end it. Several may share a name, and then an alarm.
        """
        return asyncio.get_running_loop().create_task(self._kept(task, run), name=task)

    def stop(self) -> None:
        """Start nothing again from here on; what runs is for others to end."""
        self._stopping.set()

    def alarms(self) -> list[Alarm]:
        """Everything that stands now, deaths first."""
        found = [noted.alarm(*key) for key, noted in self._noted.items()]
        for source in self.sources:
            found += source()
        if logs.lost():
            found.append(Alarm("log-lines-lost", "log", logs.lost()))
        return found

    def hear(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take what callbacks and forgotten tasks of the loop fail with, which nobody awaits.

        Whose it was is not known: every watch of the loop takes it.
        """
        others = loop.get_exception_handler()

        def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
            if others is not None:
                others(loop, context)
            error = context.get("exception")
            if error is None or not ({"future", "task", "handle"} & context.keys()):
                if others is None:
                    loop.default_exception_handler(context)
                return
            self._note("callback-failed", "loop", error)
            logs.get_logger().error("callback-failed", exc_info=error)

        loop.set_exception_handler(handle)

    async def _kept(self, task: str, run: Callable[[], Awaitable[None]]) -> None:
        own, loop, deaths = asyncio.current_task(), asyncio.get_running_loop(), 0
        assert own is not None
        while not self._stopping.is_set():
            began = loop.time()
            try:
                await run()
                return
            except Exception as error:
                died: BaseException = error
            except asyncio.CancelledError as error:
                # Of something it awaited, not of the task: a death like any other.
                if own.cancelling():
                    raise
                died = error
            deaths = 1 if loop.time() - began >= SOUND_SECONDS else deaths + 1
            delay = delay_seconds(self.interval, deaths, self.randomness)
            self._note("task-died", task, died)
            logs.get_logger().error(
                "task-died", task=task, count=deaths, delay_seconds=round(delay, 3), exc_info=died
            )
            await wait(self._stopping, delay)

    def _note(self, kind: AlarmKind, task: str, error: BaseException) -> None:
        now = self.clock.now()
        noted = self._noted.setdefault((kind, task), _Noted(now, now))
        noted.last, noted.reason = now, reason_of(error)
        noted.count += 1


def failing(work: Background) -> Source:
    """The alarm of background work that fails and tries again by itself, while it does."""

    def alarms() -> list[Alarm]:
        found = work.trouble
        if found is None or found.failures < FAILURES_BORNE:
            return []
        error = found.error
        peer = getattr(error, "peer", None) or ""
        return [
            Alarm("task-failing", work.task, found.failures, reason=reason_of(error), peer=peer)
        ]

    return alarms


def reason_of(error: BaseException) -> str:
    """An error's code of the closed list, else its type; never its words."""
    code = getattr(error, "code", None)
    return code if isinstance(code, str) else type(error).__name__

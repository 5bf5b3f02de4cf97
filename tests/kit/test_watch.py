"""The watch: what dies in the background is seen and started again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from renkei.kit.background import Interval
from renkei.kit.clock import ManualClock
from renkei.kit.outbox import Outbox, Pace
from renkei.kit.randomness import system_randomness
from renkei.kit.watch import FAILURES_BORNE, Watch, failing
from renkei.wire.errors import WireError

NOW = datetime(2026, 7, 1, tzinfo=UTC)
QUICK = Pace(first_delay_seconds=0.01, longest_delay_seconds=0.02)
NEVER = Interval(first_delay_seconds=600, longest_delay_seconds=600)


def watching(interval: Interval = QUICK) -> Watch:
    return Watch(ManualClock(NOW), system_randomness, interval)


async def test_a_death_is_an_alarm_and_not_the_end() -> None:
    """A task that dies is started again until it ends by itself; how often it died is shown."""
    watch, lives = watching(), []

    async def mortal() -> None:
        lives.append(1)
        if len(lives) <= 3:
            raise OSError(28, "synthetic words that must not be shown")

    await asyncio.wait_for(watch.keep("sequencer", mortal), 5)
    (alarm,) = watch.alarms()
    assert len(lives) == 4
    assert (alarm.kind, alarm.task, alarm.count) == ("task-died", "sequencer", 3)
    assert (alarm.since, alarm.last, alarm.reason) == (NOW, NOW, "OSError")


async def test_a_cancellation_from_below_is_a_death() -> None:
    """A task whose awaited future was cancelled is started again; one that is cancelled ends."""
    watch, lives = watching(), []

    async def waiting() -> None:
        lives.append(1)
        future = asyncio.get_running_loop().create_future()
        if len(lives) == 1:
            future.cancel()
        await future

    task = watch.keep("outbox", waiting)
    await asyncio.sleep(0.1)
    assert (len(lives), task.done()) == (2, False)
    assert [alarm.reason for alarm in watch.alarms()] == ["CancelledError"]
    task.cancel()
    await asyncio.wait([task], timeout=1)
    assert task.cancelled()


async def test_stopping_does_not_wait_for_a_pause() -> None:
    """A task that is waiting to be started again ends at once when the process stops."""
    watch = watching(NEVER)

    async def mortal() -> None:
        raise ValueError

    task = watch.keep("people", mortal)
    await asyncio.sleep(0.02)
    watch.stop()
    await asyncio.wait_for(task, 1)


async def test_failing_is_an_alarm_while_it_lasts() -> None:
    """An outbox that fails again and again shows code and peer, until an attempt goes well."""
    well = asyncio.Event()

    async def work(_batch: int) -> int:
        if not well.is_set():
            raise WireError("unavailable", peer="linkage")
        return 0

    box = Outbox("receipts", work, randomness=system_randomness, pace=QUICK)
    watch = watching()
    watch.sources.append(failing(box))
    task = watch.keep("receipts", box.run)
    assert watch.alarms() == []
    async with asyncio.timeout(5):
        while box.failures < FAILURES_BORNE:  # noqa: ASYNC110 - an outbox tells nobody
            await asyncio.sleep(0.01)
    (alarm,) = watch.alarms()
    assert (alarm.kind, alarm.task, alarm.peer) == ("task-failing", "receipts", "linkage")
    assert (alarm.reason, alarm.count >= FAILURES_BORNE) == ("unavailable", True)
    well.set()
    async with asyncio.timeout(5):
        while watch.alarms():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    box.stop()
    await asyncio.wait_for(task, 1)


async def test_what_nobody_awaits_is_heard() -> None:
    """A callback of the loop that fails is an alarm: nobody else would ever see it."""
    watch, loop = watching(), asyncio.get_running_loop()
    watch.hear(loop)
    loop.call_soon(lambda: 1 / 0)
    await asyncio.sleep(0.01)
    loop.set_exception_handler(None)
    (alarm,) = watch.alarms()
    assert (alarm.kind, alarm.reason) == ("callback-failed", "ZeroDivisionError")

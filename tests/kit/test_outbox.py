"""The pace of an outbox: bounded, patient, awake when needed, orderly at its end."""

from __future__ import annotations

import asyncio
import errno
import itertools
from collections import deque

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from renkei.kit.background import Interval, delay_seconds, told_seconds
from renkei.kit.outbox import Outbox, Pace
from renkei.kit.randomness import system_randomness
from renkei.wire.errors import WireError

FAST = Pace(batch=2, idle_seconds=60, first_delay_seconds=0.02, longest_delay_seconds=0.05)


def outbox(work: object, pace: Pace = FAST) -> Outbox:
    return Outbox("send", work, randomness=system_randomness, pace=pace)  # type: ignore[arg-type]


async def test_full_batches_follow_each_other() -> None:
    """While batches come back full the next starts at once; a short one waits for a wake-up."""
    due = deque(range(5))
    sizes = []

    async def work(limit: int) -> int:
        count = min(limit, len(due))
        for _ in range(count):
            due.popleft()
        sizes.append(count)
        return count

    box = outbox(work)
    running = asyncio.create_task(box.run())
    await asyncio.sleep(0.05)
    assert sizes == [2, 2, 1]
    due.append(9)
    box.wake()
    await asyncio.sleep(0.05)
    assert sizes == [2, 2, 1, 1]
    box.stop()
    await asyncio.wait_for(running, 1)


async def test_a_wake_up_during_work_is_not_lost() -> None:
    """What is recorded while a batch runs is worked off right after it, not after the idle time."""
    calls = itertools.count(1)
    seen = asyncio.Event()
    box: Outbox

    async def work(_limit: int) -> int:
        if next(calls) == 1:
            box.wake()
            return 0
        seen.set()
        return 0

    box = outbox(work)
    running = asyncio.create_task(box.run())
    await asyncio.wait_for(seen.wait(), 1)
    box.stop()
    await asyncio.wait_for(running, 1)


async def test_failures_are_retried_and_counted() -> None:
    """A failing batch is tried again until it goes well; the count of failures then is 0."""
    calls = []
    box: Outbox

    async def work(_limit: int) -> int:
        calls.append(box.failures)
        if len(calls) <= 3:
            raise ConnectionError
        return 0

    box = outbox(work)
    running = asyncio.create_task(box.run())
    await asyncio.sleep(0.3)
    assert calls == [0, 1, 2, 3]
    assert box.failures == 0
    box.stop()
    await asyncio.wait_for(running, 1)


async def test_stop_ends_a_long_back_off() -> None:
    """Stopping does not wait for the back-off or the idle time, but for the running batch."""
    done = []

    async def failing(_limit: int) -> int:
        raise ConnectionError

    async def slow(_limit: int) -> int:
        await asyncio.sleep(0.1)
        done.append(True)
        return 0

    patient = Pace(first_delay_seconds=60, longest_delay_seconds=60)
    for work in (failing, slow):
        box = outbox(work, patient)
        running = asyncio.create_task(box.run())
        await asyncio.sleep(0.02)
        box.stop()
        await asyncio.wait_for(running, 1)
    assert done == [True]


@given(failures=st.integers(1, 10_000), byte=st.integers(0, 255))
def test_delays_grow_to_a_bound(failures: int, byte: int) -> None:
    """A delay lies in the upper half of the doubled one and never passes the longest."""
    interval = Interval(first_delay_seconds=0.1, longest_delay_seconds=30)
    delay = delay_seconds(interval, failures, lambda count: bytes([byte]) * count)
    full = min(0.1 * 2 ** min(failures - 1, 40), 30)
    assert full / 2 <= delay <= full


def test_impossible_paces_are_refused() -> None:
    """A pace without a bound, or with delays the wrong way round, is refused."""
    for wrong in ({"batch": 0}, {"first_delay_seconds": 0}, {"longest_delay_seconds": 0.01}):
        with pytest.raises(ValueError, match=r"must be|above 0"):
            Pace(**wrong)


async def test_a_peer_that_says_when_to_come_back_is_heeded() -> None:
    """After a refusal with a time the next attempt comes no earlier, and within the longest."""
    times: list[float] = []

    async def work(_limit: int) -> int:
        times.append(asyncio.get_running_loop().time())
        if len(times) == 1:
            raise WireError("overloaded", retry_after_seconds=3600)
        return 0

    box = outbox(work, Pace(first_delay_seconds=0.01, longest_delay_seconds=0.3))
    running = asyncio.create_task(box.run())
    for _ in range(100):
        await asyncio.sleep(0.05)
        if len(times) > 1:
            break
    box.stop()
    await asyncio.wait_for(running, 1)
    assert 0.29 <= times[1] - times[0] < 3


def test_what_a_peer_says_is_bounded_and_spread() -> None:
    """A time that was told is kept at least, at most half as long again, within the longest."""
    busy = WireError("overloaded", retry_after_seconds=4)
    waits = [told_seconds(busy, 60, system_randomness) for _ in range(50)]
    assert 4 <= min(waits) < max(waits) <= 6
    assert told_seconds(busy, 2, lambda count: bytes(count)) == 2
    assert told_seconds(WireError("unavailable"), 60, system_randomness) == 0
    assert told_seconds(ValueError(), 60, system_randomness) == 0


async def test_a_failure_that_cannot_be_logged_is_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the log takes no line, a failed batch is tried again all the same, after its pause."""
    attempts = []

    def full(_data: bytes) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    async def work(_limit: int) -> int:
        attempts.append(1)
        raise ConnectionError

    structlog.reset_defaults()
    monkeypatch.setattr("renkei.kit.logs._to_standard_error", full)
    box = outbox(work)
    running = asyncio.create_task(box.run())
    await asyncio.sleep(0.3)
    assert (len(attempts) > 2, running.done()) == (True, False)
    box.stop()
    await asyncio.wait_for(running, 1)
    structlog.reset_defaults()

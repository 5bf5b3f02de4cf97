"""A round comes again after its interval, whatever the last one found, and ends in order."""

from __future__ import annotations

import asyncio

from renkei.kit.background import Interval
from renkei.kit.randomness import system_randomness
from renkei.kit.rounds import Round, Work

QUICK = Interval(idle_seconds=0.01, first_delay_seconds=0.01, longest_delay_seconds=0.02)
SLOW = Interval(idle_seconds=600, first_delay_seconds=600, longest_delay_seconds=600)


def made(work: Work, interval: Interval) -> Round:
    return Round("look", work, randomness=system_randomness, interval=interval)


async def test_it_comes_again_and_ends() -> None:
    """Rounds follow each other at the interval until stopped; one that fails is tried again."""
    seen: list[int] = []
    enough = asyncio.Event()

    async def work() -> None:
        seen.append(one.failures)
        if len(seen) == 2:
            raise ConnectionError
        if len(seen) == 4:
            enough.set()

    one = made(work, QUICK)
    running = asyncio.create_task(one.run())
    await asyncio.wait_for(enough.wait(), 10)
    one.stop()
    await asyncio.wait_for(running, 10)
    assert seen[:4] == [0, 0, 1, 0]


async def test_it_rests_until_woken() -> None:
    """After a round nothing is due: the next one is after the interval, or where somebody wakes."""
    rounds: list[int] = []
    looked = asyncio.Event()

    async def work() -> None:
        rounds.append(1)
        looked.set()

    one = made(work, SLOW)
    assert await one.once() is False
    looked.clear()
    running = asyncio.create_task(one.run())
    await asyncio.wait_for(looked.wait(), 10)
    looked.clear()
    await asyncio.sleep(0.05)
    assert len(rounds) == 2
    one.wake()
    await asyncio.wait_for(looked.wait(), 10)
    one.stop()
    await asyncio.wait_for(running, 10)
    assert len(rounds) == 3

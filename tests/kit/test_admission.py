"""Places of a process: a share for each peer, a short wait, and the next turn to who has fewest."""

from __future__ import annotations

import asyncio
import time

import pytest

from renkei.kit.admission import Admission, Places


def places(**changes: float) -> Places:
    """Four places, two for each peer, eight may wait, for a tenth of a second."""
    facts = {"running": 4, "running_per_peer": 2, "waiting": 8, "wait_seconds": 0.1} | changes
    return Places(**facts)  # type: ignore[arg-type]


async def test_a_peer_has_its_share_and_no_more() -> None:
    """Past its share a peer waits in vain, while another finds a place at once."""
    admission = Admission(places())
    assert [await admission.enter("greedy") for _ in range(3)] == [None, None, "peer"]
    assert await admission.enter("modest") is None
    assert (admission.running, admission.waiting) == (3, 0)


async def test_a_full_process_says_so() -> None:
    """With all places taken a peer within its share learns that the process is full."""
    admission = Admission(places())
    for peer in ("a", "a", "b", "b"):
        assert await admission.enter(peer) is None
    assert await admission.enter("c") == "process"


async def test_a_wait_ends_in_time() -> None:
    """Nobody waits longer than the bound, and a place that falls free meanwhile is taken."""
    admission = Admission(places(wait_seconds=0.2))
    for _ in range(2):
        await admission.enter("a")
    started = time.monotonic()
    late, early = (
        asyncio.create_task(admission.enter("a")),
        asyncio.create_task(admission.enter("a")),
    )
    await asyncio.sleep(0.05)
    admission.leave("a")
    assert await late is None, "first come, first served"
    assert await early == "peer"
    assert 0.15 < time.monotonic() - started < 2


async def test_the_queue_is_bounded() -> None:
    """Whoever would be one too many in the queue is refused at once."""
    admission = Admission(places(waiting=1, wait_seconds=5))
    for _ in range(2):
        await admission.enter("a")
    waiting = asyncio.create_task(admission.enter("a"))
    await asyncio.sleep(0)
    started = time.monotonic()
    assert await admission.enter("a") == "peer"
    assert time.monotonic() - started < 1
    admission.leave("a")
    assert await waiting is None


async def test_a_free_place_goes_to_who_has_fewest() -> None:
    """A peer with nothing running comes before one that already runs some, whoever came first."""
    admission = Admission(places(running=2, running_per_peer=2, wait_seconds=5))
    for _ in range(2):
        await admission.enter("greedy")
    more = asyncio.create_task(admission.enter("greedy"))
    await asyncio.sleep(0)
    modest = asyncio.create_task(admission.enter("modest"))
    await asyncio.sleep(0)
    admission.leave("greedy")
    assert await modest is None
    assert not more.done()
    admission.leave("modest")
    assert await more is None


async def test_equals_take_turns() -> None:
    """With one place two peers that always wait are served alternately."""
    admission = Admission(places(running=1, running_per_peer=1, wait_seconds=5))
    await admission.enter("z")
    order: list[str] = []

    async def run(peer: str) -> None:
        assert await admission.enter(peer) is None
        order.append(peer)
        await asyncio.sleep(0)
        admission.leave(peer)

    tasks = [asyncio.create_task(run(peer)) for peer in "aaabbb"]
    await asyncio.sleep(0)
    admission.leave("z")
    await asyncio.gather(*tasks)
    assert "".join(order) in ("ababab", "bababa")
    assert (admission.running, admission.waiting) == (0, 0)


async def test_who_goes_away_leaves_no_trace() -> None:
    """A request that is cancelled while it waits, or as its place comes, takes no place along."""
    admission = Admission(places(running=1, running_per_peer=1, wait_seconds=5))
    for moment in ("waiting", "granted"):
        await admission.enter("a")
        waiting = asyncio.create_task(admission.enter("b"))
        await asyncio.sleep(0)
        if moment == "granted":
            admission.leave("a")
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        if moment == "waiting":
            admission.leave("a")
        assert (admission.running, admission.waiting) == (0, 0), moment


async def test_the_common_way_costs_microseconds() -> None:
    """Entering and leaving an idle process is far below the budget of a message."""
    admission, rounds = Admission(places()), 20_000
    started = time.process_time()
    for _ in range(rounds):
        await admission.enter("a")
        admission.leave("a")
    assert (time.process_time() - started) / rounds < 20e-6

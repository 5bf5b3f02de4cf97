"""Calls to many peers: one that is away holds up only its own."""

from __future__ import annotations

import asyncio

import pytest

from renkei.kit.lanes import Lanes


class Away(Exception):
    """A peer cannot be reached."""


def lanes() -> Lanes:
    """Four calls at once to each peer; only `Away` says something of the peer."""
    return Lanes(4, lambda error: "unavailable" if isinstance(error, Away) else None)


async def test_a_silent_peer_holds_up_only_its_own() -> None:
    """A hundred calls to a silent peer leave another peer's lane free."""
    own, running, answer = lanes(), 0, asyncio.Event()

    async def call_silent() -> None:
        nonlocal running
        async with own.to("silent"):
            running += 1
            await answer.wait()

    tasks = [asyncio.create_task(call_silent()) for _ in range(100)]
    await asyncio.sleep(0)
    assert running == 4
    async with asyncio.timeout(1):
        async with own.to("other"):
            pass
    answer.set()
    await asyncio.gather(*tasks)
    assert running == 100


async def test_who_is_away_is_tried_by_one_at_a_time() -> None:
    """After a failure one call at a time goes out, until one comes through: then all."""
    own, away, at_once, most = lanes(), True, 0, 0

    async def call() -> None:
        nonlocal at_once, most
        async with own.to("b"):
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0)
            at_once -= 1
            if away:
                raise Away

    with pytest.raises(Away):
        await call()
    assert own.trouble("b") == "unavailable"
    failed = await asyncio.gather(*(call() for _ in range(10)), return_exceptions=True)
    assert [type(one) for one in failed] == [Away] * 10
    assert most == 1
    away = False
    await asyncio.gather(*(call() for _ in range(10)))
    assert own.trouble("b") is None
    assert most == 4


async def test_an_error_of_one_request_says_nothing_of_the_peer() -> None:
    """What is wrong with one request neither narrows a lane nor counts as the peer's trouble."""
    own = lanes()
    with pytest.raises(ValueError):
        async with own.to("b"):
            raise ValueError
    assert own.trouble("b") is None
    assert own.trouble("never called") is None


async def test_a_cancelled_turn_is_passed_on() -> None:
    """Whoever is cancelled in the queue, even as its turn comes, blocks nobody behind."""
    own = Lanes(1, lambda _: None)
    entered = asyncio.Event()

    async def call() -> None:
        async with own.to("b"):
            entered.set()

    async with own.to("b"):
        first, second = asyncio.create_task(call()), asyncio.create_task(call())
        await asyncio.sleep(0)
    first.cancel()
    async with asyncio.timeout(1):
        await second
    assert entered.is_set()

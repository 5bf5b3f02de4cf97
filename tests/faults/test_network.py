"""Faults between real processes: every exchange ends or visibly waits, and ends with the fault."""

import asyncio
import contextlib
import os
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from behind_faults import CALL_SECONDS, SEED, FaultyCountry
from exactly_once import (
    PENSION,
    A,
    B,
    Desk,
    assert_exactly_once,
    await_nothing_open,
)
from faulty_proxy import FAULTS, Kind

from renkei.kit.http_client import PeerError
from renkei.sandbox.desk import at_desk
from renkei.wire.institution.desk import DeskCase, DeskExchange

RECEIVERS = ["linkage", B, PENSION, "family-register", "receiving-accounts", A]
ROUND_SECONDS = (0.2, 0.8)
OPEN_AT_ONCE = 40
"""Cases of a long run; older ones must have ended by then."""
MINUTES = float(os.environ.get("RENKEI_FUZZ_MINUTES", "0"))
"""How long faults go on; one round of every kind at least."""
VISIBLE_SECONDS = CALL_SECONDS + 30
"""A request whose call came to nothing says so after the call's deadline, or much earlier."""
HANG_SECONDS = 120.0
"""However busy the machine: a call that took too long is tried again, later each time."""
LATE_SECONDS = 2.0
"""By which a deadline may be missed on a busy machine."""


async def until(
    country: FaultyCountry, number: str, done: Callable[[DeskCase], bool], seconds: float
) -> DeskCase:
    """The case once `done` is true of it, as the desk sees it."""
    last = time.monotonic() + seconds
    async with at_desk(country.country, A) as desk:
        while not done(case := await desk.case(number, wait_seconds=0)):
            assert time.monotonic() < last, f"{number}, seed {SEED}: {case.exchanges}"
            await asyncio.sleep(0.1)
    return case


def about(case: DeskCase, party: str) -> list[DeskExchange]:
    """The exchanges of a case that a party is asked in."""
    return [one for one in case.exchanges if one.provider == party]


def ended(one: DeskExchange) -> bool:
    """Whether the desk has an exchange's outcome."""
    return one.state in ("answered", "closed")


async def ends_once(country: FaultyCountry, desk: Desk, where: str) -> None:
    """With the fault over a case settles, and every party did its part once."""
    case = await desk.settled()
    assert {one.outcome for one in case.exchanges} == {"provided"}, where
    await asyncio.to_thread(await_nothing_open, country, desk.number, where)
    assert_exactly_once(country, desk.number, where)


@asynccontextmanager
async def faulted(country: FaultyCountry, party: str, kind: Kind) -> AsyncIterator[None]:
    """A fault before a party's door for the length of a block."""
    await asyncio.to_thread(country.proxy.set, party, kind)
    try:
        yield
    finally:
        await asyncio.to_thread(country.proxy.set, party, "clear")


@pytest.mark.parametrize("kind", ["swallow", "refuse"])
async def test_a_silent_provider_holds_up_nobody_else(faulty: FaultyCountry, kind: Kind) -> None:
    """While B cannot be reached every other exchange ends; B's shows for whom it waits, and why."""
    desks = [Desk(faulty.country, f"SILENT-{kind}-{number}") for number in range(4)]
    async with faulted(faulty, B, kind):
        for desk in desks:
            assert await desk.order(seconds=20) is not None
        for desk in desks:
            case = await until(
                faulty,
                desk.number,
                lambda case: all(ended(one) for one in case.exchanges if one.provider != B),
                HANG_SECONDS,
            )
        for desk in desks:
            case = await until(
                faulty,
                desk.number,
                lambda case: all(one.waits_for == B for one in about(case, B)),
                VISIBLE_SECONDS,
            )
            (one,) = about(case, B)
            assert (one.state, one.outcome, one.waits_because) == ("waiting", None, "unavailable")
            assert not case.settled
    for desk in desks:
        await ends_once(faulty, desk, f"{B} was behind {kind}")


async def test_a_silent_network_is_waited_for(faulty: FaultyCountry) -> None:
    """Without the network no request is permitted; the desk sees that, and it ends by itself."""
    desk = Desk(faulty.country, "SILENT-NETWORK")
    async with faulted(faulty, "linkage", "swallow"):
        assert await desk.order(seconds=20) is not None
        case = await until(
            faulty,
            desk.number,
            lambda case: all(one.waits_for == "linkage" for one in case.exchanges),
            VISIBLE_SECONDS,
        )
        assert {one.waits_because for one in case.exchanges} == {"unavailable"}
    await ends_once(faulty, desk, "the network was silent")


@pytest.mark.parametrize("kind", [kind for kind in FAULTS if kind != "delay"])
async def test_no_call_outlives_its_deadline(faulty: FaultyCountry, kind: Kind) -> None:
    """Whatever the network does to a connection, a call has ended when its deadline is over."""
    deadline = 0.6
    peer = faulty.peer("linkage")
    before = type(peer)(peer.dns_name, peer.host, faulty.proxy.ports["linkage"])
    async with faulted(faulty, "linkage", kind), faulty.http(A) as http:
        started = time.monotonic()
        with contextlib.suppress(PeerError):
            await http.post(
                before,
                "/v1/none",
                b"x" * 9_000,
                deadline_seconds=deadline,
                max_answer_bytes=1_000,
            )
        assert time.monotonic() - started < deadline + LATE_SECONDS


async def test_faults_at_random(faulty: FaultyCountry) -> None:
    """Through cuts, halves, delays and silence of any party every exchange ends exactly once."""
    chance = random.Random(SEED)
    last = time.monotonic() + MINUTES * 60
    story: list[str] = []
    desks: list[Desk] = []
    while not story or time.monotonic() < last:
        for kind in chance.sample(FAULTS, len(FAULTS)):
            party = chance.choice(RECEIVERS)
            story.append(f"{kind} at {party}")
            async with faulted(faulty, party, kind):
                desk = Desk(faulty.country, f"RANDOM-{len(story)}")
                where = f"seed {SEED}, after {story[-20:]}"
                assert await desk.order(seconds=20) is not None, where
                desks.append(desk)
                await asyncio.sleep(chance.uniform(*ROUND_SECONDS))
        while len(desks) > OPEN_AT_ONCE:
            await ends_once(faulty, desks.pop(0), f"seed {SEED}, after {story[-20:]}")
    for desk in desks:
        await ends_once(faulty, desk, f"seed {SEED}, after {story[-20:]}")

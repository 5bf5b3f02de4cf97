"""The short form of the kill tests: every process killed once at least, then all books compared."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from mortal import MortalCountry
from soaking import KILLS, SEED, Soaked

from renkei.sandbox.desk import at_desk
from renkei.wire.errors import WireError
from renkei.wire.institution.desk import DeskCase

A = "chofu-city"
OTHERS = ("linkage", "ichikawa-city", "pension-service", "family-register", "receiving-accounts")
ENDED_SECONDS = 60
EXCHANGES = 10
"""At least, also on a machine that is busy with something else."""


def test_kills_lose_and_double_nothing(soaked: Soaked) -> None:
    """After SIGKILLs of every process under load, each exchange ended once and all books agree."""
    counts, kills = soaked.result["counts"], soaked.result["kills"]
    assert soaked.result["wrong"] == [], f"seed {SEED}"
    assert soaked.status == 0
    assert counts["kills"] == sum(kills.values()) == KILLS
    assert len(kills) == 11
    assert min(kills.values()) >= 1
    assert counts["exchanges"] >= EXCHANGES, "hardly anything ran while processes died"
    assert counts["cold restarts"] == 1


async def test_an_order_is_taken_while_everybody_else_is_away(survivors: MortalCountry) -> None:
    """Only the asked city's own death turns a desk away; what it took is carried out, once."""
    for party in OTHERS:
        await asyncio.to_thread(survivors.kill, party)
    facts = {
        "office": "child-support",
        "officer": "officer-7",
        "procedure": "child-allowance",
        "person": survivors.country.manifest.persons["parent"][A],
    }
    async with at_desk(survivors.country, A) as desk:
        taken = await desk.procedure(case_number="ALONE-1", **facts)
        # Where an earlier call found the network away, the desk is told so at once.
        assert {one.state for one in taken.exchanges} <= {"asked", "waiting"}
        assert {one.waits_for for one in taken.exchanges} <= {None, "linkage"}
        assert {one.outcome for one in taken.exchanges} == {None}
        await asyncio.to_thread(survivors.kill, A)
        refused = False
        with suppress(WireError):
            await desk.procedure(case_number="ALONE-2", **facts)
            refused = True
        assert not refused, "a dead city took an order"
        for party in (A, *OTHERS):
            await asyncio.to_thread(survivors.begin, party)
        for party in (A, *OTHERS):
            assert await asyncio.to_thread(survivors.await_ready, party)
        again = await desk.procedure(case_number="ALONE-1", **facts)
        assert {one.tx for one in again.exchanges} == {one.tx for one in taken.exchanges}
        case = await _settled(lambda: desk.case("ALONE-1", 5))
    outcomes = {one.provider: one.outcome for one in case.exchanges}
    assert set(outcomes) == set(OTHERS) - {"linkage"}
    assert outcomes["ichikawa-city"] == "provided"
    assert survivors.rows(A, "SELECT count(*) FROM desk_case WHERE case_number = 'ALONE-2'") == [
        (0,)
    ]


async def _settled(look: Callable[[], Awaitable[DeskCase]]) -> DeskCase:
    until = time.monotonic() + ENDED_SECONDS
    while time.monotonic() < until:
        with suppress(WireError):
            case = await look()
            if case.settled:
                return case
    raise AssertionError(f"the case did not settle within {ENDED_SECONDS} s")

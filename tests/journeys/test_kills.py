"""SIGKILL of any one process while an exchange runs, then a restart: it ends exactly once."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from exactly_once import (
    ASKED,
    PENSION,
    PROVIDERS,
    A,
    B,
    Desk,
    assert_exactly_once,
    await_nothing_open,
    rows,
)
from running import RunningCountry, running_country

DELAY_SEED = 20260701
"""Of the random delays; another seed tries other moments."""
DELAYS = random.Random(DELAY_SEED)
LATEST_MILLISECONDS = 80


@pytest.fixture(scope="module")
def victims(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCountry]:
    """A country whose processes are killed; only this module's tests use it."""
    with running_country(tmp_path_factory.mktemp("victims") / "country") as running:
        yield running


async def end(country: RunningCountry, desk: Desk, where: str) -> None:
    """After a restart: the desk repeats its order, everything ends, once."""
    assert await desk.order(seconds=20) is not None, f"{where}: the desk's order was not taken"
    case = await desk.settled()
    assert {one.outcome for one in case.exchanges} == {"provided"}, where
    assert len(case.exchanges) == len(ASKED), where
    await asyncio.to_thread(await_nothing_open, country, desk.number, where)
    assert_exactly_once(country, desk.number, where)


@pytest.mark.parametrize("victim", ["linkage", A, B, PENSION, "individual-number"])
async def test_killed_before_the_desk_asks(victims: RunningCountry, victim: str) -> None:
    """A party that is away when the desk asks delays the exchange and doubles nothing."""
    desk = Desk(victims.country, f"BEFORE-{victim}")
    victims.kill(victim)
    taken = await desk.order(seconds=0)
    assert (taken is None) == (victim == A), "only the asked city's own death turns a desk away"
    await asyncio.to_thread(victims.restart, victim)
    await end(victims, desk, f"{victim} was away when the desk asked")


@pytest.mark.parametrize("victim", ["linkage", A, B, PENSION])
async def test_killed_right_after_the_order_was_taken(victims: RunningCountry, victim: str) -> None:
    """What the desk was told is recorded is carried out, although a party dies at that moment."""
    desk = Desk(victims.country, f"AFTER-{victim}")
    assert await desk.order(seconds=5) is not None
    victims.kill(victim)
    await asyncio.to_thread(victims.restart, victim)
    await end(victims, desk, f"{victim} died when the order was taken")


@pytest.mark.parametrize("victim", ["linkage", A, B])
async def test_killed_at_any_moment(victims: RunningCountry, victim: str) -> None:
    """At a random moment between order and answer a death neither loses nor doubles anything."""
    milliseconds = DELAYS.uniform(0, LATEST_MILLISECONDS)
    where = f"{victim} died {milliseconds:.1f} ms after the order (delay seed {DELAY_SEED})"
    desk = Desk(victims.country, f"RANDOM-{victim}")
    ordering = asyncio.create_task(desk.order(seconds=20))
    await asyncio.sleep(milliseconds / 1000)
    victims.kill(victim)
    await asyncio.to_thread(victims.restart, victim)
    assert await ordering is not None, f"{where}: the order was never taken"
    await end(victims, desk, where)


def test_no_party_lost_or_doubled_anything_in_sum(victims: RunningCountry) -> None:
    """After all kills the three records agree on every exchange of the country."""
    asked = rows(victims, A, "SELECT tx FROM asked WHERE outcome = 'provided' ORDER BY tx")
    provided = [
        row
        for party in PROVIDERS
        for row in rows(victims, party, "SELECT tx FROM provided WHERE outcome = 'provided'")
    ]
    permits = rows(victims, "linkage", "SELECT tx FROM permit ORDER BY tx")
    leaves = rows(victims, "linkage", "SELECT count(*) FROM leaf WHERE kind = 1")
    assert asked, "no exchange ran"
    assert sorted(provided) == asked == permits
    assert leaves == [(len(permits),)]
    for party in (A, *PROVIDERS, "linkage"):
        path: Path = victims.folder / party / "database.sqlite"
        assert victims.rows(party, "PRAGMA integrity_check") == [("ok",)], path

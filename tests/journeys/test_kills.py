"""SIGKILL of any one process while an exchange runs, then a restart: it ends exactly once."""

import asyncio
import contextlib
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running import RunningCountry, running_country

from renkei.sandbox.country import Country
from renkei.sandbox.desk import at_desk
from renkei.wire.errors import WireError
from renkei.wire.messages.desk import DeskCase

A, B, PENSION = "chofu-city", "ichikawa-city", "pension-service"
REGISTER, ACCOUNTS = "family-register", "receiving-accounts"
ASKED = sorted([B, PENSION, ACCOUNTS, *(REGISTER for _ in range(3))])
"""Whom one case asks: tax, pension, account, and the register about the parent and two children."""
PROVIDERS = set(ASKED)
ENDED_SECONDS = 60
DELAY_SEED = 20260701
"""Of the random delays; another seed tries other moments."""
DELAYS = random.Random(DELAY_SEED)
LATEST_MILLISECONDS = 80


@pytest.fixture(scope="module")
def victims(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCountry]:
    """A country whose processes are killed; only this module's tests use it."""
    with running_country(tmp_path_factory.mktemp("victims") / "country") as running:
        yield running


class Desk:
    """The desk of the requesting city: it gives an order again until it is taken."""

    def __init__(self, country: Country, number: str) -> None:
        self._country = country
        self._facts = {
            "case_number": number,
            "office": "child-support",
            "officer": "officer-7",
            "procedure": "child-allowance",
            "person": country.manifest.persons["parent"][A],
        }
        self.number = number

    async def order(self, *, seconds: float) -> DeskCase | None:
        """Give the order until it is taken; None if nobody takes it in time."""
        until = time.monotonic() + seconds
        while True:
            async with at_desk(self._country, A) as desk:
                with contextlib.suppress(WireError):
                    return await desk.procedure(**self._facts)
            if time.monotonic() >= until:
                return None
            await asyncio.sleep(0.1)

    async def settled(self) -> DeskCase:
        """The case once it has settled."""
        until = time.monotonic() + ENDED_SECONDS
        while time.monotonic() < until:
            async with at_desk(self._country, A) as desk:
                with contextlib.suppress(WireError):
                    case = await desk.case(self.number, wait_seconds=5)
                    if case.settled:
                        return case
        raise AssertionError(f"{self.number} did not settle within {ENDED_SECONDS} s")


def rows(country: RunningCountry, party: str, query: str, *values: Any) -> list[Any]:
    """Rows of a running party's database, by a query with one text to fill in."""
    return country.rows(party, query.format(*values))


def open_rows(country: RunningCountry, number: str) -> list[str]:
    """What of a case is still open, at whichever party."""
    found = []
    asked = rows(country, A, "SELECT tx, state FROM asked WHERE case_number = '{}'", number)
    found += [f"{A}: {tx} is {state}" for tx, state in asked if state != "closed"]
    for tx, _ in asked:
        for party in (A, *PROVIDERS):
            receipts = rows(country, party, "SELECT state FROM receipt WHERE tx = '{}'", tx)
            found += [f"{party}: receipt {state}" for (state,) in receipts if state != "noted"]
            kept = "SELECT received FROM provided WHERE tx = '{}' AND answer IS NOT NULL"
            found += [f"{party}: answer kept" for _ in rows(country, party, kept, tx)]
    return found


def await_nothing_open(country: RunningCountry, number: str, where: str) -> None:
    """Every outbox is worked off in time."""
    until = time.monotonic() + ENDED_SECONDS
    while left := open_rows(country, number):
        assert time.monotonic() < until, f"{where}: still open: {left}"
        time.sleep(0.1)


def assert_exactly_once(country: RunningCountry, number: str, where: str) -> None:
    """One record at each party, one log entry, one receipt per side, one content."""
    asked = rows(
        country,
        A,
        "SELECT tx, provider, state, outcome, request, permit, content FROM asked "
        "WHERE case_number = '{}' ORDER BY provider",
        number,
    )
    assert [row[1:6] for row in asked] == [
        (provider, "closed", "provided", None, None) for provider in ASKED
    ], where
    for tx, provider, *_, content in asked:
        assert content.count(b'"item":') == 1, f"{where}: content stored {content!r}"
        for other in PROVIDERS:
            held = rows(
                country,
                other,
                "SELECT requester, outcome, answer, received FROM provided WHERE tx = '{}'",
                tx,
            )
            assert held == ([(A, "provided", None, 1)] if other == provider else []), where
        permits = rows(
            country, "linkage", "SELECT requester, provider FROM permit WHERE tx = '{}'", tx
        )
        assert permits == [(A, provider)], where
        kinds = rows(
            country,
            "linkage",
            "SELECT kind FROM leaf WHERE instr(record, '{}') ORDER BY kind",
            tx,
        )
        assert kinds == [(1,), (2,), (2,)], f"{where}: log entries {kinds}"
        noted = rows(
            country, "linkage", "SELECT sender FROM receipt WHERE tx = '{}' ORDER BY 1", tx
        )
        assert noted == sorted([(A,), (provider,)]), where
        for party in (A, provider):
            receipts = rows(
                country, party, "SELECT outcome, state FROM receipt WHERE tx = '{}'", tx
            )
            assert receipts == [("provided", "noted")], f"{where}, {party}"


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

"""One case of six exchanges, and what holds at every party once it has ended exactly once."""

import asyncio
import contextlib
import time
from typing import Any

from running import RunningCountry

from renkei.sandbox.country import Country
from renkei.sandbox.desk import at_desk
from renkei.wire.errors import WireError
from renkei.wire.institution.desk import DeskCase

A, B, PENSION = "chofu-city", "ichikawa-city", "pension-service"
REGISTER, ACCOUNTS = "family-register", "receiving-accounts"
ASKED = sorted([B, PENSION, ACCOUNTS, *(REGISTER for _ in range(3))])
"""Whom one case asks: tax, pension, account, and the register about the parent and two children."""
PROVIDERS = set(ASKED)
ENDED_SECONDS = 60


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
        leaves = rows(country, "linkage", "SELECT kind, record FROM leaf ORDER BY kind")
        kinds = [kind for kind, record in leaves if record and tx.encode() in record]
        assert kinds == [1, 2, 2], f"{where}: log entries {kinds}"
        noted = rows(
            country, "linkage", "SELECT sender FROM receipt WHERE tx = '{}' ORDER BY 1", tx
        )
        assert noted == sorted([(A,), (provider,)]), where
        for party in (A, provider):
            receipts = rows(
                country, party, "SELECT outcome, state FROM receipt WHERE tx = '{}'", tx
            )
            assert receipts == [("provided", "noted")], f"{where}, {party}"

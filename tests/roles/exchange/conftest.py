"""An exchange by hand: every message built with a party's real keys, sent over its real TLS."""

import asyncio
import contextlib
import functools
import hashlib
import sqlite3
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from by_hand import OTHER, A, B, ByHand, forge
from running import RunningCountry

from renkei.kit.certificates import client_context
from renkei.kit.http_client import Answer as HttpAnswer
from renkei.kit.http_client import HttpClient
from renkei.sandbox.building import open_existing
from renkei.sandbox.country import Country

QUIET_SECONDS = 20
RESTLESS_PARTIES = ("portal", "oversight")
AT_REST: dict[tuple[str, str], str | None] = {
    ("linkage", "sqlite_sequence"): None,
    ("linkage", "node"): None,
    ("linkage", "checkpoint"): None,
    ("linkage", "ledger"): None,
    ("linkage", "leaf"): "SELECT kind, salt, record, entry FROM leaf WHERE kind < 4",
    ("linkage", "feed"): None,
    ("linkage", "acquisition"): "SELECT * FROM acquisition WHERE institution <> 'portal'",
    ("individual-number", "resident"): "SELECT resident_code, individual_number FROM resident",
    (
        "individual-number",
        "acquisition",
    ): "SELECT * FROM acquisition WHERE institution <> 'portal'",
}
"""What the log, the portal and the Commission change by themselves is left out of the books."""


class Books:
    """Everything all parties have written, to compare before and after (全記録の比較)."""

    def __init__(self, running: RunningCountry) -> None:
        self._running = running

    def parties(self) -> list[str]:
        """Parties with a database, but for those that write by themselves all the time."""
        return [
            plan.party
            for plan in self._running.country.plans
            if plan.serve is not None and plan.party not in RESTLESS_PARTIES
        ]

    def _tables(self, party: str) -> dict[str, tuple[int, str]]:
        path = self._running.country.database(party)
        found = {}
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for (name,) in names.fetchall():
                query = AT_REST.get((party, name), f'SELECT * FROM "{name}"')
                if query is None:
                    continue
                rows = connection.execute(query).fetchall()
                content = hashlib.sha256(repr(sorted(map(repr, rows))).encode()).hexdigest()
                found[f"{party}.{name}"] = (len(rows), content)
        return found

    def now(self) -> dict[str, tuple[int, str]]:
        """Row count and digest of the contents of every table of every party."""
        return {
            key: value for party in self.parties() for key, value in self._tables(party).items()
        }

    def quiet(self) -> dict[str, tuple[int, str]]:
        """The books once no receipt is owed and nothing changes any more."""
        until = time.monotonic() + QUIET_SECONDS
        last = None
        while time.monotonic() < until:
            owed = sum(
                self._running.rows(plan.party, "SELECT count(*) FROM receipt WHERE state = 'owed'")[
                    0
                ][0]
                for plan in self._running.country.institutions()
            )
            seen = self.now()
            if owed == 0 and seen == last:
                return seen
            last = seen
            time.sleep(0.05)
        raise AssertionError("the country does not come to rest")


class Visited(RunningCountry):
    """The session's running country, whose folder is read once; never started or stopped here."""

    @functools.cached_property
    def country(self) -> Country:  # type: ignore[override]
        """Its folder, keys, ports."""
        return open_existing(self.folder)


@pytest.fixture(scope="session", name="country")
def _visited(country: RunningCountry) -> RunningCountry:
    """The running country, read quickly."""
    visited = Visited(country.folder)
    visited.pids = country.pids
    return visited


@pytest.fixture
def by_hand(country: RunningCountry) -> ByHand:
    """The parent's city, by hand."""
    return ByHand(country, A)


@pytest.fixture
def provider_by_hand(country: RunningCountry) -> ByHand:
    """The parent's former city, by hand."""
    return ByHand(country, B)


@pytest.fixture
def other_by_hand(country: RunningCountry) -> ByHand:
    """A third institution, by hand: an attacker with one institution's keys."""
    return ByHand(country, OTHER)


@pytest.fixture
def books(country: RunningCountry) -> Books:
    """What everybody has written."""
    return Books(country)


@pytest.fixture
def nothing_written(books: Books) -> Iterator[None]:
    """For a whole test: afterwards every table of every party holds what it held before."""
    before = books.quiet()
    yield
    time.sleep(0.1)
    after = books.now()
    assert after == before, [key for key in before if before[key] != after.get(key)]


@pytest.fixture(name="forge")
def _forge() -> Any:
    return forge


async def at_once(*calls: Any) -> list[Any]:
    """Several calls at the same moment."""
    return list(await asyncio.gather(*calls))


@pytest.fixture(name="at_once")
def _at_once() -> Any:
    return at_once


def unsigned(answer: HttpAnswer, status: int, code: str) -> None:
    """An unsigned refusal: the sender is not known to be real, so no signature and no article."""
    plain = msgspec.json.decode(answer.body, type=dict[str, Any])
    assert (answer.status, plain["error"]) == (status, code)
    assert plain.get("article") is None


@pytest.fixture(name="unsigned")
def _unsigned() -> Any:
    return unsigned


@pytest.fixture
def post_from(country: RunningCountry) -> Any:
    """Post with the certificate in a folder of the country, e.g. `portal` or a desk's."""

    async def post(home: str, target: tuple[str, str], body: bytes) -> HttpAnswer:
        (certificate,) = (country.folder / home / "tls").glob("*.crt")
        authority = country.folder / "authority" / "ca.crt"
        context = client_context(certificate, certificate.with_suffix(".key"), authority)
        receiver, path = target
        async with HttpClient(context) as http:
            return await http.post(
                country.peer(receiver), path, body, deadline_seconds=20, max_answer_bytes=100_000
            )

    return post

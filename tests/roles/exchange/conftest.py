"""Institutions by hand in the running country, and everybody's books."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import msgspec
import pytest
from all_written import Books, Visited
from by_hand import OTHER, A, B, ByHand, forge
from running import RunningCountry

from renkei.kit.http_client import Answer as HttpAnswer
from renkei.kit.http_client import HttpClient
from renkei.kit.tls import client_context


@pytest.fixture(scope="module", name="country")
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


@pytest.fixture(scope="module")
def books(country: RunningCountry) -> Iterator[Books]:
    """What everybody has written."""
    with closing(Books(country)) as books:
        yield books


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

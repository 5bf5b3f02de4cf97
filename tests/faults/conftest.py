"""One country behind a faulty proxy for all tests of faults and overload."""

from collections.abc import Iterator

import pytest
from behind_faults import FaultyCountry, faulty_country


@pytest.fixture(scope="package")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyCountry]:
    """A country whose parties meet through the proxy; only this folder's tests use it."""
    with faulty_country(tmp_path_factory.mktemp("faulty") / "country") as running:
        yield running


@pytest.fixture(autouse=True)
def healed(faulty: FaultyCountry) -> Iterator[None]:
    """Whatever a test did to the network is over at its end."""
    yield
    faulty.proxy.heal()

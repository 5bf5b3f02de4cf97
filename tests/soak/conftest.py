"""One country that was killed for a while, then serves the other tests of this folder."""

from collections.abc import Iterator

import pytest
from mortal import MortalCountry
from soaking import Soaked, soak_shortly


@pytest.fixture(scope="session")
def soaked(tmp_path_factory: pytest.TempPathFactory) -> Soaked:
    """The short form of `make soak`."""
    return soak_shortly(tmp_path_factory.mktemp("soak"))


@pytest.fixture(scope="session")
def survivors(soaked: Soaked) -> Iterator[MortalCountry]:
    """That country, running again."""
    country = MortalCountry(soaked.country)
    try:
        yield country.start(opened=False)
    finally:
        country.stop()

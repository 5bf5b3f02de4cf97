"""One country that was killed for a while, then serves the other tests of this folder."""

from collections.abc import Iterator

import placing
import pytest
from mortal import MortalCountry
from soaking import Soaked, soak_shortly


@pytest.fixture(scope="package")
def soaked(tmp_path_factory: pytest.TempPathFactory) -> Soaked:
    """The short form of `make soak`."""
    return soak_shortly(tmp_path_factory.mktemp("soak"))


@pytest.fixture(scope="package")
def survivors(soaked: Soaked, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MortalCountry]:
    """A copy of that country, running again; the books of the one that was killed stay closed."""
    folder = tmp_path_factory.mktemp("survivors") / "country"
    placing.copied(soaked.country, folder)
    country = MortalCountry(folder)
    try:
        yield country.start(opened=False)
    finally:
        country.stop()

"""Every liar has a country of its own: a copy of one that was opened."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lying import LyingCountry
from running import copy_opened


@pytest.fixture
def lying(tmp_path: Path) -> Iterator[LyingCountry]:
    """A running country, honest until one of its processes is turned."""
    country = LyingCountry(copy_opened(tmp_path / "country"))
    try:
        country.start()
        yield country
    finally:
        country.stop()

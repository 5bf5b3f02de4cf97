"""Fixtures for tests that need a running country."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from running import RunningCountry, running_country


@pytest.fixture(scope="session")
def country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCountry]:
    """One running country for all tests that do not kill or change anybody."""
    folder: Path = tmp_path_factory.mktemp("country") / "country"
    with running_country(folder) as running:
        yield running

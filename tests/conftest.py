"""Fixtures for tests that need a country, and the profile of random tests."""

from collections.abc import Iterator
from pathlib import Path

import fuzzing
import pytest
from running import RunningCountry, running_country

fuzzing.register()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    """Name the seed where something failed."""
    if exitstatus:
        terminalreporter.write_line(fuzzing.replay())


@pytest.fixture(scope="session")
def country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCountry]:
    """One running country for all tests that do not kill or change anybody."""
    folder: Path = tmp_path_factory.mktemp("country") / "country"
    with running_country(folder) as running:
        yield running


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built country that nobody changes: tests copy it."""
    from inprocess import build

    folder = tmp_path_factory.mktemp("template") / "country"
    build(folder)
    return folder

"""A country to attack: its doors in one process, and the running one over its real sockets."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from all_written import Books, Visited
from by_hand import OTHER, A, B, ByHand
from doors import Doors, doors_of
from running import RunningCountry


@pytest.fixture(scope="session")
def doors(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """Every role's door in one process; tests share it and leave no request unfinished."""
    with doors_of(template, tmp_path_factory.mktemp("doors") / "country") as doors:
        yield doors


@pytest.fixture(scope="module", name="country")
def _visited(country: RunningCountry) -> RunningCountry:
    """The running country, read quickly."""
    visited = Visited(country.folder)
    visited.pids = country.pids
    return visited


@pytest.fixture(scope="module")
def books(country: RunningCountry) -> Iterator[Books]:
    """What everybody in the running country has written."""
    with closing(Books(country)) as books:
        yield books


@pytest.fixture
def hand(doors: Doors) -> Any:
    """An institution whose messages the test writes itself: the parent's city."""
    return ByHand(doors, A)  # type: ignore[arg-type]


@pytest.fixture
def provider(doors: Doors) -> Any:
    """The parent's former city, by hand."""
    return ByHand(doors, B)  # type: ignore[arg-type]


@pytest.fixture
def outsider(doors: Doors) -> Any:
    """An institution that has no part in what the two cities do."""
    return ByHand(doors, OTHER)  # type: ignore[arg-type]

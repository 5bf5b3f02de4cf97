"""A small network for each test, copied from one that is built once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from built_once import once
from small_network import SmallNetwork, build, network_of


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys, database and directory of a network nobody has used yet."""
    return once("small-network", lambda folder: build(folder / "template")) / "template"


@pytest.fixture
def network(template: Path, tmp_path: Path) -> Iterator[SmallNetwork]:
    """A network of its own for one test."""
    with network_of(template, tmp_path / "network") as one:
        yield one

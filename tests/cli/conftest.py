"""A small country for commands: built once, never run."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from renkei.kit.progress import Progress
from renkei.sandbox.building import DEFAULT_AS_OF, DEFAULT_SEED, open_or_build


@pytest.fixture(scope="session")
def small_country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a country of few people in which nothing runs."""
    folder: Path = tmp_path_factory.mktemp("commands") / "country"
    quiet = Progress(quiet=True)
    open_or_build(
        folder, seed=DEFAULT_SEED, as_of=DEFAULT_AS_OF, progress=quiet, residents=10
    ).release()
    return folder


@pytest.fixture
def held_country(small_country: Path) -> Iterator[Path]:
    """The same folder, locked as whoever runs a country locks it."""
    descriptor = os.open(small_country, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    yield small_country
    os.close(descriptor)

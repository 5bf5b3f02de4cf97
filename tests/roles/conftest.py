"""A country of one process for the tests of the roles."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from inprocess import World, world_of


@pytest.fixture
async def world(template: Path, tmp_path: Path) -> AsyncIterator[World]:
    """A country of one test's own."""
    async with world_of(template, tmp_path / "country") as world:
        yield world

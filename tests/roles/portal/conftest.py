"""A portal with a small network behind it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from portal_network import SmallNetwork
from portal_running import RunningPortal


@pytest.fixture
def network(tmp_path: Path) -> SmallNetwork:
    """A network with real keys."""
    return SmallNetwork(tmp_path)


@pytest.fixture
async def portal(tmp_path: Path, network: SmallNetwork) -> AsyncIterator[RunningPortal]:
    """A portal that has filed nothing."""
    running = RunningPortal.open(tmp_path, network)
    yield running
    await asyncio.to_thread(running.database.close)

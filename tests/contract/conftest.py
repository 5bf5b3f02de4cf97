"""One small country twice: once with wires inside the process, once over real mutual TLS.

Every test of this folder runs in both, with the clients' Protocols and nothing else in between.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import placing
import pytest
import pytest_asyncio
from by_hand import ByHand
from inprocess import World
from over_tls import TlsWorld
from weathering import NODES, template

from renkei.kit.clock import ManualClock
from renkei.sandbox.country import open_existing


@pytest.fixture(scope="package")
def tiny() -> Path:
    """The folder of the template, built before any loop of a test runs."""
    return template().folder


@pytest_asyncio.fixture(scope="package", loop_scope="package", params=["in process", "over TLS"])
async def country(
    request: pytest.FixtureRequest, tiny: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """The country, with one clock that only ever goes forwards."""
    folder = tmp_path_factory.mktemp("contract") / "country"
    placing.copied(tiny, folder)
    built = open_existing(folder)
    clock = ManualClock(built.now() + timedelta(hours=1))
    world = (TlsWorld if request.param == "over TLS" else World)(built, clock)
    for name in NODES:
        node = world.start(name)
        if isinstance(world, TlsWorld):
            await world.open(node)
    yield world
    if isinstance(world, TlsWorld):
        await world.close()
    for name in list(world.nodes):
        await world.end(name)
    assert world.bugs == []


@pytest.fixture
def asker(country: World) -> ByHand:
    """The first city, whose messages the test writes."""
    return ByHand(country, "chofu-city")


@pytest.fixture
def holder(country: World) -> ByHand:
    """The second city, likewise."""
    return ByHand(country, "ichikawa-city")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One event loop for the whole folder: servers live as long as it does."""
    for item in items:
        if item.path.parent.name == "contract":
            item.add_marker(pytest.mark.asyncio(loop_scope="package"), append=False)

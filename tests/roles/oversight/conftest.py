"""The Commission's services over a world in memory, on a real database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from composed import compose
from overseen import World

from renkei.kit.database import Database
from renkei.roles.oversight.store import findings
from renkei.roles.oversight.store.findings import Found


class Commission:
    """One run of the Commission: all services on one database."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.process = compose(world.party, world.path, world.lines, settings=world.settings)
        self.database: Database = self.process.database
        for name, service in self.process.services.items():
            setattr(self, name, service)

    async def see(self) -> None:
        """Cosign what the log shows, and count it."""
        await self.witness.step()
        await self.counter.step(16)

    async def check_records(self) -> None:
        """Collect, look for promises, compare."""
        await self.collector.step(500)
        await self.comparer.locate(200)
        await self.comparer.compare(200)

    async def check_ledger(self) -> None:
        """See the log, state the newest ledger, sample it."""
        await self.see()
        await self.stating.step(50)
        await self.sampler.step(50)

    async def found(self) -> list[Found]:
        """All findings."""
        return await self.database.read(findings.every)

    async def kinds(self) -> list[str]:
        """The kinds of all findings."""
        return [one.kind for one in await self.found()]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A log, a portal and two cities, all honest."""
    return World(tmp_path)


@pytest.fixture
async def commission(world: World) -> AsyncIterator[Commission]:
    """The Commission, started."""
    running = Commission(world)
    yield running
    running.database.close()

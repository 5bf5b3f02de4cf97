"""The Commission's services over a world in memory, on a real database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from overseen import World, make_template

from renkei.kit.database import Database
from renkei.roles.oversight.service.collecting import Collector
from renkei.roles.oversight.service.comparing import Comparer
from renkei.roles.oversight.service.counting import Counter
from renkei.roles.oversight.service.directory import DirectorySigner
from renkei.roles.oversight.service.gathering import Gatherer
from renkei.roles.oversight.service.leaves import CountedLeaves
from renkei.roles.oversight.service.ledger import LedgerStating
from renkei.roles.oversight.service.sampling import Sampler
from renkei.roles.oversight.service.witness import Witness
from renkei.roles.oversight.store import findings
from renkei.roles.oversight.store.findings import Found


class Commission:
    """One run of the Commission: all services on one database."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.database: Database = world.open()
        party, database = world.party, self.database
        log, portal = world.log, world.portal
        self.witness = Witness(party, database, log, world.log_keys)  # type: ignore[arg-type]
        self.leaves = leaves = CountedLeaves()
        self.counter = Counter(party, database, log, leaves)  # type: ignore[arg-type]
        self.collector = Collector(party, database, lambda name: world.cities[name], leaves)  # type: ignore[arg-type,return-value]
        self.comparer = Comparer(party, database, log, leaves)  # type: ignore[arg-type]
        self.stating = LedgerStating(party, database, log, portal, leaves)  # type: ignore[arg-type]
        self.gatherer = Gatherer(party, database, log, portal)  # type: ignore[arg-type]
        self.sampler = Sampler(party, database, log, portal, self.gatherer)  # type: ignore[arg-type]
        self.signer = DirectorySigner(party, database, log)  # type: ignore[arg-type]

    async def see(self) -> None:
        """Cosign what the log shows, and count it."""
        await self.witness.step(1)
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


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, made once."""
    return make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def world(tmp_path: Path, template: Path) -> World:
    """A log, a portal and two cities, all honest."""
    return World(tmp_path, template)


@pytest.fixture
async def commission(world: World) -> AsyncIterator[Commission]:
    """The Commission, started."""
    running = Commission(world)
    yield running
    running.database.close()

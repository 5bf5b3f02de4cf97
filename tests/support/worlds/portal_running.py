"""A portal in one process over real SQLite, for tests."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import looking
from composed import Composed, compose
from empty_databases import lay
from lines import ByName
from placing import place
from portal_network import ORIGIN, SmallNetwork

from renkei.kit.database import Database
from renkei.roles.portal.service.codes import CodeService
from renkei.roles.portal.service.comparisons import ComparisonService
from renkei.roles.portal.service.download import DownloadService
from renkei.roles.portal.service.filing import FilingService
from renkei.roles.portal.service.history import HistoryService
from renkei.roles.portal.service.ledger import LedgerService
from renkei.roles.portal.store import codes
from renkei.wire.fields import Message
from renkei.wire.history import HistoryFile
from renkei.wire.portal import messages as po


class Nobody(ByName):
    """A J-LIS that must not be asked."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"nobody is to call {name}")


@dataclass
class RunningPortal:
    """The portal's process, and a network to feed it."""

    network: SmallNetwork
    portal: Composed
    database: Database
    ledger: LedgerService
    filing: FilingService
    codes: CodeService
    history: HistoryService
    download: DownloadService
    comparisons: ComparisonService

    @classmethod
    def open(cls, folder: Path, network: SmallNetwork, j_lis: Any = None) -> RunningPortal:
        """Open the database in a folder, made if missing; opening twice is a restart."""
        path = folder / "portal.sqlite"
        lay("renkei.roles.portal.migrations", path)
        settings = {
            "log_origin": ORIGIN,
            "log_key": network.log_key.text,
            "witness_key": network.witness_key.text,
            "personas": ["parent"],
        }
        lines = {"linkage": network, "individual-number": j_lis or Nobody()}
        portal = compose(network.parties["portal"], path, lines, settings=settings)
        held = {
            name: portal.services[name] for name in cls.__annotations__.keys() & portal.services
        }
        return cls(network, portal, portal.database, **held)

    async def restart(self, folder: Path, j_lis: Any = None) -> RunningPortal:
        """Close and open again, as after a crash."""
        await asyncio.to_thread(self.database.close)
        return RunningPortal.open(folder, self.network, j_lis)

    async def person(self) -> tuple[bytes, bytes]:
        """Somebody whose code is in the set: (B_p, code at the portal)."""
        base = self.network.base()
        code = self.network.code("portal", base)
        await self.database.write(lambda c: codes.add_to_set(c, code))
        return base, code

    async def catch_up(self) -> None:
        """File everything that is integrated."""
        self.network.integrate()
        while await self.filing.file(200):
            pass

    async def state(self) -> int:
        """The log is cosigned, the ledger's root logged, and the Commission states it."""
        self.network.witness()
        await self.catch_up()
        await self.ledger.publish()
        ledger = await self.ask(po.LedgerRequest, at_most=self.network.integrated)
        statement = self.network.state(ledger.log_size, ledger.root, ledger.exchange_entries)
        await self.ask(po.StatementHandover, statement=statement)
        return int(ledger.log_size)

    async def ask(self, kind: type[Message], **facts: Any) -> Any:
        """Let the Commission ask the portal, at its door."""
        return await self.portal.say(self.network.parties["oversight"], kind, **facts)

    async def file(self, code: bytes, part: int = 1, size: int | None = None) -> HistoryFile:
        """A person's download, or a part of it."""
        return await self.download.file(code, part, size)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Read the database from outside."""
        return looking.rows(place(self.network.folder / "portal.sqlite"), query)

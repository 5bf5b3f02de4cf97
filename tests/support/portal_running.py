"""A portal in one process over real SQLite, for tests."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal_network import SmallNetwork

from renkei.kit.database import Database
from renkei.kit.migration import upgrade
from renkei.roles.portal.service.audit import AuditService
from renkei.roles.portal.service.codes import CodeService
from renkei.roles.portal.service.download import DownloadService
from renkei.roles.portal.service.filing import FilingService
from renkei.roles.portal.service.history import HistoryService
from renkei.roles.portal.service.ledger import LedgerService, LogKeys
from renkei.roles.portal.store import REVISION, codes
from renkei.wire import framing
from renkei.wire.fields import Message
from renkei.wire.history import HistoryFile
from renkei.wire.messages import oversight as o


class Nobody:
    """A J-LIS that must not be asked."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"nobody is to call {name}")


@dataclass
class RunningPortal:
    """The portal's services, and a network to feed them."""

    network: SmallNetwork
    database: Database
    ledger: LedgerService
    filing: FilingService
    audit: AuditService
    codes: CodeService
    history: HistoryService
    download: DownloadService

    @classmethod
    def open(cls, folder: Path, network: SmallNetwork, j_lis: Any = None) -> RunningPortal:
        """Open the database in a folder, made if missing; opening twice is a restart."""
        path = folder / "portal.sqlite"
        upgrade("renkei.roles.portal.migrations", path)
        database = Database.open(path, revision=REVISION)
        party = network.parties["portal"]
        ledger = LedgerService(
            party, database, network, LogKeys(network.log_key, network.witness_key)
        )
        acquiring = CodeService(party, database, network, j_lis or Nobody())
        return cls(
            network=network,
            database=database,
            ledger=ledger,
            filing=FilingService(party, database, network),
            audit=AuditService(party, database, ledger),
            codes=acquiring,
            history=HistoryService(party, database, acquiring),
            download=DownloadService(party, database, network, ledger),
        )

    async def restart(self, folder: Path) -> RunningPortal:
        """Close and open again, as after a crash."""
        await asyncio.to_thread(self.database.close)
        return RunningPortal.open(folder, self.network)

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
        await self.ledger.publish(1)
        ledger = await self.ask(self.audit.ledger, o.LedgerRequest, at_most=self.network.integrated)
        statement = self.network.state(ledger.log_size, ledger.root, ledger.exchange_entries)
        await self.ask(self.audit.statement, o.StatementHandover, statement=statement)
        return int(ledger.log_size)

    async def ask(self, handler: Any, struct: type[Message], **values: Any) -> Any:
        """Let the Commission ask the portal, by a signed message."""
        commission = self.network.parties["oversight"]
        raw = commission.write(struct(**commission.envelope("portal"), **values))
        letter = framing.read(raw, (struct,), self.network.parties["portal"], aud="portal")
        return await handler(letter)

    async def file(self, code: bytes) -> HistoryFile:
        """A person's download."""
        return await self.download.file(code)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Read the database from outside."""
        import contextlib
        import sqlite3

        path = self.network.folder / "portal.sqlite"
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return list(connection.execute(query))

"""Gathering the portal's findings, and checking the evidence they come with (指摘事項の収集)."""

from typing import Final

from sqlalchemy import Connection

from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database
from renkei.kit.outbox import Pace
from renkei.kit.party import Party
from renkei.roles.oversight.rules.culprits import Finding
from renkei.roles.oversight.service.judging import Report, ReportJudge, lost
from renkei.roles.oversight.service.logged import LoggedRecords
from renkei.roles.oversight.service.reading import LogReader
from renkei.roles.oversight.service.reporting import Reporter
from renkei.roles.oversight.service.showing import Institutions, Shower
from renkei.roles.oversight.store import ledger
from renkei.roles.oversight.store import letters as store
from renkei.roles.oversight.store import witness as witness_store
from renkei.wire.names import PORTAL
from renkei.wire.portal.calls import FINDINGS
from renkei.wire.portal.messages import FindingsRequest

GATHER_BATCH: Final = 100
PACE: Final = Pace(batch=GATHER_BATCH, idle_seconds=3.0, longest_delay_seconds=15.0)
CURSOR: Final = "portal findings"


class Gatherer:
    """Takes over what the portal found (収集)."""

    def __init__(
        self,
        party: Party,
        database: Database,
        linkage: Counterparty,
        portal: Counterparty,
        institutions: Institutions,
    ) -> None:
        self._party = party
        self._database = database
        self._portal = portal
        self._logged = LoggedRecords(party, linkage, LogReader(linkage))
        self._reporter = Reporter(party, database)
        self._judge = ReportJudge(party, self._logged, Shower(party, institutions))

    async def step(self, batch: int) -> int:
        """Take over the next findings of the portal; gives how many."""
        after, _ = await self._database.read(lambda c: store.cursor(c, CURSOR))
        party = self._party
        request = FindingsRequest(**party.envelope(PORTAL), after=after, limit=batch)
        letter = await self._portal.send(FINDINGS, party.write(request))
        found = [one for one in letter.message.findings if one.number > after]
        if not found:
            return 0
        shown = await self._logged.of(sorted({one.leaf for one in found}))
        stated, seen = await self._database.read(
            lambda c: (ledger.newest_statement(c), witness_store.load(c))
        )
        rows: list[Finding] = []
        for one in found:
            if one.kind == "lines-lost":
                rows.append(lost(one, letter, stated))
                continue
            report = Report(one, letter, shown)
            row = await self._judge.finding(report, seen)
            if row is None:
                break  # somebody who can tell is asked once more in the next round
            rows.append(row)
        taken = found[: len(rows)]
        if not taken:
            return 0
        last, now = max(one.number for one in taken), party.now()

        def write(connection: Connection) -> None:
            for row in rows:
                self._reporter.inside(connection, row)
            store.move_cursor(connection, CURSOR, last, now)

        await self._database.write(write)
        return len(taken)

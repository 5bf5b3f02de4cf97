"""Gathering the portal's findings, and checking the evidence they come with (指摘事項の収集)."""

from typing import Final

from sqlalchemy import Connection

from renkei.crypto import jws
from renkei.kit.database import Database
from renkei.kit.outbox import Pace
from renkei.kit.party import Party
from renkei.roles.oversight import rules
from renkei.roles.oversight.rules import Finding
from renkei.roles.oversight.service.logged import LoggedRecords, Shown
from renkei.roles.oversight.service.reading import LogReader
from renkei.roles.oversight.service.reporting import Reporter
from renkei.roles.oversight.store import findings as store
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter, check_signature, parse
from renkei.wire.history import read_exchange
from renkei.wire.messages.exchange import PermitRequest
from renkei.wire.messages.oversight import Findings, FindingsRequest, PortalFinding
from renkei.wire.protocols import LinkageProtocol, PortalProtocol

GATHER_BATCH: Final = 100
PACE: Final = Pace(batch=GATHER_BATCH, idle_seconds=3.0, longest_delay_seconds=15.0)
CURSOR: Final = "portal findings"


class Gatherer:
    """Takes over what the portal found (収集)."""

    def __init__(
        self, party: Party, database: Database, linkage: LinkageProtocol, portal: PortalProtocol
    ) -> None:
        self._party = party
        self._database = database
        self._portal = portal
        self._logged = LoggedRecords(party, linkage, LogReader(linkage))
        self._reporter = Reporter(party, database)

    async def step(self, batch: int) -> int:
        """Take over the next findings of the portal; gives how many."""
        after, _ = await self._database.read(lambda c: store.cursor(c, CURSOR))
        party = self._party
        request = FindingsRequest(**party.envelope("portal"), after=after, limit=batch)
        raw = await self._portal.findings(party.write(request))
        letter = party.read(raw, (Findings,), peer="portal")
        found = [one for one in letter.message.findings if one.number > after]
        if not found:
            return 0
        shown = await self._logged.of(sorted({one.leaf for one in found}))
        rows = [self._finding(one, letter, shown) for one in found]
        last, now = max(one.number for one in found), party.now()

        def write(connection: Connection) -> None:
            for row in rows:
                self._reporter.inside(connection, row)
            store.move_cursor(connection, CURSOR, last, now)

        await self._database.write(write)
        return len(found)

    def _finding(self, one: PortalFinding, letter: Letter[Findings], shown: Shown) -> Finding:
        """The portal's finding with the inquirer's signed request, or one about the portal."""
        subject = f"leaf {one.leaf}"
        if one.evidence is None:
            return Finding(one.kind, tuple(one.parties), subject, (letter.raw,), one.detail)
        wrong = self._against_record(one, shown)
        if wrong is not None:
            return Finding(
                "false-evidence", ("portal",), subject, (letter.raw, shown.letter), wrong
            )
        evidence = (one.evidence.encode(), shown.letter)
        return Finding(one.kind, tuple(one.parties), subject, evidence, one.detail)

    def _against_record(self, one: PortalFinding, shown: Shown) -> str | None:
        """Why the evidence is not the request behind the leaf; None where it is."""
        logged = shown.records.get(one.leaf)
        if logged is None or logged.kind != rules.EXCHANGE or one.evidence is None:
            return "the network shows no exchange at the leaf of a finding"
        try:
            unverified, request = parse(one.evidence.encode(), (PermitRequest,))
            signer = check_signature(unverified, self._party)
            record = read_exchange(logged.record)
        except WireError:
            return "the evidence of a finding is no signed request"
        if signer != request.sender or jws.digest(unverified) != record.request_digest:
            return "the evidence of a finding is not the request behind its leaf"
        return None

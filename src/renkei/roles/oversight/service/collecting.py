"""Collecting what institutions say of their records (機関の記録の収集)."""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection

from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.kit.outbox import Pace
from renkei.kit.party import Party
from renkei.roles.oversight.rules import Finding, Side
from renkei.roles.oversight.service.reporting import Reporter
from renkei.roles.oversight.store import entries, findings
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.messages.oversight import Entries, EntriesRequest, InstitutionEntry
from renkei.wire.protocols import ProviderProtocol

PACE: Final = Pace(batch=500, idle_seconds=2.0, longest_delay_seconds=10.0)
PAGES_LIMIT: Final = 20
Institutions = Callable[[str], ProviderProtocol]


class Collector:
    """Reads every institution's list from where it stopped (収集)."""

    def __init__(self, party: Party, database: Database, institutions: Institutions) -> None:
        self._party = party
        self._database = database
        self._institutions = institutions
        self._reporter = Reporter(party, database)

    async def step(self, batch: int) -> int:
        """Read on at every institution; one that is away holds up nobody. Gives 0."""
        for name, entry in self._party.directory.entries.items():
            if entry.role != "institution":
                continue
            try:
                await self._read_on(name, batch)
            except WireError as error:
                get_logger().info("entries-not-read", institution=name, code=error.code)
        await self._database.write(findings.drop_letters)
        return 0

    async def _read_on(self, name: str, batch: int) -> None:
        for _ in range(PAGES_LIMIT):
            after, _ = await self._database.read(lambda c: findings.cursor(c, name))
            party, client = self._party, self._institutions(name)
            request = EntriesRequest(**party.envelope(name), after=after, limit=batch)
            raw = await client.entries(party.write(request))
            letter = party.read(raw, (Entries,), peer=name)
            page = letter.message.entries
            numbers = [one.number for one in page]
            if numbers != sorted(set(numbers)) or (numbers and numbers[0] <= after):
                raise WireError("malformed", f"{name} numbers its records out of order.")
            await self._database.write(
                lambda c, letter=letter: self._note(c, name, letter)  # type: ignore[misc]
            )
            if len(page) < batch:
                return

    def _note(self, connection: Connection, name: str, letter: Letter[Entries]) -> None:
        """Write one page and how far it goes, in one transaction."""
        now = self._party.now()
        page = letter.message.entries
        if page:
            findings.keep_letter(connection, letter.digest, letter.raw)
        for entry in page:
            older = entries.note(connection, Side(name, entry), letter.digest, now)
            if older is not None:
                evidence = findings.letter(connection, older.letter)
                raws = (letter.raw,) if evidence is None else (evidence, letter.raw)
                self._reporter.inside(connection, _changed(name, entry, raws))
        after, _ = findings.cursor(connection, name)
        last = page[-1].number if page else after
        findings.move_cursor(connection, name, last, now)


def _changed(name: str, entry: InstitutionEntry, evidence: tuple[bytes, ...]) -> Finding:
    return Finding(
        "records-differ",
        (name,),
        f"changed {name} {entry.requester} {entry.tx}",
        evidence,
        f"{name} now says something else of a record than it said before",
    )

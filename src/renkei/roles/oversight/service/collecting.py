"""Collecting what institutions say of their records (機関の記録の収集)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.kit.outbox import Pace
from renkei.kit.party import Party
from renkei.roles.oversight.rules import Side
from renkei.roles.oversight.rules.culprits import Finding, Matter, finding_on
from renkei.roles.oversight.rules.grounds import Ground
from renkei.roles.oversight.service.leaves import CountedLeaves
from renkei.roles.oversight.service.reporting import Reporter
from renkei.roles.oversight.store import entries, letters
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.institution.calls import ENTRIES
from renkei.wire.institution.messages import Entries, EntriesRequest, InstitutionEntry
from renkei.wire.names import INSTITUTION

PACE: Final = Pace(batch=500, idle_seconds=2.0, longest_delay_seconds=10.0)
PAGES_LIMIT: Final = 20
QUIET_SECONDS: Final = 10
"""How often lists are read while the log does not grow: well within the minute of a promise."""
Institutions = Callable[[str], Counterparty]


class Collector:
    """Reads every institution's list from where it stopped (収集)."""

    def __init__(
        self, party: Party, database: Database, institutions: Institutions, leaves: CountedLeaves
    ) -> None:
        self._party = party
        self._database = database
        self._institutions = institutions
        self._leaves = leaves
        self._reporter = Reporter(party, database)
        self._last: tuple[int, datetime] | None = None
        """Log size and time of the last round."""

    async def poll(self, batch: int) -> int:
        """A round, if the log has grown since the last one or that is a while ago; gives 0.

        Whatever an institution records was promised to be logged: behind a log that stands still
        is nothing new, unless somebody lies. That is what the slower rounds are for.
        """
        size, now = self._leaves.size, self._party.now()
        if self._last is not None:
            last, at = self._last
            if size == last and now - at < timedelta(seconds=QUIET_SECONDS):
                return 0
        self._last = (size, now)
        return await self.step(batch)

    async def step(self, batch: int) -> int:
        """Read on at every institution; one that is away holds up nobody. Gives 0."""
        now = self._party.now()
        read = await self._database.read(letters.cursors)
        nothing_new: dict[str, int] = {}
        for name, entry in self._party.directory.entries.items():
            if entry.role != INSTITUTION:
                continue
            after = read[name][0] if name in read else 0
            try:
                if not await self._read_on(name, after, batch):
                    nothing_new[name] = after
            except WireError as error:
                get_logger().info("entries-not-read", institution=name, code=error.code)

        def write(connection: Connection) -> None:
            letters.move_cursors(connection, nothing_new, now)
            letters.drop_letters(connection)

        await self._database.write(write)
        return 0

    async def _read_on(self, name: str, after: int, batch: int) -> bool:
        """Read and write what an institution has after a number; False where it has nothing."""
        party, client, new = self._party, self._institutions(name), False
        for _ in range(PAGES_LIMIT):
            request = EntriesRequest(**party.envelope(name), after=after, limit=batch)
            letter = await client.send(ENTRIES, party.write(request))
            page = letter.message.entries
            numbers = [one.number for one in page]
            if numbers != sorted(set(numbers)) or (numbers and numbers[0] <= after):
                raise WireError("malformed", f"{name} numbers its records out of order.")
            if page:
                new, after = True, numbers[-1]
                await self._database.write(
                    lambda c, letter=letter: self._note(c, name, letter)  # type: ignore[misc]
                )
            if len(page) < batch:
                break
        return new

    def _note(self, connection: Connection, name: str, letter: Letter[Entries]) -> None:
        """Write one page and how far it goes, in one transaction."""
        now = self._party.now()
        page = letter.message.entries
        letters.keep_letter(connection, letter.digest, letter.raw)
        sides = [Side(name, entry) for entry in page]
        for side, older in entries.note(connection, sides, letter.digest, now):
            evidence = letters.letter(connection, older.letter)
            raws = (letter.raw,) if evidence is None else (evidence, letter.raw)
            self._reporter.inside(connection, _changed(name, side.entry, raws))
        letters.move_cursor(connection, name, page[-1].number, now)


def _changed(name: str, entry: InstitutionEntry, evidence: tuple[bytes, ...]) -> Finding:
    return finding_on(
        Ground.WORD_CHANGED,
        Matter(speaker=name),
        f"changed {name} {entry.requester} {entry.tx}",
        evidence,
        f"{name} now says something else of a record than it said before",
    )

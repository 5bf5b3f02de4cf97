"""Reading old records again, coming from the log, for as long as they are kept (記録の再照合).

Round after round every exchange of the log is asked for at the network and at both institutions.
What was compared once must still be there and be the same: a record that was changed or deleted
later is found, at whichever of the three, and with it the letter in which it was another.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from renkei.crypto.errors import CryptoError
from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.kit.outbox import Pace
from renkei.kit.party import Party
from renkei.roles.oversight.rules import Side, logged_entry_hash
from renkei.roles.oversight.rules.culprits import NOBODY, Finding, Matter, finding_on
from renkei.roles.oversight.rules.grounds import Ground
from renkei.roles.oversight.service.logged import RECORDS_LIMIT, LoggedRecords, Shown
from renkei.roles.oversight.service.reading import LogReader
from renkei.roles.oversight.service.reporting import Reporter
from renkei.roles.oversight.service.showing import Institutions
from renkei.roles.oversight.store import counts, entries, letters
from renkei.roles.oversight.store import witness as witness_store
from renkei.roles.oversight.store.entries import Held, Key
from renkei.roles.oversight.store.witness import Seen
from renkei.wire.entries import EntryKind, ExchangeRecord, read_entry
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.institution.calls import ENTRIES_OF
from renkei.wire.institution.messages import (
    EntriesOf,
    EntriesOfRequest,
    ExchangeName,
    InstitutionEntry,
)
from renkei.wire.names import INSTITUTION, LINKAGE

PACE: Final = Pace(batch=RECORDS_LIMIT, idle_seconds=5.0, longest_delay_seconds=30.0)
"""The batch is exchanges read again at once: a round of a million takes seven hours."""
CURSOR: Final = "log again"
SETTLED_SECONDS: Final = 10
"""Younger exchanges are still being collected and compared for the first time."""


@dataclass(frozen=True, slots=True)
class _Told:
    """One institution's signed answer about exchanges of the log."""

    institution: str
    letter: Letter[EntriesOf]
    asked_at: datetime
    """By the Commission's clock: what it has noted since may be newer than this answer."""


class Rereader:
    """Goes round the log and asks all three parties for every exchange once more (再照合)."""

    def __init__(
        self,
        party: Party,
        database: Database,
        linkage: Counterparty,
        institutions: Institutions,
    ) -> None:
        self._party = party
        self._database = database
        self._institutions = institutions
        self._reader = LogReader(linkage)
        self._logged = LoggedRecords(party, linkage, self._reader)
        self._reporter = Reporter(party, database)

    async def step(self, batch: int) -> int:
        """Read the next exchanges of the log again; gives 0: a round follows the other."""
        seen, leaves, following = await self._database.read(lambda c: _next(c, batch))
        if seen is None or not leaves:
            return 0
        shown = await self._logged.of(leaves)
        records = await self._records(leaves, shown, seen)
        settled = self._party.now() - timedelta(seconds=SETTLED_SECONDS)
        old = [one for one in records.values() if one.asked_at <= settled]
        told = [
            answer
            for name, about in _names(old).items()
            if (answer := await self._ask(name, about)) is not None
        ]

        def write(connection: Connection) -> None:
            for leaf in leaves:
                if leaf not in records:
                    self._reporter.inside(connection, _lost(leaf, shown))
            for one in told:
                self._judge(connection, one, shown)
            letters.move_cursor(connection, CURSOR, following, self._party.now())

        await self._database.write(write)
        return 0

    async def _records(
        self, leaves: list[int], shown: Shown, seen: Seen
    ) -> dict[int, ExchangeRecord]:
        """The network's records of these leaves, as far as they are what the log holds there."""
        found: dict[int, ExchangeRecord] = {}
        claims: dict[bytes, int] = {}
        for leaf in leaves:
            logged = shown.records.get(leaf)
            if logged is None or logged.kind != EntryKind.EXCHANGE:
                continue
            try:
                found[leaf] = read_entry(logged.record, ExchangeRecord)
                claims[logged_entry_hash(logged)] = leaf
            except (CryptoError, WireError):
                found.pop(leaf, None)
        stand = await self._reader.included(claims, seen.head)
        true = {leaf for hashed, leaf in claims.items() if hashed in stand}
        return {leaf: record for leaf, record in found.items() if leaf in true}

    async def _ask(self, name: str, about: list[ExchangeName]) -> _Told | None:
        """An institution's answer; None where it is away, or is none: its turn comes again."""
        party = self._party
        listed = party.directory.entries.get(name)
        if listed is None or listed.role != INSTITUTION:
            return None
        message, asked_at = EntriesOfRequest(**party.envelope(name), about=about), party.now()
        try:
            letter = await self._institutions(name).send(ENTRIES_OF, party.write(message))
        except WireError as error:
            get_logger().info("records-not-read-again", institution=name, code=error.code)
            return None
        if letter.message.about != about:
            return None
        return _Told(name, letter, asked_at)

    # -- what was said before and now ----------------------------------------------------------

    def _judge(self, connection: Connection, told: _Told, shown: Shown) -> None:
        message, name, now = told.letter.message, told.institution, self._party.now()
        held = {entries.key_of(side): side for side in (Side(name, e) for e in message.entries)}
        begun = {_key(one, name) for one in message.begun}
        keys = {_key(one, name): one for one in message.about}
        before = entries.find(connection, keys)
        for key, asked in keys.items():
            known, side = before.get(key), held.get(key)
            if known is not None and _noted_at(known) >= told.asked_at:
                continue  # the collector may have heard of it later: its turn comes again
            if side is not None and known is not None:
                self._compare(connection, told, known, side.entry)
            elif side is not None:
                letters.keep_letter(connection, told.letter.digest, told.letter.raw)
                entries.note(connection, [side], told.letter.digest, now)
            elif known is not None or (asked.side == "requester" and key not in begun):
                gone = _vanished(connection, asked, told, known, shown)
                self._reporter.inside(connection, gone)

    def _compare(
        self, connection: Connection, told: _Told, known: Held, entry: InstitutionEntry
    ) -> None:
        """An ended record stays as it ended; one seen before digests were shown gets its own."""
        was = known.side.entry
        same = entries.is_same(was, entry)
        if was.outcome is None and same:
            return  # the collector reads how it ends
        if was.record_digest is None and same and was.outcome == entry.outcome:
            letters.keep_letter(connection, told.letter.digest, told.letter.raw)
            entries.adopt(connection, Side(told.institution, entry), told.letter.digest)
            return
        if same and (was.outcome, was.record_digest) == (entry.outcome, entry.record_digest):
            return
        self._reporter.inside(
            connection,
            finding_on(
                Ground.RECORD_CHANGED,
                Matter(speaker=told.institution),
                f"{told.institution} {entry.side} {entry.requester} {entry.tx}",
                _evidence(connection, known, told),
                f"{told.institution} holds another record than when it said how it ended",
            ),
        )


def _next(connection: Connection, batch: int) -> tuple[Seen | None, list[int], int]:
    """What the witness saw, the next exchange leaves of the round, and where it goes on."""
    seen, counted = witness_store.load(connection), counts.load(connection)
    if seen is None or not counted.exchange:
        return None, [], 0
    start, _ = letters.cursor(connection, CURSOR)
    start = start if start < counted.exchange else 0
    end = min(start + batch, counted.exchange)
    return seen, [counts.exchange_leaf(connection, rank) for rank in range(start, end)], end


def _names(records: list[ExchangeRecord]) -> dict[str, list[ExchangeName]]:
    """Whom to ask for which of these exchanges: the requester, and the provider if permitted."""
    asked: dict[str, list[ExchangeName]] = {}
    for one in records:
        name = ExchangeName(side="requester", requester=one.requester, tx=one.tx)
        asked.setdefault(one.requester, []).append(name)
        if one.allowed:
            name = ExchangeName(side="provider", requester=one.requester, tx=one.tx)
            asked.setdefault(one.provider, []).append(name)
    return asked


def _key(one: ExchangeName, institution: str) -> Key:
    return (one.side, one.requester, one.tx, institution)


def _noted_at(known: Held) -> datetime:
    return max(known.seen_at, known.ended_at or known.seen_at)


def _lost(leaf: int, shown: Shown) -> Finding:
    text = "the network shows no record of an entry it logged"
    ground, subject = Ground.RECORD_NOT_SHOWN, f"{LINKAGE} leaf {leaf}"
    return finding_on(ground, NOBODY, subject, (shown.letter,), text)


def _vanished(
    connection: Connection, asked: ExchangeName, told: _Told, known: Held | None, shown: Shown
) -> Finding:
    """A record that is in the log, and that an institution shows no more, or never did."""
    name = told.institution
    subject = f"{name} {asked.side} {asked.requester} {asked.tx}"
    if known is not None:
        text = f"{name} does not show a record any more that it showed before"
        evidence = _evidence(connection, known, told)
        return finding_on(Ground.RECORD_GONE, Matter(speaker=name), subject, evidence, text)
    text = f"{name} shows no record of a request of its own that the network logged"
    both = (told.letter.raw, shown.letter)
    return finding_on(Ground.RECORD_NEVER, Matter(requester=name), subject, both, text)


def _evidence(connection: Connection, known: Held, told: _Told) -> tuple[bytes, ...]:
    """What an institution said then and says now, both signed by it."""
    older = letters.letter(connection, known.letter)
    return (*((older,) if older is not None else ()), told.letter.raw)

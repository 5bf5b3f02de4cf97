"""Promised leaves in the log, and the records of three parties side by side (記録の照合, 法23条).

The requester's, the provider's and the network's records of one exchange must tell one story; what
was promised must be in the tree the witness vouches for.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from renkei.crypto.errors import ProofError
from renkei.crypto.merkle import TreeHead
from renkei.kit.database import Database
from renkei.kit.outbox import Pace
from renkei.kit.party import Party
from renkei.roles.oversight import rules
from renkei.roles.oversight.rules import OTHER_SIDE_SECONDS, Finding
from renkei.roles.oversight.service.logged import RECORDS_LIMIT, LoggedRecords, Shown
from renkei.roles.oversight.service.reading import LogReader
from renkei.roles.oversight.service.reporting import Reporter
from renkei.roles.oversight.store import entries as store
from renkei.roles.oversight.store import findings
from renkei.roles.oversight.store import witness as witness_store
from renkei.roles.oversight.store.entries import Held
from renkei.wire.errors import WireError
from renkei.wire.history import ExchangeRecord, read_exchange
from renkei.wire.messages.oversight import LocateRequest, Locations
from renkei.wire.protocols import LinkageProtocol

PACE: Final = Pace(batch=RECORDS_LIMIT, idle_seconds=2.0, longest_delay_seconds=10.0)
LOOK_AGAIN_SECONDS: Final = 2
WAIT_SECONDS: Final = 10
"""Until a pair whose outcomes are still open is looked at again."""


class Comparer:
    """Finds promised leaves, then compares what three parties hold of them (照合)."""

    def __init__(self, party: Party, database: Database, linkage: LinkageProtocol) -> None:
        self._party = party
        self._database = database
        self._linkage = linkage
        self._reader = LogReader(linkage)
        self._logged = LoggedRecords(party, linkage, self._reader)
        self._reporter = Reporter(party, database)

    async def locate(self, batch: int) -> int:
        """Look for promised leaves in the witnessed tree; gives how many were looked for."""
        now, seen = self._party.now(), await self._database.read(witness_store.load)
        if seen is None or seen.halted is not None:
            return 0
        due = await self._database.read(lambda c: store.due(c, "promised", now, batch))
        if not due:
            return 0
        claims = await self._claims([held.side.entry.entry_hash for held in due])
        for held in due:
            leaf = claims.get(held.side.entry.entry_hash)
            if leaf is not None and await self._stands(held, leaf, seen.head):
                await self._database.write(
                    lambda c, held=held, leaf=leaf: store.located(c, held.key, leaf, now)  # type: ignore[misc]
                )
            else:
                await self._missing(held, now)
        return len(due)

    async def _claims(self, hashes: Sequence[bytes]) -> dict[bytes, int]:
        """Where the network says these hashes stand; nothing of it is believed."""
        party = self._party
        unique = list(dict.fromkeys(hashes))
        request = LocateRequest(**party.envelope("linkage"), entry_hashes=unique)
        raw = await self._linkage.locate(party.write(request))
        located = party.read(raw, (Locations,), peer="linkage").message.located
        return {one.entry_hash: one.leaf for one in located if one.leaf is not None}

    async def _stands(self, held: Held, leaf: int, head: TreeHead) -> bool:
        if leaf >= head.size:
            return False
        try:
            await self._reader.check_included(held.side.entry.entry_hash, leaf, head)
        except ProofError:
            return False
        return True

    async def _missing(self, held: Held, now: datetime) -> None:
        """Not in the log: look again, and after the time of the promise say so."""

        def write(connection: Connection) -> None:
            since = store.missing(connection, held, now)
            if since is None or not rules.is_withheld(since, now):
                again = now + timedelta(seconds=LOOK_AGAIN_SECONDS)
                store.look_again(connection, [held.key], again)
                return
            self._reporter.inside(connection, self._withheld(connection, held))
            # It may still be logged, late: the finding stays, the comparison goes on then.
            later = now + timedelta(seconds=OTHER_SIDE_SECONDS)
            store.look_again(connection, [held.key], later)

        await self._database.write(write)

    @staticmethod
    def _withheld(connection: Connection, held: Held) -> Finding:
        entry, name = held.side.entry, held.side.institution
        letter = findings.letter(connection, held.letter)
        return Finding(
            "withheld-leaf",
            ("linkage",),
            f"{entry.requester} {entry.tx} {entry.entry_hash.hex()}",
            (letter,) if letter is not None else (),
            f"the log lacks the entry promised to {name} for {entry.requester} {entry.tx}",
        )

    # -- three records of one exchange -------------------------------------------------------------

    async def compare(self, batch: int) -> int:
        """Compare located records with the network's; gives how many were looked at."""
        now, seen = self._party.now(), await self._database.read(witness_store.load)
        due = await self._database.read(lambda c: store.due(c, "located", now, batch))
        if seen is None or not due:
            return 0
        leaves = sorted({held.leaf for held in due if held.leaf is not None})
        shown = await self._logged.of(leaves[:RECORDS_LIMIT])
        for held in due:
            if held.leaf is not None and held.leaf < seen.head.size:
                await self._compare(held, shown, seen.head)
        return len(due)

    async def _compare(self, held: Held, shown: Shown, head: TreeHead) -> None:
        record = await self._record(held, shown, head)
        now = self._party.now()

        def write(connection: Connection) -> None:
            requester, provider = self._pair(connection, held, record)
            waited = self._waited(connection, (requester, provider), record)
            sides = [one.side if one is not None else None for one in (requester, provider)]
            compared = rules.compare(sides[0], sides[1], record, waited=waited)
            there = [one for one in (requester, provider) if one is not None]
            if compared.differences:
                self._reporter.inside(
                    connection, self._differ(connection, there, compared.differences, shown)
                )
            keys = [one.key for one in there]
            if compared.settled:
                store.settle(connection, keys)
            else:
                store.look_again(connection, [held.key], now + timedelta(seconds=WAIT_SECONDS))

        await self._database.write(write)

    async def _record(self, held: Held, shown: Shown, head: TreeHead) -> ExchangeRecord | None:
        """The network's record of a leaf, if it is that leaf's and is one of an exchange."""
        logged = shown.records.get(held.leaf if held.leaf is not None else -1)
        if logged is None or logged.kind != rules.EXCHANGE:
            return None
        if not await self._logged.stands(logged, head):
            return None
        try:
            return read_exchange(logged.record)
        except WireError:
            return None

    @staticmethod
    def _pair(
        connection: Connection, held: Held, record: ExchangeRecord | None
    ) -> tuple[Held | None, Held | None]:
        entry = held.side.entry
        provider = record.provider if record is not None else held.side.institution
        requester, answered = store.pair(connection, entry.requester, entry.tx, provider)
        if entry.side == "provider":
            return requester, held
        return held, answered

    def _waited(
        self,
        connection: Connection,
        pair: tuple[Held | None, Held | None],
        record: ExchangeRecord | None,
    ) -> bool:
        """Whether the side that is absent was read to its end late enough after the other's end."""
        there = [one for one in pair if one is not None]
        if len(there) == 2 or record is None or there[0].ended_at is None:
            return False
        absent = record.provider if pair[1] is None else record.requester
        _, read_at = findings.cursor(connection, absent)
        after = there[0].ended_at + timedelta(seconds=OTHER_SIDE_SECONDS)
        return read_at is not None and read_at >= after

    @staticmethod
    def _differ(
        connection: Connection, sides: list[Held], differences: list[str], shown: Shown
    ) -> Finding:
        letters = [findings.letter(connection, one.letter) for one in sides]
        entry = sides[0].side.entry
        parties = dict.fromkeys(["linkage", *(one.side.institution for one in sides)])
        return Finding(
            "records-differ",
            tuple(parties),
            f"{entry.requester} {entry.tx}",
            (*(one for one in letters if one is not None), shown.letter),
            "; ".join(dict.fromkeys(differences)),
        )

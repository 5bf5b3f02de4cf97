"""Reading the feed and filing each line under the code it opens to (開示記録の登録).

Open, compare, file with the place in the feed in one transaction, then acknowledge. What dies
between two of these is done again from what is filed: nothing is filed twice and nothing is lost.
"""

import asyncio
from contextlib import suppress

from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.roles.portal import rules
from renkei.roles.portal.service.sealing import seal_blind
from renkei.roles.portal.store import findings
from renkei.roles.portal.store import lines as store
from renkei.wire import framing
from renkei.wire.errors import WireError
from renkei.wire.history import ExchangeRecord, Named, read_exchange, read_receipt
from renkei.wire.messages.exchange import PermitRequest
from renkei.wire.messages.log import (
    Feed,
    FeedAcknowledge,
    FeedAcknowledged,
    FeedLine,
    FeedRequest,
)
from renkei.wire.protocols import LinkageProtocol

_NOBODY = Named(id="unknown", name_ja="不明", name_en="unknown")


class FilingService:
    """Files what the network's feed holds (登録)."""

    def __init__(self, party: Party, database: Database, linkage: LinkageProtocol) -> None:
        self._party = party
        self._database = database
        self._linkage = linkage

    async def file(self, batch: int) -> int:
        """File at most a batch of lines; gives how many."""
        _ = self._party.directory  # without keys no box opens: wait, do not call lines misfits
        position = await self._database.read(store.position)
        if position.acknowledged < position.seq:
            await self._acknowledge(position.seq)
        feed = await self._fetch(position.seq, batch)
        rules.check_feed(feed, position.seq, position.log_size)
        if not feed.lines and feed.log_size == position.log_size:
            return 0
        entries = await asyncio.to_thread(lambda: [self._open(line) for line in feed.lines])
        now = self._party.now()
        await self._database.write(
            lambda c: store.file(c, position.seq, entries, feed.log_size, now)
        )
        if feed.lines:
            await self._acknowledge(feed.lines[-1].seq)
        return len(feed.lines)

    async def overdue(self, _batch: int) -> int:
        """Report codes that the set still lacks after a day; gives 0: a round has them all."""
        now = self._party.now()
        before = rules.overdue_before(now)
        await self._database.write(lambda c: findings.report_overdue(c, before, rules.NETWORK, now))
        return 0

    # -- steps -------------------------------------------------------------------------------

    async def _fetch(self, after: int, limit: int) -> Feed:
        request = FeedRequest(**self._party.envelope(rules.NETWORK), after=after, limit=limit)
        answer = await self._linkage.feed(self._party.write(request))
        return self._party.read(answer, (Feed,), peer=rules.NETWORK).message

    async def _acknowledge(self, through: int) -> None:
        message = FeedAcknowledge(**self._party.envelope(rules.NETWORK), through=through)
        answer = await self._linkage.feed_acknowledge(self._party.write(message))
        self._party.read(answer, (FeedAcknowledged,), peer=rules.NETWORK)
        await self._database.write(lambda c: store.acknowledge(c, through))

    def _open(self, line: FeedLine) -> store.Exchange | store.ReceiptEntry:
        entry = store.Entry(line.seq, line.leaf, line.salt, line.record)
        if line.kind == "receipt":
            return _receipt(entry)
        try:
            record = read_exchange(line.record)
        except WireError:
            misfit = rules.Misfit("The record is not one of an exchange.", (rules.NETWORK,))
            names = (_NOBODY, _NOBODY, _NOBODY)
            return store.Exchange(
                entry, rules.NETWORK, None, None, names, request=line.request, misfit=misfit
            )
        seed = self._seed(line, record)
        found = rules.open_line(line, record, seed, lambda: self._evidence(line))
        names = self._names(record)
        if isinstance(found, rules.Misfit):
            get_logger().warning("line-unassigned", leaf=line.leaf, reason=found.detail)
            return store.Exchange(
                entry, record.requester, None, None, names, request=line.request, misfit=found
            )
        blind = seal_blind(self._party, line.leaf, found.blind)
        return store.Exchange(
            entry, record.requester, found.code, blind, names, request=line.request, misfit=None
        )

    def _seed(self, line: FeedLine, record: ExchangeRecord) -> bytes | None:
        """What the box for the portal holds; None if it does not open."""
        if line.portal_seed is None:
            return None
        try:
            return self._party.unseal(record.requester, "portal-seed", record.tx, line.portal_seed)
        except WireError as error:
            if error.code == "directory-expired":
                raise
            return None

    def _evidence(self, line: FeedLine) -> rules.Evidence | None:
        """The inquirer's request if its signature holds; it proves nothing else."""
        if line.request is None:
            return None
        with suppress(WireError):
            raw = line.request.encode()
            letter = framing.read(raw, (PermitRequest,), self._party, aud=rules.NETWORK)
            return rules.Evidence(letter.message, letter.digest)
        return None

    def _names(self, record: ExchangeRecord) -> tuple[Named, Named, Named]:
        """Requester, office and provider as the directory names them today."""
        entries = self._party.directory.entries
        requester = entries.get(record.requester)
        offices = {one.office: one for one in requester.offices} if requester else {}
        office = offices.get(record.office)
        named = Named(id=record.office, name_ja=record.office, name_en=record.office)
        if office is not None:
            named = Named(id=office.office, name_ja=office.name_ja, name_en=office.name_en)
        return self._party_name(record.requester), named, self._party_name(record.provider)

    def _party_name(self, party: str) -> Named:
        entry = self._party.directory.entries.get(party)
        if entry is None:
            return Named(id=party, name_ja=party, name_en=party)
        return Named(id=party, name_ja=entry.name_ja, name_en=entry.name_en)


def _receipt(entry: store.Entry) -> store.ReceiptEntry:
    try:
        return store.ReceiptEntry(entry, read_receipt(entry.record))
    except WireError:
        get_logger().warning("receipt-unreadable", leaf=entry.leaf)
        return store.ReceiptEntry(entry, None)

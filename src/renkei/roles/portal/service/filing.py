"""Reading the feed and filing each line under the code it opens to (開示記録の登録).

Compare with what was signed, open, file with the place in the feed in one transaction; acknowledge
once a ledger with the line is stated. What dies between two of these is done again from what is
filed: nothing is filed twice and nothing is lost.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace

from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.roles.portal import rules
from renkei.roles.portal.service.sealing import seal_blind
from renkei.roles.portal.store import findings, ledger
from renkei.roles.portal.store import lines as store
from renkei.wire.boxes import BoxPurpose
from renkei.wire.entries import ExchangeRecord, ReceiptRecord, read_entry
from renkei.wire.errors import WireError
from renkei.wire.fields import Box
from renkei.wire.framing import Letter
from renkei.wire.history import Named
from renkei.wire.linkage.calls import FEED, FEED_ACKNOWLEDGE
from renkei.wire.linkage.log import Feed, FeedAcknowledge, FeedLine, FeedRequest
from renkei.wire.linkage.permit import EarlierRequest, StrippedRequest
from renkei.wire.names import LINKAGE

_NOBODY = Named(id="unknown", name_ja="不明", name_en="unknown")
OVERDUE_BATCH = 500
"""Codes reported in one write."""

Filed = store.Exchange | store.ReceiptEntry


class FilingService:
    """Files what the network's feed holds (登録)."""

    def __init__(self, party: Party, database: Database, linkage: Counterparty) -> None:
        self._party = party
        self._database = database
        self._linkage = linkage

    async def file(self, batch: int) -> int:
        """File at most a batch of lines; gives how many."""
        _ = self._party.directory  # without keys no box opens: wait, do not call lines misfits
        position, stated = await self._database.read(
            lambda c: (store.position(c), ledger.stated(c))
        )
        through = min(position.seq, stated.log_size) if stated is not None else 0
        if stated is not None and through > position.acknowledged:
            await self._acknowledge(through, stated.statement)
        feed = (await self._fetch(position.seq, batch)).message
        rules.check_feed(feed, position.seq, position.log_size)
        if not feed.lines and feed.log_size == position.log_size:
            return 0
        opened = await asyncio.to_thread(lambda: [self.open_line(line) for line in feed.lines])
        entries = await self._alone_if_wrong(position.seq, opened)
        now = self._party.now()
        await self._database.write(
            lambda c: store.file(c, position.seq, entries, feed.log_size, now)
        )
        return len(feed.lines)

    async def overdue(self) -> None:
        """Report codes that the set still lacks after a day."""
        now = self._party.now()
        before = rules.overdue_before(now)
        found = OVERDUE_BATCH
        while found == OVERDUE_BATCH:
            found = await self._database.write(
                lambda c: findings.report_overdue(c, before, LINKAGE, now, limit=OVERDUE_BATCH)
            )

    # -- steps -------------------------------------------------------------------------------

    async def _fetch(self, after: int, limit: int) -> Letter[Feed]:
        request = FeedRequest(**self._party.envelope(LINKAGE), after=after, limit=limit)
        return await self._linkage.send(FEED, self._party.write(request))

    async def _alone_if_wrong(self, after: int, opened: list[Filed]) -> list[Filed]:
        """Lines that are wrong, each fetched again by itself; of those that are lost the first."""
        lost, entries = False, []
        for one in opened:
            misfit = one.misfit if isinstance(one, store.Exchange) else None
            again = misfit is not None and not (misfit.lost and lost)
            lost = lost or (misfit is not None and misfit.lost)
            entries.append(await self._alone(after, one) if again else one)
        return entries

    async def _alone(self, after: int, one: Filed) -> Filed:
        """A line that is wrong, fetched again by itself: that letter shows who said what.

        What the network signs the second time counts; if it is right then, nothing was wrong.
        """
        letter = await self._fetch(one.entry.seq - 1, 1)
        lines = letter.message.lines
        if len(lines) != 1 or lines[0].seq != one.entry.seq:
            raise WireError("unavailable", "The network's feed has not the line it had before.")
        rules.check_feed(letter.message, after, 0)
        again = await asyncio.to_thread(self.open_line, lines[0])
        if isinstance(again, store.Exchange) and again.misfit is not None:
            return replace(again, feed=letter.raw.decode("ascii"))
        return again

    async def _acknowledge(self, through: int, statement: str | None) -> None:
        message = FeedAcknowledge(
            **self._party.envelope(LINKAGE), through=through, statement=statement
        )
        await self._linkage.ask(FEED_ACKNOWLEDGE, message)
        await self._database.write(lambda c: store.acknowledge(c, through))

    def open_line(self, line: FeedLine) -> Filed:
        """What a line of the feed is filed as."""
        entry = store.Entry(line.seq, line.leaf, line.salt, line.record)
        if line.kind == "receipt":
            return _receipt(entry)
        try:
            record = read_entry(line.record, ExchangeRecord)
        except WireError:
            misfit = rules.Misfit("The record is not one of an exchange.", (LINKAGE,))
            names = (_NOBODY, _NOBODY, _NOBODY)
            return store.Exchange(
                entry, LINKAGE, None, None, names, request=line.request, misfit=misfit
            )
        evidence = self._evidence(line, record)
        found = rules.read_line(line, record, evidence, lambda box: self.opened(record, box))
        code = blind = None
        if found.opened is not None:
            code = found.opened.code
            blind = seal_blind(self._party, line.leaf, found.opened.blind)
        if found.misfit is not None:
            get_logger().warning("line-wrong", leaf=line.leaf, reason=found.misfit.detail)
        strippable = evidence is not None and isinstance(evidence.request, StrippedRequest)
        return store.Exchange(
            entry,
            record.requester,
            code,
            blind,
            self._names(record),
            request=line.request,
            misfit=found.misfit,
            signed=line.request if strippable else None,
        )

    def opened(self, record: ExchangeRecord, box: Box) -> bytes | None:
        """What the box for the portal holds; None if it does not open."""
        party, about = self._party, (record.requester, record.tx)
        try:
            if record.portal_box is None:  # of the older form
                return party.unseal(record.requester, BoxPurpose.PORTAL_SEED, record.tx, box)
            return party.unseal_seed(BoxPurpose.PORTAL_SEED, about, box)
        except WireError as error:
            if error.code == "directory-expired":
                raise
            return None

    def _evidence(self, line: FeedLine, record: ExchangeRecord) -> rules.Evidence | None:
        """The inquirer's request if its signature holds, in the form that the record is of."""
        if line.request is None:
            return None
        form = EarlierRequest if record.portal_box is None else StrippedRequest
        with suppress(WireError):
            letter = self._party.read_inside(line.request, (form,), aud=LINKAGE)
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
        return store.ReceiptEntry(entry, read_entry(entry.record, ReceiptRecord))
    except WireError:
        get_logger().warning("receipt-unreadable", leaf=entry.leaf)
        return store.ReceiptEntry(entry, None)

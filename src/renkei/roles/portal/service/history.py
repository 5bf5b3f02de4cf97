"""A person's history: who they are, and what they read (やりとり履歴の表示).

No number of any person is known here; who is signed in is the door's matter.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from renkei.crypto import jws
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.portal import rules
from renkei.roles.portal.service.codes import CodeService
from renkei.roles.portal.store import codes, comparisons, lines
from renkei.roles.portal.store import ledger as store
from renkei.wire.deriving import decision_in, record_of
from renkei.wire.entries import ExchangeRecord, read_entry
from renkei.wire.errors import WireError
from renkei.wire.fields import listed
from renkei.wire.framing import parse
from renkei.wire.history import HistoryLine, HistoryView, Named
from renkei.wire.linkage.permit import StrippedRequest
from renkei.wire.portal.messages import AcceptedLoss, LedgerStatement


@dataclass(frozen=True, slots=True)
class Person:
    """Whose history is read: a code, and in the sandbox as which persona (閲覧者)."""

    code: bytes = field(repr=False)
    persona: str


class HistoryService:
    """Finds out who somebody is and shows them what stands under their code."""

    def __init__(self, party: Party, database: Database, acquiring: CodeService) -> None:
        self._party = party
        self._database = database
        self._acquiring = acquiring

    async def person(self, persona: str) -> Person:
        """SANDBOX: who a persona is, by a real acquisition (試験用の本人指定)."""
        if not rules.is_persona(persona):
            raise WireError("person-unknown", "A persona's name is of a-z, 0-9 and hyphens.")
        return Person(await self._acquiring.of_persona(persona), persona)

    async def view(self, code: bytes, start: int | None = None) -> HistoryView:
        """20 lines of a code, newest first, from line `start` down or the newest (履歴の閲覧).

        A page is named by a line's number, which never changes: what comes in while somebody reads
        moves nothing. Raises WireError `person-unknown` for a code that is not in the set.
        """
        now = self._party.now()
        return await self._database.read(lambda c: _view(c, code, start, now))


def _view(connection: Connection, code: bytes, start: int | None, now: datetime) -> HistoryView:
    account = codes.account_of(connection, code)
    if account is None:
        raise WireError("person-unknown", "The set of valid codes does not have this one.")
    position = lines.position(connection)
    cosigned = store.newest_checkpoint(connection, 1 << 62)
    witnessed = cosigned.log_size if cosigned is not None else 0
    total, stated = lines.count(connection, account), store.stated(connection)
    last = total if start is None else min(start, total)
    shown = lines.numbered(connection, account, last - rules.PAGE_LINES + 1, last)[::-1]
    return HistoryView(
        lines=_lines(connection, shown, witnessed),
        total=total,
        log_size=position.log_size,
        witnessed_size=witnessed,
        witnessed_at=cosigned.cosigned_at if cosigned is not None else None,
        shown_at=now,
        stated_size=stated.log_size if stated is not None else 0,
        unassigned=lines.unassigned(connection),
        loss=_loss(stated),
        comparisons=comparisons.of_code(connection, code) if start is None else [],
    )


def _loss(stated: store.Given | None) -> AcceptedLoss | None:
    """What the Commission states to be gone; its signature was checked when the statement came."""
    if stated is None or stated.statement is None:
        return None
    loss = parse(stated.statement.encode(), (LedgerStatement,))[1].loss
    return loss if isinstance(loss, AcceptedLoss) else None


def _lines(connection: Connection, shown: list[lines.Filed], witnessed: int) -> list[HistoryLine]:
    records = [read_entry(one.record, ExchangeRecord) for one in shown]
    named = [(record.requester, record.tx, record.commitment) for record in records]
    receipts = lines.receipts(connection, named, 1 << 62)
    return [
        _line(one, record, receipts[name], witnessed)
        for one, record, name in zip(shown, records, named, strict=True)
    ]


def _line(
    one: lines.Filed, record: ExchangeRecord, receipts: list[lines.FiledReceipt], witnessed: int
) -> HistoryLine:
    requester, office, provider = one.names
    asked, as_signed = _asked(one, record)
    outcomes = {receipt.sender: receipt.outcome for receipt in receipts}
    return HistoryLine(
        number=one.number,
        tx=record.tx,
        leaf=one.leaf,
        asked_at=asked.asked_at,
        requester=requester,
        office=office if asked.office == office.id else _unnamed(asked.office),
        provider=provider if asked.provider == provider.id else _unnamed(asked.provider),
        affair=asked.affair,
        sub_affair=asked.sub_affair,
        items=asked.items,
        subject=asked.subject,
        procedure=asked.procedure,
        conditions=list(listed(asked.conditions)),
        allowed=record.allowed,
        article=record.article,
        row=record.row,
        reason=record.reason,
        requester_outcome=outcomes.get(record.requester),
        provider_outcome=outcomes.get(record.provider),
        witnessed=one.leaf < witnessed,
        as_signed=as_signed,
    )


def _asked(one: lines.Filed, record: ExchangeRecord) -> tuple[ExchangeRecord, bool | None]:
    """The record as it follows from what was signed, and whether the network's is that one.

    Of the older form only the network's record is there.
    """
    if one.signed is None:
        return record, None
    # Its signature was verified when the line was filed.
    unverified, request = parse(one.signed.encode("ascii"), (StrippedRequest,))
    digest = jws.digest(unverified)
    derived = record_of(request, digest, decision_in(record), record.portal_digest)
    return derived, derived == record


def _unnamed(name: str) -> Named:
    return Named(id=name, name_ja=name, name_en=name)

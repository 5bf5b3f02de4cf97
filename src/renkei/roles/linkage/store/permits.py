"""Permits and refusals as answered, with the record written in the same transaction (許可証)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.kit.database.engine import Grammar
from renkei.kit.database.statements import Prepared, insert_new
from renkei.roles.linkage.rules import Exchange
from renkei.roles.linkage.store.log import append, append_all
from renkei.roles.linkage.store.tables import FEED, LEAF, PERMIT, RECEIPT
from renkei.wire.entries import EntryKind

Key = tuple[str, str]
"""Requester and transaction: what names an exchange."""

_FIND: Final = Prepared(
    sa.select(PERMIT.c.request_digest, PERMIT.c.reply).where(
        PERMIT.c.requester == sa.bindparam("requester"), PERMIT.c.tx == sa.bindparam("tx")
    )
)
_ADD: Final = Prepared(insert_new(PERMIT))
_FEED: Final = Prepared(FEED.insert())
_STRIP: Final = (
    PERMIT.update()
    .where(PERMIT.c.valid_until <= sa.bindparam("now"))
    .where(PERMIT.c.reply.is_not(None))
    .values(reply=None)
)


def _exchanges(grammar: Grammar) -> sa.Select[Any]:
    """Of each key: what was judged, and the receipt that `sender` has recorded for it."""
    keys, (requester, tx) = grammar.keys("keys", 2)
    # Outer joins also because they keep this order: each key is looked up, no table is scanned.
    permits = keys.outerjoin(PERMIT, (PERMIT.c.requester == requester) & (PERMIT.c.tx == tx))
    receipts = permits.outerjoin(
        RECEIPT,
        (RECEIPT.c.sender == sa.bindparam("sender"))
        & (RECEIPT.c.requester == requester)
        & (RECEIPT.c.tx == tx),
    )
    return sa.select(
        *(PERMIT.c.requester, PERMIT.c.tx, PERMIT.c.provider, PERMIT.c.commitment),
        *(PERMIT.c.allowed, RECEIPT.c.leaf, LEAF.c.record),
    ).select_from(receipts.outerjoin(LEAF, LEAF.c.seq == RECEIPT.c.leaf))


_EXCHANGES: Final = Prepared(_exchanges)
_ADD_RECEIPT: Final = Prepared(RECEIPT.insert())


@dataclass(frozen=True, slots=True)
class Stored:
    """What was answered to (A, tx): the request's digest and the reply, None once stripped."""

    request_digest: bytes
    reply: bytes | None


@dataclass(frozen=True, slots=True)
class Judged:
    """A judged request, ready to be written: reply, record, salt, and what the portal gets."""

    requester: str
    tx: str
    provider: str
    commitment: bytes
    allowed: bool
    request_digest: bytes
    reply: bytes
    record: bytes
    salt: bytes
    valid_until: datetime
    portal_code: bytes
    portal_seed: bytes
    request: str
    """The inquirer's signed request, the evidence should its line not open."""


@dataclass(frozen=True, slots=True)
class Known:
    """A judged request, and the receipt for it that the one who asks has recorded before."""

    exchange: Exchange
    noted: bool
    earlier: bytes | None
    """That receipt's record; None once retention has ended."""


def find(connection: Connection, requester: str, tx: str) -> Stored | None:
    """What was answered to this transaction before."""
    row = _FIND.run(connection, {"requester": requester, "tx": tx}).fetchone()
    return Stored(*row) if row is not None else None


def add(connection: Connection, judged: Judged) -> bool:
    """Write reply, record, pending leaf and feed line together.

    False where this transaction was answered before: then nothing is written.
    """
    written = _ADD.run(
        connection,
        {
            "requester": judged.requester,
            "tx": judged.tx,
            "provider": judged.provider,
            "commitment": judged.commitment,
            "allowed": judged.allowed,
            "request_digest": judged.request_digest,
            "reply": judged.reply,
            "valid_until": judged.valid_until,
        },
    )
    if not written.rowcount:
        return False
    _FEED.run(
        connection,
        {
            "leaf": append(connection, EntryKind.EXCHANGE, judged.record, judged.salt),
            "requester": judged.requester,
            "tx": judged.tx,
            "portal_code": judged.portal_code,
            "portal_seed": judged.portal_seed,
            "request": judged.request,
        },
    )
    return True


def strip_expired(connection: Connection, now: datetime) -> int:
    """Delete replies, with their boxes, of permits that have run out; gives how many."""
    return connection.execute(_STRIP, {"now": now}).rowcount


# -- receipts ------------------------------------------------------------------------------------


def exchanges(connection: Connection, sender: str, keys: Collection[Key]) -> dict[Key, Known]:
    """Those of some exchanges that were judged, as a sender of receipts needs them."""
    rows = _EXCHANGES.run(connection, {"keys": list(keys), "sender": sender}).fetchall()
    return {
        (requester, tx): Known(
            Exchange(requester, provider, commitment, bool(allowed)), leaf is not None, record
        )
        for requester, tx, provider, commitment, allowed, leaf, record in rows
        if provider is not None
    }


def add_receipts(
    connection: Connection, sender: str, receipts: Mapping[Key, tuple[bytes, bytes]]
) -> None:
    """Write receipts as log entries of their own kind; each is its record and a salt."""
    leaves = append_all(connection, EntryKind.RECEIPT, list(receipts.values()))
    rows = [
        {"sender": sender, "requester": requester, "tx": tx, "leaf": leaf}
        for (requester, tx), leaf in zip(receipts, leaves, strict=True)
    ]
    _ADD_RECEIPT.run_all(connection, rows)

"""Permits and refusals as answered, with the record written in the same transaction (許可証)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import sqlite

from renkei.kit.prepared import Prepared
from renkei.roles.linkage.rules import Exchange
from renkei.roles.linkage.store.log import EntryKind, append, append_all
from renkei.roles.linkage.store.tables import FEED, LEAF, PERMIT, RECEIPT

Key = tuple[str, str]
"""Requester and transaction: what names an exchange."""

_FIND: Final = Prepared(
    sa.select(PERMIT.c.request_digest, PERMIT.c.reply).where(
        PERMIT.c.requester == sa.bindparam("requester"), PERMIT.c.tx == sa.bindparam("tx")
    )
)
_ADD: Final = Prepared(
    sqlite.insert(PERMIT).on_conflict_do_nothing(index_elements=[PERMIT.c.requester, PERMIT.c.tx])
)
_FEED: Final = Prepared(FEED.insert())
_STRIP: Final = (
    PERMIT.update()
    .where(PERMIT.c.valid_until <= sa.bindparam("now"))
    .where(PERMIT.c.reply.is_not(None))
    .values(reply=None)
)
# A table of keys to join with: SQLite takes no index for `(a, b) IN (VALUES ...)`.
_KEYS: Final = sa.func.json_each(sa.bindparam("keys", type_=sa.String)).table_valued("value")
_REQUESTER: Final = sa.func.json_extract(_KEYS.c.value, "$[0]", type_=sa.String)
_TX: Final = sa.func.json_extract(_KEYS.c.value, "$[1]", type_=sa.String)
_PERMITS: Final = _KEYS.outerjoin(
    # Outer joins also because they keep this order: each key is looked up, no table is scanned.
    PERMIT,
    (PERMIT.c.requester == _REQUESTER) & (PERMIT.c.tx == _TX),
)
_RECEIPTS: Final = _PERMITS.outerjoin(
    RECEIPT,
    (RECEIPT.c.sender == sa.bindparam("sender"))
    & (RECEIPT.c.requester == _REQUESTER)
    & (RECEIPT.c.tx == _TX),
)
_EXCHANGES: Final = Prepared(
    sa.select(
        *(PERMIT.c.requester, PERMIT.c.tx, PERMIT.c.provider, PERMIT.c.commitment),
        *(PERMIT.c.allowed, RECEIPT.c.leaf, LEAF.c.record),
    ).select_from(_RECEIPTS.outerjoin(LEAF, LEAF.c.seq == RECEIPT.c.leaf))
)
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
            "valid_until": judged.valid_until.replace(tzinfo=None),
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
    return connection.execute(_STRIP, {"now": now.replace(tzinfo=None)}).rowcount


# -- receipts ------------------------------------------------------------------------------------


def exchanges(connection: Connection, sender: str, keys: Collection[Key]) -> dict[Key, Known]:
    """Those of some exchanges that were judged, as a sender of receipts needs them."""
    wanted = msgspec.json.encode(list(keys)).decode()
    rows = _EXCHANGES.run(connection, {"keys": wanted, "sender": sender}).fetchall()
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

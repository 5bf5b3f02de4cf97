"""Permits and refusals as answered, with the record written in the same transaction (許可証)."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.roles.linkage.rules import Exchange
from renkei.roles.linkage.store.log import EntryKind, append
from renkei.roles.linkage.store.tables import FEED, LEAF, PERMIT, RECEIPT


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


def find(connection: Connection, requester: str, tx: str) -> Stored | None:
    """What was answered to this transaction before."""
    row = connection.execute(
        sa.select(PERMIT.c.request_digest, PERMIT.c.reply).where(
            PERMIT.c.requester == requester, PERMIT.c.tx == tx
        )
    ).one_or_none()
    return Stored(row.request_digest, row.reply) if row is not None else None


def add(connection: Connection, judged: Judged) -> None:
    """Write record, pending leaf, feed line and reply together."""
    leaf = append(connection, EntryKind.EXCHANGE, judged.record, judged.salt)
    connection.execute(
        FEED.insert().values(
            leaf=leaf,
            requester=judged.requester,
            tx=judged.tx,
            portal_code=judged.portal_code,
            portal_seed=judged.portal_seed,
            request=judged.request,
        )
    )
    connection.execute(
        PERMIT.insert().values(
            requester=judged.requester,
            tx=judged.tx,
            provider=judged.provider,
            commitment=judged.commitment,
            allowed=judged.allowed,
            request_digest=judged.request_digest,
            reply=judged.reply,
            valid_until=judged.valid_until.replace(tzinfo=None),
        )
    )


def strip_expired(connection: Connection, now: datetime) -> int:
    """Delete replies, with their boxes, of permits that have run out; gives how many."""
    result = connection.execute(
        PERMIT.update()
        .where(PERMIT.c.valid_until <= now.replace(tzinfo=None))
        .where(PERMIT.c.reply.is_not(None))
        .values(reply=None)
    )
    return result.rowcount


def exchange(connection: Connection, requester: str, tx: str) -> Exchange | None:
    """What was judged under this transaction."""
    row = connection.execute(
        sa.select(
            PERMIT.c.requester, PERMIT.c.provider, PERMIT.c.commitment, PERMIT.c.allowed
        ).where(PERMIT.c.requester == requester, PERMIT.c.tx == tx)
    ).one_or_none()
    return Exchange(*row) if row is not None else None


@dataclass(frozen=True, slots=True)
class Received:
    """A receipt recorded before; `record` is None once retention has ended."""

    record: bytes | None


def receipt(connection: Connection, sender: str, requester: str, tx: str) -> Received | None:
    """This sender's receipt for (requester, tx), if it is recorded."""
    row = connection.execute(
        sa.select(LEAF.c.record)
        .join(RECEIPT, RECEIPT.c.leaf == LEAF.c.seq)
        .where(RECEIPT.c.sender == sender, RECEIPT.c.requester == requester, RECEIPT.c.tx == tx)
    ).one_or_none()
    return Received(row.record) if row is not None else None


def add_receipt(
    connection: Connection, key: tuple[str, str, str], record: bytes, salt: bytes
) -> None:
    """Write a receipt as a log entry of its own kind; `key` is sender, requester, tx."""
    leaf = append(connection, EntryKind.RECEIPT, record, salt)
    sender, requester, tx = key
    connection.execute(
        RECEIPT.insert().values(sender=sender, requester=requester, tx=tx, leaf=leaf)
    )

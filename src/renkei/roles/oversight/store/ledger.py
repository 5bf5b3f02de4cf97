"""Ledger roots found in the log, statements given, accounts sampled, directories signed (台帳)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.crypto.sum_tree import Account
from renkei.roles.oversight.rules import LedgerRecord
from renkei.roles.oversight.store.tables import (
    ACCOUNT,
    COUNTED,
    COUNTERSIGNED,
    LEDGER_LEAF,
    STATEMENT,
    naive,
)


@dataclass(frozen=True, slots=True)
class LoggedRoot:
    """A ledger root in the log, and the signed letter in which the network showed its record."""

    leaf: int
    ledger: LedgerRecord
    letter: bytes


@dataclass(frozen=True, slots=True)
class Stated:
    """One root for one log size: `signed` is None in the moment before it is signed."""

    ledger: LedgerRecord
    letter: bytes
    """The portal's signed answer on which the statement rests."""
    signed: bytes | None
    handed: bool


def unread_roots(connection: Connection, limit: int) -> dict[int, bytes]:
    """Leaves of ledger roots whose records were not read yet, with their entries."""
    query = (
        sa.select(LEDGER_LEAF.c.leaf, LEDGER_LEAF.c.entry)
        .where(LEDGER_LEAF.c.good.is_(None))
        .order_by(LEDGER_LEAF.c.leaf)
        .limit(limit)
    )
    return {row.leaf: row.entry for row in connection.execute(query)}


def read_root(connection: Connection, logged: LoggedRoot, *, good: bool) -> None:
    """Write what the record behind a leaf says; only a good one can be stated."""
    connection.execute(
        LEDGER_LEAF.update()
        .where(LEDGER_LEAF.c.leaf == logged.leaf)
        .values(
            log_size=logged.ledger.log_size,
            root=logged.ledger.root,
            exchange_entries=logged.ledger.exchange_entries,
            letter=logged.letter,
            good=good,
        )
    )


def reject_root(connection: Connection, leaf: int) -> None:
    """The record behind a leaf is not to be had or is none of a ledger."""
    connection.execute(LEDGER_LEAF.update().where(LEDGER_LEAF.c.leaf == leaf).values(good=False))


def _logged(row: sa.Row[Any]) -> LoggedRoot:
    record = LedgerRecord(
        log_size=row.log_size, root=row.root, exchange_entries=row.exchange_entries
    )
    return LoggedRoot(row.leaf, record, row.letter)


def first_root_at(connection: Connection, log_size: int) -> LoggedRoot | None:
    """The first good root the log holds for a log size."""
    query = (
        LEDGER_LEAF.select()
        .where(LEDGER_LEAF.c.log_size == log_size, LEDGER_LEAF.c.good)
        .order_by(LEDGER_LEAF.c.leaf)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return _logged(row) if row is not None else None


def newest_size(connection: Connection) -> int | None:
    """The largest log size for which the log, as far as it was read, holds a good root."""
    query = sa.select(sa.func.max(LEDGER_LEAF.c.log_size)).where(
        LEDGER_LEAF.c.good, LEDGER_LEAF.c.leaf < sa.select(COUNTED.c.size).scalar_subquery()
    )
    found: int | None = connection.execute(query).scalar_one()
    return found


def statement(connection: Connection, log_size: int) -> Stated | None:
    """What was stated for a log size."""
    row = connection.execute(
        STATEMENT.select().where(STATEMENT.c.log_size == log_size)
    ).one_or_none()
    return _stated(row) if row is not None else None


def _stated(row: sa.Row[Any]) -> Stated:
    record = LedgerRecord(
        log_size=row.log_size, root=row.root, exchange_entries=row.exchange_entries
    )
    return Stated(record, row.letter, row.signed, row.handed)


def decide(connection: Connection, ledger: LedgerRecord, letter: bytes) -> Stated:
    """Fix the one root of a log size, before it is signed; an earlier decision stands."""
    known = statement(connection, ledger.log_size)
    if known is not None:
        return known
    connection.execute(
        STATEMENT.insert().values(
            log_size=ledger.log_size,
            root=ledger.root,
            exchange_entries=ledger.exchange_entries,
            letter=letter,
            handed=False,
        )
    )
    return Stated(ledger, letter, None, False)


def signed(connection: Connection, log_size: int, raw: bytes) -> None:
    """Write the signed statement."""
    connection.execute(
        STATEMENT.update().where(STATEMENT.c.log_size == log_size).values(signed=raw)
    )


def handed(connection: Connection, log_size: int) -> None:
    """The portal keeps the statement."""
    connection.execute(
        STATEMENT.update().where(STATEMENT.c.log_size == log_size).values(handed=True)
    )


def to_hand(connection: Connection, limit: int) -> list[Stated]:
    """Statements decided and not with the portal yet."""
    query = (
        STATEMENT.select()
        .where(STATEMENT.c.handed.is_(False))
        .order_by(STATEMENT.c.log_size)
        .limit(limit)
    )
    return [_stated(row) for row in connection.execute(query)]


def newest_statement(connection: Connection) -> Stated | None:
    """The statement of the largest log size."""
    row = connection.execute(
        STATEMENT.select().order_by(STATEMENT.c.log_size.desc()).limit(1)
    ).one_or_none()
    return _stated(row) if row is not None else None


def places(connection: Connection, start: bytes, limit: int) -> dict[bytes, tuple[Account, bytes]]:
    """Sampled accounts from a place on, wrapping around, each with its letter's digest."""
    found: dict[bytes, tuple[Account, bytes]] = {}
    for wrapped in (ACCOUNT.c.place >= start, ACCOUNT.c.place < start):
        query = ACCOUNT.select().where(wrapped).order_by(ACCOUNT.c.place)
        for row in connection.execute(query.limit(limit - len(found))):
            # `row.count` is a method of the tuple that a row is
            account = Account(row.head, row._mapping["count"])
            found[row.place] = (account, row.letter)
    return found


def remember(
    connection: Connection, place: bytes, account: Account, log_size: int, letter: bytes
) -> None:
    """Keep a sampled account as its newest state; an older log size changes nothing."""
    values = {
        "head": account.head,
        "count": account.count,
        "log_size": log_size,
        "letter": letter,
    }
    row = connection.execute(
        sa.select(ACCOUNT.c.log_size).where(ACCOUNT.c.place == place)
    ).one_or_none()
    if row is None:
        connection.execute(ACCOUNT.insert().values(place=place, **values))
    elif row.log_size <= log_size:
        connection.execute(ACCOUNT.update().where(ACCOUNT.c.place == place).values(**values))


def countersigned(connection: Connection, version: int) -> bytes | None:
    """The digest signed for a directory version, if any."""
    found: bytes | None = connection.execute(
        sa.select(COUNTERSIGNED.c.digest).where(COUNTERSIGNED.c.version == version)
    ).scalar_one_or_none()
    return found


def countersign(connection: Connection, version: int, digest: bytes, now: datetime) -> bytes:
    """Fix the one content of a version before it is signed; gives the digest that stands."""
    known = countersigned(connection, version)
    if known is not None:
        return known
    connection.execute(COUNTERSIGNED.insert().values(version=version, digest=digest, at=naive(now)))
    return digest


def account(connection: Connection, place: bytes) -> tuple[Account, bytes] | None:
    """A place's newest state and the digest of the letter that showed it."""
    row = connection.execute(ACCOUNT.select().where(ACCOUNT.c.place == place)).one_or_none()
    return (Account(row.head, row._mapping["count"]), row.letter) if row is not None else None

"""Ledger roots found in the log, statements given, directories signed (台帳)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.roles.oversight.store.tables import COUNTED, COUNTERSIGNED, LEDGER_LEAF, STATEMENT
from renkei.wire.entries import LedgerRecord
from renkei.wire.history import LEDGER_FORM

_UNREAD: Final = (
    sa.select(LEDGER_LEAF.c.leaf, LEDGER_LEAF.c.entry)
    .where(LEDGER_LEAF.c.good.is_(None))
    .order_by(LEDGER_LEAF.c.leaf)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_READ: Final = LEDGER_LEAF.update().where(LEDGER_LEAF.c.leaf == sa.bindparam("at"))
_FIRST: Final = (
    sa.select(LEDGER_LEAF)
    .where(LEDGER_LEAF.c.log_size == sa.bindparam("size"), LEDGER_LEAF.c.good)
    .order_by(LEDGER_LEAF.c.leaf)
    .limit(1)
)
_NEWEST: Final = (
    sa.select(LEDGER_LEAF.c.log_size)
    .where(
        LEDGER_LEAF.c.log_size.is_not(None),
        LEDGER_LEAF.c.good,
        LEDGER_LEAF.c.leaf < sa.select(COUNTED.c.size).scalar_subquery(),
    )
    # In order of the index: the newest is found without reading all.
    .order_by(LEDGER_LEAF.c.log_size.desc())
    .limit(1)
)
_STATEMENT: Final = sa.select(STATEMENT).where(STATEMENT.c.log_size == sa.bindparam("size"))
_STATE: Final = STATEMENT.insert()
_CHANGE: Final = STATEMENT.update().where(STATEMENT.c.log_size == sa.bindparam("size"))
_TO_HAND: Final = (
    sa.select(STATEMENT)
    .where(STATEMENT.c.handed.is_(False))
    .order_by(STATEMENT.c.log_size)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_LAST: Final = sa.select(STATEMENT).order_by(STATEMENT.c.log_size.desc()).limit(1)


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
    form: int
    """What the ledger binds; `LEDGER_FORM` for the one of today."""


def unread_roots(connection: Connection, limit: int) -> dict[int, bytes]:
    """Leaves of ledger roots whose records were not read yet, with their entries."""
    return {row.leaf: row.entry for row in connection.execute(_UNREAD, {"most": limit})}


def read_root(connection: Connection, logged: LoggedRoot, *, good: bool) -> None:
    """Write what the record behind a leaf says; only a good one can be stated."""
    values = {
        "at": logged.leaf,
        "log_size": logged.ledger.log_size,
        "root": logged.ledger.root,
        "exchange_entries": logged.ledger.exchange_entries,
        "letter": logged.letter,
        "good": good,
    }
    connection.execute(_READ, values)


def reject_root(connection: Connection, leaf: int) -> None:
    """The record behind a leaf is not to be had or is none of a ledger."""
    connection.execute(_READ, {"at": leaf, "good": False})


def _logged(row: sa.Row[Any]) -> LoggedRoot:
    record = LedgerRecord(
        log_size=row.log_size, root=row.root, exchange_entries=row.exchange_entries
    )
    return LoggedRoot(row.leaf, record, row.letter)


def first_root_at(connection: Connection, log_size: int) -> LoggedRoot | None:
    """The first good root the log holds for a log size."""
    row = connection.execute(_FIRST, {"size": log_size}).one_or_none()
    return _logged(row) if row is not None else None


def newest_size(connection: Connection) -> int | None:
    """The largest log size for which the log, as far as it was read, holds a good root."""
    found: int | None = connection.execute(_NEWEST).scalar_one_or_none()
    return found


def statement(connection: Connection, log_size: int) -> Stated | None:
    """What was stated for a log size."""
    row = connection.execute(_STATEMENT, {"size": log_size}).one_or_none()
    return _stated(row) if row is not None else None


def _stated(row: sa.Row[Any]) -> Stated:
    record = LedgerRecord(
        log_size=row.log_size, root=row.root, exchange_entries=row.exchange_entries
    )
    return Stated(record, row.letter, row.signed, row.handed, row.form)


def decide(connection: Connection, ledger: LedgerRecord, letter: bytes) -> Stated:
    """Fix the one root of a log size, before it is signed; an earlier decision stands."""
    known = statement(connection, ledger.log_size)
    if known is not None:
        return known
    values = {
        "log_size": ledger.log_size,
        "root": ledger.root,
        "exchange_entries": ledger.exchange_entries,
        "letter": letter,
        "handed": False,
        "form": LEDGER_FORM,
    }
    connection.execute(_STATE, values)
    return Stated(ledger, letter, None, False, LEDGER_FORM)


def signed(connection: Connection, log_size: int, raw: bytes) -> None:
    """Write the signed statement."""
    connection.execute(_CHANGE, {"size": log_size, "signed": raw})


def handed(connection: Connection, log_size: int) -> None:
    """The portal keeps the statement."""
    connection.execute(_CHANGE, {"size": log_size, "handed": True})


def to_hand(connection: Connection, limit: int) -> list[Stated]:
    """Statements decided and not with the portal yet."""
    return [_stated(row) for row in connection.execute(_TO_HAND, {"most": limit})]


def newest_statement(connection: Connection) -> Stated | None:
    """The statement of the largest log size."""
    row = connection.execute(_LAST).one_or_none()
    return _stated(row) if row is not None else None


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
    connection.execute(COUNTERSIGNED.insert().values(version=version, digest=digest, at=now))
    return digest

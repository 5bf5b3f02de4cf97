"""Lines as filed, each under one account, and how far the feed is filed (履歴の行).

A batch of the feed, its place in the feed and the findings it gives are one transaction: a line is
filed once whatever happens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.crypto.digests import entry_hash
from renkei.roles.portal.rules import Misfit, place_of
from renkei.roles.portal.store import findings
from renkei.roles.portal.store.tables import ACCOUNT, LINE, POSITION, RECEIPT
from renkei.wire.fields import Outcome, PartyId
from renkei.wire.history import (
    EXCHANGE_ENTRY,
    FIRST_HEAD,
    UNASSIGNED_PLACE,
    Named,
    ReceiptRecord,
    line_head,
)

# Statements are built once: building one costs several times what running it does.
_POSITION: Final = sa.select(POSITION.c.seq, POSITION.c.log_size, POSITION.c.acknowledged)
_ACKNOWLEDGE: Final = POSITION.update().values(acknowledged=sa.bindparam("through"))
_ADVANCE: Final = POSITION.update().values(seq=sa.bindparam("last"), log_size=sa.bindparam("size"))
_ADD_RECEIPTS: Final = RECEIPT.insert()
_ADD_LINES: Final = LINE.insert()
_GROW: Final = (
    ACCOUNT.update()
    .where(ACCOUNT.c.id == sa.bindparam("account"))
    .values(head=sa.bindparam("new_head"), count=sa.bindparam("new_count"))
)
_ACCOUNTS: Final = sa.select(
    ACCOUNT.c.place, ACCOUNT.c.id, ACCOUNT.c.head, ACCOUNT.c.count.label("lines")
).where(ACCOUNT.c.place.in_(sa.bindparam("places", expanding=True)))
_OPEN_ACCOUNT: Final = ACCOUNT.insert()
_BETWEEN: Final = [
    sa.select(table.c.leaf)
    .where(table.c.leaf >= sa.bindparam("start"), table.c.leaf < sa.bindparam("end"))
    .limit(1)
    for table in (LINE, RECEIPT)
]


@dataclass(frozen=True, slots=True)
class Entry:
    """What every line of the feed is: its number there, its leaf, salt and record."""

    seq: int
    leaf: int
    salt: bytes
    record: bytes


@dataclass(frozen=True, slots=True)
class Exchange:
    """An exchange entry to file: under a code, with r encrypted, or under nobody's."""

    entry: Entry
    requester: str
    code: bytes | None
    blind: bytes | None
    names: tuple[Named, Named, Named]
    """Requester, office, provider, as the directory has them now."""
    request: str | None
    misfit: Misfit | None


@dataclass(frozen=True, slots=True)
class ReceiptEntry:
    """A receipt entry to file; None where its record is not one."""

    entry: Entry
    record: ReceiptRecord | None


@dataclass(frozen=True, slots=True)
class Position:
    """How far the feed is filed, up to which log size that is all, how far the network knows."""

    seq: int
    log_size: int
    acknowledged: int


@dataclass(frozen=True, slots=True)
class Filed:
    """A line as filed, with the receipts that belong to it."""

    leaf: int
    number: int
    salt: bytes
    record: bytes
    blind: bytes | None
    names: tuple[Named, Named, Named]
    code: bytes | None
    account: int


@dataclass(frozen=True, slots=True)
class FiledReceipt:
    """A receipt as filed."""

    leaf: int
    sender: PartyId
    outcome: Outcome
    salt: bytes
    record: bytes


@dataclass(slots=True)
class _Account:
    """An account while a batch is filed."""

    id: int
    head: bytes
    count: int


def position(connection: Connection) -> Position:
    """How far everything is."""
    return Position(*connection.execute(_POSITION).one())


def acknowledge(connection: Connection, through: int) -> None:
    """The network knows that everything through this number is filed."""
    connection.execute(_ACKNOWLEDGE, {"through": through})


def file(
    connection: Connection,
    after: int,
    entries: Sequence[Exchange | ReceiptEntry],
    log_size: int,
    now: datetime,
) -> None:
    """File a batch that follows line `after`; nothing if another round has filed it already."""
    if position(connection).seq != after:
        return
    exchanges = [one for one in entries if isinstance(one, Exchange)]
    receipts_ = [one for one in entries if isinstance(one, ReceiptEntry)]
    if exchanges:
        _file_exchanges(connection, exchanges, now)
    if receipts_:
        connection.execute(_ADD_RECEIPTS, [_receipt_row(one) for one in receipts_])
    seq = entries[-1].entry.seq if entries else after
    connection.execute(_ADVANCE, {"last": seq, "size": log_size})


def _file_exchanges(connection: Connection, exchanges: list[Exchange], now: datetime) -> None:
    """Number, chain and write the lines; few statements, whatever the size of the batch."""
    accounts = _accounts(connection, exchanges, now)
    rows = []
    for one in exchanges:
        account = accounts[_place(one)]
        account.count += 1
        hashed = entry_hash(EXCHANGE_ENTRY, one.entry.record, one.entry.salt)
        account.head = line_head(account.head, account.count, hashed)
        rows.append(_line_row(one, account, now))
        if one.misfit is not None:
            found = findings.New(
                "unassigned", one.entry.leaf, one.misfit.parties, one.misfit.detail
            )
            findings.add(connection, found, one.request, now)
    connection.execute(_ADD_LINES, rows)
    connection.execute(
        _GROW,
        [
            {"account": one.id, "new_head": one.head, "new_count": one.count}
            for one in accounts.values()
        ],
    )


def _place(one: Exchange) -> bytes:
    return UNASSIGNED_PLACE if one.code is None else place_of(one.code)


def _line_row(one: Exchange, account: _Account, now: datetime) -> dict[str, object]:
    return {
        "leaf": one.entry.leaf,
        "seq": one.entry.seq,
        "account": account.id,
        "number": account.count,
        "salt": one.entry.salt,
        "record": one.entry.record,
        "blind": one.blind,
        "head": account.head,
        "names": msgspec.json.encode(one.names),
        "filed_at": now.replace(tzinfo=None),
    }


def _receipt_row(one: ReceiptEntry) -> dict[str, object]:
    record = one.record
    return {
        "leaf": one.entry.leaf,
        "seq": one.entry.seq,
        "requester": record.requester if record else None,
        "tx": record.tx if record else None,
        "sender": record.sender if record else None,
        "outcome": record.outcome if record else None,
        "commitment": record.commitment if record else None,
        "salt": one.entry.salt,
        "record": one.entry.record,
    }


def _accounts(
    connection: Connection, exchanges: list[Exchange], now: datetime
) -> dict[bytes, _Account]:
    """The accounts of a batch by place; a code that the set lacks gets one, unconfirmed."""
    first: dict[bytes, Exchange] = {}
    for one in exchanges:
        first.setdefault(_place(one), one)
    rows = connection.execute(_ACCOUNTS, {"places": list(first)})
    found = {place: _Account(number, head, lines) for place, number, head, lines in rows}
    for place, one in first.items():
        if place not in found:
            found[place] = _open_account(connection, place, one, now)
    return found


def _open_account(connection: Connection, place: bytes, one: Exchange, now: datetime) -> _Account:
    stranger = one.code is not None
    values = {
        "code": one.code,
        "place": place,
        "in_set": not stranger,
        "head": FIRST_HEAD,
        "count": 0,
        "first_leaf": one.entry.leaf if stranger else None,
        "first_at": now.replace(tzinfo=None) if stranger else None,
        "first_requester": one.requester if stranger else None,
        "first_request": one.request if stranger else None,
        "reported": False,
    }
    key = connection.execute(_OPEN_ACCOUNT, values).inserted_primary_key
    assert key is not None
    return _Account(int(key[0]), FIRST_HEAD, 0)


_LINE = sa.select(
    LINE.c.leaf,
    LINE.c.number,
    LINE.c.salt,
    LINE.c.record,
    LINE.c.blind,
    LINE.c.names,
    ACCOUNT.c.code,
    LINE.c.account,
).select_from(LINE.join(ACCOUNT, LINE.c.account == ACCOUNT.c.id))


def _filed(row: sa.Row[tuple[object, ...]]) -> Filed:
    data = dict(row._mapping)
    data["names"] = msgspec.json.decode(data["names"], type=tuple[Named, Named, Named])
    return Filed(**data)


def newest(connection: Connection, account: int, limit: int, skip: int) -> list[Filed]:
    """An account's lines, newest first."""
    query = _LINE.where(LINE.c.account == account).order_by(LINE.c.number.desc())
    return [_filed(row) for row in connection.execute(query.limit(limit).offset(skip))]


def below(connection: Connection, account: int, log_size: int) -> list[Filed]:
    """An account's lines within a log size, oldest first."""
    query = _LINE.where(LINE.c.account == account).where(LINE.c.leaf < log_size)
    return [_filed(row) for row in connection.execute(query.order_by(LINE.c.number))]


def at_leaf(connection: Connection, leaf: int) -> Filed | None:
    """The line of one leaf."""
    row = connection.execute(_LINE.where(LINE.c.leaf == leaf)).one_or_none()
    return _filed(row) if row is not None else None


def count(connection: Connection, account: int) -> int:
    """How many lines an account has."""
    query = sa.select(ACCOUNT.c.count).where(ACCOUNT.c.id == account)
    return int(connection.execute(query).scalar_one())


def receipts(
    connection: Connection, exchange: tuple[str, str], commitment: bytes, log_size: int
) -> list[FiledReceipt]:
    """Receipts of one exchange within a log size; `exchange` is requester and tx."""
    requester, tx = exchange
    query = (
        sa.select(
            RECEIPT.c.leaf, RECEIPT.c.sender, RECEIPT.c.outcome, RECEIPT.c.salt, RECEIPT.c.record
        )
        .where(RECEIPT.c.requester == requester)
        .where(RECEIPT.c.tx == tx)
        .where(RECEIPT.c.commitment == commitment)
        .where(RECEIPT.c.leaf < log_size)
        .order_by(RECEIPT.c.leaf)
    )
    return [FiledReceipt(*row) for row in connection.execute(query)]


def any_between(connection: Connection, start: int, end: int) -> bool:
    """Whether a line or receipt was filed with a leaf from `start` up to `end`."""
    part = {"start": start, "end": end}
    return any(connection.execute(query, part).first() is not None for query in _BETWEEN)

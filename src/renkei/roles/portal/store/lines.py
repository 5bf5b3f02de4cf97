"""Lines as filed, each under one account, and how far the feed is filed (履歴の行).

A batch of the feed, its place in the feed and the findings it gives are one transaction: a line is
filed once whatever happens.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.crypto.account_tree import line_hash
from renkei.crypto.digests import entry_hash, log_entry
from renkei.crypto.merkle import HASH_BYTES, Frontier, GetHash
from renkei.kit.database.engine import Grammar
from renkei.kit.database.statements import Prepared
from renkei.roles.portal.rules import FLOOD_LINES, Misfit, place_of
from renkei.roles.portal.store import findings, floods
from renkei.roles.portal.store.tables import ACCOUNT, LINE, POSITION, RECEIPT
from renkei.wire.entries import EntryKind, ReceiptRecord
from renkei.wire.fields import Outcome, PartyId
from renkei.wire.history import UNASSIGNED_PLACE, Named

# Statements are built once: building one costs several times what running it does.
_POSITION: Final = sa.select(POSITION.c.seq, POSITION.c.log_size, POSITION.c.acknowledged)
_ACKNOWLEDGE: Final = POSITION.update().values(acknowledged=sa.bindparam("through"))
_ADVANCE: Final = POSITION.update().values(seq=sa.bindparam("last"), log_size=sa.bindparam("size"))
_ADD_RECEIPTS: Final = RECEIPT.insert()
_ADD_LINES: Final = LINE.insert()
_GROW: Final = (
    ACCOUNT.update()
    .where(ACCOUNT.c.id == sa.bindparam("account"))
    .values(peaks=sa.bindparam("new_peaks"), count=sa.bindparam("new_count"))
)
_ACCOUNTS: Final = sa.select(
    ACCOUNT.c.place, ACCOUNT.c.id, ACCOUNT.c.peaks, ACCOUNT.c.count.label("lines")
).where(ACCOUNT.c.place.in_(sa.bindparam("places", expanding=True)))
_OPEN_ACCOUNT: Final = ACCOUNT.insert()
_NODES: Final = sa.select(LINE.c.nodes).where(
    LINE.c.account == sa.bindparam("account"), LINE.c.number == sa.bindparam("number")
)
_BETWEEN: Final = [
    sa.select(table.c.leaf)
    .where(table.c.leaf >= sa.bindparam("start"), table.c.leaf < sa.bindparam("end"))
    .limit(1)
    for table in (LINE, RECEIPT)
]

_FILED: Final = [
    (
        kind,
        sa.select(table.c.leaf, table.c.salt, table.c.record).where(
            table.c.leaf >= sa.bindparam("start"), table.c.leaf < sa.bindparam("end")
        ),
    )
    for kind, table in ((EntryKind.EXCHANGE, LINE), (EntryKind.RECEIPT, RECEIPT))
]


def _receipts(grammar: Grammar) -> sa.Select[Any]:
    keys, (requester, tx) = grammar.keys("keys", 2)
    of = keys.join(RECEIPT, (RECEIPT.c.requester == requester) & (RECEIPT.c.tx == tx))
    return (
        sa.select(
            *(RECEIPT.c.requester, RECEIPT.c.tx, RECEIPT.c.commitment, RECEIPT.c.leaf),
            *(RECEIPT.c.sender, RECEIPT.c.outcome, RECEIPT.c.salt, RECEIPT.c.record),
        )
        .select_from(of)
        .where(RECEIPT.c.leaf < sa.bindparam("size"))
        .order_by(RECEIPT.c.leaf)
    )


_RECEIPTS: Final = Prepared(_receipts)
Exchanged = tuple[str, str, bytes]
"""What names an exchange in the ledger: requester, transaction, commitment."""


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
    signed: str | None = None
    """The inquirer's signed request, without boxes; None where the older form has none."""
    feed: str | None = None
    """The network's signed letter with this line alone, where something is wrong with it."""


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
    signed: str | None


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
    tree: Frontier


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
    """Number the lines, add them to their trees, write them; few statements for any batch."""
    accounts = _accounts(connection, exchanges, now)
    rows = []
    for one in exchanges:
        account = accounts[_place(one)]
        hashed = entry_hash(EntryKind.EXCHANGE, one.entry.record, one.entry.salt)
        line = line_hash(account.tree.size + 1, one.entry.leaf, hashed)
        account.tree, made = account.tree.extend([line])
        nodes = b"".join(node.hash for node in made)
        rows.append(_line_row(one, account, now) | {"nodes": nodes})
        if one.misfit is not None:
            _report(connection, one, one.misfit, now)
    for place, account in accounts.items():
        if account.tree.size >= FLOOD_LINES and place != UNASSIGNED_PLACE:
            new = [one for one in exchanges if _place(one) == place]
            asked = [floods.Asked(one.requester, one.entry.leaf, one.request) for one in new]
            floods.report(connection, account.id, account.tree.size - len(new), asked, now)
    connection.execute(_ADD_LINES, rows)
    connection.execute(
        _GROW,
        [
            {
                "account": one.id,
                "new_peaks": b"".join(one.tree.peaks),
                "new_count": one.tree.size,
            }
            for one in accounts.values()
        ],
    )


def _report(connection: Connection, one: Exchange, misfit: Misfit, now: datetime) -> None:
    """A finding for each line that does not fit; for lines that are lost one for all of them."""
    kind: findings.Kind = "unassigned" if one.code is None else "record-departs"
    if misfit.lost:
        kind = "lines-lost"
    if not misfit.lost or not findings.has(connection, kind):
        found = findings.New(kind, one.entry.leaf, misfit.parties, misfit.detail)
        findings.add(connection, found, one.request, now, feed=one.feed)


def _place(one: Exchange) -> bytes:
    return UNASSIGNED_PLACE if one.code is None else place_of(one.code)


def _line_row(one: Exchange, account: _Account, now: datetime) -> dict[str, object]:
    return {
        "leaf": one.entry.leaf,
        "seq": one.entry.seq,
        "account": account.id,
        "number": account.tree.size,
        "salt": one.entry.salt,
        "record": one.entry.record,
        "blind": one.blind,
        "head": account.tree.root(),
        "names": one.names,
        "filed_at": now,
        "signed": one.signed,
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
    found = {place: _Account(key, _tree(lines, peaks)) for place, key, peaks, lines in rows}
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
        "peaks": b"",
        "count": 0,
        "first_leaf": one.entry.leaf if stranger else None,
        "first_at": now if stranger else None,
        "first_requester": one.requester if stranger else None,
        "first_request": one.request if stranger else None,
        "reported": False,
    }
    key = connection.execute(_OPEN_ACCOUNT, values).inserted_primary_key
    assert key is not None
    return _Account(int(key[0]), Frontier())


def _tree(lines: int, peaks: bytes) -> Frontier:
    cut = range(0, len(peaks), HASH_BYTES)
    return Frontier(lines, tuple(peaks[at : at + HASH_BYTES] for at in cut))


_LINE = sa.select(
    LINE.c.leaf,
    LINE.c.number,
    LINE.c.salt,
    LINE.c.record,
    LINE.c.blind,
    LINE.c.names,
    ACCOUNT.c.code,
    LINE.c.account,
    LINE.c.signed,
).select_from(LINE.join(ACCOUNT, LINE.c.account == ACCOUNT.c.id))


def _filed(row: sa.Row[tuple[object, ...]]) -> Filed:
    return Filed(**row._mapping)


def numbered(connection: Connection, account: int, first: int, last: int) -> list[Filed]:
    """An account's lines from one number to another, both included, oldest first."""
    query = _LINE.where(LINE.c.account == account, LINE.c.number.between(first, last))
    return [_filed(row) for row in connection.execute(query.order_by(LINE.c.number))]


def at_leaf(connection: Connection, leaf: int) -> Filed | None:
    """The line of one leaf."""
    row = connection.execute(_LINE.where(LINE.c.leaf == leaf)).one_or_none()
    return _filed(row) if row is not None else None


def at_place(connection: Connection, place: bytes) -> int | None:
    """The account at a place of the ledger."""
    query = sa.select(ACCOUNT.c.id).where(ACCOUNT.c.place == place)
    return connection.execute(query).scalar_one_or_none()


def unassigned(connection: Connection) -> int:
    """How many lines stand in nobody's account."""
    query = sa.select(ACCOUNT.c.count).where(ACCOUNT.c.place == UNASSIGNED_PLACE)
    return int(connection.execute(query).scalar_one_or_none() or 0)


def subtrees(connection: Connection, account: int) -> GetHash:
    """Access to the tree of an account's lines, for proofs; reads as it is asked."""

    def get_hash(level: int, index: int) -> bytes:
        part = {"account": account, "number": (index + 1) << level}
        nodes: bytes = connection.execute(_NODES, part).scalar_one()
        return nodes[level * HASH_BYTES : (level + 1) * HASH_BYTES]

    return get_hash


def count(connection: Connection, account: int) -> int:
    """How many lines an account has."""
    query = sa.select(ACCOUNT.c.count).where(ACCOUNT.c.id == account)
    return int(connection.execute(query).scalar_one())


def receipts(
    connection: Connection, exchanges: Collection[Exchanged], log_size: int
) -> dict[Exchanged, list[FiledReceipt]]:
    """Receipts of exchanges within a log size, of each in the order of the log; one query."""
    wanted = {(requester, tx) for requester, tx, _ in exchanges}
    found: dict[Exchanged, list[FiledReceipt]] = {one: [] for one in exchanges}
    for *key, leaf, sender, outcome, salt, record in _RECEIPTS.all(
        connection, {"keys": sorted(wanted), "size": log_size}
    ):
        requester, tx, commitment = key
        # Another commitment belongs to nobody's line: whoever sent it said something else.
        of = found.get((requester, tx, commitment))
        if of is not None:
            of.append(FiledReceipt(leaf, sender, outcome, salt, record))
    return found


def any_between(connection: Connection, start: int, end: int) -> bool:
    """Whether a line or receipt was filed with a leaf from `start` up to `end`."""
    part = {"start": start, "end": end}
    return any(connection.execute(query, part).first() is not None for query in _BETWEEN)


def entries(connection: Connection, start: int, end: int) -> dict[int, bytes]:
    """The log's entries, 33 bytes each, that were filed with leaves from `start` up to `end`."""
    part = {"start": start, "end": end}
    return {
        leaf: log_entry(kind, record, salt)
        for kind, query in _FILED
        for leaf, salt, record in connection.execute(query, part)
    }

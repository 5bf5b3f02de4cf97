"""Kinds of entries, counted as the log grows (種別ごとの件数)."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.crypto.merkle import HASH_BYTES, Frontier
from renkei.crypto.tiles import TILE_WIDTH
from renkei.kit.database.statements import Prepared, insert_or_update
from renkei.roles.oversight.store.tables import BUNDLE, COUNTED, LEDGER_LEAF
from renkei.wire.entries import EntryKind

_LOAD: Final = sa.select(COUNTED)
_SAVE: Final = Prepared(insert_or_update(COUNTED, "size", "peaks", "exchange"))
_BUNDLE: Final = sa.select(BUNDLE).where(BUNDLE.c.number == sa.bindparam("at"))
_MORE: Final = BUNDLE.update().where(BUNDLE.c.number == sa.bindparam("at"))
_BUNDLES: Final = BUNDLE.insert()
_ROOTS: Final = LEDGER_LEAF.insert()
_OF_RANK: Final = (
    sa.select(BUNDLE)
    .where(BUNDLE.c.exchange_before <= sa.bindparam("rank"))
    .order_by(BUNDLE.c.exchange_before.desc(), BUNDLE.c.number.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Counted:
    """How far entries were read: right edge of the tree there, exchange entries below."""

    frontier: Frontier
    exchange: int


def load(connection: Connection) -> Counted:
    """How far the log has been read."""
    row = connection.execute(_LOAD).one_or_none()
    if row is None:
        return Counted(Frontier(), 0)
    peaks = tuple(row.peaks[at : at + HASH_BYTES] for at in range(0, len(row.peaks), HASH_BYTES))
    return Counted(Frontier(row.size, peaks), row.exchange)


def add(
    connection: Connection, before: Counted, entries: list[bytes], frontier: Frontier
) -> Counted:
    """Count verified entries that follow `before`; gives the new state."""
    start = before.frontier.size
    kinds = bytes(entry[0] for entry in entries)
    at = 0
    while at < len(kinds):
        number, offset = divmod(start + at, TILE_WIDTH)
        part = kinds[at : at + TILE_WIDTH - offset]
        if offset:
            row = connection.execute(_BUNDLE, {"at": number}).one()
            connection.execute(_MORE, {"at": number, "kinds": row.kinds + part})
        else:
            below = before.exchange + kinds[:at].count(EntryKind.EXCHANGE)
            bundle = {"number": number, "exchange_before": below, "kinds": part}
            connection.execute(_BUNDLES, bundle)
        at += len(part)
    roots = [
        {"leaf": start + index, "entry": entry}
        for index, entry in enumerate(entries)
        if entry[0] == EntryKind.LEDGER_ROOT
    ]
    if roots:
        connection.execute(_ROOTS, roots)
    after = Counted(frontier, before.exchange + kinds.count(EntryKind.EXCHANGE))
    _save(connection, after)
    return after


def _save(connection: Connection, counted: Counted) -> None:
    values = {
        "size": counted.frontier.size,
        "peaks": b"".join(counted.frontier.peaks),
        "exchange": counted.exchange,
    }
    _SAVE.run(connection, values | {"id": 1})


def exchange_below(connection: Connection, size: int) -> int | None:
    """Exchange entries below a log size; None where the log is not read that far."""
    counted = load(connection)
    if size > counted.frontier.size:
        return None
    if size == counted.frontier.size:
        return counted.exchange
    number, offset = divmod(size, TILE_WIDTH)
    row = connection.execute(_BUNDLE, {"at": number}).one()
    return int(row.exchange_before + row.kinds[:offset].count(EntryKind.EXCHANGE))


def kind_at(connection: Connection, leaf: int) -> int | None:
    """The kind of the entry at a leaf, by the log itself; None where it is not read that far."""
    if leaf >= load(connection).frontier.size:
        return None
    number, offset = divmod(leaf, TILE_WIDTH)
    row = connection.execute(_BUNDLE, {"at": number}).one()
    return int(row.kinds[offset])


def exchange_leaf(connection: Connection, rank: int) -> int:
    """The leaf index of the exchange entry with this rank, counted from 0."""
    row = connection.execute(_OF_RANK, {"rank": rank}).one()
    ranks = list(accumulate(kind == EntryKind.EXCHANGE for kind in row.kinds))
    return int(row.number * TILE_WIDTH + bisect_right(ranks, rank - row.exchange_before))


def kinds(connection: Connection) -> dict[int, int]:
    """How many entries of each kind were read."""
    found: dict[int, int] = {}
    for data in connection.execute(sa.select(BUNDLE.c.kinds)).scalars():
        for kind in set(data):
            found[kind] = found.get(kind, 0) + data.count(kind)
    return found

"""Log entries and the records behind them (ログの記録, 法23条3項, 令30条).

An entry is kind byte ‖ SHA-256(salt ‖ canonical record). Deleting salt and record after retention
leaves the entry. An entry is pending until the sequencer gives it a position, which never changes.
The number of its row is the engine's and only names it: numbers may have gaps, and where several
write at once one may appear after a higher one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.crypto.digests import entry_hash, log_entry
from renkei.crypto.merkle import leaf_hash
from renkei.kit.database.statements import Numbered, Prepared
from renkei.roles.linkage.store.tables import LEAF, NODE
from renkei.wire.entries import EntryKind

SALT_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Pending:
    """An entry without position: the number of its row, and its 32-byte leaf hash."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """A record still kept, with its salt, as hashed into the leaf at `position`."""

    position: int
    kind: int
    salt: bytes
    record: bytes


_APPEND: Final = Numbered(LEAF, ["kind", "salt", "record", "entry", "hash"])
_PENDING: Final = Prepared(
    sa.select(LEAF.c.seq, LEAF.c.hash)
    .where(LEAF.c.position.is_(None))
    .order_by(LEAF.c.seq)
    .limit(sa.bindparam("most"))
)
_HIGHEST: Final = Prepared(sa.select(sa.func.max(LEAF.c.position)))
_PLACE: Final = Prepared(
    LEAF.update().where(LEAF.c.seq == sa.bindparam("s")).values(position=sa.bindparam("p"))
)
# Built once: building a statement costs several times what running it does.
_ADD_NODES: Final = NODE.insert()
_LEAVES: Final = (
    sa.select(LEAF.c.hash)
    .where(LEAF.c.position >= sa.bindparam("first"), LEAF.c.position < sa.bindparam("last"))
    .order_by(LEAF.c.position)
)
_NODES: Final = (
    sa.select(NODE.c.hash)
    .where(NODE.c.level == sa.bindparam("height"))
    .where(NODE.c.place >= sa.bindparam("first"), NODE.c.place < sa.bindparam("last"))
    .order_by(NODE.c.place)
)
_ENTRIES: Final = (
    sa.select(LEAF.c.entry)
    .where(LEAF.c.position >= sa.bindparam("first"), LEAF.c.position < sa.bindparam("last"))
    .order_by(LEAF.c.position)
)
_LOCATE: Final = sa.select(LEAF.c.hash, LEAF.c.position).where(
    LEAF.c.hash.in_(sa.bindparam("hashes", expanding=True)), LEAF.c.position.is_not(None)
)
_RECORDS: Final = (
    sa.select(LEAF.c.position, LEAF.c.kind, LEAF.c.salt, LEAF.c.record)
    .where(LEAF.c.position.in_(sa.bindparam("positions", expanding=True)))
    .where(LEAF.c.record.is_not(None))
    .order_by(LEAF.c.position)
)


def promise(kind: EntryKind, record: bytes, salt: bytes) -> bytes:
    """The leaf hash a permit promises (RFC 9162 §2.1.1), 32 bytes."""
    return entry_hash(kind, record, salt)


def _row(kind: EntryKind, record: bytes, salt: bytes) -> dict[str, Any]:
    entry = log_entry(kind, record, salt)
    return {
        "kind": int(kind),
        "salt": salt,
        "record": record,
        "entry": entry,
        "hash": leaf_hash(entry),
    }


def append(connection: Connection, kind: EntryKind, record: bytes, salt: bytes) -> int:
    """Write one pending entry with its record; gives the number the row goes by."""
    return _APPEND.one(connection, _row(kind, record, salt))


def append_all(
    connection: Connection, kind: EntryKind, records: Sequence[tuple[bytes, bytes]]
) -> list[int]:
    """Write several pending entries of one kind, each a record and its salt.

    Gives the numbers their rows go by, in this order.
    """
    return _APPEND.all(connection, [_row(kind, record, salt) for record, salt in records])


# -- the sequencer's part ------------------------------------------------------------------------


def pending(connection: Connection, limit: int) -> list[Pending]:
    """Entries without position, lowest number first, at most `limit`."""
    return [Pending(*row) for row in _PENDING.run(connection, {"most": limit}).fetchall()]


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many entries have no position yet, and the number of the one written first."""

    count: int
    oldest: int | None


def waiting(connection: Connection) -> Waiting:
    """The entries without position."""
    without = sa.select(sa.func.count(), sa.func.min(LEAF.c.seq)).where(LEAF.c.position.is_(None))
    count, oldest = connection.execute(without).one()
    return Waiting(int(count), oldest)


def next_position(connection: Connection) -> int:
    """The first position nobody has: one above the highest, 0 for an empty log."""
    highest = _HIGHEST.run(connection).fetchone()[0]
    return 0 if highest is None else int(highest) + 1


def place(connection: Connection, start: int, seqs: Sequence[int]) -> None:
    """Give entries the positions from `start` on, in this order."""
    _PLACE.run_all(connection, ({"s": seq, "p": at} for at, seq in enumerate(seqs, start)))


def add_nodes(connection: Connection, nodes: Iterable[tuple[int, int, bytes]]) -> None:
    """Store hashes of complete subtrees: tile level (1 and up), place in it, hash."""
    rows = [{"level": level, "place": at, "hash": value} for level, at, value in nodes]
    if rows:
        connection.execute(_ADD_NODES, rows)


# -- reading -------------------------------------------------------------------------------------


def tile(connection: Connection, level: int, first: int, width: int) -> list[bytes]:
    """`width` consecutive hashes of a tile level from `first` on; fewer where there are fewer."""
    part = {"first": first, "last": first + width}
    if level == 0:
        return list(connection.execute(_LEAVES, part).scalars())
    return list(connection.execute(_NODES, {"height": level, **part}).scalars())


def entries(connection: Connection, first: int, width: int) -> list[bytes]:
    """`width` consecutive entries of 33 bytes from a position on; fewer where there are fewer."""
    part = {"first": first, "last": first + width}
    return list(connection.execute(_ENTRIES, part).scalars())


def locate(connection: Connection, hashes: Sequence[bytes]) -> dict[bytes, int]:
    """The positions of those leaf hashes that have one."""
    rows = connection.execute(_LOCATE, {"hashes": list(hashes)})
    return {row.hash: row.position for row in rows}


def records(connection: Connection, positions: Sequence[int]) -> list[Kept]:
    """The records still kept at these positions, in order of position."""
    rows = connection.execute(_RECORDS, {"positions": list(positions)})
    return [Kept(*row) for row in rows]

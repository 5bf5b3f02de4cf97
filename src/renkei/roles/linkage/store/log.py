"""Log entries and the records behind them (ログの記録, 法23条3項, 令30条).

An entry is kind byte ‖ SHA-256(salt ‖ canonical record). Deleting salt and record after retention
leaves the entry. An entry is pending until the sequencer gives it a position, which never changes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.crypto.digests import entry_hash, log_entry
from renkei.crypto.merkle import leaf_hash
from renkei.kit.prepared import Prepared
from renkei.roles.linkage.store.tables import LEAF, NODE

SALT_BYTES: Final = 32
_encode = msgspec.json.Encoder(order="sorted").encode


class EntryKind(IntEnum):
    """First byte of a log entry (記録の種別)."""

    EXCHANGE = 1
    RECEIPT = 2
    DIRECTORY = 3
    LEDGER_ROOT = 4


@dataclass(frozen=True, slots=True)
class Pending:
    """An entry without position: its number in order of writing, and its 32-byte leaf hash."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """A record still kept, with its salt, as hashed into the leaf at `position`."""

    position: int
    kind: int
    salt: bytes
    record: bytes


_COLUMNS: Final = ["kind", "salt", "record", "entry", "hash"]
_APPEND: Final = Prepared(LEAF.insert(), _COLUMNS)
_APPEND_AT: Final = Prepared(LEAF.insert(), ["seq", *_COLUMNS])
_LAST: Final = Prepared(sa.select(sa.func.max(LEAF.c.seq)))
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


def canonical(record: dict[str, Any]) -> bytes:
    """Canonical bytes of a record: JSON, sorted keys, bytes in base64, no spaces."""
    return _encode(record)


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
    """Write one pending entry with its record; gives its number in order of writing."""
    number = _APPEND.run(connection, _row(kind, record, salt)).lastrowid
    assert number is not None
    return number


def append_all(
    connection: Connection, kind: EntryKind, records: Sequence[tuple[bytes, bytes]]
) -> list[int]:
    """Write several pending entries of one kind, each a record and its salt, in this order.

    Gives their numbers in order of writing. Entries are never deleted, and whoever writes has the
    only writer's place: the next numbers are those after the last.
    """
    if not records:
        return []
    last = _LAST.run(connection).fetchone()[0] or 0
    numbers = list(range(last + 1, last + 1 + len(records)))
    rows = [
        {"seq": number, **_row(kind, record, salt)}
        for number, (record, salt) in zip(numbers, records, strict=True)
    ]
    _APPEND_AT.run_all(connection, rows)
    return numbers


# -- the sequencer's part ------------------------------------------------------------------------


def pending(connection: Connection, limit: int) -> list[Pending]:
    """Entries without position, in order of writing, at most `limit`."""
    return [Pending(*row) for row in _PENDING.run(connection, {"most": limit}).fetchall()]


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

"""Log entries and the records behind them (ログの記録, 法23条3項, 令30条).

An entry is kind byte ‖ SHA-256(salt ‖ canonical record). Deleting salt and record after retention
leaves the entry.
"""

from enum import IntEnum
from typing import Any

import msgspec
from sqlalchemy import Connection

from renkei.crypto.digests import entry_hash, log_entry
from renkei.roles.linkage.store.tables import LEAF

SALT_BYTES = 32
_encode = msgspec.json.Encoder(order="sorted").encode


class EntryKind(IntEnum):
    """First byte of a log entry (記録の種別)."""

    EXCHANGE = 1
    RECEIPT = 2
    DIRECTORY = 3


def canonical(record: dict[str, Any]) -> bytes:
    """Canonical bytes of a record: JSON, sorted keys, bytes in base64, no spaces."""
    return _encode(record)


def promise(kind: EntryKind, record: bytes, salt: bytes) -> bytes:
    """The leaf hash a permit promises (RFC 9162 §2.1.1), 32 bytes."""
    return entry_hash(kind, record, salt)


def append(connection: Connection, kind: EntryKind, record: bytes, salt: bytes) -> int:
    """Write one pending entry with its record; gives its number in order of writing."""
    result = connection.execute(
        LEAF.insert().values(
            kind=int(kind), salt=salt, record=record, entry=log_entry(kind, record, salt)
        )
    )
    key = result.inserted_primary_key
    assert key is not None
    return int(key[0])

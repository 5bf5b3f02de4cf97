"""Log entries: their kinds, and the record behind each (ログの記録, 法23条3項, 令30条).

The network writes records, the portal, the Commission and people's own computers read them; all
take the fields from here. A record is bound by its hash: what a reader does not know it leaves
alone, and the bytes are kept as they were written.
"""

from enum import IntEnum
from typing import ClassVar, TypeVar

import msgspec

from renkei.wire.errors import WireError
from renkei.wire.fields import (
    Affair,
    Article,
    Bytes32,
    Conditions,
    Instant,
    Outcome,
    PartyId,
    Row,
    Size,
    TxText,
    Word,
)

_encode = msgspec.json.Encoder(order="sorted").encode


class EntryKind(IntEnum):
    """First byte of a log entry (記録の種別)."""

    EXCHANGE = 1
    RECEIPT = 2
    DIRECTORY = 3
    LEDGER_ROOT = 4

    @property
    def word(self) -> str:
        """The kind as a word, e.g. `ledger-root`."""
        return self.name.lower().replace("_", "-")


def word_of(kind: int) -> str:
    """The kind of an entry as a word; its number where this version knows none."""
    return EntryKind(kind).word if kind in set(EntryKind) else str(kind)


class EntryRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the records; unknown fields are left alone."""

    KIND: ClassVar[EntryKind]


class ExchangeRecord(EntryRecord, frozen=True, kw_only=True):
    """The network's record of a judged request: no handle of the person (法23条3項, 省令47条)."""

    KIND: ClassVar = EntryKind.EXCHANGE

    requester: PartyId
    provider: PartyId
    tx: TxText
    office: Word
    affair: Affair
    sub_affair: Word
    items: list[Word]
    subject: Word
    procedure: Word | None = None
    """What the desk picked; records made before procedures travelled name none."""
    conditions: Conditions = msgspec.UNSET
    """What the inquirer stated to be met; records made before limits were stated have none."""
    asked_at: Instant
    commitment: Bytes32
    portal_digest: Bytes32
    request_digest: Bytes32
    allowed: bool
    article: Article | None
    row: Row | None
    reason: Word
    consent_digest: Bytes32 | None = None
    officer: Bytes32 | None = None
    case_digest: Bytes32 | None = None
    epoch: int | None = None
    """These four no reader needs."""
    portal_box: Bytes32 | None = None
    """Digest of the portal's box; None in the older form, which has no signed request to show."""


class ReceiptRecord(EntryRecord, frozen=True, kw_only=True):
    """The network's record of a receipt. Nothing of the batch it came in: what receipts share would
    tie the requests of a case together (受領・提供の記録)."""

    KIND: ClassVar = EntryKind.RECEIPT

    sender: PartyId
    requester: PartyId
    tx: TxText
    outcome: Outcome
    digest: Bytes32
    commitment: Bytes32


class DirectoryRecord(EntryRecord, frozen=True, kw_only=True):
    """A published directory version with both digests (機関台帳の公表)."""

    KIND: ClassVar = EntryKind.DIRECTORY

    version: int
    digest: Bytes32
    countersignature_digest: Bytes32


class LedgerRecord(EntryRecord, frozen=True, kw_only=True):
    """A root of the portal's ledger at one size of the log (台帳の根)."""

    KIND: ClassVar = EntryKind.LEDGER_ROOT

    log_size: Size
    root: Bytes32
    exchange_entries: Size


E = TypeVar("E", bound=EntryRecord)


def write_entry(record: EntryRecord) -> bytes:
    """Canonical bytes of a record: JSON, sorted keys, bytes in base64, no spaces (正準形)."""
    return _encode(record)


def read_entry(record: bytes, kind: type[E]) -> E:
    """A record of one kind; raises WireError `malformed` for bytes that are none."""
    try:
        return msgspec.json.decode(record, type=kind, strict=True)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise WireError("malformed", "This is no record of the kind it is logged as.") from None

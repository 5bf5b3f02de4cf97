"""A person's history: lines as shown, the chain that binds them, the file (やりとり履歴).

Line n of an account binds the line before it; the ledger binds the account's newest line and its
count; the log binds every entry. `wire.verifying` checks a file with no network.
"""

from hashlib import sha256
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from renkei.crypto import sum_tree
from renkei.crypto.encoding import join
from renkei.crypto.errors import FramingError
from renkei.wire.errors import WireError
from renkei.wire.fields import (
    Affair,
    Article,
    Bytes32,
    Instant,
    Jws,
    Label,
    Outcome,
    PartyId,
    Record,
    Row,
    TxText,
    Word,
)
from renkei.wire.messages.log import MOST, Canonical, LeafIndex, Size

FILE_FORMAT: Final = "renkei.history.v1"
LINES_LIMIT: Final = 50_000
EARLIER_LIMIT: Final = 1_000
FILE_BYTES_LIMIT: Final = 64 * 1024 * 1024
FIRST_HEAD: Final = bytes(32)
"""Head of an account before its first line."""
UNASSIGNED_PLACE: Final = sha256(b"renkei unassigned v1").digest()
"""Where the account of lines that do not open stands in the ledger."""
EXCHANGE_ENTRY: Final = 1
RECEIPT_ENTRY: Final = 2
"""Kinds of log entries that a file holds, the first byte of an entry."""
S = TypeVar("S", bound=msgspec.Struct)
_COUNT_BYTES: Final = 8
_HASH_BYTES: Final = 32
_SIBLING_BYTES: Final = _HASH_BYTES + _COUNT_BYTES
_TERMINAL_BYTES: Final = 2 * _HASH_BYTES + _COUNT_BYTES


def line_head(previous: bytes, number: int, entry_hash: bytes) -> bytes:
    """Head of an account after line `number`: 32 bytes, binding all lines before (連鎖)."""
    return sha256(join("renkei line v1", previous, number.to_bytes(8, "big"), entry_hash)).digest()


def encode_path(path: sum_tree.Path) -> bytes:
    """A path of the ledger as bytes (経路の符号化).

    2 bytes of number of siblings; each sibling's hash and count, from the root down; 1 byte that
    says whether a leaf ends the path; then that leaf's position, head and count. Counts are 8
    bytes; all numbers are big-endian.
    """
    parts = [len(path.siblings).to_bytes(2, "big")]
    parts += [one.hash + one.count.to_bytes(_COUNT_BYTES, "big") for one in path.siblings]
    leaf = path.terminal
    parts.append(b"\x00" if leaf is None else b"\x01")
    if leaf is not None:
        count = leaf.account.count.to_bytes(_COUNT_BYTES, "big")
        parts.append(leaf.position + leaf.account.head + count)
    return b"".join(parts)


def decode_path(data: bytes) -> sum_tree.Path:
    """A path of the ledger from exactly the bytes of `encode_path`; raises `FramingError`."""
    siblings = int.from_bytes(data[:2], "big")
    flag_at = 2 + siblings * _SIBLING_BYTES
    if siblings > sum_tree.POSITION_BITS or len(data) <= flag_at or data[flag_at] > 1:
        raise FramingError("a path of the ledger is cut short or has too many siblings")
    if len(data) != flag_at + 1 + data[flag_at] * _TERMINAL_BYTES:
        raise FramingError("a path of the ledger is too long or too short")
    sums = tuple(
        sum_tree.Sum(data[at : at + _HASH_BYTES], _count(data, at + _HASH_BYTES))
        for at in range(2, flag_at, _SIBLING_BYTES)
    )
    if not data[flag_at]:
        return sum_tree.Path(sums, None)
    at = flag_at + 1
    head = data[at + _HASH_BYTES : at + 2 * _HASH_BYTES]
    account = sum_tree.Account(head, _count(data, at + 2 * _HASH_BYTES))
    return sum_tree.Path(sums, sum_tree.Leaf(data[at : at + _HASH_BYTES], account))


def _count(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + _COUNT_BYTES], "big")


class ExchangeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What a line reads from the network's record of a judged request (法23条3項).

    Fields it does not know are left alone: the record is bound by its hash.
    """

    requester: PartyId
    provider: PartyId
    tx: TxText
    office: Word
    affair: Affair
    sub_affair: Word
    items: list[Word]
    subject: Word
    asked_at: Instant
    commitment: Bytes32
    portal_digest: Bytes32
    request_digest: Bytes32
    allowed: bool
    article: Article | None
    row: Row | None
    reason: Word


class ReceiptRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What a line reads from the network's record of a receipt."""

    sender: PartyId
    requester: PartyId
    tx: TxText
    outcome: Outcome
    commitment: Bytes32


def read_exchange(record: bytes) -> ExchangeRecord:
    """The record of an exchange entry; raises WireError `malformed`."""
    return _read(record, ExchangeRecord)


def read_receipt(record: bytes) -> ReceiptRecord:
    """The record of a receipt entry; raises WireError `malformed`."""
    return _read(record, ReceiptRecord)


def _read(record: bytes, struct: type[S]) -> S:
    try:
        return msgspec.json.decode(record, type=struct, strict=True)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise WireError("malformed", "A record is not one that the network writes.") from error


class Named(Record, frozen=True, kw_only=True):
    """A party or office with its names, as the directory had them."""

    id: Word
    name_ja: Label
    name_en: Label


class HistoryLine(Record, frozen=True, kw_only=True):
    """One request the network judged, as its person reads it (履歴の一行)."""

    number: Annotated[int, Meta(ge=1, le=MOST)]
    tx: TxText
    leaf: LeafIndex
    asked_at: Instant
    requester: Named
    office: Named
    provider: Named
    affair: Affair
    sub_affair: Word
    items: list[Word]
    subject: Word
    allowed: bool
    article: Article | None
    row: Row | None
    reason: Word
    requester_outcome: Outcome | None
    """What the inquirer's receipt says; None while there is none."""
    provider_outcome: Outcome | None
    witnessed: bool
    """Whether the Commission has cosigned a checkpoint that contains this line."""


class HistoryView(Record, frozen=True, kw_only=True):
    """A page of a person's history, newest first."""

    lines: Annotated[list[HistoryLine], Meta(max_length=200)]
    total: Size
    log_size: Size
    witnessed_size: Size
    witnessed_at: Instant | None
    """Time of the newest cosignature; its age is shown and alarmed."""
    shown_at: Instant


class ProvenLine(Record, frozen=True, kw_only=True):
    """One line with all that proves it."""

    number: Annotated[int, Meta(ge=1, le=MOST)]
    leaf: LeafIndex
    salt: Bytes32
    record: Canonical
    blind: Bytes32
    """r: with code_P it gives the point the record is bound to, and the commitment."""
    inclusion: Annotated[list[Bytes32], Meta(max_length=64)]


class ProvenReceipt(Record, frozen=True, kw_only=True):
    """A receipt that points to a line; uncounted."""

    line: Annotated[int, Meta(ge=1, le=MOST)]
    leaf: LeafIndex
    salt: Bytes32
    record: Canonical
    inclusion: Annotated[list[Bytes32], Meta(max_length=64)]


class EarlierTree(Record, frozen=True, kw_only=True):
    """Proof that the log of this file extends the one of an earlier download (一貫性証明)."""

    log_size: Size
    proof: Annotated[list[Bytes32], Meta(max_length=64)]


class HistoryFile(Record, frozen=True, kw_only=True):
    """Everything a person takes away, as one file; Specific Personal Information (法2条9項)."""

    format: Literal["renkei.history.v1"]
    notice: Label
    """Says that the file is Specific Personal Information and whose sandbox it is from."""
    made_at: Instant
    code: Bytes32
    """code_P, this person's code at the portal."""
    lines: Annotated[list[ProvenLine], Meta(max_length=LINES_LIMIT)]
    receipts: Annotated[list[ProvenReceipt], Meta(max_length=2 * LINES_LIMIT)]
    log_size: Size
    checkpoint: Annotated[str, Meta(max_length=4_000)]
    """Signed note of the log at `log_size`, with the cosignature where there is one."""
    ledger_path: Annotated[bytes, Meta(min_length=3, max_length=65_536)]
    statement: Jws | None
    """The Commission's signed statement at `log_size`; None: not witnessed."""
    ledger_root: Bytes32
    exchange_entries: Size
    earlier: Annotated[list[EarlierTree], Meta(max_length=EARLIER_LIMIT)]
    """One proof for each earlier download of this account, by the log size it was made at."""


def read_file(data: bytes) -> HistoryFile:
    """A downloaded file, in exactly the form it is written in; raises WireError (履歴ファイル)."""
    if len(data) > FILE_BYTES_LIMIT:
        raise WireError("too-large", f"A history file has at most {FILE_BYTES_LIMIT} bytes.")
    try:
        file = msgspec.json.decode(data, type=HistoryFile, strict=True)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise WireError("malformed", f"This is no {FILE_FORMAT} file of the portal.") from error
    if write_file(file) != data:
        raise WireError("malformed", "The file is not as the portal writes it: it was edited.")
    return file


def write_file(file: HistoryFile) -> bytes:
    """The file as bytes, always the same for the same content (履歴ファイルの書出し)."""
    return msgspec.json.encode(file)


class Anchors(Record, frozen=True, kw_only=True):
    """The public keys a verifier starts from, not taken from the file itself (信頼の基点)."""

    log_origin: Label
    log_key: Label
    """Verifier key of the log in note format (C2SP signed-note)."""
    witness_key: Label
    oversight_key: Annotated[bytes, Meta(min_length=65, max_length=65)]
    """The Commission's P-256 key for statements."""

"""A person's history: lines as shown, and the file in one or more parts (やりとり履歴).

The head of an account is the Merkle root over its lines (`crypto.account_tree`); the ledger binds
heads and counts of all accounts; the log binds every entry. `wire.verifying` checks a file with no
network.
"""

from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from renkei.crypto import sum_tree
from renkei.crypto.account_tree import PART_LINES
from renkei.crypto.errors import FramingError
from renkei.wire.errors import WireError
from renkei.wire.fields import (
    MOST,
    Affair,
    Article,
    Bytes32,
    Canonical,
    Instant,
    Jws,
    Label,
    LeafIndex,
    Outcome,
    Record,
    Row,
    Size,
    TxText,
    UseAffair,
    Word,
)
from renkei.wire.limits import BODIES, CONDITIONS
from renkei.wire.linkage.directory import SigningKey
from renkei.wire.portal.messages import AcceptedLoss, LedgerPath

FILE_FORMAT: Final = "renkei.history.v2"
OLDER_FORMAT: Final = "renkei.history.v1"
"""Files of the form before: their ledger bound the last line of a chain (docs/decisions/0021)."""
LEDGER_FORM: Final = 2
"""What the ledger binds: 1 the end of a chain of lines, 2 the root over them."""
EARLIER_LIMIT: Final = 1_000
RECEIPTS_LIMIT: Final = 8 * PART_LINES
"""Receipts in one part: two for each line, and room for those that were sent anew."""
_OLDER: Final = (
    "it shows that its lines are a chain and not that an account holds them; download it anew."
)
LOG_HASHES_BYTES: Final = 32 * 64 * PART_LINES
"""Hashes of the log in one part; they are shared, so that there are far fewer."""
MOST_KEYS: Final = 4 * BODIES
"""Keys in the anchors: those of a few changes of each body."""
FILE_BYTES_LIMIT: Final = 64 * 1024 * 1024
UNASSIGNED_PLACE: Final = sha256(b"renkei unassigned v1").digest()
"""Where the account of lines that do not open stands in the ledger."""
_COUNT_BYTES: Final = 8
_HASH_BYTES: Final = 32
_SIBLING_BYTES: Final = _HASH_BYTES + _COUNT_BYTES
_TERMINAL_BYTES: Final = 2 * _HASH_BYTES + _COUNT_BYTES


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
    procedure: Word | None = None
    """The procedure the request was made for, where it names one."""
    conditions: Annotated[list[Word], Meta(max_length=CONDITIONS)] = []
    """What the asking body stated to be met of the law's limits."""
    requester_outcome: Outcome | None
    """What the inquirer's receipt says; None while there is none."""
    provider_outcome: Outcome | None
    witnessed: bool
    """Whether the Commission has cosigned a checkpoint that contains this line."""
    as_signed: bool | None = None
    """Whether the network's record says what the inquirer signed, whose words stand here; None:
    a line of the older form, with which no signed request is kept."""


class SeenComparison(Record, frozen=True, kw_only=True):
    """Comparisons of a person's attributes at J-LIS, of one day, as J-LIS tells of them (照合)."""

    institution: Named
    office: Named
    affair: UseAffair
    verdict: Literal["agree", "doubtful", "differ", "decided"]
    count: Annotated[int, Meta(ge=1, le=MOST)]
    last_at: Instant


class HistoryView(Record, frozen=True, kw_only=True):
    """A page of a person's history, newest first."""

    lines: Annotated[list[HistoryLine], Meta(max_length=200)]
    total: Size
    log_size: Size
    witnessed_size: Size
    witnessed_at: Instant | None
    """Time of the newest cosignature; its age is shown and alarmed."""
    shown_at: Instant
    stated_size: Size = 0
    """Log size of the newest ledger that the Commission stated; 0 where there is none."""
    unassigned: Size = 0
    """Lines of the log that stand in nobody's account: some may be this person's."""
    loss: AcceptedLoss | None = None
    """Lines that are gone for good, as the Commission states with the newest ledger."""
    comparisons: Annotated[list[SeenComparison], Meta(max_length=50)] = []
    """The newest comparisons at J-LIS, with the first page; they stand in no log."""


class ProvenLine(Record, frozen=True, kw_only=True):
    """One line with what binds it to its person; the file's hashes prove that it is in the log."""

    number: Annotated[int, Meta(ge=1, le=MOST)]
    leaf: LeafIndex
    salt: Bytes32
    record: Canonical
    blind: Bytes32
    """r: with code_P it gives the point the record is bound to, and the commitment."""
    signed: Jws | msgspec.UnsetType = msgspec.UNSET
    """What the inquirer signed, without its boxes; lines of the older form have none."""


class ProvenReceipt(Record, frozen=True, kw_only=True):
    """A receipt that points to a line; uncounted."""

    line: Annotated[int, Meta(ge=1, le=MOST)]
    leaf: LeafIndex
    salt: Bytes32
    record: Canonical


class EarlierTree(Record, frozen=True, kw_only=True):
    """Proof that the log of this file extends the one of an earlier download (一貫性証明)."""

    log_size: Size
    proof: Annotated[list[Bytes32], Meta(max_length=64)]


class HistoryFile(Record, frozen=True, kw_only=True):
    """What a person takes away, whole or in parts; Specific Personal Information (法2条9項).

    A part holds `PART_LINES` lines of an account, the last one what is left. Each verifies by
    itself; all parts of one log size are the whole account.
    """

    format: Literal["renkei.history.v2"]
    notice: Label
    """Says that the file is Specific Personal Information and whose sandbox it is from."""
    made_at: Instant
    code: Bytes32
    """code_P, this person's code at the portal."""
    part: Annotated[int, Meta(ge=1, le=MOST)]
    """Which part this is, from 1."""
    total: Size
    """Lines of the account at this log size, in all parts together."""
    lines: Annotated[list[ProvenLine], Meta(max_length=PART_LINES)]
    receipts: Annotated[list[ProvenReceipt], Meta(max_length=RECEIPTS_LIMIT)]
    part_proof: Annotated[list[Bytes32], Meta(max_length=64)]
    """Shows that these are the account's lines of this part, below its head in the ledger."""
    log_size: Size
    checkpoint: Annotated[str, Meta(max_length=4_000)]
    """Signed note of the log at `log_size`, with the cosignature where there is one."""
    log_hashes: Annotated[bytes, Meta(max_length=LOG_HASHES_BYTES)]
    """What shows that all lines and receipts here are in the log (`crypto.shared_proof`)."""
    ledger_path: LedgerPath
    unassigned_path: LedgerPath
    """The account of lines that belong to nobody: how many lines of the log nobody can place."""
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
    if data.startswith(b'{"format":"' + OLDER_FORMAT.encode()):
        raise WireError("malformed", f"This file is of an older form, {OLDER_FORMAT}: {_OLDER}")
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
    inquirers: Annotated[list[SigningKey], Meta(max_length=MOST_KEYS)] = []
    """Keys of those who ask, as the directory lists them, to check what they signed."""

"""A person's history: lines as shown, the chain that binds them, the file (やりとり履歴).

Line n of an account binds the line before it; the ledger binds the account's newest line and its
count; the log binds every entry. `wire.verifying` checks a file with no network.
"""

from hashlib import sha256
from typing import Annotated, Final, Literal

from msgspec import Meta

from renkei.crypto.encoding import join
from renkei.wire.fields import (
    Article,
    Bytes32,
    Instant,
    Jws,
    Label,
    Outcome,
    Record,
    Row,
    TxText,
    Word,
)
from renkei.wire.messages.log import Canonical, LeafIndex, Size

FILE_FORMAT: Final = "renkei.history.v1"
LINES_LIMIT: Final = 50_000
FIRST_HEAD: Final = bytes(32)
"""Head of an account before its first line."""


def line_head(previous: bytes, number: int, entry_hash: bytes) -> bytes:
    """Head of an account after line `number`: 32 bytes, binding all lines before (連鎖)."""
    return sha256(join("renkei line v1", previous, number.to_bytes(8, "big"), entry_hash)).digest()


class Named(Record, frozen=True, kw_only=True):
    """A party or office with its names, as the directory had them."""

    id: Word
    name_ja: Label
    name_en: Label


class HistoryLine(Record, frozen=True, kw_only=True):
    """One request the network judged, as its person reads it (履歴の一行)."""

    number: Annotated[int, Meta(ge=1)]
    tx: TxText
    leaf: LeafIndex
    asked_at: Instant
    requester: Named
    office: Named
    provider: Named
    affair: Row
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

    number: Annotated[int, Meta(ge=1)]
    leaf: LeafIndex
    salt: Bytes32
    record: Canonical
    blind: Bytes32
    """r: with code_P it gives the point the record is bound to, and the commitment."""
    inclusion: Annotated[list[Bytes32], Meta(max_length=64)]


class ProvenReceipt(Record, frozen=True, kw_only=True):
    """A receipt that points to a line; uncounted."""

    line: Annotated[int, Meta(ge=1)]
    leaf: LeafIndex
    salt: Bytes32
    record: Canonical
    inclusion: Annotated[list[Bytes32], Meta(max_length=64)]


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
    ledger_path: Annotated[bytes, Meta(max_length=65_536)]
    statement: Jws | None
    """The Commission's signed statement at `log_size`; None: not witnessed."""
    ledger_root: Bytes32
    exchange_entries: Size


class Anchors(Record, frozen=True, kw_only=True):
    """The public keys a verifier starts from, not taken from the file itself (信頼の基点)."""

    log_origin: Label
    log_key: Label
    """Verifier key of the log in note format (C2SP signed-note)."""
    witness_key: Label
    oversight_key: Annotated[bytes, Meta(min_length=65, max_length=65)]
    """The Commission's P-256 key for statements."""

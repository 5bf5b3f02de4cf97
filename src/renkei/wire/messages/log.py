"""The log's messages: the portal's feed, cosignatures, directory countersigning (ログ・連署).

Checkpoints, tiles and entry bundles are plain GETs in the C2SP formats, not messages.
"""

from typing import Annotated, Literal

from msgspec import Meta

from renkei.wire.fields import Box, Bytes32, Jws, Message, Record

MOST = (1 << 53) - 1
"""Whole numbers stay exact in every JSON reader."""
LeafIndex = Annotated[int, Meta(ge=0, le=MOST)]
Size = Annotated[int, Meta(ge=0, le=MOST)]
Canonical = Annotated[bytes, Meta(min_length=2, max_length=16_384)]
"""Canonical record bytes of a log entry, as they were hashed."""


class FeedRequest(Message, frozen=True, kw_only=True):
    """The portal reads what it has still to file, in sequence (開示記録の取得)."""

    after: Size
    """Number of the last line it has; 0 for none."""
    limit: Annotated[int, Meta(ge=1, le=200)]


class FeedLine(Record, frozen=True, kw_only=True):
    """One integrated entry: its place in the log, record and salt, and what opens it."""

    seq: Annotated[int, Meta(ge=1, le=MOST)]
    leaf: LeafIndex
    kind: Literal["exchange", "receipt"]
    salt: Bytes32
    record: Canonical
    portal_code: Bytes32 | None
    """X_P; None for receipts."""
    portal_seed: Box | None
    request: Jws | None
    """The inquirer's signed request, as evidence should the line not open."""


class Feed(Message, frozen=True, kw_only=True):
    """Lines in order of their numbers; fewer than asked means that no more are integrated."""

    lines: Annotated[list[FeedLine], Meta(max_length=200)]
    log_size: Size
    """Size of the log up to which these lines, with those before, are complete."""


class FeedAcknowledge(Message, frozen=True, kw_only=True):
    """The portal has filed everything through this line; the network deletes points and boxes."""

    through: Size


class FeedAcknowledged(Message, frozen=True, kw_only=True):
    """The network has deleted what opens lines up to this number; its write-ahead log follows."""

    through: Size


class LedgerRoot(Message, frozen=True, kw_only=True):
    """The portal has its ledger's root written into the log (台帳の根の記録)."""

    log_size: Size
    root: Bytes32
    exchange_entries: Size
    """Sum of all accounts' counts: equals the exchange entries below `log_size`."""


class LedgerRootNoted(Message, frozen=True, kw_only=True):
    """The root is an entry of the log, pending or integrated."""

    log_size: Size


class Cosignature(Message, frozen=True, kw_only=True):
    """The witness hands in its cosignature of a checkpoint (連署, C2SP cosignature/v1)."""

    log_size: Size
    root: Bytes32
    line: Annotated[str, Meta(min_length=10, max_length=500)]
    """The note signature line, without line end."""


class CosignatureNoted(Message, frozen=True, kw_only=True):
    """The network publishes the checkpoint with this cosignature."""

    log_size: Size


class DirectoryProposalRequest(Message, frozen=True, kw_only=True):
    """The Commission asks whether a directory version waits for its signature."""


class DirectoryProposal(Message, frozen=True, kw_only=True):
    """A version the network has signed, or None."""

    version: Jws | None


class DirectoryCountersigned(Message, frozen=True, kw_only=True):
    """The Commission's countersignature of a proposed version."""

    countersignature: Jws


class DirectoryPublished(Message, frozen=True, kw_only=True):
    """The version is published and is an entry of the log."""

    version: Annotated[int, Meta(ge=1, le=MOST)]

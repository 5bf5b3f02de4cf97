"""The log: the portal's feed, ledger roots, cosignatures, the Commission's look (ログ・連署).

Checkpoints, tiles and entry bundles are plain GETs in the C2SP formats, not messages.
"""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from renkei.wire.fields import (
    MOST,
    Box,
    Bytes32,
    Canonical,
    Jws,
    LeafIndex,
    Message,
    Record,
    Size,
)
from renkei.wire.limits import BULK_BYTES, LARGE_BYTES
from renkei.wire.linkage.permit import PermitRequest
from renkei.wire.portal.messages import LedgerStatement


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
    """X_P; None for receipts, and where a ledger with this line was stated: then it is deleted."""
    portal_seed: Box | None
    request: Jws | None
    """The inquirer's signed request, as evidence should the line not open."""


class Feed(Message, frozen=True, kw_only=True):
    """Lines in order of their numbers; fewer than asked means that no more are integrated."""

    MAX_BYTES: ClassVar = BULK_BYTES
    INSIDE: ClassVar = (PermitRequest,)

    lines: Annotated[list[FeedLine], Meta(max_length=200)]
    log_size: Size
    """Size of the log up to which these lines, with those before, are complete."""


class FeedAcknowledge(Message, frozen=True, kw_only=True):
    """A stated ledger has everything through this line; the network deletes points and boxes.

    Until then they are kept: a portal that loses its database can file those lines once more.
    """

    INSIDE: ClassVar = (LedgerStatement,)

    through: Size
    statement: Jws | None
    """The Commission's statement, at a log size of `through` or more; None where `through` is 0."""


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


class LocateRequest(Message, frozen=True, kw_only=True):
    """Where in the log entry hashes stand (葉の位置)."""

    MAX_BYTES: ClassVar = LARGE_BYTES

    entry_hashes: Annotated[list[Bytes32], Meta(min_length=1, max_length=500)]


class Located(Record, frozen=True, kw_only=True):
    """One hash and the index the network says it has; None where it has none yet."""

    entry_hash: Bytes32
    leaf: LeafIndex | None


class Locations(Message, frozen=True, kw_only=True):
    """One answer per hash asked for; the Commission checks each against the tiles."""

    MAX_BYTES: ClassVar = LARGE_BYTES

    located: Annotated[list[Located], Meta(max_length=500)]


class RecordsRequest(Message, frozen=True, kw_only=True):
    """The Commission asks the network for its records of named leaves."""

    leaves: Annotated[list[LeafIndex], Meta(min_length=1, max_length=200)]


class LoggedRecord(Record, frozen=True, kw_only=True):
    """A record with its salt, as hashed into the leaf."""

    leaf: LeafIndex
    kind: Annotated[int, Meta(ge=1, le=255)]
    salt: Bytes32
    record: Canonical


class Records(Message, frozen=True, kw_only=True):
    """The records still kept among those asked for."""

    MAX_BYTES: ClassVar = BULK_BYTES

    records: Annotated[list[LoggedRecord], Meta(max_length=200)]

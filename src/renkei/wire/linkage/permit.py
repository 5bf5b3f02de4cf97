"""Permits and receipts of exchanges (情報照会の許可と記録, 法19条8号, 21条2項)."""

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta

from renkei.wire.fields import (
    Affair,
    Article,
    Basis,
    Box,
    Bytes32,
    Conditions,
    Epoch,
    Instant,
    Items,
    Message,
    Outcome,
    PartyId,
    Period,
    Record,
    Row,
    TxText,
    Word,
)
from renkei.wire.limits import LARGE_BYTES


class PermitRequest(Message, frozen=True, kw_only=True):
    """An inquirer asks the network for a permit (情報提供の求め, 令20条, 省令40条2項).

    `sender` is the inquirer A, `at` the moment it asked (asked_at). Its three boxes travel beside
    what A signs, which holds a digest of each (`StrippedRequest`).
    """

    VERSION: ClassVar = 2
    BESIDE: ClassVar[tuple[str, ...]] = ("code", "provider_seed", "portal_seed")

    tx: TxText
    office: Word
    officer: Bytes32
    affair: Affair
    sub_affair: Word
    items: Items
    subject: Word
    consent_digest: Bytes32 | None
    procedure: Word | None = None
    """Which procedure of the law's list a desk picked, so that the person is told that one; None
    for a question put together by hand and for an ordinance affair."""
    conditions: Conditions = UNSET
    """What an officer stated to be met, as far as the law wants it for these items."""
    provider: PartyId
    case_digest: Bytes32
    epoch: Epoch
    code: Box
    """box_AL(X): the blinded code, for the network alone."""
    commitment: Bytes32
    provider_seed: Box
    """box_AB(seed)."""
    portal_seed: Box
    """box_AP(seed), derived from the seed alone: who knows the seed makes the same bytes."""


class StrippedRequest(PermitRequest, frozen=True, kw_only=True):
    """What an inquirer signed, its boxes stripped: a digest of each stands in its place.

    This is kept with records, and shows for as long as they are kept what was asked.
    """

    NAME: ClassVar = "permit-request"
    STRIPPED: ClassVar = None
    BESIDE: ClassVar = ()

    code: Bytes32  # type: ignore[assignment]  # the digest of the box
    provider_seed: Bytes32  # type: ignore[assignment]
    portal_seed: Bytes32  # type: ignore[assignment]


PermitRequest.STRIPPED = StrippedRequest


class EarlierRequest(PermitRequest, frozen=True, kw_only=True):
    """A request of the version before: signed with its boxes inside, which cannot be stripped.

    Nobody asks like this any more; evidence from before is still read.
    """

    NAME: ClassVar = "permit-request"
    VERSION: ClassVar = 1
    STRIPPED: ClassVar = None
    BESIDE: ClassVar = ()


class Permit(Message, frozen=True, kw_only=True):
    """The network's permit (提供の求めの通知, 令26条1項, 省令41条1項). `aud` is the inquirer."""

    KEY_USE: ClassVar = "permit"
    VERSION: ClassVar = 2

    requester: PartyId
    provider: PartyId
    portal: PartyId
    tx: TxText
    office: Word
    affair: Affair
    sub_affair: Word
    items: Items
    subject: Word
    consent_digest: Bytes32 | None
    conditions: Conditions = UNSET
    """What the inquirer states to be met; the provider judges by it too."""
    basis: Basis
    asked_at: Instant
    valid_until: Instant
    requester_epoch: Epoch
    provider_epoch: Epoch
    code: Box
    """box_LB(X_B): the converted blinded code, for the provider alone."""
    provider_seed: Box
    commitment: Bytes32
    portal_box: Bytes32
    """Digest of box_AP(seed), which the provider makes again from the seed and compares."""
    portal_period: Period
    """Key period of the portal under which that box is sealed."""
    entry_hash: Bytes32
    """Leaf hash of the log entry this permit promises (RFC 9162 §2.1.1)."""
    salt: Bytes32
    portal_digest: Bytes32
    """With salt and this the inquirer makes the promised record itself, and compares the hash."""
    request_digest: Bytes32


class Refusal(Message, frozen=True, kw_only=True):
    """The network refuses; recorded and logged like a permit (法21条2項). `aud`: the inquirer."""

    KEY_USE: ClassVar = "permit"
    VERSION: ClassVar = 2

    requester: PartyId
    provider: PartyId
    tx: TxText
    article: Article | None
    """None for technical reasons."""
    row: Row | None
    reason: Word
    entry_hash: Bytes32
    salt: Bytes32
    portal_digest: Bytes32
    """As in a permit."""
    request_digest: Bytes32


class Receipt(Record, frozen=True, kw_only=True):
    """How one exchange ended for one party; a log entry of its own kind (受領・提供の記録)."""

    requester: PartyId
    tx: TxText
    outcome: Outcome
    digest: Bytes32
    """Digest of the answer, or of the permit where there was none."""
    commitment: Bytes32


class Receipts(Message, frozen=True, kw_only=True):
    """A batch of receipts from a party's outbox."""

    MAX_BYTES: ClassVar = LARGE_BYTES

    receipts: Annotated[list[Receipt], Meta(min_length=1, max_length=500)]


Rejection = Literal["no-exchange", "not-permitted", "tx-conflict"]


class RejectedReceipt(Record, frozen=True, kw_only=True):
    """Which receipt of a batch is not recorded, and why.

    `no-exchange`: the sender has no part in an exchange with this commitment; `not-permitted`: the
    network refused it, so it cannot have ended so; `tx-conflict`: an earlier one of the
    sender says otherwise.
    """

    requester: PartyId
    tx: TxText
    reason: Rejection


class ReceiptsNoted(Message, frozen=True, kw_only=True):
    """The network has recorded the batch, but for those that cannot be true."""

    MAX_BYTES: ClassVar = LARGE_BYTES

    count: Annotated[int, Meta(ge=0, le=500)]
    rejected: Annotated[list[RejectedReceipt], Meta(max_length=500)]

"""One exchange: request, permit, provision, receipt (情報照会・提供, 法19条8号, 21条2項)."""

from typing import Annotated, Literal

from msgspec import Meta

from renkei.wire.fields import (
    Affair,
    Article,
    Basis,
    Box,
    Bytes32,
    Day,
    Epoch,
    FinalOutcome,
    Instant,
    Jws,
    Label,
    Message,
    Outcome,
    PartyId,
    Record,
    Row,
    Text,
    TxText,
    Word,
)

Number = Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)]
"""An integer every JSON reader takes without loss (RFC 7493 §2.2)."""
Items = Annotated[list[Word], Meta(min_length=1, max_length=20)]


class PermitRequest(Message, frozen=True, kw_only=True):
    """An inquirer asks the network for a permit (情報提供の求め, 令20条, 省令40条2項).

    `sender` is the inquirer A, `at` the moment it asked (asked_at).
    """

    tx: TxText
    office: Word
    officer: Bytes32
    affair: Affair
    sub_affair: Word
    items: Items
    subject: Word
    consent_digest: Bytes32 | None
    provider: PartyId
    case_digest: Bytes32
    epoch: Epoch
    code: Box
    """box_AL(X): the blinded code, for the network alone."""
    commitment: Bytes32
    provider_seed: Box
    """box_AB(seed)."""
    portal_seed: Box
    """box_AP(seed)."""


class Permit(Message, frozen=True, kw_only=True):
    """The network's permit (提供の求めの通知, 令26条1項, 省令41条1項). `aud` is the inquirer."""

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
    basis: Basis
    asked_at: Instant
    valid_until: Instant
    requester_epoch: Epoch
    provider_epoch: Epoch
    code: Box
    """box_LB(X_B): the converted blinded code, for the provider alone."""
    provider_seed: Box
    commitment: Bytes32
    entry_hash: Bytes32
    """Leaf hash of the log entry this permit promises (RFC 9162 §2.1.1)."""
    request_digest: Bytes32


class Refusal(Message, frozen=True, kw_only=True):
    """The network refuses; recorded and logged like a permit (法21条2項). `aud`: the inquirer."""

    requester: PartyId
    provider: PartyId
    tx: TxText
    article: Article | None
    """None for technical reasons."""
    row: Row | None
    reason: Word
    entry_hash: Bytes32
    request_digest: Bytes32


class Presentation(Message, frozen=True, kw_only=True):
    """The inquirer presents its permit to the provider."""

    permit: Jws


class Field(Record, frozen=True, kw_only=True):
    """One typed field of a provided item: name, value, unit (データ項目)."""

    name: Word
    value: Text | Number | bool | None
    unit: Word | None = None


class ProvidedItem(Record, frozen=True, kw_only=True):
    """One item of information with its as-of date (利用特定個人情報)."""

    item: Word
    as_of: Day
    fields: Annotated[list[Field], Meta(max_length=100)]


class Content(Record, frozen=True, kw_only=True):
    """What the answer's box holds (提供する情報)."""

    items: Annotated[list[ProvidedItem], Meta(max_length=20)]


class Answer(Message, frozen=True, kw_only=True):
    """The provider's final answer (情報提供, 令29条, 省令46条2項). `sender` is the provider."""

    requester: PartyId
    tx: TxText
    permit_digest: Bytes32
    nonce: Bytes32
    outcome: FinalOutcome
    article: Article | None = None
    reason: Word | None = None
    content: Box | None = None
    """Present with `provided` only: box_BA(Content)."""


class Interim(Message, frozen=True, kw_only=True):
    """Not yet: a human decides, or the provider has no code yet (自動応答不可)."""

    requester: PartyId
    tx: TxText
    permit_digest: Bytes32
    state: Literal["pending", "no-code"]
    retry_after_seconds: Annotated[int, Meta(ge=1, le=86_400)]


class AttributesOffer(Message, frozen=True, kw_only=True):
    """After `no-code`: the inquirer sends the four attributes, boxed (令26条3項).

    The box has purpose `attributes` and holds `FourAttributes`. The answer is as to a presentation.
    """

    permit: Jws
    attributes: Box


class Received(Message, frozen=True, kw_only=True):
    """The inquirer has stored the answer; the provider may delete it (受領)."""

    tx: TxText
    answer_digest: Bytes32


class ReceivedNoted(Message, frozen=True, kw_only=True):
    """The provider has deleted the answer."""

    tx: TxText


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

    count: Annotated[int, Meta(ge=0, le=500)]
    rejected: Annotated[list[RejectedReceipt], Meta(max_length=500)]


class ProblemReport(Message, frozen=True, kw_only=True):
    """An error of the closed list, signed by the receiver of the failed message (エラー応答)."""

    code: Word
    detail: Label
    article: Article | None = None
    request_digest: Bytes32
    retry_after_seconds: Annotated[int, Meta(ge=1, le=86_400)] | None = None

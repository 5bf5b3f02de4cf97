"""What an institution is asked by its peers and by the Commission (機関への電文, 令29条)."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from renkei.wire.fields import (
    MOST,
    Article,
    BirthDay,
    Box,
    Bytes32,
    Day,
    FinalOutcome,
    Instant,
    Jws,
    Label,
    Message,
    Number,
    Outcome,
    PartyId,
    Record,
    Text,
    TxText,
    UseAffair,
    Word,
)
from renkei.wire.individual_number.messages import Compared, NumberedSubject
from renkei.wire.limits import (
    BATCH,
    BODIES,
    CONFIRMED,
    COUNTS_BYTES,
    LARGE_BYTES,
    PEOPLE_BYTES,
    PROVIDED_ITEMS,
)
from renkei.wire.linkage.permit import Permit, PermitRequest


class Presentation(Message, frozen=True, kw_only=True):
    """The inquirer presents its permit to the provider."""

    MAX_BYTES: ClassVar = LARGE_BYTES
    INSIDE: ClassVar = (Permit,)

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


class Missing(Record, frozen=True, kw_only=True):
    """One item that an answer does not hold, and why: nothing on file, or no room in the box."""

    item: Word
    reason: Literal["no-data", "content-too-large"]


class Content(Record, frozen=True, kw_only=True):
    """What the answer's box holds, item by item (提供する情報).

    Every item asked for stands in one of the lists; for an ordinance affair every item its kinds
    of information mean.
    """

    items: Annotated[list[ProvidedItem], Meta(max_length=PROVIDED_ITEMS)]
    missing: Annotated[list[Missing], Meta(max_length=PROVIDED_ITEMS)] = []


class Answer(Message, frozen=True, kw_only=True):
    """The provider's final answer (情報提供, 令29条, 省令46条2項). `sender` is the provider."""

    MAX_BYTES: ClassVar = LARGE_BYTES
    BOXED: ClassVar = Content

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

    MAX_BYTES: ClassVar = LARGE_BYTES
    INSIDE: ClassVar = (Permit,)

    permit: Jws
    attributes: Box


class ReceivedAnswer(Record, frozen=True, kw_only=True):
    """One answer that the inquirer has stored."""

    tx: TxText
    answer_digest: Bytes32


class Received(Message, frozen=True, kw_only=True):
    """The inquirer has stored these answers; the provider may delete them (受領)."""

    MAX_BYTES: ClassVar = LARGE_BYTES

    answers: Annotated[list[ReceivedAnswer], Meta(min_length=1, max_length=CONFIRMED)]


class ReceivedNoted(Message, frozen=True, kw_only=True):
    """The provider has deleted the answers, but for those it never gave.

    `unknown` names what the sender was never answered, or not with this digest.
    """

    MAX_BYTES: ClassVar = LARGE_BYTES

    unknown: Annotated[list[TxText], Meta(max_length=CONFIRMED)]


class DomicileSubject(Record, frozen=True, kw_only=True):
    """What the box to the registered domicile holds: enough to find one person in the register.

    The register's domicile and head, name and birth date (戸籍の表示, 戸籍法13条1項1号, 3号).
    """

    register: Label
    name: Label
    birth_date: BirthDay


class DomicileRequest(Message, frozen=True, kw_only=True):
    """The Minister hands numbers to a registered domicile's municipality (令27条の2第1項)."""

    MAX_BYTES: ClassVar = PEOPLE_BYTES

    affair: UseAffair
    office: Word
    people: Annotated[list[NumberedSubject], Meta(min_length=1, max_length=BATCH)]


class DomicileAnswer(Message, frozen=True, kw_only=True):
    """J-LIS's comparisons as the municipality got them; who is unknown there differs."""

    MAX_BYTES: ClassVar = LARGE_BYTES

    compared: Annotated[list[Compared], Meta(min_length=1, max_length=BATCH)]


class OffersRequest(Message, frozen=True, kw_only=True):
    """The Commission asks how offers of attributes ended here on one day (照合不一致の報告)."""

    day: Day


class OfferedBy(Record, frozen=True, kw_only=True):
    """How one requester's offers of a day ended: counts only, and nobody they were about."""

    requester: PartyId
    offered: Annotated[int, Meta(ge=0, le=MOST)]
    failed: Annotated[int, Meta(ge=0, le=MOST)]
    """Nobody on file fits, or the code is not theirs."""
    mismatched: Annotated[int, Meta(ge=0, le=MOST)]
    """Of these: somebody on file fits whose code it is not."""
    limited: Annotated[int, Meta(ge=0, le=MOST)]
    """Not looked at, after too many that failed."""


class Offers(Message, frozen=True, kw_only=True):
    """Offers of one day in Japan by requester, most failures first."""

    MAX_BYTES: ClassVar = COUNTS_BYTES

    day: Day
    offers: Annotated[list[OfferedBy], Meta(max_length=BODIES)]


class EntriesRequest(Message, frozen=True, kw_only=True):
    """The Commission asks an institution for entry hashes out of its own records (記録の照合)."""

    after: Annotated[int, Meta(ge=0, le=MOST)]
    """Number of the last record it has seen of this institution; 0 for none."""
    limit: Annotated[int, Meta(ge=1, le=500)]


class InstitutionEntry(Record, frozen=True, kw_only=True):
    """One record as an institution holds it: what was promised, and how it ended for it."""

    number: Annotated[int, Meta(ge=1, le=MOST)]
    side: Literal["requester", "provider"]
    requester: PartyId
    tx: TxText
    entry_hash: Bytes32
    commitment: Bytes32
    promised_at: Instant
    outcome: Outcome | None
    request_digest: Bytes32 | None = None
    terms_digest: Bytes32 | None = None
    """Over what both sides and the network know of the exchange; None in the older form."""
    record_digest: Bytes32 | None = None
    """Over the whole record, under the body's own key: an ended record's never changes."""
    disputes: bool = False
    """Whether the inquirer took the network's reply for one that is not about its request."""


class Entries(Message, frozen=True, kw_only=True):
    """Records with a promised log entry, in order of their numbers."""

    MAX_BYTES: ClassVar = 2 * LARGE_BYTES
    VERSION: ClassVar = 2

    entries: Annotated[list[InstitutionEntry], Meta(max_length=500)]


class ExchangeName(Record, frozen=True, kw_only=True):
    """One side's record of one exchange, by name."""

    side: Literal["requester", "provider"]
    requester: PartyId
    tx: TxText


class EntriesOfRequest(Message, frozen=True, kw_only=True):
    """The Commission, coming from the log, asks an institution for its records of exchanges."""

    MAX_BYTES: ClassVar = LARGE_BYTES

    about: Annotated[list[ExchangeName], Meta(min_length=1, max_length=200)]


class EntriesOf(Message, frozen=True, kw_only=True):
    """The records held of the exchanges asked about; what is not here is not held."""

    MAX_BYTES: ClassVar = 2 * LARGE_BYTES

    about: Annotated[list[ExchangeName], Meta(max_length=200)]
    entries: Annotated[list[InstitutionEntry], Meta(max_length=200)]
    begun: Annotated[list[ExchangeName], Meta(max_length=200)]
    """Of these a record is held too, to which no promise ever came: no reply was received."""


class ShowRequest(Message, frozen=True, kw_only=True):
    """The Commission has an inquirer show what it signed in a transaction (求めの開示).

    The seed is asked for only where the portal says that its box does not open.
    """

    tx: TxText
    seed: bool


class Shown(Message, frozen=True, kw_only=True):
    """What an inquirer signed, boxes stripped, and what the network replied if it disputes that."""

    MAX_BYTES: ClassVar = LARGE_BYTES
    INSIDE: ClassVar = (PermitRequest,)

    tx: TxText
    request: Jws
    reply: Jws | None
    seed: Bytes32 | None
    """The seed of the transaction: who has it makes every box of it again."""

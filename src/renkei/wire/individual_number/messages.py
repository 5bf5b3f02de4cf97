"""What J-LIS is asked: numbers compared and filled, the portal's set (機構への電文, 令27条1項)."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from renkei.values.individual_number import IndividualNumber
from renkei.wire.fields import (
    MOST,
    AcquisitionText,
    BirthDay,
    Box,
    Bytes32,
    Day,
    Instant,
    Label,
    Message,
    PartyId,
    Record,
    UseAffair,
    Word,
)
from renkei.wire.limits import BATCH, BODIES, COUNTS_BYTES, LARGE_BYTES, PEOPLE_BYTES

Verdict = Literal["agree", "doubtful", "differ"]
FieldName = Literal["number", "name", "address", "birth-date", "sex"]
Paper = Literal[
    "individual-number-card", "resident-record-copy", "driving-licence", "passport", "other-paper"
]


class FourAttributes(Record, frozen=True, kw_only=True):
    """Name, address, birth date, sex as the institution has them (氏名・住所・生年月日・性別)."""

    name: Label
    address: Label
    birth_date: BirthDay
    sex: Literal["male", "female", "unknown"]


class AcquireSubject(Record, frozen=True, kw_only=True):
    """What the box to J-LIS holds: the number or nothing, and the institution's own attributes."""

    individual_number: IndividualNumber | None
    attributes: FourAttributes


class FieldVerdict(Record, frozen=True, kw_only=True):
    """How one field compares; never a value (照合結果)."""

    field: FieldName
    verdict: Verdict
    reason: Word


class AcquireAnswer(Message, frozen=True, kw_only=True):
    """J-LIS's comparison; on `agree` the number is filled at the network (照合結果の通知)."""

    number: AcquisitionText
    verdict: Verdict
    fields: Annotated[list[FieldVerdict], Meta(max_length=5)]


class AcquireDecision(Message, frozen=True, kw_only=True):
    """Two officers' signed decision on a doubtful comparison, naming the paper seen."""

    number: AcquisitionText
    officer: Bytes32
    second_officer: Bytes32
    """Another one's pseudonym: a doubt is decided by two."""
    paper: Paper
    request_digest: Bytes32
    """SHA-256 of the AcquireBatch's signed bytes."""


class NumberedSubject(Record, frozen=True, kw_only=True):
    """One acquisition number and the box with whom it is for (取得番号と本人)."""

    number: AcquisitionText
    subject: Box


class Compared(Record, frozen=True, kw_only=True):
    """How one person compares; never a value (照合結果).

    `limited`: not compared, after too many tries that failed.
    """

    number: AcquisitionText
    verdict: Literal["agree", "doubtful", "differ", "limited"]
    fields: Annotated[list[FieldVerdict], Meta(max_length=5)]


class AcquireBatch(Message, frozen=True, kw_only=True):
    """An institution asks J-LIS to have codes issued for several persons (令27条1項)."""

    MAX_BYTES: ClassVar = PEOPLE_BYTES
    BOXED: ClassVar = AcquireSubject

    affair: UseAffair
    office: Word
    officer: Bytes32
    """Pseudonym: HMAC-SHA-256 under a key of the institution of day and officer."""
    people: Annotated[list[NumberedSubject], Meta(min_length=1, max_length=BATCH)]
    on_behalf_of: PartyId | None = None
    """For whom a registered domicile's municipality sends the numbers on (令27条の2第3項)."""


class AcquireBatchAnswer(Message, frozen=True, kw_only=True):
    """J-LIS's comparisons, in the order asked; who agrees is filled at the network."""

    MAX_BYTES: ClassVar = LARGE_BYTES

    compared: Annotated[list[Compared], Meta(min_length=1, max_length=BATCH)]


class ComparisonsRequest(Message, frozen=True, kw_only=True):
    """The Commission asks how comparisons ended on one day (照合不一致の報告)."""

    day: Day


class ComparedFor(Record, frozen=True, kw_only=True):
    """How one body's comparisons of a day ended: counts only, and nobody they were about."""

    institution: PartyId
    compared: Annotated[int, Meta(ge=0, le=MOST)]
    guesses: Annotated[int, Meta(ge=0, le=MOST)]
    """Nobody near was found, or without a number nobody who agrees."""
    failed: Annotated[int, Meta(ge=0, le=MOST)]
    decided: Annotated[int, Meta(ge=0, le=MOST)]
    """Doubtful ones that two officers decided by a paper."""
    limited: Annotated[int, Meta(ge=0, le=MOST)]


class Comparisons(Message, frozen=True, kw_only=True):
    """Comparisons of one day in Japan by body, most guesses first."""

    MAX_BYTES: ClassVar = COUNTS_BYTES

    day: Day
    comparisons: Annotated[list[ComparedFor], Meta(max_length=BODIES)]


PORTAL_BATCH_MINIMUM = 20
"""Numbers J-LIS fills together, at the least while that many people are left, in shuffled order."""


class PortalBatch(Message, frozen=True, kw_only=True):
    """The portal hands J-LIS acquisition numbers to fill for people not yet in its set."""

    numbers: Annotated[list[AcquisitionText], Meta(min_length=1, max_length=BATCH)]


class PortalBatchFilled(Message, frozen=True, kw_only=True):
    """How many numbers are filled, in an order that tells nothing; 0: everybody is in the set."""

    filled: Annotated[int, Meta(ge=0, le=100)]
    remaining: Annotated[int, Meta(ge=0, le=MOST)]
    """People not in the set yet."""


ComparisonEnd = Literal["agree", "doubtful", "differ", "decided"]


class Told(Record, frozen=True, kw_only=True):
    """A notice that the portal has filed, with the count it filed."""

    id: Annotated[int, Meta(ge=1, le=MOST)]
    count: Annotated[int, Meta(ge=1, le=MOST)]


class NoticesRequest(Message, frozen=True, kw_only=True):
    """The portal says what it has filed, and hands over empty numbers for what is new."""

    numbers: Annotated[list[AcquisitionText], Meta(max_length=BATCH)]
    told: Annotated[list[Told], Meta(max_length=BATCH)]


class Notice(Record, frozen=True, kw_only=True):
    """Comparisons of one person on one day by one office that ended alike (照合の通知).

    `number` is filled for the portal: the code it leads to says whose it is.
    """

    id: Annotated[int, Meta(ge=1, le=MOST)]
    number: AcquisitionText
    day: Day
    institution: PartyId
    office: Word
    affair: UseAffair
    verdict: ComparisonEnd
    count: Annotated[int, Meta(ge=1, le=MOST)]
    last_at: Instant


class Notices(Message, frozen=True, kw_only=True):
    """What people are to read, a number for each person; `waiting` are all that is not told yet."""

    MAX_BYTES: ClassVar = LARGE_BYTES

    notices: Annotated[list[Notice], Meta(max_length=BATCH)]
    waiting: Annotated[int, Meta(ge=0, le=MOST)]


class PersonaSignIn(Message, frozen=True, kw_only=True):
    """SANDBOX: a persona signs in; its number is filled for that person (試験用の本人指定)."""

    number: AcquisitionText
    persona: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}\Z")]


class PersonaSignedIn(Message, frozen=True, kw_only=True):
    """The number is filled; collect it at the network."""

    number: AcquisitionText

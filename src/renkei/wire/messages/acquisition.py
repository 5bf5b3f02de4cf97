"""First issue of an institution's code (機関別符号の取得, 法21条の2, 令27条)."""

from typing import Annotated, Literal

from msgspec import Meta

from renkei.wire.fields import (
    AcquisitionText,
    Box,
    Bytes32,
    Day,
    Epoch,
    Instant,
    Label,
    Message,
    PartyId,
    Record,
    UseAffair,
    Word,
)

Verdict = Literal["agree", "doubtful", "differ"]
FieldName = Literal["number", "name", "address", "birth-date", "sex"]
Paper = Literal[
    "individual-number-card", "resident-record-copy", "driving-licence", "passport", "other-paper"
]


class AcquisitionNumberRequest(Message, frozen=True, kw_only=True):
    """An institution asks the network for acquisition numbers (取得番号の求め)."""

    count: Annotated[int, Meta(ge=1, le=100)]


class AcquisitionNumbers(Message, frozen=True, kw_only=True):
    """Single-use numbers bound to one institution, epoch and 24 hours (取得番号)."""

    numbers: Annotated[list[AcquisitionText], Meta(min_length=1, max_length=100)]
    epoch: Epoch
    expires_at: Instant


class FourAttributes(Record, frozen=True, kw_only=True):
    """Name, address, birth date, sex as the institution has them (氏名・住所・生年月日・性別)."""

    name: Label
    address: Label
    birth_date: Day
    sex: Literal["male", "female", "unknown"]


class AcquireSubject(Record, frozen=True, kw_only=True):
    """What the box to J-LIS holds: the number or nothing, and the institution's own attributes."""

    individual_number: Annotated[str, Meta(pattern=r"^[0-9]{12}\Z")] | None
    attributes: FourAttributes


class AcquireRequest(Message, frozen=True, kw_only=True):
    """An institution asks J-LIS to have a code issued for one person (令27条1項)."""

    number: AcquisitionText
    affair: UseAffair
    office: Word
    officer: Bytes32
    """Pseudonym: HMAC-SHA-256 under a key of the institution of day and officer."""
    subject: Box
    on_behalf_of: PartyId | None = None
    """For whom a registered domicile's municipality sends the number on (令27条の2第3項)."""


class DomicileSubject(Record, frozen=True, kw_only=True):
    """What the box to the registered domicile holds: enough to find one person in the register.

    The register's domicile and head, name and birth date (戸籍の表示, 戸籍法13条1項1号, 3号).
    """

    register: Label
    name: Label
    birth_date: Day


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
    """An officer's signed decision on a doubtful comparison, naming the paper seen."""

    number: AcquisitionText
    officer: Bytes32
    paper: Paper
    request_digest: Bytes32
    """SHA-256 of the AcquireRequest's signed bytes."""


class AcquisitionFill(Message, frozen=True, kw_only=True):
    """J-LIS fills an acquisition number, once: a blinded point and the boxed seed (令27条3項)."""

    number: AcquisitionText
    institution: PartyId
    blinded: Bytes32
    seed: Box


class AcquisitionFilled(Message, frozen=True, kw_only=True):
    """The network has stored the filling."""

    number: AcquisitionText


class AcquisitionCollect(Message, frozen=True, kw_only=True):
    """The institution collects what was filled for it."""

    number: AcquisitionText


class AcquisitionCollected(Message, frozen=True, kw_only=True):
    """The converted blinded point, the box with the seed and the epoch (符号の通知)."""

    number: AcquisitionText
    blinded: Bytes32
    seed: Box
    epoch: Epoch


class AcquisitionConfirm(Message, frozen=True, kw_only=True):
    """The institution has bound the code; the network deletes number, point and box."""

    number: AcquisitionText


class AcquisitionConfirmed(Message, frozen=True, kw_only=True):
    """Nothing of the acquisition is left at the network."""

    number: AcquisitionText

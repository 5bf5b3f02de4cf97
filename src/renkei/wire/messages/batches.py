"""First issue of many codes at once: the same steps, up to 100 people a message (一括の取得).

Each person keeps a number, a box and a verdict of its own; only signatures and journeys are shared.
"""

from typing import Annotated, Final

from msgspec import Meta

from renkei.wire.fields import (
    AcquisitionText,
    Box,
    Bytes32,
    Epoch,
    Message,
    PartyId,
    Record,
    UseAffair,
    Word,
)
from renkei.wire.messages.acquisition import FieldVerdict, Verdict

BATCH: Final = 100
"""People in one message."""
Numbers = Annotated[list[AcquisitionText], Meta(min_length=1, max_length=100)]


class NumberedSubject(Record, frozen=True, kw_only=True):
    """One acquisition number and the box with whom it is for (取得番号と本人)."""

    number: AcquisitionText
    subject: Box


class Compared(Record, frozen=True, kw_only=True):
    """How one person compares; never a value (照合結果)."""

    number: AcquisitionText
    verdict: Verdict
    fields: Annotated[list[FieldVerdict], Meta(max_length=5)]


class AcquireBatch(Message, frozen=True, kw_only=True):
    """An institution asks J-LIS to have codes issued for several persons (令27条1項)."""

    affair: UseAffair
    office: Word
    officer: Bytes32
    people: Annotated[list[NumberedSubject], Meta(min_length=1, max_length=100)]
    on_behalf_of: PartyId | None = None
    """For whom a registered domicile's municipality sends the numbers on (令27条の2第3項)."""


class AcquireBatchAnswer(Message, frozen=True, kw_only=True):
    """J-LIS's comparisons, in the order asked; who agrees is filled at the network."""

    compared: Annotated[list[Compared], Meta(min_length=1, max_length=100)]


class DomicileRequest(Message, frozen=True, kw_only=True):
    """The Minister hands numbers to a registered domicile's municipality (令27条の2第1項)."""

    affair: UseAffair
    office: Word
    people: Annotated[list[NumberedSubject], Meta(min_length=1, max_length=100)]


class DomicileAnswer(Message, frozen=True, kw_only=True):
    """J-LIS's comparisons as the municipality got them; who is unknown there differs."""

    compared: Annotated[list[Compared], Meta(min_length=1, max_length=100)]


class Filling(Record, frozen=True, kw_only=True):
    """A blinded point and the boxed seed for one number of one institution (令27条3項)."""

    number: AcquisitionText
    institution: PartyId
    blinded: Bytes32
    seed: Box


class FillBatch(Message, frozen=True, kw_only=True):
    """J-LIS fills acquisition numbers, each once."""

    fillings: Annotated[list[Filling], Meta(min_length=1, max_length=100)]


class FillBatchNoted(Message, frozen=True, kw_only=True):
    """Which fillings the network now holds; the others are used, unknown or run out."""

    filled: Annotated[list[AcquisitionText], Meta(max_length=100)]


class CollectBatch(Message, frozen=True, kw_only=True):
    """An institution collects what was filled for it."""

    numbers: Numbers


class Collected(Record, frozen=True, kw_only=True):
    """One converted blinded point, the box with its seed, and the epoch (符号の通知)."""

    number: AcquisitionText
    blinded: Bytes32
    seed: Box
    epoch: Epoch


class CollectBatchAnswer(Message, frozen=True, kw_only=True):
    """What was there to collect."""

    collected: Annotated[list[Collected], Meta(max_length=100)]


class ConfirmBatch(Message, frozen=True, kw_only=True):
    """The institution has bound these codes; the network deletes numbers, points and boxes."""

    numbers: Numbers


class ConfirmBatchNoted(Message, frozen=True, kw_only=True):
    """Nothing of these acquisitions is left at the network."""

    numbers: Numbers

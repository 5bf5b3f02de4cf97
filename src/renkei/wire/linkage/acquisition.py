"""First issue of codes at the network: numbers, fillings, collection (符号の取得, 令27条)."""

from typing import Annotated, ClassVar

from msgspec import Meta

from renkei.wire.fields import (
    AcquisitionText,
    Box,
    Bytes32,
    Epoch,
    Instant,
    Message,
    PartyId,
    Record,
)
from renkei.wire.limits import BATCH, LARGE_BYTES


class AcquisitionNumberRequest(Message, frozen=True, kw_only=True):
    """An institution asks the network for acquisition numbers (取得番号の求め)."""

    count: Annotated[int, Meta(ge=1, le=100)]


class AcquisitionNumbers(Message, frozen=True, kw_only=True):
    """Single-use numbers bound to one institution, epoch and 24 hours (取得番号)."""

    numbers: Annotated[list[AcquisitionText], Meta(min_length=1, max_length=BATCH)]
    epoch: Epoch
    expires_at: Instant


class AcquisitionFill(Message, frozen=True, kw_only=True):
    """J-LIS fills an acquisition number, once: a blinded point and the boxed seed (令27条3項)."""

    number: AcquisitionText
    institution: PartyId
    blinded: Bytes32
    seed: Box


class AcquisitionFilled(Message, frozen=True, kw_only=True):
    """The network has stored the filling."""

    number: AcquisitionText


Numbers = Annotated[list[AcquisitionText], Meta(min_length=1, max_length=BATCH)]


class Filling(Record, frozen=True, kw_only=True):
    """A blinded point and the boxed seed for one number of one institution (令27条3項)."""

    number: AcquisitionText
    institution: PartyId
    blinded: Bytes32
    seed: Box


class FillBatch(Message, frozen=True, kw_only=True):
    """J-LIS fills acquisition numbers, each once."""

    MAX_BYTES: ClassVar = LARGE_BYTES

    fillings: Annotated[list[Filling], Meta(min_length=1, max_length=BATCH)]


class FillBatchNoted(Message, frozen=True, kw_only=True):
    """Which fillings the network now holds; the others are used, unknown or run out."""

    filled: Annotated[list[AcquisitionText], Meta(max_length=BATCH)]


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

    MAX_BYTES: ClassVar = LARGE_BYTES

    collected: Annotated[list[Collected], Meta(max_length=BATCH)]


class ConfirmBatch(Message, frozen=True, kw_only=True):
    """The institution has bound these codes; the network deletes numbers, points and boxes."""

    numbers: Numbers


class ConfirmBatchNoted(Message, frozen=True, kw_only=True):
    """Nothing of these acquisitions is left at the network."""

    numbers: Numbers

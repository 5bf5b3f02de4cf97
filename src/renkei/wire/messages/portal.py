"""The portal's own codes at J-LIS: the set of valid codes, and sign-in (開示システムの符号)."""

from typing import Annotated

from msgspec import Meta

from renkei.wire.fields import AcquisitionText, Message
from renkei.wire.messages.log import MOST

PORTAL_BATCH_MINIMUM = 20
"""Numbers J-LIS fills together, at the least while that many people are left, in shuffled order."""


class PortalBatch(Message, frozen=True, kw_only=True):
    """The portal hands J-LIS acquisition numbers to fill for people not yet in its set."""

    numbers: Annotated[list[AcquisitionText], Meta(min_length=1, max_length=100)]


class PortalBatchFilled(Message, frozen=True, kw_only=True):
    """How many numbers are filled, in an order that tells nothing; 0: everybody is in the set."""

    filled: Annotated[int, Meta(ge=0, le=100)]
    remaining: Annotated[int, Meta(ge=0, le=MOST)]
    """People not in the set yet."""


class PersonaSignIn(Message, frozen=True, kw_only=True):
    """SANDBOX: a persona signs in; its number is filled for that person (試験用の本人指定)."""

    number: AcquisitionText
    persona: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}\Z")]


class PersonaSignedIn(Message, frozen=True, kw_only=True):
    """The number is filled; collect it at the network."""

    number: AcquisitionText

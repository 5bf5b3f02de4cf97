"""What an office's desk tells its own institution to do about codes (符号の取得の指示)."""

from typing import Annotated, ClassVar

from msgspec import Meta

from renkei.values.person_id import PersonId
from renkei.wire.fields import Message, Record, UseAffair, Word
from renkei.wire.individual_number.messages import FieldVerdict, Paper
from renkei.wire.institution.desk import Officer
from renkei.wire.limits import LARGE_BYTES


class DeskAcquire(Message, frozen=True, kw_only=True):
    """A desk has codes acquired for persons on file (符号の取得の指示)."""

    affair: UseAffair
    office: Word
    officer: Officer
    persons: Annotated[list[PersonId], Meta(min_length=1, max_length=100)]
    paper: Paper | None = None
    """Which paper the officer has seen of these persons, whose comparison was doubtful before.

    It decides once another officer says the same: `second-officer-needed` until then.
    """


class DeskAcquired(Record, frozen=True, kw_only=True):
    """How one acquisition ended: `bound`, `held`, a verdict, or an error code."""

    person: PersonId
    result: Word
    fields: Annotated[list[FieldVerdict], Meta(max_length=5)] = []


class DeskAcquisitions(Message, frozen=True, kw_only=True):
    """How each acquisition ended; no attribute of anybody comes back."""

    MAX_BYTES: ClassVar = LARGE_BYTES

    results: Annotated[list[DeskAcquired], Meta(max_length=100)]

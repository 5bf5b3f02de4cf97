"""Birth dates, some of which are known in part only: 1950-03-XX, 1950-XX-XX, XXXX-XX-XX (生年月日).

Registers hold people whose day, month or year of birth nobody knows (不詳). X stands for a digit
that is not known, as in ISO 8601-2; no such text can be taken for a day.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Final

from renkei.values.errors import ValueFormatError
from renkei.values.likeness import DIFFERENT, SAME, Likeness, doubtful

UNKNOWN: Final = "XXXX-XX-XX"
_FORM: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})\Z|([0-9]{4})-([0-9]{2})-XX\Z|([0-9]{4})-XX-XX\Z|XXXX-XX-XX\Z"
)
_FIELD: Final = "birth-date"
_DECEMBER: Final = 12


@dataclass(frozen=True, slots=True)
class BirthDate:
    """A birth date as far as it is known; a known day has a known month, and that a year."""

    year: int | None
    month: int | None
    day: int | None

    @classmethod
    def parse(cls, text: str) -> "BirthDate":
        """Read YYYY-MM-DD with X for unknown digits; raises ValueFormatError for anything else."""
        found = _FORM.match(text)
        if found is None:
            raise ValueFormatError(
                _FIELD, "character", "write YYYY-MM-DD, with XX for a month or day not known."
            )
        one = [int(part) for part in found.groups() if part is not None]
        year, month, day = [*one, None, None, None][:3]
        try:
            date(*(1 if part is None else part for part in (year, month, day)))
        except ValueError:
            raise ValueFormatError(
                _FIELD, "range", "there is no such day in the calendar; look at the document again."
            ) from None
        return cls(year, month, day)

    def __str__(self) -> str:
        year = "XXXX" if self.year is None else f"{self.year:04d}"
        month = "XX" if self.month is None else f"{self.month:02d}"
        return f"{year}-{month}-" + ("XX" if self.day is None else f"{self.day:02d}")

    @property
    def known(self) -> bool:
        """Whether year, month and day are all known."""
        return self.day is not None

    def earliest(self) -> date | None:
        """The first day it can have been; None where not even the year is known."""
        return date(self.year, self.month or 1, self.day or 1) if self.year is not None else None

    def latest(self) -> date | None:
        """The last day it can have been; None where not even the year is known."""
        if self.year is None:
            return None
        month = self.month or _DECEMBER
        return date(self.year, month, self.day or monthrange(self.year, month)[1])

    def less_known(self) -> tuple[str, ...]:
        """This date and the same one known less well, as they are written."""
        forms = [self, BirthDate(self.year, self.month, None), BirthDate(self.year, None, None)]
        return tuple(dict.fromkeys([*(str(one) for one in forms), UNKNOWN]))

    def better_known(self) -> tuple[str, str] | None:
        """Between which texts every better known date of this year or month stands, if any may.

        None for a date that is known, and for one of which nothing is.
        """
        if self.known or self.year is None:
            return None
        begins = str(self).split("X", 1)[0]
        return begins, begins + "X"


def compare_birth_dates(own: str, registered: str) -> Likeness:
    """Known dates agree or differ; what is not known is a doubt unless a known part differs.

    Unknown parts on both sides are a doubt too: they are no proof of one day (不詳).
    Raises ValueFormatError for what is no birth date.
    """
    left, right = BirthDate.parse(own), BirthDate.parse(registered)
    parts = ((left.year, right.year), (left.month, right.month), (left.day, right.day))
    if any(None not in pair and pair[0] != pair[1] for pair in parts):
        return DIFFERENT
    return SAME if left.known and right.known else doubtful("partly-unknown")

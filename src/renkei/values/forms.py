"""How numbers and codes stand where machines write them: one text each (値の表記).

Messages and database columns carry a value as this text and in no other spelling; people's
spellings (spaces, full width) are for `parse` at a screen or a command line.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from renkei.values.corporate_number import CorporateNumber
from renkei.values.errors import ValueFormatError
from renkei.values.individual_number import IndividualNumber
from renkei.values.municipality_code import MunicipalityCode
from renkei.values.person_id import PersonId
from renkei.values.reveal import Purpose

CODES_KEPT: Final = 4096
"""Codes whose reading is remembered; there are some 1,800 local public bodies."""


@dataclass(frozen=True, slots=True)
class Form:
    """The text of one type of value: its pattern (ECMA 262), longest length, and how it is read."""

    kind: type
    pattern: str
    characters: int
    make: Callable[[str], Any]
    digits: bool = True
    """Whether it is digits alone, which people write with spaces and in full width too."""

    def read(self, text: object) -> Any:
        """The value a text is; raises ValueFormatError for another spelling or a wrong digit."""
        if not isinstance(text, str):
            raise ValueFormatError(self.kind.__name__, "character", "it is no text.")
        if self.digits and not (text.isascii() and text.isdigit()):
            raise ValueFormatError(self.kind.__name__, "character", "it is digits alone.")
        return self.make(text)

    def write(self, value: object, purpose: Purpose | None = None) -> str:
        """The text of a value; one the law protects needs the purpose it is revealed for.

        Raises TypeError for anything that is not of this type, and without the purpose.
        """
        if type(value) is not self.kind:
            raise TypeError(f"{self.kind.__name__} is needed, not {type(value).__name__}")
        if isinstance(value, IndividualNumber):
            if purpose is None:
                raise TypeError(f"{self.kind.__name__} is written for a stated purpose only")
            return value.reveal(purpose)
        return str(value)


_ALL: Final = (
    Form(IndividualNumber, r"[0-9]{12}", 12, IndividualNumber.recognise),
    Form(PersonId, r"(?![0-9]{11,12}$)[0-9A-Z]{1,32}", 32, PersonId, digits=False),
    Form(
        MunicipalityCode,
        r"(0[1-9]|[1-3][0-9]|4[0-7])[0-9]{4}",
        6,
        lru_cache(CODES_KEPT)(MunicipalityCode),
    ),
    Form(CorporateNumber, r"[1-9][0-9]{12}", 13, CorporateNumber),
)
FORMS: Final[dict[type, Form]] = {one.kind: one for one in _ALL}
"""Every type of value that a message or a column carries as a text of its own."""

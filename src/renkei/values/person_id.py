"""An institution's own number for a person, which never leaves it (団体内統合宛名番号)."""

import re
from dataclasses import dataclass
from typing import Final

from renkei.values.errors import ValueFormatError

FIELD: Final = "person-id"
LENGTH_LIMIT_CHARACTERS: Final = 32

_FORM: Final = re.compile(r"[0-9A-Z]{1,32}")
_LENGTHS_OF_PROTECTED_NUMBERS: Final = (11, 12)


@dataclass(frozen=True, slots=True, order=True)
class PersonId:
    """How one institution's systems call a person, commonly 15 characters (団体内統合宛名番号).

    1 to 32 characters of 0-9 and A-Z. Exactly 11 or 12 digits and nothing else are refused as
    `looks-like-number`: that would be a resident code or an individual number in disguise.
    """

    text: str

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise TypeError("a person id is read from text")
        if not 1 <= len(self.text) <= LENGTH_LIMIT_CHARACTERS:
            raise ValueFormatError(
                FIELD,
                "length",
                f"{len(self.text)} characters given; it has 1 to {LENGTH_LIMIT_CHARACTERS}.",
            )
        if _FORM.fullmatch(self.text) is None:
            raise ValueFormatError(FIELD, "character", "it takes only 0 to 9 and A to Z.")
        if self.text.isdigit() and len(self.text) in _LENGTHS_OF_PROTECTED_NUMBERS:
            raise ValueFormatError(
                FIELD,
                "looks-like-number",
                f"{len(self.text)} digits alone could be a resident code or an individual "
                "number; use another length or a letter.",
            )

    @classmethod
    def parse(cls, text: str) -> "PersonId":
        """Accept the text as it is; raises ValueFormatError."""
        return cls(text)

    def __str__(self) -> str:
        return self.text

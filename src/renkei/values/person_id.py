"""An institution's own number for a person, which never leaves it (団体内統合宛名番号)."""

import re
from typing import Final, Self, final

from renkei.values.errors import ValueFormatError
from renkei.values.text import TextValue

FIELD: Final = "person-id"
LENGTH_LIMIT_CHARACTERS: Final = 32

_FORM: Final = re.compile(r"[0-9A-Z]{1,32}")
_LENGTHS_OF_PROTECTED_NUMBERS: Final = (11, 12)


@final
class PersonId(TextValue):
    """How one institution's systems call a person, commonly 15 characters (団体内統合宛名番号).

    1 to 32 characters of 0-9 and A-Z. Exactly 11 or 12 digits and nothing else are refused as
    `looks-like-number`: that would be a resident code or an individual number in disguise.
    Raises ValueFormatError `length`, `character` or `looks-like-number`.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if not isinstance(text, str):
            raise TypeError("a person id is read from text")
        if not 1 <= len(text) <= LENGTH_LIMIT_CHARACTERS:
            raise ValueFormatError(
                FIELD,
                "length",
                f"{len(text)} characters given; it has 1 to {LENGTH_LIMIT_CHARACTERS}.",
            )
        if _FORM.fullmatch(text) is None:
            raise ValueFormatError(FIELD, "character", "it takes only 0 to 9 and A to Z.")
        if len(text) in _LENGTHS_OF_PROTECTED_NUMBERS and text.isdigit():
            raise ValueFormatError(
                FIELD,
                "looks-like-number",
                f"{len(text)} digits alone could be a resident code or an individual "
                "number; use another length or a letter.",
            )
        return super().__new__(cls, text)

"""The single-use number under which a code is issued (取得番号, 番号法21条の2, 省令85号41条の2)."""

import base64
import re
from dataclasses import dataclass
from typing import Final

from renkei.values.errors import ValueFormatError

FIELD: Final = "acquisition-number"
RANDOM_BYTES: Final = 16
LENGTH_CHARACTERS: Final = 22

# 128 bits fill 21 characters and two bits of the 22nd; the other four bits must be zero.
_CANONICAL: Final = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]")


@dataclass(frozen=True, slots=True, order=True)
class AcquisitionNumber:
    """A number for one issue of one code, derived from nothing (取得番号, 省令85号41条の2).

    16 random bytes as 22 characters of unpadded base64url (RFC 4648 section 5). The last
    character is always a letter, so no text of it can be read as an individual number or a
    resident code, as the ordinance demands.
    """

    text: str

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise TypeError("an acquisition number is read from text")
        if _CANONICAL.fullmatch(self.text) is None:
            wrong_length = len(self.text) != LENGTH_CHARACTERS
            raise ValueFormatError(
                FIELD,
                "length" if wrong_length else "character",
                f"it must be {LENGTH_CHARACTERS} characters of unpadded base64url "
                f"for {RANDOM_BYTES} bytes.",
            )

    @classmethod
    def create(cls, random: bytes) -> "AcquisitionNumber":
        """Make one from 16 random bytes; raises ValueFormatError `length`."""
        if len(random) != RANDOM_BYTES:
            raise ValueFormatError(
                FIELD, "length", f"{len(random)} random bytes given, {RANDOM_BYTES} expected."
            )
        return cls(base64.urlsafe_b64encode(random).decode("ascii").rstrip("="))

    @classmethod
    def parse(cls, text: str) -> "AcquisitionNumber":
        """Accept the canonical text and nothing else; raises ValueFormatError."""
        return cls(text)

    def __bytes__(self) -> bytes:
        """The 16 random bytes."""
        return base64.urlsafe_b64decode(self.text + "==")

    def __str__(self) -> str:
        return self.text

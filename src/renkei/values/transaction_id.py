"""The identifier of one request, made by the requester (処理通番); a UUID version 7 (RFC 9562)."""

import re
from dataclasses import dataclass
from typing import Final

from renkei.values.errors import ValueFormatError

FIELD: Final = "transaction-id"
RANDOM_BYTES: Final = 10
MILLISECONDS_LIMIT: Final = 2**48 - 1

_CANONICAL: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)


@dataclass(frozen=True, slots=True, order=True)
class TransactionId:
    """One request's identifier; with its maker A, (A, tx) is the key of everything (RFC 9562).

    Only the canonical text counts: 36 characters, lower case, version 7, variant 10. Two
    spellings of one identifier would be two requests to whoever compares bytes. Order is that
    of creation to the millisecond.
    """

    text: str

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise TypeError("a transaction id is read from text")
        if _CANONICAL.fullmatch(self.text) is None:
            raise ValueFormatError(
                FIELD,
                "character" if len(self.text) == 36 else "length",
                "it must be a UUID of version 7 in canonical form: 36 characters, lower-case "
                "hexadecimal in groups of 8-4-4-4-12.",
            )

    @classmethod
    def create(cls, milliseconds: int, random: bytes) -> "TransactionId":
        """Make one from Unix time in milliseconds (48 bits) and 10 random bytes (74 bits used).

        Raises ValueFormatError `range` or `length`.
        """
        if not 0 <= milliseconds <= MILLISECONDS_LIMIT:
            raise ValueFormatError(FIELD, "range", "the time in milliseconds must fit 48 bits.")
        if len(random) != RANDOM_BYTES:
            raise ValueFormatError(
                FIELD, "length", f"{len(random)} random bytes given, {RANDOM_BYTES} expected."
            )
        drawn = int.from_bytes(random, "big")
        upper = (drawn >> 62) & 0xFFF
        lower = drawn & ((1 << 62) - 1)
        number = milliseconds << 80 | 0x7 << 76 | upper << 64 | 0b10 << 62 | lower
        digits = f"{number:032x}"
        return cls("-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])))

    @classmethod
    def parse(cls, text: str) -> "TransactionId":
        """Accept the canonical text and nothing else; raises ValueFormatError."""
        return cls(text)

    @property
    def milliseconds(self) -> int:
        """When it was made, in milliseconds of Unix time, as its maker says."""
        return int(self.text[:8] + self.text[9:13], 16)

    def __bytes__(self) -> bytes:
        """The 16 bytes in network order."""
        return bytes.fromhex(self.text.replace("-", ""))

    def __str__(self) -> str:
        return self.text

"""A short number for a request, to be read out on the telephone (受付番号の短縮形)."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from renkei.values.digits import read_digits
from renkei.values.errors import ValueFormatError
from renkei.values.transaction_id import TransactionId

FIELD: Final = "reference"
DIGITS: Final = 10
_BODY_DIGITS: Final = 9
_GROUPS: Final = (3, 3, 4)
_PURPOSE: Final = b"renkei reference\x00"


@dataclass(frozen=True, slots=True)
class Reference:
    """Ten digits made from a transaction id, never the other way (受付番号).

    Nine digits of SHA-256 over a purpose and the id, modulo 10^9, and a check digit (ISO/IEC 7064,
    MOD 11,10), which finds every single wrong digit and nearly every swap of two neighbours. Ten,
    so that nobody takes it for an individual number. Two of 10,000 requests of one body share
    one with a probability of about 5 %: whoever looks a request up asks for its day as well.
    """

    digits: str

    def __post_init__(self) -> None:
        if len(self.digits) != DIGITS or not self.digits.isascii() or not self.digits.isdigit():
            raise ValueFormatError(FIELD, "length", f"a reference has {DIGITS} digits.")
        if self.digits[-1] != _check_digit(self.digits[:-1]):
            raise ValueFormatError(
                FIELD, "check-digit", "the last digit does not fit: ask to hear the number again."
            )

    @classmethod
    def of(cls, transaction: TransactionId) -> "Reference":
        """The reference of a request."""
        digest = sha256(_PURPOSE + transaction.text.encode("ascii")).digest()
        body = f"{int.from_bytes(digest[:16], 'big') % 10**_BODY_DIGITS:0{_BODY_DIGITS}d}"
        return cls(body + _check_digit(body))

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """Read one as people write it: spaces, hyphens, full-width digits.

        Raises ValueFormatError `character`, `length` or `check-digit`.
        """
        return cls(read_digits(text, FIELD, DIGITS))

    def __str__(self) -> str:
        first, second, _ = _GROUPS
        return f"{self.digits[:first]} {self.digits[first : first + second]} {self.digits[-4:]}"


def _check_digit(body: str) -> str:
    product = 10
    for digit in body:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)

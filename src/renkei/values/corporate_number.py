"""The 13-digit number of a corporation, public (法人番号, 番号法2条15項, 令35条)."""

from dataclasses import dataclass
from typing import Final

from renkei.values.digits import read_digits, weighted_sum
from renkei.values.errors import ValueFormatError

FIELD: Final = "corporate-number"
LENGTH_DIGITS: Final = 13

# Q_n is 1 for odd n and 2 for even n, counted from the right of the 12.
_WEIGHTS: Final = (2, 1) * 6


def corporate_number_check_digit(body12: str) -> int:
    """Compute the leading check digit, 1 to 9, of a 12-digit body (財務省令70号2条).

    9 minus the weighted sum modulo 9; 0 and 9 in one place cannot be told apart.
    """
    return 9 - weighted_sum(read_digits(body12, FIELD, LENGTH_DIGITS - 1), _WEIGHTS) % 9


@dataclass(frozen=True, slots=True, order=True)
class CorporateNumber:
    """A corporation's number, which anyone may see (法人番号, 番号法39条4項)."""

    digits: str

    def __post_init__(self) -> None:
        digits = read_digits(self.digits, FIELD, LENGTH_DIGITS)
        if int(digits[0]) != corporate_number_check_digit(digits[1:]):
            raise ValueFormatError(
                FIELD,
                "check-digit",
                "the first digit, the check digit, does not fit the 12 digits after it; "
                "compare every digit with the published register.",
            )
        object.__setattr__(self, "digits", digits)

    @classmethod
    def parse(cls, text: str) -> "CorporateNumber":
        """Read 13 digits as written, full-width, spaced or hyphenated.

        Raises ValueFormatError with reason `character`, `length` or `check-digit`.
        """
        return cls(text)

    @classmethod
    def from_body(cls, body12: str) -> "CorporateNumber":
        """Put the check digit in front of a 12-digit body."""
        body = read_digits(body12, FIELD, LENGTH_DIGITS - 1)
        return cls(f"{corporate_number_check_digit(body)}{body}")

    def __str__(self) -> str:
        return self.digits

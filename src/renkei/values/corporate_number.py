"""The 13-digit number of a corporation, public (法人番号, 番号法2条15項, 令35条)."""

from typing import Final, Self, final

from renkei.values.digits import read_digits, weighted_sum
from renkei.values.errors import ValueFormatError
from renkei.values.text import TextValue

FIELD: Final = "corporate-number"
LENGTH_DIGITS: Final = 13

# Q_n is 1 for odd n and 2 for even n, counted from the right of the 12.
_WEIGHTS: Final = (2, 1) * 6


def corporate_number_check_digit(body12: str) -> int:
    """Compute the leading check digit, 1 to 9, of a 12-digit body (財務省令70号2条).

    9 minus the weighted sum modulo 9; 0 and 9 in one place cannot be told apart.
    """
    return 9 - weighted_sum(read_digits(body12, FIELD, LENGTH_DIGITS - 1), _WEIGHTS) % 9


@final
class CorporateNumber(TextValue):
    """A corporation's number, which anyone may see (法人番号, 番号法39条4項).

    Made from 13 digits as written, full-width, spaced or hyphenated; raises ValueFormatError
    `character`, `length` or `check-digit`.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        digits = read_digits(text, FIELD, LENGTH_DIGITS)
        if int(digits[0]) != corporate_number_check_digit(digits[1:]):
            raise ValueFormatError(
                FIELD,
                "check-digit",
                "the first digit, the check digit, does not fit the 12 digits after it; "
                "compare every digit with the published register.",
            )
        return super().__new__(cls, digits)

    @classmethod
    def from_body(cls, body12: str) -> Self:
        """Put the check digit in front of a 12-digit body."""
        body = read_digits(body12, FIELD, LENGTH_DIGITS - 1)
        return cls(f"{corporate_number_check_digit(body)}{body}")

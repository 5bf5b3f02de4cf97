"""The 11-digit code of the resident register (住民票コード, 住民基本台帳法7条13号)."""

from typing import Final, final

from renkei.values.digits import read_digits, weighted_sum
from renkei.values.individual_number import (
    NumberScheme,
    refuse_export_of_official,
    require_check_digit,
)
from renkei.values.reveal import Masked, Purpose, mask_digits, require_purpose

FIELD: Final = "resident-code"
LENGTH_DIGITS: Final = 11

_WEIGHTS: Final = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def resident_code_check_digit(body10: str) -> int:
    """Compute the check digit of ten random digits (検査数字, 住基法施行規則1条).

    Confidence is medium: the formula stands in a ministerial notice that we have not seen. The
    weights (2 to 7, then 2 to 5, from the right, modulo 11) are those of the one public
    implementation, the same rule as the individual number's.
    """
    remainder = weighted_sum(read_digits(body10, FIELD, LENGTH_DIGITS - 1), _WEIGHTS) % 11
    return 0 if remainder <= 1 else 11 - remainder


@final
class ResidentCode(Masked):
    """A resident's code in the resident register, masked (住民票コード, 住基法7条13号).

    Sandbox codes carry the shifted check digit, like sandbox individual numbers.
    """

    __slots__ = ()

    def __init__(self, text: str, scheme: NumberScheme = NumberScheme.OFFICIAL) -> None:
        digits = read_digits(text, FIELD, LENGTH_DIGITS)
        official = resident_code_check_digit(digits[:-1])
        require_check_digit(FIELD, int(digits[-1]), official, scheme)
        super().__init__(digits.encode("ascii"), scheme.value)

    @classmethod
    def parse(cls, text: str, scheme: NumberScheme = NumberScheme.OFFICIAL) -> "ResidentCode":
        """Read 11 digits as written; errors as `IndividualNumber.parse`."""
        return cls(text, scheme)

    @classmethod
    def from_body(cls, body10: str, scheme: NumberScheme) -> "ResidentCode":
        """Complete a 10-digit body with the scheme's check digit."""
        body = read_digits(body10, FIELD, LENGTH_DIGITS - 1)
        return cls(f"{body}{scheme.shift(resident_code_check_digit(body))}", scheme)

    @property
    def scheme(self) -> NumberScheme:
        """The scheme under which the code was read or made."""
        return NumberScheme(self._qualifier)

    def reveal(self, purpose: Purpose) -> str:
        """Give the 11 digits for a stated purpose (住基法30条の37, 30条の38)."""
        require_purpose(purpose)
        refuse_export_of_official(FIELD, purpose, self.scheme)
        return self._clear.decode("ascii")

    def _mask(self) -> str:
        return mask_digits(self._clear.decode("ascii"))

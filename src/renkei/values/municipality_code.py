"""The 6-digit code of a local public body (全国地方公共団体コード)."""

from typing import Final, Self, final

from renkei.values.digits import read_digits, weighted_sum
from renkei.values.errors import ValueFormatError
from renkei.values.text import TextValue

FIELD: Final = "municipality-code"
LENGTH_DIGITS: Final = 6
PREFECTURES: Final = 47

_WEIGHTS: Final = (6, 5, 4, 3, 2)


def municipality_code_check_digit(body5: str) -> int:
    """Compute the check digit of a 5-digit body: (11 - weighted sum modulo 11) modulo 10."""
    return (11 - weighted_sum(read_digits(body5, FIELD, LENGTH_DIGITS - 1), _WEIGHTS) % 11) % 10


@final
class MunicipalityCode(TextValue):
    """A prefecture's or municipality's code, public (全国地方公共団体コード).

    Made from 6 digits as written, full-width, spaced or hyphenated; raises ValueFormatError
    `character`, `length`, `prefecture` or `check-digit`.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        digits = read_digits(text, FIELD, LENGTH_DIGITS)
        if not 1 <= int(digits[:2]) <= PREFECTURES:
            raise ValueFormatError(
                FIELD,
                "prefecture",
                f"the first two digits name no prefecture; they run from 01 to {PREFECTURES}.",
            )
        if int(digits[-1]) != municipality_code_check_digit(digits[:-1]):
            raise ValueFormatError(
                FIELD,
                "check-digit",
                "the last digit, the check digit, does not fit the five before it; "
                "look the code up in the published list.",
            )
        return super().__new__(cls, digits)

    @classmethod
    def from_body(cls, body5: str) -> Self:
        """Complete a 5-digit body (JIS X 0401 and 0402) with its check digit."""
        body = read_digits(body5, FIELD, LENGTH_DIGITS - 1)
        return cls(f"{body}{municipality_code_check_digit(body)}")

    @property
    def prefecture(self) -> str:
        """The prefecture's two digits, `01` to `47` (JIS X 0401)."""
        return self[:2]

    @property
    def is_prefecture(self) -> bool:
        """Whether the code names the prefecture itself and no municipality in it."""
        return self[2:5] == "000"

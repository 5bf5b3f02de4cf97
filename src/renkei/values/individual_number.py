"""The 12-digit number of a person and its check digit (個人番号, 番号法2条5項, 令6条)."""

import enum
from typing import Final, final

from renkei.values.digits import read_digits, weighted_sum
from renkei.values.errors import ValueFormatError
from renkei.values.reveal import Masked, Purpose, mask_digits, require_purpose

FIELD: Final = "individual-number"
LENGTH_DIGITS: Final = 12

# P_n is the n-th digit from the right of the 11; Q_n = n + 1 up to 6, then n - 5.
_WEIGHTS: Final = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_SANDBOX_SHIFT: Final = 5


class NumberScheme(enum.Enum):
    """Which check digit a number carries: the official one, or the sandbox's shifted one.

    The shift (5 of 10) makes every sandbox number fail the official check, so that no synthetic
    person carries a number that a living person can have.
    """

    OFFICIAL = "official"
    SANDBOX = "sandbox"

    def shift(self, official_check_digit: int) -> int:
        """Give this scheme's check digit for the official one."""
        shift = _SANDBOX_SHIFT if self is NumberScheme.SANDBOX else 0
        return (official_check_digit + shift) % 10

    @property
    def other(self) -> "NumberScheme":
        """The scheme that this one is not."""
        return NumberScheme.OFFICIAL if self is NumberScheme.SANDBOX else NumberScheme.SANDBOX


def individual_number_check_digit(body11: str) -> int:
    """Compute the official check digit of an 11-digit body (検査用数字, 総務省令85号5条).

    The weighted sum modulo 11 gives r; the check digit is 0 for r of 0 or 1, otherwise 11 - r.
    Two remainders share the 0, so some single errors that change r between them pass.
    """
    remainder = weighted_sum(read_digits(body11, FIELD, LENGTH_DIGITS - 1), _WEIGHTS) % 11
    return 0 if remainder <= 1 else 11 - remainder


@final
class IndividualNumber(Masked):
    """A person's number, checked, and masked until revealed (個人番号, 番号法2条5項)."""

    __slots__ = ()

    def __init__(self, text: str, scheme: NumberScheme = NumberScheme.OFFICIAL) -> None:
        digits = read_digits(text, FIELD, LENGTH_DIGITS)
        official = individual_number_check_digit(digits[:-1])
        require_check_digit(FIELD, int(digits[-1]), official, scheme)
        super().__init__(digits.encode("ascii"), scheme.value)

    @classmethod
    def parse(cls, text: str, scheme: NumberScheme = NumberScheme.OFFICIAL) -> "IndividualNumber":
        """Read 12 digits as written, full-width, spaced or hyphenated.

        Raises ValueFormatError with reason `character`, `length` or `check-digit`.
        """
        return cls(text, scheme)

    @classmethod
    def recognise(cls, text: str) -> "IndividualNumber":
        """Read a number of either scheme, as `parse` does: its check digit tells which it is of."""
        digits = read_digits(text, FIELD, LENGTH_DIGITS)
        official = individual_number_check_digit(digits[:-1])
        given, scheme = int(digits[-1]), NumberScheme.OFFICIAL
        if given == NumberScheme.SANDBOX.shift(official):
            scheme = NumberScheme.SANDBOX
        require_check_digit(FIELD, given, official, scheme)
        made = cls.__new__(cls)
        Masked.__init__(made, digits.encode("ascii"), scheme.value)
        return made

    @classmethod
    def from_body(cls, body11: str, scheme: NumberScheme) -> "IndividualNumber":
        """Complete an 11-digit body with the scheme's check digit."""
        body = read_digits(body11, FIELD, LENGTH_DIGITS - 1)
        return cls(f"{body}{scheme.shift(individual_number_check_digit(body))}", scheme)

    @property
    def scheme(self) -> NumberScheme:
        """The scheme under which the number was read or made."""
        return NumberScheme(self._qualifier)

    def reveal(self, purpose: Purpose) -> str:
        """Give the 12 digits for a stated purpose (番号法19条).

        `Purpose.EXPORT_SYNTHETIC` is refused with a ValueError for an official number.
        """
        require_purpose(purpose)
        refuse_export_of_official(FIELD, purpose, self.scheme)
        return self._clear.decode("ascii")

    def _mask(self) -> str:
        return mask_digits(self._clear.decode("ascii"))


def require_check_digit(field: str, given: int, official: int, scheme: NumberScheme) -> None:
    """Raise ValueFormatError `check-digit` unless the last digit is the scheme's.

    The sentence names the digit's place and never its value or the expected one.
    """
    if given == scheme.shift(official):
        return
    hint = "compare every digit with the document."
    if given == scheme.other.shift(official):
        hint = f"the check digit is that of the {scheme.other.value} scheme, {scheme.value} asked."
    raise ValueFormatError(
        field,
        "check-digit",
        f"the last digit, the check digit, does not fit the digits before it; {hint}",
    )


def refuse_export_of_official(field: str, purpose: Purpose, scheme: NumberScheme) -> None:
    """Keep the sandbox's export from ever carrying a number that a living person can have."""
    if purpose is Purpose.EXPORT_SYNTHETIC and scheme is not NumberScheme.SANDBOX:
        raise ValueError(f"{field}: only a sandbox value may be exported as synthetic")

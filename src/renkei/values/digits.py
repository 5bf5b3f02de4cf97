"""Reads a string of digits as people write it: full-width, spaced, hyphenated."""

from operator import mul
from typing import Final

from renkei.values.errors import ValueFormatError

INPUT_LIMIT_CHARACTERS: Final = 64
"""Longest text looked at; four times the longest number, with room for decoration."""

_ZERO: Final = ord("0")
_FULL_WIDTH_ZERO: Final = 0xFF10
_SPACES: Final = " \u3000\u00a0\t"
# The last two are the long vowel marks that a Japanese keyboard gives for the hyphen key.
_HYPHENS: Final = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d\u30fc\uff70"

_READING: Final[dict[int, str | None]] = {
    **{_FULL_WIDTH_ZERO + value: str(value) for value in range(10)},
    **{ord(character): None for character in _SPACES + _HYPHENS},
}


def read_digits(text: str, field: str, length: int) -> str:
    """Give the `length` ASCII digits in `text`, without spaces and hyphens.

    Only ASCII and full-width digits count: other scripts' digits are refused, because two
    writings of one number must not differ after reading. Raises ValueFormatError with reason
    `character` (with its position in the text) or `length`; never with the text itself.
    """
    if not isinstance(text, str):
        raise TypeError(f"{field} must be read from text, not from {type(text).__name__}")
    if len(text) > INPUT_LIMIT_CHARACTERS:
        raise ValueFormatError(
            field,
            "length",
            f"the text is longer than {INPUT_LIMIT_CHARACTERS} characters; "
            f"give the {length} digits alone.",
        )
    if len(text) == length and text.isascii() and text.isdigit():
        return str(text)  # as machines write it
    for position, character in enumerate(text, start=1):
        if not ("0" <= character <= "9" or ord(character) in _READING):
            raise ValueFormatError(
                field,
                "character",
                f"character {position} of the text is not a digit; "
                f"give {length} digits, spaces and hyphens between them are fine.",
            )
    digits = text.translate(_READING)
    if len(digits) != length:
        raise ValueFormatError(field, "length", _length_detail(len(digits), length))
    return digits


def _length_detail(found: int, expected: int) -> str:
    if found == 0:
        return f"no digit was given; give all {expected} digits."
    difference = abs(found - expected)
    words = "digit is" if difference == 1 else "digits are"
    state = "missing" if found < expected else "too many"
    return (
        f"{difference} {words} {state}: {found} given, {expected} expected; "
        "compare with the document."
    )


def weighted_sum(digits: str, weights: tuple[int, ...]) -> int:
    """Sum the products of digits and weights, left to right; both must be equally long."""
    if len(digits) != len(weights):
        raise ValueError("one weight per digit is needed")
    total: int = sum(map(mul, digits.encode("ascii"), weights))
    return total - _ZERO * sum(weights)

"""Numbers written in kanji, by place: 百七十五 and 一〇六, or nothing at all (漢数字).

What is not a number by these rules is refused: half-understood numbers name another row, another
house.
"""

import re
from typing import Final

DIGITS: Final = "〇一二三四五六七八九"
_UNITS: Final = {"千": 1000, "百": 100, "十": 10}
KANJI: Final = f"[{DIGITS}{''.join(_UNITS)}]"
"""One character of a number in kanji, for regular expressions."""

MOST_DIGITS: Final = 9
_BY_POSITION: Final = re.compile(rf"[{DIGITS[1:]}][{DIGITS}]{{0,{MOST_DIGITS - 1}}}\Z")
_BY_UNITS: Final = re.compile(
    rf"(?:([{DIGITS[1:]}]?)千)?(?:([{DIGITS[1:]}]?)百)?(?:([{DIGITS[1:]}]?)十)?([{DIGITS[1:]}]?)\Z"
)
_ARABIC: Final = re.compile(rf"[1-9][0-9]{{0,{MOST_DIGITS - 1}}}\Z")


def kanji_number(text: str) -> int | None:
    """The number that kanji write digit by digit (一〇六) or with units (百六); None for neither.

    The two ways are never mixed: 百二〇 is no number, nor is 十百 or 〇六.
    """
    if _BY_POSITION.match(text):
        return int("".join(str(DIGITS.index(sign)) for sign in text))
    found = _BY_UNITS.match(text)
    if not text or found is None:
        return None
    total = 0
    for sign, unit in zip(found.groups(), (1000, 100, 10, 1), strict=True):
        if sign:
            total += DIGITS.index(sign) * unit
        elif sign == "" and unit > 1:
            total += unit
    return total


def whole_number(text: str) -> int | None:
    """The positive number that ASCII digits or kanji write; None for what is no such number."""
    return int(text) if _ARABIC.match(text) else kanji_number(text)

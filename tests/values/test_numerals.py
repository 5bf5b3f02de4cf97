"""Numbers in kanji: by place or not at all (漢数字)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.values.numerals import kanji_number, whole_number

DIGITS = "〇一二三四五六七八九"


def with_units(number: int) -> str:
    """A number below 10,000 as laws write it: 百七十五."""
    spelt = ""
    for unit, sign in ((1000, "千"), (100, "百"), (10, "十")):
        count, number = divmod(number, unit)
        spelt += ("" if count == 1 else DIGITS[count]) + sign if count else ""
    return spelt + (DIGITS[number] if number else "")


@given(st.integers(1, 9999))
def test_both_ways_of_writing_say_the_same(number: int) -> None:
    """With units and digit by digit, every number to 9,999 is read as what was written."""
    assert kanji_number(with_units(number)) == number
    assert kanji_number("".join(DIGITS[int(one)] for one in str(number))) == number
    assert whole_number(str(number)) == number


@pytest.mark.parametrize(
    "text",
    ["百二〇", "十百", "〇六", "〇", "", "百百", "一二十", "二〇百", "十十", "壱", "百 六", "6百"],
)
def test_what_is_half_a_number_is_none(text: str) -> None:
    """The two ways are never mixed, and no part of a text is read for the whole."""
    assert kanji_number(text) is None


@pytest.mark.parametrize("text", ["0", "06", "-1", "1.0", "１０６", "1" * 40, "²", " 1"])
def test_only_plain_whole_numbers_are_read(text: str) -> None:
    """No leading zero, sign, other script or endless number is taken."""
    assert whole_number(text) is None

"""Birth dates of which a part is not known (生年月日・不詳)."""

import re
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.values.birth_date import UNKNOWN, BirthDate, compare_birth_dates
from renkei.values.errors import ValueFormatError
from renkei.wire.fields import BirthDay

DAYS = st.dates(date(1800, 1, 1), date(2199, 12, 31)).map(date.isoformat)


def less(day: str) -> list[str]:
    """A day, its month, its year, nothing."""
    return [day, day[:8] + "XX", day[:5] + "XX-XX", UNKNOWN]


@given(DAYS)
def test_every_birth_date_is_written_and_read_alike(day: str) -> None:
    """Known or not, what is read is written the same, and travels in a message."""
    for text in less(day):
        assert str(BirthDate.parse(text)) == text
        assert msgspec.json.decode(msgspec.json.encode(text), type=BirthDay) == text


@pytest.mark.parametrize(
    "text",
    ["1950-02-30", "1950-13-XX", "1950-XX-15", "XXXX-03-XX", "XXXX-XX-15", "1950", "19500315",
     "1950-00-00", "1950-3-15", "1950-03-1X", "", "1950-03-15\n", "xxxx-xx-xx"],
)  # fmt: skip
def test_what_is_no_birth_date_is_refused_without_repeating_it(text: str) -> None:
    """Neither the value nor the wire takes another form, and no error holds what was given."""
    with pytest.raises(ValueFormatError) as refused:
        BirthDate.parse(text)
    assert not text.strip() or text.strip() not in str(refused.value)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(text), type=BirthDay)


@given(DAYS, DAYS)
def test_a_known_date_agrees_with_itself_alone(one: str, other: str) -> None:
    """Two known dates agree or differ."""
    assert compare_birth_dates(one, one).verdict == "agree"
    assert compare_birth_dates(one, other).verdict == ("agree" if one == other else "differ")


@given(DAYS, DAYS)
def test_what_is_not_known_is_never_agreement(one: str, other: str) -> None:
    """An unknown part is a doubt on either side, and a known part that differs still differs."""
    for left in less(one):
        for right in less(other):
            if "X" not in left + right:
                continue
            found = compare_birth_dates(left, right)
            contradict = any(
                a != b and "X" not in a + b
                for a, b in zip(left.split("-"), right.split("-"), strict=True)
            )
            assert found.verdict == ("differ" if contradict else "doubtful")
            assert compare_birth_dates(right, left) == found


@given(DAYS)
def test_the_first_and_last_day_it_can_have_been(day: str) -> None:
    """The true day lies between the earliest and the latest of every lesser knowledge of it."""
    for text in less(day)[:3]:
        born = BirthDate.parse(text)
        first, last = born.earliest(), born.latest()
        assert first is not None
        assert last is not None
        assert first.isoformat() <= day <= last.isoformat()
    assert BirthDate.parse(UNKNOWN).earliest() is None
    assert BirthDate.parse(UNKNOWN).latest() is None


@given(DAYS, DAYS)
def test_a_search_finds_exactly_the_dates_that_do_not_differ(one: str, other: str) -> None:
    """The texts and the span a register is searched by hold what does not differ, and no more.

    Who is sought without a year is found only where the register knows no year either.
    """
    for sought in less(one)[:3]:
        born = BirthDate.parse(sought)
        span = born.better_known()
        for held in less(other):
            found = held in born.less_known() or (span is not None and span[0] <= held <= span[1])
            assert found == (compare_birth_dates(sought, held).verdict != "differ"), (sought, held)
    assert BirthDate.parse(UNKNOWN).less_known() == (UNKNOWN,)
    assert re.fullmatch("[X-]+", UNKNOWN)

"""Ages by the law: reached on the day before the birthday (年齢計算ニ関スル法律)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.values.age import age_on, age_reached_on, school_year_end

BIRTHS = st.dates(date(1900, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("birth", "years", "reached"),
    [
        (date(1961, 1, 1), 65, date(2025, 12, 31)),
        (date(1961, 1, 2), 65, date(2026, 1, 1)),
        (date(2008, 4, 1), 18, date(2026, 3, 31)),
        (date(2008, 4, 2), 18, date(2026, 4, 1)),
        (date(2008, 2, 29), 18, date(2026, 2, 28)),
        (date(2008, 2, 29), 20, date(2028, 2, 28)),
        (date(2008, 3, 1), 18, date(2026, 2, 28)),
        (date(2008, 3, 1), 20, date(2028, 2, 29)),
        (date(2008, 2, 28), 20, date(2028, 2, 27)),
    ],
)
def test_an_age_is_reached_the_day_before_the_birthday(
    birth: date, years: int, reached: date
) -> None:
    """The age is not yet reached the day before that day, and is on it."""
    assert age_reached_on(birth, years) == reached
    assert age_on(birth, reached) == years
    assert age_on(birth, reached - timedelta(days=1)) == years - 1


@pytest.mark.parametrize(
    ("birth", "last"),
    [
        (date(2008, 4, 1), date(2026, 3, 31)),
        (date(2008, 4, 2), date(2027, 3, 31)),
        (date(2008, 3, 31), date(2026, 3, 31)),
        (date(2008, 1, 1), date(2026, 3, 31)),
        (date(2008, 2, 29), date(2026, 3, 31)),
    ],
)
def test_school_years_part_between_1_and_2_april(birth: date, last: date) -> None:
    """Who was born on 1 April belongs to the school year before."""
    assert school_year_end(birth, 18) == last


@given(BIRTHS, st.integers(1, 110))
def test_ages_grow_by_one_a_year(birth: date, years: int) -> None:
    """Each age begins on one day, one year after the one before, and at birth it is 0."""
    day = age_reached_on(birth, years)
    assert age_on(birth, day) == years
    assert age_on(birth, day - timedelta(days=1)) == years - 1
    assert 364 <= (age_reached_on(birth, years + 1) - day).days <= 367
    assert age_on(birth, birth) == 0
    assert age_on(birth, birth - timedelta(days=1)) == -1


def test_nobody_is_younger_than_unborn() -> None:
    """A negative age is refused instead of computed."""
    with pytest.raises(ValueError, match="negative"):
        age_reached_on(date(2000, 1, 1), -1)

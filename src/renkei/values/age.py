"""When an age is reached: on the day before the birthday (年齢計算ニ関スル法律).

The day of birth counts as a whole day, so that a year of age is full at the end of the day before
the birthday (民法143条). By that day the law reckons: who was born on 1 April belongs to the school
year before, who was born on 2 January is an adult at the tax date of 1 January.
"""

from datetime import date, timedelta
from typing import Final

_DAY: Final = timedelta(days=1)
_MARCH: Final = 3
_LAST_OF_MARCH: Final = 31


def age_reached_on(birth: date, years: int) -> date:
    """The day on which an age is reached: the day before the birthday (到達日).

    For 29 February that is 28 February in every year (民法143条2項ただし書). Age 0 is reached on
    the day of birth. Raises ValueError for years beyond the calendar or below 0.
    """
    if years < 0:
        raise ValueError("an age is not negative")
    if years == 0:
        return birth
    try:
        birthday = birth.replace(year=birth.year + years)
    except ValueError:
        birthday = date(birth.year + years, 3, 1)
    return birthday - _DAY


def age_on(birth: date, day: date) -> int:
    """Full years of age on a day, reached the day before the birthday; -1 before birth (年齢)."""
    if day < birth:
        return -1
    years = day.year - birth.year
    if years + birth.year < date.max.year and age_reached_on(birth, years + 1) <= day:
        return years + 1
    return years if age_reached_on(birth, years) <= day else years - 1


def school_year_end(birth: date, years: int) -> date:
    """The first 31 March from the day on which an age is reached (達する日以後の最初の3月31日)."""
    reached = age_reached_on(birth, years)
    this_year = date(reached.year, _MARCH, _LAST_OF_MARCH)
    return this_year if reached <= this_year else date(reached.year + 1, _MARCH, _LAST_OF_MARCH)

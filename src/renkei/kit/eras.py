"""Japanese days and years: the calendar day in Tokyo and the year of its era (和暦).

Japan has had no summer time since 1951, so Tokyo is nine hours ahead of UTC for every instant
this system can hold.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Final

TOKYO: Final = timezone(timedelta(hours=9), "Asia/Tokyo")

# First day of each era: 元号法 (1979) and the cabinet orders under it; before 1979 by edict.
_ERAS: Final = (
    (date(2019, 5, 1), "reiwa"),
    (date(1989, 1, 8), "heisei"),
    (date(1926, 12, 25), "showa"),
    (date(1912, 7, 30), "taisho"),
    (date(1873, 1, 1), "meiji"),  # the Gregorian calendar begins in Meiji 6
)
ERAS: Final = tuple(name for _, name in _ERAS)
_MEIJI_FIRST_YEAR: Final = 1868


def in_tokyo(instant: datetime) -> datetime:
    """The same instant on Tokyo's clock; raises ValueError without a time zone (日本時間)."""
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone has no day: give it one")
    return instant.astimezone(TOKYO)


def era_year(day: date) -> tuple[str, int]:
    """Era and year of a day, ("reiwa", 8) for 2026; raises ValueError before 1873 (和暦)."""
    for first, name in _ERAS:
        if day >= first:
            start = _MEIJI_FIRST_YEAR if name == "meiji" else first.year
            return name, day.year - start + 1
    raise ValueError(f"{day} lies before the Gregorian calendar in Japan (1873-01-01)")

"""Japanese days and years: the calendar day in Tokyo and the year of its era (和暦).

Japan has had no summer time since 1951, so Tokyo is nine hours ahead of UTC for every instant
this system can hold.
"""

from __future__ import annotations

import re
import unicodedata
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
_WRITTEN: Final = {
    written: era
    for era, names in (
        ("reiwa", ("令和", "R")),
        ("heisei", ("平成", "H")),
        ("showa", ("昭和", "S")),
        ("taisho", ("大正", "T")),
        ("meiji", ("明治", "M")),
    )
    for written in names
}
_REST: Final = r"[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?"
_WESTERN: Final = re.compile(r"([0-9]{4})" + _REST)
_FIGURES: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_IN_ERA: Final = re.compile(f"({'|'.join(_WRITTEN)})(元|[0-9]{{1,2}})" + _REST)


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


def read_day(text: str) -> date:
    """A day as people write it: 2026-11-29, 2026年11月29日, 令和8年11月29日, R8.11.29 (年月日).

    Full-width characters and spaces are taken. Raises ValueError for what is no day, and for a day
    that its era does not have (昭和64年1月8日 was 平成元年).
    """
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()
    if found := _WESTERN.fullmatch(plain) or _FIGURES.fullmatch(plain):
        return date(int(found[1]), int(found[2]), int(found[3]))
    found = _IN_ERA.fullmatch(plain)
    if found is None:
        raise ValueError("no day: write it as 2026-11-29 or as 令和8年11月29日")
    era, year = _WRITTEN[found[1]], 1 if found[2] == "元" else int(found[2])
    first = next(day for day, name in _ERAS if name == era).year
    start = _MEIJI_FIRST_YEAR if era == "meiji" else first
    day = date(start + year - 1, int(found[3]), int(found[4]))
    if era_year(day) != (era, year):
        raise ValueError(f"{found[1]} has no such day")
    return day

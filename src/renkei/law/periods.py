"""Periods the network keeps, as dated rows (期間, 令26条1項, 省令41条).

The law asks for a period of validity and leaves its length to the operator; retention is law.
"""

from __future__ import annotations

from datetime import date
from functools import cache

import msgspec

from renkei.law import tables


class Period(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One dated row: a name that ends in its unit, a value, and where it comes from."""

    name: str
    value: int
    valid_from: date
    valid_to: date | None
    source: str


@cache
def _rows() -> tuple[Period, ...]:
    return tables.read("periods.json", tuple[Period, ...])


def period(name: str, day: date) -> int:
    """The value of a period on a day, e.g. `permit_valid_seconds`; raises KeyError."""
    for row in _rows():
        if row.name == name and row.valid_from <= day and (not row.valid_to or day <= row.valid_to):
            return row.value
    raise KeyError(f"no period {name!r} is held for {day}")

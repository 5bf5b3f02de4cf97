"""Periods the network keeps, and its stages, as dated rows (期間, 令26条1項, 省令41条; 情報連携).

The law asks for a period of validity and leaves its length to the operator; retention is law.
Since when the network exchanges information is a fact of its operation, not a rule.
"""

from __future__ import annotations

from datetime import date
from functools import cache

import msgspec

from renkei.law import tables
from renkei.law.in_force import counts


class Period(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One dated row: a name that ends in its unit, a value, and where it comes from."""

    name: str
    value: int
    valid_from: date
    valid_to: date | None
    source: str


class NetworkStage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the network exchanged information in a time, and by what (情報連携の段階)."""

    stage: str
    operates: bool
    article: str
    valid_from: date
    valid_to: date | None
    source: str


@cache
def _rows() -> tuple[Period, ...]:
    return tables.read("periods.json", tuple[Period, ...])


@cache
def network_stages() -> tuple[NetworkStage, ...]:
    """The stages of the network, the oldest first (準備・試行運用・本格運用)."""
    return tables.read("network_stages.json", tuple[NetworkStage, ...])


def period(name: str, day: date) -> int:
    """The value of a period on a day, e.g. `permit_valid_seconds`; raises KeyError."""
    for row in _rows():
        if row.name == name and counts(row, day):
            return row.value
    raise KeyError(f"no period {name!r} is held for {day}")

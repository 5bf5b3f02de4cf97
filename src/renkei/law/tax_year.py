"""Which year's tax a procedure looks at on a day (課税年度): it changes in the course of the year.

The inhabitant tax of a year rests on the address on 1 January and the income of the year before;
its amount is known from June. Some procedures change their year in another month.
"""

from __future__ import annotations

from datetime import date
from functools import cache

import msgspec

from renkei.law import tables
from renkei.law.in_force import counts


class TaxYearRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One dated row: from which month on a year's own tax counts; before, that of the year before.

    Empty `procedures`: every procedure that no other row names.
    """

    procedures: tuple[str, ...] = ()
    from_month: int
    article: str
    valid_from: date
    valid_to: date | None
    source: str


class TaxYear(msgspec.Struct, frozen=True):
    """The year whose tax counts: its place is that of 1 January of it (課税年度)."""

    year: int
    article: str


@cache
def tax_year_rules() -> tuple[TaxYearRule, ...]:
    """The table; a row that names the procedure goes before the one for all."""
    return tables.read("tax_years.json", tuple[TaxYearRule, ...])


def tax_year(procedure: str, day: date) -> TaxYear:
    """The year whose tax a procedure looks at on a day (課税年度の切替え).

    The day's own year where no row counts on that day: nothing is asked for such a day.
    """
    rows = [row for row in tax_year_rules() if counts(row, day)]
    own = [row for row in rows if procedure in row.procedures]
    rule = next((row for row in (*own, *rows) if row in own or not row.procedures), None)
    if rule is None:
        return TaxYear(day.year, "")
    return TaxYear(day.year if day.month >= rule.from_month else day.year - 1, rule.article)

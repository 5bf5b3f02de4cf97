"""Dated rows of tables: whether they count on a day, periods that run from one (施行中の行).

A row says from when its text is at hand, not since when the rule exists: for a day before that
the answer is that nothing is held.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final, Protocol, TypeVar

import msgspec

from renkei.law.bodies import UnknownNameError

_DAY: Final = timedelta(days=1)
_MONTHS: Final = 12


class Dated(Protocol):
    """Whatever has a first and a last day (施行日・失効日)."""

    @property
    def valid_from(self) -> date:
        """The first day on which the text at hand counts."""

    @property
    def valid_to(self) -> date | None:
        """The last day; None while it goes on."""


Row = TypeVar("Row", bound=Dated)


class Named(Protocol):
    """Whatever has an id (名称のある行)."""

    @property
    def id(self) -> str:
        """The name it is asked by."""


One = TypeVar("One", bound=Named)


def named(rows: Iterable[One], name: str, what: str) -> One:
    """The row of that id; `UnknownNameError` lists the ids where there is none (行の参照)."""
    known = tuple(rows)
    found = next((one for one in known if one.id == name), None)
    if found is None:
        ids = ", ".join(one.id for one in known)
        raise UnknownNameError(f"there is no {what} {name!r}; known are {ids}")
    return found


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing an answer says: its id, short words of our own, and the article (条項と説明)."""

    id: str
    ja: str
    en: str
    article: str


def counts(row: Dated, day: date) -> bool:
    """Whether a row counts on a day; its last day is within (施行中か)."""
    return row.valid_from <= day and (row.valid_to is None or day <= row.valid_to)


def in_force(rows: Iterable[Row], day: date) -> tuple[Row, ...]:
    """The rows that count on a day, in their order (施行中の行)."""
    return tuple(row for row in rows if counts(row, day))


def months_later(day: date, months: int) -> tuple[date, bool]:
    """The same day of a later month, or the month's last where it has none, and which (応当日).

    Raises OverflowError beyond the calendar.
    """
    year, month = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    if not date.min.year <= year <= date.max.year:
        raise OverflowError("beyond the calendar")
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last)), day.day <= last


def last_day(first: date, months: int) -> date:
    """The last day of a period of months that begins with `first` (満了日, 民法143条2項).

    It ends the day before the corresponding day; where the month has none, with its last day.
    """
    there, corresponds = months_later(first, months)
    return there - _DAY if corresponds else there

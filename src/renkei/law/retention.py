"""How long a paper or a record is kept, and what follows then (保存期間と廃棄, 法20条・23条).

Periods are those that the texts at hand name; a row of `second-hand` was read in explanations, not
in its own text, and says so. "From a day" leaves that day out, "counted from a day" (起算して)
takes it in (民法140条・143条). After the period 法20条 lets nobody keep another's number without a
ground.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Final, Literal

import msgspec

from renkei.law import tables
from renkei.law.in_force import in_force, last_day, months_later, named

Counting = Literal["after", "with", "until-event", "next-10-january", "not-held"]
"""The day of the event is left out, taken in, or is the last; from 10 January of the next year;
or no text at hand says from when."""
RetentionAction = Literal["keep", "may-keep", "delete", "period-over", "not-held"]
KEEPING: Final = "法第20条"
KEPT_FOR_USE: Final = "法第20条・第19条"


class RetentionRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of document, its period and from when it runs (保存期間の行)."""

    id: str
    ja: str
    en: str
    months: int | None
    counting: Counting
    start_ja: str
    start_en: str
    article: str
    basis: Literal["text", "second-hand"]
    valid_from: date
    valid_to: date | None
    source: str


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A document somebody holds (保有する書類・記録)."""

    document: str
    event: date
    """The day the period runs from; for declarations any day of the year they are for."""
    holds_number: bool = True
    """Whether another person's number can be read in it."""
    still_needed: bool = False
    """Whether an affair that 法19条 knows still needs it."""


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: keep until a day (inclusive), delete, or what is not held (保存か廃棄か)."""

    action: RetentionAction
    until: date | None
    """The last day on which it must be kept."""
    article: str | None
    why: str
    period_article: str | None = None
    basis: str | None = None
    """`second-hand` where the period was not read in its own text."""


@cache
def retention_rows() -> tuple[RetentionRow, ...]:
    """The table, in its order."""
    return tables.read("retention.json", tuple[RetentionRow, ...])


def retention(kept: Kept, day: date) -> Retention:
    """Whether a document is to be kept or deleted on a day (保存期間の判断).

    Raises `UnknownNameError` for a document of no row, OverflowError beyond the calendar.
    """
    document = named(retention_rows(), kept.document, "document").id
    row = next((one for one in in_force(retention_rows(), day) if one.id == document), None)
    if row is None:
        return Retention(action="not-held", until=None, article=None, why="no-text-for-that-day")
    article = row.article or None
    until = kept_until(row, kept.event)
    if until is None:
        why = "no-period-held" if row.months is None else "start-not-held"
        return Retention(action="not-held", until=None, article=article, why=why, basis=row.basis)
    action, ground, why = _then(kept, day, until)
    return Retention(
        action=action,
        until=until,
        article=ground or article,
        why=why,
        period_article=article,
        basis=row.basis,
    )


def _then(kept: Kept, day: date, until: date) -> tuple[RetentionAction, str | None, str]:
    """Within the period it is kept; after it the number in it decides."""
    if day <= until:
        return "keep", None, "within-period"
    if not kept.holds_number:
        return "period-over", None, "no-number-in-it"
    if kept.still_needed:
        return "may-keep", KEPT_FOR_USE, "still-needed"
    return "delete", KEEPING, "after-period"


def kept_until(row: RetentionRow, event: date) -> date | None:
    """The last day of a row's period for an event; None where none can be reckoned (満了日)."""
    if row.months is None:
        return None
    return _COUNTING[row.counting](event, row.months)


def _after(event: date, months: int) -> date:
    return last_day(event + timedelta(days=1), months)


def _until_event(event: date, months: int) -> date:
    return months_later(event, months)[0]


def _next_10_january(event: date, months: int) -> date:
    if event.year == date.max.year:
        raise OverflowError("beyond the calendar")
    return _after(date(event.year + 1, 1, 10), months)


def _not_held(event: date, months: int) -> None:
    return None


_COUNTING: Final[Mapping[Counting, Callable[[date, int], date | None]]] = {
    "after": _after,
    "with": last_day,
    "until-event": _until_event,
    "next-10-january": _next_10_january,
    "not-held": _not_held,
}

"""Which leaks are reported, to whom, until when, and who is told (漏えい等の報告, 法29条の4).

The Commission's rule (平成27年規則5号, here 漏えい規則) names the events and the days. Loss,
damage and the mere danger of any of them count like a leak. Numbers of days that only a guideline
has are named as not held.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Literal

import msgspec

from renkei.law import tables
from renkei.law.in_force import Words, in_force, named

LeakWhat = Literal["leak", "use", "provision", "view"]
"""A leak, loss or damage; a use against 法9条 or dishonest; a provision against 法19条 or
dishonest; open electronically to people at large."""
ReportTo = Literal["commission", "entruster", "nobody", "not-held"]
PersonNotice = Literal["due", "substitute", "not-due"]


class ReportableEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One event of the rule; what a field leaves open does not matter (報告対象事態)."""

    id: str
    ja: str
    en: str
    article: str
    what: tuple[LeakWhat, ...]
    places: tuple[str, ...]
    dishonest: bool | None
    more_than: int | None
    final_days: int
    valid_from: date
    valid_to: date | None
    source: str


class ReportItem(Words, frozen=True, forbid_unknown_fields=True):
    """One item of a report; `person`: they are told it too (報告事項, 漏えい規則3条・5条)."""

    person: bool = False


class LeakTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole table of the rule (漏えい規則の表)."""

    places: tuple[Words, ...]
    events: tuple[ReportableEvent, ...]
    contents: tuple[ReportItem, ...]
    duties: tuple[Words, ...]
    instead: tuple[Words, ...]
    not_held: tuple[Words, ...]


class LeakFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What happened, as its holder knows it; a danger is stated like the event (事態の事実)."""

    what: tuple[LeakWhat, ...]
    people: int
    known: date
    place: str = "elsewhere"
    dishonest: bool = False
    protected: bool = False
    """Strongly encrypted or otherwise made harmless (高度な暗号化等)."""
    entruster_told: bool = False
    """A contractor has told the body that entrusted it (委託元への通知)."""
    substitute: bool = False
    """The people are hard to reach, and a measure in place of the notice is taken (代替措置)."""


class LeakDuties(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: reported to whom, until when, with what, who else is told (報告)."""

    report: ReportTo
    article: str | None
    why: str
    events: tuple[Words, ...] = ()
    final_days: int | None = None
    final_by: date | None = None
    """The last day where the day of knowing is the first: the earlier of two readings."""
    final_by_later_reading: date | None = None
    """The last day where the day after is the first (民法140条)."""
    days_left: int | None = None
    person: PersonNotice = "not-due"
    person_article: str | None = None
    duties: tuple[Words, ...] = ()
    contents: tuple[Words, ...] = ()
    person_contents: tuple[Words, ...] = ()
    not_held: tuple[Words, ...] = ()


@cache
def leak_table() -> LeakTable:
    """The table as packaged."""
    return tables.read("leak_report.json", LeakTable)


def leak_duties(facts: LeakFacts, day: date) -> LeakDuties:
    """What the holder owes on a day (漏えい等の報告と本人への通知, 法29条の4).

    Raises `UnknownNameError` for a place of no table, `ValueError` for people below 0, an event
    without a kind, or one that is known only after the day.
    """
    table = leak_table()
    _check(facts, day)
    named(table.places, facts.place, "place")
    rows = in_force(table.events, facts.known)
    if not rows:
        return LeakDuties(report="not-held", article=None, why="no-text-for-that-day")
    if facts.protected:
        return LeakDuties(report="nobody", article="漏えい規則第2条第1号", why="protected")
    found = [row for row in rows if _is_event(row, facts)]
    if not found:
        return LeakDuties(report="nobody", article="漏えい規則第2条", why="no-event")
    events = tuple(Words(one.id, one.ja, one.en, one.article) for one in found)
    if facts.entruster_told:
        return LeakDuties(
            report="entruster",
            article="法第29条の4第1項ただし書",
            why="entruster-told",
            events=events,
            duties=table.instead,
            contents=_words(table.contents),
        )
    days = max(one.final_days for one in found)
    final_by = facts.known + timedelta(days=days - 1)
    return LeakDuties(
        report="commission",
        article="法第29条の4第1項",
        why="reportable",
        events=events,
        final_days=days,
        final_by=final_by,
        final_by_later_reading=final_by + timedelta(days=1),
        days_left=(final_by - day).days,
        person="substitute" if facts.substitute else "due",
        person_article="法第29条の4第2項ただし書"
        if facts.substitute
        else "法第29条の4第2項・漏えい規則第5条",
        duties=(*table.duties, *table.instead),
        contents=_words(table.contents),
        person_contents=() if facts.substitute else _words(table.contents, person_only=True),
        not_held=table.not_held,
    )


def _check(facts: LeakFacts, day: date) -> None:
    if facts.people < 0:
        raise ValueError("a number of people is not negative")
    if not facts.what:
        raise ValueError("say what happened: leak, use, provision or view")
    if facts.known > day:
        raise ValueError("an event cannot be known after the day that is asked about")


def _is_event(row: ReportableEvent, facts: LeakFacts) -> bool:
    return (
        bool(set(row.what) & set(facts.what))
        and (not row.places or facts.place in row.places)
        and (row.dishonest is None or row.dishonest == facts.dishonest)
        and (row.more_than is None or facts.people > row.more_than)
    )


def _words(items: tuple[ReportItem, ...], *, person_only: bool = False) -> tuple[Words, ...]:
    """The items of a report, or those of them that the person is told."""
    return tuple(
        Words(one.id, one.ja, one.en, one.article) for one in items if one.person or not person_only
    )

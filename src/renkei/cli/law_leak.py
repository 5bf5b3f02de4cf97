"""`renkei law leak`: whether a leak is reported, to whom and until when (漏えい等の報告)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Final, get_args

import msgspec
import typer

from renkei.cli.law_safeguards import (
    Count,
    Day,
    Language,
    answer_lines,
    cited,
    count_of,
    day_of,
    in_words,
    label,
    listed,
    needed,
    none_given,
)
from renkei.law.leak_report import LeakDuties, LeakFacts, LeakWhat, leak_duties


class LeakQuestion(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One line: what happened to how many people where, the day of knowing, the day of asking."""

    what: tuple[LeakWhat, ...]
    people: Count
    known: date
    place: str = "elsewhere"
    dishonest: bool = False
    protected: bool = False
    entruster_told: bool = False
    substitute: bool = False
    date: date


WHY: Final = {
    "reportable": ("委員会に報告する", "to be reported to the Commission"),
    "entruster-told": (
        "委託した者に通知したので、報告も本人への通知も要らない",
        "neither report nor notice: the entruster was told",
    ),
    "protected": (
        "報告は要らない：高度な暗号化などの保護がある",
        "no report is due: strongly encrypted or otherwise protected",
    ),
    "no-event": (
        "報告は要らない：報告の対象となる事態に当たらない",
        "no report is due: none of the events of the rule",
    ),
    "no-text-for-that-day": (
        "その日の規則は手元に無い",
        "not held here: the rule of that day is not at hand",
    ),
}
PERSON: Final = {
    "due": ("本人に速やかに通知する", "the people are to be told promptly"),
    "substitute": (
        "本人への通知に代わる措置でよい",
        "the measure in place of the notice is enough",
    ),
}


def decided(asked: LeakQuestion) -> LeakDuties:
    """The answer to one question."""
    facts = LeakFacts(
        what=asked.what,
        people=asked.people,
        known=asked.known,
        place=asked.place,
        dishonest=asked.dishonest,
        protected=asked.protected,
        entruster_told=asked.entruster_told,
        substitute=asked.substitute,
    )
    return leak_duties(facts, asked.date)


def prose(asked: LeakQuestion, language: str) -> Iterator[str]:
    """The answer in words."""
    owed, ja = decided(asked), language == "ja"
    yield cited(f"{asked.date}  {label(WHY, owed.why, language)}", owed.article, language)
    yield from listed(owed.events, language)
    yield from _days(owed, ja)
    if owed.duties:
        yield "すること" if ja else "what to do"
        yield from listed(owed.duties, language)
    if owed.contents:
        yield "報告する事項" if ja else "items of the report"
        yield from listed(owed.contents, language)
    if owed.person in PERSON:
        yield cited(label(PERSON, owed.person, language), owed.person_article, language)
        yield from listed(owed.person_contents, language)
    if owed.not_held:
        yield "ここでは分からないこと" if ja else "not held here"
        yield from listed(owed.not_held, language)


def _days(owed: LeakDuties, ja: bool) -> Iterator[str]:
    """The last day of the final report and how far it is."""
    if owed.final_by is None or owed.days_left is None:
        return
    left = owed.days_left
    if ja:
        rest = f"あと{left}日" if left >= 0 else f"{-left}日過ぎている"
        first = f"最終の報告は{owed.final_by}まで：知った日から{owed.final_days}日以内、{rest}"
    else:
        rest = f"days left: {left}" if left >= 0 else f"days late: {-left}"
        first = f"final report by {owed.final_by}: within {owed.final_days} days of knowing, {rest}"
    yield cited(first, "漏えい規則第3条第2項", "ja" if ja else "en")


def _what(given: list[str]) -> tuple[LeakWhat, ...]:
    known: tuple[LeakWhat, ...] = get_args(LeakWhat)
    for one in given:
        if one not in known:
            raise ValueError(f"--what is one of {', '.join(known)}, not {one!r}")
    return tuple(one for one in known if one in given)


WhatOption = Annotated[
    list[str] | None, typer.Option("--what", help="leak, use, provision or view; repeatable.")
]
PeopleOption = Annotated[int | None, typer.Option("--people", help="How many people it is about.")]
KnownOption = Annotated[
    str | None, typer.Option("--known", help="The day it became known, YYYY-MM-DD.")
]
PlaceOption = Annotated[
    str,
    typer.Option("--place", help="network, use-system, public-related-system, elsewhere."),
]
DishonestOption = Annotated[bool, typer.Option("--dishonest", help="Maybe done dishonestly.")]
ProtectedOption = Annotated[bool, typer.Option("--protected", help="Strongly encrypted.")]
EntrusterToldOption = Annotated[
    bool, typer.Option("--entruster-told", help="A contractor has told its entruster.")
]
SubstituteOption = Annotated[
    bool, typer.Option("--substitute", help="People hard to reach, a measure taken instead.")
]


def leak(
    *,
    what: WhatOption = None,
    people: PeopleOption = None,
    known: KnownOption = None,
    day: Day = None,
    place: PlaceOption = "elsewhere",
    dishonest: DishonestOption = False,
    protected: ProtectedOption = False,
    entruster_told: EntrusterToldOption = False,
    substitute: SubstituteOption = False,
    language: Language = "both",
) -> None:
    """Say whether a leak is reported, and until when (漏えい等の報告).

    Without options each line of stdin is one object: what (a list of leak, use, provision, view:
    a leak, loss or damage; a use against 法9条 or dishonest; a provision against 法19条 or
    dishonest; open to people at large), people, known and date (YYYY-MM-DD), and where wanted
    place (network, use-system, public-related-system, elsewhere), dishonest, protected,
    entruster_told and substitute (true or false). A mere danger is stated like the event.
    """
    flags = (dishonest, protected, entruster_told, substitute)
    if none_given((what or None, people, known, day, *flags)):
        answer_lines(LeakQuestion, decided)
        return

    def question() -> LeakQuestion:
        return LeakQuestion(
            what=_what(needed("--what", what or None)),
            people=count_of("--people", people),
            known=needed("--known", day_of("--known", known)),
            place=place,
            dishonest=dishonest,
            protected=protected,
            entruster_told=entruster_told,
            substitute=substitute,
            date=needed("--day", day_of("--day", day)),
        )

    in_words(question, prose, language)

"""`renkei law assessment`: which impact assessment of a file is due (特定個人情報保護評価)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Final

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
from renkei.law.impact_assessment import (
    AssessmentDue,
    AssessmentKind,
    HandledFile,
    assessment_due,
    assessment_table,
)


class AssessmentQuestion(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One line: the body, how many people, how many handlers, the day, and what else matters."""

    body: str
    subjects: Count
    handlers: Count
    incident: date | None = None
    exempt: str | None = None
    published_kind: AssessmentKind | None = None
    published: date | None = None
    date: date


KINDS: Final = {
    "basic": ("基礎項目評価", "basic items"),
    "key": ("重点項目評価と基礎項目評価", "key items and basic items"),
    "all": ("全項目評価と基礎項目評価", "all items and basic items"),
}
PUBLISHED: Final[dict[str, AssessmentKind]] = {"basic": "basic", "key": "key", "all": "all"}
WHY: Final = {
    "few-subjects": (
        "評価は要らない：本人が1,000人未満",
        "no assessment is due: fewer than 1,000 people",
    ),
    "body-not-bound": (
        "評価は要らない：義務を負う機関ではない",
        "no assessment is due: the Act does not bind this body",
    ),
    "no-text-for-that-day": (
        "その日の規則は手元に無い",
        "not held here: the rule of that day is not at hand",
    ),
}


def decided(asked: AssessmentQuestion) -> AssessmentDue:
    """The answer to one question."""
    return assessment_due(
        HandledFile(
            body=asked.body,
            subjects=asked.subjects,
            handlers=asked.handlers,
            incident=asked.incident,
            exempt=asked.exempt,
            published_kind=asked.published_kind,
            published=asked.published,
        ),
        asked.date,
    )


def prose(asked: AssessmentQuestion, language: str) -> Iterator[str]:
    """The answer in words."""
    due, ja = decided(asked), language == "ja"
    if due.kind not in KINDS:
        exempt = next((one for one in assessment_table().exemptions if one.id == due.why), None)
        if exempt is None:
            text = label(WHY, due.why, language)
        elif ja:
            text = f"評価は要らない：{exempt.ja}"
        else:
            text = f"no assessment is due: {exempt.en}"
        yield cited(f"{asked.date}  {text}", due.article, language)
        return
    kind = label(KINDS, due.kind, language)
    body = next(one for one in assessment_table().bodies if one.id == asked.body)
    text = f"{body.ja}：{kind}が要る" if ja else f"{body.en}: due: {kind}"
    yield cited(f"{asked.date}  {text}", due.article, language)
    yield from _besides(due, ja)
    yield "すること" if ja else "what it asks"
    yield from listed(due.steps, language)
    yield "ここでは分からないこと" if ja else "not held here"
    yield from listed(due.not_held, language)


def _besides(due: AssessmentDue, ja: bool) -> Iterator[str]:
    if due.raised:
        yield (
            "取扱者500人以上又は1年以内の重大事故のため、重い評価になる"
            if ja
            else "the heavier kind: 500 handlers or more, or a serious incident within a year"
        )
    if due.anew:
        yield (
            f"公表済みの評価では足りない（{due.anew}）"
            if ja
            else f"what is published no longer suffices ({due.anew})"
        )
    if due.review_by:
        yield f"見直しの期限 {due.review_by}" if ja else f"to be looked through by {due.review_by}"


def _kind(given: str | None) -> AssessmentKind | None:
    if given is None:
        return None
    if given not in PUBLISHED:
        raise ValueError(f"--published-kind is basic, key or all, not {given!r}")
    return PUBLISHED[given]


SubjectsOption = Annotated[
    int | None, typer.Option("--subjects", help="People in all files of the affair.")
]
HandlersOption = Annotated[
    int | None, typer.Option("--handlers", help="People who handle the files.")
]
BodyOption = Annotated[
    str, typer.Option("--body", help="national, local, linked (private) or outside.")
]
IncidentOption = Annotated[
    str | None, typer.Option("--incident", help="Last serious incident, or when it was known.")
]
ExemptOption = Annotated[
    str | None, typer.Option("--exempt", help="The exception that applies, by its id.")
]
PublishedKindOption = Annotated[
    str | None, typer.Option("--published-kind", help="What is published: basic, key or all.")
]
PublishedOption = Annotated[
    str | None, typer.Option("--published", help="Since when an assessment is published.")
]


def assessment(
    *,
    subjects: SubjectsOption = None,
    handlers: HandlersOption = None,
    day: Day = None,
    body: BodyOption = "local",
    incident: IncidentOption = None,
    exempt: ExemptOption = None,
    published_kind: PublishedKindOption = None,
    published: PublishedOption = None,
    language: Language = "both",
) -> None:
    """Say which impact assessment is due (特定個人情報保護評価).

    Without options each line of stdin is one object: body (national, local, linked, outside),
    subjects, handlers, date (YYYY-MM-DD), and where wanted incident (a day), exempt (staff,
    by-hand, health-insurance-society, mutual-aid, outside-the-network, board-of-audit),
    published_kind (basic, key, all) and published (a day).
    """
    if none_given((subjects, handlers, day, incident, exempt, published_kind, published)):
        answer_lines(AssessmentQuestion, decided)
        return

    def question() -> AssessmentQuestion:
        return AssessmentQuestion(
            body=body,
            subjects=count_of("--subjects", subjects),
            handlers=count_of("--handlers", handlers),
            date=needed("--day", day_of("--day", day)),
            incident=day_of("--incident", incident),
            exempt=exempt,
            published_kind=_kind(published_kind),
            published=day_of("--published", published),
        )

    in_words(question, prose, language)

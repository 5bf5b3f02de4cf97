"""Which impact assessment of a file is due before it is held (特定個人情報保護評価, 法27条・28条).

The Commission's rule (平成26年規則1号, here 評価規則) decides by the number of people in the files
of one affair, of those who handle them, and by a serious incident within a year. What it leaves
to the guideline (指針) is named as not held, never filled in.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Literal

import msgspec

from renkei.law import tables
from renkei.law.in_force import Words, in_force, months_later, named

AssessmentKind = Literal["none", "basic", "key", "all", "not-held"]
"""None due, basic items, key items too, all items too; or no text at hand for that day."""


class AssessmentBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of body as the rule parts them, and its way (行政機関の長等, 評価規則2条3号)."""

    id: str
    ja: str
    en: str
    way: Literal["national", "local", "free"]
    article: str


class AssessmentExemption(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that is assessed by nobody (評価規則4条1号から7号まで)."""

    id: str
    ja: str
    en: str
    article: str
    valid_from: date
    valid_to: date | None
    source: str


class Threshold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row: from how many people to how many, raised or not, what is due (しきい値)."""

    least: int
    most: int | None
    raised: bool | None
    kind: AssessmentKind
    articles: dict[str, str]
    valid_from: date
    valid_to: date | None
    source: str


class AssessmentStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a kind asks of a body, in its order (評価の手続)."""

    id: str
    kinds: tuple[AssessmentKind, ...]
    ways: tuple[str, ...]
    ja: str
    en: str
    article: str


class AssessmentGap(Words, frozen=True, forbid_unknown_fields=True):
    """What the rule leaves to the guideline, for the kinds that it matters to (指針の定め)."""

    kinds: tuple[AssessmentKind, ...] = ()


class AssessmentTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole table of the rule (評価規則の表)."""

    many_handlers: int
    bodies: tuple[AssessmentBody, ...]
    exemptions: tuple[AssessmentExemption, ...]
    thresholds: tuple[Threshold, ...]
    steps: tuple[AssessmentStep, ...]
    not_held: tuple[AssessmentGap, ...]


class HandledFile(msgspec.Struct, frozen=True, kw_only=True):
    """The files of one affair of one body, as the rule counts them (特定個人情報ファイル).

    `incident` is the later of the days on which a serious incident of this body happened and on
    which the body knew of it: what is serious is the guideline's word and stated by who asks.
    `published_kind` and `published` say which assessment stands published, and since when.
    """

    body: str
    subjects: int
    handlers: int
    incident: date | None = None
    exempt: str | None = None
    published_kind: AssessmentKind | None = None
    published: date | None = None


class AssessmentDue(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: what is due, by which article, what it asks, what is not held (評価の種類)."""

    kind: AssessmentKind
    article: str | None
    why: str
    raised: bool = False
    """Whether 500 handlers or an incident decide (特定個人情報に関する重大事故等)."""
    anew: str | None = None
    """The article by which a published lower kind no longer suffices (評価規則6条2項等)."""
    review_by: date | None = None
    """The day by which what is published is to be looked through again (評価規則14条)."""
    steps: tuple[Words, ...] = ()
    not_held: tuple[Words, ...] = ()


_ORDER: tuple[AssessmentKind, ...] = ("none", "basic", "key", "all")
_ANEW = {
    ("key", "national"): "評価規則第6条第2項",
    ("key", "local"): "評価規則第6条第2項",
    ("all", "national"): "評価規則第8条",
    ("all", "local"): "評価規則第7条第2項",
}


@cache
def assessment_table() -> AssessmentTable:
    """The table as packaged."""
    return tables.read("impact_assessment.json", AssessmentTable)


def assessment_due(file: HandledFile, day: date) -> AssessmentDue:
    """Which assessment is due on a day for the files of an affair (評価の要否と種類, 法28条).

    Raises `UnknownNameError` for a body or an exemption that the table does not hold, `ValueError`
    for a number below 0.
    """
    table = assessment_table()
    if file.subjects < 0 or file.handlers < 0:
        raise ValueError("a number of people is not negative")
    body = named(table.bodies, file.body, "body")
    rows = in_force(table.thresholds, day)
    if not rows:
        return AssessmentDue(kind="not-held", article=None, why="no-text-for-that-day")
    if body.way == "free":
        return AssessmentDue(kind="none", article=body.article, why="body-not-bound")
    if file.exempt is not None:
        exemption = named(table.exemptions, file.exempt, "exemption")
        return AssessmentDue(kind="none", article=exemption.article, why=exemption.id)
    raised = _is_raised(file, day, table.many_handlers)
    row = next(
        one
        for one in rows
        if one.least <= file.subjects
        and (one.most is None or file.subjects <= one.most)
        and one.raised in (None, raised)
    )
    if row.kind == "none":
        return AssessmentDue(kind="none", article=row.articles[body.way], why="few-subjects")
    return AssessmentDue(
        kind=row.kind,
        article=row.articles[body.way],
        why="by-number",
        raised=row.raised is True,
        anew=_anew(file.published_kind, row.kind, body.way),
        review_by=months_later(file.published, 12)[0] if file.published else None,
        steps=_steps(table, row.kind, body.way),
        not_held=tuple(
            Words(one.id, one.ja, one.en, one.article)
            for one in table.not_held
            if row.kind in one.kinds
        ),
    )


def incident_counts(incident: date | None, day: date) -> bool:
    """Whether an incident lies within the year before a day (過去一年以内, 評価規則4条8号ロ).

    The same day a year before still counts: where the rule can be read two ways, the assessment
    is due. A day still to come does not count.
    """
    return incident is not None and months_later(day, -12)[0] <= incident <= day


def _is_raised(file: HandledFile, day: date, many: int) -> bool:
    return file.handlers >= many or incident_counts(file.incident, day)


def _anew(published: AssessmentKind | None, kind: AssessmentKind, way: str) -> str | None:
    """The article where a published kind is lower than the one due now; None where it is not."""
    if published in (None, "none", "not-held") or _ORDER.index(published) >= _ORDER.index(kind):
        return None
    return _ANEW[kind, way]


def _steps(table: AssessmentTable, kind: AssessmentKind, way: str) -> tuple[Words, ...]:
    return tuple(
        Words(one.id, one.ja, one.en, one.article)
        for one in table.steps
        if kind in one.kinds and way in one.ways
    )

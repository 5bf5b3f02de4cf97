"""`renkei law penalty`: which act is punished, and how far (罰則)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated

import msgspec
import typer

from renkei.cli.law_safeguards import (
    Day,
    Language,
    answer_lines,
    day_of,
    in_words,
    needed,
    none_given,
)
from renkei.law.in_force import Words, named
from renkei.law.penalties import Penalties, PenaltyRow, penalties, penalty_table


class PenaltyQuestion(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One line: the day of the act, and what narrows the list."""

    person: str | None = None
    act: str | None = None
    article: str | None = None
    date: date


def decided(asked: PenaltyQuestion) -> Penalties:
    """The answer to one question."""
    return penalties(asked.date, by=asked.person, act=asked.act, article=asked.article)


def prose(asked: PenaltyQuestion, language: str) -> Iterator[str]:
    """The answer in words, two lines for each article."""
    answer, ja = decided(asked), language == "ja"
    if not answer.held:
        yield (
            f"{asked.date}  その日の条文は手元に無い"
            if ja
            else f"{asked.date}  not held here: the text of that day is not at hand"
        )
        return
    if not answer.found:
        yield (
            f"{asked.date}  この組合せに当たる罰則はこの法律に無い"
            if ja
            else f"{asked.date}  the Act has no penalty for these together"
        )
    for row in answer.found:
        yield f"{row.article}  {_who(row, ja)}{'：' if ja else ': '}{row.ja if ja else row.en}"
        yield "  - " + ("、" if ja else "; ").join(_limits(row, answer, ja))


def _who(row: PenaltyRow, ja: bool) -> str:
    found: list[Words] = [named(penalty_table().doers, one, "person") for one in row.by]
    return "、".join(one.ja if ja else one.en for one in found)


def _limits(row: PenaltyRow, answer: Penalties, ja: bool) -> Iterator[str]:
    """The most that can be given, to whom else, and whether abroad."""
    if row.prison_months is not None:
        yield (
            f"{_span(row.prison_months, ja)}以下の{answer.prison_ja}"
            if ja
            else f"{answer.prison_en} up to {_span(row.prison_months, ja)}"
        )
    yield f"{_yen(row.fine_yen, ja)}以下の罰金" if ja else f"a fine up to {_yen(row.fine_yen, ja)}"
    if row.both:
        yield "併科あり" if ja else "or both"
    if row.corporate_fine_yen is not None:
        fine = _yen(row.corporate_fine_yen, ja)
        yield (
            f"法人には{fine}以下の罰金（{row.corporate_article}）"
            if ja
            else f"the corporation: a fine up to {fine} ({row.corporate_article})"
        )
    if row.abroad:
        yield (
            f"国外の行為も（{row.abroad_article}）" if ja else f"abroad too ({row.abroad_article})"
        )


def _span(months: int, ja: bool) -> str:
    if months % 12:
        return f"{months}月" if ja else f"{months} months"
    years = months // 12
    return f"{years}年" if ja else f"{years} year{'s' if years > 1 else ''}"


def _yen(amount: int, ja: bool) -> str:
    if not ja:
        return f"{amount:,} yen"
    man = amount // 10_000
    return f"{man // 10_000}億円" if man % 10_000 == 0 else f"{man}万円"


PersonOption = Annotated[
    str | None,
    typer.Option("--person", help="Only what this person can do; --list names the words."),
]
ActOption = Annotated[
    str | None, typer.Option("--act", help="Only this act; --list names the words.")
]
ArticleOption = Annotated[
    str | None, typer.Option("--article", help="Only this article: 48, 52-2, 55-3-1, s3-5.")
]
ListingOption = Annotated[bool, typer.Option("--list", help="List the words for persons and acts.")]


def penalty(
    *,
    day: Day = None,
    person: PersonOption = None,
    act: ActOption = None,
    article: ArticleOption = None,
    listing: ListingOption = False,
    language: Language = "both",
) -> None:
    """List the penalties of the Act (罰則).

    Without options each line of stdin is one object: date (the day of the act, YYYY-MM-DD), and
    where wanted person, act (words that --list names) and article (48, 52-2, 55-3-1; s3-5 is
    附則3条5項). What anyone can do stands in the list of every person.
    """
    if listing:
        for kind, entries in (("person", penalty_table().doers), ("act", penalty_table().acts)):
            for one in entries:
                typer.echo("\t".join((kind, one.id, one.ja, one.en, one.article)))
        return
    if none_given((day, person, act, article)):
        answer_lines(PenaltyQuestion, decided)
        return

    def question() -> PenaltyQuestion:
        return PenaltyQuestion(
            person=person, act=act, article=article, date=needed("--day", day_of("--day", day))
        )

    in_words(question, prose, language)

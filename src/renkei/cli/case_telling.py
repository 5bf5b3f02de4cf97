"""Telling a clerk how a case stands, in a terminal (案件の表示)."""

from __future__ import annotations

import shlex
from datetime import date
from typing import TYPE_CHECKING

import typer

from renkei.cli import words
from renkei.cli.saying import heading, program, say, say_json

if TYPE_CHECKING:
    from renkei.sandbox.country import Country
    from renkei.wire.institution.desk import (
        DeskAnswer,
        DeskCase,
        DeskExchange,
        DeskPaper,
        DeskStatement,
    )


STILL_OPEN = 3
"""Exit code of a case in which something is open, or that asked nobody and has nothing here."""


def end_with(case: DeskCase) -> None:
    """End with exit code 3 where something of a case is open still."""
    from renkei.cli.case_lines import is_open

    if is_open(case):
        raise typer.Exit(STILL_OPEN)


def tell(case: DeskCase, country: Country, institution: str, as_json: bool) -> None:
    """Print a case: what was asked and came, what did not and why, what is stated, which papers."""
    from renkei.cli.case_lines import unanswered

    if as_json:
        say_json(case)
        for sentence in unanswered(case):
            typer.echo(sentence, err=True)
        return
    say(f"case {case.case_number}: {'ended' if case.settled else 'not ended yet'}")
    names = {plan.party: f"{plan.name_ja} ({plan.name_en})" for plan in country.plans}
    for one in case.exchanges:
        _tell_exchange(one, names, country.now().date())
    _tell_conditions(case, country, institution)
    _tell_questions(case, country, institution)
    missing = list(unanswered(case))
    if missing:
        heading("What brought nothing, and why")
    for sentence in missing:
        say(f"  {sentence}", hang=4)
    for state, title in words.PAPERS.items():
        papers = [paper for paper in case.papers if paper.state == state]
        if papers:
            heading(title)
        for (name, reason), people in _together(papers).items():
            about = f", about {'; '.join(people)}" if people else ""
            say(f"  {name}{about}: {words.paper_reason(reason)}", hang=4)


def _together(papers: list[DeskPaper]) -> dict[tuple[str, str], list[str]]:
    """Papers by name and reason, with whom they are about."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in papers:
        people = found.setdefault((f"{one.name_ja} ({one.name_en})", one.reason), [])
        if one.subject is not None:
            people.append(_person(one.subject, one.person))
    return found


def _tell_questions(case: DeskCase, country: Country, institution: str) -> None:
    """What the case asks, with the command that answers."""
    from renkei.cli.case_lines import open_questions

    asked = list(open_questions(case))
    if not asked:
        return
    heading("What has to be answered (案件の質問)")
    for one in asked:
        say(f"  {one}", hang=4)
    typer.echo("  Type this with one or more of them, answered; a PERSON is one of `desk persons`,")
    typer.echo("  a PARTY one of `desk offices`, a CODE that of a municipality:")
    typer.echo(f"  {program()} desk answer {_where(case, country, institution)}")


def _where(case: DeskCase, country: Country, institution: str) -> str:
    place = f"--folder {shlex.quote(str(country.folder))} --office {case.office}"
    return f"--institution {institution} --case {case.case_number} {place}"


def _tell_conditions(case: DeskCase, country: Country, institution: str) -> None:
    """What officers stated, and what is still to be stated, with the command that states it."""
    from renkei.cli.case_lines import open_conditions

    if case.statements:
        heading("What was stated (申立て)")
    for one in case.statements:
        for condition in one.conditions:
            said = words.condition_words(condition)
            say(f"  {_stated_by(one)}: {said} ({condition})", hang=4)
        for condition in one.not_met:
            said = words.condition_words(condition)
            say(f"  {_stated_by(one)}: not so: {said} ({condition})", hang=4)
        for answer in one.answers:
            say(f"  {_stated_by(one)}: {answer.question}={_answered(answer)}", hang=4)
    still_open = open_conditions(case)
    if not still_open:
        return
    heading("What has to be stated first (申立てが必要な限定)")
    for condition in still_open:
        say(f"  {condition}: {words.condition_question(condition)}", hang=4)
    typer.echo("  What is so can be stated; type, with those of them that are met:")
    where = _where(case, country, institution)
    typer.echo(f"  {program()} desk state {where} {' '.join(still_open)}")
    typer.echo("  What is not so is answered with `desk answer` and `condition:NAME=no`.")


def _stated_by(one: DeskStatement) -> str:
    return f"{one.officer}, {one.at:%Y-%m-%d %H:%M}Z"


def _answered(one: DeskAnswer) -> str:
    if one.persons is not None:
        return ",".join(one.persons) or "nobody"
    return str(one.body if one.body is not None else one.place)


def _tell_exchange(one: DeskExchange, names: dict[str, str], day: date) -> None:
    from renkei.wire.reasons import reason_text

    heading(f"{names.get(one.provider, one.provider)}")
    for item in one.items:
        say(f"  asked for {words.item_words(one.affair, one.sub_affair, item, day)}", hang=4)
    say(f"  about     {_person(one.subject, one.person)}", hang=4)
    say(f"  basis     {words.basis_words(one.article, one.row)}", hang=4)
    for condition in one.conditions:
        say(f"  stated    {words.condition_words(condition)}", hang=4)
    ended = words.OUTCOMES[one.outcome] if one.outcome is not None else words.STATES[one.state]
    say(f"  result    {ended}")
    if one.reason is not None and one.outcome is not None:
        by = f"by {words.REFUSERS[one.refused_by]}: " if one.refused_by is not None else ""
        say(f"  why       {by}{reason_text(one.reason)}", hang=4)
    if one.waits_for is not None:
        because = f": {words.waiting_words(one.waits_because)}" if one.waits_because else ""
        say(f"  waits for {names.get(one.waits_for, one.waits_for)}{because}", hang=4)
    for copy in one.provided:
        say(f"  {words.category_words(copy.item)}, as of {copy.as_of}:", hang=4)
        for part in copy.fields:
            if words.is_shown(part.name):
                value = words.value_word(copy.item, part.name, part.value)
                say(f"      {words.field_word(copy.item, part.name)}: {value}", hang=4)


def _person(subject: str, person: str | None) -> str:
    """Whom a line is about: two children are told apart by the institution's own person id."""
    who = words.subject_words(subject)
    return f"the {who}, person {person}" if person is not None else f"the {who}"

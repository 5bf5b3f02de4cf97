"""`renkei law …`: the tables of the Act, searched and asked from the command line.

Results go to stdout, everything else to stderr. `decide` reads JSON Lines and answers line by
line; a name the tables do not hold is an error of that line, never a refusal.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
import typer

from renkei.cli import json_lines
from renkei.cli.json_lines import JsonLines, Line, Wrong, day_of
from renkei.cli.law_commands import LawCommands
from renkei.cli.noun import noun
from renkei.cli.saying import as_typed
from renkei.law import Decision, UnknownNameError, explain, former, may_ask, procedures, tables
from renkei.law.permitted_items_and_persons import citation
from renkei.values.numerals import whole_number

app = noun("Whom the law lets ask whom for what (法令).", cls=LawCommands)
MOST_HITS = 500
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


class Question(msgspec.Struct, forbid_unknown_fields=True):
    """One line of `renkei law decide`: Japanese names or ids, the row, an ISO day."""

    requester: str
    affair: str | int
    provider: str
    item: str
    date: date


class Unproven(msgspec.Struct):
    """The answer for a day of which the table is not proven, with what the texts at hand say."""

    allowed: bool
    article: str | None
    row: str | None
    reason: str
    known: tuple[former.Known, ...]


QUESTIONS = JsonLines(Question)


def _say(value: object) -> None:
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")


def _line(*columns: str) -> None:
    sys.stdout.write("\t".join(columns) + "\n")


def _fail(message: str) -> typer.Exit:
    typer.echo(as_typed(message), err=True)
    return typer.Exit(2)


@app.command()
def names(as_json: AsJson = False) -> None:
    """Print the names of bodies and of information (名称)."""
    bodies = [
        {"name": k.ja, "id": k.id, "en": k.en, "within": k.part_of, "open_class": k.open_class}
        for k in tables.kinds().values()
    ]
    information = [
        {"name": c.ja, "id": c.id, "en": c.en, "within": c.part_of}
        for c in tables.categories().values()
    ]
    if as_json:
        _say({"bodies": bodies, "information": information})
        return
    for label, entries in (("body", bodies), ("information", information)):
        for entry in entries:
            _line(label, str(entry["name"]), str(entry["id"]), str(entry["en"]))


_ROW = re.compile(r"(?:row\s*)?([^のノ条項-]+)(?:[のノ-]([^のノ条項-]+))?(?:の項)?\Z")
_FORMER = re.compile(r"(?:former[-\s]*|旧(?:別表第二)?の?)(.+)\Z")
_ARTICLE = re.compile(r"(?:命令)?第?([^のノ条-]+)条(?:の([^のノ条-]+))?\Z")


def _row_of(place: str) -> tables.ProvisionRow:
    """The row a user means by "106", "百六の項", "108条", "第百七十五条の二" or "former-27".

    Numbers are figures or kanji, with units or digit by digit; what is half a number is refused.
    """
    rows = tables.provision_rows()
    text = unicodedata.normalize("NFKC", place).strip()
    former_row = _FORMER.match(text)
    if former_row is not None:
        rows, text = tables.former_rows(), former_row[1]
    article = None if former_row is not None else _ARTICLE.match(text)
    form = article or _ROW.match(text)
    numbers = [whole_number(part.strip()) for part in form.groups() if part] if form else [None]
    named = "-".join(map(str, numbers))
    found = None
    if article is not None and None not in numbers:
        found = next((row for row in rows.values() if row.article == named), None)
    elif None not in numbers:
        found = rows.get(named)
    if found is None:
        raise _fail(
            f"no row or article {place!r}: rows are 1 to 173-2 (106), articles 3条 to 175条の2, "
            "号 are named as in 108-1, rows of the former table former-1 to former-121"
        )
    return found


def _subs_of(place: str) -> tuple[tables.ProvisionRow, list[tables.SubAffair]]:
    """The row a place means, with all its 号, or the one that is meant by its id ("108-1")."""
    one = tables.sub_affairs().get(unicodedata.normalize("NFKC", place).strip())
    rows = tables.provision_rows()
    if one is not None and place.strip() not in rows:
        return rows[one.row], [one]
    row = _row_of(place)
    if row.table == tables.FORMER:
        return row, []
    return row, [sub for sub in tables.sub_affairs().values() if sub.row == row.row]


@app.command()
def show(
    place: Annotated[
        str,
        typer.Argument(
            help="A row (106), an article (108条), one 号 (108-1), a former row (former-27)."
        ),
    ],
    text: Annotated[
        Path | None,
        typer.Option("--text", help="An extract of the order, to read its words beside the data."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show one row of the table with its article, or one 号 (項と条)."""
    from renkei.cli import law_showing as showing

    row, subs = _subs_of(place)
    try:
        words = showing.read_text(text) if text is not None else {}
    except showing.NoText as error:
        raise _fail(f"--text: {error}") from error
    if as_json:
        _say({"row": row, "sub_affairs": subs})
        return
    showing.say(showing.row_lines(row))
    for sub in subs:
        showing.say(showing.sub_lines(sub, showing.text_of(sub, words.get(row.row, ()))))


@app.command()
def search(
    words: Annotated[list[str], typer.Argument(help="All of these, in ja or en.")],
    as_json: AsJson = False,
) -> None:
    """Find rows, affairs and procedures by words (検索)."""
    wanted = [word.casefold() for word in words]
    hits: list[dict[str, str]] = []
    for kind, identity, text in _texts():
        if all(word in text.casefold() for word in wanted):
            hits.append({"kind": kind, "id": identity, "text": text})
        if len(hits) == MOST_HITS:
            typer.echo(f"only the first {MOST_HITS} are shown: add words", err=True)
            break
    if as_json:
        _say({"hits": hits})
        return
    for hit in hits:
        _line(hit["kind"], hit["id"], hit["text"])
    if not hits:
        typer.echo("nothing has all of these words; give fewer, in Japanese or English", err=True)
        raise typer.Exit(1)


def _texts() -> Iterator[tuple[str, str, str]]:
    kinds, categories = tables.kinds(), tables.categories()
    for one in procedures().values():
        yield "procedure", one.id, f"{one.ja} / {one.en} / {one.act_ja}"
    for row in (*tables.provision().rows, *tables.former_rows().values()):
        former_row = row.table == tables.FORMER
        named = {kinds[k].ja for k in row.requesters}
        for exchange in row.exchanges:
            named |= {kinds[k].ja for k in exchange.providers}
            named |= {categories[c].ja for c in exchange.categories}
        label = f"{row.act_ja} {row.affair_ja} / {row.act_en}: {row.affair_en}"
        place = f"former-{row.row}" if former_row else row.row
        kind = "former row" if former_row else "row"
        yield kind, place, f"{label} / {'、'.join(sorted(named))}"
    for use in tables.use_rows().values():
        label = f"{use.act_ja} {use.affair_ja} / {use.act_en}: {use.affair_en}"
        yield "use row", use.row, label
    for sub in tables.sub_affairs().values():
        yield "sub-affair", sub.id, f"{citation(sub)} {sub.ja} / {sub.en}"


@app.command()
def decide() -> None:
    """Answer questions given as JSON Lines (判断).

    Each line of stdin is one object: requester, affair, provider, item, date (YYYY-MM-DD). The
    affair is a row of the table in force on that day: before 2024-05-27 the former one.
    """
    json_lines.say_lines(answers(sys.stdin.buffer))


@app.command("decide-item")
def decide_item() -> None:
    """Answer questions about single items, JSON Lines (項目の判断).

    Each line of stdin is one object: row, sub_affair, item, subject, provider, date (YYYY-MM-DD),
    and where wanted requester and conditions, an object of id and whether it is stated to be met.
    Names are those of `renkei law show`, or ids.
    """
    from renkei.cli import law_items

    json_lines.say_lines(law_items.answers(sys.stdin.buffer))


def answers(lines: BinaryIO | Iterable[bytes]) -> Iterator[str]:
    """One JSON answer per line of input, blank and broken ones too."""
    return json_lines.answers(QUESTIONS, lines, _decided)


def _decided(asked: Question) -> Decision | Unproven:
    affair = str(asked.affair)
    answer = may_ask(asked.requester, affair, asked.provider, asked.item, asked.date)
    if answer.reason != "not-proven-for-this-day":
        return answer
    known = former.what_is_known(affair, asked.provider, asked.item)
    return Unproven(answer.allowed, answer.article, answer.row, answer.reason, known)


@app.command("explain")
def explain_command(
    question: Annotated[
        list[str] | None, typer.Argument(help="requester affair provider item; none: JSON Lines")
    ] = None,
    on: Annotated[str, typer.Option("--date", help="The day of asking, YYYY-MM-DD.")] = "",
    language: Annotated[str, typer.Option("--lang", help="ja, en or both.")] = "both",
) -> None:
    """Say in words who may ask whom, and why (説明)."""
    if language not in ("ja", "en", "both"):
        raise _fail(f"--lang is ja, en or both, not {language!r}")
    if not question:
        for line in QUESTIONS.read(sys.stdin.buffer):
            sys.stdout.write("\n".join(_explained(line, language)) + "\n")
            sys.stdout.flush()
        return
    if len(question) != 4:
        raise _fail("explain takes four names: requester affair provider item")
    day = _day(on)
    requester, affair, provider, item = question
    asked = Question(requester, affair, provider, item, day)
    try:
        sys.stdout.write("\n".join(_prose(asked, language)) + "\n")
    except UnknownNameError as error:
        raise _fail(str(error)) from None


def _day(text: str) -> date:
    """A day as YYYY-MM-DD and no other way that Python would take."""
    day = day_of(text)
    if day is None:
        raise _fail(f"--date is YYYY-MM-DD, a day of the calendar, not {text!r}")
    return day


def _explained(line: Line[Question] | Wrong, language: str) -> list[str]:
    """The prose of one line, or what is wrong with it."""
    told = json_lines.answered(line, lambda asked: list(_prose(asked, language)))
    return [str(told)] if isinstance(told, Wrong) else told


def _prose(asked: Question, language: str) -> Iterator[str]:
    names = (asked.requester, str(asked.affair), asked.provider, asked.item)
    if language in ("ja", "both"):
        yield explain.prose(names, asked.date, "ja")
    if language in ("en", "both"):
        yield explain.prose(names, asked.date, "en")


@app.command("procedures")
def procedures_command(as_json: AsJson = False) -> None:
    """List the procedures and their affairs (手続)."""
    if as_json:
        _say({"procedures": list(procedures().values())})
        return
    for one in procedures().values():
        rests = ", ".join(f"{affair.row}→{affair.sub_affair}" for affair in one.affairs)
        _line(one.id, one.ja, one.en, rests)


@app.command("subjects")
def subjects_command(as_json: AsJson = False) -> None:
    """List whom a request can be about (誰についての情報か)."""
    named = [{"id": one, **tables.subjects()[one]} for one in tables.subjects()]
    if as_json:
        _say(named)
        return
    for one in named:
        _line(one["id"], one["ja"], one["en"])

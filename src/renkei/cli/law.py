"""`renkei law …`: the tables of the Act, searched and asked from the command line.

Results go to stdout, everything else to stderr. `decide` reads JSON Lines and answers line by
line; a name the tables do not hold is an error of that line, never a refusal.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated, Any, BinaryIO

import msgspec
import typer

from renkei.law import UnknownNameError, explain, may_ask, procedures, tables
from renkei.law.provision import citation

app = typer.Typer(no_args_is_help=True, help="Whom the law lets ask whom for what.")
LONGEST_LINE_BYTES = 65_536
MOST_HITS = 500
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


class Question(msgspec.Struct, forbid_unknown_fields=True):
    """One line of `renkei law decide`: Japanese names or ids, the row, an ISO day."""

    requester: str
    affair: str | int
    provider: str
    item: str
    date: date


QUESTIONS = msgspec.json.Decoder(Question)
ANSWERS = msgspec.json.Encoder()


def _say(value: object) -> None:
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")


def _line(*columns: str) -> None:
    sys.stdout.write("\t".join(columns) + "\n")


def _fail(message: str) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(2)


@app.command()
def names(as_json: AsJson = False) -> None:
    """Print the atomic names: bodies and kinds of information (機関と情報の名称)."""
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


def _arabic(text: str) -> str:
    """百七十五条の二 → 175条の2; Arabic digits stay."""

    def value(found: re.Match[str]) -> str:
        total, current = 0, 0
        for sign in found.group(0):
            if sign in "百十":
                total += (current or 1) * (100 if sign == "百" else 10)
                current = 0
            else:
                current = "〇一二三四五六七八九".index(sign)
        return str(total + current)

    return re.sub("[〇一二三四五六七八九十百]+", value, text)


def _row_of(place: str) -> tables.ProvisionRow:
    """The row a user means by "106", "row 106", "108条" or "第108条"."""
    rows = tables.provision_rows()
    text = place.strip().removeprefix("row").strip()
    if "条" in text:
        spelt = _arabic(text.removeprefix("命令").removeprefix("第"))
        number = spelt.replace("条の", "-").replace("条", "")
        found = next((row for row in rows.values() if row.article == number), None)
    else:
        found = rows.get(_arabic(text.removesuffix("の項")).replace("の", "-"))
    if found is None:
        raise _fail(
            f"no row or article {place!r}: rows are 1 to 173-2 (106), articles 3条 to 175条の2"
        )
    return found


@app.command()
def show(
    place: Annotated[str, typer.Argument(help="A row (106) or an article of the order (108条).")],
    as_json: AsJson = False,
) -> None:
    """Show one row of the table and the items of its article (表の項と条の内容)."""
    row = _row_of(place)
    subs = [sub for sub in tables.sub_affairs().values() if sub.row == row.row]
    if as_json:
        _say({"row": row, "sub_affairs": subs})
        return
    kinds, categories = tables.kinds(), tables.categories()
    _line("row", row.row, "deleted" if row.deleted else f"{row.act_ja} {row.affair_ja}")
    if row.deleted:
        return
    _line("", "", f"{row.act_en}: {row.affair_en}")
    _line("in force", row.valid_from.isoformat(), row.valid_to.isoformat() if row.valid_to else "")
    _line("asks", "、".join(kinds[one].ja for one in row.requesters))
    for one in explain.conditions(row, "ja"):
        _line("condition", one)
    for exchange in row.exchanges:
        asked = "、".join(kinds[one].ja for one in exchange.providers)
        _line("asked", asked, "、".join(categories[one].ja for one in exchange.categories))
    for sub in subs:
        _line(citation(sub), sub.id, sub.ja, sub.note)
        for item in sub.items:
            about = "、".join(tables.subjects()[one]["ja"] for one in item.subjects)
            limited = "（限定あり）" if "limited" in item.conditions else ""
            _line("", citation(sub, item.letter), item.item, item.ja, about + limited)


@app.command()
def search(
    words: Annotated[list[str], typer.Argument(help="All of these, in ja or en.")],
    as_json: AsJson = False,
) -> None:
    """Find rows, articles' affairs and procedures that hold all the words (検索)."""
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
        raise typer.Exit(1)


def _texts() -> Iterator[tuple[str, str, str]]:
    kinds, categories = tables.kinds(), tables.categories()
    for one in procedures().values():
        yield "procedure", one.id, f"{one.ja} / {one.en} / {one.act_ja}"
    for row in tables.provision().rows:
        named = {kinds[k].ja for k in row.requesters}
        for exchange in row.exchanges:
            named |= {kinds[k].ja for k in exchange.providers}
            named |= {categories[c].ja for c in exchange.categories}
        label = f"{row.act_ja} {row.affair_ja} / {row.act_en}: {row.affair_en}"
        yield "row", row.row, f"{label} / {'、'.join(sorted(named))}"
    for use in tables.use_rows().values():
        label = f"{use.act_ja} {use.affair_ja} / {use.act_en}: {use.affair_en}"
        yield "use row", use.row, label
    for sub in tables.sub_affairs().values():
        yield "sub-affair", sub.id, f"{citation(sub)} {sub.ja} / {sub.en}"


@app.command()
def decide() -> None:
    """Answer JSON Lines from stdin: requester, affair, provider, item, date (判断)."""
    out = sys.stdout
    for answer in answers(sys.stdin.buffer):
        out.write(answer + "\n")
        out.flush()


def answers(lines: BinaryIO | Iterable[bytes]) -> Iterator[str]:
    """One JSON answer per line of input; empty lines are passed over."""
    for line in lines:
        if line.strip():
            yield ANSWERS.encode(_answer(line)).decode()


def _answer(line: bytes) -> Any:
    if len(line) > LONGEST_LINE_BYTES:
        return {"error": f"the line has {len(line)} bytes; at most {LONGEST_LINE_BYTES}"}
    try:
        asked = QUESTIONS.decode(line)
        return may_ask(asked.requester, str(asked.affair), asked.provider, asked.item, asked.date)
    except (msgspec.DecodeError, UnknownNameError, UnicodeDecodeError) as error:
        return {"error": str(error)}


@app.command("explain")
def explain_command(
    question: Annotated[
        list[str] | None, typer.Argument(help="requester affair provider item; none: JSON Lines")
    ] = None,
    on: Annotated[str, typer.Option("--date", help="The day of asking, YYYY-MM-DD.")] = "",
    language: Annotated[str, typer.Option("--lang", help="ja, en or both.")] = "both",
) -> None:
    """Say in words whether and why one body may ask another (説明)."""
    if language not in ("ja", "en", "both"):
        raise _fail(f"--lang is ja, en or both, not {language!r}")
    if not question:
        for line in sys.stdin.buffer:
            if line.strip():
                asked = _question(line)
                said = [asked] if isinstance(asked, str) else list(_prose(asked, language))
                sys.stdout.write("\n".join(said) + "\n")
        return
    if len(question) != 4:
        raise _fail("explain takes four names: requester affair provider item")
    try:
        day = date.fromisoformat(on)
    except ValueError:
        raise _fail(f"--date is YYYY-MM-DD, not {on!r}") from None
    requester, affair, provider, item = question
    asked = Question(requester, affair, provider, item, day)
    try:
        sys.stdout.write("\n".join(_prose(asked, language)) + "\n")
    except UnknownNameError as error:
        raise _fail(str(error)) from None


def _question(line: bytes) -> Question | str:
    """The question of one line, or what is wrong with it."""
    if len(line) > LONGEST_LINE_BYTES:
        return f"error: the line has {len(line)} bytes; at most {LONGEST_LINE_BYTES}"
    try:
        asked = QUESTIONS.decode(line)
        may_ask(asked.requester, str(asked.affair), asked.provider, asked.item, asked.date)
    except (msgspec.DecodeError, UnknownNameError, UnicodeDecodeError) as error:
        return f"error: {error}"
    return asked


def _prose(asked: Question, language: str) -> Iterator[str]:
    names = (asked.requester, str(asked.affair), asked.provider, asked.item)
    if language in ("ja", "both"):
        yield explain.prose(names, asked.date, "ja")
    if language in ("en", "both"):
        yield explain.prose(names, asked.date, "en")


@app.command("procedures")
def procedures_command(as_json: AsJson = False) -> None:
    """List the procedures a desk may pick, with the affairs they rest on (手続)."""
    if as_json:
        _say({"procedures": list(procedures().values())})
        return
    for one in procedures().values():
        rests = ", ".join(f"{affair.row}→{affair.sub_affair}" for affair in one.affairs)
        _line(one.id, one.ja, one.en, rests)

"""`renkei law identity`: is number and identity verified, or what is still missing (本人確認).

One question in options, answered in prose, or JSON Lines on stdin, answered line by line.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated, BinaryIO, Final, TypeVar, get_args

import msgspec
import typer

from renkei.cli import json_lines
from renkei.cli.json_lines import JsonLines, day_of
from renkei.cli.saying import AsJson, as_typed, say
from renkei.law import Presented, Shown, UnknownNameError, Verification, verify_identity
from renkei.law.identity_tables import Agrees, Channel, Who, Whose, circumstances, evidence

MOST_PAPERS: Final = 40
Word = TypeVar("Word", bound=str)


class PaperLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One paper or measure of a line; what was compared and whether it is valid is always said."""

    kind: str
    valid: bool
    agrees: tuple[str, ...]
    whose: str = "person"
    copy: bool = False
    issued: str | None = None
    decision: str = ""
    label: str = ""


class IdentityLine(msgspec.Struct, forbid_unknown_fields=True):
    """One line of input: the day, who comes by which channel, papers, and what is stated."""

    date: date
    who: str
    channel: str
    papers: tuple[PaperLine, ...] = ()
    stated: tuple[str, ...] = ()


LINES = JsonLines(IdentityLine)
ENCODER = msgspec.json.Encoder()


def _fail(message: str) -> typer.Exit:
    typer.echo(as_typed(message), err=True)
    return typer.Exit(2)


def one_of(words: tuple[Word, ...], given: str, what: str) -> Word:
    """The word of a closed list that was given; raises `UnknownNameError` with the list."""
    for word in words:
        if word == given:
            return word
    raise UnknownNameError(f"{what} is one of {', '.join(words)}, not {given!r}")


def shown(paper: PaperLine) -> Shown:
    """A paper of a line as the law takes it; raises UnknownNameError for words that are none."""
    issued = None if paper.issued is None else day_of(paper.issued)
    if paper.issued is not None and issued is None:
        raise UnknownNameError(f"issued is YYYY-MM-DD, a day of the calendar, not {paper.issued!r}")
    words: tuple[Agrees, ...] = get_args(Agrees)
    whose: tuple[Whose, ...] = get_args(Whose)
    return Shown(
        kind=paper.kind,
        valid=paper.valid,
        agrees=frozenset(one_of(words, one, "agrees") for one in paper.agrees),
        whose=one_of(whose, paper.whose, "whose"),
        copy=paper.copy,
        issued=issued,
        decision=paper.decision,
        label=paper.label,
    )


def verified(asked: IdentityLine) -> tuple[Presented, Verification]:
    """What is asked and its answer; raises `UnknownNameError` for a name of no list."""
    if len(asked.papers) > MOST_PAPERS:
        raise UnknownNameError(f"at most {MOST_PAPERS} papers are judged at once")
    whos: tuple[Who, ...] = get_args(Who)
    channels: tuple[Channel, ...] = get_args(Channel)
    presented = Presented(
        day=asked.date,
        who=one_of(whos, asked.who, "who"),
        channel=one_of(channels, asked.channel, "channel"),
        shown=tuple(shown(one) for one in asked.papers),
        stated=frozenset(asked.stated),
    )
    return presented, verify_identity(presented)


def answers(lines: BinaryIO | Iterable[bytes]) -> Iterator[str]:
    """One JSON answer per line of input, blank and broken ones too."""
    return json_lines.answers(LINES, lines, lambda asked: verified(asked)[1])


def paper_of(text: str, whose: str) -> PaperLine:
    """A paper as typed, `KIND[:WORD…]`; without words it is valid, an original, and agrees.

    Words: copy, void, agrees=name+birth, issued=YYYY-MM-DD, decision=TEXT, label=TEXT.
    """
    kind, *words = text.split(":")
    given: dict[str, str] = {}
    for word in words:
        name, _, value = word.partition("=")
        if name not in _WORDS or name in given or (name in _BARE) == ("=" in word):
            raise UnknownNameError(
                f"after a paper may stand once each {', '.join(_WORDS)}, not {word!r}; "
                "as in passport:void or recognised-paper:decision=TEXT"
            )
        given[name] = value
    agrees = given["agrees"].split("+") if "agrees" in given else get_args(Agrees)
    return PaperLine(
        kind=kind,
        valid="void" not in given,
        agrees=tuple(one for one in agrees if one),
        whose=whose,
        copy="copy" in given,
        issued=given.get("issued"),
        decision=given.get("decision", ""),
        label=given.get("label", ""),
    )


_BARE: Final = ("copy", "void")
_WORDS: Final = (*_BARE, "agrees", "issued", "decision", "label")


WhoComes = Annotated[str, typer.Option("--who", help="Who comes: see --papers.")]
How = Annotated[str, typer.Option("--channel", help="counter, mail, telephone or online.")]
Papers = Annotated[
    list[str] | None, typer.Option("--paper", help="KIND[:WORD…] about the person; for each.")
]
AgentPapers = Annotated[
    list[str] | None, typer.Option("--agent-paper", help="The same about the agent who comes.")
]
Stated = Annotated[
    list[str] | None, typer.Option("--stated", help="A circumstance that holds; for each.")
]
OnDay = Annotated[str, typer.Option("--date", help="The day, YYYY-MM-DD.")]
InLanguage = Annotated[str, typer.Option("--lang", help="ja, en or both.")]
ListAll = Annotated[bool, typer.Option("--papers", help="List all names and end.")]


def identity(
    *,
    who: WhoComes = "",
    channel: How = "",
    paper: Papers = None,
    agent_paper: AgentPapers = None,
    stated: Stated = None,
    on: OnDay = "",
    language: InLanguage = "both",
    papers: ListAll = False,
    as_json: AsJson = False,
) -> None:
    """Say whether number and identity are verified (本人確認).

    With options the answer is prose, or JSON: what counts, by which articles, or what is still
    missing. A paper is an original, valid and agrees unless a word after it says otherwise:
    copy, void, agrees=name+birth, issued=YYYY-MM-DD, decision=TEXT, label=TEXT.

    Without options each line of stdin is one object: date (YYYY-MM-DD), who, channel, papers,
    stated. A paper has kind, valid, agrees (number, name, birth, address, office-name,
    office-address) and where wanted whose (person or agent), copy, issued, decision, label.
    Each answer has verified, reason (verified, still-missing, day-not-held), checks (part, way,
    article, by), missing (part, and the smallest sets that complete it: way, article, wants,
    stated) and uncounted (kind, whose, why, article).
    """
    if papers:
        _print_names(as_json)
        return
    if not any((who, channel, paper, agent_paper, stated, on)):
        json_lines.say_lines(answers(sys.stdin.buffer))
        return
    try:
        given = [paper_of(one, "person") for one in paper or ()]
        given += [paper_of(one, "agent") for one in agent_paper or ()]
        asked = IdentityLine(_day(on), who, channel, tuple(given), tuple(stated or ()))
        _tell(asked, language, as_json)
    except UnknownNameError as error:
        raise _fail(str(error)) from None


def _print_names(as_json: bool) -> None:
    from renkei.cli import law_identity_telling as telling

    if as_json:
        lists = {"papers": list(evidence().values()), "stated": list(circumstances().values())}
        words = {"who": get_args(Who), "channel": get_args(Channel)}
        sys.stdout.write(ENCODER.encode(words | lists).decode() + "\n")
        return
    for line in telling.names():
        sys.stdout.write(line + "\n")


def _tell(asked: IdentityLine, language: str, as_json: bool) -> None:
    from renkei.cli import law_identity_telling as telling

    presented, answer = verified(asked)
    lines = telling.prose(presented, answer, language)
    if as_json:
        sys.stdout.write(ENCODER.encode(answer).decode() + "\n")
        return
    for line in lines:
        say(line, hang=2)


def _day(text: str) -> date:
    day = day_of(text)
    if day is None:
        raise UnknownNameError(f"--date is YYYY-MM-DD, a day of the calendar, not {text!r}")
    return day

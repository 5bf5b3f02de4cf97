"""What the commands about safeguards share: lines in, lines out, or prose for people (保護措置).

Each command has one question type. With options it says the answer in words; with none it reads
JSON Lines and answers line by line, broken lines too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Annotated, Final, NoReturn, TypeVar

import msgspec
import typer

from renkei.cli.json_lines import BEYOND, JsonLines, answers, say_lines
from renkei.cli.noun import refuse
from renkei.law import UnknownNameError
from renkei.law.in_force import Words

T = TypeVar("T", bound=msgspec.Struct)
Value = TypeVar("Value")
Count = Annotated[int, msgspec.Meta(ge=0, le=10**10)]
LANGUAGES: Final = {"ja": ("ja",), "en": ("en",), "both": ("ja", "en")}
Language = Annotated[str, typer.Option("--lang", help="ja, en or both.")]
Day = Annotated[str | None, typer.Option("--day", help="The day asked about, YYYY-MM-DD.")]


def answer_lines(question: type[T], answer: Callable[[T], object]) -> None:
    """Answer every line of standard input with one line of JSON."""
    if sys.stdin.isatty():
        typer.echo("reading JSON Lines from the keyboard; --help names keys and options", err=True)
    say_lines(answers(JsonLines(question), sys.stdin.buffer, answer))


def in_words(
    question: Callable[[], T],
    prose: Callable[[T, str], Iterable[str]],
    language: str,
) -> None:
    """Say the answer to one question, in Japanese, English or both."""
    if language not in LANGUAGES:
        refuse(f"--lang is ja, en or both, not {language!r}")
    try:
        asked = question()
        for one in LANGUAGES[language]:
            for text in prose(asked, one):
                typer.echo(text)
    except OverflowError:
        refuse(BEYOND)
    except (UnknownNameError, ValueError) as error:
        refuse(str(error))


def none_given(options: Iterable[object]) -> bool:
    """Whether a command was called without any option that asks something."""
    return all(one in (None, False) for one in options)


def needed(option: str, value: Value | None) -> Value:
    """An option's value, or the sentence that it is missing."""
    if value is None:
        _missing(option)
    return value


def _missing(option: str) -> NoReturn:
    refuse(f"{option} is missing: give it, or no option at all to read JSON Lines")


def day_of(option: str, text: str | None) -> date | None:
    """A day as YYYY-MM-DD and no other way that Python would take."""
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        refuse(f"{option} is YYYY-MM-DD, a day of the calendar, not {text!r}")
    return day


def count_of(option: str, number: int | None) -> int:
    """A number of people from an option; a sentence where it is missing or below 0."""
    given = needed(option, number)
    if given < 0:
        refuse(f"{option} is a number of people, 0 or more, not {given}")
    return given


def cited(text: str, article: str | None, language: str) -> str:
    """Words with their article behind them."""
    if not article:
        return text
    return f"{text}（{article}）" if language == "ja" else f"{text} ({article})"


def listed(entries: Iterable[Words], language: str) -> Iterable[str]:
    """One line for each thing that is said, with its article."""
    for one in entries:
        yield "  - " + cited(one.ja if language == "ja" else one.en, one.article, language)


def label(of: Mapping[str, tuple[str, str]], name: str, language: str) -> str:
    """The words for a code in one language."""
    return of[name][0 if language == "ja" else 1]

"""`renkei law assessment` and its neighbours: lines in, lines out, or prose for people."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from renkei.cli.law import app

RUN = CliRunner()
ASSESSMENT: dict[str, Any] = {
    "body": "local",
    "subjects": 10_000,
    "handlers": 499,
    "date": "2026-07-01",
}
LEAK: dict[str, Any] = {
    "what": ["leak"],
    "people": 101,
    "known": "2026-07-01",
    "date": "2026-07-10",
}
KNOWN = ("--known", "2026-07-01")


def lines(command: str, *asked: object) -> list[dict[str, Any]]:
    """The answers of a command to questions, one a line."""
    text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in asked)
    done = RUN.invoke(app, [command], input=text)
    assert done.exit_code == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def said(command: str, *options: str) -> Result:
    """What a command says to its options."""
    return RUN.invoke(app, [command, *options], env={"COLUMNS": "80"})


@pytest.mark.parametrize(
    ("command", "good"),
    [("assessment", ASSESSMENT), ("leak", LEAK)],
)
def test_a_broken_line_is_an_error_of_that_line(command: str, good: dict[str, Any]) -> None:
    """A blank line, another form and a day of no calendar are named, the rest answered."""
    bad_day = good | {"date": "2026-02-30"}
    unknown = good | {"colour": "red"}
    first, *wrong, last = lines(command, good, "", "[]", bad_day, unknown, "{", good)
    assert first == last
    assert [one["line"] for one in wrong] == [2, 3, 4, 5, 6]
    assert all(one["error"] and one["error_ja"] for one in wrong)
    assert "calendar" in wrong[2]["error"]
    assert "colour" in wrong[3]["error"]


def test_assessment_answers_lines() -> None:
    """499 handlers ask for basic items, 500 for key items, with the articles."""
    basic, key = lines("assessment", ASSESSMENT, ASSESSMENT | {"handlers": 500})
    assert (basic["kind"], basic["raised"]) == ("basic", False)
    assert basic["article"] == "評価規則第5条第1項・第4条第8号ロ"
    assert (key["kind"], key["raised"]) == ("key", True)
    assert key["article"] == "評価規則第6条第1項第1号・第5条第1項"


def test_assessment_wrong_values_say_what_to_do() -> None:
    """An unknown body lists the bodies; a negative number and an unknown kind name the key."""
    body, below, kind = lines(
        "assessment",
        ASSESSMENT | {"body": "village"},
        ASSESSMENT | {"subjects": -1},
        ASSESSMENT | {"published_kind": "huge"},
    )
    assert "known are national, local, linked, outside" in body["error"]
    assert '"subjects" is out of range' in below["error"]
    assert "published_kind" in kind["error"]


def test_a_day_may_be_null_where_it_may_be_missing() -> None:
    """`null` and no key at all mean the same for a day that need not be given."""
    without, null = lines("assessment", ASSESSMENT, ASSESSMENT | {"incident": None})
    assert without == null
    (wrong,) = lines("assessment", ASSESSMENT | {"date": None})
    assert "calendar" in wrong["error"]


def test_assessment_in_words() -> None:
    """Options get prose in one language or both, with articles."""
    options = ("--subjects", "300000", "--handlers", "1", "--day", "2026-07-01")
    both = said("assessment", *options)
    assert both.exit_code == 0
    assert "全項目評価と基礎項目評価が要る（評価規則第7条第1項" in both.stdout
    assert "third-party check" in both.stdout
    japanese = said("assessment", *options, "--lang", "ja")
    assert "third-party" not in japanese.stdout
    national = said("assessment", *options, "--body", "national", "--lang", "en")
    assert "Commission's approval" in national.stdout
    assert "third-party" not in national.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--subjects", "999"), "fewer than 1,000 people (評価規則第4条第3号)"),
        (
            ("--subjects", "5000", "--exempt", "staff"),
            "welfare (法第28条第1項・評価規則第4条第1号)",
        ),
        (("--subjects", "5000", "--body", "outside"), "does not bind this body (法第28条第1項)"),
        (("--subjects", "10000", "--incident", "2026-01-01"), "key items and basic items"),
        (("--subjects", "10000", "--incident", "2026-01-01"), "serious incident within a year"),
        (
            ("--subjects", "300000", "--published-kind", "basic", "--published", "2026-05-01"),
            "no longer suffices (評価規則第7条第2項)",
        ),
        (("--subjects", "5000", "--published", "2026-05-01"), "looked through by 2027-05-01"),
    ],
)
def test_assessment_says_why(options: tuple[str, ...], words: str) -> None:
    """None needed, heavier, no longer enough: the words say it and cite."""
    day = ("--handlers", "1", "--day", "2026-07-01", "--lang", "en")
    done = said("assessment", *options, *day)
    assert done.exit_code == 0
    assert words in done.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--subjects", "1"), "--handlers is missing"),
        (("--subjects", "1", "--handlers", "1"), "--day is missing"),
        (("--subjects", "-1", "--handlers", "1", "--day", "2026-07-01"), "--subjects is a number"),
        (("--subjects", "1", "--handlers", "1", "--day", "2026-7-1"), "--day is YYYY-MM-DD"),
        (("--subjects", "1", "--handlers", "1", "--day", "2026-07-01", "--lang", "fr"), "--lang"),
        (
            ("--subjects", "1", "--handlers", "1", "--day", "2026-07-01", "--body", "village"),
            "known are national",
        ),
        (
            ("--subjects", "1", "--handlers", "1", "--day", "2026-07-01", "--published-kind", "x"),
            "--published-kind is basic, key or all",
        ),
    ],
)
def test_assessment_wrong_options_end_with_2(options: tuple[str, ...], words: str) -> None:
    """What is missing or wrong is said on standard error, and nothing on standard output."""
    done = said("assessment", *options)
    assert done.exit_code == 2
    assert words in done.stderr
    assert done.stdout == ""


def test_a_day_before_the_text_says_so() -> None:
    """A day of no text at hand is answered with that, in words and in JSON."""
    done = said("assessment", "--subjects", "1", "--handlers", "1", "--day", "2016-07-01")
    assert "手元に無い" in done.stdout
    assert "not held here" in done.stdout
    (answer,) = lines("assessment", ASSESSMENT | {"date": "2016-07-01"})
    assert (answer["kind"], answer["article"]) == ("not-held", None)


def test_leak_answers_lines() -> None:
    """101 people are reported within 30 days, 100 not; a dishonest leak within 60."""
    many, few, dishonest = lines(
        "leak", LEAK, LEAK | {"people": 100}, LEAK | {"people": 1, "dishonest": True}
    )
    assert (many["report"], many["final_by"], many["days_left"]) == ("commission", "2026-07-30", 20)
    assert (few["report"], few["article"]) == ("nobody", "漏えい規則第2条")
    assert (dishonest["final_days"], dishonest["final_by"]) == (60, "2026-08-29")


def test_leak_wrong_values_say_what_to_do() -> None:
    """An unknown word, an unknown place, an empty list and a day before the knowing are named."""
    what, place, nothing, early = lines(
        "leak",
        LEAK | {"what": ["theft"]},
        LEAK | {"place": "attic"},
        LEAK | {"what": []},
        LEAK | {"date": "2026-06-30"},
    )
    assert "theft" in what["error"]
    assert "known are network" in place["error"]
    assert "what happened" in nothing["error"]
    assert "known after" in early["error"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ("--people", "101"),
            "final report by 2026-07-30: within 30 days of knowing, 20 days left",
        ),
        (("--people", "101"), "the people are to be told promptly (法第29条の4第2項"),
        (("--people", "101"), "unproven here"),
        (("--people", "101", "--substitute"), "in place of the notice is enough"),
        (("--people", "101", "--entruster-told"), "neither report nor notice"),
        (("--people", "101", "--protected"), "strongly encrypted"),
        (("--people", "100"), "none of the events of the rule (漏えい規則第2条)"),
        (("--people", "1", "--place", "network"), "漏えい規則第2条第1号イ"),
        (("--people", "1", "--what", "view"), "漏えい規則第2条第3号"),
        (("--people", "1", "--dishonest"), "within 60 days"),
    ],
)
def test_leak_says_why(options: tuple[str, ...], words: str) -> None:
    """Reported or not, until when, and who is told, with the articles."""
    done = said("leak", "--what", "leak", *KNOWN, "--day", "2026-07-10", "--lang", "en", *options)
    assert done.exit_code == 0
    assert words in done.stdout


def test_leak_late_is_said() -> None:
    """After the last day it says how late it is, in both languages."""
    done = said("leak", "--what", "leak", "--people", "101", *KNOWN, "--day", "2026-08-02")
    assert "3日過ぎている" in done.stdout
    assert "3 days late" in done.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--people", "1"), "--what is missing"),
        (("--what", "leak"), "--people is missing"),
        (("--what", "leak", "--people", "1"), "--known is missing"),
        (("--what", "theft", "--people", "1"), "--what is one of leak, use"),
        (("--what", "leak", "--people", "1", *KNOWN, "--day", "2026-06-30"), "known after"),
    ],
)
def test_leak_wrong_options_end_with_2(options: tuple[str, ...], words: str) -> None:
    """What is missing or wrong is said on standard error, and nothing on standard output."""
    done = said("leak", *options)
    assert done.exit_code == 2
    assert words in done.stderr
    assert done.stdout == ""

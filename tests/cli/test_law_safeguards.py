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
RETENTION: dict[str, Any] = {
    "document": "exchange-record",
    "event": "2019-07-01",
    "date": "2026-07-01",
}
VALIDITY: dict[str, Any] = {"of": "card", "birth": "1980-08-01", "date": "2026-07-01"}
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
    [
        ("assessment", ASSESSMENT),
        ("leak", LEAK),
        ("retention", RETENTION),
        ("penalty", {"date": "2026-07-01"}),
        ("validity", VALIDITY),
    ],
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
            "final report by 2026-07-30: within 30 days of knowing, days left: 20",
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
    assert "days late: 3" in done.stdout


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


def test_retention_answers_lines() -> None:
    """Keep on the last day, delete on the next; what no text says is not reckoned."""
    keep, delete, unknown = lines(
        "retention",
        RETENTION,
        RETENTION | {"date": "2026-07-02"},
        RETENTION | {"document": "labour-accident-papers"},
    )
    assert (keep["action"], keep["until"]) == ("keep", "2026-07-01")
    assert (delete["action"], delete["article"]) == ("delete", "法第20条")
    assert (unknown["action"], unknown["why"]) == ("not-held", "start-not-held")
    (wrong,) = lines("retention", RETENTION | {"document": "diary"})
    assert "known are exchange-record" in wrong["error"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--day", "2026-07-01"), "keep it, up to and including 2026-07-01 (法第23条"),
        (("--day", "2026-07-02"), "delete it: no ground to keep a number. The period ended on"),
        (("--day", "2026-07-02"), "guideline's word"),
        (("--day", "2026-07-02", "--still-needed"), "it may stay while an affair needs it"),
        (("--day", "2026-07-02", "--no-number"), "no duty to delete is held here"),
        (("--day", "2015-01-01"), "the text of that day is not at hand"),
    ],
)
def test_retention_says_what_to_do(options: tuple[str, ...], words: str) -> None:
    """Keep, delete, may stay, over, or not held, with the article."""
    event = ("--document", "exchange-record", "--event", "2019-07-01", "--lang", "en")
    done = said("retention", *event, *options)
    assert done.exit_code == 0
    assert words in done.stdout


def test_retention_says_what_is_second_hand() -> None:
    """A period that was read in explanations says so; one of the texts does not."""
    event = ("--event", "2019-07-01", "--day", "2026-07-01")
    told = said("retention", "--document", "dependants-declaration", *event)
    assert "2027-01-10" in told.stdout
    assert "explanations" in told.stdout
    assert "解説" in told.stdout
    own = said("retention", "--document", "card-application", *event)
    assert "explanations" not in own.stdout
    unknown = said("retention", "--document", "payment-slip-copy", *event)
    assert "no text names a period" in unknown.stdout


def test_retention_lists_its_documents() -> None:
    """Every document that can be asked about stands in the list, with article and start."""
    done = said("retention", "--list")
    ids = [line.split("\t")[0] for line in done.stdout.splitlines()]
    assert len(ids) == len(set(ids)) > 20
    for one in ids:
        (answer,) = lines("retention", RETENTION | {"document": one})
        assert "error" not in answer


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--event", "2019-07-01"), "--document is missing"),
        (("--document", "exchange-record"), "--event is missing"),
        (("--document", "exchange-record", "--event", "2019-02-29"), "--event is YYYY-MM-DD"),
        (
            ("--document", "diary", "--event", "2019-07-01", "--day", "2026-07-01"),
            "known are exchange-record",
        ),
    ],
)
def test_retention_wrong_options_end_with_2(options: tuple[str, ...], words: str) -> None:
    """What is missing or wrong is said on standard error, and nothing on standard output."""
    done = said("retention", *options)
    assert done.exit_code == 2
    assert words in done.stderr
    assert done.stdout == ""


def test_penalty_answers_lines() -> None:
    """All of them, one person's, one article's; an old number is an error that lists the names."""
    every, officer, one, old = lines(
        "penalty",
        {"date": "2026-07-01"},
        {"date": "2026-07-01", "person": "officer", "act": "abuse-office"},
        {"date": "2026-07-01", "article": "48"},
        {"date": "2026-07-01", "article": "67"},
    )
    assert len(every["found"]) == 16
    assert [row["article"] for row in officer["found"]] == ["法第52条"]
    assert one["found"][0]["corporate_fine_yen"] == 100_000_000
    assert "known are 48" in old["error"]


def test_penalty_in_words() -> None:
    """Limits, both together, the corporation and abroad, in the word of the text."""
    done = said("penalty", "--day", "2026-07-01", "--article", "48")
    assert "4年以下の拘禁刑、200万円以下の罰金、併科あり、法人には1億円以下の罰金" in done.stdout
    assert "imprisonment (拘禁刑) up to 4 years; a fine up to 2,000,000 yen; or both" in done.stdout
    assert "abroad too (法第56条)" in done.stdout
    card = said("penalty", "--day", "2026-07-01", "--article", "55")
    assert "6月以下の拘禁刑、50万円以下の罰金、法人には50万円以下" in card.stdout
    books = said("penalty", "--day", "2026-07-01", "--article", "55-3-1")
    assert "拘禁刑" not in books.stdout


def test_penalty_with_nothing_to_show_says_why() -> None:
    """No penalty for a combination, and a day of no text, are both said."""
    none = said("penalty", "--day", "2026-07-01", "--person", "handler", "--act", "no-books")
    assert "この組合せに当たる罰則は" in none.stdout
    assert "no penalty for these together" in none.stdout
    early = said("penalty", "--day", "2020-07-01")
    assert "手元に無い" in early.stdout
    assert "not held here" in early.stdout


def test_penalty_lists_its_words() -> None:
    """Every word that can be asked by stands in the list."""
    done = said("penalty", "--list")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert {kind for kind, *_ in rows} == {"person", "act"}
    for kind, name, *_ in rows:
        assert said("penalty", "--day", "2026-07-01", f"--{kind}", name).exit_code == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--person", "officer"), "--day is missing"),
        (("--person", "neighbour", "--day", "2026-07-01"), "known are handler"),
    ],
)
def test_penalty_wrong_options_end_with_2(options: tuple[str, ...], words: str) -> None:
    """What is missing or wrong is said on standard error, and nothing on standard output."""
    done = said("penalty", *options)
    assert done.exit_code == 2
    assert words in done.stderr
    assert done.stdout == ""

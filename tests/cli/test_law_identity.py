"""`renkei law identity`: JSON Lines for programs, options and prose for people."""

import json
from typing import Any, get_args

import pytest
from typer.testing import CliRunner

from renkei.cli.law import app
from renkei.law.identity_tables import Channel, Who, circumstances, evidence, ways

RUN = CliRunner()
CARD = {"kind": "individual-number-card", "valid": True, "agrees": ["number"]}
ASK: dict[str, Any] = {
    "date": "2026-07-01",
    "who": "person",
    "channel": "counter",
    "papers": [CARD],
}
PERSON = ("--who", "person", "--channel", "counter", "--date", "2026-07-01")


def lines(*asked: object) -> list[dict[str, Any]]:
    """The answers of the command to lines."""
    text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in asked)
    ran = RUN.invoke(app, ["identity"], input=text)
    assert ran.exit_code == 0
    return [json.loads(line) for line in ran.stdout.splitlines()]


def typed(*words: str) -> str:
    """What the command prints for options, on one line."""
    ran = RUN.invoke(app, ["identity", *words])
    assert ran.exit_code == 0, ran.stderr
    return " ".join(ran.stdout.split())


def refused(*words: str) -> str:
    """What the command says of options it does not take."""
    ran = RUN.invoke(app, ["identity", *words])
    assert (ran.exit_code, ran.stdout) == (2, "")
    return str(ran.stderr)


def test_each_line_is_answered_with_articles_or_with_what_is_missing() -> None:
    """A card is enough; a licence wants the number; a day before the wording is not held."""
    licence = {"kind": "driving-licence", "valid": True, "agrees": ["name", "birth"]}
    verified, missing, early = lines(ASK, ASK | {"papers": [licence]}, ASK | {"date": "2026-03-31"})
    assert verified["verified"] is True
    assert {one["article"] for one in verified["checks"]} == {"法16条1号"}
    assert (missing["reason"], [one["part"] for one in missing["checks"]]) == (
        "still-missing",
        ["identity"],
    )
    (number,) = missing["missing"]
    assert number["part"] == "number"
    assert number["sets"][0] == {
        "way": "card.counter",
        "article": "法16条1号",
        "wants": [
            {
                "kinds": ["individual-number-card"],
                "whose": "person",
                "count": 1,
                "agree": "number",
                "copy": False,
            }
        ],
        "stated": [],
    }
    assert (early["verified"], early["reason"]) == (False, "day-not-held")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"who": "neighbour"}, "who is one of person, statutory-agent"),
        ({"channel": "pigeon"}, "channel is one of counter, mail"),
        ({"stated": ["in-a-hurry"]}, "no circumstance 'in-a-hurry'"),
        ({"papers": [CARD | {"kind": "library-card"}]}, "no paper or measure 'library-card'"),
        ({"papers": [CARD | {"agrees": ["colour"]}]}, "agrees is one of number, name"),
        ({"papers": [CARD | {"whose": "dog"}]}, "whose is one of person, agent"),
        ({"papers": [CARD | {"issued": "2026-02-30"}]}, "a day of the calendar"),
        ({"papers": [{"kind": "passport", "agrees": []}]}, "valid"),
        ({"papers": [CARD] * 41}, "at most 40 papers"),
        ({"date": "2026-02-30"}, "no day of the calendar"),
        ({"paper": []}, "not known"),
    ],
)
def test_a_wrong_line_says_what_is_wrong_and_the_next_is_answered(
    change: dict[str, Any], says: str
) -> None:
    """Whatever is wrong with one line, it is said of that line, and no answer shifts."""
    wrong, right = lines(ASK | change, ASK)
    assert wrong["line"] == 1
    assert says in wrong["error"]
    assert wrong["error_ja"]
    assert right["verified"] is True


def test_prose_says_what_is_verified_by_which_article() -> None:
    """In both languages, or in the one that is asked for."""
    said = typed(*PERSON, "--paper", "individual-number-card")
    assert "番号確認: 確認済み: 個人番号カード [法16条1号]" in said
    assert "the number: verified: individual number card [法16条1号]" in said
    assert "本人確認は済みました。" in said
    assert "Number and identity are verified." in said
    assert "本人" not in typed(*PERSON, "--paper", "individual-number-card", "--lang", "en")
    assert "verified" not in typed(*PERSON, "--paper", "individual-number-card", "--lang", "ja")


def test_prose_says_what_is_missing_and_what_does_not_count() -> None:
    """Papers to bring, circumstances to state, and each given paper that completes nothing."""
    said = typed(*PERSON, "--paper", "passport:void", "--paper", "recognised-paper", "--lang", "en")
    assert "passport: does not count: it is not valid on that day" in said
    assert "the decision that recognises it must be named" in said
    assert "notification card (number agrees) + the circumstance" in said
    assert "(notification-card-unchanged)" in said
    assert "Verification is not complete." in said


def test_words_after_a_paper_change_it() -> None:
    """copy, void, agrees, issued, decision and label are each understood."""
    agent = ("--who", "mandated-agent", "--channel", "counter", "--date", "2026-07-01")
    done = typed(
        *agent,
        *("--agent-paper", "power-of-attorney:agrees=name+address"),
        *("--agent-paper", "recognised-paper:decision=notice 2:label=a"),
        *("--agent-paper", "recognised-paper:decision=notice 2:label=b"),
        *("--paper", "individual-number-card:copy"),
        *("--stated", "agent-identity-paper-hard", "--lang", "en"),
    )
    assert "Number and identity are verified." in done
    record = ("--paper", "resident-record-copy")
    for issued, end in (("2012-04-01", "are verified."), ("2012-03-31", "is not complete.")):
        paper = f"driving-history-certificate:issued={issued}"
        assert typed(*PERSON, *record, "--paper", paper, "--lang", "en").endswith(end)
    name_only = typed(*PERSON, *record, "--paper", "passport:agrees=name", "--lang", "en")
    assert "too little on it agrees" in name_only


def test_options_and_lists_come_as_json_too() -> None:
    """The same answer as a line has, and every name with its article."""
    words = ("--paper", "individual-number-card:agrees=number", "--json")
    assert json.loads(typed(*PERSON, *words)) == lines(ASK)[0]
    listed = json.loads(typed("--papers", "--json"))
    assert {one["id"] for one in listed["papers"]} == set(evidence())
    assert {one["id"] for one in listed["stated"]} == set(circumstances())


def test_where_no_article_has_a_way_that_is_said() -> None:
    """A corporation on the telephone, and a day on which nothing is held."""
    told = ("--who", "mandated-corporate-agent", "--channel", "telephone", "--lang", "en")
    assert "the agency: No article has a way to complete this here." in typed(
        *told, "--date", "2026-07-01"
    )
    assert "not held as data" in typed(*told, "--date", "2024-04-01")


def test_of_who_moved_abroad_only_the_birth_is_asked() -> None:
    """規則1条の2第2項: prose asks for name and birth, not for an address."""
    said = typed(*PERSON, "--stated", "moved-abroad", "--lang", "en")
    assert "name and birth agree" in said
    assert "name and birth or address" not in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((*PERSON[:4],), "--date is YYYY-MM-DD"),
        ((*PERSON, "--lang", "fr"), "--lang is ja, en or both"),
        ((*PERSON, "--paper", "library-card"), "--papers"),
        ((*PERSON, "--paper", "passport:old"), "copy, void, agrees, issued"),
        ((*PERSON, "--paper", "passport:void:void"), "once each"),
        ((*PERSON, "--paper", "passport:copy=yes"), "once each"),
        ((*PERSON, "--paper", "passport:issued"), "once each"),
        (("--paper", "passport", "--date", "2026-07-01"), "who is one of person"),
        (("--who", "person", "--date", "2026-07-01"), "channel is one of counter"),
    ],
)
def test_wrong_options_say_what_to_type(words: tuple[str, ...], says: str) -> None:
    """Exit status 2, nothing on standard output, and a sentence that helps."""
    assert says in refused(*words)


def test_papers_lists_every_name_that_can_be_typed() -> None:
    """Each kind, circumstance, channel and who stands once, in both languages."""
    ran = RUN.invoke(app, ["identity", "--papers"])
    assert ran.exit_code == 0
    rows = [line.split("\t") for line in ran.stdout.splitlines()]
    named = [row[1] for row in rows]
    wanted = [*get_args(Who), *get_args(Channel), *evidence(), *circumstances()]
    assert sorted(named) == sorted(wanted)
    assert all(len(row) >= 4 and row[2] and row[3] for row in rows)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_row_can_be_told(language: str) -> None:
    """Whoever comes by whatever channel is told what is missing, each in the language asked."""
    for who in get_args(Who):
        for channel in get_args(Channel):
            facts = sorted({one for way in ways() for one in way.stated})
            stated = [word for one in facts for word in ("--stated", one)]
            options = ("--who", who, "--channel", channel, "--date", "2026-07-01")
            assert "[" in typed(*options, *stated, "--lang", language)

"""`renkei law decide-item`: one item about one person, with what is stated of the law's limits."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from renkei.cli.law import app

RUN = CliRunner()
RUNS = "runs-public-housing"
ASK: dict[str, Any] = {
    "row": "53",
    "sub_affair": "55-4",
    "item": "municipal-tax",
    "subject": "applicant",
    "provider": "municipality-mayor",
    "date": "2026-07-01",
}


def decide(*lines: object) -> list[dict[str, Any]]:
    """The answers of the command to `lines`."""
    text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines)
    done = RUN.invoke(app, ["decide-item"], input=text)
    assert done.exit_code == 0
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_line_is_decided_with_what_is_stated() -> None:
    """One answer per line: the article's place, the reason, and what is still to be stated."""
    stated, denied = ASK | {"conditions": {RUNS: True}}, ASK | {"conditions": {RUNS: False}}
    place = "命令第55条第4号"
    missing = {
        "allowed": False,
        "article": place,
        "reason": "condition-open",
        "conditions_open": [RUNS],
    }
    permitted = {"allowed": True, "article": place, "reason": "permitted", "conditions_open": []}
    assert decide(ASK, stated, denied) == [missing, permitted, missing]


def test_names_are_those_that_show_prints() -> None:
    """Whoever copies names out of `law show` gets the same answers as with ids."""
    named = {
        "row": 53,
        "sub_affair": "命令第55条第4号",
        "item": "市町村民税",
        "subject": "申請者・請求者",
        "provider": "市町村長",
        "requester": "都道府県知事",
    }
    own, other = decide(ASK, ASK | named)
    assert own == other


def test_the_first_body_asks_where_none_is_named() -> None:
    """A body that the row does not name is refused; without a name the row's own body asks."""
    other, own = decide(ASK | {"requester": "法務大臣", "conditions": {RUNS: True}}, ASK)
    assert other["reason"] == "requester-not-in-row"
    assert own["reason"] == "condition-open"


def test_another_subject_is_no_question_of_conditions() -> None:
    """Where the person is outside the article, stating something changes nothing."""
    (spouse,) = decide(ASK | {"subject": "spouse"})
    assert (spouse["reason"], spouse["conditions_open"]) == ("subject-not-permitted", [])


@pytest.mark.parametrize(
    "broken",
    [
        ASK | {"row": "999"},
        ASK | {"sub_affair": "108-1"},
        ASK | {"item": "blood-type"},
        ASK | {"subject": "neighbour"},
        ASK | {"provider": "町内会長"},
        ASK | {"conditions": {"zodiac-sign": True}},
        ASK | {"conditions": {RUNS: "yes"}},
        ASK | {"date": "2026-02-30"},
        ASK | {"extra": 1},
        {"row": "53"},
        "not json",
        " ",
    ],
)
def test_what_is_wrong_with_a_line_is_its_answer(broken: object) -> None:
    """A name of no table is an error with the line's number, never a refusal."""
    first, wrong, last = decide(ASK, broken, ASK)
    assert first == last
    assert wrong["line"] == 2
    assert wrong["error"]
    assert wrong["error_ja"]

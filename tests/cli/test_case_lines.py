"""What a clerk reads where an item could not be had."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from renkei.cli.case_lines import (
    is_open,
    is_silent,
    open_conditions,
    open_questions,
    unanswered,
)
from renkei.cli.case_telling import tell
from renkei.sandbox.country import open_existing
from renkei.values.person_id import PersonId
from renkei.wire.institution.desk import (
    DeskAnswer,
    DeskCase,
    DeskExchange,
    DeskLine,
    DeskQuestion,
    DeskStatement,
)

AT = datetime(2026, 4, 6, 1, 2, 3, tzinfo=UTC)
RUNS = "runs-public-housing"
ASKED = DeskQuestion(
    question="place:tax-residence:P1:2025",
    kind="place",
    about="tax-residence",
    person=PersonId("P1"),
    year=2025,
    lines=2,
)

WAITING = DeskLine(
    item="municipal-tax",
    affair="106",
    sub_affair="108-1",
    article="命令第108条第1号ロ",
    subject="claimant",
    person=PersonId("PA"),
    state="not-connected",
)


def case(*changes: dict[str, Any]) -> DeskCase:
    """A case with one line for each set of changes."""
    return DeskCase(
        sender="a-city",
        aud="a-city-desk",
        at=AT,
        case_number="C-1",
        settled=True,
        exchanges=[],
        lines=[msgspec.structs.replace(WAITING, **one) for one in changes],
        papers=[],
    )


def test_each_reason_is_said_in_two_languages_with_whom_it_is_about() -> None:
    """Item, person and reason stand in a sentence; two people with one reason share it."""
    said = list(unanswered(case({}, {"subject": "applicant", "person": PersonId("PB")})))
    assert said == [
        "市町村民税 / Municipal inhabitant tax: "
        "一般受給資格者 / claimant with general entitlement PA, "
        "申請者・請求者 / person who applies or claims PB: "
        "保有する機関が接続していません。 / The body that holds it is not connected."
    ]


def test_the_missing_fact_is_named() -> None:
    """Where no register tells who is meant, the clerk reads which fact would."""
    line = {"subject": "guardian", "person": None, "state": "relation-not-held"}
    (said,) = unanswered(case(line | {"needs": ["guardianship"]}))
    assert "(who the guardian is)" in said
    assert "(保護者である事実)" in said
    assert "None" not in said


def test_what_a_question_tells_is_not_told_twice() -> None:
    """Thirty items that wait for one answer are one question, not thirty sentences."""
    line = {"subject": "guardian", "person": None, "state": "relation-not-held"}
    waiting = case(line, line | {"item": "resident-record"})
    assert len(list(unanswered(waiting))) == 1  # where nothing is asked it is told, items together
    who = DeskQuestion(question="who:guardian", kind="who", about="guardian", lines=2)
    asked = msgspec.structs.replace(waiting, questions=[who])
    assert list(unanswered(asked)) == []
    (told,) = open_questions(asked)
    assert told.endswith("(2 wait for it)")
    other = msgspec.structs.replace(who, question="who:carer", about="carer")
    assert len(list(unanswered(msgspec.structs.replace(waiting, questions=[other])))) == 1


def test_what_came_or_will_come_needs_no_word() -> None:
    """Provided, asked and own data are no reasons."""
    answered = [{"state": one} for one in ("provided", "asking", "own-data")]
    assert list(unanswered(case(*answered))) == []


def test_what_is_open_is_listed_once() -> None:
    """Conditions of lines that wait for them, each once; what is stated is none of them."""
    held = {"state": "condition-open", "conditions": ["a", "b"]}
    found = case(held | {"open": ["b"]}, held | {"open": ["a", "b"]}, {"open": ["c"]})
    assert open_conditions(found) == ["b", "a"]


def test_a_case_shows_what_to_state_and_who_stated(
    small_country: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The clerk's question in both languages, the command to type next, and what was stated."""
    held = {"state": "condition-open", "conditions": [RUNS], "open": [RUNS]}
    found = msgspec.structs.replace(
        case(held),
        office="child-support",
        statements=[
            DeskStatement(officer="officer-7", at=AT, conditions=["under-19"], statement="x" * 16)
        ],
    )
    tell(found, open_existing(small_country), "chofu-city", as_json=False)
    told = capsys.readouterr().out
    assert "officer-7, 2026-04-06 01:02Z: 19歳未満である" in told
    assert "この団体は公営住宅の事業主体ですか" in told
    assert "Does this body run the public housing?" in " ".join(told.split())
    (command,) = [line.strip() for line in told.splitlines() if " desk state " in line]
    assert command.endswith(f"--office child-support {RUNS}")
    assert "--institution chofu-city --case C-1 " in command


def test_a_case_that_asked_nobody_is_silent() -> None:
    """One line that was asked, or is the body's own, is something; none is nothing."""
    tx = "019d6000-0000-7000-8000-00000000a001"
    assert is_silent(case({}, {"state": "nobody", "person": None}))
    assert not is_silent(case({}, {"state": "no-data", "tx": tx}))
    assert not is_silent(case({}, {"state": "own-data"}))


def test_a_case_with_an_open_question_is_open() -> None:
    """Also where all else has settled; a case in which all is answered is not."""
    done = case({"state": "own-data"})
    assert not is_open(done)
    assert is_open(msgspec.structs.replace(done, settled=False))
    assert is_open(msgspec.structs.replace(done, questions=[ASKED]))
    assert is_open(case({}))


def test_a_question_is_shown_with_the_form_of_its_answer(
    small_country: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The name to type, the words in both languages, the command, and what was answered."""
    statement = DeskStatement(
        officer="officer-7",
        at=AT,
        conditions=[],
        not_met=[RUNS],
        answers=[DeskAnswer(question="who:carer", persons=[])],
        statement="x" * 16,
    )
    found = msgspec.structs.replace(
        case({"state": "own-data"}), office="child-support", questions=[ASKED]
    )
    found = msgspec.structs.replace(found, statements=[statement])
    tell(found, open_existing(small_country), "chofu-city", as_json=False)
    told = " ".join(capsys.readouterr().out.split())
    assert "place:tax-residence:P1:2025=CODE: P1の2025年1月1日の住所は" in told
    assert "In which municipality did P1 live on 1 January 2025?" in told
    assert " desk answer --institution chofu-city --case C-1 " in told
    assert "officer-7, 2026-04-06 01:02Z: who:carer=nobody" in told
    assert "officer-7, 2026-04-06 01:02Z: not so: " in told


def test_what_waits_is_told_as_waiting(
    small_country: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A body that looks for the person first has not refused: what holds it up is no reason."""
    waiting = DeskExchange(
        tx="019d6000-0000-7000-8000-00000000a001",
        provider="pension-service",
        affair="106",
        sub_affair="108-1",
        items=["pension-benefit"],
        subject="claimant",
        person=PersonId("PA"),
        state="waiting",
        outcome=None,
        article="命令第109条第1号",
        row="107",
        reason="no-code",
        refused_by=None,
        provided=[],
        waits_for="pension-service",
        waits_because="no-code",
    )
    found = msgspec.structs.replace(case({"state": "asking"}), settled=False, exchanges=[waiting])
    tell(found, open_existing(small_country), "chofu-city", as_json=False)
    told = " ".join(capsys.readouterr().out.split())
    assert "has to find the person first" in told
    assert "why" not in told
    ended = msgspec.structs.replace(waiting, state="closed", outcome="no-data", waits_for=None)
    tell(
        msgspec.structs.replace(found, exchanges=[ended]),
        open_existing(small_country),
        "chofu-city",
        as_json=False,
    )
    told = " ".join(capsys.readouterr().out.split())
    assert "why the body that was asked could not find the person in its file" in told

"""Every command about safeguards answers every line, whatever days and words stand in it."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from renkei.cli.law import app
from renkei.law.impact_assessment import assessment_table
from renkei.law.leak_report import leak_table
from renkei.law.penalties import penalty_table
from renkei.law.retention import retention_rows

RUN = CliRunner()
DAYS = st.dates() | st.sampled_from([date.min, date.max, date(2028, 2, 29)])
DAY = DAYS.map(date.isoformat)
COUNT = st.integers(0, 10**10)
FLAG = st.booleans()


def one_of(rows: Any) -> st.SearchStrategy[str]:
    """An id of a table, or a word of none."""
    return st.sampled_from([*(row.id for row in rows), "nothing"])


QUESTIONS = {
    "assessment": st.fixed_dictionaries(
        {
            "body": one_of(assessment_table().bodies),
            "subjects": COUNT,
            "handlers": COUNT,
            "date": DAY,
        },
        optional={
            "incident": DAY,
            "exempt": one_of(assessment_table().exemptions),
            "published_kind": st.sampled_from(["basic", "key", "all", "nothing"]),
            "published": DAY,
        },
    ),
    "leak": st.fixed_dictionaries(
        {
            "what": st.lists(st.sampled_from(["leak", "use", "provision", "view"])),
            "people": COUNT,
            "known": DAY,
            "date": DAY,
        },
        optional={
            "place": one_of(leak_table().places),
            "dishonest": FLAG,
            "protected": FLAG,
            "entruster_told": FLAG,
            "substitute": FLAG,
        },
    ),
    "retention": st.fixed_dictionaries(
        {"document": one_of(retention_rows()), "event": DAY, "date": DAY},
        optional={"holds_number": FLAG, "still_needed": FLAG},
    ),
    "penalty": st.fixed_dictionaries(
        {"date": DAY},
        optional={
            "person": one_of(penalty_table().doers),
            "act": one_of(penalty_table().acts),
            "article": one_of(penalty_table().penalties),
        },
    ),
    "validity": st.fixed_dictionaries(
        {
            "of": st.sampled_from(["card", "signing", "authentication"]),
            "birth": DAY,
            "date": DAY,
        },
        optional={
            "ends": st.lists(DAY),
            "stay_until": DAY,
            "without_status_from": DAY,
            "applied": DAY,
            "renewed": FLAG,
        },
    ),
}


@pytest.mark.parametrize("command", QUESTIONS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_every_line_is_answered(command: str, data: st.DataObject) -> None:
    """As many answers as questions, each an answer or an error in two languages."""
    asked = data.draw(st.lists(QUESTIONS[command], min_size=1, max_size=20))
    done = RUN.invoke(app, [command], input="\n".join(json.dumps(one) for one in asked))
    assert done.exit_code == 0, done.exception
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(asked)
    for one in answers:
        assert ("error" in one) == ("error_ja" in one)
        assert "error" not in one or (one["error"] and one["error_ja"])


@pytest.mark.parametrize(
    ("command", "question"),
    [
        ("leak", {"what": ["view"], "people": 1, "known": "9999-12-31", "date": "9999-12-31"}),
        ("retention", {"document": "card-application", "event": "9999-12-31"}),
        ("retention", {"document": "removed-resident-record", "event": "9900-01-01"}),
        ("retention", {"document": "dependants-declaration", "event": "9999-01-01"}),
        ("validity", {"of": "card", "birth": "9980-01-01", "date": "9995-01-01"}),
    ],
)
def test_beyond_the_calendar_is_said(command: str, question: dict[str, Any]) -> None:
    """A last day beyond the year 9999 is an error that says so, not an end of the command."""
    done = RUN.invoke(app, [command], input=json.dumps({"date": "2026-07-01"} | question))
    assert done.exit_code == 0
    assert "9999" in json.loads(done.stdout)["error"]

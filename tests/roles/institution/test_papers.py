"""Papers: which fall away, which are to be brought, which wait, and which are about nobody."""

from typing import get_args

import pytest

from renkei.law import procedures
from renkei.roles.institution.service.asking.papers import papers_of
from renkei.values.person_id import PersonId
from renkei.wire.institution.desk import DeskLine, DeskPaper, LineState

CLAIM = "child-allowance"
TAX, APART = "課税証明書", "別居の子の住民票"


def line(item: str, state: LineState, person: str | None = "P1") -> DeskLine:
    """A line of a claim of the child allowance."""
    return DeskLine(
        item=item,
        affair="106",
        sub_affair="108-1",
        article="命令第108条第1号",
        subject="claimant" if person is not None else "eligible-child",
        person=PersonId(person) if person is not None else None,
        state=state,
    )


def stands(lines: list[DeskLine], name: str) -> list[tuple[str, str, str | None]]:
    """State, reason and person of one paper of the claim."""
    found = [one for one in papers_of(CLAIM, lines) if one.name_ja == name]
    return [(one.state, one.reason, one.person) for one in found]


@pytest.mark.parametrize(
    ("states", "state", "reason"),
    [
        (("provided",), "not-needed", "provided"),
        (("own-data",), "not-needed", "own-data"),
        (("no-data", "provided"), "not-needed", "provided"),
        (("asking",), "waits", "asking"),
        (("condition-open",), "waits", "condition-open"),
        (("provided", "condition-open"), "waits", "condition-open"),
        (("refused", "holder-not-named"), "waits", "holder-not-named"),
        (("no-data",), "to-bring", "no-data"),
        (("not-connected", "condition-not-met"), "to-bring", "not-connected"),
        (("condition-not-met",), "not-applicable", "condition-not-met"),
    ],
)
def test_what_is_open_goes_first_then_what_helps(
    states: tuple[LineState, ...], state: str, reason: str
) -> None:
    """Of the lines about one person one entry is made: the paper is asked for once."""
    lines = [line("municipal-tax", one) for one in states]
    assert stands(lines, TAX) == [(state, reason, "P1")]


def test_a_paper_about_nobody_saves_nothing() -> None:
    """Where no child lives apart its resident record was never needed: that is no paper spared."""
    nobody = line("resident-record", "nobody", None)
    assert stands([nobody], APART) == [("not-applicable", "nobody", None)]
    assert stands([nobody, line("resident-record", "provided")], APART) == [
        ("not-needed", "provided", "P1")
    ]
    open_ = line("resident-record", "relation-not-held", None)
    assert stands([open_], APART) == [("waits", "relation-not-held", None)]
    assert stands([], APART) == []


def test_each_person_has_an_entry() -> None:
    """Two people bring two papers, whatever became of the other's."""
    lines = [line("municipal-tax", "provided"), line("municipal-tax", "refused", "P2")]
    assert stands(lines, TAX) == [
        ("not-needed", "provided", "P1"),
        ("to-bring", "refused", "P2"),
    ]


@pytest.mark.parametrize("state", get_args(LineState))
def test_every_state_of_a_line_makes_a_paper(state: LineState) -> None:
    """No line leaves a paper unsaid."""
    (found,) = stands([line("municipal-tax", state)], TAX)
    assert found[1] == state


def test_what_nothing_replaces_is_told() -> None:
    """A procedure that practice asks more papers for lists them, and says that it is practice."""
    known = [one for one in procedures().values() if one.remaining]
    assert known
    for procedure in known:
        found: list[DeskPaper] = papers_of(procedure.id, [])
        assert [one.name_ja for one in found] == [one.ja for one in procedure.remaining]
        assert {(one.state, one.reason, one.item) for one in found} == {
            ("to-bring", "practice", None)
        }
    assert papers_of(None, []) == []

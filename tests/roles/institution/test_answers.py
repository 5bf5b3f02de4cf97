"""A desk answers what no register tells: what waited is asked, once, and the answer stands."""

from typing import Any

import pytest
from inprocess import World

from renkei.wire.errors import WireError
from renkei.wire.framing import parse
from renkei.wire.institution.desk import (
    DeskAnswer,
    DeskCase,
    DeskClose,
    DeskConditions,
    DeskLine,
    DeskProcedure,
)

A, B = "chofu-city", "ichikawa-city"
OFFICE = "child-support"
RUNS = "runs-public-housing"
GUARDIAN = "who:guardian"


async def applied(world: World, procedure: str = "childcare-certification") -> DeskCase:
    """The parent applies; the case once what can be asked has settled."""
    facts = {"case_number": "N-1", "office": OFFICE, "officer": "officer-7", "wait_seconds": 10}
    facts |= {"procedure": procedure, "person": world.person("parent", A)}
    case: DeskCase = await world.desk(A, DeskProcedure, **facts)
    return case


async def answered(world: World, *answers: DeskAnswer, **changes: Any) -> DeskCase:
    """Another officer answers."""
    facts = {"case_number": "N-1", "office": OFFICE, "officer": "officer-8", "wait_seconds": 10}
    facts |= {"answers": list(answers)}
    case: DeskCase = await world.desk(A, DeskConditions, **(facts | changes))
    return case


def who(word: str, *persons: str) -> DeskAnswer:
    """An answer that names persons."""
    return DeskAnswer(question=f"who:{word}", persons=list(persons))  # type: ignore[arg-type]


def of(case: DeskCase, subject: str) -> list[DeskLine]:
    """The lines of a subject word."""
    return [line for line in case.lines if line.subject == subject]


async def test_a_case_lists_what_it_asks(world: World) -> None:
    """Each question once, with how many lines wait, and none of them asked of anybody."""
    case = await applied(world)
    asked = {one.question: one for one in case.questions}
    assert asked[GUARDIAN].kind == "who"
    assert asked[GUARDIAN].lines == len(of(case, "guardian")) > 1
    assert {line.state for line in of(case, "guardian")} == {"relation-not-held"}
    assert len(asked) == len(case.questions)
    assert all(line.tx is None for line in case.lines if line.state == "relation-not-held")


async def test_what_waited_is_asked_about_whom_the_answer_names(world: World) -> None:
    """Lines about the person come in the word's place; the statement is kept as it was signed."""
    before = await applied(world)
    parent = world.person("parent", A)
    case = await answered(world, who("guardian", parent))
    assert {line.person for line in of(case, "guardian")} <= {parent}
    assert not [line for line in of(case, "guardian") if line.state == "relation-not-held"]
    assert GUARDIAN not in {one.question for one in case.questions}
    fresh = {one.tx for one in case.exchanges} - {one.tx for one in before.exchanges}
    assert fresh, "somebody was asked"
    about = {(one.subject, one.person) for one in case.exchanges if one.tx in fresh}
    assert about == {("guardian", parent)}
    (kept,) = case.statements
    assert [(one.question, one.persons) for one in kept.answers] == [(GUARDIAN, [parent])]
    _, order = parse(kept.statement.encode(), (DeskConditions,))
    assert order.answers == kept.answers
    assert order.officer == "officer-8"


async def test_the_same_answer_again_asks_nobody(world: World) -> None:
    """An order that arrives twice is kept once and asks once."""
    await applied(world)
    parent = world.person("parent", A)
    first = await answered(world, who("guardian", parent))
    again = await answered(world, who("guardian", parent))
    assert [one.tx for one in again.exchanges] == [one.tx for one in first.exchanges]
    assert len(again.statements) == 1


async def test_an_answer_stands(world: World) -> None:
    """Another answer to what was answered is refused, and nothing of the order is written."""
    await applied(world)
    parent = world.person("parent", A)
    first = await answered(world, who("guardian", parent))
    with pytest.raises(WireError) as caught:
        await answered(world, who("guardian"), who("carer", parent), officer="officer-9")
    assert caught.value.code == "answered-before"
    after = await answered(world, who("guardian", parent))
    assert after.lines == first.lines
    assert len(after.statements) == 1


async def test_nobody_is_an_answer(world: World) -> None:
    """The line then says that nobody fits, and no question is left of it."""
    await applied(world)
    case = await answered(world, who("guardian"))
    assert {(line.person, line.state) for line in of(case, "guardian")} == {(None, "nobody")}
    assert GUARDIAN not in {one.question for one in case.questions}


async def test_somebody_with_a_line_is_asked_about_once(world: World) -> None:
    """Two words for one person give one line of an item, in one order and in two."""
    await applied(world)
    parent = world.person("parent", A)
    case = await answered(world, who("guardian", parent), who("carer", parent))
    about = [(line.affair, line.sub_affair, line.article, line.item) for line in case.lines]
    theirs = [one for one, line in zip(about, case.lines, strict=True) if line.person == parent]
    assert len(theirs) == len(set(theirs))


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (DeskAnswer(question="who:tenant", persons=[]), "question-unknown"),
        (DeskAnswer(question="body:insurance:PX", body=B), "question-unknown"),
        (DeskAnswer(question=GUARDIAN, body=B), "answer-unfit"),
        (DeskAnswer(question=GUARDIAN), "answer-unfit"),
        (DeskAnswer(question=GUARDIAN, persons=["NOBODY1"]), "person-unknown"),  # type: ignore[list-item]
    ],
)
async def test_what_answers_nothing_is_refused(world: World, answer: DeskAnswer, code: str) -> None:
    """Nothing is kept of it."""
    await applied(world)
    with pytest.raises(WireError) as caught:
        await answered(world, answer)
    assert caught.value.code == code
    assert world.rows(A, "SELECT * FROM statement") == []


async def test_an_empty_order_and_a_closed_case_are_refused(world: World) -> None:
    """Whoever says nothing, and whoever answers in a case that is over, reads so."""
    await applied(world)
    with pytest.raises(WireError, match="malformed"):
        await answered(world)
    await world.desk(A, DeskClose, case_number="N-1", officer="officer-7")
    with pytest.raises(WireError, match="case-unknown"):
        await answered(world, who("guardian"))


async def test_a_body_that_cannot_hold_it_is_refused(world: World) -> None:
    """Which insurer it is nobody on file tells: the clerk reads of which kinds it must be."""
    case = await applied(world, "nhi-high-cost")
    (question,) = [one for one in case.questions if one.person == world.person("parent", A)]
    assert (question.kind, question.about) == ("body", "insurance")
    for wrong in ("family-register", "nobody-here"):
        with pytest.raises(WireError) as caught:
            await answered(world, DeskAnswer(question=question.question, body=wrong))
        assert caught.value.code == "answer-unfit"
        assert "kinds" in caught.value.detail
    assert world.rows(A, "SELECT * FROM statement") == []


async def test_a_limit_that_is_not_met_is_not_asked(world: World) -> None:
    """What waited for it ends, and it cannot be stated to be met afterwards."""
    before = await applied(world, "public-housing-apply")
    assert {one.question for one in before.questions} >= {f"condition:{RUNS}"}
    case = await answered(world, not_met=[RUNS])
    waited = {(one.item, one.person) for one in before.lines if one.state == "condition-open"}
    now = {line.state for line in case.lines if (line.item, line.person) in waited}
    assert now == {"condition-not-met"}
    assert case.exchanges == []
    assert [one.not_met for one in case.statements] == [[RUNS]]
    with pytest.raises(WireError, match="answered-before"):
        await answered(world, conditions=[RUNS])

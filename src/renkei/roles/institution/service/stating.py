"""What an officer states and answers of a case, kept as the desk signed it (申立て・回答).

A limit (除く・に限る) or a fact that no file shows is somebody's word. The statement belongs to one
case and its office; what is asked is planned from it, and the case shows it byte for byte.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from renkei.kit.party import Party
from renkei.law.planning import WAITING, Answers, Question
from renkei.roles.institution.rules import answering
from renkei.roles.institution.service.asking.binding import goes_on
from renkei.roles.institution.store import asked as store
from renkei.roles.institution.store import cases
from renkei.roles.institution.store.asked import Asked, Case
from renkei.roles.institution.store.cases import Statement
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.institution.desk import (
    DeskAsk,
    DeskConditions,
    DeskProcedure,
    DeskQuestion,
    DeskStatement,
)
from renkei.wire.limits import CASE_OPEN, CASE_STATEMENTS


def statement_in(
    letter: Letter[DeskProcedure] | Letter[DeskAsk], now: datetime
) -> Statement | None:
    """What an order states besides what it asks for; None where it states nothing."""
    return _statement(letter, now) if letter.message.conditions else None


def statement_of(letter: Letter[DeskConditions], now: datetime) -> Statement:
    """What an officer states and answers; raises WireError `malformed` where it is nothing."""
    order = letter.message
    if not (order.conditions or order.not_met or order.answers):
        raise WireError("malformed", "Nothing is stated and nothing answered.")
    found = _statement(letter, now)
    return msgspec.structs.replace(found, not_met=sorted(set(order.not_met)), answers=order.answers)


def _statement(
    letter: Letter[DeskProcedure] | Letter[DeskAsk] | Letter[DeskConditions], now: datetime
) -> Statement:
    order = letter.message
    return Statement(
        digest=letter.digest,
        case_number=order.case_number,
        officer=order.officer,
        conditions=sorted(set(order.conditions)),
        statement=letter.raw,
        stated_at=now,
    )


def open_to(party: Party, connection: Connection, order: DeskConditions) -> Case:
    """The case of which an order may state something (申立ての受付).

    Raises WireError: `case-unknown` where none of that number is open, `not-allowed` for another
    office's, `condition-unknown` for what no item of the case wants.
    """
    opened = cases.application(connection, order.case_number)
    case = store.find_case(connection, order.case_number)
    if opened is None or case is None or not goes_on(party, opened):
        raise WireError("case-unknown", "Name an open case.")
    if order.office != case.facts.office:
        raise WireError("not-allowed", "The case is one of another office.")
    wanted = {need for line in case.plan for need in line.conditions}
    check_wanted([*order.conditions, *order.not_met], wanted)
    return case


def check_wanted(stated: Sequence[str], wanted: set[str] | frozenset[str]) -> None:
    """Raise WireError `condition-unknown` for what is stated and nothing wants."""
    if not wanted.issuperset(stated):
        known = ", ".join(sorted(wanted)) or "none"
        raise WireError("condition-unknown", f"What can be stated here: {known}.")


def is_new(statement: Statement, kept: Sequence[Statement]) -> bool:
    """Whether it says anything that its officer has not stated of the case before."""
    before = {said for one in kept if one.officer == statement.officer for said in _said(one)}
    return not before.issuperset(_said(statement))


def _said(one: Statement) -> set[tuple[str, object]]:
    """Everything a statement says, each with the question that it answers."""
    met = {(f"condition:{name}", True) for name in one.conditions}
    not_met = {(f"condition:{name}", False) for name in one.not_met or ()}
    return met | not_met | {(said.question, answering.value_of(said)) for said in one.answers or ()}


def all_stated(case: Case, kept: Sequence[Statement]) -> tuple[str, ...]:
    """Everything stated of a case to be met, by whomever, in the order of the words."""
    return tuple(
        sorted({*case.facts.conditions, *(one for each in kept for one in each.conditions)})
    )


def all_answered(case: Case, kept: Sequence[Statement]) -> Answers:
    """Everything answered in a case, by whomever, as plans are made from it.

    Raises WireError `answered-before` where two statements say different things.
    """
    said = {f"condition:{name}": True for name in case.facts.conditions}
    answers = dict[str, object](said)
    for one in kept:
        for question, value in _said(one):
            if answers.setdefault(question, value) != value:
                raise WireError("answered-before", f"It stands otherwise: {question}.")
    return answering.answers(answers)


def check_answers(order: DeskConditions, case: Case, kept: Sequence[Statement]) -> None:
    """Raise WireError for an answer to what nobody asked, or one of another kind than it wants.

    What was answered before may be said again: whether it is the same is `all_answered`'s.
    """
    known = {question.name for line in case.plan for question in line.questions}
    known |= {said.question for one in kept for said in one.answers or ()}
    for answer in order.answers:
        if answer.question not in known:
            raise WireError("question-unknown", f"No line of the case waits: {answer.question}.")
        if not answering.fits(answer):
            raise WireError(
                "answer-unfit",
                f"{answer.question}: who takes persons, body a party, place a municipality's code.",
            )


def open_questions(case: Case) -> list[DeskQuestion]:
    """What lines of a case wait for, each once, in their order (未回答の質問)."""
    waiting = [
        question
        for line in case.plan
        if line.via in WAITING
        for question in (
            *line.questions,
            *(Question("condition", one) for one in line.open if line.via == "condition-open"),
        )
    ]
    found = answering.open_questions(waiting)
    return [
        DeskQuestion(
            question=name,
            kind=one.kind,
            about=one.about,
            person=one.person,
            category=one.category,
            year=one.year,
            lines=count,
        )
        for name, (one, count) in list(found.items())[:CASE_OPEN]
    ]


def keep(connection: Connection, statement: Statement) -> None:
    """Write a statement; raises WireError `case-too-large` where the case has no room."""
    if not cases.state(connection, statement):
        raise WireError("case-too-large", f"A case has at most {CASE_STATEMENTS} statements.")


def take_up(connection: Connection, planned: Case, asked: Sequence[Asked]) -> None:
    """Write a case's new plan with the requests for what it held back."""
    cases.replan(connection, planned.case_number, planned.plan)
    for one in asked:
        store.add(connection, one)


def shown(kept: Sequence[Statement]) -> list[DeskStatement]:
    """Statements as the desk is shown them, oldest first."""
    return [
        DeskStatement(
            officer=one.officer,
            at=one.stated_at,
            conditions=one.conditions,
            not_met=one.not_met or [],
            answers=one.answers or [],
            statement=one.statement.decode("ascii"),
        )
        for one in kept
    ]

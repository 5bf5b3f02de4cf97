"""What an officer states to be met of the law's limits, kept as the desk signed it (申立て).

A limit (除く・に限る) that no file shows is somebody's word. The statement belongs to one case and
its office; what a request states is taken from it, and the case shows it byte for byte.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from renkei.kit.party import Party
from renkei.roles.institution.service.asking.binding import goes_on
from renkei.roles.institution.store import asked as store
from renkei.roles.institution.store import cases
from renkei.roles.institution.store.asked import Asked, Case
from renkei.roles.institution.store.cases import Statement
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.institution.desk import DeskAsk, DeskConditions, DeskProcedure, DeskStatement
from renkei.wire.limits import CASE_STATEMENTS


def statement_in(
    letter: Letter[DeskProcedure] | Letter[DeskAsk] | Letter[DeskConditions], now: datetime
) -> Statement | None:
    """What an order states besides what it asks for; None where it states nothing."""
    order = letter.message
    if not order.conditions:
        return None
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
    check_wanted(order.conditions, {need for line in case.plan for need in line.conditions})
    return case


def check_wanted(stated: Sequence[str], wanted: set[str] | frozenset[str]) -> None:
    """Raise WireError `condition-unknown` for what is stated and nothing wants."""
    if not wanted.issuperset(stated):
        known = ", ".join(sorted(wanted)) or "none"
        raise WireError("condition-unknown", f"What can be stated here: {known}.")


def is_new(statement: Statement, kept: Sequence[Statement]) -> bool:
    """Whether it says anything that its officer has not stated of the case before."""
    before = {one for each in kept if each.officer == statement.officer for one in each.conditions}
    return not before.issuperset(statement.conditions)


def all_stated(case: Case, kept: Sequence[Statement]) -> tuple[str, ...]:
    """Everything stated of a case, by whomever, in the order of the words."""
    return tuple(
        sorted({*case.facts.conditions, *(one for each in kept for one in each.conditions)})
    )


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
            statement=one.statement.decode("ascii"),
        )
        for one in kept
    ]

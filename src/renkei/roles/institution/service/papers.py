"""Which papers a person need not bring (添付書類の省略, 法22条2項).

A paper falls away only after an actual provision of the same content, or where the body holds the
content itself; everything else still has to be brought, with the reason.
"""

from collections.abc import Iterator
from typing import Final

from renkei.law import procedures
from renkei.law.procedures import Paper
from renkei.roles.institution.store.asked import Asked, Case, PlanLine
from renkei.wire.messages.desk import DeskPaper

PROCEDURE_FACT: Final = 2
"""Where a procedure's case keeps the procedure among its facts."""


def papers_of(case: Case, asked: list[Asked]) -> list[DeskPaper]:
    """One line per paper and person of a case's procedure; none for a single request."""
    facts = case.facts.decode().split("\n")
    procedure = procedures().get(facts[PROCEDURE_FACT])
    if procedure is None:
        return []
    by_tx = {one.tx: _last(one, asked) for one in asked}
    return [
        line
        for paper in procedure.papers
        for plan in case.plan
        if plan.item in paper.items
        for line in _lines(paper, plan, by_tx)
    ]


def _last(one: Asked, asked: list[Asked]) -> Asked:
    """The request that stands in for this one in the end, itself where none does."""
    instead = next((other for other in asked if other.instead_of == one.tx), None)
    return one if instead is None else _last(instead, asked)


def _lines(paper: Paper, plan: PlanLine, asked: dict[str, Asked]) -> Iterator[DeskPaper]:
    if plan.via == "nobody":
        return
    omitted = plan.via == "own-data"
    reason: str = plan.via
    if plan.tx is not None:
        one = asked[plan.tx]
        omitted, reason = one.outcome == "provided", one.outcome or "asking"
    yield DeskPaper(
        name_ja=paper.ja,
        name_en=paper.en,
        item=plan.item,
        subject=plan.subject,
        person=plan.person,
        omitted=omitted,
        reason=reason,
    )

"""How a case stands, line by line, and which papers a person need not bring (法22条2項).

A paper falls away only after an actual provision of the same content, or where the body holds the
content itself; everything else still has to be brought, with the reason.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from renkei.law import procedures
from renkei.roles.institution.rules import TOO_LARGE, items_wanted
from renkei.roles.institution.store.asked import Asked, Case
from renkei.roles.institution.store.tables import PlanLine
from renkei.wire.institution.desk import DeskLine, DeskPaper, LineState

OMITTING: Final[frozenset[LineState]] = frozenset({"provided", "own-data"})
"""States of a line by which a paper of the same content falls away."""


def lines_of(case: Case, asked: Sequence[Asked]) -> list[DeskLine]:
    """Every line of a case's plan as it stands now, item by item (案件の各行)."""
    by_tx = {one.tx: one for one in asked}
    follows = {one.instead_of: one for one in asked if one.instead_of is not None}
    return [_line(plan, by_tx, follows) for plan in case.plan]


def _line(plan: PlanLine, by_tx: Mapping[str, Asked], follows: Mapping[str, Asked]) -> DeskLine:
    one = by_tx[plan.tx] if plan.tx is not None else None
    while one is not None and not _came(one, plan.item):
        later = follows.get(one.tx)
        if later is None or plan.item not in later.items:
            break
        one = later
    return DeskLine(
        item=plan.item,
        affair=plan.affair,
        sub_affair=plan.sub_affair,
        article=plan.article,
        subject=plan.subject,
        person=plan.person,
        state=_state(plan, one),
        holder=one.provider if one is not None else plan.provider,
        tx=one.tx if one is not None else None,
        conditions=list(plan.conditions),
        open=list(plan.open),
        needs=list(plan.needs),
    )


def _came(one: Asked, item: str) -> bool:
    """Whether anything of an item, or of a kind of information, arrived with this request."""
    meant = set(items_wanted(one.affair, [item]))
    return any(held.item in meant for held in one.content)


def _state(plan: PlanLine, one: Asked | None) -> LineState:
    if one is None:
        assert plan.via != "network"
        return plan.via
    if one.outcome is None:
        return "asking"
    if one.outcome == "provided" and not _came(one, plan.item):
        return "refused" if one.reason == TOO_LARGE else "no-data"
    return one.outcome  # type: ignore[return-value]  # an Outcome, each of them a state


def papers_of(procedure: str | None, lines: Sequence[DeskLine]) -> list[DeskPaper]:
    """One line per paper and person of a procedure; none for a single request (添付書類の省略)."""
    known = procedures().get(procedure or "")
    if known is None:
        return []
    return [
        DeskPaper(
            name_ja=paper.ja,
            name_en=paper.en,
            item=line.item,
            subject=line.subject,
            person=line.person,
            omitted=line.state in OMITTING,
            reason=line.state,
        )
        for paper in known.papers
        for line in lines
        if line.item in paper.items and line.person is not None
    ]

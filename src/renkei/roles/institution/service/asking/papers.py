"""How a case stands, line by line, and which papers a person need not bring (法22条2項).

A paper falls away only after an actual provision of the same content, or where the body holds the
content itself. Where nobody is whom it is about it was never needed, and nothing is saved.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, get_args

from renkei.law import procedures
from renkei.law.planning import WAITING
from renkei.law.procedures import Paper, Remaining
from renkei.roles.institution.rules import TOO_LARGE, items_wanted
from renkei.roles.institution.store.asked import Asked, Case
from renkei.roles.institution.store.tables import PlanLine
from renkei.values.person_id import PersonId
from renkei.wire.institution.desk import DeskLine, DeskPaper, LineState, PaperState

PAPER_STATES: Final[Mapping[PaperState, frozenset[str]]] = {
    "waits": frozenset({"asking", *WAITING}),
    "not-needed": frozenset({"provided", "own-data"}),
    "not-applicable": frozenset({"nobody", "condition-not-met"}),
    "to-bring": frozenset(get_args(LineState)),
}
"""How a paper stands by the lines about one person that replace it: the first that has any."""
PRACTICE: Final = "practice"


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
    """Each paper of a procedure, once a person; none for a single request (添付書類の省略)."""
    known = procedures().get(procedure or "")
    if known is None:
        return []
    found = [one for paper in known.papers for one in _of_paper(paper, lines)]
    return found + [_remaining(paper) for paper in known.remaining]


def _of_paper(paper: Paper, lines: Sequence[DeskLine]) -> Iterator[DeskPaper]:
    """A paper about each person; where it is about nobody, once, with the reason."""
    about: dict[PersonId | str, list[DeskLine]] = {}
    for line in lines:
        if line.item in paper.items:
            about.setdefault(line.person or f"nobody as {line.subject}", []).append(line)
    persons = [held for held in about.values() if held[0].person is not None]
    waiting = [
        held for held in about.values() if held[0].person is None and held[0].state in WAITING
    ]
    for held in [*persons, *waiting] or list(about.values())[:1]:
        yield _stands(paper, held)


def _stands(paper: Paper, lines: Sequence[DeskLine]) -> DeskPaper:
    """How a paper stands by the lines about one person: what is not known yet goes first."""
    applying = [one for one in lines if one.state not in PAPER_STATES["not-applicable"]]
    state, line = next(
        (state, line)
        for state, states in PAPER_STATES.items()
        for line in applying or lines
        if line.state in states
    )
    return DeskPaper(
        name_ja=paper.ja,
        name_en=paper.en,
        item=line.item,
        subject=line.subject,
        person=line.person,
        state=state,
        reason=line.state,
        source=paper.source,
    )


def _remaining(paper: Remaining) -> DeskPaper:
    """A paper that nothing replaces."""
    return DeskPaper(
        name_ja=paper.ja,
        name_en=paper.en,
        item=None,
        subject=None,
        person=None,
        state="to-bring",
        reason=PRACTICE,
        source="practice",
    )

"""Lines of a plan on their way, and made anew once more is known (照会計画の行).

A line stands as it is once somebody was asked, or nobody can be. What waits for an answer is made
anew from the file and all that was answered.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from renkei.law import Decision, PermittedItem, conditions_open, items_permitted
from renkei.law.planning import WAITING, Answers
from renkei.roles.institution import rules
from renkei.roles.institution.store.tables import PlanLine, Via
from renkei.wire.errors import WireError

CONDITION_OPEN: Final = "condition-open"
"""The law's reason, and how a line stands that waits for an officer's statement."""


@dataclass(slots=True)
class Wanted:
    """One line of a plan on its way: as it stands, and what becomes of it where a body is asked."""

    plan: PlanLine
    person: rules.Person | None
    party: str | None
    decision: Decision | None = None
    tx: str | None = None
    via: Via = "network"
    open: tuple[str, ...] = ()

    def hold_back(self, stated: Collection[str]) -> None:
        """Nobody is asked before the rest of what the law wants is stated."""
        plan = self.plan
        own = tuple(need for need in plan.conditions if need not in stated)
        self.via = CONDITION_OPEN
        self.open = own or conditions_open(plan.sub_affair, plan.item, plan.subject, stated=stated)


def line_of(row: str, sub_affair: str, line: rules.Line) -> Wanted:
    """A line of the law's plan on its way."""
    via: Via = line.why or ("own-data" if line.own else "network")
    if via == CONDITION_OPEN:  # until it is known what was stated
        via = "network"
    plan = PlanLine(
        item=line.item.item,
        affair=row,
        sub_affair=sub_affair,
        article=line.item.article,
        subject=line.subject,
        person=line.person.person if line.person is not None else None,
        via=via,
        conditions=line.item.conditions,
        needs=line.needs,
        questions=tuple(one for one in line.questions if one.kind != "condition"),
    )
    return Wanted(plan, line.person, line.party, via=via)


def planned_again(plan: Sequence[PlanLine], file: rules.File) -> list[PlanLine | Wanted]:
    """A plan with every line that waits for an answer made anew, the others as they stand."""
    planned: list[PlanLine | Wanted] = []
    for line in plan:
        planned += [line] if line.via not in WAITING else _line_anew(line, [*plan, *planned], file)
    return planned


def _line_anew(
    line: PlanLine, others: Sequence[PlanLine | Wanted], file: rules.File
) -> list[PlanLine | Wanted]:
    """What becomes of a line that waits; itself where the law gives its item no more."""
    items = items_permitted(line.affair, line.sub_affair, file.day)
    item = next((one for one in items if _is_of(line, one)), None)
    if item is None:
        return [line]
    standing = [one.plan if isinstance(one, Wanted) else one for one in others]
    seen = {one.person for one in standing if _is_of(one, item) and one.person is not None}
    found = rules.lines_again(item, (line.subject, line.person), file, seen)
    for one in found:
        _check_fit(line, one, file.answers)
    return [line_of(line.affair, line.sub_affair, one) for one in found]


def _is_of(line: PlanLine, item: PermittedItem) -> bool:
    """Whether a line that waits, or stands, is one of an item."""
    return (line.item, line.conditions) == (item.item, item.conditions) and (
        line.article == item.article or line.tx is not None
    )


def _check_fit(line: PlanLine, now: rules.Line, answers: Answers) -> None:
    """Raise WireError `answer-unfit` where a body was named that cannot hold the item."""
    named = next((one.name for one in line.questions if one.name in answers.bodies), None)
    if named is not None and now.why in ("not-connected", "holder-not-of-item"):
        kinds = ", ".join(now.item.providers)
        raise WireError(
            "answer-unfit",
            f"{named}: name a party that takes part, of one of these kinds: {kinds}.",
        )

"""Whatever is planned may be asked: for every procedure and many households, by the law itself."""

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec
import pytest

from renkei import law
from renkei.bench.procedures import DAY
from renkei.law.holders import Body
from renkei.law.planning import Line, affairs_of
from renkei.law.procedures import Affair, Procedure
from renkei.sandbox.clerk import Truth, answered_plan, deciding, households
from renkei.sandbox.copies import build_copies
from renkei.sandbox.country_file import whole
from renkei.sandbox.people.resident import Resident
from renkei.sandbox.population import build_population

SEEDS = (11, 12)
RESIDENTS = 30
HOUSEHOLDS = 12


@pytest.fixture(scope="module", params=SEEDS)
def truth(request: pytest.FixtureRequest) -> Truth:
    """A country of some households, with a body of every kind."""
    population = build_population(request.param, DAY, whole().municipalities, RESIDENTS)
    return Truth(whole(), build_copies(population))


def test_no_request_is_planned_that_the_law_refuses(truth: Truth) -> None:
    """Each line that is asked is permitted, about somebody of the household, of another body."""
    kinds = {one.party: one.kind for one in truth.bodies}
    asked, words = 0, Counter[str]()
    for procedure in law.procedures().values():
        for members in households(truth.copies, HOUSEHOLDS):
            party = deciding(truth, procedure, members[0].municipality) or ""
            persons = {f"P{one.serial}" for one in members}
            for affair, line in _with_affair(truth, procedure, party, members):
                if line.party is None:
                    assert line.own or line.why, (procedure.id, line.item.item, line.subject)
                    continue
                asked += 1
                words[line.subject] += 1
                assert line.party != party
                assert str(line.person) in persons
                decision = law.may_ask_item(
                    kinds[party],
                    affair.row,
                    affair.sub_affair,
                    kinds[line.party],
                    line.item.item,
                    subject=line.subject,
                    day=DAY,
                    stated=line.item.conditions,
                )
                assert decision.allowed, (procedure.id, line, decision)
    assert asked > 5_000
    assert len(words) > 40


def _with_affair(
    truth: Truth, procedure: Procedure, party: str, members: Sequence[Resident]
) -> Iterator[tuple[Affair, Line]]:
    """Each line with its affair: the plan of the procedure, one affair after the other."""
    for affair in affairs_of(procedure, truth.bodies, party):
        alone = msgspec.structs.replace(procedure, affairs=(affair,))
        for line in answered_plan(truth, alone, party, members):
            yield affair, line


def test_a_body_plans_its_own_affairs_alone() -> None:
    """Where the article gives each insurer an affair of its own, one of them asks under its own."""
    claim = law.procedure("employees-pension-claim")
    bodies = [
        Body("school", "private-school-mutual-aid", None),
        Body("minister", "minister-of-health", None),
        Body("tax", "tax-agency-commissioner", None),
    ]
    mine = {one: affairs_of(claim, bodies, one) for one in ("school", "minister")}
    assert all(0 < len(one) < len(claim.affairs) for one in mine.values())
    assert not set(mine["school"]) & set(mine["minister"])
    assert affairs_of(claim, bodies, "tax") == claim.affairs  # refused, and says so
    assert affairs_of(claim, bodies, "") == claim.affairs

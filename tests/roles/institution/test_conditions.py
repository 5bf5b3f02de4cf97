"""A limit of the law is stated by an officer, or nobody is asked: three judges, one statement."""

import contextlib
import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import msgspec
import pytest
from inprocess import Node, World

from renkei.crypto import jws
from renkei.kit.clock import ManualClock
from renkei.law import Decision, tables
from renkei.law import permitted_items_and_persons as places
from renkei.law.judging_exchanges import ExchangeFacts
from renkei.roles.institution.service.asking import ask as asking
from renkei.roles.linkage import rules as network
from renkei.roles.linkage.service import permit
from renkei.wire.errors import WireError
from renkei.wire.framing import parse
from renkei.wire.institution.desk import (
    DeskAsk,
    DeskCase,
    DeskCaseRequest,
    DeskClose,
    DeskConditions,
    DeskProcedure,
)
from renkei.wire.institution.desk_codes import DeskAcquire

A, B = "chofu-city", "ichikawa-city"
RUNS = "runs-public-housing"
OFFICE = "child-support"
HOUSING = {"affair": "53", "sub_affair": "55-4", "subject": "applicant"}


async def applied(world: World, number: str = "H-1", **changes: Any) -> DeskCase:
    """The parent applies for a flat of the public housing; the case once it has settled."""
    facts = {"case_number": number, "office": OFFICE, "officer": "officer-7", "wait_seconds": 10}
    facts |= {"procedure": "public-housing-apply", "person": world.person("parent", A)}
    case: DeskCase = await world.desk(A, DeskProcedure, **(facts | changes))
    return case


async def stated(world: World, number: str = "H-1", **changes: Any) -> DeskCase:
    """Another officer states of the case that the city runs the public housing."""
    facts = {"case_number": number, "office": OFFICE, "officer": "officer-8", "wait_seconds": 10}
    facts |= {"conditions": [RUNS]}
    case: DeskCase = await world.desk(A, DeskConditions, **(facts | changes))
    return case


@pytest.fixture
async def acquired(world: World) -> None:
    """The parent's code at both cities."""
    for city, row in ((A, "81"), (B, "24")):
        who = {"office": OFFICE, "officer": "officer-1", "persons": [world.person("parent", city)]}
        await world.desk(city, DeskAcquire, affair=row, **who)


async def asked(world: World, number: str = "Q-1", **changes: Any) -> DeskCase:
    """The applicant's tax, asked by hand; the case of the question once it has settled."""
    facts = {"case_number": number, "office": OFFICE, "officer": "officer-7", **HOUSING}
    facts |= {"items": ["municipal-tax"], "person": world.person("parent", A), "provider": B}
    case: DeskCase = await world.desk(A, DeskAsk, wait_seconds=10, **(facts | changes))
    return case


def recorded(world: World) -> list[dict[str, Any]]:
    """The network's records of exchanges."""
    query = "SELECT record FROM leaf WHERE kind = 1 AND record IS NOT NULL ORDER BY seq"
    return [json.loads(record) for (record,) in world.rows("linkage", query)]


def ended(case: DeskCase) -> list[tuple[str | None, str | None, str | None]]:
    """How each request of a case ended, by whom and why."""
    return [(one.outcome, one.refused_by, one.reason) for one in case.exchanges]


# -- a plan ---------------------------------------------------------------------------------------


async def test_what_nobody_stated_is_not_asked(world: World) -> None:
    """A plan holds such a line back and says what is open; its paper waits for that."""
    case = await applied(world)
    held = [line for line in case.lines if line.state == "condition-open"]
    assert {line.item for line in held} >= {"municipal-tax"}
    assert all(line.open == line.conditions == [RUNS] for line in held)
    assert all(line.holder is not None and line.tx is None for line in held)
    assert case.exchanges == []
    assert case.settled
    assert recorded(world) == []
    tax = [paper for paper in case.papers if paper.name_ja == "課税証明書" and paper.person]
    assert {(paper.state, paper.reason) for paper in tax} == {("waits", "condition-open")}
    assert case.statements == []


async def test_what_is_stated_with_the_order_is_asked(world: World) -> None:
    """The statement comes with the order, stands in every book, and is kept as it was signed."""
    case = await applied(world, conditions=[RUNS])
    assert {one.outcome for one in case.exchanges if one.provider == B} == {"provided"}
    assert all(one.conditions == [RUNS] for one in case.exchanges)
    assert [line for line in case.lines if line.open or line.state == "condition-open"] == []
    assert {tuple(one["conditions"]) for one in recorded(world)} == {(RUNS,)}
    for city, table in ((A, "asked"), (B, "provided")):
        assert set(world.rows(city, f"SELECT conditions FROM {table}")) == {(RUNS,)}
    (one,) = case.statements
    assert (one.officer, one.conditions) == ("officer-7", [RUNS])
    unverified, order = parse(one.statement.encode(), (DeskProcedure,))
    assert (order.conditions, order.case_number) == ([RUNS], "H-1")
    assert world.rows(A, "SELECT digest FROM statement") == [(jws.digest(unverified),)]


async def test_a_later_statement_takes_up_what_waited(world: World) -> None:
    """What was held back is asked for once it is stated, once, on the word of who stated it."""
    before = await applied(world)
    case = await stated(world)
    waited = [line.item for line in before.lines if line.state == "condition-open"]
    came = [line.item for line in case.lines if line.tx is not None]
    assert set(came) == set(waited) - {
        line.item for line in case.lines if line.state in ("no-code", "condition-open")
    }
    assert {one.outcome for one in case.exchanges if one.provider == B} == {"provided"}
    assert set(world.rows(A, "SELECT officer FROM asked")) == {("officer-8",)}
    tax = [paper for paper in case.papers if paper.name_ja == "課税証明書" and paper.person]
    assert ("not-needed", "provided") in {(paper.state, paper.reason) for paper in tax}
    assert [(one.officer, one.conditions) for one in case.statements] == [("officer-8", [RUNS])]
    transactions = [one.tx for one in case.exchanges]
    again = await stated(world)
    assert [one.tx for one in again.exchanges] == transactions
    assert len(again.statements) == 1


async def test_another_officers_word_is_kept_too(world: World) -> None:
    """Who states what was stated before is on record; nobody is asked again."""
    first = await applied(world, conditions=[RUNS])
    assert isinstance(world.clock, ManualClock)
    world.clock.advance(1)
    second = await stated(world)
    assert [one.officer for one in second.statements] == ["officer-7", "officer-8"]
    assert [one.tx for one in second.exchanges] == [one.tx for one in first.exchanges]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"office": "tax"}, "not-allowed"),
        ({"conditions": [RUNS, "mother-of-nobody"]}, "condition-unknown"),
        ({"conditions": ["runs-improved-housing"]}, "condition-unknown"),
        ({"number": "H-2"}, "case-unknown"),
    ],
)
async def test_a_statement_belongs_to_its_case(
    world: World, changes: dict[str, Any], code: str
) -> None:
    """No other office's, none of what the case does not ask for, none without a case."""
    await applied(world)
    with pytest.raises(WireError, match=code):
        await stated(world, **changes)
    assert world.rows(A, "SELECT 1 FROM statement") == []


async def test_a_closed_case_takes_no_statement(world: World) -> None:
    """What a clerk has closed is asked about no more."""
    await applied(world)
    await world.desk(A, DeskClose, case_number="H-1", officer="officer-7")
    with pytest.raises(WireError, match="case-unknown"):
        await stated(world)


async def test_an_order_states_what_its_procedure_asks_for(world: World) -> None:
    """A word that no item of the procedure wants is refused before anything is written."""
    for odd in ("runs-improved-housing", "mother-of-nobody"):
        with pytest.raises(WireError, match="condition-unknown"):
            await applied(world, conditions=[odd])
    assert world.rows(A, "SELECT 1 FROM desk_case") == []


async def test_a_case_has_room_for_so_many_statements(world: World) -> None:
    """Twenty officers may state the same; the next one is told that there is no room."""
    await applied(world)
    for number in range(20):
        await stated(world, officer=f"officer-{number}")
    with pytest.raises(WireError, match="case-too-large"):
        await stated(world, officer="officer-20")
    assert len((await stated(world, officer="officer-0")).statements) == 20


@contextlib.contextmanager
def limited(condition: str) -> Iterator[None]:
    """A law in which one tax wants one thing more than the other."""
    honest = places.conditions_of

    def more(sub: tables.SubAffair, one: tables.Item) -> tuple[str, ...]:
        return (*honest(sub, one), *([condition] if one.item == "prefectural-tax" else []))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(places, "conditions_of", more)
        places.spread_places.cache_clear()
        yield
    places.spread_places.cache_clear()


@pytest.fixture
def two_limits() -> Iterator[None]:
    """One tax wants one thing more stated than the other."""
    with limited("supports-self"):
        yield


@pytest.fixture
def young() -> Iterator[None]:
    """One tax is asked about people under 19 alone."""
    with limited("under-19"):
        yield


def by_item(case: DeskCase) -> dict[str, list[str]]:
    """What the requests to the other city state, by item."""
    return {
        item: one.conditions for one in case.exchanges if one.provider == B for item in one.items
    }


@pytest.mark.usefixtures("two_limits")
async def test_what_is_half_stated_waits_for_the_rest(world: World) -> None:
    """One statement takes up what it is enough for; the other line says what is left open."""
    await applied(world)
    half = await stated(world)
    (left,) = {tuple(line.open) for line in half.lines if line.state == "condition-open"}
    assert left == ("supports-self",)
    assert "municipal-tax" in by_item(half)
    assert "prefectural-tax" not in by_item(half)
    whole = await stated(world, conditions=["supports-self"])
    assert [line for line in whole.lines if line.state == "condition-open"] == []
    assert {one.tx for one in half.exchanges} < {one.tx for one in whole.exchanges}
    assert by_item(whole)["prefectural-tax"] == [RUNS, "supports-self"]


@pytest.mark.usefixtures("two_limits")
async def test_each_request_states_what_its_items_want(world: World) -> None:
    """Items that rest on different words go into different requests, each with its own."""
    said = by_item(await applied(world, conditions=[RUNS, "supports-self"]))
    assert said["municipal-tax"] == [RUNS]
    assert said["prefectural-tax"] == [RUNS, "supports-self"]


# -- three judges ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("acquired")
async def test_by_hand_the_own_desk_refuses_first(world: World) -> None:
    """A question that states nothing is refused by the own rules, by the article of its item."""
    case = await asked(world)
    (one,) = case.exchanges
    assert ended(case) == [("refused", "requester", "condition-open")]
    assert (one.article or "").startswith("命令第55条第4号")
    assert [(line.conditions, line.open) for line in case.lines] == [([RUNS], [RUNS])]
    assert recorded(world) == []
    assert ended(await asked(world, "Q-2", conditions=[RUNS])) == [("provided", None, None)]


@pytest.mark.usefixtures("acquired")
async def test_nothing_is_stated_that_nothing_needs(world: World) -> None:
    """What a question does not rest on is told to nobody: the request is as without it."""
    tax = {"affair": "106", "sub_affair": "108-1", "subject": "claimant"}
    assert ended(await asked(world, **tax, conditions=[RUNS])) == [("provided", None, None)]
    (record,) = recorded(world)
    assert "conditions" not in record
    assert world.rows(B, "SELECT conditions FROM provided") == [(None,)]


@pytest.mark.usefixtures("acquired")
async def test_a_word_outside_the_table_is_refused(world: World) -> None:
    """A condition that the law's tables do not have is a refusal of judgement, never a crash."""
    case = await asked(world, conditions=[RUNS, "mother-of-nobody"])
    assert ended(case) == [("refused", "requester", "not-in-table")]


def permits(_: ExchangeFacts) -> Decision:
    """A judge who lets everything pass."""
    return Decision(True, "命令第55条第4号", "53", "permitted")


@pytest.mark.usefixtures("acquired")
async def test_a_requester_that_skips_its_own_check_is_refused_by_the_network(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network judges by the same law, refuses by the article, and records it."""
    monkeypatch.setattr(asking, "judge_exchange", permits)
    case = await asked(world)
    assert ended(case) == [("refused", "network", "condition-open")]
    (record,) = recorded(world)
    assert (record["allowed"], record["reason"]) == (False, "condition-open")
    assert case.exchanges[0].article == record["article"]


@pytest.mark.usefixtures("acquired")
async def test_a_network_that_skips_it_is_refused_by_the_provider(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that lie together get nothing: whoever holds the data judges again."""
    monkeypatch.setattr(asking, "judge_exchange", permits)
    monkeypatch.setattr(network, "judge_exchange", permits)
    assert ended(await asked(world)) == [("refused", "provider", "condition-open")]
    assert world.rows(B, "SELECT outcome, reason FROM provided") == [("refused", "condition-open")]


# -- a network that lies of what was stated -------------------------------------------------------


def without(honest: Any) -> Any:
    """What a function makes, with what was stated left out."""
    return lambda *given: msgspec.structs.replace(honest(*given), conditions=msgspec.UNSET)


@pytest.mark.parametrize("where", ["record", "permit"])
@pytest.mark.usefixtures("acquired")
async def test_a_network_that_drops_what_was_stated_gets_no_further(
    world: World, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Record and permit must say what was signed: the inquirer stops, and nothing is provided."""
    if where == "record":
        monkeypatch.setattr(permit, "record_of", without(permit.record_of))
    else:
        service = permit.PermitService
        monkeypatch.setattr(service, "write_permit", without(service.write_permit))
    assert ended(await asked(world, conditions=[RUNS])) == [
        ("refused", "requester", "record-differs")
    ]
    assert world.rows(B, "SELECT 1 FROM provided") == []


# -- a death --------------------------------------------------------------------------------------


async def one_death(world: World, number: str, step: int, *, after: bool) -> bool:
    """A statement during which the city dies at a step; False if it had fewer steps."""
    await applied(world, number)
    node: Node = world.nodes[A]
    node.death.steps, node.death.at, node.death.after = 0, step, after
    with contextlib.suppress(WireError):
        await stated(world, number, wait_seconds=2)
    died = node.death.spare()
    if died:
        await world.restart(A)
    kept = world.rows(A, "SELECT 1 FROM statement WHERE case_number = :n", n=number)
    requests = world.rows(A, "SELECT 1 FROM asked WHERE case_number = :n", n=number)
    assert bool(kept) == bool(requests), f"step {step}: half of a statement was written"
    await stated(world, number)
    case: DeskCase = await world.desk(A, DeskCaseRequest, case_number=number, wait_seconds=10)
    assert case.settled, f"step {step}: {case.exchanges}"
    assert len(case.statements) == 1, f"step {step}"
    named = [(one.provider, *one.items, one.subject, one.person) for one in case.exchanges]
    assert len(named) == len(set(named)), f"step {step}: asked twice"
    tax = [line for line in case.lines if line.item == "municipal-tax" and line.holder == B]
    assert "provided" in {line.state for line in tax}, f"step {step}: {tax}"
    return died


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_death_while_something_is_stated_loses_and_doubles_nothing(
    world: World, after: bool
) -> None:
    """Statement and requests are written together; what was not comes with the next try."""
    deaths = 0
    for step in count(1):
        if not await one_death(world, f"D-{step}", step, after=after):
            break
        deaths += 1
    assert deaths >= 5, f"only {deaths} steps were tried: the test no longer sees them"


# -- by the file ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("young")
async def test_a_plan_takes_an_age_from_the_birth_date_on_file(world: World) -> None:
    """年齢計算ニ関スル法律: of a grown applicant it is not asked, whatever is stated."""
    case = await applied(world, conditions=[RUNS, "under-19"])
    lines = [line for line in case.lines if line.item == "prefectural-tax" and line.person]
    assert [(line.person, line.state, line.open) for line in lines] == [
        (world.person("parent", A), "condition-not-met", [])
    ]
    assert not any("prefectural-tax" in one.items for one in case.exchanges)


@pytest.mark.usefixtures("acquired", "young")
async def test_nobody_states_an_age_against_the_birth_date_on_file(world: World) -> None:
    """That a parent is under 19 is refused by the own desk, and nobody is asked."""
    case = await asked(world, conditions=[RUNS, "under-19"], items=["prefectural-tax"])
    assert ended(case) == [("refused", "requester", "condition-not-met")]
    assert recorded(world) == []


@pytest.mark.usefixtures("acquired")
async def test_a_question_by_hand_takes_an_age_from_the_file(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the birth date shows no officer need state; the request and the book carry it."""
    known = tables.conditions()
    grown = {**known, "under-19": msgspec.structs.replace(known["under-19"], under_age=120)}
    monkeypatch.setattr(tables, "conditions", lambda: grown)
    with limited("under-19"):
        case = await asked(world, conditions=[RUNS], items=["prefectural-tax"])
    (one,) = case.exchanges
    assert (one.reason, one.conditions) == (None, [RUNS, "under-19"])

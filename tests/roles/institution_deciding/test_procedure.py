"""A clerk picks a procedure and need not know of codes (手続と符号の取得)."""

from datetime import date
from typing import Any

import pytest
from world import PLACES, A, B, Human, World, human

from renkei.kit.database import connect
from renkei.law import items_permitted
from renkei.roles.institution.service.asking import plan
from renkei.roles.institution.store import persons
from renkei.values.reveal import Purpose
from renkei.wire.errors import WireError
from renkei.wire.institution.desk import DeskAsk, DeskProcedure
from renkei.wire.institution.messages import Field

DAY = date(2026, 7, 1)

PARENT = human("90000000001", "試験 花子")
CHILD = human("90000000002", "試験 一", birth_date="2019-05-05", sex="male")


def at_a(world: World, person: str, one: Human, **facts: Any) -> None:
    world.on_file(
        A,
        person,
        one,
        household="H1",
        municipality_code=PLACES[A],
        tax_municipality_code=PLACES[B],
        **facts,
    )


async def procedure(world: World, name: str = "child-allowance") -> Any:
    return await world.desk(
        A,
        DeskProcedure,
        case_number="C-1",
        office="child-support",
        officer="officer-7",
        procedure=name,
        person="PA",
    )


async def test_missing_codes_are_acquired_first(world: World) -> None:
    """Nobody has a code: it is acquired for whom B will be asked about, then B is asked."""
    at_a(world, "PA", PARENT, relationship="世帯主", bound=False)
    at_a(world, "PC", CHILD, relationship="子", bound=False)
    world.on_file(B, "PB", PARENT)
    await procedure(world)
    assert set(await world.ended()) == {("provided", None)}
    codes = dict(world.rows(A, "SELECT person, element FROM code"))
    assert codes["PA"] == world.code(A, PARENT).reveal(Purpose.COMPARE)
    officers = world.rows(A, "SELECT DISTINCT affair, office, officer FROM acquisition")
    assert officers == [("24", "child-support", "officer-7")]
    asked_about = {one.person for one in (await world.case()).exchanges}
    assert set(codes) == asked_about, "codes were acquired that nobody needs"


async def test_a_code_that_is_held_is_not_acquired_again(world: World) -> None:
    """With every code on file J-LIS hears nothing."""
    at_a(world, "PA", PARENT, relationship="世帯主")
    world.on_file(B, "PB", PARENT)
    await procedure(world)
    assert set(await world.ended()) == {("provided", None)}
    assert world.register.compared == []


@pytest.mark.parametrize("why", ["away", "silent", "differs"])
async def test_what_cannot_be_acquired_is_a_paper_to_bring(
    world: World, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The case is opened all the same, in time; that paper is still needed, the reason is said."""
    monkeypatch.setattr(plan, "ACQUIRE_SECONDS", 0.3)
    at_a(world, "PA", PARENT, relationship="世帯主", bound=False)
    world.on_file(B, "PB", PARENT)
    if why == "away":
        world.register.away = True
    elif why == "silent":
        world.register.silent = True
    else:
        world.register.humans.clear()
    case = await procedure(world)
    tax = [paper for paper in case.papers if paper.item == "municipal-tax" and paper.person]
    assert {(paper.state, paper.reason) for paper in tax} == {("to-bring", "no-code")}
    assert case.exchanges == []


async def test_the_paper_follows_the_request_that_was_asked_again(world: World) -> None:
    """A stale request was asked anew: the paper falls away by the second one's answer."""
    at_a(world, "PA", PARENT, relationship="世帯主")
    world.on_file(B, "PB", PARENT)
    world.network.away = True
    await procedure(world)
    world.clock.advance(301)
    world.network.away = False
    outcomes = await world.ended()
    assert ("refused", "stale") in outcomes
    papers = (await world.case()).papers
    tax = [paper for paper in papers if paper.item == "municipal-tax" and paper.person]
    assert {(paper.state, paper.reason) for paper in tax} == {("not-needed", "provided")}


async def test_a_single_request_names_the_missing_code(world: World) -> None:
    """A clerk who puts a request together by hand is told to acquire first."""
    at_a(world, "PA", PARENT, bound=False)
    with pytest.raises(Exception, match="no-code-here"):
        await world.desk(
            A,
            DeskAsk,
            case_number="C-1",
            office="child-support",
            officer="officer-7",
            affair="106",
            sub_affair="108-1",
            items=["municipal-tax"],
            subject="claimant",
            person="PA",
            provider=B,
        )


INCOME, CARE = "municipal-tax", "long-term-care-benefit"


def moved(world: World, *items: str, characters: int = 0) -> None:
    """The parent is on A's file, but lives and is taxed at B, which holds these items."""
    world.on_file(
        A,
        "PA",
        PARENT,
        household="H1",
        relationship="世帯主",
        municipality_code=PLACES[B],
        tax_municipality_code=PLACES[B],
    )
    world.on_file(B, "PB", PARENT, copy=False)
    some = [Field(name=f"note-{n}", value="x" * 1_000) for n in range(characters // 1_000)]
    with connect(world.database(B)) as connection:
        persons.add_copies(
            connection,
            [
                persons.Copy(
                    person="PB",
                    item=item,
                    as_of="2026-01-01",
                    fields=[Field(name="income", value=1, unit="yen"), *some],
                )
                for item in items
            ],
        )


def of_applicant(case: Any) -> dict[str, str]:
    """How each line about the parent at B stands, by item."""
    return {line.item: line.state for line in case.lines if line.holder == B}


async def test_items_of_one_body_and_person_travel_in_one_request(world: World) -> None:
    """B is asked once for all it holds of the parent; each item has a line with its own end."""
    moved(world, INCOME, CARE)
    await procedure(world, "disaster-loan")
    assert await world.ended() == [("provided", None)]
    case = await world.case()
    (one,) = case.exchanges
    assert one.items == [INCOME, "resident-record", CARE]
    assert of_applicant(case) == {
        INCOME: "provided",
        CARE: "provided",
        "resident-record": "no-data",
    }
    (permit,) = world.network.permits
    assert permit.items == one.items
    papers = {paper.item: (paper.state, paper.reason) for paper in case.papers}
    assert papers[INCOME] == ("not-needed", "provided")
    assert papers["resident-record"] == ("to-bring", "no-data")


async def test_every_item_of_a_procedure_has_a_line_that_says_why(world: World) -> None:
    """Nobody is asked in silence and nobody is left out in silence: each line has its reason."""
    moved(world, INCOME)
    await procedure(world, "disaster-loan")
    await world.ended()
    case = await world.case()
    items = {item.item for item in items_permitted("108", "110-3", DAY)}
    assert {line.item for line in case.lines} == items
    states = {line.item: line.state for line in case.lines if line.subject == "applicant"}
    assert states["receiving-account"] == "not-connected"
    assert {line.state for line in case.lines if line.subject == "household-member"} == {"nobody"}
    assert all(line.article and line.article.startswith("命令第110条第3号") for line in case.lines)


async def test_a_procedure_that_nobody_can_be_asked_for_is_not_silent(world: World) -> None:
    """No fact on file says who is meant: no request goes out, and every line names the fact."""
    moved(world, INCOME)
    case = await procedure(world, "evacuation-list")
    assert case.exchanges == []
    assert case.settled
    assert {(line.state, tuple(line.needs)) for line in case.lines} == {
        ("relation-not-held", ("application",)),
        ("relation-not-held", ("guardianship",)),
    }


async def test_what_does_not_fit_one_answer_is_asked_for_again(world: World) -> None:
    """Three copies of 40 kB do not fit one box: all three arrive, in as many answers as needed."""
    moved(world, INCOME, CARE, "resident-record", characters=40_000)
    await procedure(world, "disaster-loan")
    await world.until(
        lambda: len(world.rows(A, "SELECT 1 FROM asked WHERE state = 'closed'")) == 3,
        "not all was asked for again",
    )
    case = await world.case()
    assert of_applicant(case) == {
        INCOME: "provided",
        CARE: "provided",
        "resident-record": "provided",
    }
    assert [len(one.provided) for one in case.exchanges] == [1, 1, 1]
    assert sorted(map(len, (permit.items for permit in world.network.permits))) == [1, 2, 3]


async def test_the_request_names_the_procedure_also_when_asked_anew(world: World) -> None:
    """What the desk picked travels with the request; a second attempt carries it too."""
    moved(world, INCOME)
    world.network.away = True
    await procedure(world, "disaster-loan")
    world.clock.advance(301)
    world.network.away = False
    await world.ended()
    assert world.network.procedures == ["disaster-loan", "disaster-loan"]


async def test_a_question_by_hand_names_no_procedure(world: World) -> None:
    """A clerk who puts a request together has picked none."""
    moved(world, INCOME)
    await world.ask()
    await world.ended()
    assert world.network.procedures == [None]
    (line,) = (await world.case()).lines
    assert (line.item, line.state, line.holder) == (INCOME, "provided", B)


async def test_a_household_too_large_for_one_case_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A case has limits that are said: nothing of it is asked, and the clerk is told what to do."""
    monkeypatch.setattr(plan, "CASE_LINES", 3)
    moved(world, INCOME)
    with pytest.raises(WireError) as refused:
        await procedure(world, "disaster-loan")
    assert refused.value.code == "case-too-large"
    assert world.rows(A, "SELECT 1 FROM asked") == []

"""A clerk picks a procedure and need not know of codes (手続と符号の取得)."""

from typing import Any

import pytest
from world import PLACES, A, B, Human, World, human

from renkei.roles.institution.service import desk
from renkei.values.reveal import Purpose
from renkei.wire.messages.desk import DeskAsk, DeskProcedure

PARENT = human("900000000001", "試験 花子")
CHILD = human("900000000002", "試験 一", birth_date="2019-05-05", sex="male")


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


async def procedure(world: World) -> Any:
    return await world.desk(
        A,
        DeskProcedure,
        case_number="C-1",
        office="child-support",
        officer="officer-7",
        procedure="child-allowance",
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
    monkeypatch.setattr(desk, "ACQUIRE_SECONDS", 0.3)
    at_a(world, "PA", PARENT, relationship="世帯主", bound=False)
    world.on_file(B, "PB", PARENT)
    if why == "away":
        world.register.away = True
    elif why == "silent":
        world.register.silent = True
    else:
        world.register.humans.clear()
    case = await procedure(world)
    tax = [paper for paper in case.papers if paper.item == "municipal-tax"]
    assert {(paper.omitted, paper.reason) for paper in tax} == {(False, "no-code")}
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
    tax = [paper for paper in (await world.case()).papers if paper.item == "municipal-tax"]
    assert {(paper.omitted, paper.reason) for paper in tax} == {(True, "provided")}


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

"""What failed for a technical reason only is asked once more, exactly once (再照会)."""

import asyncio
import contextlib
from datetime import timedelta
from itertools import count

import pytest
from world import A, B, World, human

from renkei.wire.errors import WireError

HANAKO = human("90000000001")
STALE = timedelta(seconds=301)


async def too_late(world: World, number: str = "C-1") -> None:
    """A committed a request, could not send it, and comes back when it is stale."""
    world.network.away = True
    with contextlib.suppress(WireError):
        await world.ask(number=number)
    world.later(STALE)
    world.network.away = False


def on_both_files(world: World) -> None:
    world.on_file(A, "PA", HANAKO)
    world.on_file(B, "PB", HANAKO)


async def test_a_stale_request_is_asked_once_more(world: World) -> None:
    """A was down before its first send: the network's refusal stays on record, the new one ends."""
    on_both_files(world)
    await too_late(world)
    assert await world.ended() == [("refused", "stale"), ("provided", None)]
    rows = world.rows(
        A, "SELECT tx, instead_of, refused_by FROM asked ORDER BY instead_of IS NOT NULL"
    )
    assert rows[1][1:] == (rows[0][0], None)
    assert rows[0][1:] == (None, "network")
    case = await world.case()
    assert case.settled
    assert [one.outcome for one in case.exchanges] == ["refused", "provided"]
    assert await world.receipts() == [(A, "provided"), (B, "provided")]


async def test_a_clock_that_is_wrong_is_not_asked_for_ever(world: World) -> None:
    """Stale twice: the second refusal stands."""
    on_both_files(world)
    permit = world.network.permitted
    world.network.permitted = world.network.stale  # type: ignore[assignment,method-assign]
    await world.ask()
    assert await world.ended() == [("refused", "stale")] * 2
    assert len(set(world.network.asked)) == 2
    world.network.permitted = permit  # type: ignore[method-assign]


async def test_what_the_law_refuses_is_not_asked_again(world: World) -> None:
    """Only technical reasons are: a refusal with an article stands the first time."""
    on_both_files(world)

    def refused(letter: object) -> object:
        return world.network.stale(letter, article="法第28条")  # type: ignore[arg-type]

    world.network.permitted = refused  # type: ignore[assignment,method-assign]
    await world.ask()
    assert await world.ended() == [("refused", "stale")]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_death_at_any_step_asks_once_more_and_not_twice(world: World, after: bool) -> None:
    """However A dies between refusal and new request, one new transaction stands for the old."""
    on_both_files(world)
    deaths = 0
    for step in count(1):
        number, node = f"K-{step}", world.nodes[A]
        await too_late(world, number)
        node.death.steps, node.death.at, node.death.after = 0, step, after
        await world.until(lambda n=number: over(world, n), "neither dead nor ended")  # type: ignore[misc]
        died = node.death.spare()
        if died:
            deaths += 1
            await world.restart(A)
        assert await world.ended(number) == [("refused", "stale"), ("provided", None)]
        if not died:
            break
        await asyncio.sleep(0)
    links = world.rows(A, "SELECT instead_of FROM asked WHERE instead_of IS NOT NULL")
    assert len(links) == len(set(links)) == step
    assert deaths >= 10, f"only {deaths} steps were tried: the test no longer sees them"


def over(world: World, number: str) -> bool:
    query = "SELECT state FROM asked WHERE case_number = :number"
    states = world.rows(A, query, number=number)
    return world.nodes[A].death.dead or states == [("closed",)] * 2

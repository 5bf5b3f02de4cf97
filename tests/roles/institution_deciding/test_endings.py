"""How an exchange ends when time runs out, for every point it can have reached (省令41条3項)."""

from datetime import timedelta

import pytest
from looking import said
from world import KEPT, VALID, A, B, World, human

from renkei.kit.database import connect
from renkei.wire.institution.desk import DeskDecide

HANAKO = human("90000000001")
LATE = timedelta(seconds=1)


def on_both_files(world: World, **facts: object) -> None:
    world.on_file(A, "PA", HANAKO)
    world.on_file(B, "PB", HANAKO, **facts)


async def answered_unheard(world: World) -> None:
    """B has answered; the answer is lost on its way, again and again."""
    world.deaf.add((B, "/provide"))
    await world.ask()
    await world.until(lambda: bool(world.at_provider()), "B was not reached")
    assert world.rows(A, "SELECT state FROM asked") == [("permitted",)]


@pytest.mark.parametrize("copy", [True, False], ids=["provided", "no-data"])
async def test_answered_but_not_fetched(world: World, copy: bool) -> None:
    """B keeps its outcome, A says `not-received`: the person's line shows both."""
    on_both_files(world, copy=copy)
    outcome = "provided" if copy else "no-data"
    await answered_unheard(world)
    world.cut.add((B, "/provide"))
    world.later(VALID + KEPT + LATE)
    world.publish()
    await world.nodes[B].process.work("sweep")
    assert world.rows(B, "SELECT answer FROM provided") == [(None,)]
    world.cut.clear()
    world.deaf.clear()
    assert await world.ended() == [("not-received", None)]
    assert world.at_provider() == [(outcome, None)]
    assert await world.receipts() == [(A, "not-received"), (B, outcome)]


async def test_fetched_after_the_permit_ran_out(world: World) -> None:
    """The permit's end bounds the first presentation only: the stored answer is kept a day."""
    on_both_files(world)
    await answered_unheard(world)
    world.later(VALID + KEPT - LATE)
    await world.nodes[B].process.work("sweep")
    world.deaf.clear()
    assert await world.ended() == [("provided", None)]
    assert await world.receipts() == [(A, "provided"), (B, "provided")]


async def test_never_presented_in_time(world: World) -> None:
    """A permit that reaches B too late has lapsed; B writes nothing."""
    on_both_files(world)
    world.cut.add((B, "/provide"))
    await world.ask()
    await world.until(lambda: bool(world.network.permits), "no permit")
    await world.until(lambda: world.calls[A, "/provide"] > 1, "A gave up")
    world.later(VALID)
    world.cut.clear()
    assert await world.ended() == [("lapsed", None)]
    assert world.at_provider() == []
    assert await world.receipts() == [(A, "lapsed")]


async def test_a_provider_out_of_reach(world: World) -> None:
    """A gives up when B can hold nothing any more, and says only what it knows."""
    on_both_files(world)
    world.cut.add((B, "/provide"))
    await world.ask()
    await world.until(lambda: world.calls[A, "/provide"] > 1, "A did not try")
    world.later(VALID + KEPT)
    calls = world.calls[A, "/provide"]
    await world.until(lambda: world.calls[A, "/provide"] > calls + 1, "A gave up too early")
    world.later(LATE)
    assert await world.ended() == [("not-received", None)]
    assert await world.receipts() == [(A, "not-received")]


async def test_undecided_and_the_inquirer_never_heard(world: World) -> None:
    """B waited for an officer, A heard nothing of it: still `lapsed` at both."""
    on_both_files(world, manual_reason="support-measures")
    await answered_unheard(world)
    world.later(VALID)
    await world.nodes[B].process.work("sweep")
    world.deaf.clear()
    assert await world.ended() == [("lapsed", None)]
    assert world.at_provider() == [("lapsed", None)]
    assert await world.receipts() == [(A, "lapsed"), (B, "lapsed")]


async def test_decided_but_not_fetched(world: World) -> None:
    """An officer's decision that A did not fetch: B `provided`, A `not-received`."""
    on_both_files(world, manual_reason="support-measures")
    await world.ask()
    tx = await world.waits("pending")
    world.cut.add((B, "/provide"))
    await world.desk(B, DeskDecide, requester=A, tx=tx, officer="o-1", decision="provide")
    world.later(VALID + KEPT)
    world.publish()
    await world.nodes[B].process.work("sweep")
    world.cut.clear()
    assert await world.ended() == [("not-received", None)]
    assert world.at_provider() == [("provided", None)]
    assert await world.receipts() == [(A, "not-received"), (B, "provided")]


async def test_the_inquirer_lost_what_it_confirmed(world: World) -> None:
    """A restored an old file: B says `already-received`, and A does not claim to have it."""
    on_both_files(world)
    await world.ask()
    await world.ended()
    kept = world.network.replies[A, world.network.permits[0].tx][1]
    await world.end(A)
    with connect(world.database(A)) as connection:
        connection.exec_driver_sql("DELETE FROM receipt")
        said(
            connection,
            "UPDATE asked SET state = 'permitted', outcome = NULL, content = NULL, permit = :kept",
            kept=kept,
        )
    await world.nodes.setdefault(A, world.start(A)).driver.resume()
    assert await world.ended() == [("not-received", None)]

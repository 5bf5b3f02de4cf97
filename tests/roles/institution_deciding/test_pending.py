"""A human decides at the provider: provide, nothing to, or nobody in time (自動応答不可)."""

import asyncio
import contextlib
from datetime import timedelta
from itertools import count

import pytest
from world import ORDINANCE, VALID, A, B, World, human

from renkei.kit.database import connect
from renkei.roles.institution.store import persons
from renkei.sandbox.country_file import default
from renkei.wire.errors import WireError
from renkei.wire.institution.desk import DeskDecide, DeskPendingRequest
from renkei.wire.institution.messages import Field

HANAKO = human("90000000001")


def flagged(world: World, reason: str = "support-measures") -> None:
    """One human on both files; B may not answer about her by machine."""
    world.on_file(A, "PA", HANAKO)
    world.on_file(B, "PB", HANAKO, manual_reason=reason)


async def decide(world: World, tx: str, decision: str = "provide", officer: str = "o-1") -> None:
    await world.desk(B, DeskDecide, requester=A, tx=tx, officer=officer, decision=decision)


async def test_it_is_listed_with_what_an_officer_needs(world: World) -> None:
    """The list names requester, items, person, reason and the end of the permit."""
    flagged(world)
    await world.ask()
    tx = await world.waits("pending")
    (one,) = (await world.desk(B, DeskPendingRequest)).pending
    assert (one.requester, one.tx, one.person, one.reason) == (A, tx, "PB", "support-measures")
    assert (one.affair, one.sub_affair, one.items) == ("106", "108-1", ["municipal-tax"])
    assert one.valid_until == world.network.permits[0].valid_until


async def test_nothing_of_the_boxes_is_stored(world: World) -> None:
    """What waits keeps person and items; seed, point and boxes of the permit stay outside."""
    flagged(world)
    await world.ask()
    await world.waits("pending")
    permit = world.network.permits[0]
    stored = world.bytes_of(B)
    assert permit.tx.encode() in stored
    assert permit.code.data not in stored
    assert permit.provider_seed.data not in stored
    assert world.code(B, HANAKO).epoch == 1


@pytest.mark.parametrize("decision", ["provide", "no-data"])
async def test_the_decision_reaches_the_inquirer(world: World, decision: str) -> None:
    """What the officer decided is what A gets by asking again, with one receipt per side."""
    flagged(world)
    await world.ask()
    await decide(world, await world.waits("pending"), decision)
    outcome = "provided" if decision == "provide" else "no-data"
    assert await world.ended() == [(outcome, None)]
    (exchange,) = (await world.case()).exchanges
    assert [item.item for item in exchange.provided] == (
        ["municipal-tax"] if decision == "provide" else []
    )
    assert world.rows(B, "SELECT outcome, officer, decision, person, answer FROM provided") == [
        (outcome, "o-1", decision, "PB", None)
    ]
    assert await world.receipts() == [(A, outcome), (B, outcome)]
    assert (await world.desk(B, DeskPendingRequest)).pending == []


async def test_a_copy_under_correction_waits_too(world: World) -> None:
    """A flag on one copy holds back requests for that item, and no others."""
    world.on_file(A, "PA", HANAKO)
    world.on_file(B, "PB", HANAKO)
    with connect(world.database(B)) as connection:
        persons.add_copies(
            connection,
            [
                persons.Copy(
                    person="PB",
                    item="resident-record",
                    as_of="2026-01-01",
                    fields=[Field(name="head", value=True)],
                    manual_reason="correcting",
                )
            ],
        )
    await world.ask()
    assert await world.ended() == [("provided", None)]
    assert persons_reason(world, ["municipal-tax", "resident-record"]) == "correcting"


def persons_reason(world: World, items: list[str]) -> str | None:
    with connect(world.database(B)) as connection:
        return persons.on_file(connection, "PB", items)[0]


async def test_the_same_decision_twice_is_one_another_is_refused(world: World) -> None:
    """A decision stands: repeated it is confirmed, contradicted it is a conflict."""
    flagged(world)
    await world.ask()
    tx = await world.waits("pending")
    await decide(world, tx)
    await decide(world, tx)
    with pytest.raises(WireError) as refused:
        await decide(world, tx, "no-data")
    assert refused.value.code == "tx-conflict"
    assert await world.ended() == [("provided", None)]


async def test_nobody_decides_what_does_not_wait(world: World) -> None:
    """A transaction that is unknown, or was answered by machine, cannot be decided."""
    world.on_file(A, "PA", HANAKO)
    world.on_file(B, "PB", HANAKO)
    await world.ask()
    await world.ended()
    ((tx,),) = world.rows(A, "SELECT tx FROM asked")
    for some in (tx, tx[:-1] + ("0" if tx[-1] != "0" else "1")):
        with pytest.raises(WireError) as refused:
            await decide(world, some)
        assert refused.value.code == "answer-unknown"


async def test_what_an_ordinance_affair_names_is_found_by_an_officer_too(world: World) -> None:
    """An officer gives for a kind of information what a machine would: the items it means."""
    world.filings = [*default().party("chofu-city").filings]
    world.publish()
    flagged(world)
    await world.ask(agreed=True, affair=ORDINANCE, sub_affair=ORDINANCE, items=["local-tax"])
    await decide(world, await world.waits("pending"))
    assert await world.ended() == [("provided", None)]
    (exchange,) = (await world.case()).exchanges
    assert [item.item for item in exchange.provided] == ["municipal-tax"]


@pytest.mark.parametrize("first", ["sweep", "presentation"])
async def test_undecided_it_lapses_at_both(world: World, first: str) -> None:
    """When the permit runs out nobody decides any more; both say `lapsed`, with receipts."""
    flagged(world)
    await world.ask()
    tx = await world.waits("pending")
    if first == "sweep":
        world.cut.add((B, "/provide"))
    world.later(VALID)
    if first == "sweep":
        await world.nodes[B].process.work("sweep")
        world.cut.clear()
    assert await world.ended() == [("lapsed", None)]
    assert world.at_provider() == [("lapsed", None)]
    with pytest.raises(WireError) as refused:
        await decide(world, tx)
    assert refused.value.code == "permit-expired"
    await world.nodes[B].process.work("sweep")
    assert await world.receipts() == [(A, "lapsed"), (B, "lapsed")]


async def test_nobody_decides_after_the_end_even_if_nobody_noticed_it(world: World) -> None:
    """The first to come after `valid_until` is the officer: too late, and `lapsed` at both."""
    flagged(world)
    await world.ask()
    tx = await world.waits("pending")
    world.cut.add((B, "/provide"))
    world.later(VALID)
    with pytest.raises(WireError) as refused:
        await decide(world, tx)
    assert refused.value.code == "permit-expired"
    assert world.at_provider() == [("lapsed", None)]
    world.cut.clear()
    assert await world.ended() == [("lapsed", None)]


async def test_a_decision_in_time_outlives_the_permit(world: World) -> None:
    """Decided a moment before the end, fetched after it: `provided` at both."""
    flagged(world)
    await world.ask()
    tx = await world.waits("pending")
    world.cut.add((B, "/provide"))
    world.later(VALID - timedelta(seconds=1))
    await decide(world, tx)
    world.later(timedelta(hours=23))
    await world.nodes[B].process.work("sweep")
    world.cut.clear()
    assert await world.ended() == [("provided", None)]
    assert await world.receipts() == [(A, "provided"), (B, "provided")]


async def test_a_flag_taken_away_needs_no_officer(world: World) -> None:
    """Each presentation looks at the file as it is: without the flag the machine answers."""
    flagged(world)
    await world.ask()
    await world.waits("pending")
    with connect(world.database(B)) as connection:
        connection.exec_driver_sql("UPDATE person SET manual_reason = NULL")
    assert await world.ended() == [("provided", None)]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("victim", "fewest"), [(A, 10), (B, 8)])
async def test_a_death_at_any_step_ends_in_one_decision(
    world: World, victim: str, fewest: int, after: bool
) -> None:
    """Whoever dies between request and decision, the decision is made and fetched once."""
    flagged(world)
    deaths = 0
    for step in count(1):
        number, node = f"K-{step}", world.nodes[victim]
        node.death.steps, node.death.at, node.death.after = 0, step, after
        await worked(world, number, victim)
        died = node.death.spare()  # its last step may come after the case has ended
        if died:
            await world.restart(victim)
        assert not await worked(world, number, victim)
        assert await world.ended(number) == [("provided", None)]
        if not died:
            break
        deaths += 1
    said = world.rows(B, "SELECT outcome, officer, answer, received FROM provided")
    assert said == [("provided", "o-1", None, 1)] * step
    await world.receipts()
    assert all(len(one) == 1 for one in world.network.noted.values())
    assert len(world.network.noted) == 2 * step
    assert deaths >= fewest, f"only {deaths} steps were tried: the test no longer sees them"


async def worked(world: World, number: str, victim: str) -> bool:
    """A clerk asks and an officer decides, again and again, until it ended or one died."""
    for _ in range(1_000):
        with contextlib.suppress(WireError):
            await world.ask(number=number)
        with contextlib.suppress(WireError):
            for one in (await world.desk(B, DeskPendingRequest)).pending:
                await decide(world, one.tx)
        if world.nodes[victim].death.dead:
            return True
        states = world.rows(A, "SELECT state FROM asked WHERE case_number = :number", number=number)
        if states == [("closed",)]:
            return False
        await asyncio.sleep(0.005)
    raise AssertionError(f"{number}: neither dead nor ended")

"""An exchange in which one party dies at every step in turn: it ends exactly once (途中停止)."""

import asyncio
import contextlib
from itertools import count

import pytest
from inprocess import Died, Node, World

from renkei.roles.institution.service.asking import drive
from renkei.roles.institution.store.asked import Ending, end, find
from renkei.wire.errors import WireError
from renkei.wire.institution.desk import DeskAsk, DeskCase, DeskCaseRequest
from renkei.wire.institution.desk_codes import DeskAcquire
from renkei.wire.linkage.permit import Receipt

A, B = "chofu-city", "ichikawa-city"
SETTLED_SECONDS = 10
LAST_WORD_SECONDS = 0.05
"""A record can say `closed` a moment before the party that wrote it dies of that very step."""


async def ask(world: World, number: str) -> DeskCase:
    """The desk's order; it may be given again with the same case number."""
    case: DeskCase = await world.desk(
        A,
        DeskAsk,
        case_number=number,
        office="child-support",
        officer="officer-7",
        affair="106",
        sub_affair="108-1",
        items=["municipal-tax"],
        subject="claimant",
        person=world.person("parent", A),
        provider=B,
    )
    return case


async def acquired(world: World) -> None:
    """The parent's code at both cities."""
    for city, row in ((A, "81"), (B, "24")):
        answer = await world.desk(
            city,
            DeskAcquire,
            affair=row,
            office="child-support",
            officer="officer-1",
            persons=[world.person("parent", city)],
        )
        assert [one.result for one in answer.results] == ["bound"]


async def until(condition: object, what: str) -> None:
    """Wait for a condition of this process."""
    assert callable(condition)
    deadline = asyncio.get_running_loop().time() + SETTLED_SECONDS
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, what
        await asyncio.sleep(0.005)


async def settled(world: World, number: str) -> DeskCase:
    """The case once it has ended, with A's last word to B said."""
    case: DeskCase = await world.desk(A, DeskCaseRequest, case_number=number, wait_seconds=10)
    assert case.settled, f"{number} did not settle: {case.exchanges}"
    await until(
        lambda: world.rows(A, "SELECT 1 FROM asked WHERE state <> 'closed'") == [],
        f"{number}: a request stayed open",
    )
    return case


def assert_exactly_once(world: World, number: str, where: str) -> None:
    """One record at A, at B and at the network, one log entry, one receipt per side."""
    asked = world.rows(
        A,
        "SELECT tx, state, outcome, request, permit, content FROM asked WHERE case_number = :n",
        n=number,
    )
    assert len(asked) == 1, f"{where}: {len(asked)} requests"
    tx, state, outcome, request, permit, content = asked[0]
    assert (state, outcome) == ("closed", "provided"), where
    assert (request, permit) == (None, None), f"{where}: boxes kept"
    assert content.count(b'"municipal-tax"') == 1, f"{where}: content {content!r}"
    provided = world.rows(
        B, "SELECT requester, outcome, answer, received FROM provided WHERE tx = :tx", tx=tx
    )
    assert provided == [(A, "provided", None, 1)], f"{where}: {provided}"
    permits = world.rows(
        "linkage",
        "SELECT requester FROM permit WHERE tx = :tx UNION ALL "
        "SELECT requester FROM feed JOIN leaf ON leaf.seq = feed.leaf AND kind = 1 WHERE tx = :tx",
        tx=tx,
    )
    assert permits == [(A,), (A,)], f"{where}: {permits}"
    entries = world.rows("linkage", "SELECT kind, record FROM leaf WHERE record IS NOT NULL")
    logged = [kind for kind, record in entries if tx.encode() in record]
    assert logged.count(1) == 1, f"{where}: {logged.count(1)} log entries"
    for party in (A, B):
        receipts = world.rows(party, "SELECT outcome, state FROM receipt WHERE tx = :tx", tx=tx)
        assert receipts == [("provided", "noted")], f"{where}, {party}: {receipts}"
    noted = world.rows("linkage", "SELECT sender FROM receipt WHERE tx = :tx ORDER BY 1", tx=tx)
    assert noted == [(A,), (B,)], f"{where}: {noted}"
    assert logged.count(2) == 2, f"{where}: {logged.count(2)} receipt entries"


async def send_receipts(world: World) -> None:
    """Both sides work off their outboxes, as often as that fails."""
    for party in (A, B):
        for _ in range(3):
            with contextlib.suppress(WireError):
                await world.nodes[party].works["receipts"]()


async def one_death(world: World, victim: str, step: int, *, after: bool) -> bool:
    """One exchange in which the victim dies at a step; False if it had fewer steps."""
    number = f"{victim}-{step}-{after}"
    where = f"{victim} died {'after' if after else 'before'} step {step}"
    node: Node = world.nodes[victim]
    node.death.steps, node.death.at, node.death.after = 0, step, after
    with contextlib.suppress(WireError):
        await ask(world, number)

    def over() -> bool:
        states = world.rows(A, "SELECT state FROM asked WHERE case_number = :n", n=number)
        return node.death.dead or states == [("closed",)]

    await until(over, f"{where}: neither dead nor done")
    await asyncio.sleep(LAST_WORD_SECONDS)
    died = node.death.spare()
    if died:
        await world.restart(victim)
    await ask(world, number)
    await settled(world, number)
    await send_receipts(world)
    assert_exactly_once(world, number, where)
    return died


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("victim", "fewest"), [(A, 10), (B, 5), ("linkage", 2)])
async def test_a_death_at_any_step_ends_in_exactly_one_exchange(
    world: World, victim: str, fewest: int, after: bool
) -> None:
    """Whoever dies, before or after whichever database function or call, nothing is doubled."""
    await acquired(world)
    deaths = 0
    for step in count(1):
        if not await one_death(world, victim, step, after=after):
            break
        deaths += 1
    assert deaths >= fewest, f"only {deaths} steps were tried: the test no longer sees them"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("victim", [A, B, "linkage"])
async def test_a_death_while_receipts_are_sent_leaves_one_receipt_per_side(
    world: World, victim: str, after: bool
) -> None:
    """The network notes each side's receipt once, however often a sender or it dies on the way."""
    await acquired(world)
    deaths = 0
    for step in count(1):
        number = f"R-{step}"
        await ask(world, number)
        await settled(world, number)
        node = world.nodes[victim]
        node.death.steps, node.death.at, node.death.after = 0, step, after
        with contextlib.suppress(Died):
            await send_receipts(world)
        died = node.death.spare()
        if died:
            await world.restart(victim)
        await send_receipts(world)
        assert_exactly_once(world, number, f"{victim} died at receipt step {step}, after={after}")
        if not died:
            break
        deaths += 1
    assert deaths >= 1


async def test_a_driver_that_is_stopped_is_resumed_by_the_next(world: World) -> None:
    """An orderly stop in the middle of a call is taken up by the next process like a death."""
    await acquired(world)
    for number, pause in enumerate((0, 1, 2, 5, 10)):
        node = world.nodes[A]
        await ask(world, f"S-{number}")
        for _ in range(pause):
            await asyncio.sleep(0.001)
        await node.driver.stop()
        await world.restart(A)
        await settled(world, f"S-{number}")
        await send_receipts(world)
        assert_exactly_once(world, f"S-{number}", f"stopped after {pause} ms")


async def test_however_many_are_open_all_are_resumed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restart takes up every open request, also more than are read at once."""
    await acquired(world)
    monkeypatch.setattr(drive, "RESUMED_AT_ONCE", 2)
    await world.end("linkage")
    for number in range(5):
        await ask(world, f"M-{number}")
    await world.end(A)
    world.start("linkage")
    node = world.start(A)
    assert await node.driver.resume() == 5
    for number in range(5):
        await settled(world, f"M-{number}")
    await send_receipts(world)
    for number in range(5):
        assert_exactly_once(world, f"M-{number}", "resumed with others")


async def test_an_end_is_written_once(world: World) -> None:
    """A second end of the same request changes neither its record nor its receipt."""
    await acquired(world)
    await ask(world, "E-1")
    await settled(world, "E-1")
    ((tx,),) = world.rows(A, "SELECT tx FROM asked")
    before = world.rows(A, "SELECT * FROM asked"), world.rows(A, "SELECT * FROM receipt")
    receipt = Receipt(requester=A, tx=tx, outcome="lapsed", digest=bytes(32), commitment=bytes(32))
    ending = Ending(outcome="lapsed")
    now = world.clock.now()
    database = world.nodes[A].database
    one = await database.look(lambda c: find(c, tx))
    assert await database.write(lambda c: end(c, one, ending, receipt, now)) is None
    assert (world.rows(A, "SELECT * FROM asked"), world.rows(A, "SELECT * FROM receipt")) == before

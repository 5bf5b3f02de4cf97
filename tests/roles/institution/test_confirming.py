"""That answers arrived is said once for many, and every record is closed (受領の通知)."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from inprocess import World

from renkei.kit.lanes import Lanes
from renkei.roles.institution.service.asking.confirming import APART_SECONDS, Confirmations
from renkei.roles.institution.service.asking.waiting import of_peer
from renkei.roles.institution.store import asked as store
from renkei.roles.institution.store.asked import Asked, Case
from renkei.roles.institution.store.tables import CaseFacts
from renkei.values.person_id import PersonId
from renkei.wire.errors import WireError
from renkei.wire.institution.messages import Received, ReceivedNoted

A, B, OTHER = "chofu-city", "ichikawa-city", "pension-service"
STATES = "SELECT state, count(*) FROM asked GROUP BY state"


class Provider:
    """A body that notes what it is told, or is away."""

    def __init__(self) -> None:
        self.told: list[list[str]] = []
        self.away = False
        self.called, self.hears = asyncio.Event(), asyncio.Event()
        self.hears.set()

    async def ask(self, _: Any, message: Received) -> ReceivedNoted:
        self.called.set()
        await self.hears.wait()
        self.told.append([one.tx for one in message.answers])
        if self.away:
            raise WireError("unavailable", "It is away.")
        return ReceivedNoted(sender=message.aud, aud=A, at=message.at, unknown=[])

    @contextmanager
    def silent(self) -> Iterator[None]:
        self.hears.clear()
        try:
            yield
        finally:
            self.hears.set()


def answered(world: World, number: int, provider: str = B) -> Asked:
    """A request whose answer is stored."""
    return Asked(
        tx=f"01900000-0000-7000-8000-{number:012x}",
        case_number=f"T-{number}",
        office="child-support",
        officer="officer-1",
        affair="106",
        sub_affair="108-1",
        items=["municipal-tax"],
        subject="claimant",
        person=PersonId("P1"),
        provider=provider,
        asked_at=world.party(A).now(),
        state="answered",
        answer_digest=bytes(32),
    )


@pytest.fixture
async def lines(world: World) -> tuple[Confirmations, dict[str, Provider], list[Asked]]:
    """What confirms, the bodies it calls, and ten answers of one and one of another."""
    node = world.nodes[A]
    providers = {B: Provider(), OTHER: Provider()}
    found: Any = providers.__getitem__
    lanes = Lanes(32, of_peer)
    confirming = Confirmations(world.party(A), node.database, found, lanes)
    records = [*(answered(world, n) for n in range(10)), answered(world, 10, OTHER)]
    for one in records:
        facts = CaseFacts(office=one.office, officer=one.officer, person=one.person)
        case = Case(case_number=one.case_number, facts=facts, plan=[])
        await node.database.write(lambda c, o=one, k=case: store.open_case(c, k, [o], o.asked_at))
    return confirming, providers, records


async def test_what_waits_goes_together(world: World, lines: Any) -> None:
    """The first goes at once; what comes meanwhile goes in one message; all are closed."""
    confirming, providers, records = lines
    with providers[B].silent():
        first = asyncio.create_task(confirming.confirm(records[0]))
        await providers[B].called.wait()
        tasks = [asyncio.create_task(confirming.confirm(one)) for one in records[1:]]
        await asyncio.wait_for(tasks[-1], APART_SECONDS * 20)  # another body is not held up
    await asyncio.gather(first, *tasks)
    assert [len(one) for one in providers[B].told] == [1, 9]
    assert world.rows(A, STATES) == [("closed", len(records))]


async def test_who_is_away_is_told_again(world: World, lines: Any) -> None:
    """Everybody who waited is told that it failed; nothing is closed until it is said."""
    confirming, providers, records = lines
    providers[B].away = True
    results = await asyncio.gather(
        *(confirming.confirm(one) for one in records), return_exceptions=True
    )
    assert [getattr(one, "code", None) for one in results] == ["unavailable"] * 10 + [None]
    assert sorted(world.rows(A, STATES)) == [("answered", 10), ("closed", 1)]
    providers[B].away = False
    await asyncio.gather(*(confirming.confirm(one) for one in records[:10]))
    assert world.rows(A, STATES) == [("closed", len(records))]


async def test_one_that_is_stopped_leaves_the_others(world: World, lines: Any) -> None:
    """Where the one that sends for all is stopped, the others are told to try again."""
    confirming, providers, records = lines
    with providers[B].silent():
        first = asyncio.create_task(confirming.confirm(records[0]))
        await providers[B].called.wait()
        leader, other = (asyncio.create_task(confirming.confirm(one)) for one in records[1:3])
        await asyncio.sleep(0)
        leader.cancel()
        with pytest.raises(WireError, match="nobody was told"):
            await other
    await first
    await confirming.confirm(records[2])
    assert providers[B].told == [[records[0].tx], [records[2].tx]]

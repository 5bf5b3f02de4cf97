"""A request under an ordinance affair that waits for an officer of the provider (自動応答不可)."""

import asyncio
from pathlib import Path

import pytest
from inprocess import World, world_of
from looking import said
from own_case import consented

from renkei.kit.database import connect
from renkei.wire.institution.desk import DeskAsk, DeskPendingItem, DeskPendingRequest
from renkei.wire.institution.desk_codes import DeskAcquire

A, B = "chofu-city", "ichikawa-city"
AFFAIR = "o-single-parent-medical"
LOOKS = 400


async def listed(world: World, number: int) -> list[DeskPendingItem]:
    """What waits at B's desk, once that many requests do."""
    for _ in range(LOOKS):
        waiting = (await world.desk(B, DeskPendingRequest)).pending
        if len(waiting) >= number:
            return list(waiting)
        await asyncio.sleep(0.01)
    raise AssertionError(f"fewer than {number} requests wait")


@pytest.fixture
async def world(template: Path, tmp_path: Path):
    """A country of one test's own, in which B answers nothing about the parent by machine."""
    async with world_of(template, tmp_path / "country") as world:
        person = world.person("parent", B)
        with connect(world.country.database(B)) as connection:
            said(
                connection,
                "UPDATE person SET manual_reason = 'support-measures' WHERE person = :person",
                person=person,
            )
        for city, row in ((A, "24"), (B, "24")):
            order = {"affair": row, "office": "child-support", "officer": "o-1"}
            await world.desk(city, DeskAcquire, persons=[world.person("parent", city)], **order)
        yield world


async def test_waiting_requests_of_both_kinds_are_listed(world: World) -> None:
    """An ordinance affair stands in the list with its own name beside one of the Act's table."""
    asked = {
        "office": "child-support",
        "officer": "officer-3",
        "subject": "claimant",
        "person": world.person("parent", A),
        "provider": B,
    }
    ordinance = {"affair": AFFAIR, "sub_affair": AFFAIR, "items": ["local-tax"]}
    facts = {"case_number": "O-1", **ordinance, **asked}
    await world.desk(A, DeskAsk, **await consented(world.desk, A, "2026-06-30", facts))
    table = {"affair": "106", "sub_affair": "108-1", "items": ["municipal-tax"]}
    await world.desk(A, DeskAsk, case_number="T-1", **table, **asked)
    waiting = await listed(world, 2)
    assert {(one.affair, *one.items) for one in waiting} == {
        (AFFAIR, "local-tax"),
        ("106", "municipal-tax"),
    }

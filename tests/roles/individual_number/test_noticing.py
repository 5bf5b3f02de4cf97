"""What was compared of a person stands in the person's own history at the portal."""

from typing import Any

import msgspec
import pytest
from acquiring import acquire, acquire_letter, decide, fresh_number, registered, send_acquire
from inprocess import World

from renkei.crypto import jws
from renkei.wire.history import SeenComparison

A, B = "chofu-city", "ichikawa-city"
PORTAL, J_LIS = "portal", "individual-number"


@pytest.fixture
def portal(world: World) -> dict[str, Any]:
    """The portal's services, in the world of the others."""
    return world.start(PORTAL).running.services


async def history(portal: dict[str, Any], persona: str = "parent") -> list[SeenComparison]:
    """What somebody reads of comparisons."""
    await portal["comparisons"].take()
    code = await portal["codes"].of_persona(persona)
    return list((await portal["history"].view(code)).comparisons)


def said(seen: list[SeenComparison]) -> list[tuple[str, str, int]]:
    return sorted((one.institution.id, one.verdict, one.count) for one in seen)


async def test_every_comparison_stands_in_the_persons_history(
    world: World, portal: dict[str, Any]
) -> None:
    """Agreed, doubted, decided, differing: body, office and end of each, and no number of it."""
    person = registered(world)
    held = person.attributes
    await acquire(world, A, (person.individual_number, held))
    number = await fresh_number(world, A)
    doubt = msgspec.structs.replace(held, address=f"{held.address} 調布ハイツ203")
    letter = acquire_letter(world, A, number, (person.individual_number, doubt))
    await send_acquire(world, A, letter)
    await decide(world, A, number, jws.digest_of(letter))
    wrong = msgspec.structs.replace(held, address="大阪府大阪市北区1番1号")
    await acquire(world, B, (person.individual_number, wrong))
    seen = await history(portal)
    assert said(seen) == [
        (A, "agree", 1),
        (A, "decided", 1),
        (A, "doubtful", 1),
        (B, "differ", 1),
    ]
    assert {one.office.id for one in seen} == {"residents"}
    assert await history(portal, "spouse") == [], "a comparison stands in a stranger's history"


async def test_a_guess_is_told_to_the_person_and_not_to_who_guesses(
    world: World, portal: dict[str, Any]
) -> None:
    """Without a number a guess near somebody gets the answer of nobody, and the person reads it."""
    held = registered(world).attributes
    wrong = msgspec.structs.replace(held, address="大阪府大阪市北区1番1号")
    _, answer = await acquire(world, A, (None, wrong))
    assert [one.reason for one in answer.fields] == ["not-exactly-one"]
    assert said(await history(portal)) == [(A, "differ", 1)]


async def test_many_comparisons_of_a_day_are_one_line(world: World, portal: dict[str, Any]) -> None:
    """A flood buries nothing: a line counts, and counts on after it was told."""
    person = registered(world)
    for _ in range(3):
        await acquire(world, A, (person.individual_number, person.attributes))
    assert said(await history(portal)) == [(A, "agree", 3)]
    await acquire(world, A, (person.individual_number, person.attributes))
    assert said(await history(portal)) == [(A, "agree", 4)]
    world.clock.advance(86_400)
    await acquire(world, A, (person.individual_number, person.attributes))
    assert said(await history(portal)) == [(A, "agree", 1), (A, "agree", 4)]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_portal_that_dies_half_way_loses_and_doubles_nothing(
    world: World, after: bool
) -> None:
    """Whichever step it dies at, the next one files every comparison, once."""
    person = registered(world)
    total, step = 0, 0
    node = world.start(PORTAL)
    while True:
        step += 1
        await acquire(world, A, (person.individual_number, person.attributes))
        total += 1
        node.death.steps, node.death.at, node.death.after = 0, step, after
        try:
            await node.running.services["comparisons"].take()
        except BaseException as error:
            if type(error).__name__ not in ("Died", "WireError"):
                raise
        died = node.death.dead
        node = await world.restart(PORTAL)
        assert said(await history(node.running.services)) == [(A, "agree", total)]
        if not died:
            break
    assert step > 5, f"only {step} steps were tried: the test no longer sees them"
    rows = world.rows(J_LIS, "SELECT told, count FROM notice")
    assert rows == [(total, total)]


async def test_a_number_of_the_portals_is_taken_once(world: World, portal: dict[str, Any]) -> None:
    """The same number never leads to two people."""
    person = registered(world)
    await acquire(world, A, (person.individual_number, person.attributes))
    numbers: list[str] = []
    world.intercepts.append(
        lambda sender, _receiver, path, body: numbers.append(path) if sender == PORTAL else None
    )
    await history(portal)
    assert numbers.count("/notices") == 3
    used = world.rows(J_LIS, "SELECT count(*) FROM acquisition WHERE affair = 'portal'")
    await history(portal)
    again = world.rows(J_LIS, "SELECT count(*) FROM acquisition WHERE affair = 'portal'")
    assert again[0][0] == used[0][0] + 1, "only the sign-in took a number"


def test_nothing_but_words_and_counts_is_told() -> None:
    """A line has no place for an attribute or a number."""
    assert set(SeenComparison.__struct_fields__) == {
        "institution",
        "office",
        "affair",
        "verdict",
        "count",
        "last_at",
    }

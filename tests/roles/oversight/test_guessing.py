"""Who tries out attributes is seen by the Commission, from the counts of those who compare."""

from datetime import timedelta

from overseen import World

from renkei.kit.clock import tokyo_day
from renkei.roles.oversight.rules import (
    DECIDED_DOUBTS,
    GUESSES_A_DAY,
    GUESSES_EVERYWHERE_A_DAY,
    USUAL_DOUBTS,
)
from renkei.wire.errors import WireError
from renkei.wire.individual_number.messages import ComparedFor
from renkei.wire.institution.messages import OfferedBy, Offers


def told(world: World, city: str, failed: int, requester: str = "city-a", limited: int = 0) -> None:
    """A city tells of one requester's offers of today."""
    day = tokyo_day(world.clock.now()).isoformat()
    world.cities[city].offers_of[day] = [
        OfferedBy(
            requester=requester,
            offered=failed + limited + 7,
            failed=failed,
            mismatched=0,
            limited=limited,
        )
    ]


async def test_few_that_fit_nobody_are_no_finding(world, commission) -> None:
    """People whom another body does not know are everyday."""
    told(world, "city-b", GUESSES_A_DAY - 1)
    await commission.guesses.step()
    assert await commission.found() == []


async def test_many_failed_offers_are_a_finding_with_the_letter(world, commission) -> None:
    """Failed and limited offers count together; the finding names both and holds the word."""
    told(world, "city-b", GUESSES_A_DAY - 1, limited=1)
    await commission.guesses.step()
    (found,) = await commission.found()
    assert (found.kind, found.possible) == ("guessing", ["city-a", "city-b"])
    letter = world.party.read(found.evidence[0].encode(), (Offers,), peer=None).message
    assert (letter.sender, letter.offers[0].requester) == ("city-b", "city-a")


async def test_a_flood_of_guesses_is_a_few_findings(world, commission) -> None:
    """A day of guessing is one finding for each tenfold, and buries nothing."""
    for failed in range(0, 30_000, 500):
        told(world, "city-b", failed)
        await commission.guesses.step()
    found = await commission.found()
    assert [one.subject.rsplit(" ", 3)[1] for one in found] == ["200", "2000", "20000"]


async def test_guesses_spread_over_many_bodies_are_seen(world, commission) -> None:
    """Few at each body, many in all."""
    for city in world.cities:
        told(world, city, GUESSES_EVERYWHERE_A_DAY // 2, requester="city-c")
    await commission.guesses.step()
    found = [one for one in await commission.found() if "everywhere" in one.subject]
    assert [one.possible for one in found] == [["city-a", "city-b", "city-c"]]
    assert len(found[0].evidence) == len(world.cities)


async def test_the_last_minutes_of_a_day_are_counted(world, commission) -> None:
    """Offers before midnight are asked about after it as well."""
    day = tokyo_day(world.clock.now())
    while tokyo_day(world.clock.now()) == day:
        world.clock.advance(60)
    world.clock.advance(-120)
    told(world, "city-b", GUESSES_A_DAY)
    world.clock.advance(timedelta(minutes=5).total_seconds())
    await commission.guesses.step()
    assert await commission.kinds() == ["guessing"]


async def test_a_city_that_is_away_hides_no_other(world, commission) -> None:
    """One that does not answer is asked again; the others are heard."""

    async def away(_letter: bytes) -> bytes:
        raise WireError("unavailable")

    world.cities["city-a"].offers = away
    told(world, "city-b", GUESSES_A_DAY)
    await commission.guesses.step()
    assert await commission.kinds() == ["guessing"]


async def test_guesses_and_decided_doubts_at_j_lis_are_findings(world, commission) -> None:
    """J-LIS tells of guesses and of doubts that papers decided; each is a finding of its own."""
    day = tokyo_day(world.clock.now()).isoformat()
    world.j_lis.comparisons_of[day] = [
        ComparedFor(
            institution="city-a",
            compared=900,
            guesses=GUESSES_A_DAY,
            failed=300,
            decided=10 * GUESSES_A_DAY + 900 // USUAL_DOUBTS,
            limited=0,
        ),
        ComparedFor(
            institution="city-b", compared=900, guesses=3, failed=300, decided=2, limited=0
        ),
        # A body that acquires for everybody on its file: many doubts, and no sign of anything.
        ComparedFor(
            institution="city-c", compared=2_300, guesses=0, failed=0, decided=115, limited=0
        ),
    ]
    await commission.guesses.step()
    found = {one.subject: one.possible for one in await commission.found()}
    about = ["city-a", "individual-number"]
    at = f"city-a at individual-number on {day}"
    assert found.pop(f"{at}, comparisons that failed: 20 or more") == about
    assert found.pop(f"{at}, {DECIDED_DOUBTS}: 200 or more") == about
    assert not any("city-c" in subject for subject in found)
    assert all("everywhere" in subject for subject in found)

"""A body that guesses at J-LIS learns what a coin knows, is slowed down, and is seen.

`RENKEI_GUESSES=100000` tries as often as that; the tests by default try some hundred times.
"""

import asyncio
import os
import random

import msgspec
import pytest
from acquiring import Registered, acquire_letter, fresh_number, registered, send_acquire
from coin import Seen
from inprocess import World

from renkei.kit.clock import tokyo_day
from renkei.kit.database import connect
from renkei.kit.party import Party
from renkei.roles.individual_number.service import acquisition
from renkei.roles.individual_number.store.tables import RESIDENT
from renkei.roles.linkage.store.acquisition import expire
from renkei.values.individual_number import IndividualNumber, NumberScheme
from renkei.wire.errors import WireError
from renkei.wire.individual_number.calls import COMPARISONS
from renkei.wire.individual_number.messages import ComparedFor, ComparisonsRequest, FourAttributes

A = "chofu-city"
TRIES = int(os.environ.get("RENKEI_GUESSES", "160"))
NOBODY, SOMEBODY = "nobody", "somebody"
TAGS = ("parent", "spouse")
MANY = TRIES >= 10_000
OFFICERS = 8 if MANY else 4
AT_ONCE = OFFICERS if MANY else 1
CROWD = 2_000
B = "ichikawa-city"
PAUSE = 20 * OFFICERS
"""Seconds between turns: two bodies by turns, with their officers, make less than a hundred guesses
an hour, which are free for a body; 100,000 tries end before the directory does."""


def guesses(person: Registered, turn: int) -> dict[str, FourAttributes]:
    """The same guess about somebody of the register and about nobody."""
    held = person.attributes
    part = held.address.rstrip("0123456789")
    tails = ("", "-", "の", f" {turn}", "号", "\ue000", f"{turn + 130}", " コーポ101")
    about = msgspec.structs.replace(held, address=part + tails[turn % len(tails)])
    stranger = msgspec.structs.replace(about, name="無有　誰", birth_date="1951-02-03")
    return {SOMEBODY: about, NOBODY: stranger}


async def ask(
    world: World, own: FourAttributes, officer: bytes, body: str = A
) -> tuple[object, float]:
    """What a reader can tell of J-LIS's answer, and the seconds it took."""
    number = await fresh_number(world, body)
    letter = acquire_letter(world, body, number, (None, own), officer=officer)
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        answer = await send_acquire(world, body, letter)
        said: object = (answer.verdict, repr(answer.fields))
    except WireError as error:
        said = (error.code, error.detail)
    return said, loop.time() - began


def crowd(world: World, people: list[Registered]) -> None:
    """Lay as many beside each of them as are born on one day in the whole country."""
    with connect(world.country.database("individual-number")) as connection:
        there = RESIDENT.select().where(RESIDENT.c.resident_code == "90000000000")
        if connection.execute(there).first() is not None:
            return
        for place, person in enumerate(people):
            code = RESIDENT.c.resident_code == person.resident_code
            row = dict(connection.execute(RESIDENT.select().where(code)).one()._mapping)
            rows = [
                row
                | {
                    "resident_code": f"9{place}{at:09d}",
                    "individual_number": IndividualNumber.from_body(
                        f"9{place}{at:09d}", NumberScheme.SANDBOX
                    ),
                    "name": f"他人　{at}",
                    "persona": None,
                }
                for at in range(CROWD)
            ]
            connection.execute(RESIDENT.insert(), rows)


async def guess_all(world: World, tries: int, order: random.Random) -> Seen:
    """Guess addresses of people and of nobody, in random order, as many officers at a time."""
    people = [registered(world, tag) for tag in TAGS]
    crowd(world, people)
    seen = Seen()
    for turn in range(0, tries, OFFICERS):
        kind = order.choice((SOMEBODY, NOBODY))
        own = guesses(order.choice(people), order.randrange(1_000))[kind]
        body = (A, B)[turn // OFFICERS % 2]
        officers = [bytes([turn % 251, at]) * 16 for at in range(OFFICERS)]
        for at in range(0, min(OFFICERS, tries - turn), AT_ONCE):
            now = officers[at : min(at + AT_ONCE, tries - turn)]
            asked = (ask(world, own, one, body) for one in now)
            for said, seconds in await asyncio.gather(*asked):
                seen.note(kind, said, seconds)
        world.clock.advance(PAUSE)
        if turn % 4_000 == 0:
            with connect(world.country.database("linkage")) as connection:
                expire(connection, world.clock.now())
    return seen


async def told_of(world: World) -> list[ComparedFor]:
    """What J-LIS tells the Commission of both bodies' comparisons, day by day until now."""
    commission: Party = world.party("oversight")
    now = world.clock.now()
    found = []
    for back in range(2 + int(TRIES / OFFICERS * PAUSE / 86_400)):
        day = tokyo_day(now).toordinal() - back
        request = ComparisonsRequest(
            **commission.envelope("individual-number"),
            day=type(tokyo_day(now)).fromordinal(day).isoformat(),
        )
        answer = await world.j_lis(commission).ask(COMPARISONS, request)
        found += [one for one in answer.comparisons if one.institution in (A, B)]
    return found


@pytest.mark.timeout(120 + TRIES)
async def test_guessing_at_j_lis_tells_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the register has somebody near: the words are one, and so are the times."""
    if not MANY:  # many at once take longer to look up than a shorter hold
        monkeypatch.setattr(acquisition, "HOLD_SECONDS", 0.08)
    order = random.Random(5)
    seen = await guess_all(world, TRIES, order)
    assert seen.tries == TRIES
    assert not seen.answers_differ(), seen.answers
    print({kind: f"{chance:.3g}" for kind, chance in seen.chances(NOBODY).items()})
    if seen.times_differ(NOBODY):
        again = await guess_all(world, max(TRIES, 160), order)
        assert again.times_differ(NOBODY) == [], again.chances(NOBODY)
    told = await told_of(world)
    assert sum(one.guesses + one.limited for one in told) >= TRIES


async def test_an_answer_as_soon_as_it_is_known_would_be_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the hold, people of the register are told apart from nobody by the time alone."""
    monkeypatch.setattr(acquisition, "HOLD_SECONDS", 0.0)
    monkeypatch.setattr(acquisition, "HOLD_SECONDS_EACH", 0.0)
    seen = await guess_all(world, 160, random.Random(5))
    assert seen.times_differ(NOBODY) == [SOMEBODY], seen.chances(NOBODY)


async def test_a_whole_house_is_found_by_few_only(world: World) -> None:
    """Whoever tries house after house is told no more, even of the right one, after five."""
    person = registered(world)
    part = person.attributes.address.rstrip("0123456789")
    assert part != person.attributes.address
    tried = [
        msgspec.structs.replace(person.attributes, address=f"{part}{house}")
        for house in range(900, 909)
    ]
    said = {(await ask(world, own, bytes([at]) * 32))[0] for at, own in enumerate(tried)}
    said.add((await ask(world, person.attributes, bytes(32)))[0])
    assert {one[0] for one in said} == {"differ"}, "the right house got another answer"
    world.clock.advance(2 * 86_400)
    assert (await ask(world, person.attributes, bytes(32)))[0][0] == "agree"

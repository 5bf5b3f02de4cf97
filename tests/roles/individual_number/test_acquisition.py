"""Acquisitions at J-LIS: recorded, limited, decided, filled, and silent about the register."""

import itertools

import msgspec
import pytest
from acquiring import (
    OFFICER,
    Registered,
    acquire,
    acquire_letter,
    code,
    decide,
    fresh_number,
    registered,
    send_acquire,
)
from inprocess import World

from renkei.kit.database import connect
from renkei.roles.individual_number.rules import (
    INSTITUTION_FAILURES_PER_HOUR,
    NUMBER_FAILURES_PER_DAY,
    OFFICER_FAILURES_PER_HOUR,
)
from renkei.roles.individual_number.store import ACQUISITION, RESIDENT
from renkei.roles.institution.store.tables import PERSON
from renkei.values import Purpose
from renkei.values.individual_number import IndividualNumber, NumberScheme
from renkei.wire.errors import WireError
from renkei.wire.messages.acquisition import AcquireAnswer, FieldVerdict, FourAttributes
from renkei.wire.messages.desk import DeskAcquire

A, B = "chofu-city", "ichikawa-city"
J_LIS = "individual-number"
WORDS = {
    "same",
    "different",
    "variant-character",
    "earlier-address",
    "building-differs",
    "number-or-person-unknown",
    "not-exactly-one",
}
HOUR = 3_600


def guess(count: int) -> str:
    """A well-formed number of the sandbox that nobody has."""
    return IndividualNumber.from_body(f"{count:011d}", NumberScheme.SANDBOX).reveal(
        Purpose.EXPORT_SYNTHETIC
    )


def other(attributes: FourAttributes, **changed: str) -> FourAttributes:
    """The same attributes, some changed."""
    return msgspec.structs.replace(attributes, **changed)


def doubted(attributes: FourAttributes) -> FourAttributes:
    """Attributes that J-LIS doubts: a building the register does not have."""
    return other(attributes, address=attributes.address + " 調布ハイツ203")


# -- what the answer says --------------------------------------------------------------------


def test_an_answer_has_no_place_for_an_attribute() -> None:
    """By its type an answer holds a number, a verdict, and closed words per field; no free text."""
    assert set(AcquireAnswer.__struct_fields__) == {
        "sender",
        "aud",
        "at",
        "number",
        "verdict",
        "fields",
    }
    assert set(FieldVerdict.__struct_fields__) == {"field", "verdict", "reason"}


def questions(person: Registered) -> list[tuple[str | None, FourAttributes]]:
    """Questions about one person in every mixture of right, almost right and wrong."""
    held = person.attributes
    short = held.name.replace("　", "")
    subjects = itertools.product(
        (person.individual_number, None, guess(7)),
        (held.name, short, held.name[:1], "髙橋　花子"),
        (held.address, held.address + " 調布ハイツ", held.address[:3], "大阪府大阪市1番1号"),
        (held.birth_date, "1950-01-01"),
        (held.sex, "unknown"),
    )
    return [
        (number, FourAttributes(name=name, address=address, birth_date=birth, sex=sex))  # type: ignore[arg-type]
        for number, name, address, birth, sex in subjects
    ]


async def test_whatever_is_asked_no_attribute_of_the_register_comes_back(world: World) -> None:
    """Right, almost right or wrong: the answer's bytes hold nothing of the person or of others."""
    person = registered(world)
    held = person.attributes
    secrets = [person.individual_number, person.resident_code, held.birth_date, held.address]
    secrets += [*held.name.split("　"), held.address[3:6]]
    party = world.nodes[A].party
    verdicts = set()
    numbers = [await fresh_number(world, A) for _ in questions(person)]
    for number, own in zip(numbers, questions(person), strict=True):
        letter = acquire_letter(world, A, number, own)
        answer = party.read(
            await world.j_lis(party).acquire(letter), (AcquireAnswer,), peer=J_LIS
        ).message
        verdicts.add(answer.verdict)
        assert {one.reason for one in answer.fields} <= WORDS
        said = msgspec.json.encode(answer).decode()
        repeated = [secret for secret in secrets if secret in said]
        assert repeated == [], f"{own[0] is not None}: the answer repeats an attribute"
        forget_attempts(world)
    assert verdicts == {"agree", "doubtful", "differ"}


def forget_attempts(world: World) -> None:
    """Let a test try more often than the limits allow."""
    with connect(world.country.database(J_LIS)) as connection:
        connection.execute(ACQUISITION.delete())


# -- limits and records ----------------------------------------------------------------------


async def refused_after(world: World, attempts: int, **changed: object) -> str | None:
    """Guess other people's numbers until J-LIS refuses; gives the error's code."""
    strange = other(registered(world).attributes, name="誰か")
    codes = []
    for turn in range(attempts):
        officer = changed.get("officer", bytes([turn]) * 32)
        number = changed.get("individual_number", guess(turn))
        try:
            await acquire(world, A, (number, strange), officer=officer)  # type: ignore[arg-type]
            codes.append(None)
        except WireError as error:
            codes.append(error.code)
    assert codes[:-1] == [None] * (attempts - 1), "refused before the limit"
    return codes[-1]


async def test_guessing_numbers_trips_the_officers_limit(world: World) -> None:
    """The eleventh failed comparison of one officer in an hour is refused, an hour later not."""
    limit = OFFICER_FAILURES_PER_HOUR
    assert await refused_after(world, limit + 1, officer=OFFICER) == "acquisition-limit"
    person = registered(world)
    _, answer = await acquire(world, A, (None, person.attributes), officer=bytes(32))
    assert answer.verdict == "agree", "another officer of the same body goes on working"
    world.clock.advance(HOUR + 1)
    _, answer = await acquire(world, A, (None, person.attributes), officer=OFFICER)
    assert answer.verdict == "agree"


async def test_guessing_about_one_number_trips_its_own_limit(world: World) -> None:
    """An institution's sixth failed comparison with one number in a day is refused.

    Another institution is not kept from that person: a limit must not lock anybody out.
    """
    number = registered(world).individual_number
    limit = NUMBER_FAILURES_PER_DAY
    assert await refused_after(world, limit + 1, individual_number=number) == "acquisition-limit"
    _, answer = await acquire(world, B, (number, registered(world).attributes))
    assert answer.verdict == "agree"


async def test_many_officers_together_trip_the_institutions_limit(world: World) -> None:
    """A body that spreads its guesses over many officers and numbers is stopped as a body."""
    limit = INSTITUTION_FAILURES_PER_HOUR
    assert await refused_after(world, limit + 1) == "acquisition-limit"
    _, answer = await acquire(world, B, (None, registered(world).attributes))
    assert answer.verdict == "agree", "another body goes on working"


async def test_every_attempt_is_recorded_at_both_ends(world: World) -> None:
    """Agreed, differing and refused attempts stand at the institution and at J-LIS alike."""
    person = world.person("parent", A)
    order = {"affair": "81", "office": "residents", "officer": "officer-1", "persons": [person]}
    with connect(world.country.database(A)) as connection:
        connection.execute(PERSON.update().where(PERSON.c.person == person).values(sex="unknown"))
    results = [(await world.desk(A, DeskAcquire, **order)).results[0] for _ in range(6)]
    assert [one.result for one in results] == ["differ"] * 5 + ["acquisition-limit"]
    here = world.rows(A, "SELECT number, verdict FROM acquisition WHERE person = :p", p=person)
    there = world.rows(J_LIS, "SELECT number, verdict FROM acquisition")
    assert sorted(verdict for _, verdict in here) == ["acquisition-limit", *["differ"] * 5]
    assert {number for number, _ in here} == {number for number, _ in there}
    assert sorted(verdict for _, verdict in there) == [*["differ"] * 5, "refused"]


async def test_a_body_the_use_table_does_not_name_is_refused_with_the_article(
    world: World,
) -> None:
    """A pension body may not acquire codes for child allowance, nor anybody for no affair."""
    person = registered(world)
    for institution, row in (("pension-service", "81"), (A, "134"), (A, "999")):
        with pytest.raises(WireError) as refused:
            await acquire(world, institution, (None, person.attributes), affair=row)
        assert (refused.value.code, refused.value.article) == (
            "not-allowed",
            "法第9条第1項・別表",
        ), row
        with pytest.raises(WireError) as refused:
            await world.desk(
                institution,
                DeskAcquire,
                affair=row,
                office="records",
                officer="officer-1",
                persons=[world.person("parent", institution)],
            )
        assert (refused.value.code, refused.value.article) == (
            "not-allowed",
            "法第9条第1項・別表",
        ), row
    refused_there = world.rows(J_LIS, "SELECT verdict, fill FROM acquisition")
    assert refused_there == [("refused", None)] * 3


# -- doubts ----------------------------------------------------------------------------------


async def test_a_doubt_is_filled_only_after_an_officers_decision(world: World) -> None:
    """A doubtful comparison fills nothing; the decision on that very request fills it."""
    person = registered(world)
    number = await fresh_number(world, A)
    party = world.nodes[A].party
    letter = acquire_letter(
        world, A, number, (person.individual_number, doubted(person.attributes))
    )
    answer = await send_acquire(world, A, letter)
    assert answer.verdict == "doubtful"
    with pytest.raises(WireError, match="acquisition-empty"):
        await code(world, A, number)
    digest = party.digest_of(letter)
    with pytest.raises(WireError, match="acquisition-used"):
        await decide(world, A, number, bytes(32))
    with pytest.raises(WireError, match="acquisition-unknown"):
        await decide(world, B, number, digest)
    with pytest.raises(WireError, match="acquisition-empty"):
        await code(world, A, number)
    assert (await decide(world, A, number, digest)).verdict == "agree"
    assert (await decide(world, A, number, digest)).verdict == "agree"
    first = await code(world, A, number)
    paper = world.rows(J_LIS, "SELECT paper, verdict FROM acquisition")
    assert paper == [("resident-record-copy", "agree")]
    agreed, answer = await acquire(world, A, (person.individual_number, person.attributes))
    assert answer.verdict == "agree"
    assert await code(world, A, agreed) == first, "decided or agreed, it is the same code"


async def test_a_difference_cannot_be_decided_away(world: World) -> None:
    """No officer can turn `differ` into a filling."""
    person = registered(world)
    number = await fresh_number(world, A)
    wrong = other(person.attributes, birth_date="1950-01-01")
    letter = acquire_letter(world, A, number, (person.individual_number, wrong))
    assert (await send_acquire(world, A, letter)).verdict == "differ"
    with pytest.raises(WireError, match="not-allowed"):
        await decide(world, A, number, world.nodes[A].party.digest_of(letter))
    with pytest.raises(WireError, match="acquisition-empty"):
        await code(world, A, number)


async def test_attributes_must_fit_exactly_one_person(world: World) -> None:
    """Without a number, a namesake of the same birthday makes J-LIS say `differ`."""
    person = registered(world)
    _, answer = await acquire(world, A, (None, person.attributes))
    assert answer.verdict == "agree"
    with connect(world.country.database(J_LIS)) as connection:
        row = dict(
            connection.execute(
                RESIDENT.select().where(RESIDENT.c.resident_code == person.resident_code)
            )
            .one()
            ._mapping
        )
        other = {"resident_code": "99999999999", "individual_number": guess(9), "persona": None}
        twin = row | other
        connection.execute(RESIDENT.insert().values(**twin))
    _, answer = await acquire(world, A, (None, person.attributes))
    assert [(one.field, one.reason) for one in answer.fields] == [("number", "not-exactly-one")]


# -- once, whatever dies ---------------------------------------------------------------------


async def test_the_same_request_again_gets_the_same_answer(world: World) -> None:
    """A repeated request is answered from the record; another request with its number is not."""
    person = registered(world)
    number = await fresh_number(world, A)
    letter = acquire_letter(world, A, number, (person.individual_number, person.attributes))
    first = await send_acquire(world, A, letter)
    again = await send_acquire(world, A, letter)
    assert (first.verdict, first.fields) == (again.verdict, again.fields)
    world.clock.advance(1)
    with pytest.raises(WireError, match="acquisition-used"):
        await send_acquire(world, A, acquire_letter(world, A, number, (None, person.attributes)))
    assert world.rows(J_LIS, "SELECT count(*) FROM acquisition") == [(1,)]


@pytest.mark.parametrize("lost", ["network away", "death before the call", "death after it"])
async def test_a_filling_the_network_may_not_have_is_sent_again(world: World, lost: str) -> None:
    """What J-LIS recorded and could not deliver reaches the network after its restart, once."""
    person = registered(world)
    number = await fresh_number(world, A)
    letter = acquire_letter(world, A, number, (person.individual_number, person.attributes))
    node = world.nodes[J_LIS]
    if lost == "network away":
        await world.end("linkage")
        assert (await send_acquire(world, A, letter)).verdict == "agree"
        world.start("linkage")
    else:
        node.death.steps, node.death.at, node.death.after = 0, 3, lost.endswith("after it")
        with pytest.raises(WireError, match="unavailable"):
            await send_acquire(world, A, letter)
    node = await world.restart(J_LIS)
    world.clock.advance(2 * HOUR)
    owed = world.rows(J_LIS, "SELECT 1 FROM acquisition WHERE fill IS NOT NULL")
    assert owed == [(1,)], "the filling was not recorded before it was sent"
    assert await node.works["fills"](200) == 0
    assert world.rows(J_LIS, "SELECT fill, filled FROM acquisition") == [(None, 1)]
    again = await fresh_number(world, A)
    letter = acquire_letter(world, A, again, (person.individual_number, person.attributes))
    await send_acquire(world, A, letter)
    assert await code(world, A, number) == await code(world, A, again)

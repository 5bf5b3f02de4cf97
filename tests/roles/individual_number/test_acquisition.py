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
    collected,
    decide,
    fresh_number,
    registered,
    send_acquire,
)
from inprocess import World

from renkei.crypto import jws
from renkei.kit.database import connect
from renkei.roles.individual_number.rules import (
    BODY_GUESSES,
    OFFICER_GUESSES,
    PERSON_FAILURES,
)
from renkei.roles.individual_number.service import acquisition
from renkei.roles.individual_number.store.tables import ACQUISITION, RESIDENT
from renkei.roles.institution.store.tables import PERSON
from renkei.values import Purpose
from renkei.values.individual_number import IndividualNumber, NumberScheme
from renkei.values.likeness import REASONS
from renkei.wire.errors import WireError
from renkei.wire.individual_number.messages import (
    AcquireAnswer,
    AcquireBatchAnswer,
    Compared,
    FieldVerdict,
    FourAttributes,
)
from renkei.wire.institution.desk_codes import DeskAcquire

A, B = "chofu-city", "ichikawa-city"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers that differ are not held here; `test_guessing_numbers.py` is about that."""
    monkeypatch.setattr(acquisition, "HOLD_SECONDS", 0.0)
    monkeypatch.setattr(acquisition, "HOLD_SECONDS_EACH", 0.0)


J_LIS = "individual-number"
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
    assert set(Compared.__struct_fields__) == {"number", "verdict", "fields"}
    envelope = {"sender", "aud", "at"}
    assert set(AcquireBatchAnswer.__struct_fields__) == {*envelope, "compared"}
    assert set(AcquireAnswer.__struct_fields__) == {*envelope, *Compared.__struct_fields__}
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
    verdicts = set()
    numbers = [await fresh_number(world, A) for _ in questions(person)]
    for number, own in zip(numbers, questions(person), strict=True):
        letter = acquire_letter(world, A, number, own)
        answer = await send_acquire(world, A, letter)
        verdicts.add(answer.verdict)
        assert {one.reason for one in answer.fields} <= REASONS
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
        asked = other(strange, name=f"誰か{turn}")
        try:
            await acquire(world, A, (number, asked), officer=officer)  # type: ignore[arg-type]
            codes.append(None)
        except WireError as error:
            codes.append(error.code)
    assert codes[:-1] == [None] * (attempts - 1), "refused before the limit"
    return codes[-1]


async def test_guessing_numbers_trips_the_officers_limit(world: World) -> None:
    """The eleventh failed comparison of one officer in an hour is refused, an hour later not."""
    limit = OFFICER_GUESSES.free
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
    limit = PERSON_FAILURES.free
    assert await refused_after(world, limit + 1, individual_number=number) == "acquisition-limit"
    _, answer = await acquire(world, B, (number, registered(world).attributes))
    assert answer.verdict == "agree"


async def test_many_officers_together_trip_the_institutions_limit(world: World) -> None:
    """A body that spreads its guesses over many officers is slowed down, and not shut out."""
    limit = BODY_GUESSES.free
    assert await refused_after(world, limit + 1) == "acquisition-limit"
    _, answer = await acquire(world, B, (None, registered(world).attributes))
    assert answer.verdict == "agree", "another body goes on working"
    world.clock.advance(BODY_GUESSES.longest_seconds)
    _, answer = await acquire(world, A, (None, registered(world).attributes), officer=bytes(32))
    assert answer.verdict == "agree", "and so does this one, after some seconds"


async def test_one_spelling_locks_out_nobody(world: World) -> None:
    """A body whose file writes addresses and names in its own way is not taken for a guesser."""
    with connect(world.country.database(J_LIS)) as connection:
        rows = connection.execute(
            RESIDENT.select().where(RESIDENT.c.persona.is_(None)).limit(12)
        ).all()
    assert len(rows) > OFFICER_GUESSES.free
    verdicts = set()
    for row in rows:
        held = FourAttributes(
            name=row.name, address=row.address, birth_date=row.birth_date, sex=row.sex
        )
        for own in (other(held, address="東京都調布市調布ヶ丘9-9"), other(held, name="誰か")):
            _, answer = await acquire(world, A, (row.individual_number, own))
            verdicts.add(answer.verdict)
    assert verdicts == {"differ"}
    _, answer = await acquire(world, A, (None, registered(world).attributes))
    assert answer.verdict == "agree"
    guesses = world.rows(J_LIS, "SELECT count(*) FROM acquisition WHERE guess")
    assert guesses == [(0,)]


async def test_guessing_about_one_person_without_a_number_is_limited(world: World) -> None:
    """With or without a number, in any spelling, attempts about one person count together."""
    person = registered(world)
    wrong = other(person.attributes, address="大阪府大阪市北区1番1号")
    spelt = [
        wrong,
        other(wrong, name=wrong.name.replace("　", "")),
        other(wrong, birth_date=wrong.birth_date[:8] + "XX"),
        other(wrong, address="大阪府大阪市北区2番2号"),
    ]
    for own in spelt:
        _, answer = await acquire(world, A, (None, own))
        assert answer.verdict == "differ"
    await acquire(world, A, (person.individual_number, wrong))
    with pytest.raises(WireError, match="acquisition-limit"):
        await acquire(world, A, (person.individual_number, person.attributes))
    _, answer = await acquire(world, A, (None, person.attributes))
    assert (answer.verdict, answer.fields[0].reason) == ("differ", "not-exactly-one"), (
        "without a number the limit is not said: it would tell that somebody is near"
    )
    _, answer = await acquire(world, B, (None, person.attributes))
    assert answer.verdict == "agree", "another body goes on working"


async def test_names_cannot_be_tried_out_for_an_address(world: World) -> None:
    """Who knows a birth date and an address but no name has as few attempts as about a person."""
    person = registered(world)
    for turn in range(PERSON_FAILURES.free):
        _, answer = await acquire(world, A, (None, other(person.attributes, name=f"誰か{turn}")))
        assert answer.verdict == "differ"
    _, answer = await acquire(world, A, (None, person.attributes))
    assert (answer.verdict, answer.fields[0].reason) == ("differ", "not-exactly-one")


async def test_the_same_question_again_counts_once(world: World) -> None:
    """A doubt that waits for its officers, and a file that is wrong, use nobody's tries up."""
    person = registered(world)
    for own in (doubted(person.attributes), other(person.attributes, name="誰か")):
        for _ in range(2 * PERSON_FAILURES.free):
            _, answer = await acquire(world, A, (person.individual_number, own))
            assert answer.verdict != "agree"
    _, answer = await acquire(world, A, (person.individual_number, person.attributes))
    assert answer.verdict == "agree"


async def test_a_doubt_that_was_decided_stays_counted(world: World) -> None:
    """Papers do not give tries back."""
    person = registered(world)
    for room in range(PERSON_FAILURES.free):
        number = await fresh_number(world, A)
        own = other(person.attributes, address=f"{person.attributes.address} 調布ハイツ{room}")
        letter = acquire_letter(world, A, number, (person.individual_number, own))
        assert (await send_acquire(world, A, letter)).verdict == "doubtful"
        assert (await decide(world, A, number, jws.digest_of(letter))).verdict == "agree"
    with pytest.raises(WireError, match="acquisition-limit"):
        await acquire(world, A, (person.individual_number, person.attributes))


async def test_a_doubt_needs_two_officers(world: World) -> None:
    """One officer alone, named twice, decides nothing."""
    person = registered(world)
    number = await fresh_number(world, A)
    own = doubted(person.attributes)
    letter = acquire_letter(world, A, number, (person.individual_number, own))
    assert (await send_acquire(world, A, letter)).verdict == "doubtful"
    with pytest.raises(WireError, match="not-allowed"):
        await decide(world, A, number, jws.digest_of(letter), second=OFFICER)
    assert world.rows(J_LIS, "SELECT verdict, fill FROM acquisition") == [("doubtful", None)]


async def test_one_person_at_a_limit_stops_no_batch(world: World) -> None:
    """Of many asked about together, only who was asked about too often is left out."""
    persons = [world.person(tag, A) for tag in ("parent", "spouse")]
    order = {"affair": "81", "office": "residents", "officer": "officer-1"}
    for turn in range(PERSON_FAILURES.free):
        change(world, persons[0], address=f"大阪府大阪市北区{turn}番1号")
        answer = await world.desk(A, DeskAcquire, **order, persons=persons[:1])
        assert [one.result for one in answer.results] == ["differ"]
    change(world, persons[0], address="大阪府大阪市北区77番1号")
    answer = await world.desk(A, DeskAcquire, **order, persons=persons)
    assert {one.person: one.result for one in answer.results} == {
        persons[0]: "acquisition-limit",
        persons[1]: "bound",
    }


def change(world: World, person: str, **values: str) -> None:
    """Change what A has on file of somebody."""
    with connect(world.country.database(A)) as connection:
        connection.execute(PERSON.update().where(PERSON.c.person == person).values(**values))


async def test_one_bodys_question_spends_no_other_ones_tries(world: World) -> None:
    """What is acquired on another body's account is counted for that one and for no desk."""
    strange = other(registered(world).attributes, name="誰か", birth_date="1950-01-01")
    for turn in range(OFFICER_GUESSES.free):
        await acquire(world, A, (None, other(strange, name=f"誰か{turn}")), officer=b"1" * 32)
    with pytest.raises(WireError, match="acquisition-limit"):
        await acquire(world, A, (None, other(strange, name="別人")), officer=b"1" * 32)
    _, answer = await acquire(world, A, (None, registered(world).attributes), officer=b"2" * 32)
    assert answer.verdict == "agree"


async def test_whom_nobody_is_near_is_a_guess_with_or_without_a_number(world: World) -> None:
    """Numbers nobody has, numbers of strangers and people nobody knows stop an officer."""
    person = registered(world)
    strange = other(person.attributes, name="誰か", birth_date="1950-01-01")
    for turn in range(OFFICER_GUESSES.free):
        number = [guess(turn), None, person.individual_number][turn % 3]
        own = other(strange, name=f"誰か{turn}")
        _, answer = await acquire(world, A, (number, own))
        assert answer.verdict == "differ"
    with pytest.raises(WireError, match="acquisition-limit"):
        await acquire(world, A, (None, person.attributes))


async def test_every_attempt_is_recorded_at_both_ends(world: World) -> None:
    """Agreed, differing and refused attempts stand at the institution and at J-LIS alike."""
    person = world.person("parent", A)
    order = {"affair": "81", "office": "residents", "officer": "officer-1", "persons": [person]}
    results = []
    for turn in range(6):
        change(world, person, sex="unknown", address=f"大阪府大阪市北区{turn}番1号")
        results.append((await world.desk(A, DeskAcquire, **order)).results[0])
    assert [one.result for one in results] == ["differ"] * 5 + ["acquisition-limit"]
    here = world.rows(A, "SELECT number, verdict FROM acquisition WHERE person = :p", p=person)
    there = world.rows(J_LIS, "SELECT number, verdict FROM acquisition")
    assert sorted(verdict for _, verdict in here) == [*["differ"] * 5, "limited"]
    assert {number for number, _ in here} == {number for number, _ in there}
    assert sorted(verdict for _, verdict in there) == [*["differ"] * 5, "limited"]


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
    letter = acquire_letter(
        world, A, number, (person.individual_number, doubted(person.attributes))
    )
    answer = await send_acquire(world, A, letter)
    assert answer.verdict == "doubtful"
    assert await collected(world, A, number) == []
    digest = jws.digest_of(letter)
    with pytest.raises(WireError, match="acquisition-used"):
        await decide(world, A, number, bytes(32))
    with pytest.raises(WireError, match="acquisition-unknown"):
        await decide(world, B, number, digest)
    assert await collected(world, A, number) == []
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
        await decide(world, A, number, jws.digest_of(letter))
    assert await collected(world, A, number) == []


async def test_attributes_must_fit_exactly_one_person(world: World) -> None:
    """Without a number, a namesake of the same birthday makes J-LIS say `differ`."""
    person = registered(world)
    _, answer = await acquire(world, A, (None, person.attributes))
    assert answer.verdict == "agree"
    add_like(world, person)
    _, answer = await acquire(world, A, (None, person.attributes))
    assert [(one.field, one.reason) for one in answer.fields] == [("number", "not-exactly-one")]


async def test_without_a_number_attributes_compare_as_with_one(world: World) -> None:
    """Each way of writing gets the same verdict, with a number or not, and the same doubts."""
    person = registered(world)
    held = person.attributes
    family, given = held.name.split("　")
    written = [
        held,
        other(held, name=f"{family} {given}"),
        other(held, name=family + given),
        other(held, name=f"\ue000{held.name[1:]}"),
        other(held, birth_date=held.birth_date[:8] + "XX"),
        other(held, birth_date=held.birth_date[:5] + "XX-XX"),
        other(held, address=held.address + " 調布ハイツ203"),
        other(held, address="大阪府大阪市北区1番1号"),
    ]
    verdicts = []
    for own in written:
        with_number, without = [
            (await acquire(world, A, (number, own)))[1]
            for number in (person.individual_number, None)
        ]
        assert with_number.verdict == without.verdict
        if without.verdict == "differ":  # to whom nobody fits nothing else is said
            assert [one.reason for one in without.fields] == ["not-exactly-one"]
        else:
            assert with_number.fields == without.fields
        verdicts.append(without.verdict)
        forget_attempts(world)
    assert verdicts == ["agree"] * 3 + ["doubtful"] * 4 + ["differ"]


def add_like(world: World, person: Registered, **changed: object) -> None:
    """Put another person into the register, like this one but for what is changed."""
    with connect(world.country.database(J_LIS)) as connection:
        code = RESIDENT.c.resident_code == person.resident_code
        row = dict(connection.execute(RESIDENT.select().where(code)).one()._mapping)
        another = {"resident_code": "99999999999", "individual_number": guess(9), "persona": None}
        connection.execute(RESIDENT.insert().values(**(row | another | changed)))


@pytest.mark.parametrize(
    "changed",
    [
        {"address": "大阪府大阪市北区1番1号", "earlier_addresses": ()},
        {"birth_date": "XXXX-XX-XX"},
    ],
)
async def test_a_namesake_elsewhere_is_in_nobodys_way(
    world: World, changed: dict[str, object]
) -> None:
    """Without a number, who agrees goes before a namesake that differs or is in doubt."""
    person = registered(world)
    add_like(world, person, **changed)
    number, answer = await acquire(world, A, (None, person.attributes))
    assert answer.verdict == "agree"
    known, _ = await acquire(world, A, (person.individual_number, person.attributes))
    assert await code(world, A, number) == await code(world, A, known), "it is this person's code"


async def test_a_common_name_is_found_without_a_number(world: World) -> None:
    """A foreign resident is found by the registered common name as by the registered name."""
    person = registered(world)
    with connect(world.country.database(J_LIS)) as connection:
        this = RESIDENT.c.resident_code == person.resident_code
        connection.execute(RESIDENT.update().where(this).values(common_name="山川　渚"))
    _, answer = await acquire(world, A, (None, other(person.attributes, name="山川 渚")))
    assert answer.verdict == "agree"
    assert answer.fields[0].reason == "common-name"


async def test_a_birth_date_known_in_part_is_held_and_compared(world: World) -> None:
    """Who is registered without day or month is found, in doubt, by any date that may be it."""
    person = registered(world)
    born = person.attributes.birth_date
    with connect(world.country.database(J_LIS)) as connection:
        this = RESIDENT.c.resident_code == person.resident_code
        connection.execute(RESIDENT.update().where(this).values(birth_date=born[:5] + "XX-XX"))
    for own in (born, born[:8] + "XX", born[:5] + "XX-XX"):
        _, answer = await acquire(world, A, (None, other(person.attributes, birth_date=own)))
        found = {one.field: (one.verdict, one.reason) for one in answer.fields}
        assert found["birth-date"] == ("doubtful", "partly-unknown")
        assert answer.verdict == "doubtful"


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
        node.death.steps, node.death.at, node.death.after = 0, 2, lost.endswith("after it")
        with pytest.raises(WireError, match="unavailable"):
            await send_acquire(world, A, letter)
    node = await world.restart(J_LIS)
    world.clock.advance(2 * HOUR)
    owed = world.rows(J_LIS, "SELECT 1 FROM acquisition WHERE fill IS NOT NULL")
    assert owed == [(1,)], "the filling was not recorded before it was sent"
    assert not await node.works["fills"]()
    assert world.rows(J_LIS, "SELECT fill, filled FROM acquisition") == [(None, 1)]
    again = await fresh_number(world, A)
    letter = acquire_letter(world, A, again, (person.individual_number, person.attributes))
    await send_acquire(world, A, letter)
    assert await code(world, A, number) == await code(world, A, again)

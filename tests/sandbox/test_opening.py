"""Opening a country: everybody's codes over the network, doubts decided, the register's detour."""

import secrets
from typing import Any

import pytest
from running import RunningCountry, problem_code

from renkei.sandbox.blueprint import Holder
from renkei.sandbox.country_file import default
from renkei.sandbox.desk import at_desk
from renkei.sandbox.opening import PAPER
from renkei.wire.boxes import BoxPurpose
from renkei.wire.framing import encode
from renkei.wire.individual_number.messages import (
    AcquireBatch,
    AcquireBatchAnswer,
    AcquireSubject,
    FourAttributes,
    NumberedSubject,
)
from renkei.wire.institution.messages import DomicileRequest
from renkei.wire.linkage.acquisition import (
    AcquisitionNumberRequest,
    AcquisitionNumbers,
    CollectBatch,
    CollectBatchAnswer,
)

PENSION, INSURER, JUSTICE, ACCOUNTS = (
    default().holder(one)
    for one in (Holder.PENSION, Holder.INSURER, Holder.JUSTICE, Holder.ACCOUNTS)
)
J_LIS = "individual-number"
CITY, OTHER = "chofu-city", "ichikawa-city"


async def numbers(country: RunningCountry, party: str, count: int) -> list[str]:
    """Fresh acquisition numbers of one institution."""
    me = country.party(party)
    letter = me.write(AcquisitionNumberRequest(**me.envelope("linkage"), count=count))
    answer = await country.post(party, "linkage", "/acquisition/numbers", letter)
    return list(me.read(answer.body, (AcquisitionNumbers,), peer="linkage").message.numbers)


def attributes(country: RunningCountry, serial_tag: str) -> FourAttributes:
    """The four attributes of a persona as its city has them."""
    built = country.country.manifest
    party, person = next(iter(built.persons[serial_tag].items()))
    row = country.rows(
        party, f"SELECT name, address, birth_date, sex FROM person WHERE person = '{person}'"
    )[0]
    return FourAttributes(name=row[0], address=row[1], birth_date=row[2], sex=row[3])


async def ask_j_lis(
    country: RunningCountry, sender: str, people: list[tuple[str, FourAttributes]], **facts: Any
) -> Any:
    """One batch of a sender of the test's choice, without individual numbers."""
    me = country.party(sender)
    request = AcquireBatch(
        **me.envelope(J_LIS),
        **{"affair": "81", "office": "child-support", "officer": secrets.token_bytes(32), **facts},
        people=[
            NumberedSubject(
                number=number,
                subject=me.seal(
                    J_LIS,
                    BoxPurpose.ACQUIRE,
                    number,
                    encode(AcquireSubject(individual_number=None, attributes=one)),
                ),
            )
            for number, one in people
        ],
    )
    answer = await country.post(sender, J_LIS, "/acquire/batch", me.write(request))
    if answer.status != 200:
        return problem_code(answer)
    return me.read(answer.body, (AcquireBatchAnswer,), peer=J_LIS).message.compared


def test_everybody_on_file_has_a_code_of_its_own(country: RunningCountry) -> None:
    """Every institution holds one code per person, no code twice, none at two institutions."""
    seen: set[bytes] = set()
    left = country.country.manifest.persons["variant"][PENSION.party]
    for plan in country.country.institutions():
        persons = {row[0] for row in country.rows(plan.party, "SELECT person FROM person")}
        held = country.rows(plan.party, "SELECT person, element FROM code")
        missing = persons - {person for person, _ in held}
        assert missing <= ({left} if plan.party == PENSION.party else set())
        assert len(held) >= 10
        assert not seen & {element for _, element in held}
        seen |= {element for _, element in held}


def test_the_minister_holds_neither_numbers_nor_addresses(country: RunningCountry) -> None:
    """The family register's file has a domicile and a head, no number, no foreign resident."""
    held = country.rows(JUSTICE.party, "SELECT individual_number, address FROM person")
    homes = {row[0] for row in country.rows(J_LIS, "SELECT address FROM resident")}
    assert all(number is None and address not in homes for number, address in held)
    assert JUSTICE.party not in country.country.manifest.persons["foreign"]
    assert INSURER.party in country.country.manifest.persons["parent"]
    assert ACCOUNTS.party in country.country.manifest.persons["parent"]
    entry = country.party(CITY).directory.entry(JUSTICE.party)
    assert not entry.attributes_accepted


def test_the_ministers_acquisitions_came_through_cities(country: RunningCountry) -> None:
    """J-LIS has the municipality as sender and the Minister as holder, each person sought once."""
    rows = country.rows(
        J_LIS,
        "SELECT institution, affair, sought, resident_code FROM acquisition "
        f"WHERE on_behalf_of = '{JUSTICE.party}' AND verdict <> 'refused'",
    )
    assert {row[0] for row in rows} == {CITY, OTHER, "fujisawa-city"}
    assert {row[1] for row in rows} == {"family-register"}
    assert len({row[2] for row in rows}) == len({row[3] for row in rows}) > 1
    own = f"institution = '{JUSTICE.party}' AND verdict <> 'refused'"
    direct = country.rows(J_LIS, f"SELECT 1 FROM acquisition WHERE {own}")
    assert direct == []


async def test_the_minister_cannot_ask_j_lis_itself(country: RunningCountry) -> None:
    """The Minister's own request to J-LIS is refused, however well it knows a person."""
    (number,) = await numbers(country, JUSTICE.party, 1)
    found = await ask_j_lis(
        country,
        JUSTICE.party,
        [(number, attributes(country, "child"))],
        affair="family-register",
    )
    assert found == "not-allowed"


@pytest.mark.parametrize(
    ("sender", "facts"),
    [
        (CITY, {"affair": "family-register", "on_behalf_of": PENSION.party}),
        (CITY, {"affair": "81", "on_behalf_of": JUSTICE.party}),
        (PENSION.party, {"affair": "family-register", "on_behalf_of": JUSTICE.party}),
        (CITY, {"affair": "family-register"}),
    ],
)
async def test_numbers_are_sent_on_for_the_minister_alone(
    country: RunningCountry, sender: str, facts: dict[str, Any]
) -> None:
    """Another body, another affair or another sender than a municipality is refused."""
    (number,) = await numbers(country, sender, 1)
    found = await ask_j_lis(country, sender, [(number, attributes(country, "child"))], **facts)
    assert found == "not-allowed"


async def test_a_city_cannot_collect_what_it_sent_on(country: RunningCountry) -> None:
    """A number filled for the Minister opens for the Minister alone."""
    (number,) = await numbers(country, JUSTICE.party, 1)
    compared = await ask_j_lis(
        country,
        CITY,
        [(number, attributes(country, "child"))],
        affair="family-register",
        on_behalf_of=JUSTICE.party,
    )
    assert [one.verdict for one in compared] == ["agree"]
    for party, count in ((CITY, 0), (JUSTICE.party, 1)):
        me = country.party(party)
        letter = me.write(CollectBatch(**me.envelope("linkage"), numbers=[number]))
        answer = await country.post(party, "linkage", "/acquisition/collect/batch", letter)
        read = me.read(answer.body, (CollectBatchAnswer,), peer="linkage").message
        assert len(read.collected) == count


async def test_only_the_minister_may_use_the_supplement(country: RunningCountry) -> None:
    """A pension body that asks a city for its supplement is refused."""
    me = country.party(PENSION.party)
    (number,) = await numbers(country, PENSION.party, 1)
    request = DomicileRequest(
        **me.envelope(CITY),
        affair="family-register",
        office="records",
        people=[
            NumberedSubject(
                number=number, subject=me.seal(CITY, BoxPurpose.DOMICILE, number, b"{}")
            )
        ],
    )
    answer = await country.post(PENSION.party, CITY, "/domicile", me.write(request))
    assert problem_code(answer) == "not-allowed"


async def test_two_officers_decide_a_doubt_by_a_paper(country: RunningCountry) -> None:
    """A variant character is doubtful and stays unbound until two officers name one paper."""
    built = country.country
    person = built.manifest.persons["variant"][PENSION.party]
    code = f"SELECT 1 FROM code WHERE person = '{person}'"
    verdict = f"SELECT verdict FROM acquisition WHERE person = '{person}'"
    assert country.rows(PENSION.party, code) == []
    assert country.rows(PENSION.party, verdict) == [("doubtful",)]
    order = {"affair": PENSION.use_affair, "office": "records", "officer": "officer-2"}
    async with at_desk(built, PENSION.party) as desk:
        other = built.manifest.persons["stranger"][PENSION.party]
        for officer, paper in (
            ("officer-2", PAPER),
            ("officer-2", PAPER),  # the same one twice is one
            ("officer-3", "passport"),  # another paper is another beginning
        ):
            said = order | {"officer": officer}
            answer = await desk.acquire(**said, persons=[person], paper=paper)
            assert [one.result for one in answer.results] == ["second-officer-needed"]
            assert country.rows(PENSION.party, code) == []
        await desk.acquire(**order, persons=[person], paper=PAPER)
        said = order | {"officer": "officer-3"}
        decided = await desk.acquire(**said, persons=[person, other], paper=PAPER)
        assert {one.person: one.result for one in decided.results} == {
            person: "bound",
            other: "held",
        }
    assert country.rows(PENSION.party, code) == [(1,)]
    assert country.rows(PENSION.party, verdict) == [("agree",)]


async def test_a_batch_counts_every_guess(country: RunningCountry) -> None:
    """Guessing in one batch is limited after ten, guess by guess, and every one is recorded."""
    one = attributes(country, "stranger")
    guesses = [
        FourAttributes(
            name=f"当て推量 {n}", address=one.address, birth_date="1890-01-01", sex="male"
        )
        for n in range(14)
    ]
    officer = secrets.token_bytes(32)
    drawn = await numbers(country, OTHER, len(guesses))
    people = list(zip(drawn, guesses, strict=True))
    found = await ask_j_lis(country, OTHER, people, affair="24", office="tax", officer=officer)
    assert [one.verdict for one in found] == ["differ"] * 10 + ["limited"] * 4
    counted = (
        "SELECT verdict, count(*) FROM acquisition"
        f" WHERE officer = X'{officer.hex()}' GROUP BY verdict"
    )
    assert sorted(country.rows(J_LIS, counted)) == [("differ", 10), ("limited", 4)]


async def test_a_comparison_gives_no_attribute(country: RunningCountry) -> None:
    """An answer has a verdict and reasons per field; the register's values are nowhere in it."""
    known = attributes(country, "stranger")
    (number,) = await numbers(country, OTHER, 1)
    (compared,) = await ask_j_lis(country, OTHER, [(number, known)], affair="24", office="tax")
    assert compared.verdict == "agree"
    text = encode(compared).decode()
    assert not any(
        value in text for value in (known.name, known.address, known.birth_date, known.sex)
    )

"""A city that guesses people's attributes is told one thing, and is found by who was asked."""

from typing import Any

import msgspec
from by_hand import A, B, ByHand
from lying import LyingCountry

from renkei.roles.oversight.rules import GUESSES_A_DAY
from renkei.wire.boxes import BoxPurpose
from renkei.wire.framing import encode
from renkei.wire.individual_number.messages import (
    AcquireBatch,
    AcquireBatchAnswer,
    AcquireSubject,
    Comparisons,
    FourAttributes,
    NumberedSubject,
)
from renkei.wire.institution.messages import Answer, AttributesOffer, Interim, Offers
from renkei.wire.names import INDIVIDUAL_NUMBER

TRIES = GUESSES_A_DAY + 4
OFFICERS = 8


def on_file(lying: LyingCountry, tag: str, institution: str) -> FourAttributes:
    """What a body has of a persona: what a guesser is after."""
    person = lying.country.manifest.persons[tag][institution]
    query = f"SELECT name, address, birth_date, sex FROM person WHERE person = '{person}'"
    ((name, address, birth_date, sex),) = lying.rows(institution, query)
    return FourAttributes(name=name, address=address, birth_date=birth_date, sex=sex)


def guess(held: FourAttributes, turn: int) -> FourAttributes:
    """The person, at a house that is not the right one."""
    street = held.address.rstrip("0123456789")
    return msgspec.structs.replace(held, address=f"{street}{turn + 150}")


def only_here(lying: LyingCountry) -> str:
    """A persona whom A has on file and B has not: an accomplice, whose code B cannot know."""
    persons = lying.country.manifest.persons
    return next(tag for tag, at in sorted(persons.items()) if A in at and B not in at)


async def found(lying: LyingCountry, by: str) -> dict[str, Any]:
    """The finding that rests on the word of a party."""

    def look() -> list[dict[str, Any]]:
        return [one for one in lying.findings("guessing") if by in one["possible"]]

    return (await lying.until(look, "nobody is seen to guess"))[0]


async def test_guessing_at_a_provider_is_found_within_a_minute(lying: LyingCountry) -> None:
    """Every try has the same answer; the provider's own signed counts show who tried."""
    city, tag = ByHand(lying, A), only_here(lying)
    held = on_file(lying, "stranger", B)
    said = set()
    for turn in range(TRIES):
        permit = await city.permit(city.request(tag=tag))
        offer = AttributesOffer(
            **city.party.envelope(B),
            permit=permit.raw.decode(),
            attributes=city.party.seal(
                B, BoxPurpose.ATTRIBUTES, permit.permit.tx, encode(guess(held, turn))
            ),
        )
        answer = await city.send(B, "/attributes", offer)
        assert answer.status == 200, answer.body
        letter = city.party.read(answer.body, (Answer, Interim), peer=B)
        said.add((type(letter.message), getattr(letter.message, "state", None)))
    assert said == {(Interim, "no-code")}
    finding = await found(lying, B)
    assert A in finding["possible"]
    watching = lying.party("pension-service")
    counts = watching.read_inside(finding["evidence"][0].decode(), (Offers,), aud="oversight")
    assert counts.message.sender == B
    told = [one for one in counts.message.offers if one.requester == A]
    assert sum(one.failed + one.limited for one in told) >= GUESSES_A_DAY


async def test_guessing_at_j_lis_is_found_within_a_minute(lying: LyingCountry) -> None:
    """Every try has the same answer; J-LIS's signed counts show it."""
    city, held = ByHand(lying, A), on_file(lying, "stranger", B)
    numbers = await city.numbers(TRIES)
    said = set()
    for turn, number in enumerate(numbers):
        subject = AcquireSubject(individual_number=None, attributes=guess(held, turn))
        box = city.party.seal(INDIVIDUAL_NUMBER, BoxPurpose.ACQUIRE, number, encode(subject))
        order = AcquireBatch(
            **city.party.envelope(INDIVIDUAL_NUMBER),
            affair="81",
            office="residents",
            officer=bytes([turn % OFFICERS]) * 32,
            people=[NumberedSubject(number=number, subject=box)],
        )
        answer = await city.send(INDIVIDUAL_NUMBER, "/acquire/batch", order)
        letter = city.party.read(answer.body, (AcquireBatchAnswer,), peer=INDIVIDUAL_NUMBER)
        said |= {(one.verdict, repr(one.fields)) for one in letter.message.compared}
    assert len(said - {("limited", "[]")}) == 1, said
    assert {verdict for verdict, _ in said} <= {"differ", "limited"}
    finding = await found(lying, INDIVIDUAL_NUMBER)
    assert A in finding["possible"]
    watching = lying.party("pension-service")
    counts = watching.read_inside(finding["evidence"][0].decode(), (Comparisons,), aud="oversight")
    assert counts.message.sender == INDIVIDUAL_NUMBER

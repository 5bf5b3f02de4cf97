"""Acquisitions step by step, as an institution that may deviate from its own service would."""

from dataclasses import dataclass
from typing import Any

from inprocess import World

from renkei.crypto import codes
from renkei.wire.framing import encode
from renkei.wire.messages.acquisition import (
    AcquireAnswer,
    AcquireDecision,
    AcquireRequest,
    AcquireSubject,
    AcquisitionCollect,
    AcquisitionCollected,
    AcquisitionConfirm,
    AcquisitionNumberRequest,
    AcquisitionNumbers,
    FourAttributes,
)

ROW = {"chofu-city": "81", "ichikawa-city": "24", "pension-service": "37"}
OFFICER = bytes(range(32))


@dataclass(frozen=True)
class Registered:
    """A person as J-LIS's register has it."""

    individual_number: str
    resident_code: str
    attributes: FourAttributes
    link_seed: bytes


def registered(world: World, tag: str = "parent", institution: str = "chofu-city") -> Registered:
    """The register's row of a person of the stories."""
    person = world.person(tag, institution)
    ((number,),) = world.rows(
        institution, "SELECT individual_number FROM person WHERE person = :p", p=person
    )
    ((code, name, address, birth, sex, seed),) = world.rows(
        "individual-number",
        "SELECT resident_code, name, address, birth_date, sex, link_seed FROM resident "
        "WHERE individual_number = :n",
        n=number,
    )
    attributes = FourAttributes(name=name, address=address, birth_date=birth, sex=sex)
    return Registered(number, code, attributes, seed)


async def fresh_number(world: World, institution: str) -> str:
    """An acquisition number from the network."""
    party = world.nodes[institution].party
    request = AcquisitionNumberRequest(**party.envelope("linkage"), count=1)
    raw = await world.linkage(party).acquisition_numbers(party.write(request))
    answer = party.read(raw, (AcquisitionNumbers,), peer="linkage").message
    return answer.numbers[0]


def acquire_letter(
    world: World,
    institution: str,
    number: str,
    subject: tuple[str | None, FourAttributes],
    **changed: Any,
) -> bytes:
    """A signed request to J-LIS with whatever the test wants it to say."""
    party = world.nodes[institution].party
    individual_number, attributes = subject
    plain = AcquireSubject(individual_number=individual_number, attributes=attributes)
    facts = {"affair": ROW[institution], "office": "residents", "officer": OFFICER} | changed
    return party.write(
        AcquireRequest(
            **party.envelope("individual-number"),
            number=number,
            subject=party.seal("individual-number", "acquire", number, encode(plain)),
            **facts,
        )
    )


async def send_acquire(world: World, institution: str, letter: bytes) -> AcquireAnswer:
    """Send a request to J-LIS; gives its answer or raises its problem."""
    party = world.nodes[institution].party
    raw = await world.j_lis(party).acquire(letter)
    answer: AcquireAnswer = party.read(raw, (AcquireAnswer,), peer="individual-number").message
    return answer


async def acquire(
    world: World, institution: str, subject: tuple[str | None, FourAttributes], **changed: Any
) -> tuple[str, AcquireAnswer]:
    """One comparison with a fresh number; gives number and answer."""
    number = await fresh_number(world, institution)
    letter = acquire_letter(world, institution, number, subject, **changed)
    return number, await send_acquire(world, institution, letter)


async def decide(world: World, institution: str, number: str, digest: bytes) -> AcquireAnswer:
    """An officer's decision on a doubtful comparison."""
    party = world.nodes[institution].party
    decision = AcquireDecision(
        **party.envelope("individual-number"),
        number=number,
        officer=OFFICER,
        paper="resident-record-copy",
        request_digest=digest,
    )
    raw = await world.j_lis(party).acquire_decision(party.write(decision))
    answer: AcquireAnswer = party.read(raw, (AcquireAnswer,), peer="individual-number").message
    return answer


async def collect(world: World, institution: str, number: str) -> AcquisitionCollected:
    """What the network has converted for the institution."""
    party = world.nodes[institution].party
    request = AcquisitionCollect(**party.envelope("linkage"), number=number)
    raw = await world.linkage(party).acquisition_collect(party.write(request))
    answer: AcquisitionCollected = party.read(raw, (AcquisitionCollected,), peer="linkage").message
    return answer


async def code(world: World, institution: str, number: str) -> bytes:
    """The code that a filled number leads to."""
    party = world.nodes[institution].party
    collected = await collect(world, institution, number)
    seed = party.unseal("individual-number", "acquisition-seed", number, collected.seed)
    return codes.unblind(codes.derive_blind(seed, "individual-number", number), collected.blinded)


async def confirm(world: World, institution: str, number: str) -> None:
    """The institution has bound the code."""
    party = world.nodes[institution].party
    request = AcquisitionConfirm(**party.envelope("linkage"), number=number)
    await world.linkage(party).acquisition_confirm(party.write(request))

"""Acquisitions step by step, as an institution that may deviate from its own service would."""

from dataclasses import dataclass
from typing import Any

from inprocess import World

from renkei.crypto import codes
from renkei.wire.errors import WireError
from renkei.wire.framing import encode
from renkei.wire.individual_number.calls import ACQUIRE_BATCH, ACQUIRE_DECISION
from renkei.wire.individual_number.messages import (
    AcquireAnswer,
    AcquireBatch,
    AcquireDecision,
    AcquireSubject,
    Compared,
    FourAttributes,
    NumberedSubject,
)
from renkei.wire.linkage.acquisition import (
    AcquisitionNumberRequest,
    CollectBatch,
    Collected,
    ConfirmBatch,
)
from renkei.wire.linkage.calls import ACQUISITION_NUMBERS, COLLECT_BATCH, CONFIRM_BATCH

ROW = {"chofu-city": "81", "ichikawa-city": "24", "pension-service": "37"}
OFFICER = bytes(range(32))
SECOND_OFFICER = bytes(range(32, 64))


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
    return (await world.linkage(party).ask(ACQUISITION_NUMBERS, request)).numbers[0]


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
    box = party.seal("individual-number", "acquire", number, encode(plain))
    return party.write(
        AcquireBatch(
            **party.envelope("individual-number"),
            people=[NumberedSubject(number=number, subject=box)],
            **facts,
        )
    )


async def send_acquire(world: World, institution: str, letter: bytes) -> Compared:
    """Send a request about one person to J-LIS; gives its comparison or raises its problem."""
    party = world.nodes[institution].party
    (compared,) = (await world.j_lis(party).send(ACQUIRE_BATCH, letter)).message.compared
    if compared.verdict == "limited":
        raise WireError("acquisition-limit")
    return compared


async def acquire(
    world: World, institution: str, subject: tuple[str | None, FourAttributes], **changed: Any
) -> tuple[str, Compared]:
    """One comparison with a fresh number; gives number and answer."""
    number = await fresh_number(world, institution)
    letter = acquire_letter(world, institution, number, subject, **changed)
    return number, await send_acquire(world, institution, letter)


async def decide(
    world: World, institution: str, number: str, digest: bytes, second: bytes = SECOND_OFFICER
) -> AcquireAnswer:
    """Two officers' decision on a doubtful comparison."""
    party = world.nodes[institution].party
    decision = AcquireDecision(
        **party.envelope("individual-number"),
        number=number,
        officer=OFFICER,
        second_officer=second,
        paper="resident-record-copy",
        request_digest=digest,
    )
    return await world.j_lis(party).ask(ACQUIRE_DECISION, decision)


async def collect(world: World, institution: str, number: str) -> Collected:
    """What the network has converted for the institution, which must be there."""
    (one,) = await collected(world, institution, number)
    assert one.number == number
    return one


async def collected(world: World, institution: str, number: str) -> list[Collected]:
    """What the network gives the institution for a number: one point, or none."""
    party = world.nodes[institution].party
    request = CollectBatch(**party.envelope("linkage"), numbers=[number])
    return (await world.linkage(party).ask(COLLECT_BATCH, request)).collected


async def code(world: World, institution: str, number: str) -> bytes:
    """The code that a filled number leads to."""
    party = world.nodes[institution].party
    one = await collect(world, institution, number)
    seed = party.unseal("individual-number", "acquisition-seed", number, one.seed)
    return codes.unblind(codes.derive_blind(seed, "individual-number", number), one.blinded)


async def confirm(world: World, institution: str, number: str) -> None:
    """The institution has bound the code."""
    party = world.nodes[institution].party
    request = ConfirmBatch(**party.envelope("linkage"), numbers=[number])
    await world.linkage(party).ask(CONFIRM_BATCH, request)

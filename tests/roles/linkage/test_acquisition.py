"""Acquisition numbers at the network: bound, filled once, collected by one, gone (取得番号)."""

from typing import Any

import msgspec
import pytest
from acquiring import (
    acquire,
    acquire_letter,
    code,
    collect,
    collected,
    confirm,
    fresh_number,
    registered,
    send_acquire,
)
from inprocess import World
from looking import stored_bytes

from renkei.crypto.suite import RISTRETTO255
from renkei.kit.database import connect
from renkei.roles.linkage.store.tables import ACQUISITION
from renkei.wire.boxes import BoxPurpose
from renkei.wire.errors import WireError
from renkei.wire.fields import Box
from renkei.wire.linkage.acquisition import AcquisitionFill
from renkei.wire.linkage.calls import ACQUISITION_FILL

A, B, J_LIS = "chofu-city", "ichikawa-city", "individual-number"
DAY = 86_400


def filling(world: World, sender: str, number: str, institution: str, **changed: Any) -> bytes:
    """A signed filling with a random point, as its sender might make it up."""
    party = world.nodes[sender].party
    point = RISTRETTO255.element_from_uniform(party.randomness(64))
    seed = party.seal(institution, BoxPurpose.ACQUISITION_SEED, number, party.randomness(32))
    facts = {"number": number, "institution": institution, "blinded": point, "seed": seed}
    return party.write(AcquisitionFill(**party.envelope("linkage"), **(facts | changed)))


async def fill(world: World, sender: str, letter: bytes) -> None:
    """Send a filling over the sender's own connection."""
    await world.linkage(world.nodes[sender].party).send(ACQUISITION_FILL, letter)


async def refused(work: Any) -> str:
    """The error code with which a call is refused."""
    with pytest.raises(WireError) as error:
        await work
    return error.value.code


async def test_only_j_lis_fills_a_number(world: World) -> None:
    """A filling by any institution, its own number's holder included, changes nothing."""
    number = await fresh_number(world, A)
    for sender in (A, B, "pension-service"):
        letter = filling(world, sender, number, A)
        assert await refused(fill(world, sender, letter)) == "not-allowed"
    assert await collected(world, A, number) == []
    await fill(world, J_LIS, filling(world, J_LIS, number, A))
    assert (await collect(world, A, number)).number == number


async def test_a_filling_carried_by_another_party_is_refused(world: World) -> None:
    """J-LIS's own signed filling is worth nothing in another party's hands."""
    number = await fresh_number(world, A)
    letter = filling(world, J_LIS, number, A)
    assert await refused(fill(world, B, letter)) == "sender-mismatch"
    assert await collected(world, A, number) == []


async def test_a_number_is_filled_once(world: World) -> None:
    """The same filling twice is once; another one is refused and the first stands."""
    number = await fresh_number(world, A)
    letter = filling(world, J_LIS, number, A)
    await fill(world, J_LIS, letter)
    first = await collect(world, A, number)
    await fill(world, J_LIS, letter)
    other = filling(world, J_LIS, number, A)
    assert await refused(fill(world, J_LIS, other)) == "acquisition-used"
    again = await collect(world, A, number)
    assert (again.blinded, again.seed) == (first.blinded, first.seed)


async def test_a_number_is_its_institutions_alone(world: World) -> None:
    """Another institution can neither have it filled for itself, nor collect, nor delete it."""
    number = await fresh_number(world, A)
    foreign = filling(world, J_LIS, number, B)
    assert await refused(fill(world, J_LIS, foreign)) == "acquisition-unknown"
    await fill(world, J_LIS, filling(world, J_LIS, number, A))
    assert await collected(world, B, number) == []
    await confirm(world, B, number)
    assert (await collect(world, A, number)).number == number


async def test_a_stranger_who_learns_a_number_gets_no_code_by_it(world: World) -> None:
    """B takes A's number to J-LIS first: J-LIS agrees, the network gives nobody a code."""
    person = registered(world)
    number = await fresh_number(world, A)
    subject = (person.individual_number, person.attributes)
    assert (
        await send_acquire(world, B, acquire_letter(world, B, number, subject))
    ).verdict == "agree"
    assert await collected(world, B, number) == []
    assert await collected(world, A, number) == []


async def test_a_number_lasts_24_hours(world: World) -> None:
    """A second before 24 hours it can be filled and collected, at 24 hours neither."""
    late, early = await fresh_number(world, A), await fresh_number(world, A)
    world.clock.advance(DAY - 1)
    await fill(world, J_LIS, filling(world, J_LIS, early, A))
    await collect(world, A, early)
    world.clock.advance(1)
    letter = filling(world, J_LIS, late, A)
    assert await refused(fill(world, J_LIS, letter)) == "acquisition-unknown"
    assert await collected(world, A, early) == []


async def test_a_number_of_another_code_epoch_is_refused(world: World) -> None:
    """A number issued in an epoch that is not in force leads to no code."""
    number = await fresh_number(world, A)
    await fill(world, J_LIS, filling(world, J_LIS, number, A))
    with connect(world.country.database("linkage")) as connection:
        connection.execute(ACQUISITION.update().values(epoch=2))
    assert await refused(collected(world, A, number)) == "epoch"


@pytest.mark.parametrize(
    "blinded",
    [
        pytest.param(bytes(32), id="identity"),
        pytest.param(b"\xff" * 32, id="not canonical"),
        pytest.param(bytes(31) + b"\x80", id="top bit"),
    ],
)
async def test_a_point_that_is_none_is_refused(world: World, blinded: bytes) -> None:
    """The identity and non-canonical points never reach a scalar."""
    number = await fresh_number(world, A)
    letter = filling(world, J_LIS, number, A, blinded=blinded)
    assert await refused(fill(world, J_LIS, letter)) == "malformed"
    assert await collected(world, A, number) == []


def traces(world: World, secrets: dict[str, bytes]) -> list[str]:
    """Which of these bytes are stored by the network."""
    held = stored_bytes(world.country.database("linkage"))
    return [name for name, secret in secrets.items() if secret in held]


@pytest.mark.parametrize("ending", ["confirmed", "run out"])
async def test_nothing_of_an_acquisition_is_left(world: World, ending: str) -> None:
    """After confirmation, or 24 hours, number, point and box are in no byte of file or log."""
    person = registered(world)
    number, answer = await acquire(world, A, (person.individual_number, person.attributes))
    assert answer.verdict == "agree"
    await code(world, A, number)
    ((point, box),) = world.rows(
        "linkage", "SELECT blinded, seed FROM acquisition WHERE number = :n", n=number
    )
    sealed = msgspec.json.decode(box, type=Box).data
    secrets = {
        "number": number.encode(),
        "point": point,
        "box": msgspec.json.decode(box, type=dict[str, Any])["data"].encode(),
        "box, raw": sealed,
    }
    assert traces(world, secrets), "the search finds nothing even while it is there"
    if ending == "confirmed":
        await confirm(world, A, number)
    else:
        world.clock.advance(DAY)
    await world.nodes["linkage"].works["housekeeping"]()
    assert traces(world, secrets) == []
    assert await collected(world, A, number) == []


async def test_an_open_acquisition_survives_housekeeping(world: World) -> None:
    """Deleting what is over leaves what is not: another number can still be collected."""
    first, second = await fresh_number(world, A), await fresh_number(world, A)
    for number in (first, second):
        await fill(world, J_LIS, filling(world, J_LIS, number, A))
    await confirm(world, A, first)
    await world.nodes["linkage"].works["housekeeping"]()
    assert (await collect(world, A, second)).number == second


async def test_the_codes_point_is_blinded_at_the_network(world: World) -> None:
    """What the network holds and answers is neither the code nor the person's base element."""
    person = registered(world)
    number, _ = await acquire(world, A, (person.individual_number, person.attributes))
    given = await collect(world, A, number)
    issued = await code(world, A, number)
    again, _ = await acquire(world, A, (person.individual_number, person.attributes))
    assert await code(world, A, again) == issued
    points = [point for (point,) in world.rows("linkage", "SELECT blinded FROM acquisition")]
    assert len(points) == 2
    assert len({*points, given.blinded, issued}) == 4

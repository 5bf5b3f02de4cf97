"""Changing an institution's scalar: who learns what, when it counts, when the old one goes."""

import pytest
from small_network import SmallNetwork, person

from renkei.crypto import codes
from renkei.crypto.suite import RISTRETTO255
from renkei.kit.database import connect
from renkei.kit.key_files import create_scalar
from renkei.law.periods import period
from renkei.roles.linkage.service.directory import entries_with_new_epochs, propose_entries
from renkei.roles.linkage.service.epochs import start_epoch
from renkei.values.institution_code import InstitutionCode
from renkei.values.reveal import Purpose
from renkei.wire.boxes import BoxPurpose
from renkei.wire.errors import WireError
from renkei.wire.linkage.acquisition import (
    AcquisitionFill,
    AcquisitionNumberRequest,
    CollectBatch,
)
from renkei.wire.linkage.epoch import EpochCollect, EpochConfirm, EpochDelta
from renkei.wire.linkage.permit import Permit


def start(network: SmallNetwork, institution: str) -> int:
    """The operator begins a new epoch."""
    folder = network.folder / "linkage" / "keys"
    with connect(network.where) as connection:
        return start_epoch(connection, institution, lambda name: create_scalar(folder, name))


async def collect(network: SmallNetwork, institution: str) -> tuple[int, bytes | None]:
    """Epoch and step as the institution gets them."""
    answer = await network.say(institution, EpochCollect)
    assert isinstance(answer, EpochDelta)
    if answer.delta is None:
        return answer.epoch, None
    party = network.parties[institution]
    tx = f"epoch-{answer.epoch}"
    return answer.epoch, party.unseal("linkage", BoxPurpose.EPOCH_DELTA, tx, answer.delta)


async def confirm(network: SmallNetwork, institution: str, epoch: int) -> int:
    """The institution holds its column in the epoch too."""
    answer = await network.say(institution, EpochConfirm, epoch=epoch)
    return int(answer.epoch)


async def into_force(network: SmallNetwork) -> None:
    """Operator and Commission bring confirmed epochs into force; everybody fetches the version."""
    with connect(network.where) as connection:
        entries = entries_with_new_epochs(connection)
        propose_entries(connection, network.parties["linkage"], entries)
    signed = await network.proposal()
    assert signed is not None
    await network.countersign(network.countersignature(signed))
    network.adopt_newest()
    await network.linkage.work("epochs")


def scalars(network: SmallNetwork, institution: str) -> list[str]:
    """The scalars the network has for an institution."""
    names = network.parties["linkage"].keys.names()
    return [name for name in names if name.startswith(f"scalar-{institution}-")]


async def test_a_whole_change(network: SmallNetwork) -> None:
    """City B multiplies its column by the step; exchanges fit before and after, none in between."""
    old = network.code("city-b")
    assert start(network, "city-b") == 2
    epoch, delta = await collect(network, "city-b")
    assert epoch == 2
    assert delta is not None
    moved = RISTRETTO255.multiply(delta, old.reveal(Purpose.DERIVE))
    before = await network.exchange()
    assert isinstance(before, Permit)
    assert before.provider_epoch == 1
    assert network.code("city-b") == old
    await confirm(network, "city-b", 2)
    assert network.code("city-b") == old, "confirming alone brings nothing into force"
    await into_force(network)
    assert network.code("city-b") == InstitutionCode(moved, 2)
    after = await network.exchange()
    assert isinstance(after, Permit)
    assert after.provider_epoch == 2
    party = network.parties["city-b"]
    for permit, code in ((before, old.reveal(Purpose.DERIVE)), (after, moved)):
        seed = party.unseal("city-a", "provider-seed", permit.tx, permit.provider_seed)
        x_b = party.unseal("linkage", BoxPurpose.PERMIT_CODE, permit.tx, permit.code)
        assert codes.unblind(codes.derive_blind(seed, "city-a", permit.tx), x_b) == code


async def test_requests_of_the_old_epoch(network: SmallNetwork) -> None:
    """A request of an epoch no longer in force gets `epoch`, and no entry is written."""
    late = network.request()
    start(network, "city-a")
    _, delta = await collect(network, "city-a")
    await confirm(network, "city-a", 2)
    await into_force(network)
    await network.integrate()
    with pytest.raises(WireError, match="epoch"):
        await network.ask(late)
    assert await network.integrate() == 0
    assert delta is not None
    permit = await network.exchange()
    assert isinstance(permit, Permit)
    assert permit.requester_epoch == 2


async def test_numbers_of_the_old_epoch(network: SmallNetwork) -> None:
    """An acquisition number of the old epoch gets `epoch`, although it was filled in time."""
    numbers = await network.say("city-b", AcquisitionNumberRequest, count=1)
    number = numbers.numbers[0]
    seal = network.parties["individual-number"].seal
    await network.say(
        "individual-number",
        AcquisitionFill,
        number=number,
        institution="city-b",
        blinded=person(1),
        seed=seal("city-b", "acquisition-seed", number, bytes(32)),
    )
    start(network, "city-b")
    await confirm(network, "city-b", 2)
    await into_force(network)
    with pytest.raises(WireError, match="epoch"):
        await network.say("city-b", CollectBatch, numbers=[number])


async def test_the_old_scalar_goes_last(network: SmallNetwork) -> None:
    """The old scalar is destroyed when its last permits have run out, counted from the change."""
    start(network, "city-b")
    await confirm(network, "city-b", 2)
    valid = period("permit_valid_seconds", network.clock.now().date())
    network.clock.advance(valid + 1)
    await network.linkage.work("epochs")
    assert scalars(network, "city-b") == ["scalar-city-b-1", "scalar-city-b-2"]
    await into_force(network)
    network.clock.advance(valid - 1)
    await network.linkage.work("epochs")
    assert len(scalars(network, "city-b")) == 2
    network.clock.advance(2)
    for _ in range(2):
        await network.linkage.work("epochs")
        assert scalars(network, "city-b") == ["scalar-city-b-2"]
    assert start(network, "city-b") == 3


async def test_the_step_is_handed_out_until_it_counts(network: SmallNetwork) -> None:
    """An institution that lost the step gets it again, the same; nobody else gets one."""
    assert await collect(network, "city-b") == (1, None)
    start(network, "city-b")
    first = await collect(network, "city-b")
    await confirm(network, "city-b", 2)
    assert await collect(network, "city-b") == first
    assert await collect(network, "city-a") == (1, None)
    await into_force(network)
    assert await collect(network, "city-b") == (2, None)
    assert await confirm(network, "city-b", 2) == 2, "a confirmation that was resent"


async def test_the_new_scalar_is_independent(network: SmallNetwork) -> None:
    """Two changes begun alike have different steps: the new scalar does not follow from the old."""
    start(network, "city-a")
    start(network, "city-b")
    steps = {(await collect(network, city))[1] for city in ("city-a", "city-b")}
    assert len(steps) == 2


async def test_one_change_at_a_time(network: SmallNetwork) -> None:
    """Neither a second change, nor one of the portal's scalar or of a stranger's, is begun."""
    start(network, "city-b")
    for name, code in (("city-b", "epoch"), ("portal", "not-allowed"), ("city-c", "unknown")):
        with pytest.raises(WireError, match=code):
            start(network, name)
    for epoch in (1, 2):
        await confirm(network, "city-b", epoch)
    with pytest.raises(WireError, match="epoch"):
        await confirm(network, "city-b", 3)
    with pytest.raises(WireError, match="epoch"):
        await confirm(network, "city-a", 2)


async def test_death_between_scalar_and_row(network: SmallNetwork) -> None:
    """A scalar that was made by a process that died before it wrote is taken by the next."""
    folder = network.folder / "linkage" / "keys"
    create_scalar(folder, "scalar-city-b-2")

    def make(name: str) -> None:
        if not (folder / f"{name}.scalar").exists():
            create_scalar(folder, name)

    with connect(network.where) as connection:
        assert start_epoch(connection, "city-b", make) == 2
    assert (await collect(network, "city-b"))[0] == 2

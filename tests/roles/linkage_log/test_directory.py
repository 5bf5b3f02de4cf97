"""Directory versions: proposed by the network, countersigned by the Commission, then published."""

from datetime import timedelta

import msgspec
import pytest
from small_network import SmallNetwork

from renkei.kit.database import connect
from renkei.roles.linkage.service.directory import entries_in_force, propose, propose_entries
from renkei.wire import framing
from renkei.wire.errors import WireError
from renkei.wire.linkage.acquisition import AcquisitionNumberRequest, CollectBatch
from renkei.wire.linkage.directory import DirectoryCountersigned, DirectoryVersion


def suspended(network: SmallNetwork) -> int:
    """The operator proposes a version in which City B is suspended; gives its number."""
    with connect(network.where) as connection:
        entries = [
            msgspec.structs.replace(entry, suspended=entry.party == "city-b")
            for entry in entries_in_force(connection)
        ]
        return propose_entries(connection, network.parties["linkage"], entries)


async def test_from_proposal_to_publication(network: SmallNetwork) -> None:
    """A proposed version is in force only once countersigned; it is then an entry of the log."""
    await network.integrate()
    assert await network.proposal() is None
    assert suspended(network) == 2
    signed = await network.proposal()
    assert signed is not None
    assert network.parties["linkage"].directory.version == 1
    assert await network.countersign(network.countersignature(signed)) == 2
    assert network.woken
    assert network.parties["linkage"].directory.entry("city-b").suspended
    assert await network.proposal() is None
    assert await network.integrate() == 1
    bundle = await network.public.file("tile/entries/000.p/2")
    assert bundle is not None
    assert bundle.body[35 + 2] == 3
    assert (await network.exchange()).reason == "suspended"  # type: ignore[union-attr]


async def test_a_suspended_body_acquires_nothing(network: SmallNetwork) -> None:
    """Who is suspended gets no acquisition number, and no point for one drawn before."""
    drawn = await network.say("city-b", AcquisitionNumberRequest, count=1)
    suspended(network)
    signed = await network.proposal()
    assert signed is not None
    await network.countersign(network.countersignature(signed))
    with pytest.raises(WireError, match="not-allowed"):
        await network.say("city-b", AcquisitionNumberRequest, count=1)
    with pytest.raises(WireError, match="not-allowed"):
        await network.say("city-b", CollectBatch, numbers=drawn.numbers)
    await network.say("city-a", AcquisitionNumberRequest, count=1)


async def test_the_same_countersignature_twice(network: SmallNetwork) -> None:
    """Handing in again, with the same or a fresh signature, publishes nothing a second time."""
    suspended(network)
    signed = await network.proposal()
    assert signed is not None
    for _ in range(2):
        assert await network.countersign(network.countersignature(signed)) == 2
    assert await network.integrate() == 2


async def test_false_countersignatures(network: SmallNetwork) -> None:
    """No other party countersigns, and no version that was not proposed is published."""
    suspended(network)
    signed = await network.proposal()
    assert signed is not None
    linkage = network.parties["linkage"]
    other = msgspec.structs.replace(
        framing.parse(signed.encode(), (DirectoryVersion,))[1],
        at=network.clock.now() + timedelta(seconds=1),
    )
    unproposed = linkage.write(msgspec.structs.replace(other, version=9)).decode()
    for countersignature, code in (
        (network.countersignature(signed, "city-a"), "signature"),
        (network.countersignature(linkage.write(other).decode()), "signature"),
        (network.countersignature(unproposed), "stale"),
    ):
        with pytest.raises(WireError, match=code):
            await network.countersign(countersignature)
    assert network.parties["linkage"].directory.version == 1


async def test_numbers_are_used_once(network: SmallNetwork) -> None:
    """A second proposal takes the next number; the Commission is shown the highest."""
    assert (suspended(network), suspended(network)) == (2, 3)
    signed = await network.proposal()
    assert signed is not None
    with connect(network.where) as connection, pytest.raises(WireError, match="stale"):
        propose(connection, signed, network.roots)
    assert await network.countersign(network.countersignature(signed)) == 3
    assert await network.proposal() is None


async def test_only_the_network_proposes(network: SmallNetwork) -> None:
    """A version signed by another key than the network's directory key is not proposed."""
    suspended(network)
    signed = await network.proposal()
    assert signed is not None
    version = framing.parse(signed.encode(), (DirectoryVersion,))[1]
    keys = network.parties["linkage"].keys
    forged = framing.write(
        msgspec.structs.replace(version, version=5),
        "linkage:directory:1",
        lambda data: keys.sign("permit", data),
    )
    with connect(network.where) as connection, pytest.raises(WireError, match="signature"):
        propose(connection, forged.decode(), network.roots)


async def test_unconfirmed_epochs_are_not_proposed(network: SmallNetwork) -> None:
    """No version may name a code epoch that its institution has not confirmed."""
    entries = [
        msgspec.structs.replace(entry, epoch=2 if entry.party == "city-b" else 1)
        for entry in network.entries()
    ]
    with connect(network.where) as connection, pytest.raises(WireError, match="epoch"):
        propose_entries(connection, network.parties["linkage"], entries)
    assert await network.proposal() is None


async def test_an_expired_proposal(network: SmallNetwork) -> None:
    """A version that ran out while it waited is not published any more."""
    suspended(network)
    signed = await network.proposal()
    assert signed is not None
    countersignature = network.countersignature(signed)
    linkage, now = network.parties["linkage"], network.clock.now()
    letter = linkage.read(
        network.parties["oversight"].write(
            DirectoryCountersigned(
                **network.parties["oversight"].envelope("linkage"),
                countersignature=countersignature,
            )
        ),
        (DirectoryCountersigned,),
        peer="oversight",
    )
    network.clock.set(now + timedelta(days=31))
    with pytest.raises(WireError, match="directory-expired"):
        await network.linkage.services["directory"].countersigned(letter)

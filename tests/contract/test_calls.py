"""What the network, J-LIS and the portal answer besides exchanges, over every kind of wire."""

from typing import Any

import pytest
from inprocess import World

from renkei.clients.portal import PortalClient
from renkei.crypto.suite import RISTRETTO255
from renkei.kit.party import Party
from renkei.wire.errors import WireError
from renkei.wire.fields import Message
from renkei.wire.messages import acquisition as a
from renkei.wire.messages import batches as b
from renkei.wire.messages import epoch as e
from renkei.wire.messages import log as g
from renkei.wire.messages import oversight as o
from renkei.wire.messages.directory import DirectoryAnswer, DirectoryRequest

A, B, J_LIS = "chofu-city", "ichikawa-city", "individual-number"


async def raises(work: Any, code: str) -> None:
    """A client raises a signed error with this code."""
    with pytest.raises(WireError) as caught:
        await work
    assert (caught.value.code, caught.value.signed) == (code, True)


def to_network(party: Party, kind: type[Message], **facts: Any) -> bytes:
    """A signed message to the network."""
    return party.write(kind(**party.envelope("linkage"), **facts))


def point(number: int) -> bytes:
    """A group element that is nobody's."""
    return RISTRETTO255.element_from_uniform(bytes([number]) * 64)


# -- numbers and fillings ------------------------------------------------------------------------


async def fresh_number(country: World, party: Party) -> str:
    """An acquisition number of the network's."""
    raw = to_network(party, a.AcquisitionNumberRequest, count=1)
    answer = await country.linkage(party).acquisition_numbers(raw)
    return party.read(answer, (a.AcquisitionNumbers,), peer="linkage").message.numbers[0]


def filling(j_lis: Party, number: str, blinded: bytes, institution: str = A) -> bytes:
    """J-LIS's filling of a number, with a box for the institution."""
    seed = j_lis.seal(institution, "acquisition-seed", number, bytes(32))
    facts = {"number": number, "institution": institution, "blinded": blinded, "seed": seed}
    return to_network(j_lis, a.AcquisitionFill, **facts)


async def test_a_number_is_filled_once(country: World) -> None:
    """The same filling again is confirmed; another is `acquisition-used`; none is `unknown`."""
    city, j_lis = country.party(A), country.party(J_LIS)
    network = country.linkage(j_lis)
    number = await fresh_number(country, city)
    for _ in range(2):
        await network.acquisition_fill(filling(j_lis, number, point(1)))
    await raises(network.acquisition_fill(filling(j_lis, number, point(2))), "acquisition-used")
    for wrong in (filling(j_lis, "A" * 22, point(1)), filling(j_lis, number, point(1), B)):
        await raises(network.acquisition_fill(wrong), "acquisition-unknown")
    await raises(network.acquisition_fill(filling(j_lis, number, b"\xff" * 32)), "malformed")


async def test_only_its_owner_collects_a_number(country: World) -> None:
    """Empty until filled, then the same point as often as asked, then gone; never another's."""
    city, other, j_lis = country.party(A), country.party(B), country.party(J_LIS)
    network = country.linkage(city)
    number = await fresh_number(country, city)
    collect = to_network(city, a.AcquisitionCollect, number=number)
    await raises(network.acquisition_collect(collect), "acquisition-empty")
    await country.linkage(j_lis).acquisition_fill(filling(j_lis, number, point(3)))
    points = {
        city.read(
            await network.acquisition_collect(collect), (a.AcquisitionCollected,), peer="linkage"
        ).message.blinded
        for _ in range(2)
    }
    assert len(points) == 1
    assert points != {point(3)}
    stolen = to_network(other, a.AcquisitionCollect, number=number)
    await raises(country.linkage(other).acquisition_collect(stolen), "acquisition-unknown")
    theirs = to_network(other, a.AcquisitionConfirm, number=number)
    await country.linkage(other).acquisition_confirm(theirs)
    await network.acquisition_collect(collect)
    confirm = to_network(city, a.AcquisitionConfirm, number=number)
    for _ in range(2):
        await network.acquisition_confirm(confirm)
    await raises(network.acquisition_collect(collect), "acquisition-unknown")


async def test_batches_skip_what_is_not_there(country: World) -> None:
    """Of several numbers those are filled, collected and confirmed that can be; again the same."""
    city, j_lis = country.party(A), country.party(J_LIS)
    network, numbers = country.linkage(city), []
    for _ in range(3):
        numbers.append(await fresh_number(country, city))
    fillings = [
        b.Filling(
            number=number,
            institution=A,
            blinded=point(at),
            seed=j_lis.seal(A, "acquisition-seed", number, bytes(32)),
        )
        for at, number in enumerate([*numbers[:2], "B" * 22], 5)
    ]
    batch = to_network(j_lis, b.FillBatch, fillings=fillings)
    for _ in range(2):
        raw = await country.linkage(j_lis).acquisition_fill_batch(batch)
        noted = j_lis.read(raw, (b.FillBatchNoted,), peer="linkage").message
        assert set(noted.filled) == set(numbers[:2])
    collect = to_network(city, b.CollectBatch, numbers=numbers)
    for _ in range(2):
        raw = await network.acquisition_collect_batch(collect)
        answer = city.read(raw, (b.CollectBatchAnswer,), peer="linkage").message
        assert {one.number for one in answer.collected} == set(numbers[:2])
    confirm = to_network(city, b.ConfirmBatch, numbers=numbers)
    for _ in range(2):
        await network.acquisition_confirm_batch(confirm)
    raw = await network.acquisition_collect_batch(collect)
    assert city.read(raw, (b.CollectBatchAnswer,), peer="linkage").message.collected == []


async def test_numbers_end_after_a_day(country: World) -> None:
    """A number that was not filled in time is `acquisition-unknown`, to J-LIS and its owner."""
    city, j_lis = country.party(A), country.party(J_LIS)
    number = await fresh_number(country, city)
    country.clock.advance(24 * 3_600 + 1)  # type: ignore[attr-defined]
    late = filling(j_lis, number, point(4))
    await raises(country.linkage(j_lis).acquisition_fill(late), "acquisition-unknown")
    collect = to_network(city, a.AcquisitionCollect, number=number)
    await raises(country.linkage(city).acquisition_collect(collect), "acquisition-unknown")


# -- epochs, directory ---------------------------------------------------------------------------


async def test_no_change_waits(country: World) -> None:
    """Without a change the epoch in force is given without a step; no other is confirmed."""
    city = country.party(A)
    network = country.linkage(city)
    raw = await network.epoch_collect(to_network(city, e.EpochCollect))
    offer = city.read(raw, (e.EpochDelta,), peer="linkage").message
    assert (offer.epoch, offer.delta) == (1, None)
    await network.epoch_confirm(to_network(city, e.EpochConfirm, epoch=1))
    await raises(network.epoch_confirm(to_network(city, e.EpochConfirm, epoch=2)), "epoch")


async def test_the_directory_is_given_to_whoever_has_an_old_one(country: World) -> None:
    """Whatever version somebody has, the newest comes back, the same bytes each time."""
    versions = set()
    for name in (A, J_LIS, "portal", "oversight"):
        party = country.party(name)
        raw = await country.linkage(party).directory(
            to_network(party, DirectoryRequest, have_version=0)
        )
        versions.add(party.read(raw, (DirectoryAnswer,), peer="linkage").message.version)
    assert len(versions) == 1


# -- the feed and the log ------------------------------------------------------------------------


async def test_the_feed_repeats_itself(country: World) -> None:
    """The same question has the same lines; what was never handed out cannot be acknowledged."""
    await country.nodes["linkage"].works["sequencer"](1_024)
    portal = country.party("portal")
    network = country.linkage(portal)
    request = to_network(portal, g.FeedRequest, after=0, limit=200)
    first, second = [
        portal.read(await network.feed(request), (g.Feed,), peer="linkage").message
        for _ in range(2)
    ]
    assert (first.lines, first.log_size) == (second.lines, second.log_size)
    beyond = to_network(portal, g.FeedAcknowledge, through=first.log_size + 1)
    await raises(network.feed_acknowledge(beyond), "malformed")
    again = to_network(portal, g.FeedAcknowledge, through=0)
    for _ in range(2):
        await network.feed_acknowledge(again)


async def test_the_logs_files_are_there_or_not(country: World) -> None:
    """A checkpoint and its tiles are served as they are; what is not in the log is named so."""
    network = country.linkage(country.party(A))
    note = await network.public_file("checkpoint")
    assert note == await network.public_file("checkpoint")
    assert note.startswith(b"renkei.test/log\n")
    for path in ("tile/0/x123/456", "tile/entries/999", "nothing", "../linkage/keys"):
        with pytest.raises(WireError) as caught:
            await network.public_file(path)
        assert caught.value.code in ("answer-unknown", "unavailable")


async def test_hashes_are_located_and_records_shown(country: World) -> None:
    """An unknown hash stands nowhere, an unknown leaf has no record; both are no errors."""
    commission = country.party("oversight")
    network = country.linkage(commission)
    raw = await network.locate(to_network(commission, o.LocateRequest, entry_hashes=[bytes(32)]))
    located = commission.read(raw, (o.Locations,), peer="linkage").message.located
    assert [(one.entry_hash, one.leaf) for one in located] == [(bytes(32), None)]
    raw = await network.records(to_network(commission, o.RecordsRequest, leaves=[10**6]))
    assert commission.read(raw, (o.Records,), peer="linkage").message.records == []


async def test_only_heads_of_the_log_are_cosigned(country: World) -> None:
    """A size never signed is `answer-unknown`; a line that is no cosignature is `signature`."""
    commission = country.party("oversight")
    network = country.linkage(commission)
    (size, root), *_ = country.rows("linkage", "SELECT size, root FROM checkpoint")
    facts: dict[str, Any] = {"root": root, "line": "— renkei.test/witness AAAA"}
    unknown = to_network(commission, g.Cosignature, log_size=10**6, **facts)
    await raises(network.cosignature(unknown), "answer-unknown")
    wrong = to_network(commission, g.Cosignature, log_size=size, **facts)
    await raises(network.cosignature(wrong), "signature")


# -- the portal ----------------------------------------------------------------------------------


def to_portal(party: Party, kind: type[Message], **facts: Any) -> bytes:
    """A signed message to the portal."""
    return party.write(kind(**party.envelope("portal"), **facts))


async def test_the_ledger_at_a_size(country: World) -> None:
    """The same size has the same root and accounts; a leaf that is no line is `answer-unknown`."""
    commission = country.party("oversight")
    portal = PortalClient(country.caller(commission, "portal"))
    request = to_portal(commission, o.LedgerRequest, at_most=10**6)
    one, two = [
        commission.read(await portal.ledger(request), (o.Ledger,), peer="portal").message
        for _ in range(2)
    ]
    assert (one.log_size, one.root) == (two.log_size, two.root)
    nobody = to_portal(
        commission, o.AccountsRequest, log_size=one.log_size, places=[bytes(32)], more=0
    )
    raw = await portal.accounts(nobody)
    (state,) = commission.read(raw, (o.Accounts,), peer="portal").message.accounts
    assert (state.place, state.count) == (bytes(32), 0)
    opening = to_portal(commission, o.OpeningRequest, log_size=one.log_size, leaves=[10**6])
    await raises(portal.openings(opening), "answer-unknown")
    findings = to_portal(commission, o.FindingsRequest, after=0, limit=10)
    raw = await portal.findings(findings)
    assert commission.read(raw, (o.Findings,), peer="portal").message.findings == []


async def test_entries_are_read_in_pages(country: World) -> None:
    """An institution's records come in order, the same page again, and none after the last."""
    commission = country.party("oversight")
    city = country.provider(commission, A)
    pages = []
    for after in (0, 0, 10**6):
        facts = {**commission.envelope(A), "after": after, "limit": 5}
        raw = await city.entries(commission.write(o.EntriesRequest(**facts)))
        pages.append(commission.read(raw, (o.Entries,), peer=A).message.entries)
    assert pages[0] == pages[1]
    assert pages[2] == []

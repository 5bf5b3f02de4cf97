"""What the network, J-LIS and the portal answer besides exchanges, over every kind of wire."""

from typing import Any

import pytest
from inprocess import World

from renkei.crypto import sum_tree
from renkei.crypto.suite import RISTRETTO255
from renkei.kit.party import Party
from renkei.wire.boxes import BoxPurpose
from renkei.wire.errors import WireError
from renkei.wire.fields import Message
from renkei.wire.history import decode_path
from renkei.wire.institution import messages as inst
from renkei.wire.institution.calls import ENTRIES
from renkei.wire.linkage import acquisition as a
from renkei.wire.linkage import epoch as e
from renkei.wire.linkage import log as g
from renkei.wire.linkage.calls import (
    ACQUISITION_FILL,
    ACQUISITION_NUMBERS,
    COLLECT_BATCH,
    CONFIRM_BATCH,
    COSIGNATURE,
    DIRECTORY,
    EPOCH_COLLECT,
    EPOCH_CONFIRM,
    FEED,
    FEED_ACKNOWLEDGE,
    FILL_BATCH,
    LOCATE,
    LOG_FILES,
    RECORDS,
)
from renkei.wire.linkage.directory import DirectoryRequest
from renkei.wire.portal import messages as po
from renkei.wire.portal.calls import ACCOUNTS, FINDINGS, LEDGER, OPENINGS

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
    return (await country.linkage(party).send(ACQUISITION_NUMBERS, raw)).message.numbers[0]


def filling(j_lis: Party, number: str, blinded: bytes, institution: str = A) -> bytes:
    """J-LIS's filling of a number, with a box for the institution."""
    seed = j_lis.seal(institution, BoxPurpose.ACQUISITION_SEED, number, bytes(32))
    facts = {"number": number, "institution": institution, "blinded": blinded, "seed": seed}
    return to_network(j_lis, a.AcquisitionFill, **facts)


async def test_a_number_is_filled_once(country: World) -> None:
    """The same filling again is confirmed; another is `acquisition-used`; none is `unknown`."""
    city, j_lis = country.party(A), country.party(J_LIS)
    network = country.linkage(j_lis)
    number = await fresh_number(country, city)
    for _ in range(2):
        await network.send(ACQUISITION_FILL, filling(j_lis, number, point(1)))
    await raises(
        network.send(ACQUISITION_FILL, filling(j_lis, number, point(2))), "acquisition-used"
    )
    for wrong in (filling(j_lis, "A" * 22, point(1)), filling(j_lis, number, point(1), B)):
        await raises(network.send(ACQUISITION_FILL, wrong), "acquisition-unknown")
    await raises(network.send(ACQUISITION_FILL, filling(j_lis, number, b"\xff" * 32)), "malformed")


async def collected(country: World, party: Party, number: str) -> list[bytes]:
    """The converted points a party is given for a number: one, or none."""
    letter = to_network(party, a.CollectBatch, numbers=[number])
    answer = await country.linkage(party).send(COLLECT_BATCH, letter)
    return [one.blinded for one in answer.message.collected]


async def test_only_its_owner_collects_a_number(country: World) -> None:
    """Empty until filled, then the same point as often as asked, then gone; never another's."""
    city, other, j_lis = country.party(A), country.party(B), country.party(J_LIS)
    network = country.linkage(city)
    number = await fresh_number(country, city)
    assert await collected(country, city, number) == []
    await country.linkage(j_lis).send(ACQUISITION_FILL, filling(j_lis, number, point(3)))
    points = [one for _ in range(2) for one in await collected(country, city, number)]
    assert len(points) == 2
    assert points[0] == points[1] != point(3)
    assert await collected(country, other, number) == []
    theirs = to_network(other, a.ConfirmBatch, numbers=[number])
    await country.linkage(other).send(CONFIRM_BATCH, theirs)
    assert await collected(country, city, number) == points[:1]
    confirm = to_network(city, a.ConfirmBatch, numbers=[number])
    for _ in range(2):
        await network.send(CONFIRM_BATCH, confirm)
    assert await collected(country, city, number) == []


async def test_batches_skip_what_is_not_there(country: World) -> None:
    """Of several numbers those are filled, collected and confirmed that can be; again the same."""
    city, j_lis = country.party(A), country.party(J_LIS)
    network, numbers = country.linkage(city), []
    for _ in range(3):
        numbers.append(await fresh_number(country, city))
    fillings = [
        a.Filling(
            number=number,
            institution=A,
            blinded=point(at),
            seed=j_lis.seal(A, BoxPurpose.ACQUISITION_SEED, number, bytes(32)),
        )
        for at, number in enumerate([*numbers[:2], "B" * 22], 5)
    ]
    batch = to_network(j_lis, a.FillBatch, fillings=fillings)
    for _ in range(2):
        noted = (await country.linkage(j_lis).send(FILL_BATCH, batch)).message
        assert set(noted.filled) == set(numbers[:2])
    collect = to_network(city, a.CollectBatch, numbers=numbers)
    for _ in range(2):
        answer = (await network.send(COLLECT_BATCH, collect)).message
        assert {one.number for one in answer.collected} == set(numbers[:2])
    confirm = to_network(city, a.ConfirmBatch, numbers=numbers)
    for _ in range(2):
        await network.send(CONFIRM_BATCH, confirm)
    assert (await network.send(COLLECT_BATCH, collect)).message.collected == []


async def test_numbers_end_after_a_day(country: World) -> None:
    """A number that was not filled in time is `acquisition-unknown`, to J-LIS and its owner."""
    city, j_lis = country.party(A), country.party(J_LIS)
    number = await fresh_number(country, city)
    country.clock.advance(24 * 3_600 + 1)  # type: ignore[attr-defined]
    late = filling(j_lis, number, point(4))
    await raises(country.linkage(j_lis).send(ACQUISITION_FILL, late), "acquisition-unknown")
    assert await collected(country, city, number) == []


# -- epochs, directory ---------------------------------------------------------------------------


async def test_no_change_waits(country: World) -> None:
    """Without a change the epoch in force is given without a step; no other is confirmed."""
    city = country.party(A)
    network = country.linkage(city)
    offer = (await network.send(EPOCH_COLLECT, to_network(city, e.EpochCollect))).message
    assert (offer.epoch, offer.delta) == (1, None)
    await network.send(EPOCH_CONFIRM, to_network(city, e.EpochConfirm, epoch=1))
    await raises(network.send(EPOCH_CONFIRM, to_network(city, e.EpochConfirm, epoch=2)), "epoch")


async def test_the_directory_is_given_to_whoever_has_an_old_one(country: World) -> None:
    """Whatever version somebody has, the newest comes back, the same bytes each time."""
    versions = set()
    for name in (A, J_LIS, "portal", "oversight"):
        party = country.party(name)
        request = to_network(party, DirectoryRequest, have_version=0)
        versions.add((await country.linkage(party).send(DIRECTORY, request)).message.version)
    assert len(versions) == 1


# -- the feed and the log ------------------------------------------------------------------------


async def test_the_feed_repeats_itself(country: World) -> None:
    """The same question has the same lines; what was never handed out cannot be acknowledged."""
    await country.nodes["linkage"].works["sequencer"]()
    portal = country.party("portal")
    network = country.linkage(portal)
    request = to_network(portal, g.FeedRequest, after=0, limit=200)
    first, second = [(await network.send(FEED, request)).message for _ in range(2)]
    assert (first.lines, first.log_size) == (second.lines, second.log_size)
    beyond = to_network(portal, g.FeedAcknowledge, through=first.log_size + 1, statement=None)
    await raises(network.send(FEED_ACKNOWLEDGE, beyond), "malformed")
    again = to_network(portal, g.FeedAcknowledge, through=0, statement=None)
    for _ in range(2):
        await network.send(FEED_ACKNOWLEDGE, again)


async def test_the_logs_files_are_there_or_not(country: World) -> None:
    """A checkpoint and its tiles are served as they are; what is not in the log is named so."""
    network = country.linkage(country.party(A))
    note = await network.file(LOG_FILES, "checkpoint")
    assert note == await network.file(LOG_FILES, "checkpoint")
    assert note.startswith(b"renkei.test/log\n")
    for path in ("tile/0/x123/456", "tile/entries/999", "nothing", "../linkage/keys"):
        with pytest.raises(WireError) as caught:
            await network.file(LOG_FILES, path)
        assert caught.value.code in ("answer-unknown", "unavailable")


async def test_hashes_are_located_and_records_shown(country: World) -> None:
    """An unknown hash stands nowhere, an unknown leaf has no record; both are no errors."""
    commission = country.party("oversight")
    network = country.linkage(commission)
    nowhere = to_network(commission, g.LocateRequest, entry_hashes=[bytes(32)])
    located = (await network.send(LOCATE, nowhere)).message.located
    assert [(one.entry_hash, one.leaf) for one in located] == [(bytes(32), None)]
    unknown = to_network(commission, g.RecordsRequest, leaves=[10**6])
    assert (await network.send(RECORDS, unknown)).message.records == []


async def test_only_heads_of_the_log_are_cosigned(country: World) -> None:
    """A size never signed is `answer-unknown`; a line that is no cosignature is `signature`."""
    commission = country.party("oversight")
    network = country.linkage(commission)
    (size, root), *_ = country.rows("linkage", "SELECT size, root FROM checkpoint")
    facts: dict[str, Any] = {"root": root, "line": "— renkei.test/witness AAAA"}
    unknown = to_network(commission, g.Cosignature, log_size=10**6, **facts)
    await raises(network.send(COSIGNATURE, unknown), "answer-unknown")
    wrong = to_network(commission, g.Cosignature, log_size=size, **facts)
    await raises(network.send(COSIGNATURE, wrong), "signature")


# -- the portal ----------------------------------------------------------------------------------


def to_portal(party: Party, kind: type[Message], **facts: Any) -> bytes:
    """A signed message to the portal."""
    return party.write(kind(**party.envelope("portal"), **facts))


async def test_the_ledger_at_a_size(country: World) -> None:
    """The same size has the same root and accounts; a leaf that is no line is `answer-unknown`."""
    commission = country.party("oversight")
    portal = country.peer(commission, "portal")
    request = to_portal(commission, po.LedgerRequest, at_most=10**6)
    one, two = [(await portal.send(LEDGER, request)).message for _ in range(2)]
    assert (one.log_size, one.root) == (two.log_size, two.root)
    known = [po.KnownPlace(place=bytes(32), count=0)]
    nobody = to_portal(commission, po.AccountsRequest, log_size=one.log_size, places=known, more=0)
    (state,) = (await portal.send(ACCOUNTS, nobody)).message.accounts
    root = sum_tree.Sum(one.root, one.exchange_entries)
    assert sum_tree.verify(root, bytes(32), decode_path(state.path)) is None
    assert (state.place, state.growth) == (bytes(32), [])
    opening = to_portal(commission, po.OpeningRequest, log_size=one.log_size, leaves=[10**6])
    await raises(portal.send(OPENINGS, opening), "answer-unknown")
    findings = to_portal(commission, po.FindingsRequest, after=0, limit=10)
    assert (await portal.send(FINDINGS, findings)).message.findings == []


async def test_entries_are_read_in_pages(country: World) -> None:
    """An institution's records come in order, the same page again, and none after the last."""
    commission = country.party("oversight")
    city = country.peer(commission, A)
    pages = []
    for after in (0, 0, 10**6):
        facts = {**commission.envelope(A), "after": after, "limit": 5}
        pages.append((await city.ask(ENTRIES, inst.EntriesRequest(**facts))).entries)
    assert pages[0] == pages[1]
    assert pages[2] == []

"""Old records are read again, coming from the log: what was changed or deleted since is found."""

import hashlib

import msgspec
import pytest

from renkei.roles.oversight.service.rereading import SETTLED_SECONDS
from renkei.wire.institution.messages import Entries, EntriesOf


async def settle(world, commission) -> None:
    """Collect and compare, and let records become old."""
    for _ in range(8):
        world.clock.advance(2)
        await commission.see()
        await commission.check_records()
    world.clock.advance(SETTLED_SECONDS)
    assert await commission.found() == []


def edit(world, city: str, tx: str, **changes) -> None:
    """An insider changes a row in place: the list has it under the number it had."""
    held = world.cities[city].entries_held
    at = next(place for place, one in enumerate(held) if one.tx == tx)
    held[at] = msgspec.structs.replace(held[at], **changes)


def delete(world, city: str, tx: str) -> None:
    """An insider deletes a row."""
    world.cities[city].entries_held = [
        one for one in world.cities[city].entries_held if one.tx != tx
    ]


async def test_honest_old_records_stay_without_finding(world, commission) -> None:
    """However often it goes round, what nobody touched is no finding."""
    for person in ("hanako", "taro", "jiro"):
        world.exchange(person)
    world.exchange("saburo", outcomes=("refused", None), allowed=False)
    await settle(world, commission)
    for _ in range(5):
        await commission.rereader.step(3)
    assert await commission.found() == []


@pytest.mark.parametrize("city", ["city-a", "city-b"])
async def test_an_edited_record_is_found_with_both_letters(world, commission, city) -> None:
    """A row changed after it was compared names its body, by what it signed then and now."""
    for person in ("hanako", "taro", "jiro"):
        one = world.exchange(person)
    await settle(world, commission)
    edit(world, city, one.tx, record_digest=hashlib.sha256(b"edited").digest())
    for _ in range(2):
        await commission.rereader.step(2)
    (found,) = await commission.found()
    assert (found.kind, found.possible) == ("record-changed", [city])
    then = world.party.read_inside(found.evidence[0], (Entries,), aud="oversight").message
    now = world.party.read_inside(found.evidence[1], (EntriesOf,), aud="oversight").message
    digests = [
        next(each.record_digest for each in said.entries if each.tx == one.tx)
        for said in (then, now)
    ]
    assert then.sender == now.sender == city
    assert digests[0] != digests[1]


@pytest.mark.parametrize("cities", [("city-a",), ("city-b",), ("city-a", "city-b")])
async def test_a_deleted_record_is_found(world, commission, cities) -> None:
    """Deleted at one body or at both: the log still has the exchange, and each is named."""
    one = world.exchange("hanako")
    world.exchange("taro")
    await settle(world, commission)
    for city in cities:
        delete(world, city, one.tx)
    await commission.rereader.step(10)
    found = await commission.found()
    assert sorted((each.kind, *each.possible) for each in found) == [
        ("record-vanished", city) for city in cities
    ]
    assert all(len(each.evidence) == 2 for each in found)


async def test_a_record_deleted_before_anybody_read_it_is_found(world, commission) -> None:
    """Coming from the log: an exchange that neither side ever showed is asked about too."""
    one = world.exchange("hanako")
    for city in ("city-a", "city-b"):
        delete(world, city, one.tx)
    await settle(world, commission)
    await commission.rereader.step(10)
    (found,) = await commission.found()
    assert (found.kind, found.possible) == ("record-vanished", ["city-a", "linkage"])


@pytest.mark.parametrize("lie", ["deleted", "edited"])
async def test_a_record_gone_from_the_network_is_found(world, commission, lie) -> None:
    """The network shows no record, or one that is not what the log holds: it is named."""
    one = world.exchange("hanako")
    world.exchange("taro")
    await settle(world, commission)
    shown = world.log.shown.pop(one.leaf)
    if lie == "edited":
        other = shown.record.replace(b"municipal-tax", b"income-of-her")
        world.log.shown[one.leaf] = msgspec.structs.replace(shown, record=other)
    await commission.rereader.step(10)
    (found,) = await commission.found()
    assert (found.kind, found.possible) == ("record-vanished", ["linkage"])


async def test_a_body_that_is_away_is_asked_again(world, commission) -> None:
    """Nobody is accused of a record because of a line that is down; the next round has it."""
    one = world.exchange("hanako")
    await settle(world, commission)
    delete(world, "city-b", one.tx)
    world.cities["city-b"].away = True
    await commission.rereader.step(10)
    assert await commission.found() == []
    world.cities["city-b"].away = False
    await commission.rereader.step(10)
    assert await commission.kinds() == ["record-vanished"]


async def test_records_of_the_older_form_get_their_digests(world, commission) -> None:
    """What was read before bodies showed digests is taken as it is, and held to that from then."""
    one = world.exchange("hanako", portal_box=None)
    whole = {}
    for city, double in world.cities.items():
        whole[city] = double.entries_held[0].record_digest
        edit(world, city, one.tx, terms_digest=None, request_digest=None, record_digest=None)
    await settle(world, commission)
    for city, digest in whole.items():
        edit(world, city, one.tx, record_digest=digest)
    await commission.rereader.step(10)
    assert await commission.found() == []
    edit(world, "city-a", one.tx, record_digest=hashlib.sha256(b"edited").digest())
    await commission.rereader.step(10)
    (found,) = await commission.found()
    assert (found.kind, found.possible) == ("record-changed", ["city-a"])

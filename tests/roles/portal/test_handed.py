"""What the network hands over is compared with its log before a ledger's root is given out."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from portal_network import SmallNetwork
from portal_running import RunningPortal

from renkei.crypto import tiles
from renkei.crypto.tiles import TILE_WIDTH
from renkei.roles.portal.service.handed import LATE_SECONDS
from renkei.wire.errors import WireError
from renkei.wire.linkage.log import Feed, FeedLine

Lines = list[FeedLine]


def other_salt(lines: Lines) -> Lines:
    return [msgspec.structs.replace(lines[0], salt=bytes(32)), *lines[1:]]


def kept_back(lines: Lines) -> Lines:
    return lines[1:]


def one_more(lines: Lines) -> Lines:
    """A line under a leaf at which the log has something that is nobody's."""
    last = lines[-1]
    return [*lines, msgspec.structs.replace(last, seq=last.seq + 1, leaf=last.leaf + 1)]


def as_a_receipt(lines: Lines) -> Lines:
    return [msgspec.structs.replace(lines[0], kind="receipt"), *lines[1:]]


def lie(
    network: SmallNetwork, change: Callable[[Lines], Lines], log_size: int | None = None
) -> None:
    """The network says otherwise what it hands over, and signs it."""
    honest, party = network.feed, network.parties["linkage"]

    async def lying(letter: bytes) -> bytes:
        said = network.parties["portal"].read(await honest(letter), (Feed,), peer="linkage").message
        size = said.log_size if log_size is None else log_size
        lines = change(said.lines) if len(said.lines) > 1 else said.lines
        return party.write(msgspec.structs.replace(said, lines=lines, log_size=size))

    network.feed = lying  # type: ignore[method-assign]


@pytest.mark.parametrize("change", [other_salt, kept_back, one_more, as_a_receipt])
async def test_a_feed_that_is_not_the_log_gets_no_root(
    portal: RunningPortal, network: SmallNetwork, change: Callable[[Lines], Lines]
) -> None:
    """No ledger of it is given out, so that nobody can hold its sum against the portal."""
    base, _ = await portal.person()
    for _ in range(3):
        network.exchange(base)
    network.directory_entry()
    lie(network, change)
    network.witness()
    await portal.catch_up()
    for _ in range(2):
        with pytest.raises(WireError, match="handed over something else") as found:
            await portal.ledger.publish()
        assert found.value.peer == "linkage"
    assert network.roots == {}


async def test_every_part_of_the_log_is_compared_once(
    portal: RunningPortal, network: SmallNetwork, tmp_path: Path
) -> None:
    """Over full bundles, entries that are nobody's, and a restart: each bundle is read once."""
    base, _ = await portal.person()
    network.directory_entry()
    for _ in range(TILE_WIDTH):
        network.receipt("city-a", network.exchange(base))
    network.directory_entry()
    await portal.state()
    read = [call for call in network.calls if call.startswith("tile/entries")]
    assert read == [one.path for one in tiles.new_bundles(0, 2 * TILE_WIDTH + 2)]
    again = await portal.restart(tmp_path)
    network.calls.clear()
    network.exchange(base)
    await again.state()
    read = [call for call in network.calls if call.startswith("tile/entries")]
    assert read == [tiles.Bundle(2, 4).path], "only what came since the last root"
    again.database.close()


async def test_false_entries_do_not_pass_for_the_log(
    portal: RunningPortal, network: SmallNetwork
) -> None:
    """A network that shows entries to fit its feed is caught by the root that was cosigned."""
    base, _ = await portal.person()
    for _ in range(3):
        network.exchange(base)
    lie(network, other_salt)
    network.witness()
    await portal.catch_up()
    network.entries[0].salt = bytes(32)
    with pytest.raises(WireError, match="not those of the tree"):
        await portal.ledger.publish()


async def test_what_is_cosigned_and_not_handed_over_is_an_alarm(
    portal: RunningPortal, network: SmallNetwork
) -> None:
    """After a minute in which nothing more came; it ends when the rest comes."""
    base, _ = await portal.person()
    for _ in range(3):
        network.exchange(base)
    honest = network.feed
    lie(network, lambda lines: lines[:1], log_size=1)
    network.witness()
    await portal.filing.file(200)
    await portal.ledger.publish()
    assert portal.ledger.alarms() == []
    network.clock.advance(LATE_SECONDS)
    await portal.ledger.publish()
    (alarm,) = portal.ledger.alarms()
    assert (alarm.kind, alarm.task, alarm.peer) == ("late", "feed", "linkage")
    assert alarm.count == 2
    network.feed = honest  # type: ignore[method-assign]
    await portal.catch_up()
    await portal.ledger.publish()
    assert portal.ledger.alarms() == []
    assert network.roots

"""Somebody is asked about without end: it is found, every page is reached, the proof has parts."""

import asyncio
import random
from pathlib import Path

import msgspec
import pytest
from portal_network import LongNetwork
from portal_running import RunningPortal
from spoiling import failing

from renkei.crypto.account_tree import PART_LINES
from renkei.roles.portal.rules import FLOOD_LINES, FLOOD_WITHIN
from renkei.wire.comparing import verify_all
from renkei.wire.errors import WireError
from renkei.wire.history import HistoryFile, read_file, write_file
from renkei.wire.portal import messages as po

LINES = PART_LINES + 60


class Flooded:
    """Two parts of one download, the first part of an older one, and where they are from."""

    def __init__(self, portal: RunningPortal, code: bytes, files: list[HistoryFile]) -> None:
        self.portal, self.code = portal, code
        self.older, self.first, self.second = files
        self.anchors = portal.network.anchors


@pytest.fixture(scope="module")
def flooded(tmp_path_factory: pytest.TempPathFactory) -> Flooded:
    """A person with some more lines than one part holds, downloaded on two days."""
    folder: Path = tmp_path_factory.mktemp("flooded")

    async def make() -> Flooded:
        network = LongNetwork(folder)
        portal = RunningPortal.open(folder, network)
        base, code = await portal.person()
        for _ in range(LINES - 50):
            network.exchange(base, allowed=False)
        await portal.state()
        older = await portal.file(code)
        network.clock.advance(24 * 3600)
        for _ in range(50):
            network.exchange(base, allowed=False)
        size = await portal.state()
        first = await portal.file(code)
        # The ledger goes on between two parts; the second is made as of the first all the same.
        network.exchange(base)
        await portal.state()
        second = await portal.file(code, 2, size)
        return Flooded(portal, code, [older, first, second])

    return asyncio.run(make())


def test_all_parts_together_are_the_whole_account(flooded: Flooded) -> None:
    """Each part verifies, both say that nothing is missing, in either order and from disk."""
    for pair in ((flooded.first, flooded.second), (flooded.second, flooded.first)):
        report = verify_all((read_file(write_file(one)) for one in pair), flooded.anchors)
        assert failing(report) == []
        assert report.witnessed
        assert (report.lines, report.total) == (LINES, LINES)
        assert [one.holds for one in report.checks if one.name == "parts"] == [True]


def test_a_part_alone_says_what_it_does_not_know(flooded: Flooded) -> None:
    """One part verifies by itself, and which parts are not here is said."""
    report = verify_all([flooded.second], flooded.anchors)
    assert report.verified
    assert (report.lines, report.total) == (60, LINES)
    (parts,) = [one for one in report.checks if one.name == "parts"]
    assert parts.holds is None
    assert "part 1 of 2" in parts.why


def test_a_part_cannot_be_passed_off_as_another(flooded: Flooded) -> None:
    """Renumbered, cut, or with a total that hides the rest, a part does not hold."""
    replace = msgspec.structs.replace
    second = flooded.second
    for spoilt in (
        replace(second, part=1),
        replace(second, lines=second.lines[:-1]),
        replace(second, total=60),
        replace(flooded.first, total=PART_LINES),
        replace(second, part_proof=[bytes(32)]),
    ):
        assert "ledger" in failing(verify_all([spoilt], flooded.anchors))


def test_a_line_changed_in_one_part_is_named(flooded: Flooded) -> None:
    """One altered record among thousands is named by its number and its part."""
    draw = random.Random(7)
    at = draw.randrange(PART_LINES)
    lines = list(flooded.first.lines)
    lines[at] = msgspec.structs.replace(lines[at], salt=bytes(32))
    spoilt = msgspec.structs.replace(flooded.first, lines=lines)
    names = failing(verify_all([spoilt, flooded.second], flooded.anchors))
    size = flooded.first.log_size
    assert f"log {size} part 1 lines-in-log: line {at + 1}" in names


def test_two_downloads_in_parts_are_compared(flooded: Flooded) -> None:
    """What both have is the same, what one lacks is not known; a line that changed is found."""
    older, first, second = flooded.older, flooded.first, flooded.second
    report = verify_all([older, first, second], flooded.anchors)
    assert report.verified
    (kept,) = [one for one in report.checks if one.name == "lines-kept"]
    assert kept.holds is (True if older.total <= PART_LINES else None)
    lost = msgspec.structs.replace(first, lines=first.lines[:-1])
    assert "lines-kept" in failing(verify_all([older, lost, second], flooded.anchors))


async def test_parts_that_are_not_there_are_refused(flooded: Flooded) -> None:
    """No part 0 or 3, and no part of a size that nobody stated."""
    for part, size in ((0, None), (3, None), (1, flooded.first.log_size + 1)):
        with pytest.raises(WireError, match="malformed"):
            await flooded.portal.file(flooded.code, part, size)


async def test_the_oldest_line_is_reached(flooded: Flooded) -> None:
    """A page begins with any line, the first too, however many there are."""
    view = await flooded.portal.history.view(flooded.code, 3)
    assert [line.number for line in view.lines] == [3, 2, 1]
    assert view.total == LINES + 1


async def test_a_flood_is_one_finding_with_the_signed_request(portal: RunningPortal) -> None:
    """At the limit of a day the Commission gets a request of it, once; a day later it may again."""
    network = portal.network
    base, _ = await portal.person()
    other, _ = await portal.person()
    for _ in range(FLOOD_LINES - 1):
        network.exchange(base, allowed=False)
        network.exchange(other)
    await portal.catch_up()

    async def found() -> list[po.PortalFinding]:
        asked = await portal.ask(po.FindingsRequest, after=0, limit=100)
        return [one for one in asked.findings if one.kind == "flood"]

    assert await found() == []
    for _ in range(3):
        network.exchange(base, allowed=False)
        await portal.catch_up()
    (one,) = await found()
    assert one.parties == ["city-a"]
    assert one.evidence == network.entries[one.leaf].request
    assert one.leaf == 2 * (FLOOD_LINES - 1)
    network.clock.advance(FLOOD_WITHIN.total_seconds() + 1)
    for _ in range(FLOOD_LINES):
        network.exchange(base)
    await portal.catch_up()
    assert len(await found()) == 2

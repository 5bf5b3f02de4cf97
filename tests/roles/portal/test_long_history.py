"""A history of many parts downloads and verifies whole (長い記録のダウンロード).

`RENKEI_HISTORY_LINES=200000` makes one as long as that; by default it has two parts.
"""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from portal_network import LongNetwork
from portal_running import RunningPortal
from spoiling import failing

from renkei.crypto.account_tree import PART_LINES
from renkei.wire.comparing import verify_all
from renkei.wire.history import HistoryFile, read_file, write_file

LINES = int(os.environ.get("RENKEI_HISTORY_LINES", PART_LINES + 1))
PARTS = -(-LINES // PART_LINES)
BYTES_PER_LINE_LIMIT = 4_096
"""So that a part of a download stays a file that any computer opens."""

pytestmark = pytest.mark.timeout(300 + LINES // 20)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], LongNetwork]:
    """Every part of one download, as a person keeps them."""
    folder = tmp_path_factory.mktemp("long")

    async def make() -> tuple[list[Path], LongNetwork]:
        network = LongNetwork(folder)
        portal = RunningPortal.open(folder, network)
        base, code = await portal.person()
        for _ in range(LINES):
            network.exchange(base, allowed=False)
        size = await portal.state()
        kept = []
        for part in range(1, PARTS + 1):
            kept.append(folder / f"part-{part}.json")
            kept[-1].write_bytes(write_file(await portal.file(code, part, size)))
        return kept, network

    return asyncio.run(make())


def test_every_part_together_is_the_whole(files: tuple[list[Path], LongNetwork]) -> None:
    """All parts verify together, are witnessed, and hold every line once."""
    kept, network = files

    def parts() -> list[HistoryFile]:
        return [read_file(one.read_bytes()) for one in kept]

    report = verify_all(parts(), network.anchors)
    assert failing(report) == []
    assert report.witnessed
    assert (report.lines, report.total) == (LINES, LINES)
    assert [one.holds for one in report.checks if one.name == "parts"] == [True]


def test_a_line_costs_no_more_in_a_long_history(
    files: tuple[list[Path], LongNetwork], record_property: Any
) -> None:
    """Bytes for each line are bounded, however many parts there are."""
    kept, _ = files
    each = sum(one.stat().st_size for one in kept) / LINES
    record_property("bytes_per_line", round(each))
    print(f"{LINES} lines in {PARTS} parts: {each:.0f} bytes for each line")
    assert each < BYTES_PER_LINE_LIMIT

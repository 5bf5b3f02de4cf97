"""Downloaded files of one small network, made once."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest
from portal_network import SmallNetwork
from portal_running import RunningPortal

from renkei.wire.history import Anchors, HistoryFile


@dataclass(frozen=True)
class Files:
    """Two downloads of one person on different days, one before any statement, a stranger's."""

    unwitnessed: HistoryFile
    older: HistoryFile
    newer: HistoryFile
    stranger: HistoryFile
    empty: HistoryFile
    anchors: Anchors
    network: SmallNetwork


async def _make(folder: Path) -> Files:
    network = SmallNetwork(folder)
    portal = RunningPortal.open(folder, network)
    mine, code = await portal.person()
    other, other_code = await portal.person()
    _, nobodys = await portal.person()
    network.directory_entry()
    for base, allowed in ((mine, True), (other, True), (mine, False), (other, True)):
        exchange = network.exchange(base, allowed=allowed)
        if allowed:
            network.receipt("city-a", exchange)
            network.receipt("city-b", exchange)
    await portal.catch_up()
    unwitnessed = await portal.file(code)
    await portal.state()
    older = await portal.file(code)
    network.clock.advance(24 * 3600)
    network.receipt("city-a", network.exchange(mine))
    network.exchange(other)
    await portal.state()
    files = Files(
        unwitnessed,
        older,
        await portal.file(code),
        await portal.file(other_code),
        await portal.file(nobodys),
        network.anchors,
        network,
    )
    await asyncio.to_thread(portal.database.close)
    return files


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Files of one person and of a stranger."""
    return asyncio.run(_make(tmp_path_factory.mktemp("history")))

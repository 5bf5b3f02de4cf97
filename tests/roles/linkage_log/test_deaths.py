"""The network's process dies at any moment: the log is as before or as after, never between."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import sqlalchemy as sa
from small_network import SmallNetwork, network_of

from renkei.crypto import merkle
from renkei.crypto.checkpoint import parse_checkpoint
from renkei.crypto.merkle import TreeHead
from renkei.kit.database import connect
from renkei.roles.linkage.store import checkpoints, log
from renkei.roles.linkage.store.tables import CHECKPOINT, LEAF, NODE
from renkei.wire.linkage.permit import Permit

KILLS = 4
CHILD = """
import asyncio, os, sys
from pathlib import Path
from placing import place
from small_network import ORIGIN
from renkei.kit.database import Database
from renkei.roles.linkage.service.sequencer import Sequencer
from renkei.roles.linkage.store import log
from renkei.sandbox.country import quiet_keys
from renkei.wire.entries import EntryKind

async def main(folder):
    database = Database.open(place(folder / "linkage.sqlite"), revision="0001")
    sequencer = Sequencer(quiet_keys(folder / "linkage" / "keys"), database, ORIGIN)

    async def integrate():
        while True:
            if not await sequencer.integrate(100):
                await asyncio.sleep(0)

    async def append():
        while True:
            records = [(os.urandom(300), os.urandom(32)) for _ in range(20)]
            await database.write(lambda c: log.append_all(c, EntryKind.EXCHANGE, records))
            print(len(records), flush=True)

    await asyncio.gather(integrate(), append(), append())

asyncio.run(main(Path(sys.argv[1])))
"""


def check(network: SmallNetwork, older: TreeHead) -> TreeHead:
    """The stored log hangs together and extends an older head; gives its own."""
    with connect(network.where) as connection:
        newest = checkpoints.newest(connection)
        if newest is None:  # killed before the first head was signed
            assert older.size == 0
            return older
        size = newest.frontier.size
        assert log.next_position(connection) == size
        leaves = log.tile(connection, 0, 0, size)
        assert len(leaves) == size
        placed = sa.select(sa.func.count()).where(LEAF.c.position.is_not(None))
        assert connection.execute(placed).scalar_one() == size
        nodes = {(row.level, row.place): row.hash for row in connection.execute(NODE.select())}
        notes = connection.execute(sa.select(CHECKPOINT.c.note)).scalars().all()
    assert merkle.root(leaves) == newest.root
    assert merkle.root(leaves[: older.size]) == older.root
    full = {(1, at): merkle.root(leaves[at * 256 : at * 256 + 256]) for at in range(size // 256)}
    assert {key: value for key, value in nodes.items() if key[0] == 1} == full
    for note in random.sample(notes, 1):
        stated = parse_checkpoint(note.encode(), network.log_key)[0].head
        assert merkle.root(leaves[: stated.size]) == stated.root
    return parse_checkpoint(newest.note.encode(), network.log_key)[0].head


async def test_death_between_writing_and_sequencing(template: Path, tmp_path: Path) -> None:
    """An entry that was promised and not yet integrated is integrated by the next process."""
    with network_of(template, tmp_path / "network") as network:
        permit = await network.exchange()
        assert isinstance(permit, Permit)
        network.stop()
        network.start()
        assert await network.integrate() == 2
        with connect(network.where) as connection:
            assert log.locate(connection, [permit.entry_hash]) == {permit.entry_hash: 1}


def test_kill_during_sequencing(template: Path, tmp_path: Path) -> None:
    """SIGKILL at random moments of full work: every log extends the one before, none is torn."""
    with network_of(template, tmp_path / "network") as network:
        network.stop()
        written = 1
        head = TreeHead(0, merkle.EMPTY_ROOT)
        sizes = []
        for _ in range(KILLS):
            child = subprocess.Popen(
                [sys.executable, "-c", CHILD, str(network.folder)],
                stdout=subprocess.PIPE,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            )
            assert child.stdout is not None
            said = int(child.stdout.readline())
            time.sleep(random.uniform(0, 0.5))
            child.send_signal(signal.SIGKILL)
            said += sum(map(int, child.stdout.read().split()))
            child.wait(10)
            written += said
            head = check(network, head)
            with connect(network.where) as connection:
                held = connection.execute(sa.select(sa.func.count(LEAF.c.seq))).scalar_one()
            assert held >= written, "an acknowledged entry is gone"
            written = held
            sizes.append(head.size)
        assert sizes == sorted(sizes)
        assert sizes[-1] > sizes[0]

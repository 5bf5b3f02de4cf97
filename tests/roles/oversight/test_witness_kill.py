"""SIGKILL at the witness: what it vouched for before it died it never contradicts afterwards."""

import os
import signal
import subprocess
import sys
import textwrap

import msgspec
import pytest
from overseen import EXCHANGE, World

from renkei.roles.oversight.store import witness as store

# The witness runs in a process of its own, on a log given by its entries, and dies by its own hand
# at the named moment: between two lines of the service, as any kill could.
VICTIM = """
import asyncio, os, signal, sys
from pathlib import Path
import msgspec
from composed import compose
from overseen import World
from renkei.roles.oversight.service import witness as service
from renkei.roles.oversight.store import witness as store

folder, moment = Path(sys.argv[1]), sys.argv[2]

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    world = World(folder, fresh=False)
    world.log.entries = msgspec.json.decode((folder / "entries").read_bytes(), type=list[bytes])
    if moment == "before-state":
        service.store.advance = die
    elif moment == "inside-transaction":
        store_advance = store.advance
        def advance(*arguments):
            store_advance(*arguments)
            die()
        service.store.advance = advance
    elif moment == "before-cosigning":
        service.checkpoint.cosign = die
    elif moment == "handing-out":
        world.log.before_noting = die
    commission = compose(world.party, world.path, world.lines, settings=world.settings)
    await commission.services["witness"].step()

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("moment", "vouched"),
    [
        ("before-state", False),
        ("inside-transaction", False),
        ("before-cosigning", True),
        ("handing-out", True),
    ],
)
async def test_killed_it_never_cosigns_a_fork_of_what_it_vouched_for(
    world: World, commission, moment: str, vouched: bool
) -> None:
    """Killed around the write of its state, it later refuses a fork of what it could have cosigned.

    Where the state had not been written, no cosignature can have left, and any tree will do.
    """
    commission.database.close()
    for index in range(6):
        world.log.append(EXCHANGE, {"n": index})
    (world.folder / "entries").write_bytes(msgspec.json.encode(world.log.entries))
    _run_until_killed(world, moment)
    honest = list(world.log.entries)
    again = type(commission)(world)
    seen = await again.database.read(store.load)
    assert (seen is not None) == vouched
    if vouched:
        world.log.replace(3, 5)
        await again.witness.step()
        assert world.log.cosignatures == []
        assert await again.kinds() == ["fork"]
        world.log.hold(honest)
    await again.witness.step()
    assert [one.log_size for one in world.log.cosignatures] == [6]
    again.database.close()


def _run_until_killed(world: World, moment: str) -> None:
    died = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(VICTIM), str(world.folder), moment],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()[-800:]

"""The sequencer: entries get their positions, the tree grows, its head is signed (順序付け).

Positions, subtree hashes and the signed head are written in one transaction: a process that dies
leaves the state before. Nobody who writes an entry waits for this.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from renkei.crypto.checkpoint import Checkpoint, sign_checkpoint
from renkei.crypto.merkle import Frontier, Node, TreeHead
from renkei.crypto.note import NoteKey
from renkei.crypto.tiles import TILE_HEIGHT
from renkei.kit.background import Interval
from renkei.kit.clock import Clock
from renkei.kit.database import Database
from renkei.kit.keys import KeyStore
from renkei.kit.outbox import Pace
from renkei.roles.linkage.store import checkpoints, log
from renkei.wire.health import Alarm

CHECKPOINT_KEY: Final = "checkpoint"
PACE: Final = Pace(batch=1_024, idle_seconds=0.5, longest_delay_seconds=1.0)
"""An entry waits a second at the most, also where nobody woke the sequencer."""
LOOK_INTERVAL: Final = Interval(idle_seconds=2.0, longest_delay_seconds=2.0)
LATE_SECONDS: Final = 10.0
"""A promised entry that waits longer for its place is an alarm, and nothing more is promised."""
GATHER_SECONDS: Final = 0.15
"""Rest after a batch that was not full: a signed head for each entry would cost more than it."""


class LogBroken(Exception):
    """What is stored contradicts itself; nothing is signed until a human has looked."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of growth, ready to be written."""

    old_size: int
    seqs: list[int]
    nodes: list[Node]
    head: checkpoints.Head

    def write(self, connection: Connection) -> None:
        """Write positions, subtree hashes and head together."""
        if checkpoints.size(connection) != self.old_size:
            raise LogBroken("another sequencer works on this log; stop one of them")
        log.place(connection, self.old_size, self.seqs)
        log.add_nodes(
            connection,
            (
                (node.level // TILE_HEIGHT, node.index, node.hash)
                for node in self.nodes
                if node.level and node.level % TILE_HEIGHT == 0
            ),
        )
        checkpoints.add(connection, self.head)


class Sequencer:
    """Integrates pending entries; one per log (順序付け)."""

    def __init__(self, keys: KeyStore, database: Database, origin: str) -> None:
        self._keys = keys
        self._database = database
        self._key = NoteKey(origin, keys.public(CHECKPOINT_KEY))
        self._signed: TreeHead | None = None

    async def run(self, batch: int) -> int:
        """Integrate up to `batch` entries, then rest a moment unless more wait; gives how many."""
        done = await self.integrate(batch)
        if 0 < done < batch:
            await asyncio.sleep(GATHER_SECONDS)
        return done

    async def integrate(self, limit: int) -> int:
        """Integrate up to `limit` pending entries in order of writing; gives how many.

        Raises LogBroken where the stored log contradicts itself.
        """
        step = await self._database.read(lambda connection: self._plan(connection, limit))
        if step is None:
            return 0
        await self._database.write(step.write)
        return len(step.seqs)

    def _plan(self, connection: Connection, limit: int) -> _Step | None:
        """The next step from what is stored, computed and signed on a reader's snapshot."""
        waiting = log.pending(connection, limit)
        if not waiting:
            return None
        old = _checked(checkpoints.newest(connection))
        if log.next_position(connection) != old.size:
            raise LogBroken("the positions of entries do not end where the newest head does")
        grown, nodes = old.extend(one.hash for one in waiting)
        head = grown.head()
        return _Step(
            old_size=old.size,
            seqs=[one.seq for one in waiting],
            nodes=nodes,
            head=checkpoints.Head(grown, head.root, self._sign(head)),
        )

    def _sign(self, head: TreeHead) -> str:
        """The signed note of a head; never a second root for one size."""
        signed = self._signed
        if signed is not None and signed.size == head.size and signed.root != head.root:
            raise LogBroken(f"another root was signed for size {head.size} before")
        self._signed = head
        note = sign_checkpoint(
            Checkpoint(self._key.name, head),
            self._key,
            lambda data: self._keys.sign_note(CHECKPOINT_KEY, data),
        )
        return bytes(note).decode()


class Punctuality:
    """Whether promised entries get their places in time, seen from beside the sequencer (遅延).

    A witness cannot tell: it goes on cosigning a log that has stopped growing.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._first: tuple[int, datetime] | None = None
        self._waiting = 0

    async def look(self) -> None:
        """Remember since when the oldest entry without a place has been waiting."""
        waiting = await self._database.read(log.waiting)
        oldest = waiting.oldest
        if oldest is None:
            self._first = None
        elif self._first is None or self._first[0] != oldest:
            self._first = (oldest, self._clock.now())
        self._waiting = waiting.count

    def late_since(self) -> datetime | None:
        """Since when the oldest entry without a place has been waiting, where that is too long."""
        if self._first is None:
            return None
        since = self._first[1]
        return since if (self._clock.now() - since).total_seconds() >= LATE_SECONDS else None

    def alarms(self) -> list[Alarm]:
        """How many entries wait, where the oldest has for too long."""
        since = self.late_since()
        if since is None:
            return []
        return [Alarm("late", "sequencer", self._waiting, since, reason="entries-without-place")]


def _checked(head: checkpoints.Head | None) -> Frontier:
    """The frontier to go on from, if it still has the root that was signed for it."""
    if head is None:
        return Frontier()
    if head.frontier.root() != head.root:
        raise LogBroken(f"the stored tree of size {head.frontier.size} has not the signed root")
    return head.frontier

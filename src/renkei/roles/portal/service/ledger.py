"""The ledger: trees at chosen log sizes, roots into the log (台帳).

The tree is a function of the log size, made from the lines below it; a few are kept in memory.
Checkpoints are believed only with the log's signature and the witness's line.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection

from renkei.crypto import sum_tree
from renkei.crypto.checkpoint import verify_checkpoint, verify_cosignature
from renkei.crypto.errors import CryptoError
from renkei.crypto.note import Note, NoteKey, parse_note
from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.kit.randomness import Randomness
from renkei.roles.portal.service.handed import HandedOver
from renkei.roles.portal.service.proofs import Proofs
from renkei.roles.portal.store import ledger as store
from renkei.roles.portal.store import lines
from renkei.wire.errors import WireError
from renkei.wire.health import Alarm
from renkei.wire.history import LEDGER_FORM
from renkei.wire.linkage.calls import LEDGER_ROOT, LOG_FILES
from renkei.wire.linkage.log import LedgerRoot
from renkei.wire.names import LINKAGE

KEPT_TREES: Final = 4
LISTED_NODES: Final = 4_096
"""A ledger of more nodes is not gone through for a few accounts."""


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The public keys of the log and of its witness (検証鍵)."""

    log: NoteKey
    witness: NoteKey


@dataclass(frozen=True, slots=True)
class Tree:
    """The ledger at one log size."""

    log_size: int
    nodes: dict[str, sum_tree.Node]

    @property
    def root(self) -> sum_tree.Sum:
        """Root hash and sum of all counts."""
        return sum_tree.root(self.nodes.get)

    def prove(self, place: bytes) -> tuple[sum_tree.Account | None, sum_tree.Path]:
        """The account at a place, None if there is none, and the path that shows it."""
        path = sum_tree.prove(place, self.nodes.get)
        leaf = path.terminal
        found = leaf.account if leaf is not None and leaf.position == place else None
        return found, path

    def places(self) -> list[bytes]:
        """Where accounts stand, in the order of their places."""
        leaves = (node for node in self.nodes.values() if isinstance(node, sum_tree.Leaf))
        return sorted(leaf.position for leaf in leaves)

    def draw(self, most: int, without: Collection[bytes], randomness: Randomness) -> list[bytes]:
        """At most so many accounts at random, none of `without`.

        In a large ledger they are those nearest to places drawn: it is not gone through.
        """
        if len(self.nodes) > LISTED_NODES:
            near = (sum_tree.nearest(randomness(32), self.nodes.get) for _ in range(most))
            found = dict.fromkeys(one for one in near if one is not None)
            return [one for one in found if one not in without]
        others = [place for place in self.places() if place not in without]
        return sorted(others, key=lambda _: randomness(16))[:most]


class LedgerService:
    """Makes trees, and has their roots written into the log."""

    def __init__(
        self, party: Party, database: Database, linkage: Counterparty, keys: LogKeys
    ) -> None:
        self._party = party
        self._database = database
        self._linkage = linkage
        self._keys = keys
        self._handed = HandedOver(party, database, Proofs(linkage))
        self._trees: dict[int, Tree] = {}
        self._seen: bytes | None = None

    async def tree(self, log_size: int) -> Tree:
        """The ledger at a log size; raises WireError `unavailable` if not all of it is filed."""
        held = self._trees.get(log_size)
        if held is not None:
            return held
        base = max((one for one in self._trees if one < log_size), default=0)

        def load(connection: Connection) -> dict[bytes, sum_tree.Account]:
            if lines.position(connection).log_size < log_size:
                raise WireError("unavailable", "The log is not filed up to this size yet.")
            return store.states(connection, base, log_size)

        changed = await self._database.read(load)
        older = self._trees[base].nodes if base else {}
        tree = await asyncio.to_thread(_grown, older, changed, log_size)
        self._trees[log_size] = tree
        while len(self._trees) > KEPT_TREES:
            del self._trees[next(iter(self._trees))]
        return tree

    async def publish(self) -> None:
        """Send the ledger's root at the newest cosigned size, if lines came since.

        None is given out while what was filed is not what the log has.
        """
        await self._look_for_cosignature()
        await self._handed.match()
        due = await self._database.read(_due)
        if due is not None:
            root = (await self.tree(due)).root
            await self._database.write(lambda c: _give(c, due, root))
        owed = await self._database.read(store.unnoted)
        if owed is not None:
            await self._send(owed)

    def alarms(self) -> list[Alarm]:
        """What the network keeps back."""
        return self._handed.alarms()

    # -- checkpoints -------------------------------------------------------------------------

    async def _look_for_cosignature(self) -> None:
        try:
            data = await self._linkage.file(LOG_FILES, "cosigned")
        except WireError as error:
            if error.code == "answer-unknown":
                return  # the witness has not cosigned anything yet
            raise
        if data == self._seen:
            return  # checked and kept before
        cosigned = self._check_cosigned(data)
        await self._database.write(lambda c: store.keep_checkpoint(c, cosigned))
        self._seen = data

    def _check_cosigned(self, data: bytes) -> store.Cosigned:
        try:
            note = parse_note(data)
            checkpoint = verify_checkpoint(note, self._keys.log)
            time = verify_cosignature(note, self._keys.witness)
        except CryptoError as error:
            raise WireError("unavailable", f"The cosigned checkpoint is wrong: {error}") from error
        at = datetime.fromtimestamp(min(time, 2**37), UTC)
        return store.Cosigned(checkpoint.head.size, self._plain(note), at)

    def _plain(self, note: Note) -> str:
        """The note with the log's and the witness's lines only: a file has no other."""
        known = {(key.name, key.key_id) for key in (self._keys.log, self._keys.witness)}
        kept = tuple(one for one in note.signatures if (one.name, one.key_id) in known)
        return bytes(Note(note.text, kept)).decode()

    async def newest_signed(self) -> tuple[int, str]:
        """Size and note of the newest checkpoint the log signed, cosigned or not."""
        data = await self._linkage.file(LOG_FILES, "checkpoint")
        try:
            note = parse_note(data)
            size = verify_checkpoint(note, self._keys.log).head.size
        except CryptoError as error:
            raise WireError("unavailable", f"The checkpoint is wrong: {error}") from error
        kept = tuple(one for one in note.signatures if one.key_id == self._keys.log.key_id)
        return size, bytes(Note(note.text, kept)).decode()

    # -- roots -------------------------------------------------------------------------------

    async def _send(self, owed: store.Given) -> None:
        message = LedgerRoot(
            **self._party.envelope(LINKAGE),
            log_size=owed.log_size,
            root=owed.root.hash,
            exchange_entries=owed.root.count,
        )
        try:
            await self._linkage.ask(LEDGER_ROOT, message)
        except WireError as error:
            if not error.signed or error.code != "tx-conflict":
                raise
            # The log has another root of this size, from a database that this portal has no more.
            get_logger().error("ledger-root-refused", log_size=owed.log_size)
            await self._database.write(lambda c: store.refuse(c, owed.log_size))
            return
        await self._database.write(lambda c: store.note(c, owed.log_size))


def _grown(
    older: dict[str, sum_tree.Node], changed: dict[bytes, sum_tree.Account], log_size: int
) -> Tree:
    return Tree(log_size, {**older, **sum_tree.update(changed, older.get)})


def _due(connection: Connection) -> int | None:
    """A cosigned size, all filed, that deserves a root: the first, or one with lines since.

    A root is itself an entry: without this rule roots would follow roots for ever. Roots of an
    older form, and those that the log refused, are followed by one without waiting for a line.
    """
    cosigned = store.newest_checkpoint(connection, lines.position(connection).log_size)
    if cosigned is None:
        return None
    last = store.newest_root(connection)
    if last is None:
        return cosigned.log_size
    grown = cosigned.log_size > last.log_size
    old = last.form < LEDGER_FORM
    if grown and (old or lines.any_between(connection, last.log_size, cosigned.log_size)):
        return cosigned.log_size
    return None


def _give(connection: Connection, log_size: int, root: sum_tree.Sum) -> None:
    store.prune_checkpoints(connection, log_size)
    if store.root_at(connection, log_size) is None:
        store.give(connection, log_size, root)

"""The network's log as the Commission sees it, in memory, honest until told to lie (ログ役)."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from lines import ByName

from renkei.crypto import checkpoint, digests, merkle, tiles
from renkei.crypto.merkle import Frontier, TreeHead
from renkei.crypto.note import NoteKey
from renkei.crypto.suite import RISTRETTO255
from renkei.kit.party import Party
from renkei.wire.entries import ExchangeRecord
from renkei.wire.errors import WireError
from renkei.wire.fields import Box, Message
from renkei.wire.linkage.directory import (
    DirectoryCountersigned,
    DirectoryProposal,
    DirectoryProposalRequest,
    DirectoryPublished,
)
from renkei.wire.linkage.log import (
    Cosignature,
    CosignatureNoted,
    Located,
    LocateRequest,
    Locations,
    LoggedRecord,
    Records,
    RecordsRequest,
)

NOW = datetime(2026, 7, 1, 0, 0, tzinfo=UTC)
LOG_NAME, WITNESS_NAME = "renkei.test/log", "renkei.test/witness"
USES = {"linkage": ("sign", "permit", "directory")}
ROLES = {
    "linkage": "linkage",
    "oversight": "oversight",
    "portal": "portal",
    "individual-number": "individual-number",
    "city-a": "institution",
    "city-b": "institution",
}
EXCHANGE, RECEIPT, LEDGER_ROOT = 1, 2, 4
encode = msgspec.json.Encoder(order="sorted").encode


def code_of(person: str) -> bytes:
    """A made-up person's code at the portal."""
    return RISTRETTO255.element_from_uniform(hashlib.sha512(person.encode()).digest())


def tx_of(number: int) -> str:
    """A transaction id in the form of a UUIDv7."""
    return f"01900000-0000-7000-8000-{number:012x}"


@dataclass
class Exchange:
    """One exchange as it really was."""

    tx: str
    person: str
    blind: bytes
    record: dict[str, Any]
    leaf: int
    entry_hash: bytes
    signed: str
    """What city A signed, without its boxes."""
    seed: bytes
    honest: ExchangeRecord
    """The record as it must be: what both cities hold."""
    box: Box
    """The portal's box."""


class LogDouble(ByName):
    """The network's log: appends, signs, serves tiles; can hide, fork and lie (ログ役)."""

    def __init__(self, party: Party) -> None:
        self.party = party
        self.key = NoteKey(LOG_NAME, party.keys.public("checkpoint"))
        self.entries: list[bytes] = []
        self.shown: dict[int, LoggedRecord] = {}
        self.hidden: set[bytes] = set()
        self.cosigned: bytes | None = None
        self.cosignatures: list[Cosignature] = []
        self.proposal: str | None = None
        self.countersigned: list[str] = []
        self.before_noting: Callable[[], None] = lambda: None
        self._tree: tuple[int, dict[tuple[int, int], bytes], Frontier] | None = None

    def append(self, kind: int, record: dict[str, Any]) -> tuple[int, bytes]:
        """Log a record; gives leaf index and leaf hash."""
        raw, salt = encode(record), secrets.token_bytes(32)
        leaf = len(self.entries)
        self.entries.append(digests.log_entry(kind, raw, salt))
        self.shown[leaf] = LoggedRecord(leaf=leaf, kind=kind, salt=salt, record=raw)
        self._tree = None
        return leaf, digests.entry_hash(kind, raw, salt)

    def replace(self, start: int, number: int) -> None:
        """Fork: other entries from `start` on, `number` of them."""
        self.entries = self.entries[:start]
        self._tree = None
        for index in range(number):
            self.append(RECEIPT, {"fork": index, "of": secrets.token_hex(4)})

    def hold(self, entries: list[bytes]) -> None:
        """Hold exactly these entries from now on."""
        self.entries, self._tree = entries, None

    def cut(self, size: int) -> None:
        """Forget everything from a size on."""
        self.entries = self.entries[:size]
        self._tree = None

    def tree(self) -> tuple[dict[tuple[int, int], bytes], Frontier]:
        """Hashes of complete subtrees, and the frontier."""
        if self._tree is None:
            frontier, nodes = Frontier().extend(merkle.leaf_hash(one) for one in self.entries)
            hashes = {(node.level, node.index): node.hash for node in nodes}
            self._tree = (len(self.entries), hashes, frontier)
        return self._tree[1], self._tree[2]

    @property
    def head(self) -> TreeHead:
        """Size and root now."""
        return self.tree()[1].head()

    def note(self, head: TreeHead | None = None) -> bytes:
        """The signed checkpoint."""
        signed = checkpoint.sign_checkpoint(
            checkpoint.Checkpoint(LOG_NAME, head or self.head),
            self.key,
            lambda data: self.party.keys.sign_note("checkpoint", data),
        )
        return bytes(signed)

    async def public_file(self, path: str) -> bytes:
        """A file of the log's public face."""
        if path == "checkpoint":
            return self.note()
        if path == "cosigned":
            if self.cosigned is None:
                raise WireError("answer-unknown", "Nothing is cosigned yet.")
            return self.cosigned
        place = tiles.parse_path(path)
        level = place.level if isinstance(place, tiles.Tile) else 0
        if (place.index << 8) + place.width > len(self.entries) >> (8 * level):
            raise WireError("answer-unknown", "No such file.")
        if isinstance(place, tiles.Tile):
            hashes = self.tree()[0]
            return tiles.tile_bytes(place, lambda at, index: hashes[at, index])
        first = place.index << 8
        return tiles.encode_bundle(self.entries[first : first + place.width])

    async def cosignature(self, letter: bytes) -> bytes:
        """Take a cosignature of the present checkpoint."""
        message = self.party.read(letter, (Cosignature,), peer="oversight").message
        self.before_noting()
        self.cosignatures.append(message)
        head = TreeHead(message.log_size, message.root)
        self.cosigned = self.note(head) + message.line.encode() + b"\n"
        return self._answer(CosignatureNoted, log_size=message.log_size)

    async def locate(self, letter: bytes) -> bytes:
        """Say where hashes stand."""
        wanted = self.party.read(letter, (LocateRequest,), peer="oversight").message.entry_hashes
        places = {merkle.leaf_hash(one): at for at, one in enumerate(self.entries)}
        located = [
            Located(entry_hash=one, leaf=None if one in self.hidden else places.get(one))
            for one in wanted
        ]
        return self._answer(Locations, located=located)

    async def records(self, letter: bytes) -> bytes:
        """Show records."""
        wanted = self.party.read(letter, (RecordsRequest,), peer="oversight").message.leaves
        records = [self.shown[one] for one in wanted if one in self.shown]
        return self._answer(Records, records=records)

    async def directory_proposal(self, letter: bytes) -> bytes:
        """Show the proposed version."""
        self.party.read(letter, (DirectoryProposalRequest,), peer="oversight")
        return self._answer(DirectoryProposal, version=self.proposal)

    async def directory_countersigned(self, letter: bytes) -> bytes:
        """Take a countersignature."""
        message = self.party.read(letter, (DirectoryCountersigned,), peer="oversight").message
        self.countersigned.append(message.countersignature)
        return self._answer(DirectoryPublished, version=2)

    def _answer(self, struct: type[Message], **fields: Any) -> bytes:
        return self.party.write(struct(**self.party.envelope("oversight"), **fields))

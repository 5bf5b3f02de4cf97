"""What the Commission looks at, in memory: a log, a portal, two cities, honest until told to lie.

Real keys, real signatures, a real Merkle tree and ledger; only the wires between parties are
missing. Synthetic people only: codes are hashes of made-up names.
"""

import hashlib
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from renkei.crypto import checkpoint, codes, digests, jws, merkle, sum_tree, tiles
from renkei.crypto.merkle import Frontier, TreeHead
from renkei.crypto.note import COSIGNATURE_V1, NoteKey
from renkei.crypto.suite import RISTRETTO255
from renkei.kit.clock import ManualClock
from renkei.kit.database import Database
from renkei.kit.keys import FileKeyStore, create_ed25519, create_signing_key
from renkei.kit.migration import upgrade
from renkei.kit.party import Party
from renkei.kit.randomness import system_randomness
from renkei.roles.oversight.service.witness import LogKeys
from renkei.roles.oversight.store import REVISION
from renkei.wire import framing
from renkei.wire.directory import EVERYONE, TrustRoots
from renkei.wire.errors import WireError
from renkei.wire.fields import Message, Outcome
from renkei.wire.history import FIRST_HEAD, UNASSIGNED_PLACE, encode_path, line_head
from renkei.wire.messages.directory import (
    DirectoryCountersignature,
    DirectoryEntry,
    DirectoryVersion,
    SigningKey,
)
from renkei.wire.messages.log import (
    Cosignature,
    CosignatureNoted,
    DirectoryCountersigned,
    DirectoryProposal,
    DirectoryProposalRequest,
    DirectoryPublished,
)
from renkei.wire.messages.oversight import (
    Accounts,
    AccountsRequest,
    AccountState,
    Entries,
    EntriesRequest,
    Findings,
    FindingsRequest,
    InstitutionEntry,
    Ledger,
    LedgerRequest,
    Located,
    LocateRequest,
    Locations,
    LoggedRecord,
    Opening,
    OpeningRequest,
    Openings,
    PortalFinding,
    Records,
    RecordsRequest,
    StatementHandover,
    StatementNoted,
)

NOW = datetime(2026, 7, 1, 0, 0, tzinfo=UTC)
LOG_NAME, WITNESS_NAME = "renkei.test/log", "renkei.test/witness"
USES = {"linkage": ("sign", "permit", "directory")}
ROLES = {
    "linkage": "linkage",
    "oversight": "oversight",
    "portal": "portal",
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


class LogDouble:
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


class PortalDouble:
    """The portal: files lines, keeps the ledger; can hide, invent and contradict (開示役)."""

    def __init__(self, party: Party, log: LogDouble, exchanges: list[Exchange]) -> None:
        self.party = party
        self.log = log
        self.exchanges = exchanges
        self.unassigned: set[int] = set()
        self.found: list[PortalFinding] = []
        self.statements: list[str] = []
        self.roots: list[int] = []
        self.alter: Callable[[dict[bytes, sum_tree.Account], int], None] = lambda _a, _s: None
        """Changes the accounts of a size before the tree is made: a lying ledger."""
        self.say: Callable[[Ledger], Ledger] = lambda ledger: ledger
        self.open: Callable[[Opening], Opening | None] = lambda opening: opening

    def accounts_at(self, size: int) -> dict[bytes, sum_tree.Account]:
        """All accounts at a log size."""
        found: dict[bytes, sum_tree.Account] = {}
        for one in self.exchanges:
            if one.leaf >= size:
                continue
            place = self.place(one)
            before = found.get(place, sum_tree.Account(FIRST_HEAD, 0))
            head = line_head(before.head, before.count + 1, one.entry_hash)
            found[place] = sum_tree.Account(head, before.count + 1)
        self.alter(found, size)
        return found

    def place(self, one: Exchange) -> bytes:
        """Where a line's account stands."""
        unassigned = one.leaf in self.unassigned
        return UNASSIGNED_PLACE if unassigned else sum_tree.position(code_of(one.person))

    def tree(self, size: int) -> dict[str, sum_tree.Node]:
        """The ledger at a log size."""
        return sum_tree.update(self.accounts_at(size))

    def log_root(self, size: int | None = None, **changes: Any) -> int:
        """Have the root at a size (now) written into the log; gives that size."""
        size = len(self.log.entries) if size is None else size
        root = sum_tree.root(self.tree(size).get)
        record = {"log_size": size, "root": root.hash, "exchange_entries": root.count} | changes
        self.log.append(LEDGER_ROOT, record)
        self.roots.append(size)
        return size

    async def ledger(self, letter: bytes) -> bytes:
        """Root and sum at the newest logged size of what was asked or less."""
        at_most = self.party.read(letter, (LedgerRequest,), peer="oversight").message.at_most
        size = max(one for one in self.roots if one <= at_most)
        root = sum_tree.root(self.tree(size).get)
        ledger = Ledger(
            **self.party.envelope("oversight"),
            log_size=size,
            root=root.hash,
            exchange_entries=root.count,
        )
        return self.party.write(self.say(ledger))

    async def openings(self, letter: bytes) -> bytes:
        """Open leaves."""
        request = self.party.read(letter, (OpeningRequest,), peer="oversight").message
        tree = self.tree(request.log_size)
        openings = []
        for leaf in request.leaves:
            one = next(one for one in self.exchanges if one.leaf == leaf)
            opening = self.open(self._opening(one, tree))
            openings += [opening] if opening is not None else []
        return self._answer(Openings, openings=openings)

    def _opening(self, one: Exchange, tree: dict[str, sum_tree.Node]) -> Opening:
        place = self.place(one)
        path = sum_tree.prove(place, tree.get)
        assert path.terminal is not None
        lost = one.leaf in self.unassigned
        return Opening(
            leaf=one.leaf,
            number=None if lost else 1,
            blind=None if lost else one.blind,
            code=None if lost else code_of(one.person),
            head=path.terminal.account.head,
            count=path.terminal.account.count,
            path=encode_path(path),
        )

    async def accounts(self, letter: bytes) -> bytes:
        """Show accounts at places, and some more."""
        request = self.party.read(letter, (AccountsRequest,), peer="oversight").message
        tree = self.tree(request.log_size)
        others = [one for one in self.accounts_at(request.log_size) if one not in request.places]
        states = []
        for place in [*request.places, *others[: request.more]]:
            path = sum_tree.prove(place, tree.get)
            leaf = path.terminal
            there = leaf is not None and leaf.position == place
            account = leaf.account if leaf is not None and there else sum_tree.Account(bytes(32), 0)
            states.append(
                AccountState(
                    place=place, head=account.head, count=account.count, path=encode_path(path)
                )
            )
        return self._answer(Accounts, accounts=states)

    async def statement(self, letter: bytes) -> bytes:
        """Take a statement."""
        message = self.party.read(letter, (StatementHandover,), peer="oversight").message
        self.statements.append(message.statement)
        size = msgspec.json.decode(jws.parse(message.statement.encode(), max_bytes=10**6).payload)
        return self._answer(StatementNoted, log_size=size["log_size"])

    async def findings(self, letter: bytes) -> bytes:
        """Hand over findings."""
        request = self.party.read(letter, (FindingsRequest,), peer="oversight").message
        found = [one for one in self.found if one.number > request.after][: request.limit]
        return self._answer(Findings, findings=found)

    def _answer(self, struct: type[Message], **fields: Any) -> bytes:
        return self.party.write(struct(**self.party.envelope("oversight"), **fields))


@dataclass
class CityDouble:
    """An institution as the Commission sees it: a list of its records (機関役)."""

    party: Party
    entries_held: list[InstitutionEntry] = field(default_factory=list)
    away: bool = False

    def says(self, **fields: Any) -> None:
        """Add a record, or its newer state, to the list."""
        number = len(self.entries_held) + 1
        self.entries_held.append(InstitutionEntry(number=number, **fields))

    async def entries(self, letter: bytes) -> bytes:
        """A page of the list."""
        if self.away:
            raise WireError("unavailable", "The city is away.")
        request = self.party.read(letter, (EntriesRequest,), peer="oversight").message
        page = [one for one in self.entries_held if one.number > request.after][: request.limit]
        return self.party.write(Entries(**self.party.envelope("oversight"), entries=page))


class World:
    """Everything the Commission looks at, and its own party and database file."""

    def __init__(self, folder: Path, template: Path, *, fresh: bool = True) -> None:
        """`fresh` False: go on with the keys and the database that are there."""
        self.folder = folder
        self.clock = ManualClock(NOW)
        keys = {name: self._keys(name) for name in ROLES}
        self.roots = TrustRoots(
            keys["linkage"].public("directory"), keys["oversight"].public("sign")
        )
        self.parties = {
            name: Party(name, keys[name], self.clock, system_randomness, roots=self.roots)
            for name in ROLES
        }
        self.version = self.directory(1)
        countersigned = self.countersign(self.version)
        for party in self.parties.values():
            party.adopt(self.version, countersigned)
        self.log = LogDouble(self.parties["linkage"])
        self.exchanges: list[Exchange] = []
        self.portal = PortalDouble(self.parties["portal"], self.log, self.exchanges)
        self.cities = {name: CityDouble(self.parties[name]) for name in ("city-a", "city-b")}
        self.path = folder / "oversight.sqlite"
        if fresh:
            shutil.copyfile(template, self.path)
        self.log_keys = LogKeys(
            self.log.key,
            NoteKey(WITNESS_NAME, keys["oversight"].public("witness"), COSIGNATURE_V1),
        )

    @property
    def party(self) -> Party:
        """The Commission."""
        return self.parties["oversight"]

    def open(self) -> Database:
        """Its database; the caller closes it."""
        return Database.open(self.path, revision=REVISION)

    def _keys(self, name: str) -> FileKeyStore:
        home = self.folder / name
        if not home.exists():
            for use in USES.get(name, ("sign",)):
                create_signing_key(home, use)
            extra = {"linkage": "checkpoint", "oversight": "witness"}.get(name)
            if extra is not None:
                create_ed25519(home, extra)
        return FileKeyStore(home, profile="sandbox")

    # -- directory ---------------------------------------------------------------------------------

    def entry(self, name: str, **changes: Any) -> DirectoryEntry:
        """A party's directory entry."""
        keys = self.parties[name].keys
        fields: dict[str, Any] = {
            "party": name,
            "role": ROLES[name],
            "kind": "municipality-mayor",
            "name_ja": name,
            "name_en": name,
            "municipality_code": None,
            "dns_name": f"{name}.renkei.test",
            "host": "127.0.0.1",
            "port": 9000 + list(ROLES).index(name),
            "signing_keys": [
                SigningKey(kid=f"{name}:{use}:1", public=keys.public(use))
                for use in USES.get(name, ("sign",))
            ],
            "agreement_keys": [],
            "epoch": 1,
            "active_from": "2017-12-01",
            "assessment": "published",
        }
        return DirectoryEntry(**(fields | changes))

    def directory(self, number: int, *entries: DirectoryEntry, **changes: Any) -> str:
        """A directory version signed by the network; `entries` replace those of their parties."""
        by_name = {name: self.entry(name) for name in ROLES} | {one.party: one for one in entries}
        fields: dict[str, Any] = {
            "sender": "linkage",
            "aud": EVERYONE,
            "at": self.clock.now(),
            "version": number,
            "expires_at": self.clock.now() + timedelta(days=30),
            "entries": list(by_name.values()),
        }
        message = DirectoryVersion(**(fields | changes))
        return self.parties["linkage"].write(message).decode()

    def countersign(self, version: str) -> str:
        """The Commission's countersignature."""
        digest = jws.digest(jws.parse(version.encode(), max_bytes=10**6))
        message = DirectoryCountersignature(
            sender="oversight", aud=EVERYONE, at=self.clock.now(), version=1, digest=digest
        )
        sign = self.party.keys.sign
        return framing.write(message, "oversight:sign:1", lambda data: sign("sign", data)).decode()

    # -- exchanges ---------------------------------------------------------------------------------

    def exchange(
        self,
        person: str,
        *,
        outcomes: tuple[Outcome | None, Outcome | None] = ("provided", "provided"),
        logged: bool = True,
        **changes: Any,
    ) -> Exchange:
        """City A asks city B about a person; all three write what happened.

        `changes` alter the network's record; `logged` False: the network promises and does not log.
        """
        tx = tx_of(len(self.exchanges))
        blind = codes.derive_blind(secrets.token_bytes(32), "city-a", tx)
        commitment = codes.commitment("city-a", tx, blind)
        record: dict[str, Any] = {
            "requester": "city-a",
            "provider": "city-b",
            "tx": tx,
            "office": "child-support",
            "affair": "106",
            "sub_affair": "new-claim",
            "items": ["municipal-tax"],
            "subject": "claimant",
            "asked_at": self.clock.now(),
            "commitment": commitment,
            "portal_digest": digests.element_digest(codes.blind(blind, code_of(person))),
            "request_digest": secrets.token_bytes(32),
            "allowed": True,
            "article": "article",
            "row": "106",
            "reason": "permitted",
        }
        record |= changes
        if logged:
            leaf, promised = self.log.append(EXCHANGE, record)
        else:
            raw, salt = encode(record), secrets.token_bytes(32)
            leaf, promised = -1, digests.entry_hash(EXCHANGE, raw, salt)
        one = Exchange(tx, person, blind, record, leaf, promised)
        if logged:
            self.exchanges.append(one)
        self.tell("city-a", one, commitment, outcomes[0])
        if outcomes[1] is not None or record["allowed"]:
            self.tell("city-b", one, commitment, outcomes[1])
        return one

    def tell(
        self, city: str, one: Exchange, commitment: bytes, outcome: Outcome | None, **changes: Any
    ) -> None:
        """A city writes (or rewrites) its record of an exchange."""
        fields: dict[str, Any] = {
            "side": "requester" if city == "city-a" else "provider",
            "requester": "city-a",
            "tx": one.tx,
            "entry_hash": one.entry_hash,
            "commitment": commitment,
            "promised_at": self.clock.now(),
            "outcome": outcome,
        }
        self.cities[city].says(**(fields | changes))


def make_template(folder: Path) -> Path:
    """An empty database of the Commission, to be copied for each test."""
    path = folder / "template.sqlite"
    upgrade("renkei.roles.oversight.migrations", path)
    return path

"""What the Commission looks at, in memory: a log, a portal, two cities, honest until told to lie.

Real keys, real signatures, a real Merkle tree and ledger; only the wires between parties are
missing. Synthetic people only: codes are hashes of made-up names.
"""

import secrets
import shutil
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from overseen_log import (
    EXCHANGE,
    LOG_NAME,
    NOW,
    RECEIPT,
    ROLES,
    USES,
    WITNESS_NAME,
    Exchange,
    LogDouble,
    code_of,
    encode,
    tx_of,
)
from overseen_portal import PortalDouble

from renkei.crypto import codes, digests, jws
from renkei.crypto.note import COSIGNATURE_V1, NoteKey
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
from renkei.wire.fields import Outcome
from renkei.wire.messages.directory import (
    DirectoryCountersignature,
    DirectoryEntry,
    DirectoryVersion,
    SigningKey,
)
from renkei.wire.messages.oversight import (
    Entries,
    EntriesRequest,
    InstitutionEntry,
)

__all__ = [
    "EXCHANGE",
    "LOG_NAME",
    "NOW",
    "RECEIPT",
    "ROLES",
    "World",
    "code_of",
    "encode",
    "make_template",
]


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

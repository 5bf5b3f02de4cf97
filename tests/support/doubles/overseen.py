"""What the Commission looks at, in memory: a log, a portal, two cities, honest until told to lie.

Real keys, real signatures, a real Merkle tree and ledger; only the wires between parties are
missing. Synthetic people only: codes are hashes of made-up names.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from empty_databases import lay
from lines import ByName
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
from placing import place

from renkei.crypto import codes, digests, jws
from renkei.crypto.note import COSIGNATURE_V1, NoteKey
from renkei.kit.clock import ManualClock
from renkei.kit.keys import (
    FileKeyStore,
    create_agreement_key,
    create_ed25519,
    create_signing_key,
)
from renkei.kit.location import Location
from renkei.kit.party import Party
from renkei.kit.randomness import system_randomness
from renkei.law import Decision
from renkei.roles.institution.service.asking.ask import portal_box
from renkei.roles.oversight.service.witness import LogKeys
from renkei.wire import framing
from renkei.wire.deriving import record_of, terms_digest
from renkei.wire.directory import TrustRoots
from renkei.wire.errors import WireError
from renkei.wire.fields import Box, Outcome
from renkei.wire.individual_number.messages import ComparedFor, Comparisons, ComparisonsRequest
from renkei.wire.institution.messages import (
    Entries,
    EntriesOf,
    EntriesOfRequest,
    EntriesRequest,
    InstitutionEntry,
    OfferedBy,
    Offers,
    OffersRequest,
    Shown,
    ShowRequest,
)
from renkei.wire.linkage.directory import (
    AgreementKey,
    DirectoryCountersignature,
    DirectoryEntry,
    DirectoryVersion,
    SigningKey,
)
from renkei.wire.linkage.log import Feed, FeedLine
from renkei.wire.linkage.permit import PermitRequest
from renkei.wire.names import EVERYONE

__all__ = [
    "EXCHANGE",
    "LOG_NAME",
    "NOW",
    "RECEIPT",
    "ROLES",
    "World",
    "code_of",
    "encode",
]


@dataclass
class CityDouble(ByName):
    """An institution as the Commission sees it: a list of its records (機関役)."""

    party: Party
    exchanges: list[Exchange]
    entries_held: list[InstitutionEntry] = field(default_factory=list)
    away: bool = False
    offers_of: dict[str, list[OfferedBy]] = field(default_factory=dict)
    """What it tells about offers of attributes, by day."""
    seed_of: Callable[[Exchange], bytes] = lambda one: one.seed
    """Which seed it shows; a liar's may be another."""
    replies: dict[str, str] = field(default_factory=dict)
    """Replies of the network's that it disputes, by transaction."""

    def says(self, **fields: Any) -> None:
        """Add a record, or its newer state, to the list."""
        number = len(self.entries_held) + 1
        self.entries_held.append(InstitutionEntry(number=number, **fields))

    async def offers(self, letter: bytes) -> bytes:
        """How offers of a day ended, as the test says."""
        request = self.party.read(letter, (OffersRequest,), peer="oversight").message
        said = self.offers_of.get(request.day, [])
        return self.party.write(
            Offers(**self.party.envelope("oversight"), day=request.day, offers=said)
        )

    async def entries(self, letter: bytes) -> bytes:
        """A page of the list."""
        if self.away:
            raise WireError("unavailable", "The city is away.")
        request = self.party.read(letter, (EntriesRequest,), peer="oversight").message
        page = [one for one in self.entries_held if one.number > request.after][: request.limit]
        return self.party.write(Entries(**self.party.envelope("oversight"), entries=page))

    async def entries_of(self, letter: bytes) -> bytes:
        """The newest state of the records that are asked about."""
        if self.away:
            raise WireError("unavailable", "The city is away.")
        about = self.party.read(letter, (EntriesOfRequest,), peer="oversight").message.about
        held = {(one.side, one.requester, one.tx): one for one in self.entries_held}
        found = [held.get((one.side, one.requester, one.tx)) for one in about]
        return self.party.write(
            EntriesOf(
                **self.party.envelope("oversight"),
                about=about,
                entries=[one for one in found if one is not None],
                begun=[],
            )
        )

    async def show(self, letter: bytes) -> bytes:
        """What it signed, and the seed if it is asked for that."""
        if self.away:
            raise WireError("unavailable", "The city is away.")
        request = self.party.read(letter, (ShowRequest,), peer="oversight").message
        one = next((one for one in self.exchanges if one.tx == request.tx), None)
        if one is None:
            raise WireError("answer-unknown")
        return self.party.write(
            Shown(
                **self.party.envelope("oversight"),
                tx=one.tx,
                request=one.signed,
                reply=self.replies.get(one.tx),
                seed=self.seed_of(one) if request.seed else None,
            )
        )


@dataclass
class RegisterDouble(ByName):
    """J-LIS as the Commission sees it: counts of comparisons (機構役)."""

    party: Party
    comparisons_of: dict[str, list[ComparedFor]] = field(default_factory=dict)

    async def comparisons(self, letter: bytes) -> bytes:
        """How comparisons of a day ended, as the test says."""
        request = self.party.read(letter, (ComparisonsRequest,), peer="oversight").message
        said = self.comparisons_of.get(request.day, [])
        return self.party.write(
            Comparisons(**self.party.envelope("oversight"), day=request.day, comparisons=said)
        )


class World:
    """Everything the Commission looks at, and its own party and database file."""

    def __init__(self, folder: Path, *, fresh: bool = True) -> None:
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
        self.asked: list[Exchange] = []
        """Everything city A ever asked, logged or not."""
        self.cities = {
            name: CityDouble(self.parties[name], self.asked) for name in ("city-a", "city-b")
        }
        self.j_lis = RegisterDouble(self.parties["individual-number"])
        self.path = folder / "oversight.sqlite"
        if fresh:
            lay("renkei.roles.oversight.migrations", self.path)
        self.log_keys = LogKeys(
            self.log.key,
            NoteKey(WITNESS_NAME, keys["oversight"].public("witness"), COSIGNATURE_V1),
        )

    @property
    def where(self) -> Location:
        """The Commission's database."""
        return place(self.path)

    @property
    def party(self) -> Party:
        """The Commission."""
        return self.parties["oversight"]

    @property
    def lines(self) -> dict[str, ByName]:
        """What plays each party that the Commission asks."""
        others = {"portal": self.portal, "individual-number": self.j_lis, **self.cities}
        return {"linkage": self.log, **others}

    @property
    def settings(self) -> dict[str, str]:
        """What the Commission's configuration says besides."""
        return {"log_key": self.log_keys.log.text, "witness_key": self.log_keys.witness.text}

    def _keys(self, name: str) -> FileKeyStore:
        home = self.folder / name
        if not home.exists():
            for use in USES.get(name, ("sign",)):
                create_signing_key(home, use)
            extra = {"linkage": "checkpoint", "oversight": "witness"}.get(name)
            if extra is not None:
                create_ed25519(home, extra)
            create_agreement_key(home, "agree-1")
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
            "agreement_keys": [
                AgreementKey(
                    period=1,
                    public=keys.public("agree-1"),
                    not_before=NOW - timedelta(days=1),
                    not_after=NOW + timedelta(days=80),
                )
            ],
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
        boxed: bytes | None = None,
        **changes: Any,
    ) -> Exchange:
        """City A asks city B about a person; all three write what happened.

        `boxed` is the seed in the portal's box, where city A lies.
        `changes` alter the network's record; `logged` False: the network promises and does not log.
        """
        tx = tx_of(len(self.asked))
        seed = secrets.token_bytes(32)
        blind = codes.derive_blind(seed, "city-a", tx)
        commitment = codes.commitment("city-a", tx, blind)
        request, raw = self.request(tx, commitment, boxed or seed)
        allowed = changes.pop("allowed", True)
        decision = Decision(allowed, "article", "106", "permitted" if allowed else "not-in-table")
        point = digests.element_digest(codes.blind(blind, code_of(person)))
        honest = record_of(request, jws.digest_of(raw), decision, point)
        written = msgspec.structs.replace(honest, **changes)
        held = msgspec.structs.asdict(written).items()
        record = {name: value for name, value in held if value is not msgspec.UNSET}
        if logged:
            leaf, promised = self.log.append(EXCHANGE, record)
        else:
            raw, salt = encode(record), secrets.token_bytes(32)
            leaf, promised = -1, digests.entry_hash(EXCHANGE, raw, salt)
        signed = framing.stripped(raw).decode()
        one = Exchange(
            *(tx, person, blind, record, leaf, promised, signed, seed),
            honest=honest,
            box=request.portal_seed,
        )
        self.asked.append(one)
        if logged:
            self.exchanges.append(one)
        self.tell("city-a", one, commitment, outcomes[0])
        if outcomes[1] is not None or record["allowed"]:
            self.tell("city-b", one, commitment, outcomes[1])
        return one

    def handed(self, one: Exchange, **changes: Any) -> str:
        """The network's signed feed with one line, as it handed it to the portal."""
        logged = self.log.shown[one.leaf]
        network = self.parties["linkage"]
        point = codes.blind(one.blind, code_of(one.person))
        fields: dict[str, Any] = {
            "seq": one.leaf + 1,
            "leaf": one.leaf,
            "kind": "exchange",
            "salt": logged.salt,
            "record": logged.record,
            "portal_code": point,
            "portal_seed": one.box,
            "request": one.signed,
        }
        line = FeedLine(**(fields | changes))
        feed = Feed(**network.envelope("portal"), lines=[line], log_size=one.leaf + 1)
        return network.write(feed).decode()

    def request(
        self, tx: str, commitment: bytes, seed: bytes, **changes: Any
    ) -> tuple[PermitRequest, bytes]:
        """A request of city A's with a right box for the portal; gives it, and it signed."""
        party = self.parties["city-a"]
        box = Box(sender_period=1, receiver_period=1, data=secrets.token_bytes(64))
        facts: dict[str, Any] = {
            **party.envelope("linkage"),
            "tx": tx,
            "office": "child-support",
            "officer": bytes(32),
            "affair": "106",
            "sub_affair": "new-claim",
            "items": ["municipal-tax"],
            "subject": "claimant",
            "consent_digest": None,
            "provider": "city-b",
            "case_digest": bytes(32),
            "epoch": 1,
            "code": box,
            "commitment": commitment,
            "provider_seed": box,
            "portal_seed": portal_box(party, ("city-a", tx), seed, self.clock.now()),
        }
        request = PermitRequest(**(facts | changes))
        return request, party.write(request)

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
            "request_digest": one.honest.request_digest,
            "terms_digest": terms_digest(one.honest),
            "record_digest": None
            if outcome is None
            else sha256(f"{city} {one.tx}".encode()).digest(),
        }
        self.cities[city].says(**(fields | changes))

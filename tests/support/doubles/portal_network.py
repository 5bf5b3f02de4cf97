"""A small network for tests: real keys, boxes, signatures and trees, without processes.

It stands in for `linkage` and `oversight` towards the portal, and can lie like them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from lines import ByName

from renkei.crypto import codes, jws, merkle, tiles
from renkei.crypto.checkpoint import Checkpoint, cosign, parse_checkpoint, sign_checkpoint
from renkei.crypto.digests import element_digest, entry_hash, log_entry
from renkei.crypto.note import COSIGNATURE_V1, Note, NoteKey
from renkei.kit.clock import ManualClock
from renkei.kit.keys import (
    create_agreement_key,
    create_ed25519,
    create_scalar,
    create_secret,
    create_signing_key,
)
from renkei.kit.party import Party
from renkei.kit.randomness import system_randomness
from renkei.law import Decision
from renkei.roles.institution.service.asking.ask import portal_box
from renkei.run.roles import ROLES
from renkei.sandbox import publishing
from renkei.sandbox.blueprint import PartyPlan
from renkei.sandbox.country import quiet_keys
from renkei.values.transaction_id import TransactionId
from renkei.wire import framing
from renkei.wire.boxes import BoxPurpose
from renkei.wire.deriving import record_of
from renkei.wire.directory import TrustRoots
from renkei.wire.entries import ExchangeRecord, write_entry
from renkei.wire.errors import WireError
from renkei.wire.fields import Box, Message, conditions_of
from renkei.wire.history import Anchors
from renkei.wire.linkage import acquisition as a
from renkei.wire.linkage import log as g
from renkei.wire.linkage.directory import Office, SigningKey
from renkei.wire.linkage.permit import EarlierRequest, PermitRequest
from renkei.wire.names import EVERYONE
from renkei.wire.portal.messages import LedgerStatement

START = datetime(2026, 7, 1, 0, 0, tzinfo=UTC)
ORIGIN = "renkei.test/log"
WITNESS = "renkei.test/witness"
_OFFICE = Office(office="child-support", name_ja="子ども家庭課", name_en="Child office")
_ROLES: dict[str, Any] = {
    "linkage": "linkage",
    "individual-number": "individual-number",
    "portal": "portal",
    "oversight": "oversight",
    "city-a": "institution",
    "city-b": "institution",
}
_encode = msgspec.json.Encoder(order="sorted").encode


@dataclass
class Logged:
    """One entry of the log, with what the feed tells the portal about it."""

    kind: int
    salt: bytes
    record: bytes
    portal_code: bytes | None = None
    portal_seed: Box | None = None
    request: str | None = None

    @property
    def hash(self) -> bytes:
        return entry_hash(self.kind, self.record, self.salt)


@dataclass
class Lie:
    """How an exchange is spoilt: by A, who boxes another seed, or by the network."""

    other_seed: bool = False
    no_box: bool = False
    swap_point: Callable[[bytes], bytes] | None = None
    swap_digest_too: bool = False
    swap_box: Callable[[Box], Box] | None = None
    rewrite: Callable[[ExchangeRecord], ExchangeRecord] | None = None


@dataclass
class Filling:
    """What J-LIS filled in."""

    institution: str
    blinded: bytes | None = None
    seed: Box | None = None


@dataclass
class SmallNetwork(ByName):
    """`LinkageProtocol` as far as the portal needs it; `cut` names methods that fail once."""

    folder: Path
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    entries: list[Logged] = field(default_factory=list)
    integrated: int = 0
    numbers: dict[str, Filling] = field(default_factory=dict)
    cut: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    acknowledged: int = 0
    older: bool = False
    """Whether requests and records are of the form before: signed with their boxes inside."""
    roots: dict[int, g.LedgerRoot] = field(default_factory=dict)
    cosigned: bytes | None = None
    parties: dict[str, Party] = field(default_factory=dict)
    stores: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, role in _ROLES.items():
            self._make_keys(name, role)
        entries = [
            publishing.entry_of(_plan(name, role), self.keys(name), 1, self.clock.now())
            for name, role in _ROLES.items()
        ]
        version = publishing.sign_version(entries, 1, self.clock.now(), self.keys)
        roots = TrustRoots(
            self.keys("linkage").public("directory"), self.keys("oversight").public("sign")
        )
        for name in _ROLES:
            party = Party(name, self.keys(name), self.clock, system_randomness, roots=roots)
            party.adopt(*version)
            self.parties[name] = party
        self.log_key = NoteKey(ORIGIN, self.keys("linkage").public("checkpoint"))
        public = self.keys("oversight").public("witness")
        self.witness_key = NoteKey(WITNESS, public, COSIGNATURE_V1)

    def _make_keys(self, name: str, role: str) -> None:
        home = self.folder / name
        for use in ROLES[role].keys.signing:
            create_signing_key(home, use)
        create_agreement_key(home, "agree-1")
        if role in ("institution", "portal"):
            create_scalar(self.folder / "linkage", f"scalar-{name}-1")
        extra = {
            "linkage": lambda: create_ed25519(home, "checkpoint"),
            "oversight": lambda: create_ed25519(home, "witness"),
            "portal": lambda: create_secret(home, "lines"),
            "individual-number": lambda: create_secret(home, "seed"),
        }
        extra.get(name, lambda: None)()

    def keys(self, name: str) -> Any:
        """A party's key store, opened once; keys made later are found at their first use."""
        if name not in self.stores:
            self.stores[name] = quiet_keys(self.folder / name)
        return self.stores[name]

    @property
    def anchors(self) -> Anchors:
        return Anchors(
            log_origin=ORIGIN,
            log_key=self.log_key.text,
            witness_key=self.witness_key.text,
            oversight_key=self.keys("oversight").public("sign"),
            inquirers=[SigningKey(kid="city-a:sign:1", public=self.keys("city-a").public("sign"))],
        )

    # -- people and exchanges --------------------------------------------------------------------

    def base(self) -> bytes:
        """B_p of a new person whom only the test knows."""
        from renkei.crypto.suite import RISTRETTO255

        return RISTRETTO255.element_from_uniform(system_randomness(64))

    def code(self, institution: str, base: bytes) -> bytes:
        return self.keys("linkage").scalar(f"scalar-{institution}-1").multiply(base)

    def exchange(
        self,
        base: bytes,
        *,
        allowed: bool = True,
        lie: Lie | None = None,
        conditions: tuple[str, ...] = (),
    ) -> tuple[str, bytes]:
        """City A asks city B about a person; the record becomes a pending entry. Gives (tx, c)."""
        lie = lie or Lie()
        city, network = self.parties["city-a"], self.parties["linkage"]
        tx = str(
            TransactionId.create(int(self.clock.now().timestamp() * 1000), system_randomness(10))
        )
        seed = system_randomness(32)
        blind = codes.derive_blind(seed, "city-a", tx)
        point = codes.blind(blind, self.code("city-a", base))
        form = EarlierRequest if self.older else PermitRequest
        request = form(
            **city.envelope("linkage"),
            **_terms(tx),
            conditions=conditions_of(conditions),
            officer=bytes(32),
            case_digest=bytes(32),
            epoch=1,
            code=city.seal("linkage", BoxPurpose.REQUEST_CODE, tx, point),
            commitment=codes.commitment("city-a", tx, blind),
            provider_seed=city.seal("city-b", "provider-seed", tx, seed),
            portal_seed=self._portal_box(tx, system_randomness(32) if lie.other_seed else seed),
        )
        whole = city.write(request)
        raw = framing.stripped(whole)
        scalars = network.keys
        portal_point = scalars.scalar("scalar-city-a-1").ratio_multiply(
            scalars.scalar("scalar-portal-1"), point
        )
        honest = portal_point
        if lie.swap_point is not None:
            portal_point = lie.swap_point(portal_point)
        digest = element_digest(portal_point if lie.swap_digest_too else honest)
        decision = Decision(
            allowed,
            "番号法第19条第8号",
            "106" if allowed else None,
            "permitted" if allowed else "not-in-table",
        )
        honest_record = record_of(request, jws.digest_of(whole), decision, digest)
        record = lie.rewrite(honest_record) if lie.rewrite is not None else honest_record
        box: Box | None = request.portal_seed
        if lie.swap_box is not None:
            box = lie.swap_box(request.portal_seed)
        self.entries.append(
            Logged(
                1,
                system_randomness(32),
                write_entry(record),
                portal_point,
                None if lie.no_box else box,
                raw.decode(),
            )
        )
        return tx, request.commitment

    def _portal_box(self, tx: str, seed: bytes) -> Box:
        city = self.parties["city-a"]
        if self.older:
            return city.seal("portal", BoxPurpose.PORTAL_SEED, tx, seed)
        return portal_box(city, ("city-a", tx), seed, self.clock.now())

    def receipt(self, sender: str, exchange: tuple[str, bytes], outcome: str = "provided") -> None:
        tx, commitment = exchange
        record = {
            "sender": sender,
            "requester": "city-a",
            "tx": tx,
            "outcome": outcome,
            "digest": bytes(32),
            "commitment": commitment,
        }
        self.entries.append(Logged(2, system_randomness(32), _encode(record)))

    def directory_entry(self) -> None:
        self.entries.append(Logged(3, system_randomness(32), b"{}"))

    # -- the log ---------------------------------------------------------------------------------

    def integrate(self) -> int:
        """All pending entries become part of the tree; gives its size."""
        self.integrated = len(self.entries)
        return self.integrated

    def get_hash(self, level: int, index: int) -> bytes:
        _, nodes = merkle.Frontier().extend(one.hash for one in self.entries[: self.integrated])
        found = {(node.level, node.index): node.hash for node in nodes}
        return found[level, index]

    def checkpoint(self, size: int | None = None) -> bytes:
        size = self.integrated if size is None else size
        head = merkle.TreeHead(size, merkle.root(one.hash for one in self.entries[:size]))
        keys = self.keys("linkage")
        note = sign_checkpoint(
            Checkpoint(ORIGIN, head), self.log_key, lambda data: keys.sign_note("checkpoint", data)
        )
        return bytes(note)

    def witness(self) -> int:
        """Integrate and cosign; gives the size."""
        self.integrate()
        self.cosigned = self.cosign(self.checkpoint())
        return self.integrated

    def cosign(self, checkpoint: bytes) -> bytes:
        _, note = parse_checkpoint(checkpoint, self.log_key)
        keys = self.keys("oversight")
        line = cosign(
            note,
            self.witness_key,
            int(self.clock.now().timestamp()),
            lambda data: keys.sign_note("witness", data),
        )
        return bytes(Note(note.text, (*note.signatures, line)))

    def state(self, size: int, root: bytes, entries: int) -> str:
        """The Commission's signed statement."""
        party = self.parties["oversight"]
        statement = LedgerStatement(
            **party.envelope(EVERYONE), log_size=size, exchange_entries=entries, ledger_root=root
        )
        return party.write(statement).decode()

    # -- as a line -------------------------------------------------------------------------------

    def _take(self, method: str, letter: bytes, struct: type[Message]) -> Any:
        self.calls.append(method)
        if method in self.cut:
            self.cut.remove(method)
            raise WireError("unavailable", "cut by the test")
        return framing.read(letter, (struct,), self.parties["linkage"], aud="linkage").message

    def _say(self, to: str, struct: type[Message], **values: Any) -> bytes:
        party = self.parties["linkage"]
        answer = party.write(struct(**party.envelope(to), **values))
        return answer

    def _after(self, method: str) -> None:
        """The answer is lost on its way, once."""
        if f"{method}-answer" in self.cut:
            self.cut.remove(f"{method}-answer")
            raise WireError("unavailable", "the answer was lost by the test")

    async def feed(self, letter: bytes) -> bytes:
        request = self._take("feed", letter, g.FeedRequest)
        lines = []
        for leaf in range(request.after, self.integrated):
            one = self.entries[leaf]
            if one.kind in (1, 2):
                lines.append(self._line(leaf, one))
        shown = lines[: request.limit]
        complete = lines[request.limit].leaf if len(lines) > request.limit else self.integrated
        return self._say("portal", g.Feed, lines=shown, log_size=complete)

    def _line(self, leaf: int, one: Logged) -> g.FeedLine:
        gone = leaf < self.acknowledged
        return g.FeedLine(
            seq=leaf + 1,
            leaf=leaf,
            kind="exchange" if one.kind == 1 else "receipt",
            salt=one.salt,
            record=one.record,
            portal_code=None if gone else one.portal_code,
            portal_seed=None if gone else one.portal_seed,
            request=None if gone else one.request,
        )

    async def feed_acknowledge(self, letter: bytes) -> bytes:
        message = self._take("feed_acknowledge", letter, g.FeedAcknowledge)
        party = self.parties["linkage"]
        stated = party.read_inside(message.statement or "", (LedgerStatement,), aud=EVERYONE)
        assert stated.message.sender == "oversight"
        assert stated.message.log_size >= message.through
        self.acknowledged = max(self.acknowledged, message.through)
        self._after("feed_acknowledge")
        return self._say("portal", g.FeedAcknowledged, through=message.through)

    async def ledger_root(self, letter: bytes) -> bytes:
        message = self._take("ledger_root", letter, g.LedgerRoot)
        known = self.roots.setdefault(message.log_size, message)
        if (known.root, known.exchange_entries) != (message.root, message.exchange_entries):
            raise WireError("tx-conflict", "Another root is logged for this log size.")
        if known is message:
            self.entries.append(Logged(4, system_randomness(32), _encode({"root": message.root})))
        self._after("ledger_root")
        return self._say("portal", g.LedgerRootNoted, log_size=message.log_size)

    async def acquisition_numbers(self, letter: bytes) -> bytes:
        message = self._take("acquisition_numbers", letter, a.AcquisitionNumberRequest)
        made = [_number() for _ in range(message.count)]
        self.numbers.update({one: Filling(message.sender) for one in made})
        return self._say(
            message.sender,
            a.AcquisitionNumbers,
            numbers=made,
            epoch=1,
            expires_at=self.clock.now() + timedelta(days=1),
        )

    async def acquisition_fill(self, letter: bytes) -> bytes:
        message = self._take("acquisition_fill", letter, a.AcquisitionFill)
        filling = self.numbers.get(message.number)
        if filling is None:
            raise WireError("acquisition-unknown")
        assert filling.institution == message.institution
        if filling.blinded is not None and filling.blinded != message.blinded:
            raise WireError("acquisition-used")
        filling.blinded, filling.seed = message.blinded, message.seed
        self._after("acquisition_fill")
        return self._say("individual-number", a.AcquisitionFilled, number=message.number)

    async def acquisition_fill_batch(self, letter: bytes) -> bytes:
        message = self._take("acquisition_fill_batch", letter, a.FillBatch)
        filled = []
        for one in message.fillings:
            filling = self.numbers.get(one.number)
            if filling is None or filling.blinded not in (None, one.blinded):
                continue
            assert filling.institution == one.institution
            filling.blinded, filling.seed = one.blinded, one.seed
            filled.append(one.number)
        self._after("acquisition_fill_batch")
        return self._say("individual-number", a.FillBatchNoted, filled=filled)

    async def acquisition_collect_batch(self, letter: bytes) -> bytes:
        message = self._take("acquisition_collect_batch", letter, a.CollectBatch)
        scalar = self.keys("linkage").scalar(f"scalar-{message.sender}-1")
        collected = []
        for number in message.numbers:
            one = self.numbers.get(number)
            if one is not None and one.blinded is not None and one.seed is not None:
                point = scalar.multiply(one.blinded)
                collected.append(a.Collected(number=number, blinded=point, seed=one.seed, epoch=1))
        return self._say(message.sender, a.CollectBatchAnswer, collected=collected)

    async def acquisition_confirm_batch(self, letter: bytes) -> bytes:
        message = self._take("acquisition_confirm_batch", letter, a.ConfirmBatch)
        for number in message.numbers:
            self.numbers.pop(number, None)
        self._after("acquisition_confirm_batch")
        return self._say(message.sender, a.ConfirmBatchNoted, numbers=list(message.numbers))

    async def public_file(self, path: str) -> bytes:
        self.calls.append(path)
        if path == "checkpoint":
            return self.checkpoint()
        if path == "cosigned":
            if self.cosigned is None:
                raise WireError("answer-unknown", "not cosigned yet")
            return self.cosigned
        place = tiles.parse_path(path)
        if isinstance(place, tiles.Tile):
            return tiles.tile_bytes(place, self.get_hash)
        first = place.index * tiles.TILE_WIDTH
        shown = self.entries[first : first + place.width]
        return tiles.encode_bundle([log_entry(one.kind, one.record, one.salt) for one in shown])


def public_bytes_of(log: SmallNetwork) -> bytes:
    """All entries as the public log shows them."""
    return b"".join(log_entry(one.kind, one.record, one.salt) for one in log.entries)


def raw_digest(raw: str) -> bytes:
    """Digest of a signed message."""
    return jws.digest(jws.parse(raw.encode(), max_bytes=len(raw)))


def _number() -> str:
    from renkei.values.acquisition_number import AcquisitionNumber

    return str(AcquisitionNumber.create(system_randomness(16)))


def _terms(tx: str) -> dict[str, Any]:
    return {
        "tx": tx,
        "office": "child-support",
        "affair": "106",
        "sub_affair": "108-1",
        "items": ["municipal-tax"],
        "subject": "applicant",
        "consent_digest": None,
        "provider": "city-b",
    }


def _plan(name: str, role: Any) -> PartyPlan:
    return PartyPlan(
        party=name,
        role=role,
        kind="municipality-mayor" if role == "institution" else "operator",
        name_ja=f"試験用 {name}",
        name_en=name.capitalize(),
        offices=(_OFFICE,) if role == "institution" else (),
    )


class LongNetwork(SmallNetwork):
    """A log of many entries, whose hashes are made once."""

    _made: tuple[int, dict[tuple[int, int], bytes]] | None = None

    def get_hash(self, level: int, index: int) -> bytes:
        if self._made is None or self._made[0] != self.integrated:
            hashes = (one.hash for one in self.entries[: self.integrated])
            nodes = merkle.Frontier().extend(hashes)[1]
            self._made = (
                self.integrated,
                {(node.level, node.index): node.hash for node in nodes},
            )
        return self._made[1][level, index]

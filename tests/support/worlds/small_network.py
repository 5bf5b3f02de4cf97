"""The network with two cities, a portal and the Commission in one process, for tests of the log.

Real keys, real SQLite, real service objects; only sockets are missing. The people are three group
elements: nobody stands behind them.
"""

import contextlib
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import placing
from composed import Composed, compose

from renkei.crypto import codes, jws
from renkei.crypto.note import COSIGNATURE_V1, NoteKey
from renkei.crypto.suite import RISTRETTO255
from renkei.kit import key_files
from renkei.kit.clock import ManualClock
from renkei.kit.database import connect
from renkei.kit.database.migration import upgrade
from renkei.kit.key_files import create_scalar
from renkei.kit.party import Party
from renkei.kit.randomness import system_randomness
from renkei.roles.institution.service.asking.ask import Asker
from renkei.roles.institution.service.asking.question import Question
from renkei.roles.linkage.service.sequencer import CHECKPOINT_KEY
from renkei.roles.linkage.store import directory as directory_store
from renkei.run.roles import ROLES
from renkei.sandbox import publishing
from renkei.sandbox.blueprint import PartyPlan
from renkei.sandbox.country import quiet_keys
from renkei.values.institution_code import InstitutionCode
from renkei.wire import framing
from renkei.wire.boxes import BoxPurpose
from renkei.wire.directory import TrustRoots
from renkei.wire.fields import Message
from renkei.wire.linkage.directory import (
    DirectoryCountersignature,
    DirectoryCountersigned,
    DirectoryEntry,
    DirectoryProposalRequest,
    DirectoryVersion,
    Office,
)
from renkei.wire.linkage.permit import Permit, PermitRequest, Receipt, Receipts, Refusal
from renkei.wire.names import EVERYONE

NOW = datetime(2026, 7, 1, 0, 0, tzinfo=UTC)
ORIGIN = "renkei.test/log"
OFFICES = (Office(office="child-support", name_ja="子ども課", name_en="Child office"),)
PLANS = (
    PartyPlan("linkage", "linkage", "network-operator", "網", "network"),
    PartyPlan("individual-number", "individual-number", "agency", "機構", "agency"),
    PartyPlan("portal", "portal", "portal-operator", "開示", "portal"),
    PartyPlan("oversight", "oversight", "protection-commission", "監督", "commission"),
    PartyPlan("city-a", "institution", "municipality-mayor", "甲市", "City A", "132080", OFFICES),
    PartyPlan("city-b", "institution", "municipality-mayor", "乙市", "City B", "122033", OFFICES),
)
QUESTION = Question(
    case_number="K-1",
    office="child-support",
    officer="officer-1",
    affair="106",
    sub_affair="108-1",
    items=("municipal-tax",),
    subject="claimant",
    person="A1",
    provider="city-b",
)


def person(number: int) -> bytes:
    """The base element of a made-up person."""
    return RISTRETTO255.element_from_uniform(bytes([number]) * 64)


def build(folder: Path) -> None:
    """Make keys and the network's database, with directory version 1 published."""
    for plan in PLANS:
        home = folder / plan.party / "keys"
        for use in ROLES[plan.role].keys.signing:
            key_files.create_signing_key(home, use)
        key_files.create_agreement_key(home, "agree-1")
        if plan.role in ("institution", "portal"):
            create_scalar(folder / "linkage" / "keys", f"scalar-{plan.party}-1")
        if plan.role == "institution":
            key_files.create_secret(home, "pseudonym")
    key_files.create_ed25519(folder / "linkage" / "keys", CHECKPOINT_KEY)
    key_files.create_ed25519(folder / "oversight" / "keys", "witness")
    where = placing.place(folder / "linkage.sqlite")
    upgrade("renkei.roles.linkage.migrations", where)
    keys = {plan.party: quiet_keys(folder / plan.party / "keys") for plan in PLANS}
    entries = [publishing.entry_of(plan, keys[plan.party], 1, NOW) for plan in PLANS]
    version = publishing.sign_version(entries, 1, NOW, lambda name: keys[name])
    roots = TrustRoots(keys["linkage"].public("directory"), keys["oversight"].public("sign"))
    publishing.publish_version(where, version, roots)


@dataclass
class SmallNetwork:
    """All parties and the network's services on one database."""

    folder: Path
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    parties: dict[str, Party] = field(default_factory=dict)
    linkage: Composed = field(init=False)

    def __post_init__(self) -> None:
        keys = {plan.party: quiet_keys(self.folder / plan.party / "keys") for plan in PLANS}
        self.roots = TrustRoots(
            keys["linkage"].public("directory"), keys["oversight"].public("sign")
        )
        for name, store_ in keys.items():
            self.parties[name] = Party(
                name, store_, self.clock, system_randomness, roots=self.roots
            )
        self.path = self.folder / "linkage.sqlite"
        self.where = placing.place(self.path)
        self.adopt_newest()
        self.start()

    def adopt_newest(self) -> None:
        """Everybody fetches the newest directory."""
        with connect(self.where) as connection:
            newest = directory_store.newest(connection)
        assert newest is not None
        for party in self.parties.values():
            party.adopt(newest[1], newest[2])

    def start(self) -> None:
        """Start the network's process on what stands in its database."""
        settings = {"log_origin": ORIGIN, "witness_key": self.witness_key.text}
        keys = self.folder / "linkage" / "keys"
        self.linkage = compose(self.parties["linkage"], self.path, settings=settings, keys=keys)
        self.sequencer = self.linkage.services["sequencer"]
        self.public = self.linkage.services["public"]

    def stop(self) -> None:
        """End the network's process."""
        self.linkage.close()

    @property
    def database(self) -> Any:
        """The network's open database."""
        return self.linkage.database

    @property
    def woken(self) -> bool:
        """Whether the sequencer was told that an entry waits."""
        return self.linkage.background("sequencer").woken

    def destroy(self, name: str) -> None:
        """Destroy a key of the network."""
        self.parties["linkage"].keys.destroy(name)  # type: ignore[attr-defined]

    @property
    def log_key(self) -> NoteKey:
        """What verifies checkpoints."""
        return NoteKey(ORIGIN, self.parties["linkage"].keys.public(CHECKPOINT_KEY))

    @property
    def witness_key(self) -> NoteKey:
        """What verifies cosignatures."""
        public = self.parties["oversight"].keys.public("witness")
        return NoteKey("renkei.test/witness", public, COSIGNATURE_V1)

    async def say(self, sender: str, kind: type[Message], **facts: Any) -> Any:
        """Say something to the network as `sender`, at its door; gives its answer."""
        return await self.linkage.say(self.parties[sender], kind, **facts)

    def code(self, institution: str, number: int = 1) -> InstitutionCode:
        """The code of a person at an institution, in the epoch in force."""
        epoch = self.parties[institution].directory.entry(institution).epoch
        scalar = self.parties["linkage"].keys.scalar(f"scalar-{institution}-{epoch}")
        return InstitutionCode(scalar.multiply(person(number)), epoch)

    def request(self, number: int = 1, **changes: Any) -> bytes:
        """City A's signed request about a person."""
        question = dataclasses.replace(QUESTION, **changes)
        asked = _Lawless(self.parties["city-a"]).ask(question, self.code("city-a", number))
        assert asked.request is not None
        return asked.request

    async def ask(self, raw: bytes) -> Permit | Refusal:
        """Have a request judged; gives the answer as City A reads it."""
        answer = await self.answer(raw)
        return self.parties["city-a"].read(answer, (Permit, Refusal), peer="linkage").message

    async def answer(self, raw: bytes) -> bytes:
        """The network's answer to City A's request, as signed."""
        return await self.linkage.hear(self.parties["city-a"], raw, PermitRequest)

    async def exchange(self, number: int = 1, **changes: Any) -> Permit | Refusal:
        """Ask about a person."""
        return await self.ask(self.request(number, **changes))

    async def receipt(self, sender: str, permit: Permit, outcome: str = "provided") -> None:
        """One side says how an exchange ended."""
        one = Receipt(
            requester=permit.requester,
            tx=permit.tx,
            outcome=outcome,  # type: ignore[arg-type]
            digest=bytes(32),
            commitment=permit.commitment,
        )
        noted = await self.say(sender, Receipts, receipts=[one])
        assert not noted.rejected

    def open_line(self, line: Any, requester: str, tx: str) -> bytes:
        """code_P of a line, as the portal opens it."""
        portal = self.parties["portal"]
        seed = portal.unseal_seed(BoxPurpose.PORTAL_SEED, (requester, tx), line.portal_seed)
        blind = codes.derive_blind(seed, requester, tx)
        return codes.unblind(blind, line.portal_code)

    async def integrate(self) -> int:
        """Let the sequencer work until nothing waits; gives how many entries it took."""
        total = 0
        while done := await self.sequencer.integrate(1_024):
            total += done
        return total

    def countersignature(self, signed: str, signer: str = "oversight") -> str:
        """A countersignature of a directory version."""
        unverified, version = framing.parse(signed.encode(), (DirectoryVersion,))
        party = self.parties[signer]
        statement = DirectoryCountersignature(
            **party.envelope(EVERYONE), version=version.version, digest=jws.digest(unverified)
        )
        return party.write(statement).decode()

    async def countersign(self, countersignature: str) -> int:
        """The Commission hands in a countersignature; gives the version published."""
        facts = {"countersignature": countersignature}
        answer = await self.say("oversight", DirectoryCountersigned, **facts)
        return int(answer.version)

    async def proposal(self) -> str | None:
        """The version that waits for the Commission, as it is shown it."""
        answer = await self.say("oversight", DirectoryProposalRequest)
        signed: str | None = answer.version
        return signed

    def entries(self) -> list[DirectoryEntry]:
        """The directory's entries in force."""
        return list(self.parties["linkage"].directory.entries.values())


class _Lawless(Asker):
    """Asks whatever it is told to: refusals are wanted here too."""

    def judge(self, question: Question, day: date) -> Any:
        decision = super().judge(question, day)
        return type(decision)(True, None, None, "permitted")


@contextlib.contextmanager
def network_of(template: Path, folder: Path) -> Iterator[SmallNetwork]:
    """A network on a copy of a built folder, for the length of a block."""
    placing.copied(template, folder)
    network = SmallNetwork(folder)
    try:
        yield network
    finally:
        network.stop()

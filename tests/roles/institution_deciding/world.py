"""Two institutions with real databases and doors; the network and J-LIS are doubles in memory.

Nobody in here exists. Every call passes a step counter, so that a test can let one process die
before or after any database function or call, and start it again on the same file.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import looking
import msgspec
from composed import Composed, compose
from empty_databases import lay
from inprocess import Death, Died
from lines import ByName
from own_case import consented, with_its_case
from placing import place

from renkei.crypto import codes
from renkei.crypto.digests import entry_hash
from renkei.crypto.suite import RISTRETTO255
from renkei.kit.clock import ManualClock, tokyo_day
from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database, connect
from renkei.kit.keys import create_agreement_key, create_secret, create_signing_key
from renkei.kit.location import Location
from renkei.kit.party import Party
from renkei.kit.problems import problem_of
from renkei.kit.randomness import system_randomness
from renkei.law import Decision
from renkei.roles.institution.rules import Person
from renkei.roles.institution.service.asking.drive import Driver
from renkei.roles.institution.service.codes.book import CodeBook
from renkei.roles.institution.service.codes.epochs import EpochService
from renkei.roles.institution.service.providing import offers
from renkei.roles.institution.store import persons
from renkei.sandbox.country import quiet_keys
from renkei.sandbox.publishing import sign_version
from renkei.values import IndividualNumber, MunicipalityCode, NumberScheme
from renkei.values.institution_code import InstitutionCode
from renkei.wire.boxes import BoxPurpose
from renkei.wire.call import Call
from renkei.wire.deriving import record_of
from renkei.wire.directory import TrustRoots
from renkei.wire.entries import EntryKind, write_entry
from renkei.wire.errors import WireError
from renkei.wire.fields import Basis, Message
from renkei.wire.framing import Letter, decode
from renkei.wire.individual_number import messages as jl
from renkei.wire.institution import messages as inst
from renkei.wire.institution.desk import DeskAsk, DeskCaseRequest
from renkei.wire.linkage import acquisition as a
from renkei.wire.linkage import epoch as e
from renkei.wire.linkage import permit as x
from renkei.wire.linkage.directory import (
    AgreementKey,
    DirectoryAnswer,
    DirectoryEntry,
    DirectoryRequest,
    Office,
    OrdinanceFiling,
    SigningKey,
)
from renkei.wire.table import call_for

A, B = "asking-city", "holding-city"
NOW = datetime(2026, 7, 1, 0, 0, tzinfo=UTC)
VALID = timedelta(seconds=600)
KEPT = timedelta(seconds=86_400)
FINAL = timedelta(seconds=offers.FINAL_SECONDS)
ORDINANCE = "o-single-parent-medical"
PLACES = {A: MunicipalityCode("132080"), B: MunicipalityCode("122033")}
USES = {"linkage": ("sign", "permit", "directory")}
ROLES = {
    "linkage": "linkage",
    "individual-number": "individual-number",
    "portal": "portal",
    "oversight": "oversight",
}


class Mortal:
    """A collaborator in a process that may die around any of its calls."""

    def __init__(self, target: Any, death: Death) -> None:
        self._target, self._death = target, death

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._target, name)
        if not asyncio.iscoroutinefunction(method):
            return method
        return lambda *given: self._death.around(lambda: method(*given))


@dataclass(frozen=True)
class Human:
    """Somebody as J-LIS knows them: number, attributes, and the point their codes come from."""

    number: IndividualNumber
    attributes: jl.FourAttributes
    base: bytes


def scalar() -> bytes:
    return RISTRETTO255.scalar_from_uniform(system_randomness(64))


def human(body: str, name: str = "試験 花子", **changes: Any) -> Human:
    """A synthetic person, whose number has these 11 digits and the sandbox's check digit."""
    number = IndividualNumber.from_body(body, NumberScheme.SANDBOX)
    attributes = jl.FourAttributes(
        name=name, address="調布市小島町2丁目35番地1", birth_date="1988-03-04", sex="female"
    )
    base = RISTRETTO255.element_from_uniform(system_randomness(64))
    return Human(number, msgspec.structs.replace(attributes, **changes), base)


class Network(ByName):
    """The network in memory: converts with scalars it keeps by party and epoch."""

    def __init__(self, party: Party) -> None:
        self.party = party
        self.scalars: dict[tuple[str, int], bytes] = {}
        self.replies: dict[tuple[str, str], tuple[bytes, bytes]] = {}
        self.numbers: dict[str, tuple[str, int, bytes | None, Any]] = {}
        self.noted: dict[tuple[str, str, str], list[str]] = {}
        self.offered: dict[str, int] = {}
        """New epoch waiting for a party; stays until the test takes it away."""
        self.confirmed: list[tuple[str, int]] = []
        self.permits: list[x.Permit] = []
        self.asked: list[str] = []
        self.procedures: list[str | None] = []
        """Which procedure each new request named."""
        self.away = False
        self.signed = ("", "")
        """The directory in force, with both signatures."""

    def open(self, raw: bytes, kind: type[Any]) -> Letter[Any]:
        if self.away:
            raise WireError("unavailable")
        return self.party.read(raw, (kind,), peer=None)

    def epoch(self, name: str) -> int:
        return self.party.directory.entry(name).epoch

    async def directory(self, raw: bytes) -> bytes:
        ask = self.open(raw, DirectoryRequest).message
        version, countersignature = self.signed
        return self.party.write(
            DirectoryAnswer(
                **self.party.envelope(ask.sender),
                version=version,
                countersignature=countersignature,
            )
        )

    async def permit(self, raw: bytes) -> bytes:
        letter = self.open(raw, x.PermitRequest)
        ask = letter.message
        key = (ask.sender, ask.tx)
        self.asked.append(ask.tx)
        if key not in self.replies:
            self.procedures.append(ask.procedure)
            if ask.epoch != self.epoch(ask.sender):
                raise WireError("epoch")
            fresh = abs(self.party.now() - ask.at) <= timedelta(seconds=300)
            reply = self.permitted(letter) if fresh else self.stale(letter)
            self.replies[key] = (letter.digest, self.party.write(reply))
        digest, stored = self.replies[key]
        if digest != letter.digest:
            raise WireError("tx-conflict")
        return stored

    def permitted(self, letter: Letter[x.PermitRequest]) -> x.Permit:
        """What it answers where it allows."""
        ask, party = letter.message, self.party
        epochs = self.epoch(ask.sender), self.epoch(ask.provider)
        point = party.unseal(ask.sender, BoxPurpose.REQUEST_CODE, ask.tx, ask.code)
        factor = codes.conversion_factor(
            self.scalars[ask.sender, epochs[0]], self.scalars[ask.provider, epochs[1]]
        )
        basis = Basis(article="命令第108条第1号ロ", row=ask.affair.replace(ORDINANCE, "81"))
        permit = x.Permit(
            **party.envelope(ask.sender),
            requester=ask.sender,
            provider=ask.provider,
            portal="portal",
            tx=ask.tx,
            office=ask.office,
            affair=ask.affair,
            sub_affair=ask.sub_affair,
            items=ask.items,
            subject=ask.subject,
            consent_digest=ask.consent_digest,
            conditions=ask.conditions,
            basis=basis,
            asked_at=ask.at,
            valid_until=party.now() + VALID,
            requester_epoch=epochs[0],
            provider_epoch=epochs[1],
            code=party.seal(
                ask.provider, BoxPurpose.PERMIT_CODE, ask.tx, RISTRETTO255.multiply(factor, point)
            ),
            provider_seed=ask.provider_seed,
            commitment=ask.commitment,
            portal_box=ask.portal_seed.digest,
            portal_period=ask.portal_seed.receiver_period,
            **self._promise(letter, Decision(True, basis.article, basis.row, "permitted")),
        )
        self.permits.append(permit)
        return permit

    def stale(self, letter: Letter[x.PermitRequest], article: str | None = None) -> x.Refusal:
        """What it answers to what comes too late."""
        ask = letter.message
        return x.Refusal(
            **self.party.envelope(ask.sender),
            requester=ask.sender,
            provider=ask.provider,
            tx=ask.tx,
            article=article,
            row=None,
            reason="stale",
            **self._promise(letter, Decision(False, article, None, "stale")),
        )

    @staticmethod
    def _promise(letter: Letter[x.PermitRequest], decision: Decision) -> dict[str, bytes]:
        """What promises the record of a request and a decision; there is no portal here."""
        salt = point = bytes(32)
        record = record_of(letter.message, letter.digest, decision, point)
        return {
            "entry_hash": entry_hash(EntryKind.EXCHANGE, write_entry(record), salt),
            "salt": salt,
            "portal_digest": point,
            "request_digest": letter.digest,
        }

    async def acquisition_numbers(self, raw: bytes) -> bytes:
        ask = self.open(raw, a.AcquisitionNumberRequest).message
        epoch = self.epoch(ask.sender)
        numbers = [system_randomness(11).hex() for _ in range(ask.count)]
        self.numbers |= dict.fromkeys(numbers, (ask.sender, epoch, None, None))
        return self.party.write(
            a.AcquisitionNumbers(
                **self.party.envelope(ask.sender),
                numbers=numbers,
                epoch=epoch,
                expires_at=self.party.now() + timedelta(hours=24),
            )
        )

    async def acquisition_collect_batch(self, raw: bytes) -> bytes:
        ask = self.open(raw, a.CollectBatch).message
        collected = []
        for number in ask.numbers:
            owner, epoch, blinded, box = self.numbers.get(number, ("", 0, None, None))
            if owner == ask.sender and epoch != self.epoch(owner):
                raise WireError("epoch")
            if owner != ask.sender or blinded is None or box is None:
                continue
            point = RISTRETTO255.multiply(self.scalars[owner, epoch], blinded)
            collected.append(a.Collected(number=number, blinded=point, seed=box, epoch=epoch))
        return self.party.write(
            a.CollectBatchAnswer(**self.party.envelope(ask.sender), collected=collected)
        )

    async def acquisition_confirm_batch(self, raw: bytes) -> bytes:
        ask = self.open(raw, a.ConfirmBatch).message
        for number in ask.numbers:
            self.numbers.pop(number, None)
        return self.party.write(
            a.ConfirmBatchNoted(**self.party.envelope(ask.sender), numbers=list(ask.numbers))
        )

    async def receipts(self, raw: bytes) -> bytes:
        batch = self.open(raw, x.Receipts).message
        for one in batch.receipts:
            outcomes = self.noted.setdefault((batch.sender, one.requester, one.tx), [])
            if one.outcome not in outcomes:
                outcomes.append(one.outcome)
        return self.party.write(
            x.ReceiptsNoted(
                **self.party.envelope(batch.sender), count=len(batch.receipts), rejected=[]
            )
        )

    def delta(self, name: str) -> bytes:
        epoch = self.offered[name]
        return codes.conversion_factor(self.scalars[name, epoch - 1], self.scalars[name, epoch])

    async def epoch_collect(self, raw: bytes) -> bytes:
        name = self.open(raw, e.EpochCollect).message.sender
        epoch = self.offered.get(name)
        box = None
        if epoch is not None:
            box = self.party.seal(name, BoxPurpose.EPOCH_DELTA, f"epoch-{epoch}", self.delta(name))
        return self.party.write(
            e.EpochDelta(**self.party.envelope(name), epoch=epoch or self.epoch(name), delta=box)
        )

    async def epoch_confirm(self, raw: bytes) -> bytes:
        message = self.open(raw, e.EpochConfirm).message
        self.confirmed.append((message.sender, message.epoch))
        return self.party.write(
            e.EpochConfirmed(**self.party.envelope(message.sender), epoch=message.epoch)
        )


class Register(ByName):
    """J-LIS in memory: agrees where number and attributes are one human's."""

    def __init__(self, party: Party, network: Network) -> None:
        self.party, self.network = party, network
        self.humans: dict[IndividualNumber, Human] = {}
        self.compared: list[IndividualNumber] = []
        self.away = False
        self.silent = False

    async def acquire_batch(self, raw: bytes) -> bytes:
        if self.silent:
            await asyncio.sleep(3600)
        if self.away:
            raise WireError("unavailable")
        ask = self.party.read(raw, (jl.AcquireBatch,), peer=None).message
        compared = []
        for one in ask.people:
            plain = self.party.unseal(ask.sender, BoxPurpose.ACQUIRE, one.number, one.subject)
            subject: jl.AcquireSubject = decode(plain, jl.AcquireSubject)
            number = subject.individual_number
            assert number is not None
            self.compared.append(number)
            known = self.humans.get(number)
            agree = known is not None and known.attributes == subject.attributes
            if agree and known is not None:
                self._fill(one.number, known)
            verdict: jl.Verdict = "agree" if agree else "differ"
            compared.append(jl.Compared(number=one.number, verdict=verdict, fields=[]))
        return self.party.write(
            jl.AcquireBatchAnswer(**self.party.envelope(ask.sender), compared=compared)
        )

    def _fill(self, number: str, known: Human) -> None:
        seed = system_randomness(32)
        blind = codes.derive_blind(seed, "individual-number", number)
        owner, epoch, *_ = self.network.numbers[number]
        box = self.party.seal(owner, BoxPurpose.ACQUISITION_SEED, number, seed)
        point = RISTRETTO255.multiply(blind, known.base)
        self.network.numbers[number] = (owner, epoch, point, box)


@dataclass
class Node:
    """One institution's process."""

    party: Party
    database: Any
    death: Death
    process: Composed

    @property
    def driver(self) -> Driver:
        """What drives its requests."""
        driver: Driver = self.process.services["driver"]
        return driver

    @property
    def offers(self) -> offers.OfferDesk:
        """What looks at offered attributes."""
        desk: offers.OfferDesk = self.process.services["offers"]
        return desk

    @property
    def epochs(self) -> EpochService:
        """What changes its column of codes."""
        epochs: EpochService = self.process.services["epochs"]
        return epochs


@dataclass
class Peer:
    """Posts to an institution's door as another one does over TLS."""

    world: "World"
    sender: str
    receiver: str

    async def send(self, call: Call[Any, Any], letter: bytes) -> bytes:
        world, path = self.world, call.path
        world.calls[self.sender, path] += 1
        node = world.nodes.get(self.receiver)
        if node is None or node.death.dead or (self.receiver, path) in world.cut:
            raise WireError("unavailable")
        try:
            answer = await node.process.knock(call, letter, f"{self.sender}.renkei.test")
        except Died as error:
            raise WireError("unavailable") from error
        if (self.receiver, path) in world.deaf:
            raise WireError("unavailable")
        if answer.status != 200:
            party, said = world.party(self.sender), (answer.status, answer.body)
            raise problem_of(party, said, self.receiver, letter)
        return answer.body

    async def file(self, *_: Any) -> bytes:
        """An institution has no public files."""
        raise AssertionError


class World:
    """A country of two cities, of one process, whose clock stands still until it is moved."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ManualClock(NOW)
        self.epochs = {A: 1, B: 1}
        self.attributes_accepted = True
        self.filings: list[OrdinanceFiling] = []
        """What A has filed; takes effect with the next directory."""
        self.version = 0
        self.signed = ("", "")
        self.nodes: dict[str, Node] = {}
        self.calls: Counter[tuple[str, str]] = Counter()
        self.cut: set[tuple[str, str]] = set()
        """Addresses nobody reaches."""
        self.deaf: set[tuple[str, str]] = set()
        """Addresses that are reached, but whose answers are lost."""
        for name in (*ROLES, A, B):
            self._make_keys(name)
        self.roots = TrustRoots(
            network=self.keys("linkage").public("directory"),
            oversight=self.keys("oversight").public("sign"),
        )
        self._doubles = {name: self._party(name) for name in ("linkage", "individual-number")}
        self.network = Network(self._doubles["linkage"])
        self.publish()
        self.network.scalars |= {(name, 1): scalar() for name in (A, B)}
        self.register = Register(self._doubles["individual-number"], self.network)
        for name in (A, B):
            lay("renkei.roles.institution.migrations", self._path(name))

    # -- building ------------------------------------------------------------------------------

    def _path(self, name: str) -> Path:
        return self.folder / name / "database.sqlite"

    def database(self, name: str) -> Location:
        return place(self._path(name))

    def keys(self, name: str) -> Any:
        return quiet_keys(self.folder / name / "keys")

    def _make_keys(self, name: str) -> None:
        home = self.folder / name / "keys"
        for use in USES.get(name, ("sign",)):
            create_signing_key(home, use)
        create_agreement_key(home, "agree-1")
        if name in (A, B):
            create_secret(home, "pseudonym")
            create_signing_key(self.folder / name / "desk", "sign")

    def _party(self, name: str) -> Party:
        desks = {}
        if name in (A, B):
            public = quiet_keys(self.folder / name / "desk").public("sign")
            desks = {f"{name}-desk": (f"{name}-desk.renkei.test", public)}
        return Party(
            name, self.keys(name), self.clock, system_randomness, roots=self.roots, desks=desks
        )

    def outsider(self, name: str) -> Party:
        """A party that has no process here."""
        party = self._party(name)
        party.adopt(*self.signed)
        return party

    def party(self, name: str) -> Party:
        return self.nodes[name].party

    def _entry(self, name: str) -> DirectoryEntry:
        keys = self.keys(name)
        return DirectoryEntry(
            party=name,
            role=ROLES.get(name, "institution"),  # type: ignore[arg-type]
            kind="municipality-mayor" if name in (A, B) else "network-operator",
            name_ja=name,
            name_en=name,
            municipality_code=PLACES.get(name),
            dns_name=f"{name}.renkei.test",
            host="127.0.0.1",
            port=1,
            signing_keys=[
                SigningKey(kid=f"{name}:{use}:1", public=keys.public(use))
                for use in USES.get(name, ("sign",))
            ],
            agreement_keys=[
                AgreementKey(
                    period=1,
                    public=keys.public("agree-1"),
                    not_before=NOW - timedelta(days=1),
                    not_after=NOW + timedelta(days=80),
                )
            ],
            epoch=self.epochs.get(name, 1),
            active_from="2017-12-01",
            assessment="published",
            attributes_accepted=self.attributes_accepted,
            filings=self.filings if name == A else [],
            offices=[
                Office(office="tax", name_ja="市民税課", name_en="Tax"),
                Office(office="child-support", name_ja="子ども課", name_en="Children"),
            ],
        )

    def publish(self, *unaware: str) -> None:
        """A new directory version, adopted by everybody but those named."""
        self.version += 1
        entries = [self._entry(name) for name in (*ROLES, A, B)]
        self.signed = sign_version(entries, self.version, self.clock.now(), self.keys)
        self.network.signed = self.signed
        aware = [node.party for name, node in self.nodes.items() if name not in unaware]
        for party in (*self._doubles.values(), *aware):
            party.adopt(*self.signed)

    # -- processes -----------------------------------------------------------------------------

    def start(self, name: str, death: Death | None = None, use_affair: str | None = "24") -> Node:
        """Start an institution's process on its file, which may be another process's legacy."""
        death = death or Death()
        party = self._party(name)
        party.adopt(*self.signed)
        database = Mortal(Database.open(self.database(name), revision=None, readers=1), death)
        lines: dict[str, Any] = {
            "linkage": self.network,
            "individual-number": self.register,
            **{other: Peer(self, name, other) for other in (A, B)},
        }
        mortal: dict[str, Any] = {other: Mortal(line, death) for other, line in lines.items()}
        settings = {} if use_affair is None else {"use_affair": use_affair}
        process = compose(party, self._path(name), mortal, opened=database, settings=settings)
        node = self.nodes[name] = Node(party, database, death, process)
        return node

    def toward(self, sender: str, receiver: str) -> Counterparty:
        """An institution as another one asks it."""
        return Counterparty(self.party(sender), receiver, Peer(self, sender, receiver))

    async def end(self, name: str) -> None:
        """What is left of a process is gone: its tasks and its database connections."""
        node = self.nodes.pop(name)
        node.death.dead = True
        await node.driver.stop()
        await node.offers.stop()
        node.database.close()

    async def restart(self, name: str, death: Death | None = None) -> Node:
        await self.end(name)
        node = self.start(name, death)
        await node.driver.resume()
        return node

    # -- people --------------------------------------------------------------------------------

    def code(self, name: str, one: Human, epoch: int = 1) -> InstitutionCode:
        """What an institution's code of a human is."""
        point = RISTRETTO255.multiply(self.network.scalars[name, epoch], one.base)
        return InstitutionCode(point, epoch)

    def on_file(self, name: str, person: str, one: Human, **facts: Any) -> None:
        """Put a human on an institution's file; `bound` (default True) with their code."""
        bound = facts.pop("bound", True)
        copy = facts.pop("copy", name == B)
        values = {
            **msgspec.structs.asdict(one.attributes),
            "individual_number": one.number,
            "municipality_code": None,
            "tax_municipality_code": None,
            "household": None,
            "relationship": None,
            **facts,
        }
        self.register.humans.setdefault(one.number, one)
        with connect(self.database(name)) as connection:
            persons.add_persons(connection, [Person(person=person, **values)])
            if bound:
                CodeBook(self.keys(name)).bind(connection, person, self.code(name, one))
            if copy:
                field_ = inst.Field(name="income", value=1_234_567, unit="yen")
                persons.add_copies(
                    connection,
                    [
                        persons.Copy(
                            person=person, item="municipal-tax", as_of="2026-01-01", fields=[field_]
                        )
                    ],
                )

    # -- what happens --------------------------------------------------------------------------

    async def desk(self, name: str, message: type[Message], **facts: Any) -> Any:
        """Say something at an institution's desk, through its door; gives the answer.

        A question that names no case gets one of its own first.
        """
        facts = await with_its_case(self.desk, name, message, facts)
        public = self.keys(name).public("sign")
        party = Party(
            f"{name}-desk",
            quiet_keys(self.folder / name / "desk"),
            self.clock,
            system_randomness,
            roots=self.roots,
            desks={name: (f"{name}.renkei.test", public)},
        )
        raw = party.write(message(**party.envelope(name), **facts))
        dns = f"{name}-desk.renkei.test"
        try:
            answer = await self.nodes[name].process.knock(call_for(message), raw, dns)
        except Died as error:
            raise WireError("unavailable") from error
        if answer.status != 200:
            raise problem_of(party, (answer.status, answer.body), name, raw)
        return party.read(answer.body, call_for(message).answers, peer=name).message

    async def ask(
        self, person: str = "PA", number: str = "C-1", *, agreed: bool = False, **changes: Any
    ) -> Any:
        """A's desk asks B for the municipal tax of one of A's persons, but for the changes.

        With `agreed` the person's consent is kept first.
        """
        facts = {
            "case_number": number,
            "office": "child-support",
            "officer": "officer-7",
            "affair": "106",
            "sub_affair": "108-1",
            "items": ["municipal-tax"],
            "subject": "claimant",
            "person": person,
            "provider": B,
        }
        facts |= changes
        if agreed:
            facts = await consented(self.desk, A, tokyo_day(self.clock.now()).isoformat(), facts)
        return await self.desk(A, DeskAsk, **facts)

    async def case(self, number: str = "C-1") -> Any:
        return await self.desk(A, DeskCaseRequest, case_number=number)

    def rows(self, name: str, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """Read a database from outside."""
        return looking.rows(self.database(name), query, **values)

    def bytes_of(self, name: str) -> bytes:
        """Everything that is stored of a database."""
        return looking.stored_bytes(self.database(name))

    def later(self, by: timedelta) -> None:
        """Time passes for everybody."""
        self.clock.advance(by.total_seconds())

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = asyncio.get_running_loop().time() + 8
        while not condition():
            assert asyncio.get_running_loop().time() < deadline, what
            await asyncio.sleep(0.005)

    async def ended(self, number: str = "C-1") -> list[tuple[str, str | None]]:
        """Wait for a case's requests to end; outcome and reason of each, in the order asked."""
        query = "SELECT 1 FROM asked WHERE case_number = :number AND state <> 'closed'"
        await self.until(lambda: self.rows(A, query, number=number) == [], f"{number} stayed open")
        query = (
            "SELECT outcome, reason FROM asked WHERE case_number = :number "
            "ORDER BY instead_of IS NOT NULL, tx"
        )
        return self.rows(A, query, number=number)  # type: ignore[return-value]

    async def looked(self, count: int = 1) -> list[str]:
        """Wait until B has looked at so many offers; gives how they ended, in the order offered."""
        query = "SELECT result FROM offer WHERE result IS NOT NULL ORDER BY at, tx"
        await self.until(lambda: len(self.rows(B, query)) >= count, "B did not look")
        return [result for (result,) in self.rows(B, query)]

    async def denied(self, number: str = "C-1") -> list[tuple[str, str | None]]:
        """As `ended`, where no code fits: the end comes once an offer's time is up."""
        await self.looked()
        await self.waits("no-code")
        self.later(FINAL)
        return await self.ended(number)

    async def waits(self, why: str) -> str:
        """Wait until A has been told why it must wait; gives the transaction."""
        query = "SELECT tx FROM asked WHERE state = 'waiting' AND reason = :reason"
        await self.until(lambda: self.rows(A, query, reason=why) != [], f"A was not told: {why}")
        return str(self.rows(A, query, reason=why)[0][0])

    def at_provider(self) -> list[tuple[str | None, str | None]]:
        """Outcome and reason of every exchange B has a record of."""
        return self.rows(B, "SELECT outcome, reason FROM provided ORDER BY tx")  # type: ignore[return-value]

    async def receipts(self) -> list[tuple[str, str]]:
        """Have both sides send what they owe; gives who said which outcome, once each."""
        for node in list(self.nodes.values()):
            await node.process.work("receipts")
        said = self.network.noted.items()
        return sorted((key[0], outcome) for key, outcomes in said for outcome in outcomes)

"""Two institutions with real databases and doors; the network and J-LIS are doubles in memory.

Nobody in here exists. Every call passes a step counter, so that a test can let one process die
before or after any database function or call, and start it again on the same file.
"""

import asyncio
import contextlib
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from inprocess import Death, Died

from renkei.clients.institution import ProviderClient
from renkei.crypto import codes
from renkei.crypto.suite import RISTRETTO255
from renkei.kit.clock import ManualClock
from renkei.kit.database import Database, connect
from renkei.kit.doorway import Doorway, problem_of
from renkei.kit.http_server import Incoming, Route
from renkei.kit.keys import create_agreement_key, create_secret, create_signing_key
from renkei.kit.migration import upgrade
from renkei.kit.outbox import Outbox
from renkei.kit.party import Party
from renkei.kit.randomness import system_randomness
from renkei.roles.institution import api
from renkei.roles.institution.rules import Person
from renkei.roles.institution.service.acquire import AcquireService
from renkei.roles.institution.service.ask import Asker
from renkei.roles.institution.service.decide import DecideService
from renkei.roles.institution.service.desk import DeskService
from renkei.roles.institution.service.domicile import DomicileService, ThroughDomicile
from renkei.roles.institution.service.drive import Driver
from renkei.roles.institution.service.entries import EntriesService
from renkei.roles.institution.service.epochs import EpochService
from renkei.roles.institution.service.provide import ProvideService
from renkei.roles.institution.service.reask import Reasker
from renkei.roles.institution.service.receipts import ReceiptSender
from renkei.roles.institution.service.recognise import Recogniser
from renkei.roles.institution.service.together import Together
from renkei.roles.institution.store import persons
from renkei.sandbox.country import quiet_keys
from renkei.sandbox.publishing import sign_version
from renkei.values.institution_code import InstitutionCode
from renkei.wire.directory import TrustRoots
from renkei.wire.errors import WireError
from renkei.wire.fields import Basis, Message
from renkei.wire.framing import Letter, decode
from renkei.wire.messages import acquisition as a
from renkei.wire.messages import batches as b
from renkei.wire.messages import epoch as e
from renkei.wire.messages import exchange as x
from renkei.wire.messages.desk import DeskAsk, DeskCaseRequest
from renkei.wire.messages.directory import AgreementKey, DirectoryEntry, Office, SigningKey
from renkei.wire.table import call_for

A, B = "asking-city", "holding-city"
NOW = datetime(2026, 7, 1, 0, 0, tzinfo=UTC)
VALID = timedelta(seconds=600)
KEPT = timedelta(seconds=86_400)
PLACES = {A: "132080", B: "122033"}
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

    number: str
    attributes: a.FourAttributes
    base: bytes


def scalar() -> bytes:
    return RISTRETTO255.scalar_from_uniform(system_randomness(64))


def human(number: str, name: str = "試験 花子", **changes: Any) -> Human:
    """A synthetic person; the number is none that could be given to anybody."""
    attributes = a.FourAttributes(
        name=name, address="調布市小島町2丁目35番地1", birth_date="1988-03-04", sex="female"
    )
    base = RISTRETTO255.element_from_uniform(system_randomness(64))
    return Human(number, msgspec.structs.replace(attributes, **changes), base)


class Network:
    """`LinkageProtocol` in memory: converts with scalars it keeps by party and epoch."""

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
        self.away = False

    def open(self, raw: bytes, kind: type[Any]) -> Letter[Any]:
        if self.away:
            raise WireError("unavailable")
        return self.party.read(raw, (kind,), peer=None)

    def epoch(self, name: str) -> int:
        return self.party.directory.entry(name).epoch

    async def permit(self, raw: bytes) -> bytes:
        letter = self.open(raw, x.PermitRequest)
        ask = letter.message
        key = (ask.sender, ask.tx)
        self.asked.append(ask.tx)
        if key not in self.replies:
            if ask.epoch != self.epoch(ask.sender):
                raise WireError("epoch")
            fresh = abs(self.party.now() - ask.at) <= timedelta(seconds=300)
            reply = self._permit(letter) if fresh else self._stale(letter)
            self.replies[key] = (letter.digest, self.party.write(reply))
        digest, stored = self.replies[key]
        if digest != letter.digest:
            raise WireError("tx-conflict")
        return stored

    def _permit(self, letter: Letter[x.PermitRequest]) -> x.Permit:
        ask, party = letter.message, self.party
        epochs = self.epoch(ask.sender), self.epoch(ask.provider)
        point = party.unseal(ask.sender, "request-code", ask.tx, ask.code)
        factor = codes.conversion_factor(
            self.scalars[ask.sender, epochs[0]], self.scalars[ask.provider, epochs[1]]
        )
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
            consent_digest=None,
            basis=Basis(article="命令第108条第1号ロ", row=ask.affair),
            asked_at=ask.at,
            valid_until=party.now() + VALID,
            requester_epoch=epochs[0],
            provider_epoch=epochs[1],
            code=party.seal(
                ask.provider, "permit-code", ask.tx, RISTRETTO255.multiply(factor, point)
            ),
            provider_seed=ask.provider_seed,
            commitment=ask.commitment,
            entry_hash=bytes(32),
            request_digest=letter.digest,
        )
        self.permits.append(permit)
        return permit

    def _stale(self, letter: Letter[x.PermitRequest]) -> x.Refusal:
        ask = letter.message
        return x.Refusal(
            **self.party.envelope(ask.sender),
            requester=ask.sender,
            provider=ask.provider,
            tx=ask.tx,
            article=None,
            row=None,
            reason="stale",
            entry_hash=bytes(32),
            request_digest=letter.digest,
        )

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
        ask = self.open(raw, b.CollectBatch).message
        collected = []
        for number in ask.numbers:
            owner, epoch, blinded, box = self.numbers.get(number, ("", 0, None, None))
            if owner == ask.sender and epoch != self.epoch(owner):
                raise WireError("epoch")
            if owner != ask.sender or blinded is None or box is None:
                continue
            point = RISTRETTO255.multiply(self.scalars[owner, epoch], blinded)
            collected.append(b.Collected(number=number, blinded=point, seed=box, epoch=epoch))
        return self.party.write(
            b.CollectBatchAnswer(**self.party.envelope(ask.sender), collected=collected)
        )

    async def acquisition_confirm_batch(self, raw: bytes) -> bytes:
        ask = self.open(raw, b.ConfirmBatch).message
        for number in ask.numbers:
            self.numbers.pop(number, None)
        return self.party.write(
            b.ConfirmBatchNoted(**self.party.envelope(ask.sender), numbers=list(ask.numbers))
        )

    async def acquisition_confirm(self, raw: bytes) -> bytes:
        ask = self.open(raw, a.AcquisitionConfirm).message
        self.numbers.pop(ask.number, None)
        return self.party.write(
            a.AcquisitionConfirmed(**self.party.envelope(ask.sender), number=ask.number)
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
            box = self.party.seal(name, "epoch-delta", f"epoch-{epoch}", self.delta(name))
        return self.party.write(
            e.EpochDelta(**self.party.envelope(name), epoch=epoch or self.epoch(name), delta=box)
        )

    async def epoch_confirm(self, raw: bytes) -> bytes:
        message = self.open(raw, e.EpochConfirm).message
        self.confirmed.append((message.sender, message.epoch))
        return self.party.write(
            e.EpochConfirmed(**self.party.envelope(message.sender), epoch=message.epoch)
        )


class Register:
    """`IndividualNumberProtocol` in memory: agrees where number and attributes are one human's."""

    def __init__(self, party: Party, network: Network) -> None:
        self.party, self.network = party, network
        self.humans: dict[str, Human] = {}
        self.compared: list[str] = []
        self.away = False
        self.silent = False

    async def acquire_batch(self, raw: bytes) -> bytes:
        if self.silent:
            await asyncio.sleep(3600)
        if self.away:
            raise WireError("unavailable")
        ask = self.party.read(raw, (b.AcquireBatch,), peer=None).message
        compared = []
        for one in ask.people:
            plain = self.party.unseal(ask.sender, "acquire", one.number, one.subject)
            subject: a.AcquireSubject = decode(plain, a.AcquireSubject)
            number = subject.individual_number or ""
            self.compared.append(number)
            known = self.humans.get(number)
            agree = known is not None and known.attributes == subject.attributes
            if agree and known is not None:
                self._fill(one.number, known)
            verdict: a.Verdict = "agree" if agree else "differ"
            compared.append(b.Compared(number=one.number, verdict=verdict, fields=[]))
        return self.party.write(
            b.AcquireBatchAnswer(**self.party.envelope(ask.sender), compared=compared)
        )

    def _fill(self, number: str, known: Human) -> None:
        seed = system_randomness(32)
        blind = codes.derive_blind(seed, "individual-number", number)
        owner, epoch, *_ = self.network.numbers[number]
        box = self.party.seal(owner, "acquisition-seed", number, seed)
        point = RISTRETTO255.multiply(blind, known.base)
        self.network.numbers[number] = (owner, epoch, point, box)


@dataclass
class Node:
    """One institution's process."""

    party: Party
    database: Any
    death: Death
    sender: ReceiptSender
    driver: Driver
    provide: ProvideService
    epochs: EpochService
    acquire: AcquireService
    routes: dict[str, Route] = field(default_factory=dict)


@dataclass
class Peer:
    """Posts to an institution's door as another one does over TLS."""

    world: "World"
    sender: str
    receiver: str

    async def call(self, request: type[Message], letter: bytes) -> bytes:
        world, path = self.world, call_for(request).path
        world.calls[self.sender, path] += 1
        node = world.nodes.get(self.receiver)
        if node is None or node.death.dead or (self.receiver, path) in world.cut:
            raise WireError("unavailable")
        dns = f"{self.sender}.renkei.test"
        try:
            answer = await node.routes[path].handler(Incoming(letter, (dns,), path))
        except Died as error:
            raise WireError("unavailable") from error
        if (self.receiver, path) in world.deaf:
            raise WireError("unavailable")
        if answer.status != 200:
            raise problem_of(world.party(self.sender), answer.status, answer.body, self.receiver)
        return answer.body


class World:
    """A country of two cities, of one process, whose clock stands still until it is moved."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ManualClock(NOW)
        self.epochs = {A: 1, B: 1}
        self.attributes_accepted = True
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
        self.publish()
        self.network = Network(self._doubles["linkage"])
        self.network.scalars |= {(name, 1): scalar() for name in (A, B)}
        self.register = Register(self._doubles["individual-number"], self.network)
        for name in (A, B):
            upgrade("renkei.roles.institution.migrations", self.database(name))

    # -- building ------------------------------------------------------------------------------

    def database(self, name: str) -> Path:
        return self.folder / name / "database.sqlite"

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
        aware = [node.party for name, node in self.nodes.items() if name not in unaware]
        for party in (*self._doubles.values(), *aware):
            party.adopt(*self.signed)

    # -- processes -----------------------------------------------------------------------------

    def start(self, name: str, death: Death | None = None) -> Node:
        """Start an institution's process on its file, which may be another process's legacy."""
        death = death or Death()
        party = self._party(name)
        party.adopt(*self.signed)
        database: Any = Mortal(Database.open(self.database(name), revision=None, readers=1), death)
        network, register = Mortal(self.network, death), Mortal(self.register, death)

        def provider(other: str) -> Any:
            return Mortal(ProviderClient(Peer(self, name, other)), death)  # type: ignore[arg-type]

        async def refresh() -> None:
            with contextlib.suppress(WireError):
                party.adopt(*self.signed)

        sender = ReceiptSender(party, database, network)
        receipts = Outbox("receipts", sender.send, randomness=system_randomness)
        asker = Asker(party)
        through = ThroughDomicile(party, database, provider)
        together = Together(party, database, network, register, through)
        acquire = AcquireService(party, database, network, register, together, use_affair="24")
        reasker = Reasker(party, database, asker, acquire, refresh)
        driver = Driver(party, database, network, provider, receipts, reasker=reasker)
        recogniser = Recogniser(party, database, acquire)
        provide = ProvideService(party, database, receipts, recogniser=recogniser)
        services = api.InstitutionServices(
            acquire=acquire,
            domicile=DomicileService(party, database, register),
            desk=DeskService(party, database, asker, driver, acquire=acquire),
            provide=provide,
            entries=EntriesService(party, database),
            decide=DecideService(party, database, receipts),
        )
        node = Node(
            party=party,
            database=database,
            death=death,
            sender=sender,
            driver=driver,
            provide=provide,
            epochs=EpochService(party, database, network, acquire),
            acquire=acquire,
            routes={route.path: route for route in api.routes(services, Doorway(party))},
        )
        self.nodes[name] = node
        return node

    async def end(self, name: str) -> None:
        """What is left of a process is gone: its tasks and its database connections."""
        node = self.nodes.pop(name)
        node.death.dead = True
        await node.driver.stop()
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
                persons.bind_code(connection, person, self.code(name, one))
            if copy:
                field_ = x.Field(name="income", value=1_234_567, unit="yen")
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
        """Say something at an institution's desk, through its door; gives the answer."""
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
        path = call_for(message).path
        dns = f"{name}-desk.renkei.test"
        try:
            answer = await self.nodes[name].routes[path].handler(Incoming(raw, (dns,), path))
        except Died as error:
            raise WireError("unavailable") from error
        if answer.status != 200:
            raise problem_of(party, answer.status, answer.body, name)
        return party.read(answer.body, call_for(message).answers, peer=name).message

    async def ask(self, person: str = "PA", number: str = "C-1") -> Any:
        """A's desk asks B for the municipal tax of one of A's persons."""
        return await self.desk(
            A,
            DeskAsk,
            case_number=number,
            office="child-support",
            officer="officer-7",
            affair="106",
            sub_affair="108-1",
            items=["municipal-tax"],
            subject="claimant",
            person=person,
            provider=B,
        )

    async def case(self, number: str = "C-1") -> Any:
        return await self.desk(A, DeskCaseRequest, case_number=number)

    def rows(self, name: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read a database from outside."""
        with contextlib.closing(sqlite3.connect(self.database(name))) as connection:
            return list(connection.execute(query, values))

    def bytes_of(self, name: str) -> bytes:
        """Everything that lies on disk of a database: the file and its write-ahead log."""
        home = self.database(name).parent
        return b"".join(path.read_bytes() for path in home.glob("database.sqlite*"))

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
        query = "SELECT 1 FROM asked WHERE case_number = ? AND state <> 'closed'"
        await self.until(lambda: self.rows(A, query, number) == [], f"{number} stayed open")
        query = (
            "SELECT outcome, reason FROM asked WHERE case_number = ? "
            "ORDER BY instead_of IS NOT NULL, tx"
        )
        return self.rows(A, query, number)  # type: ignore[return-value]

    async def waits(self, why: str) -> str:
        """Wait until A has been told why it must wait; gives the transaction."""
        query = "SELECT tx FROM asked WHERE state = 'waiting' AND reason = ?"
        await self.until(lambda: self.rows(A, query, why) != [], f"A was not told: {why}")
        return str(self.rows(A, query, why)[0][0])

    def at_provider(self) -> list[tuple[str | None, str | None]]:
        """Outcome and reason of every exchange B has a record of."""
        return self.rows(B, "SELECT outcome, reason FROM provided ORDER BY tx")  # type: ignore[return-value]

    async def receipts(self) -> list[tuple[str, str]]:
        """Have both sides send what they owe; gives who said which outcome, once each."""
        for node in list(self.nodes.values()):
            await node.sender.send(100)
        said = self.network.noted.items()
        return sorted((key[0], outcome) for key, outcomes in said for outcome in outcomes)

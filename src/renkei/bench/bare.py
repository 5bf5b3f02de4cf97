"""A bare exchange: the operations of the floor and nothing else, run and counted (最低限の連携).

No HTTP, no TLS, no JSON, no judgement, no queries: signatures, verifications, multiplications,
boxes and durable commits of four parties, in the order of an exchange, by the product's own
functions. What a system that keeps the promises could at most do on this machine.
"""

import asyncio
import multiprocessing
import os
import tempfile
import time
from dataclasses import dataclass, field
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Connection

from renkei.bench.places import Make, places
from renkei.crypto import boxes, derived_boxes, jws
from renkei.crypto.agreement import x25519
from renkei.crypto.digests import log_entry
from renkei.crypto.merkle import leaf_hash
from renkei.crypto.suite import RISTRETTO255
from renkei.kit.database import Database
from renkei.kit.database.engines import engine_at
from renkei.kit.database.statements import Prepared
from renkei.kit.location import Location, located

PARTIES: Final = ("requester", "linkage", "provider", "portal")
MESSAGE_BYTES: Final = {"request": 1_000, "permit": 1_100, "presentation": 1_650, "answer": 800}
"""Payloads of an exchange's four messages, about what the golden files of the wire hold."""
RECORD_BYTES: Final = 660
RECEIPT_BYTES: Final = 160
RECEIPTS_BATCH: Final = 500
"""Receipts one message carries at most (`roles/institution/service/receipts.py`)."""
ANSWER_BYTES: Final = 300
RECORD: Final = sa.Table(
    "record",
    sa.MetaData(),
    sa.Column("tx", sa.Text, primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
)
INSERT: Final = Prepared(RECORD.insert())
EXCHANGES_LIMIT: Final = 1_000_000
START_SECONDS_LIMIT: Final = 60
DRAWN: Final = 64


@dataclass(frozen=True, slots=True)
class Signer:
    """A party's signing key and its public half."""

    name: str
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def sign(self, typ: str, payload: bytes) -> bytes:
        """Frame, sign and assemble a message, as `wire.framing.write` does after encoding."""
        signing_input = jws.frame(f"{self.name}:sign:1", typ, payload)
        return jws.assemble(signing_input, jws.sign_raw(self.private, signing_input))

    def verify(self, raw: bytes, public: ec.EllipticCurvePublicKey) -> None:
        """Take apart and verify a message, as `wire.framing.read` does before decoding."""
        jws.verify(jws.parse(raw, max_bytes=len(raw)), public)


def context(purpose: str, sender: str, receiver: str, tx: str) -> boxes.BoxContext:
    """The context of a box between two parties of the bare exchange."""
    return boxes.BoxContext(RISTRETTO255.name, purpose, sender, receiver, tx, "1", "1")


def create(at: Location) -> Database:
    """Make a table at an empty place and open it as a server does, durability read back."""
    with engine_at(at).changing(at.place) as connection:
        RECORD.create(connection)
    return Database.open(at, revision=None, readers=1)


def insert(connection: Connection, tx: str, data: bytes) -> None:
    """One row, by the driver itself: the floor pays for the engine, not for what writes the SQL."""
    INSERT.run(connection, {"tx": tx, "data": data})


class BareCountry:
    """Four parties with keys and databases in one process (四者)."""

    def __init__(self, make: Make) -> None:
        self.signers = {name: Signer(name) for name in PARTIES}
        self.public = {name: signer.private.public_key() for name, signer in self.signers.items()}
        # A pair's X25519 secret is the same for a whole key period: the floor makes it once.
        self.shared = os.urandom(32)
        self.portal_key = X25519PrivateKey.generate()
        self.portal_public = self.portal_key.public_key().public_bytes_raw()
        self.blinds = [_drawn() for _ in range(DRAWN)]
        self.codes = [RISTRETTO255.element_from_uniform(os.urandom(64)) for _ in range(DRAWN)]
        self.to_provider, self.to_portal = _drawn()[0], _drawn()[0]
        self.databases = {name: create(make(name)) for name in PARTIES}
        self.owed = 0

    def close(self) -> None:
        """Close the databases; what was committed stays."""
        for database in self.databases.values():
            database.close()

    def seal(self, purpose: str, parties: tuple[str, str], tx: str, plain: bytes) -> bytes:
        """A box from the first of `parties` to the second."""
        return boxes.seal(self.shared, context(purpose, *parties, tx), plain, os.urandom(12))

    def open(self, purpose: str, parties: tuple[str, str], tx: str, data: bytes) -> bytes:
        """What is in a box from the first of `parties` to the second."""
        return boxes.unseal(self.shared, context(purpose, *parties, tx), data)

    def portal_box(self, seed: bytes, tx: str) -> bytes:
        """The portal's box of a seed, which follows from it: inquirer and provider make it."""
        return derived_boxes.seal_seed(
            seed, context("portal-seed", "a", "p", tx), self.portal_public
        )

    def open_portal_box(self, box: bytes, tx: str) -> bytes:
        """What the portal finds in its box."""
        return derived_boxes.unseal_seed(
            lambda other: x25519(self.portal_key, other),
            context("portal-seed", "a", "p", tx),
            self.portal_public,
            box,
        )

    async def commit(self, name: str, tx: str, data: bytes) -> None:
        """Write one row and wait until it is durable."""
        await self.databases[name].write(lambda connection: insert(connection, tx, data))

    async def exchange(self, number: int, tx: str) -> None:
        """One exchange: 4 signatures, 6 verifications, 5 multiplications, 6 boxes, 4 commits."""
        blind, inverse = self.blinds[number % DRAWN]
        code = self.codes[number // DRAWN % DRAWN]
        asker, network, provider = (self.signers[name] for name in PARTIES[:3])
        seed = os.urandom(32)
        sealed = [
            self.seal("request-code", ("a", "l"), tx, RISTRETTO255.multiply(blind, code)),
            self.seal("provider-seed", ("a", "b"), tx, seed),
            self.portal_box(seed, tx),
        ]
        request = asker.sign("renkei.request.v1", _payload("request", sealed))
        await self.commit("requester", tx, request)

        network.verify(request, self.public["requester"])
        blinded = self.open("request-code", ("a", "l"), tx, sealed[0])
        converted = RISTRETTO255.multiply(self.to_provider, blinded)
        for_portal = RISTRETTO255.multiply(self.to_portal, blinded)
        permit_code = self.seal("permit-code", ("l", "b"), tx, converted)
        permit = network.sign("renkei.permit.v1", _payload("permit", [permit_code]))
        salt = os.urandom(32)
        leaf_hash(log_entry(1, permit[:RECORD_BYTES], salt))
        await self.commit("linkage", tx, permit)

        asker.verify(permit, self.public["linkage"])
        leaf_hash(log_entry(1, permit[:RECORD_BYTES], salt))
        presented = asker.sign("renkei.present.v1", _payload("presentation", [permit[:1_000]]))

        for message, signer in ((presented, "requester"), (permit, "linkage")):
            provider.verify(message, self.public[signer])
        opened = self.open("provider-seed", ("a", "b"), tx, sealed[1])
        if self.portal_box(opened, tx) != sealed[2]:
            raise RuntimeError("one seed makes two boxes: the bare exchange computes nonsense")
        named = self.open("permit-code", ("l", "b"), tx, permit_code)
        found = RISTRETTO255.multiply(inverse, named)
        content = self.seal("answer", ("b", "a"), tx, os.urandom(ANSWER_BYTES))
        answer = provider.sign("renkei.answer.v1", _payload("answer", [content]))
        await self.commit("provider", tx, answer)

        asker.verify(answer, self.public["provider"])
        self.open("answer", ("b", "a"), tx, content)

        self.signers["portal"].verify(request, self.public["requester"])
        self.open_portal_box(sealed[2], tx)
        line = RISTRETTO255.multiply(inverse, for_portal)
        await self.commit("portal", tx, line + permit[:RECORD_BYTES])
        if found == line:
            raise RuntimeError("two parties have one code: the bare exchange computes nonsense")
        self.owe()

    def owe(self) -> None:
        """Both sides owe one receipt more; a full batch is sent."""
        self.owed += 1
        if self.owed >= RECEIPTS_BATCH:
            self.receipts()

    def receipts(self) -> None:
        """Both sides sign what they owe as one message each; the network verifies both."""
        batch = os.urandom(RECEIPT_BYTES * self.owed)
        for name in ("requester", "provider"):
            raw = self.signers[name].sign("renkei.receipts.v1", batch)
            self.signers["linkage"].verify(raw, self.public[name])
            for start in range(0, len(batch), RECEIPT_BYTES):
                leaf_hash(log_entry(2, batch[start : start + RECEIPT_BYTES], bytes(32)))
        self.owed = 0

    async def run(self, name: str, count: int, in_flight: int) -> tuple[float, float]:
        """Run `count` exchanges, `in_flight` at a time; first and last moment, drained."""
        numbers = iter(range(count))

        async def work() -> None:
            for number in numbers:
                await self.exchange(number, f"{name}-{number:031}")

        started = time.monotonic()
        await asyncio.gather(*(work() for _ in range(in_flight)))
        if self.owed:
            self.receipts()
        return started, time.monotonic()

    async def stored(self) -> int:
        """The smallest number of rows any of the four databases holds."""
        counts = [
            await database.read(
                lambda c: int(
                    c.execute(sa.select(sa.func.count()).select_from(RECORD)).scalar_one()
                )
            )
            for database in self.databases.values()
        ]
        return min(counts)


def _drawn() -> tuple[bytes, bytes]:
    """A random scalar and its inverse."""
    scalar = RISTRETTO255.scalar_from_uniform(os.urandom(64))
    return scalar, RISTRETTO255.invert_scalar(scalar)


def _payload(message: str, parts: list[bytes]) -> bytes:
    """The parts, filled up to the size such a message has."""
    held = b"".join(parts)
    return held + bytes(max(0, MESSAGE_BYTES[message] - len(held)))


def _process(
    admin: Location, count: int, in_flight: int, barrier: Barrier | None
) -> dict[str, Any]:
    with places(admin) as make:
        return _counted(BareCountry(make), count, in_flight, barrier)


def _counted(
    country: BareCountry, count: int, in_flight: int, barrier: Barrier | None
) -> dict[str, Any]:
    warm = in_flight * 2
    try:
        asyncio.run(country.run("warm", warm, in_flight))  # statements, pages, threads
        if barrier is not None:
            barrier.wait(START_SECONDS_LIMIT)
        used = time.process_time()
        started, ended = asyncio.run(country.run("bare", count, in_flight))
        used = time.process_time() - used
        stored = asyncio.run(country.stored()) - warm
    finally:
        country.close()
    return {"started": started, "ended": ended, "used": used, "stored": stored}


def run(
    processes: int, count: int, in_flight: int, admin: Location | Path | None = None
) -> dict[str, Any]:
    """Run `count` bare exchanges, shared by `processes`, `in_flight` altogether (計測).

    Each process has the four databases of its share, in `admin`, a folder or an administrator's
    place on a server: no process waits for another's locks. Gives `per_second` from the
    first start to the last end, everything committed, and `processor_microseconds` of one exchange,
    in all threads together.
    Raises RuntimeError if a database does not hold every exchange.
    """
    if not 1 <= count <= EXCHANGES_LIMIT or not 1 <= processes <= in_flight:
        raise ValueError(f"count is 1 to {EXCHANGES_LIMIT}, processes 1 to {in_flight} (in flight)")
    shares = [(count + number) // processes for number in range(processes)]
    flights = [(in_flight + number) // processes for number in range(processes)]
    with tempfile.TemporaryDirectory() as temporary:
        at = located(admin or Path(temporary))
        if processes == 1:
            found = [_process(at, count, in_flight, None)]
        else:
            found = _spawned(at, shares, flights)
    stored = sum(one["stored"] for one in found)
    if stored != count:
        raise RuntimeError(
            f"{stored} of {count} bare exchanges are stored: the figure is worthless"
        )
    seconds = max(one["ended"] for one in found) - min(one["started"] for one in found)
    return {
        "processes": processes,
        "in_flight": in_flight,
        "count": count,
        "per_second": round(count / seconds, 1),
        "processor_microseconds": round(sum(one["used"] for one in found) / count * 1e6, 1),
    }


def _spawned(admin: Location, shares: list[int], flights: list[int]) -> list[dict[str, Any]]:
    """Processes of their own, each new: a fork would copy threads of whoever measures."""
    fresh = multiprocessing.get_context("spawn")
    with fresh.Manager() as manager:
        barrier = manager.Barrier(len(shares))
        with fresh.Pool(len(shares)) as pool:
            asked = [
                pool.apply_async(_process, (admin, share, flight, barrier))
                for share, flight in zip(shares, flights, strict=True)
            ]
            return [one.get(START_SECONDS_LIMIT * 10) for one in asked]

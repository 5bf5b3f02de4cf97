"""The parts of the floor, each timed alone, and the floor itself (最低限の計測).

Every part is timed twice on one core: the library called as sparingly as it can be (`…_raw`), and
the product's own function around it with its framing and checks. Computation is timed in seconds of
the processor, so that other work on the machine enters little; commits in seconds of the clock,
since most of a commit is waiting. Nothing is estimated: a floor is counts × what was measured, and
beside it stands a bare loop that does exactly these operations.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import rbcl
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection

from renkei.bench import bare
from renkei.bench.machine import cores, describe
from renkei.bench.places import places
from renkei.crypto import agreement, boxes, derived_boxes, jws
from renkei.crypto.digests import log_entry
from renkei.crypto.merkle import leaf_hash
from renkei.crypto.suite import RISTRETTO255
from renkei.kit.database import Database
from renkei.kit.database.engines import engine_at
from renkei.kit.location import Location

Parts = dict[str, float]
BATCHES: Final = 7
BATCH_SECONDS: Final = 0.03
IN_FLIGHT: Final = 16
COMMITS: Final = 1_600
EXCHANGES: Final = 1_200
MESSAGE_BYTES: Final = round(sum(bare.MESSAGE_BYTES.values()) / len(bare.MESSAGE_BYTES))
BOX_BYTES: Final = 32
"""What three of an exchange's four boxes under a pair's secret hold: a point or a seed."""

RECEIPTS: Final = 2 / bare.RECEIPTS_BATCH
COUNTS: Final[tuple[tuple[str, str, float], ...]] = (
    ("ES256 signatures", "es256_sign", 4 + RECEIPTS),
    ("ES256 verifications", "es256_verify", 6 + RECEIPTS),
    ("ristretto255 multiplications", "multiply", 5),
    ("boxes sealed", "seal", 4),
    ("boxes opened", "open", 4),
    ("boxes made from a seed", "derive_box", 2),
    ("such boxes opened", "open_derived", 1),
    ("log entries hashed", "leaf_hash", 4),
    ("durable group commits", "commit", 4),
)
"""Part of the floor, how it is called in `measure()`, how often a complete exchange has it.

Receipts go in batches: two signatures and verifications for every 500 exchanges. The portal's box
is made by the inquirer and again by the provider. An entry of the exchange is hashed by network and
inquirer, one of each receipt by the network.
"""
NOT_COUNTED: Final = (("X25519 agreements", "x25519", 10),)
"""A pair's secret is the same for a key period of 90 days: whoever keeps it needs no agreement."""


def measure(in_flight: int = IN_FLIGHT, admin: Location | Path | None = None) -> Parts:
    """Microseconds of each part on one core, medians of seven batches (各部分).

    `commit_1` and `commit_16` (or another number in flight) are microseconds per write that the
    product's database answers after its durable commit; `commit_raw` a commit of one row by the
    driver alone, `commit_raw_16` the sixteenth of one commit of sixteen rows. Databases are made
    in `admin`, a folder or an administrator's place on a server, and taken away.
    """
    parts = {**_signatures(), **_group(), **_boxes(), **_derived(), **_hashes()}
    with tempfile.TemporaryDirectory() as temporary, places(admin or Path(temporary)) as make:
        parts["commit_raw"] = _raw_commit(make("raw_1"), 1)
        parts[f"commit_raw_{in_flight}"] = _raw_commit(make("raw"), in_flight)
        for tasks in sorted({1, in_flight}):
            parts[f"commit_{tasks}"] = _commit(make(f"{tasks}"), tasks)
    return {name: round(value, 3) for name, value in parts.items()}


def arithmetic(parts: Parts, in_flight: int = IN_FLIGHT) -> dict[str, Any]:
    """Counts × parts of one complete exchange, in microseconds, and their sum (部分の和)."""
    named = {**parts, "commit": parts[f"commit_{in_flight}"]}

    def row(name: str, part: str, count: float) -> dict[str, Any]:
        each = named[part]
        return {
            "name": name,
            "count": count,
            "each_microseconds": each,
            "microseconds": round(count * each, 3),
        }

    rows = [row(*one) for one in COUNTS]
    total = sum(one["microseconds"] for one in rows)
    return {
        "parts": rows,
        "not_counted": [row(*one) for one in NOT_COUNTED],
        "microseconds": round(total, 1),
        "per_second_one_core": round(1_000_000 / total, 1),
    }


def floor(
    parts: Parts | None = None,
    in_flight: int = IN_FLIGHT,
    exchanges: int = EXCHANGES,
    admin: Location | Path | None = None,
) -> dict[str, Any]:
    """The floor of a complete exchange: by parts, and run (最低限).

    `per_second_one_core` is one after another: 1 second through the sum of the parts.
    `per_second` (what results call `floor_per_second`) is measured: the bare exchange with
    `in_flight` at a time, in one process and in one for each core; the faster of the two, each
    listed under `measured`. Processors are never multiplied on paper.
    """
    if parts is None or f"commit_{in_flight}" not in parts:
        parts = measure(in_flight, admin)
    counted = arithmetic(parts, in_flight)
    processes = sorted({1, min(cores(), in_flight)})
    measured = [bare.run(number, exchanges, in_flight, admin) for number in processes]
    return {
        **counted,
        "in_flight": in_flight,
        "measured": measured,
        "per_second": max(one["per_second"] for one in measured),
    }


def run(in_flight: int = IN_FLIGHT, exchanges: int = EXCHANGES) -> dict[str, Any]:
    """All parts per second and in microseconds, product beside library, and the floor."""
    parts = measure(in_flight)
    return {
        "microseconds": parts,
        "per_second": {name: round(1_000_000 / value) for name, value in parts.items()},
        "ratio_product_to_library": ratios(parts),
        "floor": floor(parts, in_flight, exchanges),
        "message_bytes": MESSAGE_BYTES,
        **describe(),
    }


def lines(found: dict[str, Any]) -> Iterator[str]:
    """The result of `run` as a person reads it."""
    yield f"{'part':<30} {'µs':>10} {'per second':>11}  product/library"
    for name, value in found["microseconds"].items():
        ratio = found["ratio_product_to_library"].get(name, "")
        yield f"{name:<30} {value:>10.1f} {found['per_second'][name]:>11}  {ratio}"
    yield from ("", *floor_lines(found["floor"]))
    machine = found["machine"]
    yield f"machine: {machine['cpu']}, {machine['cores']} cores, load {machine['load']}"


def floor_lines(found: dict[str, Any]) -> Iterator[str]:
    """A floor by its parts, as a person reads it."""
    yield f"{'floor of one exchange':<30} {'count':>8} {'µs each':>10} {'µs':>10}"
    for one in (*found["parts"], *found["not_counted"]):
        left_out = "  (not counted)" if one in found["not_counted"] else ""
        numbers = (
            f"{one['count']:>8} {one['each_microseconds']:>10.1f} {one['microseconds']:>10.1f}"
        )
        yield f"{one['name']:<30} {numbers}{left_out}"
    yield f"{'sum':<30} {'':>8} {'':>10} {found['microseconds']:>10.1f}"
    yield f"one after another on one core: {found['per_second_one_core']} a second"
    for one in found["measured"]:
        yield (
            f"run bare, {one['in_flight']} in flight, {one['processes']} process(es): "
            f"{one['per_second']} a second, "
            f"{one['processor_microseconds']:.0f} µs of processor each"
        )


def ratios(parts: Parts) -> dict[str, float]:
    """Time of the product's function through that of the library alone, where both are timed."""
    pairs = {
        name: f"{name}_raw" if not name.startswith("commit_") else name.replace("_", "_raw_")
        for name in parts
        if "_raw" not in name
    }
    pairs["commit_1"] = "commit_raw"
    return {
        name: round(parts[name] / parts[raw], 3)
        for name, raw in pairs.items()
        if name in parts and raw in parts
    }


def timed(function: Callable[[], object]) -> float:
    """Median processor microseconds of one call, over seven batches of about 30 ms."""
    count, seconds = 1, 0.0
    while True:
        seconds = _batch(function, count)
        if seconds >= BATCH_SECONDS:
            break
        count = max(count * 2, int(count * BATCH_SECONDS / max(seconds, 1e-6)))
    times = sorted(_batch(function, count) for _ in range(BATCHES))
    return times[BATCHES // 2] / count * 1_000_000


def _batch(function: Callable[[], object], count: int) -> float:
    started = time.thread_time()
    for _ in range(count):
        function()
    return time.thread_time() - started


def _signatures() -> Parts:
    signer = bare.Signer("bench")
    public = signer.private.public_key()
    payload = os.urandom(MESSAGE_BYTES)
    raw = signer.sign("renkei.bench.v1", payload)
    library = ec.ECDSA(SHA256(), deterministic_signing=True)
    signing_input = raw.rpartition(b".")[0]
    signature = signer.private.sign(signing_input, library)
    return {
        "es256_sign_raw": timed(lambda: signer.private.sign(signing_input, library)),
        "es256_sign": timed(lambda: signer.sign("renkei.bench.v1", payload)),
        "es256_verify_raw": timed(lambda: public.verify(signature, signing_input, library)),
        "es256_verify": timed(lambda: jws.verify(jws.parse(raw, max_bytes=len(raw)), public)),
    }


def _group() -> Parts:
    scalar = RISTRETTO255.scalar_from_uniform(os.urandom(64))
    element = RISTRETTO255.element_from_uniform(os.urandom(64))
    private, other = X25519PrivateKey.generate(), X25519PrivateKey.generate()
    public = other.public_key().public_bytes_raw()
    return {
        "multiply_raw": timed(lambda: rbcl.crypto_scalarmult_ristretto255(scalar, element)),
        "multiply": timed(lambda: RISTRETTO255.multiply(scalar, element)),
        "invert_scalar": timed(lambda: RISTRETTO255.invert_scalar(scalar)),
        "x25519_raw": timed(lambda: private.exchange(X25519PublicKey.from_public_bytes(public))),
        "x25519": timed(lambda: agreement.x25519(private, public)),
    }


def _boxes() -> Parts:
    shared, plain, nonce = os.urandom(32), os.urandom(BOX_BYTES), os.urandom(12)
    tx = "019d6000-0000-7000-8000-00000000a001"
    context = bare.context("request-code", "city-hidamari", "linkage", tx)
    box = boxes.seal(shared, context, plain, nonce)
    salt, info, bound = tx.encode(), os.urandom(96), context.associated_data()

    def derive() -> bytes:
        return HKDF(SHA256(), 32, salt=salt, info=info).derive(shared)

    key = context.key(shared)
    return {
        "hkdf_raw": timed(derive),
        "hkdf": timed(lambda: context.key(shared)),
        "seal_raw": timed(lambda: AESGCM(derive()).encrypt(nonce, plain, bound)),
        "seal": timed(
            lambda: boxes.seal(
                shared,
                bare.context("request-code", "city-hidamari", "linkage", tx),
                plain,
                os.urandom(12),
            )
        ),
        "open_raw": timed(lambda: derive() and AESGCM(key).decrypt(nonce, box[12:], bound)),
        "open": timed(
            lambda: boxes.unseal(
                shared, bare.context("request-code", "city-hidamari", "linkage", tx), box
            )
        ),
    }


def _derived() -> Parts:
    private, seed = X25519PrivateKey.generate(), os.urandom(32)
    public = private.public_key().public_bytes_raw()
    tx = "019d6000-0000-7000-8000-00000000a001"
    context = bare.context("portal-seed", "city-hidamari", "portal", tx)
    box = derived_boxes.seal_seed(seed, context, public)
    return {
        "derive_box": timed(lambda: derived_boxes.seal_seed(seed, context, public)),
        "open_derived": timed(
            lambda: derived_boxes.unseal_seed(
                lambda other: agreement.x25519(private, other), context, public, box
            )
        ),
    }


def _hashes() -> Parts:
    record, salt = os.urandom(bare.RECORD_BYTES), os.urandom(32)
    entry = log_entry(1, record, salt)
    return {
        "leaf_hash_raw": timed(
            lambda: sha256(b"\0" + entry[:1] + sha256(salt + record).digest()).digest()
        ),
        "leaf_hash": timed(lambda: leaf_hash(log_entry(1, record, salt))),
    }


def _raw_commit(at: Location, rows: int) -> float:
    """Microseconds per row of durable commits of `rows` rows by the driver, one after another."""
    bare.create(at).close()
    data, numbers = os.urandom(MESSAGE_BYTES), iter(range(COMMITS * 10))

    def write(connection: Connection) -> None:
        for _ in range(rows):
            bare.insert(connection, f"{next(numbers):036}", data)

    with engine_at(at).bare(at.place) as commit:
        started = time.perf_counter()
        for _ in range(max(1, COMMITS // 4 // rows)):
            commit(write)
        seconds = time.perf_counter() - started
    return seconds / (max(1, COMMITS // 4 // rows) * rows) * 1_000_000


def _commit(at: Location, tasks: int) -> float:
    """Microseconds per durable write of the product's database with `tasks` in flight."""
    database = bare.create(at)
    count = COMMITS if tasks > 1 else COMMITS // 4
    try:
        return asyncio.run(_write_all(database, count, tasks)) / count * 1_000_000
    finally:
        database.close()


async def _write_all(database: Database, count: int, tasks: int) -> float:
    data, numbers = os.urandom(MESSAGE_BYTES), iter(range(count))

    async def work() -> None:
        for number in numbers:
            await database.write(partial(bare.insert, tx=f"{number:036}", data=data))

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(tasks)))
    return time.perf_counter() - started

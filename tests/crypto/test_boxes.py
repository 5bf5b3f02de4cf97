"""Boxes open for one key and one context only."""

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from renkei.crypto.agreement import check_public, x25519
from renkei.crypto.boxes import PLAINTEXT_LIMIT_BYTES, BoxContext, seal, unseal
from renkei.crypto.errors import BoxError

VECTOR = json.loads((Path(__file__).parent / "vectors" / "boxes.json").read_text())
SHARED = bytes.fromhex(VECTOR["shared"])
CONTEXT = BoxContext(**VECTOR["cases"][0]["context"])
P = 2**255 - 19
# The points of order 1, 2, 4 and 8 on Curve25519 and their twist (RFC 7748 §7).
LOW_ORDER = [
    0,
    1,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
    P - 1,
]


def test_agreement_vector() -> None:
    """The agreed secret of two fixed keys is fixed."""
    private = X25519PrivateKey.from_private_bytes(bytes.fromhex(VECTOR["private_a"]))
    assert x25519(private, bytes.fromhex(VECTOR["public_b"])) == SHARED


@pytest.mark.parametrize("case", VECTOR["cases"], ids=["empty", "scalar", "long"])
def test_vectors(case: dict[str, object]) -> None:
    """Key, associated data and box are fixed, byte for byte."""
    context = BoxContext(**case["context"])  # type: ignore[arg-type]
    plaintext, nonce = (bytes.fromhex(str(case[name])) for name in ("plaintext", "nonce"))
    assert context.key(SHARED).hex() == case["key"]
    assert context.associated_data().hex() == case["associated_data"]
    assert seal(SHARED, context, plaintext, nonce).hex() == case["box"]
    assert unseal(SHARED, context, bytes.fromhex(str(case["box"]))) == plaintext


@given(st.binary(max_size=2000), st.binary(min_size=12, max_size=12))
def test_round_trip(plaintext: bytes, nonce: bytes) -> None:
    """Any plaintext comes back from its box."""
    box = seal(SHARED, CONTEXT, plaintext, nonce)
    assert box[:12] == nonce
    assert unseal(SHARED, CONTEXT, box) == plaintext


def test_every_changed_byte() -> None:
    """A box with any one bit changed, cut short or grown by a byte does not open."""
    box = seal(SHARED, CONTEXT, b"payload", bytes(12))
    broken = [box[:at] + bytes((box[at] ^ bit,)) + box[at + 1 :] for at in range(len(box))
              for bit in (1, 0x80)]  # fmt: skip
    broken += [box[:at] for at in range(len(box))] + [box + b"\0"]
    for data in broken:
        with pytest.raises(BoxError):
            unseal(SHARED, CONTEXT, data)


@pytest.mark.parametrize("name", [field.name for field in fields(BoxContext)])
def test_every_context_field(name: str) -> None:
    """A box does not open when any one field of its context is another."""
    box = seal(SHARED, CONTEXT, b"payload", bytes(12))
    other = replace(CONTEXT, **{name: getattr(CONTEXT, name) + "x"})
    with pytest.raises(BoxError):
        unseal(SHARED, other, box)


def test_direction() -> None:
    """A box from S to R does not open as one from R to S, nor do fields slide."""
    box = seal(SHARED, CONTEXT, b"payload", bytes(12))
    swapped = replace(CONTEXT, sender=CONTEXT.receiver, receiver=CONTEXT.sender)
    slid = replace(
        CONTEXT, sender=CONTEXT.sender[:-1], receiver=CONTEXT.sender[-1] + CONTEXT.receiver
    )
    for context in (swapped, slid):
        with pytest.raises(BoxError):
            unseal(SHARED, context, box)


def test_other_secret() -> None:
    """A box does not open under another shared secret."""
    box = seal(SHARED, CONTEXT, b"payload", bytes(12))
    with pytest.raises(BoxError):
        unseal(bytes(31) + b"\1", CONTEXT, box)


@pytest.mark.parametrize("shared", [bytes(32), SHARED[:31], SHARED + b"\0", b""])
def test_bad_shared(shared: bytes) -> None:
    """An all-zero secret or one of wrong length is refused both ways."""
    box = seal(SHARED, CONTEXT, b"payload", bytes(12))
    with pytest.raises(BoxError):
        seal(shared, CONTEXT, b"payload", bytes(12))
    with pytest.raises(BoxError):
        unseal(shared, CONTEXT, box)


@pytest.mark.parametrize("length", [0, 11, 13, 16])
def test_bad_nonce(length: int) -> None:
    """Only a nonce of 12 bytes is taken."""
    with pytest.raises(BoxError):
        seal(SHARED, CONTEXT, b"", bytes(length))


def test_size_limit() -> None:
    """64 KiB fit into a box; one byte more is refused when sealing and when opening."""
    box = seal(SHARED, CONTEXT, bytes(PLAINTEXT_LIMIT_BYTES), bytes(12))
    assert len(unseal(SHARED, CONTEXT, box)) == PLAINTEXT_LIMIT_BYTES
    with pytest.raises(BoxError, match="at most"):
        seal(SHARED, CONTEXT, bytes(PLAINTEXT_LIMIT_BYTES + 1), bytes(12))
    with pytest.raises(BoxError, match="length"):
        unseal(SHARED, CONTEXT, box + b"\0")


@pytest.mark.parametrize("text", ["", "x" * 257, "連携", "\ud800"])
@pytest.mark.parametrize("name", [field.name for field in fields(BoxContext)])
def test_context_fields_are_limited(name: str, text: str) -> None:
    """Empty, overlong and non-ASCII fields are refused in every place of a context."""
    with pytest.raises(BoxError):
        replace(CONTEXT, **{name: text})


@pytest.mark.parametrize("number", LOW_ORDER)
def test_low_order(number: int) -> None:
    """A public key of low order gives an error, never a known secret."""
    private = X25519PrivateKey.from_private_bytes(bytes.fromhex(VECTOR["private_a"]))
    with pytest.raises(BoxError):
        x25519(private, number.to_bytes(32, "little"))


def test_non_canonical_public() -> None:
    """A public key that is unreduced, has its top bit set or a wrong length is refused."""
    public = bytes.fromhex(VECTOR["public_b"])
    top_bit = public[:31] + bytes((public[31] | 0x80,))
    unreduced = [number.to_bytes(32, "little") for number in range(P, 2**255)]
    for bad in (top_bit, public[:31], public + b"\0", b"", *unreduced):
        with pytest.raises(BoxError):
            check_public(bad)


def test_agreement_is_mutual() -> None:
    """Both sides agree on the same secret."""
    one = X25519PrivateKey.from_private_bytes(bytes(range(32)))
    two = X25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
    assert x25519(one, two.public_key().public_bytes_raw()) == x25519(
        two, one.public_key().public_bytes_raw()
    )

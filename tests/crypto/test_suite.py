"""ristretto255: RFC 9496 vectors, and every encoding that must not pass."""

import json
from collections.abc import Callable
from hashlib import sha512
from pathlib import Path
from typing import Any

import pytest
import rbcl
from hypothesis import assume, example, given
from hypothesis import strategies as st

from renkei.crypto.errors import CryptoError, InvalidElement, InvalidScalar
from renkei.crypto.suite import RISTRETTO255 as SUITE

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "vectors" / "ristretto255.json").read_text()
)
MULTIPLES = [bytes.fromhex(text) for text in VECTORS["multiples_of_generator_from_1"]]
GENERATOR = MULTIPLES[0]
ONE = (1).to_bytes(32, "little")

uniform = st.binary(min_size=64, max_size=64)
scalars = st.integers(1, Q - 1).map(lambda number: number.to_bytes(32, "little"))
elements = st.binary().map(lambda data: SUITE.element_from_uniform(sha512(data).digest()))


def le(number: int) -> bytes:
    return number.to_bytes(32, "little")


def decodes(data: bytes) -> bool:
    """The decoding of RFC 9496 §4.3.1 with plain integers, written for this test."""
    s = int.from_bytes(data, "little")
    if s >= P or s & 1:
        return False
    d = -121665 * pow(121666, -1, P) % P
    ss = s * s % P
    u1, u2 = (1 - ss) % P, (1 + ss) % P
    v = (-(d * u1 * u1) - u2 * u2) % P
    product = v * u2 * u2 % P
    if product == 0 or pow(product, (P - 1) // 2, P) != 1:
        return False
    root = pow(product, -1, P)
    inverse = pow(root, (P + 3) // 8, P)
    if inverse * inverse % P != root:
        inverse = inverse * pow(2, (P - 1) // 4, P) % P
    x = 2 * s * inverse * u2 % P
    if x & 1:
        x = P - x
    y = u1 * inverse * (inverse * u2) * v % P
    return not (x * y % P) & 1 and y != 0


def test_names_itself() -> None:
    """The suite's name and lengths are those that messages carry."""
    assert (SUITE.name, SUITE.element_bytes, SUITE.scalar_bytes) == ("ristretto255-sha512", 32, 32)


def test_multiples_of_the_generator() -> None:
    """The first fifteen multiples of the generator are those of RFC 9496, appendix A.1."""
    for number, expected in enumerate(MULTIPLES, start=1):
        assert SUITE.check_element(expected) == expected
        assert SUITE.multiply(le(number), GENERATOR) == expected


@pytest.mark.parametrize("text", VECTORS["invalid"])
def test_invalid_encodings(text: str) -> None:
    """Every invalid encoding of RFC 9496, appendix A.2, is refused alone and in a product."""
    data = bytes.fromhex(text)
    with pytest.raises(InvalidElement):
        SUITE.check_element(data)
    with pytest.raises(InvalidElement):
        SUITE.multiply(ONE, data)


def test_element_derivation() -> None:
    """Uniform bytes map to the elements of RFC 9496, appendix A.3."""
    for case in VECTORS["from_uniform"]:
        derived = SUITE.element_from_uniform(bytes.fromhex(case["input"]))
        assert derived.hex() == case["output"]


def bad_elements() -> list[bytes]:
    good = MULTIPLES[6]
    top_bit_set = good[:31] + bytes((good[31] | 0x80,))
    plus_p = [le(value + P) for value in range(0, 19, 2)]
    return [
        b"",
        good[:31],
        good + b"\0",
        good * 2,
        bytes(32),
        top_bit_set,
        bytes(31) + b"\x80",
        b"\xff" * 32,
        le(P),
        le(P - 1),
        *plus_p,
    ]


@pytest.mark.parametrize("data", bad_elements(), ids=lambda data: data.hex()[:70] or "empty")
def test_bad_elements(data: bytes) -> None:
    """No wrong length, identity, set top bit or unreduced field element passes as an element."""
    with pytest.raises(InvalidElement):
        SUITE.check_element(data)
    with pytest.raises(InvalidElement):
        SUITE.multiply(ONE, data)


def bad_scalars() -> list[bytes]:
    return [
        b"",
        le(5)[:31],
        le(5) + b"\0",
        le(0),
        le(Q),
        le(Q + 1),
        le(5 + Q),
        le(2 * Q),
        le(5 + 2**255),
        le(Q - 1 + 2**255),
        b"\xff" * 32,
    ]


USES: list[Callable[[bytes], bytes]] = [
    SUITE.check_scalar,
    SUITE.invert_scalar,
    lambda scalar: SUITE.multiply(scalar, GENERATOR),
    lambda scalar: SUITE.multiply_scalars(scalar, ONE),
    lambda scalar: SUITE.multiply_scalars(ONE, scalar),
]


@pytest.mark.parametrize("data", bad_scalars(), ids=lambda data: data.hex()[:70] or "empty")
@pytest.mark.parametrize("use", USES, ids=["check", "invert", "multiply", "left", "right"])
def test_bad_scalars(use: Callable[[bytes], bytes], data: bytes) -> None:
    """No wrong length, 0, q, r + q or set top bit passes as a scalar anywhere."""
    with pytest.raises(InvalidScalar):
        use(data)


def test_the_checks_are_needed() -> None:
    """The binding itself takes r + q and the identity, so these checks are not for show."""
    assert rbcl.crypto_scalarmult_ristretto255(le(5 + Q), GENERATOR) == MULTIPLES[4]
    assert rbcl.crypto_core_ristretto255_is_valid_point(bytes(32))


def test_extreme_scalars() -> None:
    """1 and q - 1 are scalars: the smallest and the largest that pass."""
    assert SUITE.multiply(ONE, GENERATOR) == GENERATOR
    minus = SUITE.multiply(le(Q - 1), GENERATOR)
    assert SUITE.multiply(le(Q - 1), minus) == GENERATOR
    assert SUITE.multiply_scalars(le(Q - 1), le(Q - 1)) == ONE


@pytest.mark.parametrize("length", [0, 32, 63, 65])
def test_uniform_lengths(length: int) -> None:
    """Only 64 uniform bytes are turned into a scalar or an element."""
    with pytest.raises(InvalidScalar):
        SUITE.scalar_from_uniform(bytes(length))
    with pytest.raises(InvalidElement):
        SUITE.element_from_uniform(bytes(length))


def test_uniform_zero_scalar() -> None:
    """Uniform bytes that reduce to 0 are refused rather than turned into a scalar."""
    for multiple in (0, Q, 7 * Q):
        with pytest.raises(InvalidScalar):
            SUITE.scalar_from_uniform(multiple.to_bytes(64, "little"))


def test_uniform_identity() -> None:
    """Uniform bytes that map to the identity are refused rather than turned into a code."""
    with pytest.raises(InvalidElement):
        SUITE.element_from_uniform(bytes(64))


@given(uniform)
def test_scalar_reduction(data: bytes) -> None:
    """A scalar from uniform bytes is their little-endian number mod q."""
    expected = int.from_bytes(data, "little") % Q
    assume(expected != 0)
    assert SUITE.scalar_from_uniform(data) == le(expected)


@given(st.binary(min_size=32, max_size=32))
@example(bytes(32))
@example(le(P - 1))
@example(le(2))
def test_decoding_agrees_with_the_standard(data: bytes) -> None:
    """Exactly the bytes that decode by RFC 9496 §4.3.1, the identity apart, are elements."""
    expected = decodes(data) and data != bytes(32)
    for use in (SUITE.check_element, lambda element: SUITE.multiply(ONE, element)):
        try:
            assert use(data) == data
            accepted = True
        except CryptoError:
            accepted = False
        assert accepted == expected


@given(elements)
def test_derived_elements_decode(element: bytes) -> None:
    """Derived elements decode by the standard and pass the suite's own check."""
    assert decodes(element)
    assert SUITE.check_element(element) == element


@given(scalars, scalars, elements)
def test_group_laws(a: bytes, b: bytes, element: bytes) -> None:
    """Multiplying by a and then b is multiplying by ab, and an inverse undoes a scalar."""
    one_by_one = SUITE.multiply(b, SUITE.multiply(a, element))
    assert one_by_one == SUITE.multiply(SUITE.multiply_scalars(a, b), element)
    assert SUITE.multiply(SUITE.invert_scalar(a), SUITE.multiply(a, element)) == element
    product = int.from_bytes(a, "little") * int.from_bytes(b, "little") % Q
    assert SUITE.multiply_scalars(a, b) == le(product)
    assert SUITE.invert_scalar(a) == le(pow(int.from_bytes(a, "little"), -1, Q))


@pytest.mark.parametrize("data", [bytearray(MULTIPLES[2]), "x" * 32, None, 5])
def test_only_bytes(data: Any) -> None:
    """Only immutable bytes are taken, so that nothing changes between check and use."""
    with pytest.raises(InvalidElement):
        SUITE.check_element(data)
    with pytest.raises(InvalidScalar):
        SUITE.check_scalar(data)

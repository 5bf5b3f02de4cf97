"""Codes: fixed vectors and the algebra that the whole network rests on."""

import hmac
import json
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.crypto import codes, digests
from renkei.crypto.errors import CryptoError, FramingError, InvalidElement, InvalidScalar
from renkei.crypto.suite import RISTRETTO255 as SUITE

Q = 2**252 + 27742317777372353535851937790883648493
VECTOR = json.loads((Path(__file__).parent / "vectors" / "codes.json").read_text())
KEY = bytes.fromhex(VECTOR["key"])

scalars = st.integers(1, Q - 1).map(lambda number: number.to_bytes(32, "little"))
seeds = st.binary(min_size=32, max_size=32)
names = st.text(min_size=1, max_size=40)


def mac(digest: str, message: bytes) -> bytes:
    return hmac.digest(KEY, message, digest)


mac_sha256 = partial(mac, "sha256")
mac_sha512 = partial(mac, "sha512")


def value(name: str) -> bytes:
    return bytes.fromhex(VECTOR[name])


def test_vector_of_issue() -> None:
    """Link seed, base element and codes of a synthetic person are fixed."""
    number = VECTOR["first_resident_code"]
    assert codes.link_seed(mac_sha256, number, 0) == value("link_seed_0")
    assert codes.link_seed(mac_sha256, number, 1) == value("link_seed_1")
    base = codes.base_element(mac_sha512, value("link_seed_0"))
    assert base == value("base_element")
    assert SUITE.multiply(value("scalar_a"), base) == value("code_a")
    assert SUITE.multiply(value("scalar_b"), base) == value("code_b")


def test_vector_of_request() -> None:
    """Blinding, conversion, commitment and unblinding of one request are fixed."""
    r = codes.derive_blind(value("rho"), VECTOR["party"], VECTOR["tx"])
    assert r == value("blind")
    assert codes.blind(r, value("code_a")) == value("x")
    factor = codes.conversion_factor(value("scalar_a"), value("scalar_b"))
    assert factor == value("conversion_factor")
    assert SUITE.multiply(factor, value("x")) == value("x_b")
    assert codes.unblind(r, value("x_b")) == value("code_b")
    assert codes.commitment(VECTOR["party"], VECTOR["tx"], r) == value("commitment")


def test_vector_of_digests() -> None:
    """Log entry, entry hash and the keyed digests of a record are fixed."""
    record, salt = VECTOR["record"].encode(), value("salt")
    assert digests.log_entry(VECTOR["kind"], record, salt) == value("log_entry")
    assert digests.entry_hash(VECTOR["kind"], record, salt) == value("entry_hash")
    assert digests.element_digest(value("x")) == value("element_digest_x")
    tx = VECTOR["tx"]
    officer = digests.officer_pseudonym(mac_sha256, tx, VECTOR["officer"])
    assert officer == value("officer_pseudonym")
    assert digests.case_digest(mac_sha256, tx, VECTOR["case_number"]) == value("case_digest")


@given(scalars, scalars, seeds, seeds, names, names)
def test_algebra(s_a: bytes, s_b: bytes, link_seed: bytes, rho: bytes, party: str, tx: str) -> None:
    """For any two institutions: issue, blind, convert, unblind gives the provider's code."""
    base = codes.base_element(mac_sha512, link_seed)
    # Issue as the network does it: it multiplies what J-LIS blinded and never sees the base.
    r_issue = codes.derive_blind(rho, "issue", tx)
    blinded_base = codes.blind(r_issue, base)
    code_a = codes.unblind(r_issue, SUITE.multiply(s_a, blinded_base))
    code_b = codes.unblind(r_issue, SUITE.multiply(s_b, blinded_base))
    assert code_a == SUITE.multiply(s_a, base)

    r = codes.derive_blind(rho, party, tx)
    x_b = SUITE.multiply(codes.conversion_factor(s_a, s_b), codes.blind(r, code_a))
    assert codes.unblind(r, x_b) == code_b


@given(scalars, scalars, seeds)
def test_epoch_change(old: bytes, new: bytes, link_seed: bytes) -> None:
    """Multiplying a code by delta = new / old gives the code of the new epoch."""
    base = codes.base_element(mac_sha512, link_seed)
    delta = codes.conversion_factor(old, new)
    assert SUITE.multiply(delta, SUITE.multiply(old, base)) == SUITE.multiply(new, base)


@given(seeds, names, names, names, names)
def test_blind_is_bound_to_party_and_transaction(
    rho: bytes, party: str, tx: str, other_party: str, other_tx: str
) -> None:
    """Another party or transaction gives another blinding scalar and another commitment."""
    r = codes.derive_blind(rho, party, tx)
    c = codes.commitment(party, tx, r)
    assert codes.commit_matches(c, party, tx, r)
    if (party, tx) != (other_party, other_tx):
        assert codes.derive_blind(rho, other_party, other_tx) != r
        assert not codes.commit_matches(c, other_party, other_tx, r)


def test_fields_do_not_slide() -> None:
    """Moving a character from the party into the transaction changes blind and commitment."""
    rho = bytes(32)
    r = codes.derive_blind(rho, "ab", "c")
    assert r != codes.derive_blind(rho, "a", "bc")
    assert codes.commitment("ab", "c", r) != codes.commitment("a", "bc", r)


def test_commitment_of_another_scalar() -> None:
    """A commitment fits only its own scalar, and a digest of wrong length fits none."""
    c = codes.commitment("a", "t", value("blind"))
    assert not codes.commit_matches(c, "a", "t", value("scalar_a"))
    assert not codes.commit_matches(c[:31], "a", "t", value("blind"))
    assert not codes.commit_matches(b"", "a", "t", value("blind"))


def le(number: int) -> bytes:
    return number.to_bytes(32, "little")


BAD_SCALARS = {
    "zero": le(0),
    "q": le(Q),
    "r+q": le(int.from_bytes(value("blind"), "little") + Q),
    "top bit": le(int.from_bytes(value("blind"), "little") | 1 << 255),
    "31 bytes": value("blind")[:31],
    "33 bytes": value("blind") + b"\0",
}
BAD_ELEMENTS = {
    "identity": bytes(32),
    "non-canonical": le(2**255 - 19 + 2),
    "negative": le(1),
    "top bit": value("x")[:31] + bytes((value("x")[31] | 0x80,)),
    "31 bytes": value("x")[:31],
    "33 bytes": value("x") + b"\0",
}


@pytest.mark.parametrize("bad", BAD_SCALARS.values(), ids=BAD_SCALARS)
def test_bad_scalar_in_every_field(bad: bytes) -> None:
    """Scalars 0, q, r + q, with a set top bit, or of 31 or 33 bytes are refused in every field."""
    good = value("blind")
    for use in (
        lambda: codes.blind(bad, value("x")),
        lambda: codes.unblind(bad, value("x")),
        lambda: codes.conversion_factor(bad, good),
        lambda: codes.conversion_factor(good, bad),
        lambda: codes.commitment("a", "t", bad),
        lambda: codes.commit_matches(bytes(32), "a", "t", bad),
    ):
        with pytest.raises(InvalidScalar):
            use()


@pytest.mark.parametrize("bad", BAD_ELEMENTS.values(), ids=BAD_ELEMENTS)
def test_bad_element_in_every_field(bad: bytes) -> None:
    """The identity, non-canonical bytes and 31 or 33 bytes are refused wherever a code stands."""
    for use in (
        lambda: codes.blind(value("blind"), bad),
        lambda: codes.unblind(value("blind"), bad),
    ):
        with pytest.raises(InvalidElement):
            use()


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_seed_lengths(length: int) -> None:
    """Seeds of any length but 32 bytes are refused, also from a MAC of the wrong kind."""
    seed = bytes(length)
    with pytest.raises(InvalidScalar):
        codes.derive_blind(seed, "a", "t")
    with pytest.raises(InvalidElement):
        codes.base_element(mac_sha512, seed)
    with pytest.raises(InvalidScalar):
        codes.link_seed(lambda _: seed, "1", 0)
    with pytest.raises(FramingError):
        digests.log_entry(1, b"", seed)
    with pytest.raises(FramingError):
        digests.element_digest(seed)


def test_wrong_mac_for_base() -> None:
    """A base element is not made from a 32-byte MAC where 64 uniform bytes are needed."""
    with pytest.raises(InvalidElement):
        codes.base_element(mac_sha256, bytes(32))


@pytest.mark.parametrize("number", [-1, 1 << 64])
def test_issue_number_range(number: int) -> None:
    """An issue number outside 64 bits is refused."""
    with pytest.raises(CryptoError):
        codes.link_seed(mac_sha256, "1", number)


@pytest.mark.parametrize("kind", [-1, 256])
def test_kind_range(kind: int) -> None:
    """A kind that is not one byte is refused."""
    with pytest.raises(FramingError):
        digests.entry_hash(kind, b"", bytes(32))


def test_keyed_digests_do_not_repeat() -> None:
    """Case digests and pseudonyms differ by transaction and from each other for equal values."""
    made = [
        make(mac_sha256, tx, "same")
        for tx in ("t1", "t2")
        for make in (digests.case_digest, digests.officer_pseudonym)
    ]
    assert len(set(made)) == 4

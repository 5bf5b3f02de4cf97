"""Compact JWS: fixed vectors, joserfc as the oracle, and everything that must not pass."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws as oracle
from joserfc.jwk import ECKey

from renkei.crypto import jws
from renkei.crypto.errors import CryptoError, FramingError, SignatureError

VECTOR = json.loads((Path(__file__).parent / "vectors" / "jws.json").read_text())
PRIVATE = ec.derive_private_key(int(VECTOR["private_number"], 16), ec.SECP256R1())
PUBLIC = PRIVATE.public_key()
ORACLE_PRIVATE = ECKey.import_key(PRIVATE)
ORACLE_PUBLIC = ECKey.import_key(PUBLIC)
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
LIMIT = 1 << 16
KID, TYP, PAYLOAD = "municipality:132101#1.s1", "renkei.permit.v1", b'{"aud":"linkage"}'

names = st.text("ABCXYZabcxyz0189._:#-", min_size=1, max_size=128)


def url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def sign(header: bytes, payload: bytes = PAYLOAD) -> bytes:
    """Make a JWS with any header, validly signed."""
    signing_input = url(header) + b"." + url(payload)
    return signing_input + b"." + url(jws.sign_raw(PRIVATE, signing_input))


def message(payload: bytes = PAYLOAD) -> bytes:
    signing_input = jws.frame(KID, TYP, payload)
    return jws.assemble(signing_input, jws.sign_raw(PRIVATE, signing_input))


@pytest.mark.parametrize("case", VECTOR["cases"], ids=["usual", "shortest", "longest"])
def test_vectors(case: dict[str, str]) -> None:
    """Framing, deterministic signature and digest are fixed, byte for byte."""
    signing_input = jws.frame(case["kid"], case["typ"], bytes.fromhex(case["payload"]))
    signature = jws.sign_raw(PRIVATE, signing_input)
    assert signature.hex() == case["signature"]
    assert jws.assemble(signing_input, signature) == case["jws"].encode()
    parsed = jws.parse(case["jws"].encode(), LIMIT)
    assert (parsed.kid, parsed.typ) == (case["kid"], case["typ"])
    assert parsed.payload.hex() == case["payload"]
    assert jws.digest(parsed).hex() == case["digest"]
    jws.verify(parsed, PUBLIC)


@settings(max_examples=50)
@given(names, names, st.binary(max_size=500))
def test_oracle_reads_ours(kid: str, typ: str, payload: bytes) -> None:
    """joserfc verifies what we sign and reads the same header and payload."""
    signing_input = jws.frame(kid, typ, payload)
    data = jws.assemble(signing_input, jws.sign_raw(PRIVATE, signing_input))
    read = oracle.deserialize_compact(data, ORACLE_PUBLIC, algorithms=["ES256"])
    assert read.headers() == {"alg": "ES256", "kid": kid, "typ": typ}
    assert read.payload == payload


@settings(max_examples=50)
@given(names, names, st.binary(max_size=500))
def test_we_read_the_oracle(kid: str, typ: str, payload: bytes) -> None:
    """We verify what joserfc signs and read the same header and payload."""
    header = {"alg": "ES256", "kid": kid, "typ": typ}
    data = oracle.serialize_compact(header, payload, ORACLE_PRIVATE, algorithms=["ES256"])
    parsed = jws.parse(data.encode(), LIMIT)
    jws.verify(parsed, PUBLIC)
    assert (parsed.kid, parsed.typ, parsed.payload) == (kid, typ, payload)


HEADERS: dict[str, bytes] = {
    "alg none": b'{"alg":"none","kid":"k","typ":"t"}',
    "alg HS256": b'{"alg":"HS256","kid":"k","typ":"t"}',
    "alg ES384": b'{"alg":"ES384","kid":"k","typ":"t"}',
    "alg lower case": b'{"alg":"es256","kid":"k","typ":"t"}',
    "alg escaped": b'{"alg":"\\u0045S256","kid":"k","typ":"t"}',
    "alg missing": b'{"kid":"k","typ":"t"}',
    "kid missing": b'{"alg":"ES256","typ":"t"}',
    "typ missing": b'{"alg":"ES256","kid":"k"}',
    "other order": b'{"alg":"ES256","typ":"t","kid":"k"}',
    "duplicate alg": b'{"alg":"none","alg":"ES256","kid":"k","typ":"t"}',
    "duplicate kid": b'{"alg":"ES256","kid":"k","kid":"l","typ":"t"}',
    "duplicate typ": b'{"alg":"ES256","kid":"k","typ":"t","typ":"u"}',
    "jwk": b'{"alg":"ES256","jwk":{"kty":"EC"},"kid":"k","typ":"t"}',
    "jku": b'{"alg":"ES256","kid":"k","typ":"t","jku":"https://example.com"}',
    "crit": b'{"alg":"ES256","kid":"k","typ":"t","crit":["exp"],"exp":1}',
    "b64 false": b'{"alg":"ES256","kid":"k","typ":"t","b64":false,"crit":["b64"]}',
    "x5c": b'{"alg":"ES256","kid":"k","typ":"t","x5c":[]}',
    "zip": b'{"alg":"ES256","kid":"k","typ":"t","zip":"DEF"}',
    "space": b'{"alg": "ES256","kid":"k","typ":"t"}',
    "newline at the end": b'{"alg":"ES256","kid":"k","typ":"t"}\n',
    "space at the start": b' {"alg":"ES256","kid":"k","typ":"t"}',
    "byte order mark": b'\xef\xbb\xbf{"alg":"ES256","kid":"k","typ":"t"}',
    "empty": b"",
    "empty object": b"{}",
    "array": b'["ES256"]',
    "number for kid": b'{"alg":"ES256","kid":1,"typ":"t"}',
    "null for typ": b'{"alg":"ES256","kid":"k","typ":null}',
    "empty kid": b'{"alg":"ES256","kid":"","typ":"t"}',
    "long kid": b'{"alg":"ES256","kid":"%b","typ":"t"}' % (b"k" * 129),
    "slash in kid": b'{"alg":"ES256","kid":"../k","typ":"t"}',
    "quote in kid": b'{"alg":"ES256","kid":"k\\"","typ":"t"}',
    "NUL in kid": b'{"alg":"ES256","kid":"k\0","typ":"t"}',
    "newline in kid": b'{"alg":"ES256","kid":"k\n","typ":"t"}',
    "full-width kid": '{"alg":"ES256","kid":"ｋ","typ":"t"}'.encode(),
    "trailing bytes": b'{"alg":"ES256","kid":"k","typ":"t"}{}',
    "UTF-16": '{"alg":"ES256","kid":"k","typ":"t"}'.encode("utf-16"),
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_headers(header: bytes) -> None:
    """Any header but the one allowed form is refused, even when validly signed."""
    with pytest.raises(FramingError):
        jws.parse(sign(header), LIMIT)


def test_the_allowed_header_passes() -> None:
    """The same construction with the allowed header passes, so the refusals mean something."""
    jws.verify(jws.parse(sign(b'{"alg":"ES256","kid":"k","typ":"t"}'), LIMIT), PUBLIC)


def refit(part: int, change: Callable[[bytes], bytes]) -> bytes:
    segments = message().split(b".")
    segments[part] = change(segments[part])
    return b".".join(segments)


@pytest.mark.parametrize("part", [0, 1, 2], ids=["header", "payload", "signature"])
@pytest.mark.parametrize(
    "change",
    [
        lambda s: s + b"=",
        lambda s: s + b"==",
        lambda s: s + b"\n",
        lambda s: b" " + s,
        lambda s: s[:3] + b"\n" + s[3:],
        lambda s: s[:3] + b"\r\n" + s[3:],
        lambda s: s[:4] + b"+" + s[5:],
        lambda s: s[:4] + b"/" + s[5:],
        lambda s: s[:4] + b"=" + s[5:],
        lambda s: s[:4] + b"\0" + s[5:],
        lambda s: s[:4] + b"\xc3" + s[5:],
        lambda s: s[:4] + b"*" + s[5:],
        lambda s: s[:4] + b"****" + s[4:],
        lambda s: s[:4] + b"\n\n\n\n" + s[4:],
        lambda s: s[:4] + b"====" + s[4:],
        lambda s: s + b"\n\n\n\n",
        lambda s: s[: len(s) // 4 * 4] + b"A",
        lambda s: s + b".",
        lambda s: s + b"....",
        lambda s: b"." + s,
    ],
)
def test_segments(part: int, change: Callable[[bytes], bytes]) -> None:
    """Padding, line breaks, foreign characters and extra dots are refused in every segment."""
    with pytest.raises(FramingError):
        jws.parse(refit(part, change), LIMIT)


@pytest.mark.parametrize("length", range(0, 8))
def test_trailing_bits(length: int) -> None:
    """Of all last characters that decode to the same bytes only the canonical one is taken."""
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    payload = bytes(range(200, 200 + length))
    canonical = url(payload)
    header, _, signature = message().split(b".")
    for last in alphabet:
        encoded = canonical[:-1] + bytes((last,)) if canonical else b""
        data = b".".join((header, encoded, signature))
        decoded = base64.urlsafe_b64decode(encoded + b"=" * (-len(encoded) % 4))
        if url(decoded) == encoded:
            assert jws.parse(data, LIMIT).payload == decoded
        else:
            with pytest.raises(FramingError, match="trailing bits"):
                jws.parse(data, LIMIT)


@given(st.binary(max_size=200))
def test_base64url_agrees(payload: bytes) -> None:
    """Every payload comes back, encoded as the standard library encodes it."""
    data = jws.assemble(jws.frame("k", "t", payload), bytes(64))
    assert data.split(b".")[1] == url(payload)
    assert jws.parse(data, LIMIT).payload == payload


@given(st.binary(max_size=300))
def test_anything_else(data: bytes) -> None:
    """Arbitrary bytes give a framing error and nothing else."""
    with pytest.raises(FramingError):
        jws.parse(data, LIMIT)


def test_size_limit() -> None:
    """A message is taken at the limit and refused one byte above it."""
    data = message()
    jws.parse(data, len(data))
    with pytest.raises(FramingError, match="at most"):
        jws.parse(data, len(data) - 1)


def test_signature_lengths() -> None:
    """Only 64 bytes of signature are assembled, parsed or verified; DER is refused."""
    signing_input = jws.frame(KID, TYP, PAYLOAD)
    der = PRIVATE.sign(signing_input, ec.ECDSA(jws.SHA256()))
    for raw in (b"", bytes(63), bytes(65), bytes(96), der):
        with pytest.raises(SignatureError):
            jws.assemble(signing_input, raw)
        with pytest.raises(FramingError):
            jws.parse(signing_input + b"." + url(raw), LIMIT)
        with pytest.raises(SignatureError):
            jws.verify_raw(PUBLIC, signing_input, raw)


def good_pair() -> tuple[bytes, int, int]:
    signing_input = jws.frame(KID, TYP, PAYLOAD)
    raw = jws.sign_raw(PRIVATE, signing_input)
    return signing_input, int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")


SIGNING_INPUT, R, S = good_pair()
TOP = 1 << 256


@pytest.mark.parametrize(
    ("r", "s"),
    [
        (0, 0),
        (0, S),
        (R, 0),
        (0, 1),
        (1, 0),
        (1, 1),
        (N, S),
        (R, N),
        (N, N),
        (N - 1, N - 1),
        (N + 1, 1),
        (TOP - 1, TOP - 1),
        (TOP - 1, S),
        (R, TOP - 1),
        (S, R),
        (N - R, S),
        (R, S + 1),
        (R + 1, S),
    ],
)
def test_signature_numbers(r: int, s: int) -> None:
    """r or s of 0, n or more, swapped, negated or changed ones do not verify."""
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    parsed = jws.parse(jws.assemble(SIGNING_INPUT, raw), LIMIT)
    with pytest.raises(SignatureError):
        jws.verify(parsed, PUBLIC)


def test_unreduced_numbers() -> None:
    """r + n and s + n are refused where they fit 32 bytes, as is every number from n upwards."""
    for number in (N, N + 1, TOP - 1):
        for raw in (
            number.to_bytes(32, "big") + S.to_bytes(32, "big"),
            R.to_bytes(32, "big") + number.to_bytes(32, "big"),
        ):
            with pytest.raises(SignatureError, match="below the order"):
                jws.verify_raw(PUBLIC, SIGNING_INPUT, raw)


def test_malleated_signature_has_the_same_digest() -> None:
    """The other valid signature (r, n - s) verifies, so digests leave the signature out."""
    other = jws.assemble(SIGNING_INPUT, R.to_bytes(32, "big") + (N - S).to_bytes(32, "big"))
    first, second = jws.parse(message(), LIMIT), jws.parse(other, LIMIT)
    jws.verify(second, PUBLIC)
    assert first.signature != second.signature
    assert jws.digest(first) == jws.digest(second)


def test_every_changed_byte() -> None:
    """A message with any one bit changed is refused, by its form or by its signature."""
    data = message()
    for at in range(len(data)):
        for bit in range(8):
            changed = data[:at] + bytes((data[at] ^ (1 << bit),)) + data[at + 1 :]
            with pytest.raises(CryptoError):
                jws.verify(jws.parse(changed, LIMIT), PUBLIC)


def test_foreign_key_and_curve() -> None:
    """Another key does not verify, and keys on other curves neither sign nor verify."""
    parsed = jws.parse(message(), LIMIT)
    with pytest.raises(SignatureError, match="does not fit"):
        jws.verify(parsed, ec.derive_private_key(7, ec.SECP256R1()).public_key())
    for curve in (ec.SECP256K1(), ec.SECP384R1(), ec.BrainpoolP256R1()):
        foreign = ec.derive_private_key(7, curve)
        with pytest.raises(SignatureError, match="P-256"):
            jws.verify(parsed, foreign.public_key())
        with pytest.raises(SignatureError, match="P-256"):
            jws.sign_raw(foreign, b"")


@pytest.mark.parametrize("bad", ["", "x" * 129, "a b", 'a"', "a\n", "a/b", "ａ", "a\\", "é"])
def test_frame_refuses_names(bad: str) -> None:
    """Only kid and typ of the allowed characters and length are framed."""
    with pytest.raises(FramingError, match="kid"):
        jws.frame(bad, TYP, b"")
    with pytest.raises(FramingError, match="typ"):
        jws.frame(KID, bad, b"")


def test_public_keys() -> None:
    """A public key comes back from 65 bytes and from 33 compressed ones."""
    raw = jws.public_bytes(PUBLIC)
    assert raw.hex() == VECTOR["public"]
    compressed = bytes((2 + (raw[64] & 1),)) + raw[1:33]
    assert jws.public_bytes(jws.load_public(raw)) == raw
    assert jws.public_bytes(jws.load_public(compressed)) == raw


def bad_publics() -> dict[str, bytes]:
    raw = bytes.fromhex(VECTOR["public"])
    p = 2**256 - 2**224 + 2**192 + 2**96 - 1
    return {
        "empty": b"",
        "infinity": b"\0",
        "not on the curve": raw[:64] + bytes((raw[64] ^ 1,)),
        "all zero": bytes(65),
        "hybrid": bytes((6 + (raw[64] & 1),)) + raw[1:],
        "wrong prefix": b"\5" + raw[1:],
        "64 bytes": raw[:64],
        "66 bytes": raw + b"\0",
        "x unreduced": b"\2" + (p + 5).to_bytes(32, "big"),
        "no such x": b"\2" + (1).to_bytes(32, "big"),
        "compressed with 65 bytes": b"\2" + raw[1:],
        "uncompressed with 33 bytes": raw[:33],
        "SPKI": jws.load_public(raw).public_bytes(
            jws.Encoding.DER, jws.PublicFormat.SubjectPublicKeyInfo
        ),
    }


@pytest.mark.parametrize("data", bad_publics().values(), ids=bad_publics())
def test_bad_public_keys(data: bytes) -> None:
    """Points off the curve, hybrid, unreduced or wrongly long encodings are refused."""
    with pytest.raises(SignatureError):
        jws.load_public(data)


def test_repr_shows_no_content() -> None:
    """A parsed message prints its kid and typ and nothing of its content."""
    shown: Any = repr(jws.parse(message(b"secret payload"), LIMIT))
    assert KID in shown
    assert "secret" not in shown
    assert "signature" not in shown

"""Edge cases of signed messages, as in the Wycheproof project, at a real role's door.

Every letter here is a good request with one thing wrong, sent with the right client certificate.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from doors import Doors
from signed_cases import Pen, call_of, problem

from renkei.crypto import jws
from renkei.crypto.errors import CryptoError
from renkei.wire.table import KIND_BY_TYP

N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
PATH = "/acquisition/numbers"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


@pytest.fixture
def pen(doors: Doors) -> Pen:
    """The parent's city, asking for an acquisition number."""
    return Pen(doors, call_of("linkage", PATH))


def good(pen: Pen) -> tuple[bytes, bytes, bytes]:
    """Header, payload and signature of a letter that is taken."""
    header, payload, signature = pen.sign(pen.header(), pen.payload(count=1)).split(b".")
    return header, payload, signature


def refused(doors: Doors, pen: Pen, letter: bytes, codes: tuple[str, ...]) -> None:
    """The letter is refused in the open with one of these codes and nothing is written."""
    before = doors.versions()
    reply = doors.send("linkage", PATH, letter, names=doors.names(pen.sender))
    assert 400 <= reply.status < 500, reply
    assert problem(reply)[0] in codes, reply
    assert not problem(reply)[1]
    assert doors.versions() == before


def test_the_good_letter(doors: Doors, pen: Pen) -> None:
    """The letter that all others here spoil is taken."""
    letter = b".".join(good(pen))
    assert doors.send("linkage", PATH, letter, names=doors.names(pen.sender)).status == 200


# -- headers ---------------------------------------------------------------------------------------

ALGORITHMS = (
    *("none", "None", "NONE", "", "HS256", "hs256", "HS512", "RS256", "PS256", "ES384", "ES512"),
    *("ES256K", "es256", "Es256", "ES256 ", "EdDSA", "Ed25519", "ECDH-ES", "dir", "A256KW"),
)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_another_algorithm(doors: Doors, pen: Pen, algorithm: str) -> None:
    """No algorithm but ES256 is taken, under no spelling, though the signature be a good ES256."""
    letter = pen.sign(pen.header(alg=algorithm), pen.payload(count=1))
    refused(doors, pen, letter, ("malformed",))


def confused(pen: Pen, algorithm: str, data: bytes) -> bytes:
    """What another algorithm makes of public knowledge or of a key of its own."""
    public = pen.party.directory.signer(f"{pen.sender}:sign:1")[1]
    if algorithm == "HS256":
        return hmac.digest(jws.public_bytes(public), data, hashlib.sha256)
    if algorithm == "RS256":
        return RSA.sign(data, padding.PKCS1v15(), hashes.SHA256())
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate().sign(data)
    return b""


@pytest.mark.parametrize("algorithm", ["HS256", "RS256", "EdDSA", "none"])
@pytest.mark.parametrize("named", ["ES256", "as it is"])
def test_a_confused_algorithm(doors: Doors, pen: Pen, algorithm: str, named: str) -> None:
    """A MAC under the public key, a foreign key's signature and none at all never verify."""
    header = pen.header() if named == "ES256" else pen.header(alg=algorithm)
    data = url(header.encode()) + b"." + url(pen.payload(count=1).encode())
    letter = data + b"." + url(confused(pen, algorithm, data))
    refused(doors, pen, letter, ("malformed", "signature"))


EXTRA: dict[str, Any] = {
    "jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
    "jku": "https://evil.example/keys",
    "x5u": "https://evil.example/cert",
    "x5c": ["AA"],
    "x5t": "AA",
    "crit": ["b64"],
    "b64": False,
    "cty": "JWT",
    "zip": "DEF",
    "enc": "A256GCM",
    "epk": {},
    "nonce": "1",
    "alg ": "none",
}


@pytest.mark.parametrize("member", EXTRA)
def test_another_member(doors: Doors, pen: Pen, member: str) -> None:
    """A header with any further member is refused, before, between or after the three."""
    usual = json.loads(pen.header())
    for order in ({member: EXTRA[member], **usual}, {**usual, member: EXTRA[member]}):
        letter = pen.sign(json.dumps(order, separators=(",", ":")), pen.payload(count=1))
        refused(doors, pen, letter, ("malformed",))


def headers(pen: Pen) -> dict[str, str]:
    """Other writings of the usual header, and twins in it."""
    usual = pen.header()
    alg, rest = '"alg":"ES256",', usual.removeprefix('{"alg":"ES256",')
    return {
        "twin first": "{" + '"alg":"none",' + alg + rest,
        "twin last": usual[:-1] + ',"alg":"none"}',
        "twin kid": usual[:-1] + ',"kid":"linkage:sign:1"}',
        "escaped twin": usual[:-1] + ',"\\u0061lg":"none"}',
        "escaped": usual.replace("ES256", "ES25\\u0036"),
        "spaces": usual.replace(":", ": ", 1),
        "tab": usual.replace(",", ",\t", 1),
        "line feed at the end": usual + "\n",
        "NUL at the end": usual + "\x00",
        "byte order mark": "\ufeff" + usual,
        "another order": json.dumps(dict(reversed(json.loads(usual).items()))),
        "list": f"[{usual}]",
        "string": json.dumps(usual),
        "null": "null",
        "empty": "",
        "empty object": "{}",
        "upper case members": usual.replace('"alg"', '"ALG"'),
        "kid a list": usual.replace('"kid":"', '"kid":["').replace('1","typ', '1"],"typ'),
        "kid empty": usual.replace(f"{pen.sender}:sign:1", ""),
        "kid huge": usual.replace(pen.sender, "a" * 100_000),
        "kid of 129": usual.replace(f"{pen.sender}:sign:1", "a" * 129),
        "kid a path": usual.replace(f"{pen.sender}:sign:1", "../../keys/sign"),
        "kid with a quote": usual.replace(f"{pen.sender}:sign:1", 'a\\"'),
        "kid a NUL": usual.replace(f"{pen.sender}:sign:1", f"{pen.sender}:sign:1\\u0000"),
        "without alg": "{" + rest,
        "without typ": '{"alg":"ES256","kid":"' + f'{pen.sender}:sign:1"}}',
    }


class _Named:
    """Enough of a pen to list the headers' names before any country is there."""

    sender = "a"

    @staticmethod
    def header() -> str:
        return '{"alg":"ES256","kid":"a:sign:1","typ":"t"}'


HEADERS = tuple(headers(_Named()))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", HEADERS)
def test_another_writing_of_the_header(doors: Doors, pen: Pen, name: str) -> None:
    """One header, one writing: whatever a JSON reader might also take is refused."""
    letter = pen.sign(headers(pen)[name], pen.payload(count=1))
    refused(doors, pen, letter, ("malformed", "too-large"))


@pytest.mark.parametrize(
    ("kid", "code"),
    [
        ("ichikawa-city:sign:1", "signature"),
        ("linkage:permit:1", "signature"),
        ("nobody:sign:1", "unknown-party"),
        ("chofu-city:sign:2", "unknown-party"),
        ("chofu-city:sign:01", "unknown-party"),
        ("chofu-city:agree:1", "unknown-party"),
        ("CHOFU-CITY:sign:1", "unknown-party"),
        ("chofu-city-desk:sign:1", "unknown-party"),
        ("a" * 128, "unknown-party"),
    ],
)
def test_another_key_id(doors: Doors, pen: Pen, kid: str, code: str) -> None:
    """A key id of another party, use, number or spelling makes nobody another."""
    refused(doors, pen, pen.sign(pen.header(kid=kid), pen.payload(count=1)), (code,))


TYPES = (
    *("renkei.acquisition-number-request.v2", "renkei.acquisition-number-request.v0"),
    *("renkei.acquisition-number-request.v-1", "renkei.acquisition-number-request.v01"),
    *("renkei.acquisition-number-request", "RENKEI.acquisition-number-request.v1", "JWT"),
)


@pytest.mark.parametrize("typ", [*KIND_BY_TYP, *TYPES])
def test_another_type(doors: Doors, pen: Pen, typ: str) -> None:
    """A type of another message, or of a version nobody speaks, is named as unknown here."""
    if KIND_BY_TYP.get(typ) and KIND_BY_TYP[typ].struct is pen.call.request:
        return
    refused(doors, pen, pen.sign(pen.header(typ=typ), pen.payload(count=1)), ("unknown-message",))


# -- signatures ------------------------------------------------------------------------------------


def _raw(r: int, s: int, size: int = 32) -> bytes:
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


NUMBERS: dict[str, Callable[[int, int], bytes]] = {
    "r is 0": lambda r, s: _raw(0, s),
    "s is 0": lambda r, s: _raw(r, 0),
    "both 0": lambda r, s: _raw(0, 0),
    "both 1": lambda r, s: _raw(1, 1),
    "r is n": lambda r, s: _raw(N, s),
    "s is n": lambda r, s: _raw(r, N),
    "r is n - 1": lambda r, s: _raw(N - 1, s),
    "r is n + 1, s 1": lambda r, s: _raw(N + 1, 1),
    "largest": lambda r, s: b"\xff" * 64,
    "s + 1": lambda r, s: _raw(r, (s + 1) % N),
    "exchanged": lambda r, s: _raw(s, r),
    "r turned": lambda r, s: _raw(N - r, s),
    "DER": lambda r, s: encode_dss_signature(r, s),
    "63 bytes": lambda r, s: _raw(r, s)[:-1],
    "65 bytes": lambda r, s: _raw(r, s) + b"\0",
    "led by a zero": lambda r, s: b"\0" + _raw(r, s),
    "two of 33": lambda r, s: _raw(r, s, 33),
    "of P-384": lambda r, s: _raw(r, s, 48),
    "twice": lambda r, s: _raw(r, s) * 2,
    "none": lambda r, s: b"",
}


@pytest.mark.parametrize("name", NUMBERS)
def test_spoilt_signatures(doors: Doors, pen: Pen, name: str) -> None:
    """Numbers out of range, other lengths and other encodings of a good signature are refused."""
    header, payload, signature = good(pen)
    raw = base64.urlsafe_b64decode(signature + b"==")
    spoilt = NUMBERS[name](int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    letter = b".".join((header, payload, url(spoilt)))
    refused(doors, pen, letter, ("malformed", "signature"))


def test_a_malleated_signature_has_no_second_effect(doors: Doors, hand: Any) -> None:
    """(r, n - s) verifies too; it is the same message, with the same answer and one record."""
    raw = hand.party.write(hand.request())
    signed, mark, boxes = raw.partition(b"~")
    signing_input, signature = signed.rsplit(b".", 1)
    numbers = base64.urlsafe_b64decode(signature + b"==")
    s = int.from_bytes(numbers[32:], "big")
    twin = jws.assemble(signing_input, numbers[:32] + (N - s).to_bytes(32, "big")) + mark + boxes
    first = doors.loop.run_until_complete(hand.ask(raw))
    before = doors.versions()
    second = doors.loop.run_until_complete(hand.ask(twin))
    assert (first.status, second.status) == (200, 200)
    assert first.body == second.body
    assert doors.versions() == before


CURVES = (ec.SECP384R1(), ec.SECP521R1(), ec.SECP256K1(), ec.BrainpoolP256R1(), ec.SECP224R1())


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_foreign_curves(pen: Pen, curve: ec.EllipticCurve) -> None:
    """A key on another curve verifies nothing and is no directory key, signature right or not."""
    key = ec.generate_private_key(curve)
    header, payload, _ = good(pen)
    data = header + b"." + payload
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    with pytest.raises(CryptoError):
        jws.verify_raw(key.public_key(), data, (r % 2**256).to_bytes(32, "big") + bytes(32))
    with pytest.raises(CryptoError):
        jws.verify_raw(key.public_key(), data, _raw(r % N or 1, s % N or 1))
    with pytest.raises(CryptoError):
        jws.load_public(jws.public_bytes(key.public_key()))


# -- segments --------------------------------------------------------------------------------------

SEGMENTS: dict[str, Callable[[bytes, bytes, bytes], bytes]] = {
    "padded": lambda h, p, s: b".".join((h, p, s + b"==")),
    "padded payload": lambda h, p, s: b".".join((h, p + b"=" * (-len(p) % 4 or 4), s)),
    "plus": lambda h, p, s: b".".join((h, p, b"+" + s[1:])),
    "slash": lambda h, p, s: b".".join((h, p, b"/" + s[1:])),
    "line feed": lambda h, p, s: b".".join((h, p, s)) + b"\n",
    "line feed inside": lambda h, p, s: b".".join((h, p[:8] + b"\n" + p[8:], s)),
    "space before": lambda h, p, s: b" " + b".".join((h, p, s)),
    "byte order mark": lambda h, p, s: b"\xef\xbb\xbf" + b".".join((h, p, s)),
    "quoted": lambda h, p, s: b'"' + b".".join((h, p, s)) + b'"',
    "trailing bits": lambda h, p, s: b".".join((h, p, s[:-1] + bytes([s[-1] + 1]))),
    "no payload": lambda h, p, s: b".".join((h, b"", s)),
    "no signature": lambda h, p, s: b".".join((h, p, b"")),
    "no header": lambda h, p, s: b".".join((b"", p, s)),
    "two parts": lambda h, p, s: b".".join((h, p)),
    "four parts": lambda h, p, s: b".".join((h, p, s, s)),
    "five parts": lambda h, p, s: b".".join((h, b"", p, s, s)),
    "a thousand parts": lambda h, p, s: b"." * 1000,
    "only dots": lambda h, p, s: b"..",
    "two letters": lambda h, p, s: b".".join((h, p, s)) * 2,
    "flattened": lambda h, p, s: json.dumps(
        {"protected": h.decode(), "payload": p.decode(), "signature": s.decode()}
    ).encode(),
    "general": lambda h, p, s: json.dumps(
        {
            "payload": p.decode(),
            "signatures": [{"protected": h.decode(), "signature": s.decode()}],
        }
    ).encode(),
    "UTF-16": lambda h, p, s: b".".join((h, p, s)).decode().encode("utf-16"),
}


@pytest.mark.parametrize("name", SEGMENTS)
def test_other_serializations(doors: Doors, pen: Pen, name: str) -> None:
    """Only the compact serialization, and one encoding of it, is a letter."""
    refused(doors, pen, SEGMENTS[name](*good(pen)), ("malformed", "signature"))


def test_an_empty_payload_that_is_signed(doors: Doors, pen: Pen) -> None:
    """A good signature over nothing, or over something that is no JSON object, is malformed."""
    for payload in ("", "null", "[]", "1", '"a"', "{}", "\x00"):
        refused(doors, pen, pen.sign(pen.header(), payload), ("malformed",))

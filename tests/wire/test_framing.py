"""The envelope: who signed, with which key, for whom, when, and what must not pass."""

import base64
import contextlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from renkei.crypto import jws
from renkei.wire import framing, values
from renkei.wire.directory import Directory
from renkei.wire.errors import WireError
from renkei.wire.fields import Record
from renkei.wire.institution.messages import Answer, Content, Interim, Received
from renkei.wire.linkage.permit import (
    Permit,
    PermitRequest,
    Receipts,
    Refusal,
    StrippedRequest,
)
from renkei.wire.table import KIND_OF

Country = Any
Letters = Callable[..., Any]
CITY, OTHER = "city-hidamari", "city-kawabe"
EVERY = tuple(KIND_OF)
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def refused(code: str, work: Callable[[], Any]) -> WireError:
    """Run something that must raise this code of the closed list."""
    with pytest.raises(WireError) as caught:
        work()
    assert caught.value.code == code
    return caught.value


def test_what_is_written_is_read(country: Country, keys: Directory, letter_of: Letters) -> None:
    """A message comes back equal, with its key id, its bytes and the digest of its signed part."""
    message = letter_of("received")
    raw = country.write(message)
    letter = framing.read(raw, (Received,), keys, aud=OTHER, certificate_party=CITY)
    assert (letter.message, letter.kid, letter.raw) == (message, f"{CITY}:sign:1", raw)
    assert letter.digest == sha256(raw.rpartition(b".")[0]).digest()


def test_malleated_signature_has_the_same_digest(
    country: Country, keys: Directory, letter_of: Letters
) -> None:
    """The other valid signature of the same bytes, (r, n - s), is one and the same letter."""
    raw = country.write(letter_of("received"))
    signing_input, _, _ = raw.rpartition(b".")
    signature = jws.parse(raw, 1 << 20).signature
    s = ORDER - int.from_bytes(signature[32:], "big")
    twin = jws.assemble(signing_input, signature[:32] + s.to_bytes(32, "big"))
    assert twin != raw
    first = framing.read(raw, (Received,), keys, aud=OTHER)
    assert framing.read(twin, (Received,), keys, aud=OTHER).digest == first.digest


def test_certificate_of_another_party(
    country: Country, keys: Directory, letter_of: Letters
) -> None:
    """A letter that comes over another party's certificate is refused."""
    raw = country.write(letter_of("received"))
    refused(
        "sender-mismatch",
        lambda: framing.read(raw, (Received,), keys, aud=OTHER, certificate_party=OTHER),
    )


def test_kid_of_another_party(country: Country, keys: Directory, letter_of: Letters) -> None:
    """A sender cannot be written under one's own key id, certificate or not."""
    raw = country.write(letter_of("received", sender=CITY), f"{OTHER}:sign:1")
    for certificate in (CITY, OTHER, None):
        refused(
            "sender-mismatch",
            lambda c=certificate: framing.read(
                raw, (Received,), keys, aud=OTHER, certificate_party=c
            ),
        )


def test_key_of_another_party(country: Country, keys: Directory, letter_of: Letters) -> None:
    """A key id whose key did not sign is refused."""
    raw = country.write(letter_of("received"), f"{CITY}:sign:1", key=f"{OTHER}:sign:1")
    refused("signature", lambda: framing.read(raw, (Received,), keys, aud=OTHER))


def test_unknown_kid(country: Country, keys: Directory, letter_of: Letters) -> None:
    """A key id the directory does not list is refused, in whatever form."""
    for kid in (f"{CITY}:sign:2", "nobody:sign:1", "x", ":::", CITY):
        raw = country.write(letter_of("received"), kid, key=f"{CITY}:sign:1")
        refused("unknown-party", lambda raw=raw: framing.read(raw, (Received,), keys, aud=OTHER))


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("permit", "sign"),
        ("permit", "directory"),
        ("refusal", "sign"),
        ("receipts-noted", "permit"),
    ],
)
def test_wrong_key_use(
    country: Country, keys: Directory, letter_of: Letters, name: str, use: str
) -> None:
    """Permits, directories and letters have a key each: one cannot sign the other's messages."""
    message = letter_of(name)
    expected = (type(message),)
    raw = country.write(message, f"linkage:{use}:1")
    refused("signature", lambda: framing.read(raw, expected, keys, aud=CITY))
    assert framing.read(country.write(message), expected, keys, aud=CITY).message == message


def test_kid_without_a_use(country: Country, letter_of: Letters) -> None:
    """A key book of short key ids does not make reading fail otherwise than by the list."""

    class Book:
        def signer(self, kid: str) -> tuple[str, Any]:
            return CITY, country.keys[f"{CITY}:sign:1"].public_key()

    raw = country.write(letter_of("received"), CITY, key=f"{CITY}:sign:1")
    refused("signature", lambda: framing.read(raw, (Received,), Book(), aud=OTHER))


def test_not_addressed(country: Country, keys: Directory, letter_of: Letters) -> None:
    """A letter for somebody else is refused."""
    raw = country.write(letter_of("received"))
    refused("not-addressed", lambda: framing.read(raw, (Received,), keys, aud="linkage"))


def test_not_the_expected_message(country: Country, keys: Directory, letter_of: Letters) -> None:
    """A message of another type, another version or no known type is refused by its `typ` alone."""
    raw = country.write(letter_of("received"))
    error = refused("unknown-message", lambda: framing.read(raw, (Receipts,), keys, aud=OTHER))
    assert "renkei.receipts.v1" in error.detail
    payload = framing.encode(letter_of("received"))
    for typ in ("renkei.received.v2", "renkei.received", "JWT", "received"):
        other = country.write_raw(payload, typ, f"{CITY}:sign:1")
        refused("unknown-message", lambda o=other: framing.parse(o, EVERY))


def test_same_fields_under_another_typ(
    country: Country, keys: Directory, letter_of: Letters
) -> None:
    """A payload signed as one type does not pass as another type with the same fields."""
    payload = framing.encode(letter_of("confirm-batch"))
    raw = country.write_raw(payload, "renkei.collect-batch.v1", f"{CITY}:sign:1")
    confirm = KIND_OF[type(letter_of("confirm-batch"))].struct
    refused("unknown-message", lambda: framing.read(raw, (confirm,), keys, aud="linkage"))


def padded(country: Country, message: Any, size: int) -> bytes:
    """The signed message, its payload filled with spaces, as long as `size` allows."""
    payload, kind = framing.encode(message), KIND_OF[type(message)]
    kid = f"{message.sender}:{kind.key_use}:1"
    empty = len(country.write_raw(b"", kind.typ, kid))
    return country.write_raw(payload.ljust((size - empty) * 3 // 4), kind.typ, kid)


def test_longest_message(country: Country, keys: Directory, letter_of: Letters) -> None:
    """A message as long as its kind may be is read, one a few bytes longer is `too-large`."""
    for name, aud in (("received", OTHER), ("receipts", "linkage")):
        message = letter_of(name)
        limit = KIND_OF[type(message)].max_bytes
        longest, longer = padded(country, message, limit), padded(country, message, limit + 4)
        assert limit - 2 <= len(longest) <= limit < len(longer) <= limit + 4
        assert framing.read(longest, (type(message),), keys, aud=aud).message == message
        refused("too-large", lambda m=message, r=longer: framing.parse(r, (type(m),)))


def test_limit_is_each_kinds_own(country: Country, letter_of: Letters) -> None:
    """Where a longer message is expected too, a short kind keeps its own limit."""
    raw = padded(country, letter_of("interim"), KIND_OF[Interim].max_bytes + 4)
    assert len(raw) < KIND_OF[Answer].max_bytes
    refused("too-large", lambda: framing.parse(raw, (Answer, Interim)))


def test_writing_too_much(country: Country, letter_of: Letters) -> None:
    """A message that every receiver would refuse as too large is not written."""
    message = letter_of("problem", detail="x" * KIND_OF[Refusal].max_bytes)
    with pytest.raises(ValueError, match=r"renkei\.problem\.v1 would have"):
        country.write(message)


@pytest.mark.parametrize("position", [0, 31, 32, 63])
def test_flipped_signature(
    country: Country, keys: Directory, letter_of: Letters, position: int
) -> None:
    """One flipped bit of the signature, in r or s, is refused."""
    raw = country.write(letter_of("received"))
    unverified = jws.parse(raw, 1 << 20)
    signature = bytearray(unverified.signature)
    signature[position] ^= 1
    bad = jws.assemble(unverified.signing_input, bytes(signature))
    refused("signature", lambda: framing.read(bad, (Received,), keys, aud=OTHER))


@pytest.mark.parametrize("r", [0, 1, ORDER])
@pytest.mark.parametrize("s", [0, 1, ORDER, ORDER + 1])
def test_degenerate_signature(
    country: Country, keys: Directory, letter_of: Letters, r: int, s: int
) -> None:
    """Signatures with r or s at the ends of the range are refused."""
    signing_input = jws.parse(country.write(letter_of("received")), 1 << 20).signing_input
    bad = jws.assemble(signing_input, r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    refused("signature", lambda: framing.read(bad, (Received,), keys, aud=OTHER))


def test_der_signature(country: Country, keys: Directory, letter_of: Letters) -> None:
    """A signature in DER, as X.509 has it, is not a JWS signature."""
    kid = f"{CITY}:sign:1"
    signing_input = jws.frame(kid, "renkei.received.v1", framing.encode(letter_of("received")))
    der = country.keys[kid].sign(signing_input, ec.ECDSA(SHA256()))
    header, payload = signing_input.split(b".")
    good = country.write_raw(b"", "renkei.received.v1", kid).split(b".")[2]
    encoded = base64.urlsafe_b64encode(der).rstrip(b"=")  # so that only DER can be the reason
    assert len(encoded) > len(good)
    bad = b".".join((header, payload, encoded))
    refused("malformed", lambda: framing.read(bad, (Received,), keys, aud=OTHER))


@pytest.mark.parametrize(
    "header",
    [
        '{"alg":"none","kid":"%s","typ":"%s"}',
        '{"alg":"HS256","kid":"%s","typ":"%s"}',
        '{"alg":"ES384","kid":"%s","typ":"%s"}',
        '{"alg":"ES256","kid":"%s","typ":"%s","crit":[]}',
        '{"alg":"ES256","alg":"ES256","kid":"%s","typ":"%s"}',
        '{"kid":"%s","typ":"%s","alg":"ES256"}',
        '{"alg": "ES256","kid":"%s","typ":"%s"}',
        '{"alg":"ES256","kid":"%s","typ":"%s","jwk":{}}',
        '{"alg":"ES256","kid":"%s\\u0000","typ":"%s"}',
        '{"alg":"ES256","kid":"%s","typ":"%s"}\n',
    ],
)
def test_any_other_header(
    country: Country, keys: Directory, letter_of: Letters, header: str
) -> None:
    """A validly signed message with any header but the one allowed form is `malformed`."""
    kid = f"{CITY}:sign:1"
    text = (header % (kid, "renkei.received.v1")).encode()
    raw = country.write_header(text, framing.encode(letter_of("received")), kid)
    refused("malformed", lambda: framing.read(raw, (Received,), keys, aud=OTHER))


def test_usual_header_by_hand(country: Country, keys: Directory, letter_of: Letters) -> None:
    """The allowed form made by hand passes, so that the refusals above are about the header."""
    kid = f"{CITY}:sign:1"
    text = b'{"alg":"ES256","kid":"%b","typ":"renkei.received.v1"}' % kid.encode()
    raw = country.write_header(text, framing.encode(letter_of("received")), kid)
    assert framing.read(raw, (Received,), keys, aud=OTHER).kid == kid


def test_not_canonical_jws(country: Country, letter_of: Letters) -> None:
    """Padding, line feeds, a fourth part, a JSON serialisation and empty parts are refused."""
    raw = country.write(letter_of("received"))
    header, payload, signature = raw.split(b".")
    flattened = {
        "protected": header.decode(),
        "payload": payload.decode(),
        "signature": signature.decode(),
    }
    for bad in (
        raw + b"=",
        raw + b"\n",
        b" " + raw,
        raw + b".",
        raw + b"." + signature,
        header + b"=." + payload + b"." + signature,
        b".".join((header, payload, b"")),
        b".".join((b"", payload, signature)),
        raw.replace(b".", b":"),
        b"\xef\xbb\xbf" + raw,
        raw.decode().encode("utf-16"),
        json.dumps(flattened).encode(),
        b"",
        b"..",
        b"...",
    ):
        refused("malformed", lambda bad=bad: framing.parse(bad, (Received,)))


def test_trailing_bits(country: Country, letter_of: Letters) -> None:
    """The last character of a segment has one form: other unused bits are refused."""
    raw = country.write(letter_of("received"))
    last = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    at = last.index(raw[-1:])
    bad = raw[:-1] + last[at + 1 : at + 2]
    refused("malformed", lambda: framing.parse(bad, (Received,)))


# -- boxes beside what is signed -------------------------------------------------------------------


def test_boxes_travel_beside_what_is_signed(
    country: Country, keys: Directory, letter_of: Letters
) -> None:
    """A request comes back with its boxes; without them its signature and digest still hold."""
    request = letter_of("permit-request")
    raw = country.write(request)
    whole = framing.read(raw, (PermitRequest,), keys, aud="linkage")
    assert whole.message == request
    bare = framing.stripped(raw)
    kept = framing.read(bare, (StrippedRequest,), keys, aud="linkage")
    assert kept.digest == whole.digest == jws.digest_of(raw) == jws.digest_of(bare)
    assert kept.message.portal_seed == request.portal_seed.digest
    assert request.portal_seed.data not in base64.urlsafe_b64decode(bare.split(b".")[1] + b"==")


def test_boxes_beside_are_the_signed_ones_in_one_form(country: Country, letter_of: Letters) -> None:
    """Missing, swapped, altered, doubled or otherwise written boxes are `malformed`."""
    raw = country.write(letter_of("permit-request"))
    bare, _, beside = raw.partition(b"~")
    boxes = json.loads(base64.urlsafe_b64decode(beside + b"=" * (-len(beside) % 4)))

    def coded(value: Any, **form: Any) -> bytes:
        text = json.dumps(value, separators=(",", ":"), **form).encode()
        return base64.urlsafe_b64encode(text).rstrip(b"=")

    assert coded(boxes) == beside
    swapped = {**boxes, "code": boxes["portal_seed"], "portal_seed": boxes["code"]}
    later = {**boxes, "code": {**boxes["code"], "receiver_period": 9}}
    less = {name: box for name, box in boxes.items() if name != "code"}
    more = {**boxes, "x": boxes["code"]}
    for bad in (
        bare,
        bare + b"~",
        raw + b"~",
        raw + b"=",
        bare + b"~" + beside + b"~" + beside,
        *(bare + b"~" + coded(one) for one in (swapped, later, less, more)),
        bare + b"~" + coded(boxes, indent=1),
        bare + b"~" + coded(dict(reversed(boxes.items()))),
        bare + b"~" + coded([boxes]),
    ):
        refused("malformed", lambda bad=bad: framing.parse(bad, (PermitRequest,)))
    refused("malformed", lambda: framing.parse(raw, (StrippedRequest,)))
    other = country.write(letter_of("received"))
    refused("malformed", lambda: framing.parse(other + b"~" + beside, (Received,)))


def test_freshness_bounds() -> None:
    """A message is fresh up to 300 seconds before and after now, and not a moment longer."""
    now = datetime(2026, 4, 6, tzinfo=UTC)
    limit = timedelta(seconds=framing.MESSAGE_FRESH_SECONDS)
    moment = timedelta(microseconds=1)
    framing.check_fresh(now - limit, now)
    framing.check_fresh(now + limit, now)
    refused("stale", lambda: framing.check_fresh(now - limit - moment, now))
    refused("stale", lambda: framing.check_fresh(now + limit + moment, now))
    refused("stale", lambda: framing.check_fresh(now - timedelta(seconds=61), now, seconds=60))


@pytest.mark.parametrize(
    "at",
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2200, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2026, 4, 6, tzinfo=timezone(timedelta(hours=9))),
    ],
)
def test_instant_out_of_bounds(country: Country, letter_of: Letters, at: datetime) -> None:
    """`at` is UTC and of this age: what a change of zone could make overflow is `malformed`."""
    raw = country.write(letter_of("permit-request", at=at))
    refused("malformed", lambda: framing.parse(raw, (PermitRequest,)))


def test_order_and_spaces_are_free(
    country: Country, keys: Directory, letter_of: Letters, payload_of: Letters
) -> None:
    """Another writer's order of members, spaces and escapes read the same; digests differ."""
    kid = "linkage:permit:1"
    plain = json.dumps(dict(reversed(payload_of("permit").items())), indent=3, ensure_ascii=True)
    raw = country.write_raw(plain.encode(), "renkei.permit.v2", kid)
    letter = framing.read(raw, (Permit,), keys, aud=CITY)
    assert letter.message == letter_of("permit")
    assert (
        letter.digest
        != framing.read(country.write(letter_of("permit")), (Permit,), keys, aud=CITY).digest
    )


def test_box_contents(letter_of: Letters) -> None:
    """What a box holds is read as strictly as a message: no unknown, missing or double member."""
    items = b'{"items":[],"missing":[]}'
    assert framing.decode(items, Content) == Content(items=[])
    assert framing.encode(Content(items=[])) == items
    secret = b"kana-no-namae"
    for bad in (
        b'{"items":[],"items":[]}',
        b'{"items":[],"%b":1}' % secret,
        b"{}",
        b'"%b"' % secret,
        b'{"items":[{"item":"%b"}]}' % secret,
        b"\xff" + secret,
        b"[" * 100_000,
        b"",
    ):
        error = refused("malformed", lambda bad=bad: framing.decode(bad, Content))
        assert secret.decode() not in str(error)
        assert error.__suppress_context__


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
@example(b"\x00")
@example(b"." * 300)
@example("é.é.é".encode())
def test_any_bytes(data: bytes) -> None:
    """Whatever arrives, reading raises an error of the closed list and nothing else."""
    with pytest.raises(WireError):
        framing.parse(data, EVERY)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    kind=st.sampled_from(tuple(KIND_OF.values())),
    payload=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()),
)
def test_any_signed_payload(country: Country, keys: Directory, kind: Any, payload: bytes) -> None:
    """Whatever a listed party signs, reading raises an error of the closed list and no other."""
    raw = country.write_raw(payload, kind.typ, f"{CITY}:sign:1")
    with pytest.raises(WireError):
        framing.read(raw, EVERY, keys, aud=CITY, certificate_party=CITY)


@settings(max_examples=300, deadline=None)
@given(
    kind=st.sampled_from(tuple(KIND_OF.values())),
    data=st.data(),
)
def test_golden_with_another_value(
    country: Country, keys: Directory, payload_of: Letters, kind: Any, data: st.DataObject
) -> None:
    """A good message with any one member replaced is read, or refused by the closed list."""
    payload = payload_of(kind.name)
    place = data.draw(st.sampled_from(sorted(payload)))
    payload[place] = data.draw(JSON)
    kid = f"{CITY}:{kind.key_use}:1"
    raw = jws.frame(kid, kind.typ, json.dumps(payload).encode())
    signed = jws.assemble(raw, country.sign(f"{CITY}:sign:1")(raw))
    try:
        letter = framing.read(signed, (kind.struct,), keys, aud=CITY)
    except WireError:
        return
    assert isinstance(letter.message, kind.struct)
    assert values.encoder().encode(letter.message)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(("received", "permit", "answer")), st.integers(0), st.integers(1, 255))
def test_golden_with_one_changed_byte(
    country: Country, keys: Directory, letter_of: Letters, name: str, position: int, flip: int
) -> None:
    """No byte of a signed message can change, but by the other signature form ES256 has."""
    message = letter_of(name)
    raw = bytearray(country.write(message))
    raw[position % len(raw)] ^= flip
    with pytest.raises(WireError):
        framing.read(bytes(raw), EVERY, keys, aud=message.aud)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_box_contents(data: bytes) -> None:
    """Whatever a box holds, reading it raises an error of the closed list or gives the record."""
    with contextlib.suppress(WireError):
        assert isinstance(framing.decode(data, Content), Record)

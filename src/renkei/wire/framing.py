"""Messages into signed bytes and back (電文の組立てと検証).

`write` and `read` are the only way in and out: what they return has passed form, signature, and the
comparison of certificate, key id and sender. Digests are taken over the received signed bytes.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from renkei.crypto import jws
from renkei.crypto.errors import CryptoError
from renkei.wire.errors import WireError
from renkei.wire.fields import Message
from renkei.wire.table import KIND_BY_TYP, KIND_OF

M = TypeVar("M", bound=Message)
Sign = Callable[[bytes], bytes]
"""Bytes in, 64 raw ES256 signature bytes out; a key store handle."""

MESSAGE_FRESH_SECONDS = 300
"""How far `at` of a message may lie from the receiver's clock, either way."""

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Bounds of `at`: at the ends of the calendar a change of time zone overflows."""

_PATH = re.compile(r" - at `(\$[a-z_.\[\]0-9]{0,80})`\Z")
_encode = msgspec.json.Encoder().encode


class KeyDirectory(Protocol):
    """Whoever can say which party a key id belongs to (鍵の所有者の照会)."""

    def signer(self, kid: str) -> tuple[str, Any]:
        """The party and its public key; raises WireError `unknown-party`."""


@dataclass(frozen=True, slots=True)
class Letter(Generic[M]):
    """A message that passed every check of its envelope, with its digest and signed bytes."""

    message: M
    kid: str
    digest: bytes
    raw: bytes


def write(message: Message, kid: str, sign: Sign) -> bytes:
    """Frame and sign a message as compact JWS (署名).

    Raises ValueError for a message longer than its kind may be: every receiver would refuse it.
    """
    kind = KIND_OF[type(message)]
    signing_input = jws.frame(kid, kind.typ, _encode(message))
    raw = jws.assemble(signing_input, sign(signing_input))
    if len(raw) > kind.max_bytes:
        raise ValueError(f"{kind.typ} would have {len(raw)} bytes of at most {kind.max_bytes}")
    return raw


@cache
def _decoder(struct: type[msgspec.Struct]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(struct, strict=True)


def parse(raw: bytes, expected: tuple[type[M], ...]) -> tuple[jws.Unverified, M]:
    """Take a signed message apart without believing it yet; raises WireError on bad form."""
    limit = max(KIND_OF[struct].max_bytes for struct in expected)
    if len(raw) > limit:
        raise WireError("too-large", f"A message here has at most {limit} bytes.")
    try:
        unverified = jws.parse(raw, max_bytes=limit)
    except CryptoError as error:
        raise WireError("malformed", f"Not a compact JWS of this protocol: {error}") from error
    kind = KIND_BY_TYP.get(unverified.typ)
    if kind is None or kind.struct not in expected:
        names = ", ".join(KIND_OF[struct].typ for struct in expected)
        raise WireError("unknown-message", f"This address accepts {names}.")
    if len(raw) > kind.max_bytes:
        raise WireError("too-large", f"This message has at most {kind.max_bytes} bytes.")
    try:
        message: M = _decode_once(_decoder(kind.struct), unverified.payload)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        # Not `from error`: its text and the payload in it would reach logs.
        raise WireError("malformed", _without_values(error, kind.typ)) from None
    if message.at.utcoffset() != timedelta(0) or not EARLIEST <= message.at < LATEST:
        raise WireError("malformed", f"{kind.typ}: `at` must be UTC, {EARLIEST:%Y} to {LATEST:%Y}")
    return unverified, message


def _decode_once(decoder: msgspec.json.Decoder[Any], data: bytes) -> Any:
    """Decode JSON in which no object names a member twice (RFC 8259 §4, RFC 7493 §2.3).

    msgspec takes the last of two, other readers the first. What encodes back to the same bytes has
    none; only other forms of the same message need the slower look.
    """
    value = decoder.decode(data)
    if _encode(value) != data:
        json.loads(data.decode(), object_pairs_hook=_refuse_twins)
    return value


def _refuse_twins(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("an object names a member twice")


def _without_values(error: Exception, typ: str) -> str:
    """An error text that says where, and repeats nothing of what was sent, no name either."""
    text = str(error)
    if text.startswith("Object contains unknown field"):
        return f"{typ}: a field this version does not have"
    found = _PATH.search(text)
    place = found[1] if found else "$"
    if text.startswith("Object missing required field"):
        return f"{typ}: no field `{text.split('`')[1]}` at {place}"
    return f"{typ}: wrong form at {place}"


def check_signature(unverified: jws.Unverified, keys: KeyDirectory) -> str:
    """Verify the signature with the key its kid names; gives the party that owns the key."""
    party, public = keys.signer(unverified.kid)
    try:
        jws.verify(unverified, public)
    except CryptoError as error:
        raise WireError("signature", "The signature does not fit the key its kid names.") from error
    return party


def read(
    raw: bytes,
    expected: tuple[type[M], ...],
    keys: KeyDirectory,
    *,
    aud: str,
    certificate_party: str | None = None,
) -> Letter[M]:
    """Read a message: form, signature, then certificate, kid and sender of one party.

    `certificate_party` is the party of the TLS peer; None only where the bytes did not come from
    the peer itself (a permit inside a presentation).
    """
    unverified, message = parse(raw, expected)
    party = check_signature(unverified, keys)
    if unverified.kid.split(":")[1:2] != [KIND_OF[type(message)].key_use]:
        raise WireError("signature", "This message is signed with another key of the sender.")
    if message.sender != party:
        raise WireError("sender-mismatch", "The kid belongs to another party than the sender.")
    if certificate_party is not None and certificate_party != party:
        raise WireError("sender-mismatch", "The client certificate belongs to another party.")
    if message.aud != aud:
        raise WireError("not-addressed", "The message is addressed to another party.")
    return Letter(message, unverified.kid, jws.digest(unverified), raw)


def check_fresh(at: datetime, now: datetime, seconds: int = MESSAGE_FRESH_SECONDS) -> None:
    """Refuse a message signed too long ago or in the future; raises WireError `stale`."""
    if abs(now - at) > timedelta(seconds=seconds):
        raise WireError("stale", f"The message was not signed within {seconds} seconds of now.")


def encode(record: msgspec.Struct) -> bytes:
    """JSON bytes of a record that goes into a box."""
    return _encode(record)


def decode(data: bytes, struct: type[msgspec.Struct]) -> Any:
    """A record out of a box; raises WireError `malformed`."""
    try:
        return _decode_once(_decoder(struct), data)
    except (msgspec.DecodeError, ValueError, RecursionError):
        # Not `from error`: what a box holds must not reach logs.
        raise WireError("malformed", "A box holds something else than announced.") from None

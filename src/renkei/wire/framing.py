"""Messages into signed bytes and back (電文の組立てと検証).

`write` and `read` are the only way in and out: what they return has passed form, signature, and the
comparison of certificate, key id and sender. Digests are taken over the received signed bytes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
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
    """Frame and sign a message as compact JWS (署名)."""
    signing_input = jws.frame(kid, KIND_OF[type(message)].typ, _encode(message))
    return jws.assemble(signing_input, sign(signing_input))


@cache
def _decoder(struct: type[Message]) -> msgspec.json.Decoder[Any]:
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
        message: M = _decoder(kind.struct).decode(unverified.payload)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise WireError("malformed", _without_values(error, kind.typ)) from error
    return unverified, message


def _without_values(error: Exception, typ: str) -> str:
    """An error text that names the field but repeats no value."""
    path = str(error).rpartition(" - at `")[2].rstrip("`") if " - at `" in str(error) else "$"
    if str(error).startswith("Object contains unknown field"):
        return f"{typ}: unknown field at {path[:80]}"
    return f"{typ}: wrong form at {path[:80]}"


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
    if unverified.kid.split(":")[1] != KIND_OF[type(message)].key_use:
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


def decode(data: bytes, struct: type[Any]) -> Any:
    """A record out of a box; raises WireError `malformed`."""
    try:
        return msgspec.json.decode(data, type=struct, strict=True)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise WireError("malformed", "A box holds something else than announced.") from error

"""Messages into signed bytes and back (電文の組立てと検証).

`write` and `read` are the only way in and out: what they return has passed form, signature, and the
comparison of certificate, key id and sender. Digests are taken over the received signed bytes.

Boxes of some messages travel beside what is signed: compact JWS ‖ `~` ‖ base64url(JSON of the
boxes), as disclosures do in RFC 9901 §4. The signed words hold a digest of each, so that the boxes
can be taken away and the signature still holds.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec

from renkei.crypto import jws
from renkei.crypto.errors import CryptoError
from renkei.wire.call import kind_of
from renkei.wire.clocks import shown
from renkei.wire.errors import WireError
from renkei.wire.fields import Box, Message
from renkei.wire.key_id import KeyId
from renkei.wire.names import EVERYONE
from renkei.wire.values import box_encoder, decoder, encoder

M = TypeVar("M", bound=Message)
Sign = Callable[[bytes], bytes]
"""Bytes in, 64 raw ES256 signature bytes out; a key store handle."""

MESSAGE_TYPE = "application/jose"
"""The media type of every message, both ways (RFC 7515 §9.2.1)."""

MESSAGE_FRESH_SECONDS = 300
"""How far `at` of a message may lie from the receiver's clock, either way."""

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Bounds of `at`: at the ends of the calendar a change of time zone overflows."""

BESIDE: Final = b"~"
"""Between what is signed and the boxes beside it; no character of a compact JWS."""

_PATH = re.compile(r" - at `(\$[a-z_.\[\]0-9]{0,80})`\Z")
_encode = encoder().encode
_encode_boxed = box_encoder().encode
_BOXES: Final = decoder(dict[str, Box])


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


class Signed(bytes):
    """A message as it was signed, with the digest that names it (署名した電文)."""

    @property
    def digest(self) -> bytes:
        """SHA-256 over the signed bytes without the signature."""
        return jws.digest_of(self)


def write(message: Message, kid: KeyId | str, sign: Sign) -> Signed:
    """Frame and sign a message as compact JWS (署名).

    Raises ValueError for a message longer than its kind may be: every receiver would refuse it.
    """
    kind = kind_of(type(message))
    signing_input = jws.frame(str(kid), kind.typ, _encode(_signed_part(message)))
    raw = jws.assemble(signing_input, sign(signing_input)) + _beside(message)
    if len(raw) > kind.max_bytes:
        raise ValueError(f"{kind.typ} would have {len(raw)} bytes of at most {kind.max_bytes}")
    return Signed(raw)


def _signed_part(message: Message) -> Message:
    """What a sender signs: the message, with digests where its boxes travel beside it."""
    if message.STRIPPED is None:
        return message
    values = msgspec.structs.asdict(message)
    return message.STRIPPED(
        **values | {name: values[name].digest for name in message.BESIDE},
    )


def _beside(message: Message) -> bytes:
    if not message.BESIDE:
        return b""
    boxes = {name: getattr(message, name) for name in message.BESIDE}
    return BESIDE + urlsafe_b64encode(_encode(boxes)).rstrip(b"=")


def stripped(raw: bytes) -> bytes:
    """A signed message without the boxes beside it; its signature and digest stay (箱の除去)."""
    return raw.partition(BESIDE)[0]


def _rejoin(message: Message, struct: type[M], beside: bytes) -> M:
    """The message with its boxes; raises ValueError unless each is the one that was signed."""
    data = urlsafe_b64decode(beside + b"=" * (-len(beside) % 4))
    boxes: dict[str, Box] = _BOXES.decode(data)
    if tuple(boxes) != struct.BESIDE or _encode(boxes) != data:
        raise ValueError("other boxes beside the message than its kind has")
    if urlsafe_b64encode(data).rstrip(b"=") != beside:
        raise ValueError("boxes in another encoding than the one that is used")
    values = msgspec.structs.asdict(message)
    if any(values[name] != box.digest for name, box in boxes.items()):
        raise ValueError("a box beside the message is not the one that was signed")
    return struct(**values | boxes)


def check(message: Message) -> None:
    """Whether a message of one's own has the form its kind demands; raises WireError `malformed`.

    Its receiver would refuse it without a signature and without saying where.
    """
    struct = type(message)
    try:
        _decoder(struct).decode(_encode(message))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        said = _without_values(error, kind_of(struct).typ)
        raise WireError("malformed", f"{said}; nothing was sent") from None


@cache
def _decoder(struct: type[msgspec.Struct]) -> msgspec.json.Decoder[Any]:
    return decoder(struct)


def parse(raw: bytes, expected: tuple[type[M], ...]) -> tuple[jws.Unverified, M]:
    """Take a signed message apart without believing it yet; raises WireError on bad form."""
    kinds = {kind.typ: kind for kind in map(kind_of, expected)}
    limit = max(kind.max_bytes for kind in kinds.values())
    if len(raw) > limit:
        raise WireError("too-large", f"A message here has at most {limit} bytes.")
    signed, mark, beside = raw.partition(BESIDE)
    try:
        unverified = jws.parse(signed, max_bytes=limit)
    except CryptoError as error:
        raise WireError("malformed", f"Not a compact JWS of this protocol: {error}") from error
    kind = kinds.get(unverified.typ)
    if kind is None:
        raise WireError("unknown-message", f"This address accepts {', '.join(kinds)}.")
    if len(raw) > kind.max_bytes:
        raise WireError("too-large", f"This message has at most {kind.max_bytes} bytes.")
    struct: Any = kind.struct
    if bool(mark) != (struct.STRIPPED is not None):
        raise WireError("malformed", f"{kind.typ}: boxes are missing, or none belong beside it")
    try:
        message: M = _decode_once(_decoder(struct.STRIPPED or struct), unverified.payload, _encode)
        if mark:
            message = _rejoin(message, struct, beside)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        # Not `from error`: its text and the payload in it would reach logs.
        raise WireError("malformed", _without_values(error, kind.typ)) from None
    if message.at.utcoffset() != timedelta(0) or not EARLIEST <= message.at < LATEST:
        raise WireError("malformed", f"{kind.typ}: `at` must be UTC, {EARLIEST:%Y} to {LATEST:%Y}")
    return unverified, message


def _decode_once(
    reader: msgspec.json.Decoder[Any], data: bytes, write_again: Callable[[Any], bytes]
) -> Any:
    """Decode JSON in which no object names a member twice (RFC 8259 §4, RFC 7493 §2.3).

    msgspec takes the last of two, other readers the first. What encodes back to the same bytes has
    none; only other forms of the same message need the slower look.
    """
    value = reader.decode(data)
    if write_again(value) != data:
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
    if KeyId.parse(unverified.kid).use != message.KEY_USE:
        raise WireError("signature", "This message is signed with another key of the sender.")
    if message.sender != party:
        raise WireError("sender-mismatch", "The kid belongs to another party than the sender.")
    if certificate_party is not None and certificate_party != party:
        raise WireError("sender-mismatch", "The client certificate belongs to another party.")
    if message.aud != aud:
        raise WireError("not-addressed", "The message is addressed to another party.")
    return Letter(message, unverified.kid, jws.digest(unverified), bytes(raw))


@dataclass(frozen=True, slots=True)
class Anchor:
    """One party and the public key it is known by without a directory (信頼の基点の鍵)."""

    party: str
    public: bytes

    def signer(self, kid: str) -> tuple[str, Any]:
        """The party and its key, for key ids of that party only."""
        if KeyId.parse(kid).party != self.party:
            raise WireError("signature", f"A key of {self.party} is wanted here.")
        return self.party, jws.load_public(self.public)


@dataclass(frozen=True, slots=True)
class Keys:
    """Public keys by key id, known without a directory (信頼の基点の鍵)."""

    public: Mapping[str, bytes]

    def known(self, kid: str) -> bool:
        """Whether a key id is among them."""
        return kid in self.public

    def signer(self, kid: str) -> tuple[str, Any]:
        """The party and its key; raises WireError `unknown-party`."""
        if kid not in self.public:
            raise WireError("unknown-party", "No key of this id is known.")
        return KeyId.parse(kid).party, jws.load_public(self.public[kid])


def read_anchored(text: str, expected: type[M], anchor: Anchor) -> Letter[M]:
    """Read a message to everyone, signed with a key a node was installed with.

    Directory versions, countersignatures and statements travel inside other messages and files;
    whoever reads them has that key, not a directory. Raises WireError `signature` unless the
    anchor's party signed it, with the key for such messages and for everyone.
    """
    try:
        return read(text.encode(), (expected,), anchor, aud=EVERYONE)
    except WireError as error:
        if error.code in ("signature", "sender-mismatch", "not-addressed"):
            what = kind_of(expected).name
            raise WireError(
                "signature", f"{anchor.party} did not sign this {what} for everyone."
            ) from error
        raise


def check_fresh(
    at: datetime,
    now: datetime,
    seconds: int = MESSAGE_FRESH_SECONDS,
    *,
    whose: str = "the receiver",
) -> None:
    """Refuse a message signed too long ago or in the future; raises WireError `stale`.

    `now` is by the clock of `whose`.
    """
    apart = (at - now).total_seconds()
    if abs(apart) <= seconds:
        return
    way = "ahead of" if apart > 0 else "behind"
    raise WireError(
        "stale",
        f"Signed {abs(apart):.0f} s {way} the clock of {whose}, which shows {shown(now)}; "
        f"{seconds} s are allowed. Set the clock that is wrong and sign anew.",
        apart_seconds=round(apart, 3),
    )


def encode(record: msgspec.Struct) -> bytes:
    """JSON bytes of a record that goes into a box, and nowhere else: it may hold a number."""
    return _encode_boxed(record)


def decode(data: bytes, struct: type[msgspec.Struct]) -> Any:
    """A record out of a box; raises WireError `malformed`."""
    try:
        return _decode_once(_decoder(struct), data, _encode_boxed)
    except (msgspec.DecodeError, ValueError, RecursionError):
        # Not `from error`: what a box holds must not reach logs.
        raise WireError("malformed", "A box holds something else than announced.") from None

"""Compact JWS with ES256 and one allowed form of header (署名付き電文, RFC 7515, RFC 7518 §3.4).

The protected header is exactly {"alg":"ES256","kid":…,"typ":…}: these members, this order, no
spaces. So there is one header for each kid and typ, nothing in it to be confused by, and no JSON
parser runs before the signature is verified. `parse` checks the form, `verify` the signature.
"""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from renkei.crypto.errors import FramingError, SignatureError

SIGNATURE_BYTES: Final = 64
NAME_LIMIT_CHARACTERS: Final = 128
_HEADER_LIMIT_BYTES: Final = 512
_N: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_NAME: Final = re.compile(r"[A-Za-z0-9._:#-]{1,128}", re.ASCII)
_HEADER: Final = re.compile(
    rb'\{"alg":"ES256","kid":"([A-Za-z0-9._:#-]{1,128})","typ":"([A-Za-z0-9._:#-]{1,128})"\}'
)
# RFC 6979 nonces: signing is then a function of key and bytes, as everything in this package.
_ECDSA: Final = ec.ECDSA(SHA256(), deterministic_signing=True)
_ECDSA_VERIFY: Final = ec.ECDSA(SHA256())

# base64url to base64; what base64url does not have (+ / =) becomes a character that is refused.
_TO_BASE64: Final = bytes.maketrans(b"-_+/=\n\r", b"+/*****")
_TO_BASE64URL: Final = bytes.maketrans(b"+/", b"-_")
# The last character of a segment may only be one whose unused low bits are zero.
_LAST_OF_2: Final = frozenset(b"AQgw")
_LAST_OF_3: Final = frozenset(b"AEIMQUYcgkosw048")


@dataclass(frozen=True, slots=True)
class Unverified:
    """A message of right form whose signature has not been checked yet (未検証の電文).

    `signing_input` is what was signed, `signature` the 64 bytes r ‖ s.
    """

    kid: str
    typ: str
    payload: bytes = field(repr=False)
    signing_input: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def _encode(data: bytes) -> bytes:
    """Return base64url without padding (RFC 7515 §2)."""
    return b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_BASE64URL)


def _decode(segment: bytes) -> bytes:
    """Decode base64url, refusing every encoding but the canonical one."""
    rest = len(segment) & 3
    if (
        rest == 1
        or (rest == 2 and segment[-1] not in _LAST_OF_2)
        or (rest == 3 and segment[-1] not in _LAST_OF_3)
    ):
        raise FramingError("a segment is not canonical base64url: wrong length or trailing bits")
    try:
        return a2b_base64(segment.translate(_TO_BASE64) + b"=" * (-rest & 3), strict_mode=True)
    except Base64Error as error:
        raise FramingError("a segment is not base64url without padding") from error


@lru_cache(maxsize=1024)
def _header(kid: str, typ: str) -> bytes:
    """Return the encoded protected header and its dot."""
    for name, value in (("kid", kid), ("typ", typ)):
        if not _NAME.fullmatch(value):
            raise FramingError(f"{name} must be 1 to 128 characters of A-Z a-z 0-9 . _ : # -")
    return _encode(b'{"alg":"ES256","kid":"%b","typ":"%b"}' % (kid.encode(), typ.encode())) + b"."


def frame(kid: str, typ: str, payload: bytes) -> bytes:
    """Return the signing input: encoded header, dot, encoded payload (署名対象).

    Raises `FramingError` for a kid or typ outside [A-Za-z0-9._:#-]{1,128}.
    """
    return _header(kid, typ) + _encode(payload)


def assemble(signing_input: bytes, raw_signature: bytes) -> bytes:
    """Return the compact JWS of a signing input and its 64-byte signature r ‖ s (組立て)."""
    if len(raw_signature) != SIGNATURE_BYTES:
        raise SignatureError("an ES256 signature must be exactly 64 bytes")
    return signing_input + b"." + _encode(raw_signature)


def parse(data: bytes, max_bytes: int) -> Unverified:
    """Take a compact JWS apart without believing it (分解).

    Raises `FramingError` unless it is at most `max_bytes` long and in the one allowed form.
    """
    if len(data) > max_bytes:
        raise FramingError(f"the message has {len(data)} bytes: at most {max_bytes} are allowed")
    segments = data.split(b".", 3)
    if len(segments) != 3:
        raise FramingError("a message must be three segments with two dots")
    header, payload, signature = segments
    if len(header) > _HEADER_LIMIT_BYTES:
        raise FramingError("the protected header is too long")
    match = _HEADER.fullmatch(_decode(header))
    if match is None:
        raise FramingError("the header must be exactly alg ES256, kid and typ, in this order")
    raw = _decode(signature)
    if len(raw) != SIGNATURE_BYTES:
        raise FramingError("an ES256 signature must be exactly 64 bytes")
    return Unverified(
        kid=match[1].decode("ascii"),
        typ=match[2].decode("ascii"),
        payload=_decode(payload),
        signing_input=data[: len(header) + 1 + len(payload)],
        signature=raw,
    )


def verify(unverified: Unverified, public_key: ec.EllipticCurvePublicKey) -> None:
    """Raise `SignatureError` unless the P-256 key signed this message (署名検証)."""
    verify_raw(public_key, unverified.signing_input, unverified.signature)


def verify_raw(public_key: ec.EllipticCurvePublicKey, data: bytes, raw_signature: bytes) -> None:
    """Raise `SignatureError` unless r ‖ s (64 bytes) is the key's ES256 signature of `data`."""
    if len(raw_signature) != SIGNATURE_BYTES:
        raise SignatureError("an ES256 signature must be exactly 64 bytes")
    if public_key.curve.name != "secp256r1":
        raise SignatureError("an ES256 key must be on the curve P-256")
    r = int.from_bytes(raw_signature[:32], "big")
    s = int.from_bytes(raw_signature[32:], "big")
    if not (0 < r < _N and 0 < s < _N):
        raise SignatureError("r and s must be at least 1 and below the order of P-256")
    try:
        public_key.verify(encode_dss_signature(r, s), data, _ECDSA_VERIFY)
    except InvalidSignature as error:
        raise SignatureError("the signature does not fit the message and the key") from error


def sign_raw(private_key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    """Return the 64-byte ES256 signature r ‖ s of `data`; the same bytes each time (RFC 6979)."""
    if private_key.curve.name != "secp256r1":
        raise SignatureError("an ES256 key must be on the curve P-256")
    r, s = decode_dss_signature(private_key.sign(data, _ECDSA))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def digest(unverified: Unverified) -> bytes:
    """Return SHA-256 of the signed bytes without the signature (電文の要約値).

    ES256 signatures are malleable: (r, s) and (r, n - s) are both valid for the same message.
    """
    return sha256(unverified.signing_input).digest()


def digest_of(signed: bytes) -> bytes:
    """The same digest, of bytes that are known to be a compact JWS: just written, or parsed."""
    return sha256(signed.rpartition(b".")[0]).digest()


def load_public(data: bytes) -> ec.EllipticCurvePublicKey:
    """Return a P-256 public key from 65 bytes (0x04 ‖ x ‖ y) or 33 compressed ones (公開鍵)."""
    if len(data) not in (33, 65):
        raise SignatureError("a P-256 public key must be 65 bytes, or 33 if compressed")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data)
    except ValueError as error:
        raise SignatureError("the bytes are not a point of P-256") from error


def public_bytes(public_key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a P-256 public key as 65 bytes, 0x04 ‖ x ‖ y (SEC 1 §2.3.3)."""
    return public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

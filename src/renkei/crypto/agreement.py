"""X25519 key agreement with strict public keys (鍵共有, RFC 7748)."""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from renkei.crypto.errors import BoxError

PUBLIC_BYTES: Final = 32
_P: Final = 2**255 - 19


def check_public(public: bytes) -> bytes:
    """Return `public` if it is 32 bytes and canonical, else raise `BoxError` (公開鍵).

    RFC 7748 §5 lets a receiver mask the top bit and reduce mod p; here each key has one encoding,
    so that two entries of the directory can be compared as bytes.
    """
    if not isinstance(public, bytes) or len(public) != PUBLIC_BYTES:
        raise BoxError("an X25519 public key must be exactly 32 bytes")
    if int.from_bytes(public, "little") >= _P:
        raise BoxError("an X25519 public key must be canonical: below 2^255 - 19")
    return public


def x25519(private: X25519PrivateKey, public: bytes) -> bytes:
    """Return the 32-byte shared secret; `BoxError` for a public key of low order (鍵共有, §6.1)."""
    peer = X25519PublicKey.from_public_bytes(check_public(public))
    try:
        return private.exchange(peer)
    except ValueError as error:
        raise BoxError("the X25519 public key has low order: do not use it") from error

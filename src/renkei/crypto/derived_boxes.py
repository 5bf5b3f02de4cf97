"""Boxes that hold a random seed and are made from that seed alone (種から導く封箱).

Whoever knows the seed makes the same bytes again and so sees that a box is right without being
able to open it: its ephemeral X25519 key and its nonce are HKDF-SHA256 (RFC 5869) of the seed.
That is safe for a plaintext of 32 random bytes, used under one context once (decision 0022); it is
not for anything that can be guessed. A box is ephemeral public key ‖ nonce ‖ ciphertext ‖ tag.
"""

import hmac
from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from renkei.crypto.agreement import PUBLIC_BYTES, check_public, x25519
from renkei.crypto.boxes import NONCE_BYTES, TAG_BYTES, BoxContext
from renkei.crypto.encoding import join
from renkei.crypto.errors import BoxError

SEED_BYTES: Final = 32
BOX_BYTES: Final = PUBLIC_BYTES + NONCE_BYTES + SEED_BYTES + TAG_BYTES
Agree = Callable[[bytes], bytes]
"""A public key in, the 32-byte X25519 secret with it out; the private key stays where it is."""


def seal_seed(seed: bytes, context: BoxContext, receiver: bytes) -> bytes:
    """The one box of a seed for a receiver's public key in a context: 92 bytes (封緘).

    Raises `BoxError` for a seed that is not 32 bytes or a public key that is none.
    """
    if not isinstance(seed, bytes) or len(seed) != SEED_BYTES:
        raise BoxError("a derived box holds a seed of exactly 32 bytes")
    extracted = hmac.digest(_salt(context), seed, "sha256")
    bound = _bound(context, check_public(receiver))
    ephemeral = X25519PrivateKey.from_private_bytes(
        hmac.digest(extracted, join("renkei derived key v1", bound) + b"\x01", "sha256")
    )
    nonce = hmac.digest(extracted, join("renkei derived nonce v1", bound) + b"\x01", "sha256")
    nonce = nonce[:NONCE_BYTES]
    public = ephemeral.public_key().public_bytes_raw()
    cipher = _cipher(x25519(ephemeral, receiver), context, public, receiver)
    return public + nonce + cipher.encrypt(nonce, seed, bound)


def unseal_seed(agree: Agree, context: BoxContext, receiver: bytes, data: bytes) -> bytes:
    """The 32-byte seed of a box made for exactly this context, else raise `BoxError` (開封).

    `receiver` is the public key of the private one behind `agree`.
    """
    if len(data) != BOX_BYTES:
        raise BoxError(f"a derived box has exactly {BOX_BYTES} bytes")
    public, nonce = data[:PUBLIC_BYTES], data[PUBLIC_BYTES : PUBLIC_BYTES + NONCE_BYTES]
    cipher = _cipher(agree(public), context, public, receiver)
    try:
        return cipher.decrypt(nonce, data[PUBLIC_BYTES + NONCE_BYTES :], _bound(context, receiver))
    except InvalidTag as error:
        raise BoxError("the box was altered or made for another key or context") from error


def _salt(context: BoxContext) -> bytes:
    return context.tx.encode("ascii")


def _bound(context: BoxContext, receiver: bytes) -> bytes:
    """Everything that a box is for, as bytes that tell any two contexts apart."""
    return join(
        "renkei derived box v1",
        context.suite,
        context.purpose,
        context.sender,
        context.receiver,
        context.tx,
        context.sender_period,
        context.receiver_period,
        receiver,
    )


def _cipher(shared: bytes, context: BoxContext, public: bytes, receiver: bytes) -> AESGCM:
    """AES-256-GCM under a key that both public keys and the context go into (RFC 9180 §4.1)."""
    extracted = hmac.digest(_salt(context), shared, "sha256")
    info = join("renkei derived cipher v1", public, _bound(context, receiver))
    return AESGCM(hmac.digest(extracted, info + b"\x01", "sha256"))

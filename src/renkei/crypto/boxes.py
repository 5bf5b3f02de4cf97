"""Boxes: bytes that only one party can read, bound to one use (暗号化データ).

A box is nonce ‖ AES-256-GCM ciphertext. Its key exists for one context only: HKDF-SHA256 over the
X25519 secret, with the transaction as salt and suite, purpose, key periods and both parties as
info. Purpose, parties and transaction are associated data as well.
"""

import hmac
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from renkei.crypto.encoding import join
from renkei.crypto.errors import BoxError

NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
SHARED_BYTES: Final = 32
PLAINTEXT_LIMIT_BYTES: Final = 64 * 1024
FIELD_LIMIT_CHARACTERS: Final = 256
_OVERHEAD_BYTES: Final = NONCE_BYTES + TAG_BYTES
_ZERO: Final = bytes(SHARED_BYTES)


@dataclass(frozen=True, slots=True)
class BoxContext:
    """What a box is for: a box made for one context opens in no other (用途の束縛).

    `suite` names the code suite, `purpose` the field the box fills, `sender` and `receiver` the
    parties, `tx` the transaction or acquisition number, the periods the key periods of the two
    X25519 keys. All are 1 to `FIELD_LIMIT_CHARACTERS` ASCII characters.
    """

    suite: str
    purpose: str
    sender: str
    receiver: str
    tx: str
    sender_period: str
    receiver_period: str

    def key(self, shared: bytes) -> bytes:
        """Return the 32-byte key of the box; HKDF-SHA256 of RFC 5869 with one output block."""
        if not isinstance(shared, bytes) or len(shared) != SHARED_BYTES:
            raise BoxError("the shared secret must be exactly 32 bytes")
        if shared == _ZERO:
            raise BoxError("the shared secret is all zero: the other public key has low order")
        info = join(
            "renkei box v1",
            self.suite,
            self.purpose,
            self.sender_period,
            self.receiver_period,
            self.sender,
            self.receiver,
        )
        extracted = hmac.digest(self.tx.encode("ascii"), shared, "sha256")
        return hmac.digest(extracted, info + b"\x01", "sha256")

    def associated_data(self) -> bytes:
        """Return what the tag covers besides the ciphertext: purpose, parties, transaction."""
        return join("renkei box v1", self.purpose, self.sender, self.receiver, self.tx)

    def __post_init__(self) -> None:
        fields = (
            self.suite,
            self.purpose,
            self.sender,
            self.receiver,
            self.tx,
            self.sender_period,
            self.receiver_period,
        )
        for value in fields:
            if not (value.isascii() and 0 < len(value) <= FIELD_LIMIT_CHARACTERS):
                raise BoxError("every field of a box context must be 1 to 256 ASCII characters")


def seal(shared: bytes, context: BoxContext, plaintext: bytes, nonce: bytes) -> bytes:
    """Return nonce ‖ ciphertext ‖ tag of at most 64 KiB of plaintext (封緘).

    `shared` is the 32-byte X25519 output, `nonce` 12 fresh random bytes. Raises `BoxError`.
    """
    if not isinstance(nonce, bytes) or len(nonce) != NONCE_BYTES:
        raise BoxError("a box needs a nonce of exactly 12 bytes")
    if len(plaintext) > PLAINTEXT_LIMIT_BYTES:
        raise BoxError(f"a box holds at most {PLAINTEXT_LIMIT_BYTES} bytes")
    cipher = AESGCM(context.key(shared))
    return nonce + cipher.encrypt(nonce, plaintext, context.associated_data())


def unseal(shared: bytes, context: BoxContext, data: bytes) -> bytes:
    """Return the plaintext of a box made for exactly this context, else raise `BoxError` (開封)."""
    if not _OVERHEAD_BYTES <= len(data) <= _OVERHEAD_BYTES + PLAINTEXT_LIMIT_BYTES:
        raise BoxError("a box has a length that no box can have")
    cipher = AESGCM(context.key(shared))
    try:
        return cipher.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], context.associated_data())
    except InvalidTag as error:
        raise BoxError("the box was altered or made for another key or context") from error

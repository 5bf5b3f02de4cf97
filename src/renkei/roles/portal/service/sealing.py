"""Keeping r with a line: encrypted, one key per line, none of them stored (値 r の保管)."""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from renkei.crypto.encoding import join
from renkei.kit.party import NONCE_BYTES, Party

LINES_KEY: Final = "lines"
_LEAF_BYTES: Final = 8


def seal_blind(party: Party, leaf: int, blind: bytes) -> bytes:
    """Nonce and AES-256-GCM ciphertext of r, bound to its leaf."""
    nonce = party.randomness(NONCE_BYTES)
    return nonce + _cipher(party, leaf).encrypt(nonce, blind, _bound(leaf))


def open_blind(party: Party, leaf: int, sealed: bytes) -> bytes:
    """r of a line; raises ValueError where the database was altered or the key is another."""
    try:
        return _cipher(party, leaf).decrypt(
            sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound(leaf)
        )
    except InvalidTag as error:
        raise ValueError(f"the value kept with leaf {leaf} does not open") from error


def _cipher(party: Party, leaf: int) -> AESGCM:
    return AESGCM(party.keys.mac(LINES_KEY, join("renkei line key v1", _number(leaf)), "sha256"))


def _bound(leaf: int) -> bytes:
    return join("renkei line blind v1", _number(leaf))


def _number(leaf: int) -> bytes:
    return leaf.to_bytes(_LEAF_BYTES, "big")

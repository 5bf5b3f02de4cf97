"""Making and erasing the key files of the sandbox key store.

One file per key, ``NAME.KIND``: PKCS #8 PEM for key pairs, hexadecimal for scalars and secrets.
Files are written whole or not at all, with mode 0600, and never overwritten: a replaced key would
silently make every code and signature under it worthless.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from renkei.crypto.errors import InvalidScalar
from renkei.crypto.suite import RISTRETTO255
from renkei.kit.randomness import Randomness, system_randomness

SUFFIXES = (".signing", ".agreement", ".scalar", ".secret", ".ed25519")
NAME_PATTERN = r"[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?"
FILE_MODE_ALLOWED = 0o600
FOLDER_MODE = 0o700
KEY_FILE_BYTES_LIMIT = 4_096
SECRET_BYTES = 32
_TEMPORARY = ".new"


class KeyStoreError(Exception):
    """A key or its folder cannot be used as it is; the message says what to do, never a secret."""


def create_signing_key(directory: Path, name: str) -> None:
    """Make a P-256 key for ES256."""
    _write_pem(directory, f"{name}.signing", ec.generate_private_key(ec.SECP256R1()))


def create_agreement_key(directory: Path, name: str) -> None:
    """Make an X25519 key pair for boxes."""
    _write_pem(directory, f"{name}.agreement", X25519PrivateKey.generate())


def create_ed25519(directory: Path, name: str) -> None:
    """Make an Ed25519 key for log checkpoints and cosignatures."""
    _write_pem(directory, f"{name}.ed25519", Ed25519PrivateKey.generate())


def create_scalar(
    directory: Path, name: str, *, randomness: Randomness = system_randomness
) -> None:
    """Make an institution's scalar for one epoch: uniform in 1 to q - 1."""
    while True:
        with contextlib.suppress(InvalidScalar):
            scalar = RISTRETTO255.scalar_from_uniform(randomness(64))
            break
    _write(directory, f"{name}.scalar", scalar.hex().encode("ascii"))


def create_secret(
    directory: Path, name: str, *, randomness: Randomness = system_randomness
) -> None:
    """Make a 32-byte secret for HMAC."""
    _write(directory, f"{name}.secret", randomness(SECRET_BYTES).hex().encode("ascii"))


def _write_pem(
    directory: Path,
    file_name: str,
    key: ec.EllipticCurvePrivateKey | X25519PrivateKey | Ed25519PrivateKey,
) -> None:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(directory, file_name, pem)


def _write(directory: Path, file_name: str, data: bytes) -> None:
    name, _, _kind = file_name.partition(".")
    if not re.fullmatch(NAME_PATTERN, name):
        raise KeyStoreError(f"{name!r} cannot name a key: use a-z, 0-9, - and _, at most 64")
    directory.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    taken = [suffix for suffix in SUFFIXES if (directory / f"{name}{suffix}").exists()]
    if taken:
        raise KeyStoreError(f"key {name!r} exists already in {directory} and is never overwritten")
    temporary = directory / f"{file_name}{_TEMPORARY}-{os.getpid()}"
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE_ALLOWED)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # A link, not a rename: it fails where the name exists, so two makers cannot both win.
        os.link(temporary, directory / file_name)
    except FileExistsError:
        raise KeyStoreError(f"key {name!r} exists already and is never overwritten") from None
    finally:
        temporary.unlink()
    _sync_folder(directory)


def erase(directory: Path, name: str) -> None:
    """Overwrite the key's file with zeros, sync, remove it, sync the folder; idempotent."""
    if not re.fullmatch(NAME_PATTERN, name):
        raise KeyStoreError(f"{name!r} is not the name of a key")
    for suffix in SUFFIXES:
        path = directory / f"{name}{suffix}"
        if path.is_file() and not path.is_symlink():
            with path.open("r+b") as file:
                file.write(bytes(path.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
    _sync_folder(directory)


def _sync_folder(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

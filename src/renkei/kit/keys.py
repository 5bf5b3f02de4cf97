"""Key handles: sign, agree, multiply, authenticate; no private bytes come out.

A production key store is a hardware module behind the same ``KeyStore`` Protocol. What stands here
keeps keys in files, for the sandbox, and says so loudly.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import stat
import sys
from pathlib import Path
from typing import Any, Literal, NoReturn, Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from renkei.crypto import agreement, jws, suite
from renkei.crypto.suite import RISTRETTO255
from renkei.kit.key_files import (
    FILE_MODE_ALLOWED,
    FOLDER_MODE,
    KEY_FILE_BYTES_LIMIT,
    NAME_PATTERN,
    SUFFIXES,
    KeyStoreError,
    create_agreement_key,
    create_ed25519,
    create_scalar,
    create_secret,
    create_signing_key,
    erase,
)
from renkei.kit.logs import get_logger

__all__ = [
    "FileKeyStore",
    "KeyStore",
    "KeyStoreError",
    "ScalarHandle",
    "UnknownKey",
    "create_agreement_key",
    "create_ed25519",
    "create_scalar",
    "create_secret",
    "create_signing_key",
]

MacAlgorithm = Literal["sha256", "sha512"]


def load_codes() -> None:
    """Load the library of codes now: a server's first message should not wait for it."""
    suite.load()


class UnknownKey(KeyStoreError):
    """No key of that name, or it is of another kind than the operation needs."""


class ScalarHandle(Protocol):
    """A secret scalar of one institution and epoch, usable but not readable (符号の秘密の値)."""

    def multiply(self, element: bytes) -> bytes:
        """Return s · element, 32 bytes; ``InvalidElement`` for bytes that are no element."""
        ...

    def ratio_multiply(self, other: ScalarHandle, element: bytes) -> bytes:
        """Return (other / self) · element: the conversion from self's code to other's."""
        ...

    def ratio(self, other: ScalarHandle) -> bytes:
        """Return other / self, 32 bytes: the step to a new epoch, to be boxed at once."""
        ...


class KeyStore(Protocol):
    """What a role may do with its own keys; ``key`` is a name such as ``sign`` or ``box-2026-1``.

    Every method raises ``UnknownKey`` for a name that is missing or of another kind.
    """

    def sign(self, key: str, data: bytes) -> bytes:
        """Return the raw 64-byte ES256 signature r ‖ s of ``data`` (RFC 7518 §3.4)."""
        ...

    def sign_note(self, key: str, data: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature of ``data`` (RFC 8032), for log checkpoints."""
        ...

    def agree(self, key: str, public: bytes) -> bytes:
        """Return the 32-byte X25519 secret; ``BoxError`` for a public key of low order."""
        ...

    def agree_once(self, key: str, public: bytes) -> bytes:
        """The same with a public key that was made for one use and is not met again."""
        ...

    def scalar(self, key: str) -> ScalarHandle:
        """Return the handle of a scalar."""
        ...

    def mac(self, key: str, data: bytes, algorithm: MacAlgorithm) -> bytes:
        """Return HMAC of ``data`` under a 32-byte secret: 32 or 64 bytes."""
        ...

    def public(self, key: str) -> bytes:
        """Return the public part: P-256 65 bytes 0x04 ‖ x ‖ y, X25519 and Ed25519 32 bytes."""
        ...

    def names(self) -> tuple[str, ...]:
        """Return the names of all keys, sorted."""
        ...


class _NotPortable:
    """A thing that holds a secret: it can be neither pickled nor copied, and prints as nothing."""

    __slots__ = ()

    def __reduce_ex__(self, _protocol: Any) -> NoReturn:
        raise TypeError(f"{type(self).__name__} holds a secret and cannot be copied or pickled")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(••••)"


class _FileScalar(_NotPortable):
    __slots__ = ("__bytes", "__inverse")

    def __init__(self, data: bytes) -> None:
        self.__bytes = RISTRETTO255.check_scalar(data)
        self.__inverse = RISTRETTO255.invert_scalar(data)

    def multiply(self, element: bytes) -> bytes:
        return RISTRETTO255.multiply(self.__bytes, element)

    def ratio_multiply(self, other: ScalarHandle, element: bytes) -> bytes:
        return RISTRETTO255.multiply(self.ratio(other), element)

    def ratio(self, other: ScalarHandle) -> bytes:
        if not isinstance(other, _FileScalar):
            raise KeyStoreError("both scalars of a ratio must come from the same kind of key store")
        return RISTRETTO255.multiply_scalars(other.__bytes, self.__inverse)


class _Secret(_NotPortable):
    """Keyed hash states; the 32 bytes themselves are not kept."""

    __slots__ = ("_states",)

    def __init__(self, data: bytes) -> None:
        self._states = {name: hmac.new(data, digestmod=name) for name in ("sha256", "sha512")}

    def mac(self, data: bytes, algorithm: MacAlgorithm) -> bytes:
        if algorithm not in self._states:
            raise ValueError(f"algorithm must be sha256 or sha512, not {algorithm!r}")
        state = self._states[algorithm].copy()
        state.update(data)
        return state.digest()


AGREED_LIMIT = 1_024
"""Secrets of this party with others and key periods that are kept, before all are made anew."""
_Held = EllipticCurvePrivateKey | X25519PrivateKey | Ed25519PrivateKey | _FileScalar | _Secret


class FileKeyStore(_NotPortable):
    """Keys in files of one folder: a stand-in for a hardware module, for the sandbox only.

    The folder must be 0700 and its files 0600, owned by this process's user; anything else is
    refused with the command that mends it. A key made after the start is found at its first use.
    `warn` is False only where a process has warned already or warns of all its stores at once.
    """

    def __init__(self, directory: Path, *, profile: str, warn: bool = True) -> None:
        if profile == "production":
            raise KeyStoreError(
                "profile production refuses keys in files: configure a hardware key store"
            )
        if profile != "sandbox":
            raise KeyStoreError(f"unknown profile {profile!r}: keys in files are for sandbox only")
        self._directory = directory
        self._held: dict[str, _Held] = {}
        self._agreed: dict[tuple[str, bytes], bytes] = {}
        _check_owner_only(directory, folder=True)
        for path in directory.iterdir():
            if path.suffix in SUFFIXES:
                _check_owner_only(path, folder=False)
        if not warn:
            return
        sentence = f"SANDBOX: keys in files under {directory} stand in for a hardware module"
        print(f"warning: {sentence}; never use them in production", file=sys.stderr)  # noqa: T201
        get_logger().warning("sandbox-key-store", keys=len(self.names()))

    def __repr__(self) -> str:
        return f"FileKeyStore({str(self._directory)!r}, {len(self.names())} keys)"

    def sign(self, key: str, data: bytes) -> bytes:
        """Return the raw 64-byte ES256 signature r ‖ s of ``data`` (RFC 7518 §3.4)."""
        private: EllipticCurvePrivateKey = self._of_kind(key, EllipticCurvePrivateKey)
        return jws.sign_raw(private, data)

    def sign_note(self, key: str, data: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature of ``data`` (RFC 8032)."""
        private: Ed25519PrivateKey = self._of_kind(key, Ed25519PrivateKey)
        return private.sign(data)

    def agree(self, key: str, public: bytes) -> bytes:
        """Return the 32-byte X25519 secret; ``BoxError`` for a public key of low order.

        The secret of two parties is the same for a whole key period, so it is kept as long as the
        private key is.
        """
        shared = self._agreed.get((key, public))
        if shared is None:
            shared = self.agree_once(key, public)
            if len(self._agreed) >= AGREED_LIMIT:
                self._agreed.clear()
            self._agreed[key, public] = shared
        return shared

    def agree_once(self, key: str, public: bytes) -> bytes:
        """Return the 32-byte X25519 secret without keeping it."""
        private: X25519PrivateKey = self._of_kind(key, X25519PrivateKey)
        return agreement.x25519(private, public)

    def scalar(self, key: str) -> ScalarHandle:
        """Return the handle of a scalar."""
        scalar: _FileScalar = self._of_kind(key, _FileScalar)
        return scalar

    def mac(self, key: str, data: bytes, algorithm: MacAlgorithm) -> bytes:
        """Return HMAC of ``data`` under a 32-byte secret: 32 or 64 bytes."""
        secret: _Secret = self._of_kind(key, _Secret)
        return secret.mac(data, algorithm)

    def public(self, key: str) -> bytes:
        """Return the public part: P-256 65 bytes 0x04 ‖ x ‖ y, X25519 and Ed25519 32 bytes."""
        held = self._find(key)
        if isinstance(held, EllipticCurvePrivateKey):
            return jws.public_bytes(held.public_key())
        if isinstance(held, X25519PrivateKey | Ed25519PrivateKey):
            return held.public_key().public_bytes_raw()
        raise UnknownKey(f"key {key!r} has no public part")

    def names(self) -> tuple[str, ...]:
        """Return the names of all keys, sorted."""
        return tuple(
            sorted(path.stem for path in self._directory.iterdir() if path.suffix in SUFFIXES)
        )

    def destroy(self, name: str) -> None:
        """Overwrite and remove a key, e.g. of a key period that has run out; idempotent.

        What a file system or a disk kept of earlier blocks is out of reach: a hardware module's
        destruction is a promise, this one is an effort.
        """
        self._held.pop(name, None)
        self._agreed = {pair: one for pair, one in self._agreed.items() if pair[0] != name}
        erase(self._directory, name)

    def forget_destroyed(self) -> None:
        """Keep nothing in memory whose file another process of this party has removed."""
        gone = set(self._held) - set(self.names())
        for name in gone:
            del self._held[name]
        if gone:
            self._agreed = {pair: one for pair, one in self._agreed.items() if pair[0] not in gone}

    def _of_kind(self, name: str, kind: Any) -> Any:
        held = self._find(name)
        if not isinstance(held, kind):
            raise UnknownKey(f"key {name!r} cannot be used for this: it is of another kind")
        return held

    def _find(self, name: str) -> _Held:
        held = self._held.get(name)
        if held is None:
            held = self._held[name] = _load(self._directory, name)
        return held


def _check_owner_only(path: Path, *, folder: bool) -> None:
    try:
        info = path.lstat()
    except FileNotFoundError:
        raise KeyStoreError(f"key folder {path} does not exist") from None
    right_kind = stat.S_ISDIR(info.st_mode) if folder else stat.S_ISREG(info.st_mode)
    if not right_kind:
        raise KeyStoreError(f"{path} must be a plain {'folder' if folder else 'file'}")
    if info.st_uid != os.geteuid():
        raise KeyStoreError(f"{path} belongs to another user; run: chown {os.geteuid()} {path}")
    if stat.S_IMODE(info.st_mode) & ~(FOLDER_MODE if folder else FILE_MODE_ALLOWED):
        raise KeyStoreError(
            f"{path} can be read by others; run: chmod {'700' if folder else '600'} {path}"
        )


def _load(directory: Path, name: str) -> _Held:
    if not re.fullmatch(NAME_PATTERN, name):
        raise UnknownKey(f"{name!r} is not the name of a key")
    paths = [path for suffix in SUFFIXES if (path := directory / f"{name}{suffix}").is_file()]
    if len(paths) != 1:
        raise UnknownKey(f"key {name!r}: {'not found' if not paths else 'two files'} in the store")
    _check_owner_only(paths[0], folder=False)
    data = paths[0].read_bytes()
    if len(data) > KEY_FILE_BYTES_LIMIT:
        raise KeyStoreError(f"{paths[0]} is too large for a key")
    try:
        return _decode(paths[0].suffix, data)
    except (ValueError, TypeError):
        # The cause may quote the bytes: it is dropped.
        raise KeyStoreError(f"{paths[0]} does not hold a key of its kind") from None


def _decode(suffix: str, data: bytes) -> _Held:
    if suffix == ".scalar":
        return _FileScalar(bytes.fromhex(data.decode("ascii")))
    if suffix == ".secret":
        secret = bytes.fromhex(data.decode("ascii"))
        if len(secret) != hashlib.sha256().digest_size:
            raise ValueError
        return _Secret(secret)
    kinds: dict[str, type[_Held]] = {
        ".signing": EllipticCurvePrivateKey,
        ".agreement": X25519PrivateKey,
        ".ed25519": Ed25519PrivateKey,
    }
    key = load_pem_private_key(data, password=None)
    if not isinstance(key, kinds[suffix]):
        raise ValueError
    return key

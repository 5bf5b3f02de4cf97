"""One TOML file per process, decoded into a frozen struct; an unknown key is an error.

Secrets never stand in a configuration: it names paths to them.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from renkei.crypto import jws
from renkei.crypto.errors import CryptoError
from renkei.crypto.note import COSIGNATURE_V1, ED25519, NoteKey, parse_key

CONFIG_BYTES_LIMIT = 1024 * 1024


class ConfigError(Exception):
    """A configuration file cannot be used; the message names file and key."""


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of every configuration struct and of the structs inside it.

    Fields of type ``pathlib.Path`` may be relative: they are read from the folder of the file. A
    type of its own reads its text itself, by ``from_configuration(text, folder)``.
    """


C = TypeVar("C", bound=Config)


def load(path: Path, kind: type[C]) -> C:
    """Read ``path`` as one ``kind``; raises ``ConfigError`` naming file, key and what is wrong."""
    try:
        if path.stat().st_size > CONFIG_BYTES_LIMIT:
            raise ConfigError(f"{path}: larger than {CONFIG_BYTES_LIMIT} bytes")
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not TOML: {error}") from error
    return convert(table, kind, path)


def convert(table: dict[str, Any], kind: type[C], path: Path, *, section: str = "") -> C:
    """A table of the file at ``path`` as one ``kind``; raises ``ConfigError`` as ``load`` does.

    ``section`` is the table's place in the file, named before its keys.
    """
    folder = path.resolve().parent

    def decode(wanted: type, value: Any) -> Any:
        if wanted is Path and isinstance(value, str):
            if not value:
                raise ValueError("Expected a path, got an empty text")
            return folder / value
        read = getattr(wanted, "from_configuration", None)
        if read is not None and isinstance(value, str):
            return read(value, folder)
        raise ValueError(f"Expected `{wanted.__name__}`")

    try:
        return msgspec.convert(table, kind, strict=True, dec_hook=decode)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {_explain(str(error), section)}") from error


def public_key(text: str, key: str) -> bytes:
    """A P-256 public key from its hexadecimal digits; raises ConfigError naming its ``key``."""
    try:
        public = bytes.fromhex(text)
        jws.load_public(public)
    except (ValueError, CryptoError) as error:
        raise ConfigError(f"{key}: a P-256 public key is 130 hexadecimal digits") from error
    return public


def log_key(text: str, key: str) -> NoteKey:
    """The key a log signs with, type 1, as a verifier is told it; raises ConfigError (検証鍵)."""
    return _note_key(text, key, ED25519)


def witness_key(text: str, key: str) -> NoteKey:
    """The key a witness cosigns with, cosignature/v1, type 4; raises ConfigError (連署の検証鍵)."""
    return _note_key(text, key, COSIGNATURE_V1)


def _note_key(text: str, key: str, algorithm: int) -> NoteKey:
    try:
        found = parse_key(text)
    except CryptoError as error:
        raise ConfigError(f"{key}: a key as name+id+base64 is needed: {error}") from error
    if found.algorithm != algorithm:
        raise ConfigError(f"{key}: a key of type {algorithm} is needed, not {found.algorithm}")
    return found


def _explain(message: str, section: str) -> str:
    """Turn msgspec's sentence, which ends in a path such as ``$.peers[0].port``, into ours."""
    reason, _, place = message.partition(" - at `$")
    key = ".".join(part for part in (section, place.rstrip("`").lstrip(".")) if part)
    unknown = re.fullmatch(r"Object contains unknown field `(.*)`", reason)
    missing = re.fullmatch(r"Object missing required field `(.*)`", reason)
    named = unknown or missing
    if named:
        full = f"{key}.{named[1]}" if key else named[1]
        return f"unknown key {full}: remove it" if unknown else f"key {full} is missing: add it"
    return f"key {key}: {reason}" if key else reason

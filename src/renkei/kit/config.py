"""One TOML file per process, decoded into a frozen struct; an unknown key is an error.

Secrets never stand in a configuration: it names paths to them.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

CONFIG_BYTES_LIMIT = 1024 * 1024


class ConfigError(Exception):
    """A configuration file cannot be used; the message names file and key."""


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of every configuration struct and of the structs inside it.

    Fields of type ``pathlib.Path`` may be relative: they are read from the folder of the file.
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
    folder = path.resolve().parent

    def decode(wanted: type, value: Any) -> Any:
        if wanted is Path and isinstance(value, str):
            if not value:
                raise ValueError("Expected a path, got an empty text")
            return folder / value
        raise ValueError(f"Expected `{wanted.__name__}`")

    try:
        return msgspec.convert(table, kind, strict=True, dec_hook=decode)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {_explain(str(error))}") from error


def _explain(message: str) -> str:
    """Turn msgspec's sentence, which ends in a path such as ``$.peers[0].port``, into ours."""
    reason, _, place = message.partition(" - at `$")
    key = place.rstrip("`").lstrip(".")
    unknown = re.fullmatch(r"Object contains unknown field `(.*)`", reason)
    missing = re.fullmatch(r"Object missing required field `(.*)`", reason)
    named = unknown or missing
    if named:
        full = f"{key}.{named[1]}" if key else named[1]
        return f"unknown key {full}: remove it" if unknown else f"key {full} is missing: add it"
    return f"key {key}: {reason}" if key else reason

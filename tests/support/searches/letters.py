"""Signed messages taken apart without believing them: every text and value (電文の中身)."""

import base64
import binascii
import contextlib
import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

BASE64 = re.compile(r"[A-Za-z0-9+/]{4,}={0,2}\Z")
JWS = re.compile(r"[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\Z")


def payload(letter: bytes) -> Any:
    """What a signed message says, without believing it; None for what is no message."""
    parts = letter.split(b".")
    if len(parts) != 3:
        return None
    try:
        return json.loads(base64.urlsafe_b64decode(parts[1] + b"=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error):
        return None


def leaves(value: Any) -> Iterator[str | bytes]:
    """Every text and every decoded value in a message and in the messages inside it."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one)
    elif isinstance(value, str):
        yield unicodedata.normalize("NFKC", value)
        if JWS.match(value):
            yield from leaves(payload(value.encode()))
        elif BASE64.match(value):
            with contextlib.suppress(binascii.Error):
                yield base64.b64decode(value, validate=True)
    elif isinstance(value, int | float) and value is not True and value is not False:
        yield str(value)

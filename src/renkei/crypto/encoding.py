"""The one injective encoding behind every `|` in the design (単射な符号化).

Two different sequences of parts never give the same bytes, so a value cannot slide from one field
into the next under a hash, a MAC or a key derivation.
"""

from typing import Final

from renkei.crypto.errors import FramingError

PART_LIMIT_BYTES: Final = 1 << 20


def _prefixed(part: str | bytes) -> bytes:
    """Return 4 bytes of big-endian length and the part itself; text is UTF-8."""
    if isinstance(part, str):
        try:
            part = part.encode()
        except UnicodeEncodeError as error:
            raise FramingError("a part has a lone surrogate: give valid Unicode text") from error
    if len(part) > PART_LIMIT_BYTES:
        raise FramingError(f"a part has {len(part)} bytes: at most {PART_LIMIT_BYTES} are allowed")
    return len(part).to_bytes(4, "big") + part


def join(label: str, *parts: str | bytes) -> bytes:
    """Join a label and parts, each led by its length as 4 bytes big-endian (長さ付き連結).

    The label names the use and version ("renkei blind v1"). Text is encoded as UTF-8; text and its
    UTF-8 bytes are the same part. Raises `FramingError` for a part above `PART_LIMIT_BYTES` or
    with a lone surrogate.
    """
    return b"".join([_prefixed(label), *map(_prefixed, parts)])

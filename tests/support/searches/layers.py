"""Opening whatever bytes may hide in: every known wrapping, one inside the other, to the bottom.

`opened` gives each form of some bytes once, with the way that led there. A wrapping that is named
but cannot be opened here is an error: what was not read must not count as clean.
"""

import base64
import binascii
import gzip
import html
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Set
from urllib.parse import unquote_to_bytes

DEPTH = 8
"""Wrappings inside each other; deeper ones raise."""
INFLATED_BYTES_LIMIT = 64 * 1024 * 1024
SHORTEST = 7
"""Nothing that is searched for is shorter, in whatever form."""

_NUMBERED = re.compile(r"&#(?:([0-9]{1,7})|[xX]([0-9A-Fa-f]{1,6}));")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{11,}")
_LINE_ENDS = re.compile(rb"(?<=[A-Za-z0-9+/]{20})\r?\n(?=[A-Za-z0-9+/])")
_HEX = re.compile(rb"[0-9A-Fa-f]{14,}")
_HEX_SPACED = re.compile(rb"(?:[0-9A-Fa-f]{2}[ :]){6,}[0-9A-Fa-f]{2}")
_ASCII = re.compile(rb"[\x09\x0a\x0d\x20-\x7e]{8,}")
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
_ESCAPE = re.compile(rb'((?:\\u[0-9A-Fa-f]{4})+)|\\x([0-9A-Fa-f]{2})|\\(["\\/bfnrt])')
_LITTLE = re.compile(rb"(?:[\x09-\x7e]\x00){7,}")
_BIG = re.compile(rb"(?:\x00[\x09-\x7e]){7,}")
_WIDE_LITTLE = re.compile(rb"(?:[\x09-\x7e]\x00\x00\x00){7,}")
_DIGITS = re.compile(r"(?:\d[\s\-\u2010-\u2015\u2212\u30fc\uff0d\uff70.,_/:・]{0,3}){10,}\d")
_ENTITY = re.compile(rb"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});")
_SIMPLE = {b"b": b"\x08", b"f": b"\x0c", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


class Unreadable(Exception):
    """A wrapping that cannot be opened here; its content was not searched."""


def _base64(data: bytes) -> Iterator[bytes]:
    for text in {data, _LINE_ENDS.sub(b"", data)}:
        for found in _BASE64.finditer(text):
            run = found[0].translate(_URL_SAFE)
            for start in range(4):
                part = run[start:]
                whole = len(part) - (1 if len(part) % 4 == 1 else 0)
                yield binascii.a2b_base64(part[:whole] + b"=" * (-whole % 4))


def _hexadecimal(data: bytes) -> Iterator[bytes]:
    for found in _HEX.finditer(data):
        run = found[0]
        for start in range(2):
            part = run[start:]
            yield bytes.fromhex(part[: len(part) & ~1].decode())
    for found in _HEX_SPACED.finditer(data):
        yield bytes.fromhex(found[0].replace(b":", b" ").decode())


def _percent(data: bytes) -> Iterator[bytes]:
    if b"%" in data and _PERCENT.search(text := _readable(data)):
        yield unquote_to_bytes(text.replace(b"+", b" "))


def _escapes(data: bytes) -> Iterator[bytes]:
    if b"\\" in data and _ESCAPE.search(text := _readable(data)):
        yield _ESCAPE.sub(_unescaped, text)


def _unescaped(found: re.Match[bytes]) -> bytes:
    if found[1]:
        # UTF-16 units, so that pairs of surrogates join.
        units = bytes.fromhex(found[1].replace(rb"\u", b"").decode())
        return units.decode("utf-16-be", "replace").encode()
    if found[2]:
        return bytes((int(found[2], 16),))
    return _SIMPLE.get(found[3], found[3])


def _text(data: bytes) -> str | None:
    """Bytes as text where they are text."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _readable(data: bytes) -> bytes:
    """Text as it is; of anything else the runs that could be ASCII text."""
    return data if _text(data) is not None else b"\n".join(_ASCII.findall(data))


def _entities(data: bytes) -> Iterator[bytes]:
    if b"&" in data and _ENTITY.search(found := _readable(data)):
        text = found.decode()
        plain = _NUMBERED.sub(_letter, text)
        yield (plain if plain != text else html.unescape(text)).encode("utf-8", "replace")


def _letter(found: re.Match[str]) -> str:
    # By number and not by `html`, which takes 128 to 159 for letters of another table.
    number = int(found[1]) if found[1] else int(found[2], 16)
    return chr(number) if number < 0x110000 else "?"


def _sixteen_bits(data: bytes) -> Iterator[bytes]:
    if b"\x00" not in data:
        return
    for form, width, place in ((_LITTLE, 2, 0), (_BIG, 2, 1), (_WIDE_LITTLE, 4, 0)):
        for found in form.finditer(data):
            yield found[0][place::width]


def _inflated(data: bytes) -> Iterator[bytes]:
    for magic, form in ((b"\x1f\x8b\x08", 31), (b"\x78", 15)):
        whole, at = memoryview(data), data.find(magic)
        while at >= 0:
            if form == 31 or (at + 1 < len(data) and (0x7800 | data[at + 1]) % 31 == 0):
                yield from _inflate(whole[at:], form)
            at = data.find(magic, at + 1)
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        yield content_decoded(data, "zstd")


def _inflate(data: memoryview, form: int) -> Iterator[bytes]:
    try:
        found = zlib.decompressobj(form).decompress(data, INFLATED_BYTES_LIMIT)
    except zlib.error:
        return
    if len(found) >= SHORTEST:
        yield found


def _latin(data: bytes) -> Iterator[bytes]:
    """Bytes that somebody took for letters of Latin-1."""
    if not data.isascii() and (text := _text(data)) is not None:
        narrow = text.encode("latin-1", "ignore")
        if not narrow.isascii():
            yield narrow


def _folded(data: bytes) -> Iterator[bytes]:
    """Full-width and half-width letters as ordinary ones."""
    if not data.isascii() and (text := _text(data)) is not None:
        yield unicodedata.normalize("NFKC", text).encode()


def _plain_digits(data: bytes) -> Iterator[bytes]:
    """Runs of digits of any script, as ASCII and without what stands between them."""
    found = []
    for run in _DIGITS.finditer(data.decode("utf-8", "ignore")):
        digits = "".join(str(unicodedata.digit(one)) for one in run[0] if one.isdigit())
        if digits not in run[0]:
            found.append(digits)
    if found:
        yield "\n".join(found).encode()


LAYERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "base64": _base64,
    "hex": _hexadecimal,
    "percent": _percent,
    "escape": _escapes,
    "entity": _entities,
    "utf-16": _sixteen_bits,
    "inflate": _inflated,
    "latin-1": _latin,
    "fold": _folded,
    "digits": _plain_digits,
}


def content_decoded(body: bytes, encodings: str) -> bytes:
    """A body without its content encodings; Unreadable for one that has no reader here."""
    for name in reversed([one.strip().lower() for one in encodings.split(",") if one.strip()]):
        if name in ("gzip", "x-gzip"):
            body = gzip.decompress(body)
        elif name == "deflate":
            try:
                body = zlib.decompress(body)
            except zlib.error:
                body = zlib.decompress(body, -15)
        elif name != "identity":
            body = _by_module(name, body)
    return body


def _by_module(name: str, body: bytes) -> bytes:
    modules = {"br": ("brotli", "brotlicffi"), "zstd": ("compression.zstd", "zstandard")}
    for module in modules.get(name, ()):
        try:
            library = __import__(module, fromlist=["decompress"])
        except ImportError:
            continue
        plain: bytes = library.decompress(body)
        return plain
    raise Unreadable(f"content encoding {name!r} has no reader here")


def opened(data: bytes, clean: Set[int] = frozenset()) -> Iterator[tuple[str, bytes]]:
    """Every form of some bytes, each once: the way, as `base64>inflate`, and the bytes.

    Forms whose hash is in `clean` are left out with all that is in them.
    """
    seen = {hash(data)}
    level = [("", data)]
    for _ in range(DEPTH):
        following = []
        for way, form in level:
            yield way, form
            for name, layer in LAYERS.items():
                if way.endswith(name) and name in ("digits", "fold"):
                    continue
                for inner in layer(form):
                    known = hash(inner)
                    if len(inner) >= SHORTEST and known not in seen and known not in clean:
                        seen.add(known)
                        following.append((f"{way}>{name}".lstrip(">"), inner))
        level = following
        if not level:
            return
    raise Unreadable(f"more than {DEPTH} wrappings inside each other: {level[0][0]}")


# -- HTTP/1.1 -------------------------------------------------------------------------------------


def http_messages(stream: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Messages of one direction of a connection: first line, header lines, body as meant.

    A message that was cut gives what there is of it.
    """
    at = 0
    while at < len(stream):
        end = stream.find(b"\r\n\r\n", at)
        if end < 0:
            yield stream[at:], b"", b""
            return
        first, _, lines = stream[at:end].partition(b"\r\n")
        fields = _fields(lines)
        at = end + 4
        if "chunked" in fields.get("transfer-encoding", ""):
            body, at = _dechunked(stream, at)
        elif first.startswith(b"HTTP/") and "content-length" not in fields and _bodied(first):
            body, at = stream[at:], len(stream)
        else:
            length = int(fields.get("content-length", "0"))
            body, at = stream[at : at + length], at + length
        if "content-encoding" in fields:
            body = content_decoded(body, fields["content-encoding"])
        yield first, lines, body


def _bodied(first: bytes) -> bool:
    return first.split(b" ")[1] not in (b"204", b"304", b"100")


def _fields(lines: bytes) -> dict[str, str]:
    pairs = (line.partition(b":") for line in lines.split(b"\r\n") if line)
    return {
        name.decode("latin-1").lower(): text.decode("latin-1").strip() for name, _, text in pairs
    }


def _dechunked(stream: bytes, at: int) -> tuple[bytes, int]:
    parts = []
    while True:
        end = stream.find(b"\r\n", at)
        if end < 0:
            return b"".join(parts), len(stream)
        size = int(stream[at:end].split(b";")[0] or b"0", 16)
        at = end + 2
        if size == 0:
            trailer = stream.find(b"\r\n", at)
            return b"".join(parts), len(stream) if trailer < 0 else trailer + 2
        parts.append(stream[at : at + size])
        at += size + 2


def jws_type(body: bytes) -> str:
    """The `typ` of a compact JWS's header, empty for other bodies."""
    header = body.partition(b".")[0]
    if not _BASE64.fullmatch(header):
        return ""
    plain = base64.urlsafe_b64decode(header + b"=" * (-len(header) % 4))
    found = re.search(rb'"typ":"([a-z0-9.-]+)"', plain)
    return found[1].decode() if found else ""

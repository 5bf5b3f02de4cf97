"""The reader of wrappings finds what is hidden in them: one plant per layer, and per pair."""

import base64
import gzip
import json
import random
import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from country_secrets import stored
from layers import Unreadable, content_decoded, http_messages
from needles import Index, Needle, Reader

NUMBER = "371512102665"
NAME = "架空\u3000花子"
CODE = bytes(random.Random(7).randbytes(32))
READER = Reader(
    Index(
        [
            Needle("individual-number", "nobody", NUMBER),
            Needle("name", "nobody", NAME),
            Needle("code", "nobody", CODE),
        ]
    )
)
Wrap = Callable[[bytes], bytes]


def message(head: str, body: bytes) -> bytes:
    """An HTTP message whose lines are already known."""
    return f"POST /x HTTP/1.1\r\n{head}\r\n\r\n".encode() + body


def chunked(body: bytes) -> bytes:
    """A body cut into chunks of five bytes."""
    parts = [body[at : at + 5] for at in range(0, len(body), 5)]
    framed = b"".join(b"%x;n=1\r\n%s\r\n" % (len(part), part) for part in parts)
    return message("Transfer-Encoding: chunked", framed + b"0\r\n\r\n")


def raw_deflate(body: bytes) -> bytes:
    """A raw DEFLATE stream, as some servers send for `deflate`."""
    packer = zlib.compressobj(wbits=-15)
    return message("Content-Encoding: deflate", b"") + packer.compress(body) + packer.flush()


def with_length(name: str, packed: bytes) -> bytes:
    """A message with a content encoding and a length."""
    return message(f"Content-Encoding: {name}\r\nContent-Length: {len(packed)}", packed)


def jws(payload: bytes) -> bytes:
    """Something that looks like a compact JWS."""
    header = base64.urlsafe_b64encode(b'{"alg":"ES256"}').rstrip(b"=")
    return header + b"." + base64.urlsafe_b64encode(payload).rstrip(b"=") + b"." + b"c2ln" * 10


WRAPPINGS: dict[str, Wrap] = {
    "nothing": lambda data: b"..." + data + b"...",
    "base64, first alignment": lambda data: base64.b64encode(b"abc" + data),
    "base64, second alignment": lambda data: base64.b64encode(b"a" + data),
    "base64, third alignment": lambda data: base64.b64encode(b"ab" + data),
    "base64url behind other letters": lambda data: b"tokenX" + base64.urlsafe_b64encode(data),
    "base64 in lines": lambda data: base64.encodebytes(bytes(61) + data + bytes(90)),
    "JWS": jws,
    "hexadecimal": lambda data: b"x" + data.hex().encode(),
    "hexadecimal, capitals": lambda data: data.hex().upper().encode(),
    "hexadecimal, apart": lambda data: data.hex(" ").encode(),
    "percent": lambda data: quote(data, safe="").encode(),
    "every byte percent": lambda data: "".join(f"%{byte:02x}" for byte in data).encode(),
    "JSON escapes": lambda data: json.dumps(data.decode("latin-1")).encode(),
    "every letter escaped": lambda data: "".join(
        f"\\u{ord(letter):04x}" for letter in data.decode("latin-1")
    ).encode(),
    "entities": lambda data: "".join(f"&#{byte};" for byte in data).encode(),
    "gzip": lambda data: b"before" + gzip.compress(data),
    "zlib": lambda data: b"before" + zlib.compress(data),
}
TEXTS: dict[str, Callable[[str], bytes]] = {
    "UTF-8": lambda text: text.encode(),
    "UTF-16, little": lambda text: b"!" + text.encode("utf-16-le"),
    "UTF-16, big": lambda text: text.encode("utf-16-be"),
    "JSON": lambda text: json.dumps({"said": text}).encode(),
    "Shift_JIS": lambda text: text.encode("shift_jis_2004"),
}
DIGITS: dict[str, Callable[[str], bytes]] = {
    "full-width": lambda digits: "".join(chr(ord(one) + 0xFEE0) for one in digits).encode(),
    "hyphens": lambda digits: "-".join((digits[:4], digits[4:8], digits[8:])).encode(),
    "spaces": lambda digits: " ".join(digits).encode(),
    "full-width with hyphens": lambda digits: "ー".join(
        chr(ord(one) + 0xFEE0) for one in digits
    ).encode(),
    "Arabic digits": lambda digits: "".join(chr(ord(one) + 0x630) for one in digits).encode(),
    "integer, big-endian": lambda digits: int(digits).to_bytes(8, "big"),
    "integer, little-endian": lambda digits: int(digits).to_bytes(8, "little"),
    "UTF-32": lambda digits: digits.encode("utf-32-le"),
}


def kinds(data: bytes) -> set[str]:
    """What kinds of secrets are found in some bytes."""
    return {needle.kind for needle, _ in Reader(READER.index).found(data)}


@pytest.mark.parametrize("outer", WRAPPINGS)
def test_a_secret_is_found_through_any_two_wrappings(outer: str) -> None:
    """A code and a number inside one wrapping inside another are found, whichever the two are."""
    for inner, wrap in WRAPPINGS.items():
        for kind, plain in (("code", CODE), ("individual-number", NUMBER.encode())):
            assert kind in kinds(WRAPPINGS[outer](wrap(plain))), f"{kind}: {inner} in {outer}"
        # Not the reader's imagination: without the plant there is nothing.
        assert kinds(WRAPPINGS[outer](wrap(b"nobody's 123456789012"))) == set()


@pytest.mark.parametrize("outer", WRAPPINGS)
@pytest.mark.parametrize("writing", TEXTS)
def test_a_name_is_found_in_any_writing(outer: str, writing: str) -> None:
    """A name in any character set, inside any wrapping, is found."""
    assert kinds(WRAPPINGS[outer](TEXTS[writing](f"<{NAME}>"))) == {"name"}


@pytest.mark.parametrize("outer", WRAPPINGS)
@pytest.mark.parametrize("writing", DIGITS)
def test_a_number_is_found_however_its_digits_are_written(outer: str, writing: str) -> None:
    """Full-width, hyphenated, spaced, foreign or binary digits of a number are found."""
    assert "individual-number" in kinds(WRAPPINGS[outer](DIGITS[writing](NUMBER)))


@pytest.mark.parametrize(
    "sent",
    [
        chunked(CODE),
        with_length("gzip", gzip.compress(CODE)),
        with_length("deflate", zlib.compress(CODE)),
        with_length("gzip, gzip", gzip.compress(gzip.compress(CODE))),
        message(f"Content-Length: 2\r\nX-Code: {CODE.hex()}", b"ok"),
        message("Content-Length: 64", CODE.hex().encode()) + message("Content-Length: 0", b""),
    ],
)
def test_a_code_is_found_in_http(sent: bytes) -> None:
    """Chunks, content encodings and header lines hide nothing."""
    parts = [part for one in http_messages(sent) for part in one]
    assert any(kinds(part) == {"code"} for part in parts)


def test_an_encoding_without_reader_is_an_error() -> None:
    """What cannot be opened is not taken for clean."""
    with pytest.raises(Unreadable, match="no reader"):
        content_decoded(b"...", "compress")


def test_noise_is_no_secret() -> None:
    """Random bytes of the size of a database hold nothing that is searched for."""
    assert READER.index.search(random.Random(1).randbytes(1 << 20)) == set()


@pytest.mark.parametrize("secure", [False, True])
def test_what_was_deleted_is_found_in_free_pages(tmp_path: Path, secure: bool) -> None:
    """A deleted row is found in the file of a database that does not overwrite it, else not."""
    path = tmp_path / "database.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA secure_delete = {'ON' if secure else 'OFF'}")
    connection.execute("CREATE TABLE kept (number INTEGER PRIMARY KEY, value BLOB)")
    connection.executemany("INSERT INTO kept (value) VALUES (?)", [(bytes(900),)] * 50)
    connection.execute("INSERT INTO kept (value) VALUES (?)", (CODE + bytes(3000),))
    connection.execute("DELETE FROM kept")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    assert kinds(b"".join(value for _, value in stored(path))) == set()
    found = {needle.kind for needle in READER.index.search(path.read_bytes())}
    assert found == (set() if secure else {"code"})


def test_what_is_only_in_the_write_ahead_log_is_found(tmp_path: Path) -> None:
    """A row that has not reached the database file is found in its log."""
    path = tmp_path / "database.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE kept (value TEXT)")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("INSERT INTO kept VALUES (?)", (NUMBER,))
    log = path.with_name("database.sqlite-wal")
    assert READER.index.search(path.read_bytes()) == set()
    assert {needle.kind for needle in READER.index.search(log.read_bytes())} == {
        "individual-number"
    }
    connection.close()

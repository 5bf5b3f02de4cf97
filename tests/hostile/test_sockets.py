"""Bombs, floods, garbage and smuggling over real TLS connections to real processes.

Whatever comes, each connection ends with a listed refusal or is closed, in bounded time; the
processes live, keep their memory, write nothing, and go on serving everybody else.
"""

import asyncio
import gzip
import json
import ssl
import time
import zlib
from collections.abc import Iterator
from typing import Any

import fuzzing
import psutil
import pytest
import signed_cases
from all_written import Books
from by_hand import A, ByHand
from hypothesis import given, seed
from hypothesis import strategies as st
from signed_cases import MODES, Pen, call_of

from renkei.kit.tls import client_context

PATH = "/permit"
GROWTH_LIMIT_BYTES = 48 * 1024 * 1024
ANSWER_SECONDS = 15
HEAD = "POST /permit HTTP/1.1\r\nhost: linkage.renkei.test\r\ncontent-type: application/jose\r\n"


@pytest.fixture(scope="module", autouse=True)
def unharmed(country: Any, books: Books) -> Iterator[None]:
    """After everything here: the same process, with bounded memory, and not one row more."""
    before, process = books.quiet(), psutil.Process(country.pids["linkage"])
    held = process.memory_info().rss
    yield
    assert process.is_running()
    assert process.memory_info().rss - held < GROWTH_LIMIT_BYTES
    after = books.quiet()
    assert after == before, [key for key in before if before[key] != after.get(key)]


class Line:
    """One TLS connection with the parent's city's certificate, spoken to in bytes."""

    def __init__(self, country: Any) -> None:
        files = country.country.config(A).tls
        self._context = client_context(files.certificate, files.key, files.authority)
        self._port = country.country.manifest.ports["linkage"]

    async def say(self, *pieces: bytes, silence: float = 0.7) -> bytes:
        """Send pieces and read until the server closes or is silent for some seconds."""
        reader, writer = await asyncio.wait_for(self.open(), ANSWER_SECONDS)
        got = b""
        try:
            for piece in pieces:
                writer.write(piece)
                await asyncio.wait_for(writer.drain(), ANSWER_SECONDS)
        except (ConnectionError, ssl.SSLError, TimeoutError):
            pass  # closed while we were still talking: what it said is what counts
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                while chunk := await asyncio.wait_for(reader.read(65_536), silence):
                    got += chunk
        except (ConnectionError, ssl.SSLError, TimeoutError):
            pass
        writer.transport.abort()
        return got

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The connection."""
        return await asyncio.open_connection(
            "127.0.0.1", self._port, ssl=self._context, server_hostname="linkage.renkei.test"
        )


@pytest.fixture
def line(country: Any) -> Line:
    """A connection to the network."""
    return Line(country)


def statuses(answer: bytes) -> list[int]:
    """The status of every answer on a connection."""
    return [
        int(part.split(b" ", 1)[0]) for part in answer.split(b"HTTP/1.1 ")[1:] if part[:3].isdigit()
    ]


BODY = b"a.b.c"
PLAIN = HEAD + f"content-length: {len(BODY)}\r\n"
CHUNKED = HEAD + "transfer-encoding: chunked\r\n\r\n"
BOMB = gzip.compress(bytes(64 * 1024 * 1024))


def encoded(name: str, body: bytes) -> bytes:
    """A request whose body says it is compressed."""
    return f"{HEAD}content-encoding: {name}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


REQUESTS: dict[str, tuple[bytes, set[int]]] = {
    "gzip": (encoded("gzip", BOMB), {415, 413}),
    "deflate": (encoded("deflate", zlib.compress(bytes(16_000_000))), {415, 413}),
    "brotli": (encoded("br", b"\x9b\xff\xff\x03\x00" * 100), {415}),
    "zstd": (encoded("zstd", b"\x28\xb5\x2f\xfd" * 100), {415}),
    "identity twice": (encoded("identity, gzip", BODY), {415}),
    "gzip unsaid": (HEAD.encode() + b"content-length: 65000\r\n\r\n" + BOMB[:65_000], {413}),
    "announced 1 TB": (HEAD.encode() + b"content-length: 1099511627776\r\n\r\n", {413}),
    "announced 10^30": (HEAD.encode() + b"content-length: 1" + b"0" * 30 + b"\r\n\r\n", {400, 413}),
    "negative length": (HEAD.encode() + b"content-length: -1\r\n\r\n", {400}),
    "length in words": (HEAD.encode() + b"content-length: five\r\n\r\n", {400}),
    "plus length": (HEAD.encode() + b"content-length: +5\r\n\r\na.b.c", {400}),
    "two lengths": (PLAIN.encode() + b"content-length: 6\r\n\r\na.b.cX", {400}),
    "length and chunks": (PLAIN.encode() + b"transfer-encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
    "chunks twice": (
        HEAD.encode() + b"transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        {400},
    ),
    "chunks hidden": (PLAIN.encode() + b"transfer-encoding: xchunked\r\n\r\na.b.c", {400}),
    "chunk of 2^64": (CHUNKED.encode() + b"ffffffffffffffff1\r\na", {400, 413}),
    "chunk of words": (CHUNKED.encode() + b"zz\r\na", {400}),
    "one great chunk": (CHUNKED.encode() + b"ffffff\r\n" + b"a" * 70_000, {413}),
    "bare line feeds": (PLAIN.replace("\r\n", "\n").encode() + b"\na.b.c", {400}),
    "folded field": (PLAIN.encode() + b"x: a\r\n b\r\n\r\na.b.c", {400}),
    "space before colon": (PLAIN.encode() + b"content-length : 9\r\n\r\na.b.c", {400}),
    "NUL in a field": (PLAIN.encode() + b"x: a\x00b\r\n\r\na.b.c", {400}),
    "many fields": (PLAIN.encode() + b"x: y\r\n" * 10_000, {431}),
    "a long field": (PLAIN.encode() + b"x: " + b"y" * 200_000 + b"\r\n\r\n", {431}),
    "a long path": (b"POST /" + b"a" * 200_000 + b" HTTP/1.1\r\nhost: a\r\n\r\n", {431}),
    "a path up": (PLAIN.replace(PATH, "/../../etc/passwd").encode() + b"\r\na.b.c", {404}),
    "a path of escapes": (PLAIN.replace(PATH, "/%2e%2e/%00").encode() + b"\r\na.b.c", {400, 404}),
    "a whole address": (
        PLAIN.replace(PATH, "https://evil.example/").encode() + b"\r\na.b.c",
        {404},
    ),
    "log up": (b"GET /log/..%2f..%2fkeys HTTP/1.1\r\nhost: a\r\n\r\n", {400, 404}),
    "connect": (b"CONNECT evil.example:443 HTTP/1.1\r\nhost: a\r\n\r\n", {400, 404, 405}),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00", {400}),
    "HTTP/0.9": (b"GET /log/checkpoint\r\n", {400}),
    "HTTP/9.9": (PLAIN.replace("HTTP/1.1", "HTTP/9.9").encode() + b"\r\na.b.c", {400}),
    "another protocol": (b"SSH-2.0-OpenSSH_9.9\r\n" * 4, {400}),
    "noise": (bytes(range(256)) * 64, {400, 431}),
    "upgrade": (
        PLAIN.encode() + b"connection: upgrade\r\nupgrade: websocket\r\n\r\na.b.c",
        {400},
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
async def test_what_is_no_request(line: Line, name: str) -> None:
    """Each is refused with a status that fits, once, and nothing behind it is served."""
    raw, expected = REQUESTS[name]
    found = statuses(await line.say(raw))
    assert len(found) == (0 if name in SILENT else 1)
    assert set(found) <= expected, found


SMUGGLED = (PLAIN + "\r\na.b.c").encode()
LAST = (PLAIN + "connection: close\r\n\r\na.b.c").encode()
SILENT = {"HTTP/0.9"}
"""A head that has not ended is waited for, until its time is over."""


@pytest.mark.parametrize("name", ["length and chunks", "two lengths", "chunks hidden", "noise"])
async def test_nothing_is_smuggled(line: Line, name: str) -> None:
    """Behind a request whose end is in doubt no second one is read."""
    found = statuses(await line.say(REQUESTS[name][0] + SMUGGLED))
    assert len(found) <= 1


async def test_many_at_once_on_one_connection(line: Line) -> None:
    """A hundred requests sent ahead are answered one by one, in order; none is lost or doubled."""
    found = statuses(await line.say(SMUGGLED * 99 + LAST, silence=10))
    assert found == [400] * 100


async def test_a_body_without_end(line: Line) -> None:
    """Chunks that never end are cut at the message's limit, long before they fill a memory."""
    started = time.monotonic()
    piece = b"1000\r\n" + b"a" * 4096 + b"\r\n"
    found = statuses(await line.say(CHUNKED.encode(), *[piece] * 200))
    assert found == [413]
    assert time.monotonic() - started < ANSWER_SECONDS


async def test_garbage_instead_of_tls(country: Any) -> None:
    """Plain HTTP, noise and half a handshake get no answer in clear."""
    port = country.country.manifest.ports["linkage"]
    for garbage in (SMUGGLED, bytes(range(256)) * 16, b"\x16\x03\x01\xff\xff" + b"\0" * 512, b""):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(garbage)
        if writer.can_write_eof():
            writer.write_eof()
        try:
            got = await asyncio.wait_for(reader.read(4096), ANSWER_SECONDS)
        except ConnectionError:
            got = b""
        assert b"HTTP" not in got
        writer.transport.abort()


async def test_silent_connections(country: Any, line: Line) -> None:
    """Connections that say nothing, or half a head, keep nobody else waiting."""
    held = [await line.open() for _ in range(60)]
    for _, writer in held[::2]:
        writer.write(HEAD.encode()[:40])
    started = time.monotonic()
    assert statuses(await line.say(LAST, silence=10)) == [400]
    assert time.monotonic() - started < ANSWER_SECONDS
    for _, writer in held:
        writer.transport.abort()


JSON_BOMBS = {
    "deep lists": "[" * 11_000,
    "deep objects": '{"a":' * 2_200,
    "digits": '{"count":' + "9" * 11_000 + "}",
    "beyond floats": '{"count":1e400}',
    "items": '{"numbers":[' + "0," * 5_000 + "0]}",
    "lone surrogate": '{"sender":"\\ud800"}',
    "not UTF-8": '{"sender":"\udcff\udcfe"}',
}


@pytest.mark.parametrize("name", JSON_BOMBS)
async def test_bombs_that_are_signed(country: Any, name: str) -> None:
    """JSON made to hurt its reader, signed by a real party, is malformed like any other."""
    pen = Pen(country, call_of("linkage", PATH))
    letter = pen.sign(pen.header(), JSON_BOMBS[name])
    answer = await country.post(A, "linkage", PATH, letter)
    assert (answer.status, json.loads(answer.body)["error"]) == (400, "malformed")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("linkage", "/acquisition/collect/batch"),
        ("linkage", "/directory"),
        ("institution", "/provide"),
        ("institution", "/received"),
        ("portal", "/findings"),
        ("individual-number", "/acquire/decision"),
    ],
)
def test_schemathesis_over_sockets(country: Any, role: str, path: str, mode: str) -> None:
    """The same cases as in one process meet the same listed answers over real TLS."""
    pen = Pen(country, call_of(role, path))
    operation = signed_cases.schema_of(role)[path]["POST"]

    async def attack(number: int) -> None:
        letters: list[tuple[Any, bytes]] = []

        @seed(number)
        @fuzzing.drawn(quick=3)
        @given(operation.as_strategy(generation_mode=MODES[mode]), st.data())
        def draw(case: Any, data: st.DataObject) -> None:
            letters.append((case, pen.letter(case.body, data.draw)))

        draw()
        for case, letter in letters:
            answer = await country.post(pen.sender, pen.receiver, path, letter)
            assert answer.status < 500, answer
            kind = "application/json" if answer.body.startswith(b"{") else "application/jose"
            reply = signed_cases.Reply(answer.status, {"content-type": kind}, answer.body)
            signed_cases.judge_schema(case, reply)

    for number in fuzzing.rounds(0.2 / 12):
        asyncio.run(attack(number))


def test_by_hand_still_works(country: Any) -> None:
    """After all that an honest question about the directory is answered."""
    hand = ByHand(country, A)
    from renkei.wire.linkage.directory import DirectoryRequest

    message = DirectoryRequest(**hand.party.envelope("linkage"), have_version=0)
    assert asyncio.run(hand.send("linkage", "/directory", message)).status == 200

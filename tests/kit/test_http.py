"""Server and client over real TLS: what passes, what is refused, and in which time."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from litestar import get
from tests.kit.conftest import CLIENT_NAME, SERVER_NAME, Country, raw, running

from renkei.kit import logs
from renkei.kit.certificates import create_leaf
from renkei.kit.http_client import (
    AnswerTooLarge,
    HttpClient,
    PeerTimeout,
    PeerUnreachable,
)
from renkei.kit.http_forms import error_body
from renkei.kit.http_server import App, Incoming, Outgoing, Route, ServerLimits, build_app
from renkei.kit.limits import Overloaded
from renkei.kit.tls import client_context

LIMIT = 1_000
BOUNDS: dict[str, Any] = {"deadline_seconds": 5, "max_answer_bytes": 100_000}


class Seen(list[Incoming]):
    """A handler that remembers what it was given."""

    async def __call__(self, incoming: Incoming) -> Outgoing:
        self.append(incoming)
        return Outgoing(200, incoming.body[::-1])


@get("/page", media_type="text/plain", sync_to_thread=False)
def page() -> str:
    return "plain"


@get("/broken", sync_to_thread=False)
def broken() -> str:
    raise RuntimeError("Yamada Hanako (synthetic)")


def app_of(handler: Any, limits: ServerLimits | None = None) -> App:
    return build_app([Route("/v1/ask", handler, LIMIT)], extra=[page, broken], limits=limits)


def head(length: int | None = None, **fields: str) -> bytes:
    lines = ["POST /v1/ask HTTP/1.1", f"Host: {SERVER_NAME}", "Content-Type: application/jose"]
    lines += [f"Content-Length: {length}"] if length is not None else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def parsed(answer: bytes) -> tuple[int, dict[str, str], dict[str, Any]]:
    top, _, body = answer.partition(b"\r\n\r\n")
    status, *fields = top.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in fields)
    return int(status.split()[1]), headers, json.loads(body)


async def test_a_message_goes_and_comes(country: Country) -> None:
    """The handler gets body, path and the names of the client's certificate; its answer returns."""
    seen = Seen()
    async with (
        running(app_of(seen), country.server_context()) as peer,
        HttpClient(country.client_context()) as client,
    ):
        answer = await client.post(peer, "/v1/ask", b"abc", **BOUNDS)
    assert (answer.status, answer.body) == (200, b"cba")
    assert seen == [Incoming(b"abc", (CLIENT_NAME,), "/v1/ask")]


async def test_connections_are_kept(country: Country) -> None:
    """Fifty messages, one after the other, take one TLS connection."""
    contexts = country.server_context()
    handshakes = []
    contexts.sni_callback = lambda *arguments: handshakes.append(arguments[1])
    async with (
        running(app_of(Seen()), contexts) as peer,
        HttpClient(country.client_context()) as client,
    ):
        for _ in range(50):
            await client.post(peer, "/v1/ask", b"abc", **BOUNDS)
    assert handshakes == [SERVER_NAME]


async def test_large_bodies_pass_whole_up_to_the_limit(country: Country) -> None:
    """A body of exactly the limit passes, one byte more is 413 and the handler is not called."""
    seen = Seen()
    async with (
        running(app_of(seen), country.server_context()) as peer,
        HttpClient(country.client_context()) as client,
    ):
        assert (await client.post(peer, "/v1/ask", bytes(LIMIT), **BOUNDS)).status == 200
        refused = await client.post(peer, "/v1/ask", bytes(LIMIT + 1), **BOUNDS)
    assert refused.status == 413
    assert json.loads(refused.body)["error"] == "too-large"
    assert len(seen) == 1


async def test_an_announced_oversize_is_refused_unread(country: Country) -> None:
    """A Content-Length above the limit is refused before any byte of the body has come."""
    seen = Seen()
    async with running(app_of(seen), country.server_context()) as peer:
        answer = await raw(peer, country.client_context(), head(10**12))
    status, headers, body = parsed(answer)
    assert (status, body["error"], headers["connection"]) == (413, "too-large", "close")
    assert seen == []


async def test_chunks_are_counted(country: Country) -> None:
    """A chunked body without an announced length is refused when it passes the limit."""
    seen = Seen()
    chunk = b"190\r\n" + bytes(400) + b"\r\n"
    async with running(app_of(seen), country.server_context()) as peer:
        context = country.client_context()
        pieces = [head(Transfer_Encoding="chunked"), chunk, chunk, chunk]
        answer = await raw(peer, context, *pieces, pause=0.05)
        good = [head(Transfer_Encoding="chunked", Connection="close"), chunk, b"0\r\n\r\n"]
        assert (await raw(peer, context, *good)).startswith(b"HTTP/1.1 200")
    assert parsed(answer)[0] == 413
    assert [len(incoming.body) for incoming in seen] == [400]


@pytest.mark.parametrize(
    ("request_bytes", "status", "error"),
    [
        (head(0).replace(b"POST", b"GET"), 405, "method-not-allowed"),
        (head(0).replace(b"/v1/ask", b"/v1/other"), 404, "not-found"),
        (head(0).replace(b"application/jose", b"application/json"), 415, "media-type"),
        (head(0, Content_Encoding="gzip"), 415, "media-type"),
        (head(0, Filler="x" * 20_000), 431, "head-too-large"),
        (b"GET / HTTP/1.1\r\nFiller: " + b"x" * 40_000, 431, "head-too-large"),
        (b"POST /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n", 431, "head-too-large"),
        (b"this is not HTTP\r\n\r\n", 400, "not-http"),
        (head(1, Transfer_Encoding="chunked"), 400, "not-http"),
    ],
)
async def test_what_is_no_message_is_refused(
    country: Country, request_bytes: bytes, status: int, error: str
) -> None:
    """Other methods, paths, types, encodings, oversized heads and non-HTTP get a JSON error."""
    seen = Seen()
    closing = request_bytes.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    async with running(app_of(seen), country.server_context()) as peer:
        answer = await raw(peer, country.client_context(), closing)
    found, _headers, body = parsed(answer)
    assert (found, body["error"]) == (status, error)
    assert set(body) == {"error", "detail", "incident"}
    assert seen == []


async def test_a_slow_body_is_refused_in_time(country: Country) -> None:
    """A body that drips in slower than the limit is 408, and the connection is closed."""
    seen = Seen()
    limits = ServerLimits(body_seconds=0.3)
    async with running(app_of(seen, limits), country.server_context(), limits) as peer:
        answer = await raw(peer, country.client_context(), head(100), b"a", b"b", pause=0.05)
    assert parsed(answer)[0] == 408
    assert seen == []


@pytest.mark.parametrize("piece", [b"", b"POST /v1/ask HTTP/1.1\r\nHost: a"])
async def test_a_slow_head_is_cut(country: Country, piece: bytes) -> None:
    """A connection that sends nothing, or never ends its head, is cut within the limits."""
    limits = ServerLimits(body_seconds=0.3, keep_alive_seconds=0.3)
    async with running(app_of(Seen()), country.server_context(), limits) as peer:
        assert await raw(peer, country.client_context(), piece, seconds=3) == b""


async def test_a_slow_handler_is_answered_for(country: Country) -> None:
    """A handler over its time gives 503 with Retry-After, and is cancelled."""
    cancelled = asyncio.Event()

    async def slow(_incoming: Incoming) -> Outgoing:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        raise AssertionError

    limits = ServerLimits(handler_seconds=0.2)
    async with running(app_of(slow, limits), country.server_context()) as peer:
        answer = await raw(peer, country.client_context(), head(0, Connection="close"))
    status, headers, body = parsed(answer)
    assert (status, body["error"], headers["retry-after"]) == (503, "timeout", "1")
    assert cancelled.is_set()


async def test_too_many_at_once_are_told_to_come_back(country: Country) -> None:
    """Requests past the concurrency limit get 503 with Retry-After; the others are answered."""
    gate = asyncio.Event()

    async def waiting(incoming: Incoming) -> Outgoing:
        await gate.wait()
        return Outgoing(200, incoming.body)

    limits = ServerLimits(concurrent_requests=3, wait_seconds=0.2)
    async with (
        running(app_of(waiting, limits), country.server_context(), limits) as peer,
        HttpClient(country.client_context()) as client,
    ):
        admitted = [
            asyncio.create_task(client.post(peer, "/v1/ask", b"x", **BOUNDS)) for _ in range(3)
        ]
        await asyncio.sleep(0.3)
        answer = await raw(peer, country.client_context(), head(0, Connection="close"))
        gate.set()
        assert [a.status for a in await asyncio.gather(*admitted)] == [200] * 3
        assert (await client.post(peer, "/v1/ask", b"x", **BOUNDS)).status == 200
    status, headers, body = parsed(answer)
    assert (status, body["error"], headers["retry-after"]) == (503, "overloaded", "1")


async def test_a_full_queue_behind_the_handler_is_503(country: Country) -> None:
    """``Overloaded`` from below becomes 503 with Retry-After, not an incident."""

    async def full(_incoming: Incoming) -> Outgoing:
        raise Overloaded("WRITE_QUEUE_LIMIT", 4)

    async with running(app_of(full), country.server_context()) as peer:
        answer = await raw(peer, country.client_context(), head(0, Connection="close"))
    assert parsed(answer)[0] == 503
    assert parsed(answer)[1]["retry-after"] == "1"


async def test_too_many_connections_are_refused(country: Country) -> None:
    """Past the bound a new connection is cut; the earlier ones work on."""
    limits = ServerLimits(connections=1)
    async with (
        running(app_of(Seen()), country.server_context(), limits) as peer,
        HttpClient(country.client_context()) as client,
    ):
        assert (await client.post(peer, "/v1/ask", b"x", **BOUNDS)).status == 200
        assert await raw(peer, country.client_context(), head(0)) == b""
        assert (await client.post(peer, "/v1/ask", b"x", **BOUNDS)).status == 200


@pytest.mark.parametrize("path", ["/v1/ask", "/broken"])
async def test_an_unexpected_error_tells_only_its_incident(
    country: Country, tmp_path: Path, path: str
) -> None:
    """A bug gives 500 with an id, the log has the same id, neither has the exception's words."""

    async def bug(_incoming: Incoming) -> Outgoing:
        raise RuntimeError("Yamada Hanako (synthetic)")

    logs.configure(role="test", path=tmp_path / "log")
    try:
        method = b"POST" if path == "/v1/ask" else b"GET"
        request = head(0, Connection="close").replace(
            b"POST /v1/ask", method + b" " + path.encode()
        )
        async with running(app_of(bug), country.server_context()) as peer:
            answer = await raw(peer, country.client_context(), request)
    finally:
        structlog.reset_defaults()
    status, _headers, body = parsed(answer)
    assert (status, body["error"]) == (500, "internal")
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert body["incident"]
    assert f'"incident":"{body["incident"]}"' in log
    assert "Yamada" not in log + answer.decode()


async def test_other_handlers_live_beside_messages(country: Country) -> None:
    """A page is served by the same server, with the same client check."""
    async with (
        running(app_of(Seen()), country.server_context()) as peer,
        HttpClient(country.client_context()) as client,
    ):
        answer = await client.get(peer, "/page", **BOUNDS)
    assert (answer.status, answer.body) == (200, b"plain")


async def test_answers_are_bounded(country: Country) -> None:
    """An answer larger than the caller takes is an error, announced or chunked."""

    async def large(_incoming: Incoming) -> Outgoing:
        return Outgoing(200, bytes(100_001))

    async def chunked(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(20):
            await send({"type": "http.response.body", "body": bytes(10_000), "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async with HttpClient(country.client_context()) as client:
        for app in (app_of(large), chunked):
            async with running(app, country.server_context()) as peer:
                with pytest.raises(AnswerTooLarge):
                    await client.post(peer, "/v1/ask", b"", **BOUNDS)


async def test_deadlines_hold(country: Country) -> None:
    """A peer that does not answer in time is ``PeerTimeout``, one that is not there unreachable."""

    async def slow(_incoming: Incoming) -> Outgoing:
        await asyncio.sleep(1)
        return Outgoing(200, b"")

    async with HttpClient(country.client_context()) as client:
        async with running(app_of(slow), country.server_context()) as peer:
            with pytest.raises(PeerTimeout):
                await client.post(peer, "/v1/ask", b"", deadline_seconds=0.2, max_answer_bytes=10)
        with pytest.raises(PeerUnreachable):
            await client.post(peer, "/v1/ask", b"", **BOUNDS)


async def test_the_client_follows_nothing(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redirects are returned as they are, cookies not kept, proxies of the environment unused,
    compression neither asked for nor undone."""
    received: list[dict[str, str]] = []

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        received.append({name.decode(): value.decode() for name, value in scope["headers"]})
        headers = [
            (b"location", b"/elsewhere"),
            (b"set-cookie", b"a=b"),
            (b"content-encoding", b"gzip"),
            (b"content-length", b"3"),
        ]
        await send({"type": "http.response.start", "status": 307, "headers": headers})
        await send({"type": "http.response.body", "body": b"abc"})

    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with (
        running(app, country.server_context()) as peer,
        HttpClient(country.client_context()) as client,
    ):
        for _ in range(2):
            answer = await client.post(peer, "/v1/ask", b"", **BOUNDS)
            assert (answer.status, answer.body) == (307, b"abc")
    assert len(received) == 2
    assert "cookie" not in received[1]
    assert received[1]["accept-encoding"] == "identity"
    assert received[1]["host"].startswith(SERVER_NAME)


async def test_an_unverifying_client_context_is_refused(country: Country) -> None:
    """A context that does not check names cannot be used by accident."""
    context = country.client_context()
    context.check_hostname = False
    with pytest.raises(ValueError, match="verify certificate and name"):
        HttpClient(context)


def test_two_routes_with_one_path_are_refused() -> None:
    """A path has one handler."""
    with pytest.raises(ValueError, match="same path"):
        build_app([Route("/a", Seen(), 1), Route("/a", Seen(), 1)])


def test_error_bodies_are_small_json() -> None:
    """Every error that is not a signed message has the same three fields."""
    assert json.loads(error_body("x", "y")) == {"error": "x", "detail": "y", "incident": None}


async def test_a_greedy_peer_gets_429_and_others_are_served(
    country: Country, tmp_path: Path
) -> None:
    """Past its share a peer gets 429 with Retry-After on a connection kept open; another, 200."""
    gate = asyncio.Event()
    other = create_leaf(country.authority, tmp_path, "city-b.renkei.test", now=datetime.now(UTC))
    context = client_context(other.certificate, other.key, country.authority.certificate)

    async def waiting(incoming: Incoming) -> Outgoing:
        if incoming.certificate_names == (CLIENT_NAME,):
            await gate.wait()
        return Outgoing(200, incoming.body)

    limits = ServerLimits(concurrent_requests=4, requests_per_peer=2, wait_seconds=0.1)
    async with (
        running(app_of(waiting, limits), country.server_context(), limits) as peer,
        HttpClient(country.client_context()) as greedy,
        HttpClient(context) as modest,
    ):
        admitted = [
            asyncio.create_task(greedy.post(peer, "/v1/ask", b"x", **BOUNDS)) for _ in range(2)
        ]
        await asyncio.sleep(0.2)
        refused = await greedy.post(peer, "/v1/ask", b"x", **BOUNDS)
        assert (await modest.post(peer, "/v1/ask", b"x", **BOUNDS)).status == 200
        gate.set()
        assert [a.status for a in await asyncio.gather(*admitted)] == [200] * 2
    assert (refused.status, refused.retry_after_seconds) == (429, 1)
    assert json.loads(refused.body)["error"] == "rate-limited"


async def test_one_certificate_has_its_share_of_connections(
    country: Country, tmp_path: Path
) -> None:
    """A certificate's surplus connection is cut; another certificate still finds room."""
    other = create_leaf(country.authority, tmp_path, "city-b.renkei.test", now=datetime.now(UTC))
    context = client_context(other.certificate, other.key, country.authority.certificate)
    limits = ServerLimits(connections_per_peer=1)
    async with (
        running(app_of(Seen()), country.server_context(), limits) as peer,
        HttpClient(country.client_context()) as client,
    ):
        assert (await client.post(peer, "/v1/ask", b"x", **BOUNDS)).status == 200
        closing = head(0, Connection="close")
        assert await raw(peer, country.client_context(), closing) == b""
        assert (await raw(peer, context, closing)).startswith(b"HTTP/1.1 200")
        assert (await raw(peer, context, closing)).startswith(b"HTTP/1.1 200"), "a place is freed"


async def test_one_network_has_its_share_before_any_handshake(country: Country) -> None:
    """Connections that never shake hands fill their network's share, and it empties in time."""
    limits = ServerLimits(connections_per_network=2, handshake_seconds=1)
    async with running(app_of(Seen()), country.server_context(), limits) as peer:
        silent = [await asyncio.open_connection(peer.host, peer.port) for _ in range(2)]
        closing = head(0, Connection="close")
        assert await raw(peer, country.client_context(), closing) == b""
        answer = b""
        for _ in range(50):  # until the silent handshakes are cut
            answer = answer or await raw(peer, country.client_context(), closing)
            await asyncio.sleep(0.1 if not answer else 0)
        assert answer.startswith(b"HTTP/1.1 200"), "silent handshakes were not cut"
        for _, writer in silent:
            writer.close()


async def test_an_answer_before_the_end_of_a_body_ends_the_connection(country: Country) -> None:
    """Whoever is refused early and goes on sending is cut: the rest of its body is not read."""
    gate = asyncio.Event()

    async def waiting(incoming: Incoming) -> Outgoing:
        await gate.wait()
        return Outgoing(200, incoming.body)

    limits = ServerLimits(requests_per_peer=1, wait_seconds=0.05)
    async with (
        running(app_of(waiting, limits), country.server_context(), limits) as peer,
        HttpClient(country.client_context()) as client,
    ):
        first = asyncio.create_task(client.post(peer, "/v1/ask", b"x", **BOUNDS))
        await asyncio.sleep(0.2)
        answer = await raw(peer, country.client_context(), head(500), b"a" * 100)
        gate.set()
        assert (await first).status == 200
    assert parsed(answer)[0] == 429


@pytest.mark.parametrize(
    ("said", "heard"),
    [("7", 7), ("0", 1), ("99999", 60), ("1e3", None), ("-1", None), ("soon", None), ("٣", None)],
)
async def test_when_to_come_back_is_heard_within_bounds(
    country: Country, said: str, heard: int | None
) -> None:
    """Retry-After is taken as whole seconds from 1 to 60; anything else is as if not said."""

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        headers = [(b"retry-after", said.encode()), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async with (
        running(app, country.server_context()) as peer,
        HttpClient(country.client_context()) as client,
    ):
        answer = await client.post(peer, "/v1/ask", b"", **BOUNDS)
    assert (answer.status, answer.retry_after_seconds) == (503, heard)

"""From an HTTP request to one function and back: the edge where sizes, types and times are checked.

A role's API is a list of routes: a POST of one message (``application/jose``) each, or a GET of
public files below one path. Messages are found by their whole path; Litestar routes the rest: files
and whatever else a role serves (pages).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.handlers import asgi
from litestar.types import ControllerRouterHandler

from renkei.kit.admission import Admission, Obstacle, Places
from renkei.kit.limits import Overloaded
from renkei.kit.logs import get_logger
from renkei.kit.randomness import Randomness, system_randomness

# What Litestar refuses by itself: its own words may quote the request, ours do not.
_KNOWN = {
    400: ("bad-request", "the request is not what is taken here"),
    404: ("not-found", "there is nothing at this path"),
    405: ("method-not-allowed", "this path takes another method"),
    413: ("too-large", "the body is larger than what is taken here"),
}

Scope = Any
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MESSAGE_TYPE = "application/jose"
ERROR_TYPE = "application/json"
RETRY_AFTER_SECONDS = 1
EXTRA_BODY_BYTES_LIMIT = 64 * 1024
# Where ``http_protocol`` leaves the names of the verified client certificate (ASGI TLS extension).
TLS_EXTENSION = "tls"
CLIENT_NAMES = "renkei_client_names"


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Bounds of one server; units last in each name."""

    header_bytes: int = 16 * 1024
    body_seconds: float = 10
    handler_seconds: float = 30
    concurrent_requests: int = 256
    requests_per_peer: int = 64
    """At once; a peer's own client opens at most 32 connections to one address."""
    waiting_requests: int = 768
    wait_seconds: float = 0.5
    """However long a request waits for a place before it is refused."""
    connections: int = 1_024
    connections_per_peer: int = 256
    """By client certificate, known after the handshake."""
    connections_per_address: int = 512
    """Counted from before the handshake."""
    keep_alive_seconds: float = 30
    handshake_seconds: float = 10
    drain_seconds: float = 10


@dataclass(frozen=True, slots=True)
class Incoming:
    """One received message; ``certificate_names`` are those of the verified client certificate.

    ``path`` is that of the route; of public files, what stands in the request below the route.
    """

    body: bytes
    certificate_names: tuple[str, ...]
    path: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The answer to one message."""

    status: int
    body: bytes
    media_type: str = MESSAGE_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Incoming], Awaitable[Outgoing]]


@dataclass(frozen=True, slots=True)
class Route:
    """One path, the function that answers it, the largest body it takes, and who may use it.

    POST is one message at exactly this path; GET is every public file below it, without a body.
    """

    path: str
    handler: Handler
    max_body_bytes: int
    method: Literal["POST", "GET"] = "POST"
    authentication: str = ""
    """Says what a caller must show; the walls read it, nothing here does."""


class _Refusal(Exception):
    """The request ends here; ``closing``: the rest of its body is not worth reading."""

    def __init__(self, status: int, error: str, detail: str, *, closing: bool = False) -> None:
        super().__init__(error)
        self.answer = error_answer(status, error, detail)
        self.closing = closing


class _Disconnected(Exception):
    """The client went away; there is nobody to answer."""


def error_body(error: str, detail: str, incident: str | None = None) -> bytes:
    """Return the JSON body of every error that is not a signed message."""
    return msgspec.json.encode({"error": error, "detail": detail, "incident": incident})


def error_answer(status: int, error: str, detail: str, incident: str | None = None) -> Outgoing:
    """Return an error; 429 and 503 say when to come back."""
    headers = {"retry-after": str(RETRY_AFTER_SECONDS)} if status in {429, 503} else {}
    return Outgoing(status, error_body(error, detail, incident), ERROR_TYPE, headers)


def certificate_names(scope: Scope) -> tuple[str, ...]:
    """Return the DNS names of the client certificate of an ASGI connection; none: empty."""
    names: tuple[str, ...] = (
        scope.get("extensions", {}).get(TLS_EXTENSION, {}).get(CLIENT_NAMES, ())
    )
    return names


class _Incidents:
    """Turns an unexpected exception into an answer with an id, and a log line with the same id."""

    # No digits: the log masks long runs of them.
    _LETTERS = "bcdfghjkmnpqrstv"

    def __init__(self, randomness: Randomness) -> None:
        self._randomness = randomness

    def report(self, error: BaseException, path: str) -> Outgoing:
        incident = "".join(
            self._LETTERS[byte >> 4] + self._LETTERS[byte & 15] for byte in self._randomness(8)
        )
        get_logger().error("incident", incident=incident, path=path, exc_info=error)
        return error_answer(500, "internal", "an unexpected error; quote the incident", incident)


class _RouteApp:
    """One route as an ASGI application."""

    def __init__(self, route: Route, limits: ServerLimits, incidents: _Incidents) -> None:
        self._route = route
        self._limits = limits
        self._incidents = incidents

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        closing = False
        try:
            self._check_head(scope)
            outgoing = await self._answer(scope, receive)
        except _Refusal as refusal:
            outgoing, closing = refusal.answer, refusal.closing
        except _Disconnected:
            return
        except Overloaded as error:
            outgoing = error_answer(503, "overloaded", str(error))
        except Exception as error:
            outgoing = self._incidents.report(error, self._route.path)
        await _send(send, outgoing, closing=closing, allow=self._route.method)

    def _check_head(self, scope: Scope) -> None:
        method = self._route.method
        if scope["method"] != method:
            raise _Refusal(405, "method-not-allowed", f"use {method}", closing=True)
        if method == "POST":
            self._check_body_fields(scope)

    def _check_body_fields(self, scope: Scope) -> None:
        media_type = b""
        for name, value in scope["headers"]:
            if name == b"content-type":
                media_type = value
            elif name == b"content-length" and int(value) > self._route.max_body_bytes:
                raise self._too_large()
            elif name == b"content-encoding":
                raise _Refusal(415, "media-type", "send the body uncompressed", closing=True)
        if media_type != b"application/jose":
            raise _Refusal(415, "media-type", f"send {MESSAGE_TYPE}", closing=True)

    def _too_large(self) -> _Refusal:
        limit = self._route.max_body_bytes
        return _Refusal(413, "too-large", f"at most {limit} bytes are taken here", closing=True)

    async def _answer(self, scope: Scope, receive: Receive) -> Outgoing:
        reading = True
        deadline = asyncio.timeout(self._limits.body_seconds)
        try:
            async with deadline:
                body = await self._read(receive)
                reading = False
                now = asyncio.get_running_loop().time()
                deadline.reschedule(now + self._limits.handler_seconds)
                incoming = Incoming(body, certificate_names(scope), self._path(scope))
                return await self._route.handler(incoming)
        except TimeoutError:
            if not deadline.expired():
                raise  # the handler's own
            if reading:
                raise _Refusal(
                    408, "slow-body", "the body did not arrive in time", closing=True
                ) from None
            get_logger().error("handler-timeout", path=self._route.path)
            raise _Refusal(503, "timeout", "no answer in time; send the same bytes again") from None

    def _path(self, scope: Scope) -> str:
        """The route's path, or what a request for a public file names below it, as it was sent."""
        if self._route.method == "POST":
            return self._route.path
        sent: str = scope["raw_path"].decode("ascii", "replace")
        return sent.removeprefix(f"{self._route.path}/")

    async def _read(self, receive: Receive) -> bytes:
        chunks: list[bytes] = []
        count = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise _Disconnected
            chunk: bytes = message.get("body", b"")
            count += len(chunk)
            if count > self._route.max_body_bytes:
                raise self._too_large()
            chunks.append(chunk)
            if not message.get("more_body", False):
                return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _send(
    send: Send, outgoing: Outgoing, *, closing: bool = False, allow: str = "POST"
) -> None:
    headers = [
        (b"content-type", outgoing.media_type.encode("latin-1")),
        (b"content-length", str(len(outgoing.body)).encode("ascii")),
    ]
    if "cache-control" not in outgoing.headers:
        headers.append((b"cache-control", b"no-store"))
    if outgoing.status == 405:
        headers.append((b"allow", allow.encode("ascii")))
    if closing:
        headers.append((b"connection", b"close"))
    for name, value in outgoing.headers.items():
        headers.append((name.lower().encode("latin-1"), value.encode("latin-1")))
    await send({"type": "http.response.start", "status": outgoing.status, "headers": headers})
    await send({"type": "http.response.body", "body": outgoing.body})


class _Gate:
    """Admits a bounded number of requests, in all and per peer; others learn when to come back.

    Nobody's signature has been looked at here: a refusal is unsigned and nothing is written.
    """

    def __init__(self, app: App, limits: ServerLimits) -> None:
        self._app = app
        self._admission = Admission(
            Places(
                running=limits.concurrent_requests,
                running_per_peer=limits.requests_per_peer,
                waiting=limits.waiting_requests,
                wait_seconds=limits.wait_seconds,
            )
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        peer = _peer_of(scope)
        obstacle = await self._admission.enter(peer)
        if obstacle is not None:
            await _send(send, _TURNED_AWAY[obstacle])
            return
        try:
            await self._app(scope, receive, send)
        finally:
            self._admission.leave(peer)


_TURNED_AWAY: dict[Obstacle, Outgoing] = {
    "peer": error_answer(429, "rate-limited", "your share of requests at once is running: wait"),
    "process": error_answer(503, "overloaded", "too many requests at once: try again later"),
}


def _peer_of(scope: Scope) -> str:
    """Whose share a request counts against: the certificate's first name, else the address."""
    names = certificate_names(scope)
    if names:
        return names[0]
    client = scope.get("client")
    return str(client[0]) if client else ""


def build_app(
    routes: Sequence[Route],
    *,
    extra: Sequence[ControllerRouterHandler] = (),
    limits: ServerLimits | None = None,
    randomness: Randomness = system_randomness,
) -> App:
    """Build the ASGI application of one role.

    ``routes`` are messages; ``extra`` are Litestar handlers. Errors that are not signed messages
    are JSON ``{"error", "detail", "incident"}``: 404, 405, 408, 413, 415, 429 and 503 with
    Retry-After, and 500 with an incident id that the log has too, and no detail.
    """
    limits = limits or ServerLimits()
    incidents = _Incidents(randomness)
    taken = [route.path for route in routes]
    if len(set(taken)) != len(taken):
        raise ValueError("two routes have the same path")
    apps = {route.path: _RouteApp(route, limits, incidents) for route in routes}
    files = [
        asgi(route.path, copy_scope=False, is_mount=True)(_plain(apps.pop(route.path)))
        for route in routes
        if route.method == "GET"
    ]

    def known(_request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
        status = error.status_code
        code, detail = _KNOWN.get(status, _KNOWN[400])
        return Response(error_body(code, detail), status_code=status, media_type=ERROR_TYPE)

    def unknown(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        if isinstance(error, Overloaded):
            outgoing = error_answer(503, "overloaded", str(error))
        else:
            outgoing = incidents.report(error, request.scope["path"])
        return Response(
            outgoing.body,
            status_code=outgoing.status,
            media_type=ERROR_TYPE,
            headers=dict(outgoing.headers),
        )

    litestar = Litestar(
        route_handlers=[*files, *extra],
        openapi_config=None,
        logging_config=None,
        exception_handlers={HTTPException: known, Exception: unknown},
        request_max_body_size=EXTRA_BODY_BYTES_LIMIT,
    )
    return _Gate(_messages_first(apps, litestar), limits)


def _messages_first(messages: Mapping[str, _RouteApp], others: App) -> App:
    """A message goes straight to its route, found by its whole path; the rest is routed."""

    async def choose(scope: Scope, receive: Receive, send: Send) -> None:
        await (messages.get(scope["path"]) or others)(scope, receive, send)

    return choose


def _plain(app: _RouteApp) -> App:
    """Litestar wants a function; a callable object would be taken for a class."""

    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)

    return route

"""From an HTTP request to one function and back: the edge where sizes, types and times are checked.

A role's API is a list of routes: a POST of one message (``application/jose``) each, or a GET of
public files below one path. Messages are found by their whole path; Litestar routes the rest: files
and whatever else a role serves (pages).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.handlers import asgi
from litestar.types import ControllerRouterHandler

from renkei.kit.admission import Admission, Obstacle, Places
from renkei.kit.http_forms import (
    ERROR_TYPE,
    Incoming,
    Outgoing,
    Route,
    Scope,
    Tell,
    error_answer,
    error_body,
)
from renkei.kit.incidents import Incidents
from renkei.kit.limits import ServerLimits, TurnedAway
from renkei.kit.logs import get_logger
from renkei.kit.randomness import Randomness, system_randomness
from renkei.wire.framing import MESSAGE_TYPE

# What Litestar refuses by itself: its own words may quote the request, ours do not.
_KNOWN = {
    400: ("bad-request", "the request is not what is taken here"),
    404: ("not-found", "there is nothing at this path"),
    405: ("method-not-allowed", "this path takes another method"),
    413: ("too-large", "the body is larger than what is taken here"),
}

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

EXTRA_BODY_BYTES_LIMIT = 64 * 1024
# Where ``http_protocol`` leaves the names of the verified client certificate (ASGI TLS extension).
TLS_EXTENSION = "tls"
CLIENT_NAMES = "renkei_client_names"


class _Refusal(Exception):
    """The request ends here; ``closing``: the rest of its body is not worth reading."""

    def __init__(self, status: int, error: str, detail: str, *, closing: bool = False) -> None:
        super().__init__(error)
        self.answer = error_answer(status, error, detail)
        self.closing = closing


class _Disconnected(Exception):
    """The client went away; there is nobody to answer."""


def _turned_away(error: TurnedAway) -> Outgoing:
    return error_answer(503, error.code, str(error), later=error.retry_after_seconds)


def certificate_names(scope: Scope) -> tuple[str, ...]:
    """Return the DNS names of the client certificate of an ASGI connection; none: empty."""
    names: tuple[str, ...] = (
        scope.get("extensions", {}).get(TLS_EXTENSION, {}).get(CLIENT_NAMES, ())
    )
    return names


def _bug(incidents: Incidents, error: BaseException, path: str) -> Outgoing:
    incident = incidents.note(error, path)
    return error_answer(500, "internal", "an unexpected error; quote the incident", incident)


class _RouteApp:
    """One route as an ASGI application."""

    def __init__(self, route: Route, limits: ServerLimits, incidents: Incidents) -> None:
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
        except TurnedAway as error:
            outgoing = _turned_away(error)
        except Exception as error:
            outgoing = _bug(self._incidents, error, self._route.path)
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

    def __init__(self, app: App, limits: ServerLimits, tell: Tell) -> None:
        self._app = app
        self._tell = tell
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
            await _send(send, self._tell(scope, _TURNED_AWAY[obstacle]))
            return
        try:
            await self._app(scope, receive, send)
        finally:
            self._admission.leave(peer)


_TURNED_AWAY: dict[Obstacle, Outgoing] = {
    "peer": error_answer(429, "rate-limited", "your share of requests at once is running: wait"),
    "process": error_answer(503, "overloaded", "too many requests at once: try again later"),
}


def _as_it_is(_scope: Scope, refused: Outgoing) -> Outgoing:
    """Programs read a refusal as it is."""
    return refused


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
    tell: Tell | None = None,
    limits: ServerLimits | None = None,
    randomness: Randomness = system_randomness,
) -> App:
    """Build the ASGI application of one role.

    ``routes`` are messages; ``extra`` are Litestar handlers; ``tell`` words a refusal before any
    route for people. Errors that are not signed messages are JSON ``{"error", "detail",
    "incident"}``: 404, 405, 408, 413, 415, 429 and 503 with Retry-After, and 500 without detail.
    """
    limits = limits or ServerLimits()
    incidents = Incidents(randomness)
    if len({route.path for route in routes}) != len(routes):
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
        if isinstance(error, TurnedAway):
            outgoing = _turned_away(error)
        else:
            outgoing = _bug(incidents, error, request.scope["path"])
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
    return _Gate(_messages_first(apps, litestar), limits, tell or _as_it_is)


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

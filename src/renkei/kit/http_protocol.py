"""uvicorn's HTTP protocol, with the client certificate in the scope and bounds of its own.

No ASGI server passes the client certificate to the application, and a message is accepted only if
certificate, ``kid`` and sender agree. The names of the verified certificate are read once per
connection and stand in ``scope["extensions"]["tls"]``.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from renkei.kit.certificates import dns_names
from renkei.kit.handshakes import Handshakes
from renkei.kit.http_app import CLIENT_NAMES, TLS_EXTENSION, App
from renkei.kit.http_forms import ERROR_TYPE, error_body
from renkei.kit.limits import ServerLimits
from renkei.kit.listener import Seat, Seats

# Past its own deadlines the application still has this long to write its answer.
ANSWER_SECONDS = 10


class _HeadTooLarge(Exception):
    """Request line and header fields are larger than the limit."""


@dataclass(slots=True)
class Edge:
    """What the connections of one server share."""

    app: App
    limits: ServerLimits
    draining: bool = False
    state: ServerState = field(default_factory=ServerState)
    peers: dict[tuple[str, ...], int] = field(default_factory=dict)
    """Connections per client certificate."""
    config: uvicorn.Config = field(init=False)
    handshakes: Handshakes = field(init=False)
    seats: Seats = field(init=False)

    def __post_init__(self) -> None:
        self.handshakes = Handshakes(self.limits)
        self.seats = Seats(self.limits, self.handshakes)
        self.config = uvicorn.Config(
            self.app,
            http=CertificateProtocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
        )
        self.config.timeout_keep_alive = self.limits.keep_alive_seconds  # type: ignore[assignment]
        self.config.load()

    def connect(self, seat: Seat) -> CertificateProtocol:
        """Make the protocol of one new connection."""
        return CertificateProtocol(self, seat)

    def greet(self, peer: tuple[str, ...]) -> bool:
        """Count a connection of a known peer; False where it has its share already."""
        count = self.peers.get(peer, 0)
        if count >= self.limits.connections_per_peer:
            return False
        self.peers[peer] = count + 1
        return True

    def part(self, peer: tuple[str, ...]) -> None:
        """A counted connection is over."""
        self.peers[peer] -= 1
        if not self.peers[peer]:
            del self.peers[peer]


class CertificateProtocol(HttpToolsProtocol):
    """One connection: certificate names, a bounded head, and a time limit on every request."""

    def __init__(self, edge: Edge, seat: Seat) -> None:
        super().__init__(edge.config, edge.state, {}, asyncio.get_running_loop())
        self._edge = edge
        self._seat = seat
        self._peer: tuple[str, ...] | None = None  # as counted by the edge
        self._extensions: dict[str, Any] = {}
        self._head_bytes = 0  # as received, while the head is incomplete
        self._field_bytes = 0  # of the parsed request line and fields
        self._reading_head = True
        self._deadline: asyncio.TimerHandle | None = None
        limits = edge.limits
        self._request_seconds = limits.body_seconds + limits.handler_seconds + ANSWER_SECONDS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, unless its peer has too many or the server is stopping."""
        super().connection_made(transport)
        if self._edge.draining:
            transport.abort()
            return
        tls = transport.get_extra_info("ssl_object")
        if isinstance(tls, ssl.SSLObject | ssl.SSLSocket):
            der = tls.getpeercert(binary_form=True)
            names = dns_names(der) if der else ()
            if not self._edge.greet(names):
                transport.abort()
                return
            self._peer = names
            self._extensions = {TLS_EXTENSION: {CLIENT_NAMES: names}}
        # A connection on which nothing is asked is bounded like one between two requests.
        self._arm(self._edge.limits.keep_alive_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._disarm()
        self._seat.free()
        if self._peer is not None:
            self._edge.part(self._peer)
            self._peer = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count the bytes of a head as they come: a head that never ends is refused too."""
        if self._reading_head:
            if self._head_bytes == 0:
                self._arm(self._edge.limits.body_seconds)
            self._head_bytes += len(data)
        super().data_received(data)
        if self._reading_head and self._head_bytes > self._edge.limits.header_bytes:
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """Start a request."""
        super().on_message_begin()
        self.scope["extensions"] = self._extensions
        self._reading_head = True
        self._field_bytes = 0

    def on_url(self, url: bytes) -> None:
        """Count the request line."""
        self._count(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header field, or a trailer field of a chunked body."""
        self._count(name + value)
        super().on_header(name, value)

    def _count(self, data: bytes) -> None:
        self._field_bytes += len(data) + 4
        if self._field_bytes > self._edge.limits.header_bytes:
            raise _HeadTooLarge

    def on_headers_complete(self) -> None:
        """Start the application; from here on the whole request has one time limit."""
        self._reading_head = False
        self._arm(self._request_seconds)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Expect the next head."""
        super().on_message_complete()
        self._reading_head = True
        self._head_bytes = 0

    def on_response_complete(self) -> None:
        """Be ready for the next request; uvicorn starts its keep-alive time.

        Whoever is answered before the end of its body has no claim that the rest is read.
        """
        self._disarm()
        if self.cycle is not None and self.cycle.more_body:
            self.transport.close()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse a head that is too large or no HTTP, and hang up."""
        if self.transport.is_closing():
            return
        too_large = max(self._head_bytes, self._field_bytes) > self._edge.limits.header_bytes
        status, error = (431, "head-too-large") if too_large else (400, "not-http")
        body = error_body(error, f"at most {self._edge.limits.header_bytes} bytes of header fields")
        head = (
            f"content-type: {ERROR_TYPE}\r\n"
            f"content-length: {len(body)}\r\n"
            "connection: close\r\n\r\n"
        )
        self.transport.write(STATUS_LINE[status] + head.encode("ascii") + body)
        self.transport.close()

    def _arm(self, seconds: float) -> None:
        self._disarm()
        self._deadline = self.loop.call_later(seconds, self._out_of_time)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _out_of_time(self) -> None:
        self.transport.abort()

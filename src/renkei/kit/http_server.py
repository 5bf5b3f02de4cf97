"""Running one role's application behind mutual TLS, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import uvloop

from renkei.kit.http_app import App, build_app, certificate_names
from renkei.kit.http_forms import Handler, Incoming, Outgoing, Route, error_answer
from renkei.kit.http_protocol import Edge
from renkei.kit.limits import ServerLimits
from renkei.kit.listener import Listener
from renkei.kit.logs import get_logger

__all__ = [
    "App",
    "Handler",
    "Incoming",
    "Outgoing",
    "Route",
    "ServerLimits",
    "build_app",
    "certificate_names",
    "error_answer",
    "listen",
    "run",
    "serve",
]

T = TypeVar("T")
Ready = Callable[[int], None]

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_DRAIN_STEP_SECONDS = 0.02


def listen(host: str, port: int = 0) -> socket.socket:
    """Bind a socket without accepting, e.g. to know every port before any process starts."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise OSError(error.errno, f"cannot listen on {host}:{port}: {error.strerror}") from error
    return bound


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a program's main coroutine on uvloop."""
    return uvloop.run(main)


async def serve(
    app: App,
    sock: socket.socket,
    *,
    context: ssl.SSLContext | None,
    limits: ServerLimits | None = None,
    ready: Ready | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Serve ``app`` on a bound socket until SIGTERM, SIGINT or ``stop``; then drain and return.

    ``context`` None serves without TLS, for measurements and tests only. ``ready`` is called with
    the port once connections are accepted. Draining: no new connections, idle ones are closed,
    running requests have ``drain_seconds`` to end, then they are cut. Signals are taken only in
    the main thread.
    """
    loop = asyncio.get_running_loop()
    edge = Edge(app, limits or ServerLimits())
    stop = stop or asyncio.Event()
    tls: dict[str, Any] = (
        {"ssl": context, "ssl_handshake_timeout": edge.limits.handshake_seconds} if context else {}
    )
    port = sock.getsockname()[1]
    listener = Listener(sock, edge.seats, edge.handshakes, edge.connect, tls)
    in_main = threading.current_thread() is threading.main_thread()
    for number in STOP_SIGNALS if in_main else ():
        loop.add_signal_handler(number, stop.set)
    try:
        get_logger().info("listening", port=port)
        if ready is not None:
            ready(port)
        await stop.wait()
    finally:
        await listener.close()
        await _drain(edge)
        for number in STOP_SIGNALS if in_main else ():
            loop.remove_signal_handler(number)
        get_logger().info("stopped", port=port)


async def _drain(edge: Edge) -> None:
    edge.draining = True
    for connection in list(edge.state.connections):
        connection.shutdown()
    loop = asyncio.get_running_loop()
    until = loop.time() + edge.limits.drain_seconds
    while (edge.state.tasks or edge.state.connections) and loop.time() < until:  # noqa: ASYNC110
        # Connections end in callbacks of the protocol, which know no event of ours.
        await asyncio.sleep(_DRAIN_STEP_SECONDS)
    left = list(edge.state.tasks)
    if left:
        get_logger().warning("drain-cut", count=len(left))
    for task in left:
        task.cancel()
    for connection in list(edge.state.connections):
        connection.transport.abort()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(*left, return_exceptions=True)

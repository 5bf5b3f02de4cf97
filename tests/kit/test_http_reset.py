"""Peers that die while a connection to them is made."""

import asyncio
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import aiohappyeyeballs
import pytest
import uvloop

from renkei.kit.http_client import HttpClient, Peer, PeerError

ATTEMPTS = 200
RESET_SECONDS = 0.005
RESET_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER on, 0 seconds: closing sends a reset, as the kernel does for a killed process."""


@pytest.fixture
def dying() -> Iterator[Peer]:
    """A peer that resets every connection as soon as it is there."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)

    def reset() -> None:
        with suppress(OSError):
            while True:
                accepted, _ = listener.accept()
                accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_ONCE)
                accepted.close()

    thread = threading.Thread(target=reset, daemon=True)
    thread.start()
    yield Peer("dying.renkei.test", "127.0.0.1", listener.getsockname()[1])
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(10)


def test_a_reset_connection_is_closed_once(dying: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    """No socket is left that would close the descriptor of its connection a second time.

    By then the number may be another connection's or a database's: seen under kills as connections
    that vanished and as a process that aborted.
    """
    handed_over: list[socket.socket] = []
    start = aiohappyeyeballs.start_connection

    async def on_a_busy_machine(*arguments: Any, **options: Any) -> socket.socket:
        sock = await start(*arguments, **options)
        time.sleep(RESET_SECONDS)  # noqa: ASYNC251 - the loop is late, the reset is there before it
        handed_over.append(sock)
        return sock

    monkeypatch.setattr(aiohappyeyeballs, "start_connection", on_a_busy_machine)

    async def attempt() -> list[int]:
        async with HttpClient(ssl.create_default_context()) as http:
            for _ in range(ATTEMPTS):
                with pytest.raises(PeerError):
                    await http.get(dying, "/x", deadline_seconds=5, max_answer_bytes=100)
            await asyncio.sleep(RESET_SECONDS)
            return [sock.detach() for sock in handed_over]

    assert set(uvloop.run(attempt())) <= {-1}

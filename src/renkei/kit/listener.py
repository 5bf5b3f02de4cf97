"""Accepting connections within bounds, before any of them costs a handshake (接続の受付).

A TLS handshake with two certificates costs more than most messages, and nobody is known before it.
So connections are counted where they are accepted, in all and per address. Whoever is past a bound
is cut at once, with a reset.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import struct
from collections.abc import Callable
from typing import Any, Final

from renkei.kit.logs import get_logger

BACKLOG: Final = 512
ACCEPTED_AT_ONCE: Final = 64
"""So that a storm of connections leaves time for those that stand."""
NO_FILE_PAUSE_SECONDS: Final = 0.2
_NO_FILE: Final = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_RESET: Final = struct.pack("ii", 1, 0)

Protocol = Callable[["Seat"], asyncio.Protocol]
"""Makes the protocol of one connection, which must free its seat when it is lost."""


class Seats:
    """How many connections there are, in all and by address (接続数)."""

    def __init__(self, connections: int, per_address: int) -> None:
        self._connections = connections
        self._per_address = per_address
        self.taken = 0
        self.by_address: dict[str, int] = {}

    def take(self, address: str) -> Seat | None:
        """Take a seat for a connection just accepted; None where there is none."""
        own = self.by_address.get(address, 0)
        if self.taken >= self._connections or own >= self._per_address:
            return None
        self.taken += 1
        self.by_address[address] = own + 1
        return Seat(self, address)


class Seat:
    """One accepted connection, from before its handshake to its end (席)."""

    def __init__(self, seats: Seats, address: str) -> None:
        self._seats = seats
        self._address = address
        self._taken = True

    def free(self) -> None:
        """The connection is over; a second time changes nothing."""
        if not self._taken:
            return
        self._taken = False
        self._seats.taken -= 1
        left = self._seats.by_address[self._address] - 1
        if left:
            self._seats.by_address[self._address] = left
        else:
            del self._seats.by_address[self._address]


class Listener:
    """Accepts on one socket until closed."""

    def __init__(
        self, sock: socket.socket, seats: Seats, protocol: Protocol, tls: dict[str, Any]
    ) -> None:
        """`tls` are the TLS arguments of `connect_accepted_socket`; empty for none."""
        self._sock = sock
        self._seats = seats
        self._protocol = protocol
        self._tls = tls
        self._loop = asyncio.get_running_loop()
        self._shaking: set[asyncio.Task[None]] = set()
        sock.setblocking(False)
        sock.listen(BACKLOG)
        self._loop.add_reader(sock.fileno(), self._accept)

    async def close(self) -> None:
        """Accept nothing more; handshakes under way are cut."""
        self._loop.remove_reader(self._sock.fileno())
        self._sock.close()
        for task in self._shaking:
            task.cancel()
        await asyncio.gather(*self._shaking, return_exceptions=True)

    def _accept(self) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                connection, address = self._sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _NO_FILE:
                    raise
                self._pause(error)
                return
            self._seat(connection, str(address[0]))

    def _pause(self, error: OSError) -> None:
        """No file descriptor is left: connections wait in the backlog until one is."""
        get_logger().error("no-files-left", exc_info=error)
        self._loop.remove_reader(self._sock.fileno())
        self._loop.call_later(NO_FILE_PAUSE_SECONDS, self._resume)

    def _resume(self) -> None:
        if self._sock.fileno() >= 0:
            self._loop.add_reader(self._sock.fileno(), self._accept)

    def _seat(self, connection: socket.socket, address: str) -> None:
        seat = self._seats.take(address)
        if seat is None:
            # A reset: the client knows at once, and nothing of the connection stays here.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            connection.close()
            return
        connection.setblocking(False)
        task = self._loop.create_task(self._shake_hands(connection, seat))
        self._shaking.add(task)
        task.add_done_callback(self._shaking.discard)

    async def _shake_hands(self, connection: socket.socket, seat: Seat) -> None:
        try:
            await self._loop.connect_accepted_socket(
                lambda: self._protocol(seat), connection, **self._tls
            )
        except (OSError, ssl.SSLError):
            connection.close()
            seat.free()
        except BaseException:
            connection.close()
            seat.free()
            raise

"""Accepting connections within bounds, before any of them costs a handshake (接続の受付).

Nobody is known before a TLS handshake. So connections are counted where they are accepted, in all
and per network; whoever is past a bound is cut at once, with a reset. Handshakes have places of
their own (`handshakes`), and a connection waits for one shortly.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import struct
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from renkei.kit.handshakes import Handshakes, NoPlace, network_of
from renkei.kit.limits import ServerLimits
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
    """How many connections there are, in all and by network (接続数).

    Until it has shaken hands, a connection from a network that never did also counts as a
    stranger's: strangers find fewer seats than there are, the others are kept.
    """

    def __init__(self, limits: ServerLimits, handshakes: Handshakes) -> None:
        self._limits = limits
        self._handshakes = handshakes
        self.taken = 0
        self.by_network: Counter[str] = Counter()
        self.strangers: Counter[str] = Counter()

    def take(self, network: str) -> Seat | None:
        """Take a seat for a connection just accepted; None where there is none."""
        bounds, stranger = self._limits, not self._handshakes.proven(network)
        if self.taken >= bounds.connections:
            return None
        if self.by_network[network] >= bounds.connections_per_network:
            return None
        if stranger and (
            self.strangers.total() >= bounds.strangers
            or self.strangers[network] >= bounds.strangers_per_network
        ):
            return None
        self.taken += 1
        self.by_network[network] += 1
        if stranger:
            self.strangers[network] += 1
        return Seat(self, network, stranger)


class Seat:
    """One accepted connection, from before its handshake to its end (席)."""

    def __init__(self, seats: Seats, network: str, stranger: bool) -> None:
        self._seats = seats
        self.network: Final = network
        self._stranger = stranger
        self._taken = True

    def settle(self) -> None:
        """The handshake is done: no stranger any more."""
        if self._stranger:
            self._stranger = False
            _one_less(self._seats.strangers, self.network)

    def free(self) -> None:
        """The connection is over; a second time changes nothing."""
        if not self._taken:
            return
        self._taken = False
        self._seats.taken -= 1
        _one_less(self._seats.by_network, self.network)
        self.settle()


def _one_less(counts: Counter[str], network: str) -> None:
    counts[network] -= 1
    if not counts[network]:
        del counts[network]


class Listener:
    """Accepts on one socket until closed."""

    def __init__(
        self,
        sock: socket.socket,
        seats: Seats,
        handshakes: Handshakes,
        protocol: Protocol,
        tls: dict[str, Any],
    ) -> None:
        """`tls` are the TLS arguments of `connect_accepted_socket`; empty for none."""
        self._sock = sock
        self._seats = seats
        self._handshakes = handshakes
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
        seat = self._seats.take(network_of(address))
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
            async with self._handshakes.place(seat.network):
                await self._loop.connect_accepted_socket(
                    lambda: self._protocol(seat), connection, **self._tls
                )
            seat.settle()
        except (OSError, ssl.SSLError, NoPlace):
            connection.close()
            seat.free()
        except BaseException:
            connection.close()
            seat.free()
            raise

"""What an operator can mend: a bound that is reached, a disk that is full (制限).

One kind of exception, so that every edge answers it the same way: its own code, 503, when to come
back, and that nothing was done.
"""

from __future__ import annotations

from dataclasses import dataclass


class TurnedAway(Exception):
    """Nothing was done, for a reason that is no bug and passes; the same bytes may come again.

    ``code`` is of the closed list. The HTTP edge renders it as 503 with Retry-After (RFC 9110
    §15.6.4).
    """

    code: str
    retry_after_seconds: int


class Overloaded(TurnedAway):
    """A bounded queue is full; ``limit_name`` is its name in the code, ``limit`` its value."""

    code = "overloaded"
    retry_after_seconds = 1

    def __init__(self, limit_name: str, limit: int) -> None:
        super().__init__(f"{limit_name} of {limit} reached: nothing was done, try again later")
        self.limit_name = limit_name
        self.limit = limit


class StorageFull(TurnedAway):
    """The disk took no more; what was begun is undone. Somebody has to make room."""

    code = "storage-full"
    retry_after_seconds = 10

    def __init__(self) -> None:
        super().__init__("the disk takes no more: nothing was written, make room on it")


class StorageAway(TurnedAway):
    """The database's server is away, or took the connection back; what was begun is undone."""

    code = "unavailable"
    retry_after_seconds = 2

    def __init__(self) -> None:
        super().__init__("the database is not to be had: nothing was written, see to its server")


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
    connections_per_network: int = 512
    """Of one network (IPv4 /24, IPv6 /64), counted from before the handshake."""
    strangers: int = 256
    """Connections from networks of which none has shaken hands yet, until it has."""
    strangers_per_network: int = 96
    keep_alive_seconds: float = 30
    handshakes: int = 32
    """At once; as many again for networks that shook hands before."""
    handshakes_per_network: int = 16
    handshakes_waiting: int = 512
    handshake_seconds: float = 3
    """However long a handshake may take, and a stranger's may wait to begin."""
    known_handshake_wait_seconds: float = 10
    failed_handshake_seconds: float = 0.25
    """However long one that failed still keeps its place."""
    drain_seconds: float = 10

"""Which handshakes are done now: few at once, and places kept for networks that proved themselves.

A TLS handshake with two certificates costs more than most messages, and nobody is known before it.
Handshakes therefore have places of their own, shared out by network (IPv4 /24, IPv6 /64: what one
subscriber usually holds). Networks of which one connection has shaken hands have theirs apart, so
that strangers, however many, can only stand in each other's way.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from renkei.kit.admission import Admission, Places
from renkei.kit.limits import ServerLimits

NETWORK_BITS: Final = {4: 24, 6: 64}
"""Length of the prefix by which addresses are counted together (RFC 4291 §2.5.4 for IPv6)."""
PROVEN_LIMIT: Final = 4_096
"""Networks remembered; the one that was quiet the longest is forgotten first."""


class NoPlace(Exception):
    """This network has as many handshakes under way, or waiting, as there are places."""


def network_of(address: str) -> str:
    """The network an address is counted with; an address of another kind stands for itself."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is not None:
        known = known.ipv4_mapped
    network = ipaddress.ip_network((known, NETWORK_BITS[known.version]), strict=False)
    return str(network)


def _places(limits: ServerLimits, wait_seconds: float) -> Admission:
    return Admission(
        Places(
            running=limits.handshakes,
            running_per_peer=limits.handshakes_per_network,
            waiting=limits.handshakes_waiting,
            wait_seconds=wait_seconds,
        )
    )


class Handshakes:
    """The places of one server's handshakes; used by one event loop (握手の席)."""

    def __init__(self, limits: ServerLimits) -> None:
        self._strangers = _places(limits, limits.handshake_seconds)
        self._known = _places(limits, limits.known_handshake_wait_seconds)
        self._pause = limits.failed_handshake_seconds
        self._proven: OrderedDict[str, None] = OrderedDict()

    def proven(self, network: str) -> bool:
        """Whether a connection from there has shaken hands before."""
        return network in self._proven

    @asynccontextmanager
    async def place(self, network: str) -> AsyncIterator[None]:
        """Hold a place for one handshake; raises `NoPlace`.

        A handshake that fails keeps its place for a moment: failing again and again is slow.
        """
        places = self._known if self.proven(network) else self._strangers
        if await places.enter(network) is not None:
            raise NoPlace
        try:
            yield
        except Exception:
            asyncio.get_running_loop().call_later(self._pause, places.leave, network)
            raise
        except BaseException:
            places.leave(network)
            raise
        places.leave(network)
        self._proven[network] = None
        self._proven.move_to_end(network)
        if len(self._proven) > PROVEN_LIMIT:
            self._proven.popitem(last=False)

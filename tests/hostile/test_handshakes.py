"""Two addresses without certificates against a running network: everybody else is served.

Linux gives a machine every address of 127.0.0.0/8; where it has only one, the flood cannot be told
from its victims, and the test says so.
"""

import asyncio
import socket
import ssl
import time
from typing import Any

import pytest
from by_hand import A
from handshake_flood import flooding

from renkei.kit.tls import client_context

FLOODED_SECONDS = 8.0
ATTACKERS = ["127.66.1.7", "127.66.2.7"]
KNOWN, STRANGER = "127.0.0.1", "127.77.3.4"
HANG_SECONDS = 20.0
REQUEST = (
    b"POST /permit HTTP/1.1\r\nhost: linkage.renkei.test\r\ncontent-type: application/jose\r\n"
    b"connection: close\r\ncontent-length: 5\r\n\r\na.b.c"
)


def has_address(address: str) -> bool:
    """Whether this machine may speak from an address."""
    with socket.socket() as own:
        try:
            own.bind((address, 0))
        except OSError:
            return False
    return True


class Visitor:
    """Somebody with a certificate, who connects anew for each message."""

    def __init__(self, country: Any) -> None:
        files = country.country.config(A).tls
        self._context = client_context(files.certificate, files.key, files.authority)
        self.port = country.country.manifest.ports["linkage"]

    async def answered(self, address: str) -> bool:
        """Whether a new connection from an address was answered."""
        try:
            async with asyncio.timeout(HANG_SECONDS):
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1",
                    self.port,
                    ssl=self._context,
                    server_hostname="linkage.renkei.test",
                    local_addr=(address, 0),
                )
                writer.write(REQUEST)
                answer = await reader.read(65_536)
                writer.transport.abort()
        except (OSError, ssl.SSLError, TimeoutError):
            return False
        return answer.startswith(b"HTTP/1.1 4")


async def test_a_flood_of_handshakes(country: Any) -> None:
    """Who shook hands before is always served, a newcomer after some tries; then all is as ever."""
    if not has_address(ATTACKERS[0]):
        pytest.skip("this machine has one loopback address only")
    visitor = Visitor(country)
    assert await visitor.answered(KNOWN)
    assert await visitor.answered("127.99.9.9"), "another address is served in quiet"
    with flooding(visitor.port, FLOODED_SECONDS, ATTACKERS) as made:
        await asyncio.sleep(2)  # silent connections have gathered by now
        until = time.monotonic() + FLOODED_SECONDS - 3
        known, newcomer = [], []
        while time.monotonic() < until:
            known.append(await visitor.answered(KNOWN))
            if True not in newcomer:
                newcomer.append(await visitor.answered(STRANGER))
            await asyncio.sleep(0.1)
    assert made[0] > 1_000, "no flood"
    assert known.count(True) == len(known) > 5, known
    assert True in newcomer, f"{len(newcomer)} tries of a newcomer"
    assert await visitor.answered(ATTACKERS[0]), "an address pays for its past only shortly"

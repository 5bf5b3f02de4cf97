"""Sending one message to a peer and receiving one answer, with deadlines and bounds.

The peer is checked by the DNS name of its certificate, whatever address it listens at. Nothing of
the environment takes part: no proxies, no trust store, no name service for the DNS name itself.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from renkei.kit.clock import SystemClock
from renkei.wire.clocks import shown
from renkei.wire.framing import MESSAGE_TYPE

CONNECTIONS_LIMIT = 256
CONNECTIONS_PER_PEER_LIMIT = 32
# Shorter than the server's 30 s, so that a message is not sent into a connection being closed.
KEEP_ALIVE_SECONDS = 15
CONNECT_SECONDS = 5
"""Handshake included; nothing of the message has been sent by then."""
# OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED.
_DATES = {
    9: "is not yet valid: set the clock that is wrong",
    10: "has run out: renew it, or set the clock that is wrong",
}
ANSWER_HEADER_BYTES = 8 * 1024
RETRY_AFTER_LIMIT_SECONDS = 60
"""However long a peer tells us to wait: an outage of its own making is not to become ours."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Whom to reach: the DNS name its certificate must carry, and the address it listens at."""

    dns_name: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: HTTP status and body, neither interpreted nor trusted yet."""

    status: int
    body: bytes
    retry_after_seconds: int | None = None
    """What `Retry-After` says (RFC 9110 §10.2.3), at most `RETRY_AFTER_LIMIT_SECONDS`."""


class PeerError(Exception):
    """A message could not be exchanged; whether the peer acted on it is not known."""

    def __init__(self, peer: Peer, reason: str) -> None:
        super().__init__(f"{peer.dns_name} at {peer.host}:{peer.port}: {reason}")
        self.peer = peer
        self.reason = reason


class PeerUnreachable(PeerError):
    """No connection, or it broke before the answer was complete."""


class PeerUntrusted(PeerUnreachable):
    """One side's certificate was refused: another authority, another name, or out of date."""


class PeerTimeout(PeerError):
    """The deadline passed."""


class AnswerTooLarge(PeerError):
    """The answer is larger than the caller takes; it was not read to its end."""


class _Addresses(AbstractResolver):
    """Answers name look-ups with the addresses of the directory's peers."""

    def __init__(self) -> None:
        self.hosts: dict[tuple[str, int], str] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        address = self.hosts.get((host, port))
        if address is None:
            raise OSError(None, f"{host} is not a peer")
        found = await asyncio.get_running_loop().getaddrinfo(
            address, port, type=socket.SOCK_STREAM, family=socket.AF_UNSPEC
        )
        return [
            ResolveResult(
                hostname=host,
                host=str(entry[4][0]),
                port=port,
                family=entry[0],
                proto=entry[2],
                flags=socket.AI_NUMERICHOST,
            )
            for entry in found
        ]

    async def close(self) -> None:
        self.hosts.clear()


class _Connector(aiohttp.TCPConnector):
    """Has the loop make each socket itself, instead of handing it one that is connected.

    Where a peer resets a connection at the moment it is made, uvloop (0.23) closes the descriptor
    of a socket that was handed to it, and the socket closes the same number again when it is
    collected: by then another connection's, or a database's. A party that is killed does just that.
    See also https://github.com/MagicStack/uvloop/issues/738.
    """

    async def _wrap_create_connection(
        self, *args: Any, addr_infos: list[Any], **options: Any
    ) -> tuple[asyncio.Transport, Any]:
        host, port = addr_infos[0][4][:2]
        return await self._wrap_existing_connection(*args, host=host, port=port, **options)


class HttpClient:
    """Connections to peers, kept open and bounded. Make and use it inside one event loop."""

    def __init__(self, context: ssl.SSLContext) -> None:
        if not (context.check_hostname and context.verify_mode == ssl.CERT_REQUIRED):
            raise ValueError("the client context must verify certificate and name")
        self._addresses = _Addresses()
        self._session = aiohttp.ClientSession(
            connector=_Connector(
                ssl=context,
                resolver=self._addresses,
                use_dns_cache=False,
                limit=CONNECTIONS_LIMIT,
                limit_per_host=CONNECTIONS_PER_PEER_LIMIT,
                keepalive_timeout=KEEP_ALIVE_SECONDS,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            skip_auto_headers=["User-Agent", "Accept", "Accept-Encoding"],
            headers={"Accept-Encoding": "identity"},
            max_line_size=ANSWER_HEADER_BYTES,
            max_field_size=ANSWER_HEADER_BYTES,
        )

    async def post(
        self,
        peer: Peer,
        path: str,
        body: bytes,
        *,
        deadline_seconds: float,
        max_answer_bytes: int,
    ) -> Answer:
        """Send ``body`` as ``application/jose`` and return the answer, whatever its status.

        ``deadline_seconds`` covers everything from connecting to the answer's last byte. Never
        retried here: whether a repetition is safe is the caller's knowledge. Raises
        ``PeerUnreachable`` (``PeerUntrusted``), ``PeerTimeout``, ``AnswerTooLarge``.
        """
        return await self._exchange("POST", peer, path, body, (deadline_seconds, max_answer_bytes))

    async def get(
        self, peer: Peer, path: str, *, deadline_seconds: float, max_answer_bytes: int
    ) -> Answer:
        """Fetch a public file, such as a log's checkpoint; bounds and errors as for ``post``."""
        return await self._exchange("GET", peer, path, None, (deadline_seconds, max_answer_bytes))

    async def _exchange(
        self,
        method: str,
        peer: Peer,
        path: str,
        body: bytes | None,
        bounds: tuple[float, int],
    ) -> Answer:
        deadline_seconds, max_answer_bytes = bounds
        self._addresses.hosts[(peer.dns_name, peer.port)] = peer.host
        timeout = aiohttp.ClientTimeout(total=deadline_seconds, sock_connect=CONNECT_SECONDS)
        try:
            async with self._session.request(
                method,
                f"https://{peer.dns_name}:{peer.port}{path}",
                data=body,
                headers={"Content-Type": MESSAGE_TYPE} if body is not None else None,
                allow_redirects=False,
                timeout=timeout,
            ) as response:
                received = await _read(response, max_answer_bytes)
                if received is None:
                    response.close()
                    raise AnswerTooLarge(peer, f"answer larger than {max_answer_bytes} bytes")
                later = _retry_after(response.headers.get("Retry-After"))
                return Answer(response.status, received, later)
        except aiohttp.ConnectionTimeoutError as error:
            raise PeerTimeout(peer, f"no connection within {CONNECT_SECONDS} s") from error
        except TimeoutError as error:
            raise PeerTimeout(peer, f"no answer within {deadline_seconds} s") from error
        except (aiohttp.ClientError, OSError) as error:
            refusal = _of_trust(error) or _of_trust(error.__cause__)
            if refusal is not None:
                raise PeerUntrusted(peer, _why(refusal)) from error
            raise PeerUnreachable(peer, type(error).__name__) from error

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


def _of_trust(error: BaseException | None) -> BaseException | None:
    """With what TLS refused somebody; a connection cut in a handshake says nothing of trust."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return error.certificate_error
    if isinstance(error, aiohttp.ClientConnectorError):
        error = error.os_error
    refused = isinstance(error, ssl.SSLError | ssl.CertificateError) and not isinstance(
        error, ssl.SSLEOFError | ssl.SSLZeroReturnError
    )
    return error if refused else None


def _why(refusal: BaseException) -> str:
    """Whose certificate was refused; where its dates do not fit, by whose clock and what to do."""
    now = shown(SystemClock().now())
    if isinstance(refusal, ssl.SSLCertVerificationError):
        wrong = _DATES.get(refusal.verify_code)
        if wrong is not None:
            return f"its certificate {wrong}; this machine's clock shows {now}"
        return "its certificate was refused here"
    if "CERTIFICATE_EXPIRED" in str(getattr(refusal, "reason", "")):
        return f"our certificate has run out by its clock; this machine's shows {now}"
    return "its certificate or ours was refused"


def _retry_after(value: str | None) -> int | None:
    """Whole seconds from 1 to the limit; a date or anything else counts as nothing said."""
    if value is None or not (value.isascii() and value.isdigit()) or len(value) > 9:
        return None
    return max(1, min(int(value), RETRY_AFTER_LIMIT_SECONDS))


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes | None:
    """Return the body, or None when it is larger than ``limit`` bytes."""
    if response.content_length is not None and response.content_length > limit:
        return None
    chunks = []
    left = limit
    while chunk := await response.content.readany():
        left -= len(chunk)
        if left < 0:
            return None
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)

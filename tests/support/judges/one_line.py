"""One TLS connection of one party to another, kept open, to be found again in a trace."""

import http.client
import select
import socket
import ssl
from pathlib import Path
from typing import Self

from renkei.kit.http_client import Peer
from renkei.kit.tls import client_context
from renkei.wire.framing import MESSAGE_TYPE

SECONDS = 30


class OneLine:
    """Posts messages over one connection, one after another."""

    def __init__(self, tls: tuple[Path, Path, Path], peer: Peer) -> None:
        """`tls` is the certificate, its key, and the authority, as files."""
        self._context = client_context(*tls)
        self._peer = peer

    def __enter__(self) -> Self:
        plain = socket.create_connection((self._peer.host, self._peer.port), SECONDS)
        self._socket: ssl.SSLSocket = self._context.wrap_socket(
            plain, server_hostname=self._peer.dns_name
        )
        self.port: int = self._socket.getsockname()[1]
        self._http = http.client.HTTPConnection(self._peer.dns_name, self._peer.port)
        self._http.sock = self._socket
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Post one message; gives status and body."""
        self.send(path, body)
        return self.answer()

    def send(self, path: str, body: bytes) -> None:
        """Send one message and do not wait."""
        self._http.request("POST", path, body, {"Content-Type": MESSAGE_TYPE})

    def answer(self) -> tuple[int, bytes]:
        """The answer to what was sent."""
        answer = self._http.getresponse()
        return answer.status, answer.read()

    def silent(self, seconds: float) -> bool:
        """Whether nothing comes for so long."""
        readable, _, _ = select.select([self._socket], [], [], seconds)
        return not readable and not self._socket.pending()

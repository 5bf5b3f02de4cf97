"""Real certificates and real servers for the tests of the doors."""

from __future__ import annotations

import asyncio
import sqlite3
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvloop

from renkei.kit.certificates import CertificateFiles, create_authority, create_leaf
from renkei.kit.http_client import Peer
from renkei.kit.http_server import App, ServerLimits, listen, serve
from renkei.kit.tls import client_context, server_context

SERVER_NAME = "linkage.renkei.test"
CLIENT_NAME = "city-a.renkei.test"


@dataclass(frozen=True)
class Country:
    """One authority and the certificates it gave to a server and a client."""

    authority: CertificateFiles
    server: CertificateFiles
    client: CertificateFiles

    def server_context(self) -> ssl.SSLContext:
        files = self.server
        return server_context(files.certificate, files.key, self.authority.certificate)

    def client_context(self) -> ssl.SSLContext:
        files = self.client
        return client_context(files.certificate, files.key, self.authority.certificate)


def make_country(folder: Path) -> Country:
    now = datetime.now(UTC)
    authority = create_authority(folder, "test authority", now=now)
    return Country(
        authority,
        create_leaf(authority, folder, SERVER_NAME, now=now),
        create_leaf(authority, folder, CLIENT_NAME, now=now),
    )


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Every asynchronous test of this folder runs on the loop that servers run on."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session")
def country(tmp_path_factory: pytest.TempPathFactory) -> Country:
    return make_country(tmp_path_factory.mktemp("country"))


@pytest.fixture(scope="session")
def abroad(tmp_path_factory: pytest.TempPathFactory) -> Country:
    """The same names, certified by another authority."""
    return make_country(tmp_path_factory.mktemp("abroad"))


@asynccontextmanager
async def running(
    app: App, context: ssl.SSLContext | None, limits: ServerLimits | None = None
) -> AsyncIterator[Peer]:
    """A server in this event loop, stopped and drained at the end."""
    stop = asyncio.Event()
    ports: asyncio.Queue[int] = asyncio.Queue()
    task = asyncio.create_task(
        serve(
            app,
            listen("127.0.0.1"),
            context=context,
            limits=limits,
            ready=ports.put_nowait,
            stop=stop,
        )
    )
    try:
        yield Peer(SERVER_NAME, "127.0.0.1", await asyncio.wait_for(ports.get(), 5))
    finally:
        stop.set()
        await asyncio.wait_for(task, 20)


async def raw(
    peer: Peer, context: ssl.SSLContext, *pieces: bytes, pause: float = 0, seconds: float = 5
) -> bytes:
    """Send bytes as they are and return all that comes until the server hangs up."""
    try:
        reader, writer = await asyncio.open_connection(
            peer.host, peer.port, ssl=context, server_hostname=peer.dns_name
        )
    except ConnectionError:
        return b""  # cut before the handshake
    try:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(pause)
        received = b""
        async with asyncio.timeout(seconds):
            while chunk := await reader.read(65536):
                received += chunk
        return received
    except ConnectionError:
        return received
    finally:
        writer.close()


SCHEMA = """
    CREATE TABLE note (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, count INTEGER NOT NULL);
    CREATE TABLE link (id INTEGER PRIMARY KEY,
                       note INTEGER REFERENCES note (id) DEFERRABLE INITIALLY DEFERRED);
    CREATE TABLE alembic_version (version_num TEXT NOT NULL);
    INSERT INTO alembic_version VALUES ('0001');
"""


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    """A file with the tables of revision 0001, made without the code under test."""
    file = tmp_path / "role.sqlite"
    driver = sqlite3.connect(file)
    driver.executescript(SCHEMA)
    driver.close()
    return file


def names_in(file: Path) -> set[str]:
    """The names that a connection of its own sees in the table ``note``."""
    driver = sqlite3.connect(file)
    found = {row[0] for row in driver.execute("SELECT name FROM note")}
    driver.close()
    return found

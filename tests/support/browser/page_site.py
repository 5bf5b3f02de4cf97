"""The portal's pages on a port, with made-up histories in place of a portal."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from history_views import from_line, many, story

from renkei.kit.http_app import App, build_app
from renkei.kit.http_server import listen, serve
from renkei.kit.pages.door import Door
from renkei.kit.randomness import system_randomness
from renkei.roles.portal.pages.routes import people
from renkei.roles.portal.service.history import Person
from renkei.sandbox.population import PERSONAS
from renkei.wire.errors import WireError
from renkei.wire.history import HistoryFile, HistoryView

START_SECONDS = 30


@dataclass
class Site:
    """The pages at `origin`, showing `view_shown`; `seen` are the addresses asked for."""

    origin: str = ""
    view_shown: HistoryView = field(default_factory=story)
    paged: bool = False
    error: str | None = None
    broken: Exception | None = None
    seen: list[str] = field(default_factory=list)
    clock: datetime = datetime(2026, 11, 20, 5, 32, tzinfo=UTC)
    door: Door[Person] = field(init=False)
    token: str = field(init=False)

    def __post_init__(self) -> None:
        party: Any = SimpleNamespace(now=lambda: self.clock, randomness=system_randomness)
        self.door = people(self, self, PERSONAS, party)
        self.token = self.signed_in()

    def signed_in(self, persona: str = "parent", client: str = "127.0.0.1") -> str:
        """A session, as signing in would open it."""
        return self.door.sessions.open(Person(bytes(32), persona), client).token

    def later(self, **time: float) -> None:
        """Let time pass."""
        self.clock += timedelta(**time)

    async def person(self, persona: str) -> Person:
        """Everybody has the same code, which nothing looks at."""
        if persona not in PERSONAS:
            raise WireError("person-unknown")
        return Person(bytes(32), persona)

    async def view(self, code: bytes, start: int | None) -> HistoryView:
        """The histories a test chose."""
        if self.broken is not None:
            raise self.broken
        if self.error is not None:
            raise WireError(self.error)
        return many(start) if self.paged else from_line(self.view_shown, start)

    async def file(self, code: bytes, part: int, log_size: int | None) -> HistoryFile:
        """No file: whoever asks is told so."""
        raise WireError("unavailable")

    def cookie(self) -> dict[str, str]:
        """What a signed-in browser holds."""
        return {"name": self.door.session_cookie, "value": self.token, "url": self.origin}


def _noting(app: App, site: Site) -> App:
    async def noted(scope: object, receive: object, send: object) -> None:
        site.seen.append(scope["path"] + "?" + scope["query_string"].decode())
        await app(scope, receive, send)

    return noted


@contextmanager
def serving() -> Iterator[Site]:
    """The pages behind the real server, plain HTTP, on a free port of this machine."""
    site, sock = Site(), listen("127.0.0.1")
    site.origin = f"http://127.0.0.1:{sock.getsockname()[1]}"
    app = _noting(build_app([], extra=site.door.handlers(), tell=site.door.tell), site)
    ready, loops, stops = threading.Event(), [], []

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        stops.append(asyncio.Event())
        await serve(app, sock, context=None, ready=lambda _port: ready.set(), stop=stops[0])

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(START_SECONDS)
    try:
        yield site
    finally:
        loops[0].call_soon_threadsafe(stops[0].set)
        thread.join(START_SECONDS)

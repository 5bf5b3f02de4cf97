"""The portal's pages on a port, with made-up histories in place of a portal."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from history_views import many, story

from renkei.kit.http_app import App, build_app
from renkei.kit.http_server import listen, serve
from renkei.roles.portal.pages.screens import COOKIE, screens
from renkei.wire.errors import WireError
from renkei.wire.history import HistoryView

PERSONAS = ("parent", "child", "spouse", "newborn", "stranger")
TOKEN = "open"
START_SECONDS = 30


@dataclass(frozen=True)
class Visitor:
    """Somebody signed in."""

    persona: str = "parent"


@dataclass
class Site:
    """The pages at `origin`, showing `view`; `seen` are the addresses asked for."""

    origin: str = ""
    view_shown: HistoryView = field(default_factory=story)
    paged: bool = False
    error: str | None = None
    seen: list[str] = field(default_factory=list)

    def session(self, token: str) -> Visitor | None:
        """Whoever has the token is the parent."""
        return Visitor() if token == TOKEN else None

    def code_of(self, token: str) -> bytes | None:
        """A code that nothing looks at."""
        return bytes(32) if token == TOKEN else None

    async def view(self, code: bytes, page: int) -> HistoryView:
        """The histories a test chose."""
        if self.error is not None:
            raise WireError(self.error)
        return many(page) if self.paged else self.view_shown

    def cookie(self) -> dict[str, str]:
        """What a signed-in browser holds."""
        return {"name": COOKIE, "value": TOKEN, "url": self.origin}


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
    app = _noting(build_app([], extra=screens(site, PERSONAS)), site)
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

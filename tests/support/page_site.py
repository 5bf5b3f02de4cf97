"""A tiny server for the portal's pages, as tests look at them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from history_views import many, story

from renkei.kit.pages import SECURITY_HEADERS, negotiate, stylesheet
from renkei.roles.portal.pages import addresses, shown
from renkei.wire.history import HistoryView

PERSONAS = ("parent", "child", "spouse", "newborn", "stranger")


@dataclass
class Site:
    """The pages at an address, showing `view`; `seen` are the addresses asked for."""

    origin: str = ""
    view: HistoryView = field(default_factory=story)
    paged: bool = False
    seen: list[str] = field(default_factory=list)

    def page(self, path: str, query: dict[str, str], accept: str | None) -> tuple[int, str]:
        """Status and HTML of a path, as the portal answers it."""
        visit = shown.Visit(negotiate(query.get("lang"), accept), persona="parent")
        number = int(query.get("page", "1"))
        if path == addresses.HISTORY:
            view = many(number) if self.paged else self.view
            return 200, shown.history_page(view, visit, page=number)
        if path == addresses.LINE:
            place = int(query["place"])
            for line in self.view.lines:
                if line.number == place:
                    return 200, shown.line_page(self.view, line, visit)
            return 404, shown.error_page("line-unknown", visit)
        if path == addresses.SAVE:
            return 200, shown.save_page(self.view, visit)
        if path == addresses.WRONG:
            return 200, shown.wrong_page(visit)
        if path == addresses.SIGN_IN:
            return 200, shown.sign_in_page(PERSONAS, shown.Visit(visit.language))
        if path == "/broken":
            return 503, shown.error_page("overloaded", visit, incident="bcdfghjk")
        return 404, shown.error_page("not-found", visit)


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/favicon.ico":
                return self._send(204, "image/x-icon", b"")
            site.seen.append(self.path)
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == addresses.STYLE:
                return self._send(200, "text/css; charset=utf-8", stylesheet())
            status, html = site.page(parts.path, query, self.headers.get("accept-language"))
            return self._send(status, "text/html; charset=utf-8", html.encode())

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            for name, value in SECURITY_HEADERS.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Nothing on the terminal."""

    return Handler


@contextmanager
def serving() -> Iterator[Site]:
    """The portal's pages on a free port of this machine."""
    made = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))
    made.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)

"""The pages at their addresses: reads a session, a language and a page number, nothing more (画面).

Only GET. A wrong address, a session that ran out and an error of the closed list are pages too.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol

from litestar import Request, Response, get
from litestar.types import ControllerRouterHandler

from renkei.kit.pages import SECURITY_HEADERS, negotiate, stylesheet
from renkei.roles.portal.pages import addresses, shown
from renkei.roles.portal.pages.shown import Visit
from renkei.wire.errors import ERRORS, WireError
from renkei.wire.history import HistoryLine, HistoryView

COOKIE: Final = "renkei-session"
HTML: Final = "text/html; charset=utf-8"
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
_SIGNED_OUT: Final = 401
_UNKNOWN: Final = 404

Asked = Request[Any, Any, Any]
Shown = Callable[[HistoryView, Visit], Awaitable[Response[str]]]


class Session(Protocol):
    """Somebody who signed in (閲覧者)."""

    @property
    def persona(self) -> str:
        """SANDBOX: as which persona."""


class Reader(Protocol):
    """What the pages need of the portal's service (閲覧)."""

    def session(self, token: str) -> Session | None:
        """The session a token belongs to, unless it has run out."""

    def code_of(self, token: str) -> bytes | None:
        """The code of whoever holds this token."""

    async def view(self, code: bytes, page: int) -> HistoryView:
        """Page 1, 2, … of a code's lines, newest first; WireError where there is none."""


def screens(reader: Reader, personas: Sequence[str]) -> list[ControllerRouterHandler]:
    """The handlers of all pages and of their style sheet."""
    return [*_history(reader), *_open(reader, personas)]


def _history(reader: Reader) -> list[ControllerRouterHandler]:
    """Pages for whoever is signed in."""

    @get("/history")
    async def history(request: Asked) -> Response[str]:
        """The history, newest first: `?page=2` and on."""

        async def show(view: HistoryView, visit: Visit) -> Response[str]:
            return page(shown.history_page(view, visit, page=_number(request, "page")))

        return await _signed_in(reader, request, show, _number_of(request, "page"))

    @get("/history/line")
    async def line(request: Asked) -> Response[str]:
        """One line, by its place in the person's own history: `?place=3`."""

        async def show(view: HistoryView, visit: Visit) -> Response[str]:
            found = await _find(reader, request, view)
            if found is None:
                return page(shown.error_page("line-unknown", visit), _UNKNOWN)
            return page(shown.line_page(view, found, visit))

        return await _signed_in(reader, request, show)

    @get("/history/save")
    async def save(request: Asked) -> Response[str]:
        """The file behind its warning."""

        async def show(view: HistoryView, visit: Visit) -> Response[str]:
            return page(shown.save_page(view, visit))

        return await _signed_in(reader, request, show)

    return [history, line, save]


def _open(reader: Reader, personas: Sequence[str]) -> list[ControllerRouterHandler]:
    """Pages for everybody, and the style sheet."""

    @get("/")
    async def door(request: Asked) -> Response[str]:
        """To the history."""
        return leading(addresses.address(addresses.HISTORY, visit_of(reader, request).language))

    @get("/history/wrong")
    async def wrong(request: Asked) -> Response[str]:
        """What to do if something looks wrong."""
        return page(shown.wrong_page(visit_of(reader, request)))

    @get("/sandbox")
    async def sign_in(request: Asked) -> Response[str]:
        """SANDBOX: whom to look as."""
        return page(shown.sign_in_page(personas, visit_of(reader, request)))

    @get("/style.css", media_type="text/css")
    async def style() -> Response[bytes]:
        """The one style sheet."""
        return Response(stylesheet(), media_type="text/css", headers=dict(SECURITY_HEADERS))

    return [door, wrong, sign_in, style]


def visit_of(reader: Reader, request: Asked) -> Visit:
    """Who is looking, in the language asked for or the first one the browser accepts."""
    session = reader.session(_token(request))
    language = negotiate(request.query_params.get("lang"), request.headers.get("accept-language"))
    return Visit(language, None if session is None else session.persona)


def page(html: str, status: int = 200) -> Response[str]:
    """A page with all headers of a page."""
    return Response(html, status_code=status, media_type=HTML, headers=dict(SECURITY_HEADERS))


def leading(address: str) -> Response[str]:
    """Leads a browser on, with GET, to an address of ours."""
    headers = {**SECURITY_HEADERS, "location": address}
    return Response("", status_code=303, media_type=HTML, headers=headers)


def failed(error: WireError, visit: Visit) -> Response[str]:
    """An error of the closed list as a page."""
    html = shown.error_page(error.code, visit, article=error.article)
    return page(html, ERRORS[error.code].status)


def wants_page(request: Asked) -> bool:
    """Whether a browser asks, not a program: it names HTML first."""
    return request.headers.get("accept", "").startswith("text/html")


async def _signed_in(
    reader: Reader, request: Asked, show: Shown, number: int | None = 1
) -> Response[str]:
    visit = visit_of(reader, request)
    code = reader.code_of(_token(request))
    if code is None or visit.persona is None:
        return page(shown.error_page("signed-out", visit), _SIGNED_OUT)
    try:
        if number is None:
            raise WireError("malformed", "A page is a number, e.g. ?page=2.")
        return await show(await reader.view(code, number), visit)
    except WireError as error:
        return failed(error, visit)


async def _find(reader: Reader, request: Asked, newest: HistoryView) -> HistoryLine | None:
    """The line at the place asked for, read from the page it stands on."""
    place, code = _number_of(request, "place"), reader.code_of(_token(request))
    if place is None or code is None or place > newest.total:
        return None
    number = shown.page_of(place, newest.total)
    view = newest if number == 1 else await reader.view(code, number)
    return next((line for line in view.lines if line.number == place), None)


def _number(request: Asked, name: str) -> int:
    return _number_of(request, name) or 1


def _number_of(request: Asked, name: str) -> int | None:
    """A number of an address, 1 where there is none; None for what is no number."""
    asked = request.query_params.get(name, "1")
    return int(asked) if _NUMBER.fullmatch(asked) else None


def _token(request: Asked) -> str:
    return request.cookies.get(COOKIE, "")

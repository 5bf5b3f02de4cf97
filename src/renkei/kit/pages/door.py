"""The door where people come in: nobody reaches a page but through its checks (画面の受付).

In this order: the host, the address, the method, the session, the form's token. Every error is a
page in the visitor's language, with its status; a program that names no HTML gets JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any, Final, Generic
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
from litestar.handlers import asgi
from litestar.types import ControllerRouterHandler, Receive, Scope, Send
from markupsafe import Markup

from renkei.kit.http_forms import ERROR_TYPE, Outgoing, error_body
from renkei.kit.incidents import Incidents
from renkei.kit.limits import TurnedAway
from renkei.kit.pages.asking import HTML, Answer, Asked, PageError, leading, page
from renkei.kit.pages.frame import (
    SIGN_OUT,
    SIGNED_OUT,
    STAY,
    STYLE,
    SignedIn,
    Site,
    Visit,
    address,
    show,
)
from renkei.kit.pages.incoming import LOCAL_HOSTS, Head, read_body, read_form, read_head
from renkei.kit.pages.rendering import SECURITY_HEADERS, stylesheet
from renkei.kit.pages.routes import PUBLIC, SIGNED_IN, PageRoute, get, post
from renkei.kit.pages.sessions import TOKEN_BYTES, Session, Sessions, Who
from renkei.kit.pages.texts import Texts, negotiate, texts
from renkei.kit.pages.tokens import FIELD, form_token, is_form_token
from renkei.kit.pages.trouble import (
    SIGNED_OUT_CODES,
    Trouble,
    retry_after,
    status_of,
    trouble_answer,
    trouble_of,
)
from renkei.wire.errors import WireError

HANDLER_SECONDS: Final = 30.0
_SIGNED_OUT: Final = 401
_COOKIE: Final = "Path=/; HttpOnly; SameSite=strict"
"""Without an age: it goes with the browser's window, the session ends by our own clock."""


class Door(Generic[Who]):
    """All addresses of one role's people, behind one set of checks (受付).

    `label` says as whom somebody is signed in; `hosts` are the names this door is reached by.
    Besides `routes` there are those every door has: style sheet, staying signed in, signing out.
    """

    def __init__(
        self,
        site: Site,
        routes: Sequence[PageRoute],
        sessions: Sessions[Who],
        *,
        label: Callable[[Who, Texts], Markup],
        randomness: Callable[[int], bytes],
        hosts: frozenset[str] = LOCAL_HOSTS,
    ) -> None:
        self.site = site
        self.sessions = sessions
        self.routes = (*routes, *self._own_routes())
        self._label = label
        self._randomness = randomness
        self._hosts = hosts
        self._secret = randomness(TOKEN_BYTES)
        self._incidents = Incidents(randomness)
        self._table: dict[str, dict[str, PageRoute]] = {}
        for route in self.routes:
            methods = self._table.setdefault(route.path, {})
            if route.method in methods:
                raise ValueError(f"{route.method} {route.path} stands twice")
            methods[route.method] = route

    @property
    def session_cookie(self) -> str:
        """The cookie of the session; browsers share cookies between ports, so it names the role."""
        return f"renkei-{self.site.role}-session"

    @property
    def visitor_cookie(self) -> str:
        """The cookie that ties a form to a browser in which nobody has signed in."""
        return f"renkei-{self.site.role}-visitor"

    def handlers(self) -> list[ControllerRouterHandler]:
        """For `build_app(extra=…)`: everything below `/` comes here."""

        @asgi("/", is_mount=True, copy_scope=False)
        async def people(scope: Scope, receive: Receive, send: Send) -> None:
            await self._serve(scope, receive, send)

        return [people]

    def tell(self, scope: Any, refused: Outgoing) -> Outgoing:
        """For `build_app(tell=…)`: a refusal before any route, as a page."""
        code = "internal"
        with contextlib.suppress(msgspec.DecodeError, KeyError):
            code = msgspec.json.decode(refused.body)["error"]
        trouble = Trouble(code, refused.status)
        answer = trouble_answer(self.site, self._visit(read_head(scope), None, ""), trouble)
        headers = {**SECURITY_HEADERS, **answer.headers}
        return Outgoing(answer.status, answer.body, HTML, headers)

    # -- one request -------------------------------------------------------------------------

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = read_head(scope)
        holder = head.cookies.get(self.visitor_cookie, "")
        fresh = "" if holder else self._randomness(TOKEN_BYTES).hex()
        asked: Asked[Who] = Asked(self._visit(head, None, holder or fresh), head.query, head.client)
        try:
            answer = await self._answer(head, asked, receive)
        except (WireError, PageError, TurnedAway) as error:
            answer = self._failed(head, asked, trouble_of(error))
        except Exception as error:
            incident = self._incidents.note(error, head.path)
            trouble = Trouble("internal", status_of("internal"), incident=incident)
            answer = self._failed(head, asked, trouble)
        cookies = self._cookies(head, asked)
        if fresh and answer.media_type == HTML and asked.session is None:
            cookies.append(f"{self.visitor_cookie}={fresh}; {_COOKIE}")
        await _send(send, answer, cookies, empty=head.method == "HEAD")

    async def _answer(self, head: Head, asked: Asked[Who], receive: Receive) -> Answer:
        head.check_host(self._hosts)
        token = head.cookies.get(self.session_cookie, "")
        asked.session = self.sessions.use(token)
        holder = token if asked.session else head.cookies.get(self.visitor_cookie, "")
        asked.visit = self._visit(head, asked.session, holder) if holder else asked.visit
        route = self._route(head)
        if route.access.signed_in and asked.session is None:
            raise PageError("ran-out" if token else "never-signed-in", _SIGNED_OUT)
        granted = asked.session.grants if asked.session else frozenset()
        if route.access.grant is not None and route.access.grant not in granted:
            raise PageError("not-granted", 403)
        if route.method == "POST":
            await self._take(route, head, asked, holder, receive)
        try:
            async with asyncio.timeout(HANDLER_SECONDS):
                return await route.handler(asked)
        except TimeoutError:
            raise PageError("timeout", status_of("timeout")) from None

    def _route(self, head: Head) -> PageRoute:
        methods = self._table.get(head.path)
        if methods is None:
            raise PageError("not-found", 404)
        method = "GET" if head.method == "HEAD" else head.method
        if method not in methods:
            raise PageError("method-not-allowed", 405)
        return methods[method]

    async def _take(
        self,
        route: PageRoute,
        head: Head,
        asked: Asked[Who],
        holder: str,
        receive: Receive,
    ) -> None:
        """Read what was sent, and refuse what did not come from a page or program of ours."""
        head.check_origin()
        body = await read_body(head, receive, route.max_body_bytes)
        kind = head.headers.get("content-type", "").partition(";")[0].strip().lower()
        if route.for_programs:
            if kind != route.gives:  # a form cannot send it, another site's script may not
                raise PageError("media-type", 415)
            asked.body = body
            return
        asked.form = read_form(head, body)
        if not is_form_token(self._secret, holder, asked.form.text(FIELD)):
            raise PageError("form-outdated", 403)

    def _visit(self, head: Head, session: Session[Who] | None, holder: str) -> Visit:
        language = negotiate(head.query.get("lang"), head.headers.get("accept-language"))
        signed_in = None
        if session is not None:
            label = self._label(session.who, texts(language, self.site.role))
            last = session.ends_at >= session.ends_at_latest
            signed_in = SignedIn(label, session.ends_at, last)
        return Visit(language, signed_in, form_token(self._secret, holder) if holder else "")

    # -- answers -----------------------------------------------------------------------------

    def _failed(self, head: Head, asked: Asked[Who], trouble: Trouble) -> Answer:
        """An error as a page, or as JSON where a program asks an address that gives JSON."""
        known = self._table.get(head.path, {})
        headers = dict(retry_after(trouble))
        if trouble.code == "method-not-allowed":
            headers["allow"] = ", ".join(route.allowed for route in known.values())
        if any(route.for_programs for route in known.values()) and not head.wants_page:
            code = "signed-out" if trouble.code in SIGNED_OUT_CODES else trouble.code
            body = error_body(code, _DETAILS.get(code, ""), trouble.incident)
            return Answer(body, trouble.status, ERROR_TYPE, headers)
        answer = trouble_answer(self.site, asked.visit, trouble)
        return Answer(answer.body, answer.status, headers={**answer.headers, **headers})

    def _cookies(self, head: Head, asked: Asked[Who]) -> list[str]:
        """What the answer does to the browser's session: opens one, ends it, or neither."""
        token = head.cookies.get(self.session_cookie, "")
        if asked.opened is not None:
            session = self.sessions.open(
                asked.opened, head.client, instead_of=token, grants=asked.grants
            )
            return [f"{self.session_cookie}={session.token}; {_COOKIE}"]
        if asked.ended:
            self.sessions.end(token)
            return [f"{self.session_cookie}=; {_COOKIE}; Max-Age=0"]
        return []

    # -- what every door has -----------------------------------------------------------------

    def _own_routes(self) -> list[PageRoute]:
        return [
            get("/", PUBLIC, self._home),
            get(STYLE, PUBLIC, self._style, "text/css"),
            post(STAY, SIGNED_IN, self._stay),
            post(SIGN_OUT, PUBLIC, self._sign_out),
            get(SIGNED_OUT, PUBLIC, self._signed_out),
        ]

    async def _home(self, asked: Asked[Who]) -> Answer:
        """To the page that a signed-in person starts from."""
        return leading(address(self.site.home, asked.language))

    async def _style(self, _asked: Asked[Who]) -> Answer:
        return Answer(stylesheet(), media_type="text/css")

    async def _stay(self, asked: Asked[Who]) -> Answer:
        """Back to the page it was pressed on; coming here has moved the end already."""
        home = leading(address(self.site.home, asked.language))
        try:
            back = urlsplit(asked.form.text("back"))
            query = urlencode(parse_qsl(back.query, keep_blank_values=True))
        except ValueError:
            return home
        known = back.path in self._table and "GET" in self._table[back.path]
        if back.scheme or back.netloc or not known:
            return home
        return leading(f"{back.path}?{query}" if query else back.path)

    async def _sign_out(self, asked: Asked[Who]) -> Answer:
        asked.sign_out()
        return leading(address(SIGNED_OUT, asked.language))

    async def _signed_out(self, asked: Asked[Who]) -> Answer:
        t = texts(asked.language, self.site.role)
        title = t.plain("signed-out.title")
        again = address(self.site.sign_in, asked.language)
        return page(
            show(self.site, asked.visit, "signed_out.html", title, (SIGNED_OUT, {}), again=again)
        )


_DETAILS: Final = {
    "signed-out": "Sign in first.",
    "not-found": "There is nothing at this path.",
    "method-not-allowed": "This path takes another method.",
}
"""What a program is told besides the code."""


async def _send(send: Any, answer: Answer, cookies: Sequence[str], *, empty: bool) -> None:
    pairs = [*answer.all_headers().items(), *(("set-cookie", cookie) for cookie in cookies)]
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if empty else answer.body})

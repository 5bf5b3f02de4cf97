"""The people's door: sign in, read one's history, take it away (本人向けの窓口).

Plain HTTP on this machine, in the sandbox only. No page names a person: who is signed in is a
random token in a cookie.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.types import ControllerRouterHandler

from renkei.kit.http_app import ERROR_TYPE, error_body
from renkei.roles.portal import rules
from renkei.roles.portal.pages import screens
from renkei.roles.portal.pages.addresses import HISTORY, address
from renkei.roles.portal.pages.screens import COOKIE
from renkei.roles.portal.service.download import DownloadService
from renkei.roles.portal.service.history import HistoryService
from renkei.wire.errors import WireError
from renkei.wire.history import write_file

FILE_NAME: Final = "renkei-history.json"
_JSON: Final = "application/json"
_HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def people(
    history: HistoryService, download: DownloadService, personas: Sequence[str]
) -> list[ControllerRouterHandler]:
    """All handlers of the people's listener; `personas` are offered on the sandbox's door."""
    return [
        *_reading(history, download),
        *_sessions(history),
        *screens.screens(history, personas),
    ]


def _reading(history: HistoryService, download: DownloadService) -> list[ControllerRouterHandler]:
    @get("/api/history")
    async def view(request: Request[Any, Any, Any]) -> Response[bytes]:
        """A page of the signed-in person's history, newest first: `?page=1` and on."""
        code = _code(history, request)
        if code is None:
            return _signed_out()
        try:
            shown = await history.view(code, _page(request))
        except WireError as error:
            return _failed(error)
        return _answer(msgspec.json.encode(shown))

    @get("/api/history/file")
    async def file(request: Request[Any, Any, Any]) -> Response[bytes]:
        """The signed-in person's history as a file that `renkei verify` checks."""
        code = _code(history, request)
        if code is None:
            return _signed_out()
        try:
            made = await download.file(code)
        except WireError as error:
            return _failed(error)
        disposition = {"content-disposition": f'attachment; filename="{FILE_NAME}"'}
        return _answer(write_file(made), headers=disposition)

    return [view, file]


def _sessions(history: HistoryService) -> list[ControllerRouterHandler]:
    @get("/sandbox/sign-in/{persona:str}")
    async def sign_in(request: Request[Any, Any, Any]) -> Response[Any]:
        """SANDBOX: sign a persona in by a real acquisition."""
        persona = str(request.path_params["persona"])
        try:
            session = await history.sign_in(persona)
        except WireError as error:
            if screens.wants_page(request):
                return screens.failed(error, screens.visit_of(history, request))
            return _failed(error)
        cookie = Cookie(
            key=COOKIE,
            value=session.token,
            max_age=rules.SESSION_SECONDS,
            httponly=True,
            samesite="strict",
        )
        if screens.wants_page(request):
            language = screens.visit_of(history, request).language
            answer = screens.leading(address(HISTORY, language))
            answer.set_cookie(cookie)
            return answer
        body = {"sandbox": True, "persona": persona, "expires_at": session.expires_at}
        return _answer(msgspec.json.encode(body), cookies=[cookie])

    @post("/sign-out", status_code=200)
    async def sign_out(request: Request[Any, Any, Any]) -> Response[bytes]:
        """End the session."""
        history.sign_out(request.cookies.get(COOKIE, ""))
        gone = Cookie(key=COOKIE, value="", max_age=0, httponly=True, samesite="strict")
        return _answer(b"{}", cookies=[gone])

    return [sign_in, sign_out]


def _page(request: Request[Any, Any, Any]) -> int:
    """The page asked for; raises WireError for what is no number."""
    asked = request.query_params.get("page", "1")
    if not re.fullmatch(r"[0-9]{1,4}", asked, re.ASCII):
        raise WireError("malformed", "A page is a number, e.g. ?page=2.")
    return int(asked)


def _code(history: HistoryService, request: Request[Any, Any, Any]) -> bytes | None:
    return history.code_of(request.cookies.get(COOKIE, ""))


def _answer(
    body: bytes, *, headers: dict[str, str] | None = None, cookies: list[Cookie] | None = None
) -> Response[bytes]:
    return Response(
        body, media_type=_JSON, headers={**_HEADERS, **(headers or {})}, cookies=cookies or []
    )


def _signed_out() -> Response[bytes]:
    body = error_body("signed-out", "Sign in first, at /sandbox/sign-in/PERSONA.")
    return Response(body, status_code=401, media_type=ERROR_TYPE, headers=_HEADERS)


def _failed(error: WireError) -> Response[bytes]:
    headers = dict(_HEADERS)
    if error.retry_after_seconds:
        headers["retry-after"] = str(error.retry_after_seconds)
    body = error_body(error.code, error.detail)
    return Response(body, status_code=error.kind.status, media_type=ERROR_TYPE, headers=headers)

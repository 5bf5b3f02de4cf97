"""The people's door over real HTTP: nothing without a session, and a file that verifies."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from portal_running import RunningPortal

from renkei.kit import http_server
from renkei.roles.portal.pages.routes import COOKIE, people
from renkei.roles.portal.service.history import Session
from renkei.wire.history import read_file
from renkei.wire.verifying import verify


@asynccontextmanager
async def _door(portal: RunningPortal) -> AsyncIterator[str]:
    app = http_server.build_app([], extra=people(portal.history, portal.download, ["parent"]))
    sock = http_server.listen("127.0.0.1")
    ready, stop = asyncio.Event(), asyncio.Event()
    serving = asyncio.create_task(
        http_server.serve(app, sock, context=None, ready=lambda _: ready.set(), stop=stop)
    )
    await ready.wait()
    try:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        stop.set()
        await serving


async def _get(url: str, token: str = "", method: str = "GET") -> tuple[int, bytes, str]:
    request = urllib.request.Request(url, method=method, headers={"cookie": f"{COOKIE}={token}"})

    def fetch() -> tuple[int, bytes, str]:
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read(), answer.headers.get("set-cookie", "")
        except urllib.error.HTTPError as error:
            return error.code, error.read(), ""

    return await asyncio.to_thread(fetch)


async def _signed_in(portal: RunningPortal, code: bytes) -> Session:
    """A session for a code, as a sign-in would open it."""

    async def of_persona(_persona: str) -> bytes:
        return code

    portal.codes.of_persona = of_persona  # type: ignore[method-assign]
    return await portal.history.sign_in("parent")


async def test_without_a_session_nothing_is_shown(portal: RunningPortal) -> None:
    """History and file answer 401 to nobody, to a wrong token and after signing out."""
    _, code = await portal.person()
    async with _door(portal) as door:
        session = await _signed_in(portal, code)
        assert (await _get(f"{door}/api/history", session.token))[0] == 200
        await _get(f"{door}/sign-out", session.token, "POST")
        for token in ("", "f" * 64, session.token):
            for path in ("/api/history", "/api/history/file"):
                status, body, _ = await _get(door + path, token)
                assert status == 401
                assert json.loads(body)["error"] == "signed-out"


async def test_a_person_reads_and_takes_away_their_history(portal: RunningPortal) -> None:
    """The page shows the line, and the file downloaded over HTTP verifies."""
    base, code = await portal.person()
    portal.network.exchange(base)
    await portal.state()
    async with _door(portal) as door:
        token = (await _signed_in(portal, code)).token
        _, body, _ = await _get(f"{door}/api/history", token)
        assert json.loads(body)["total"] == 1
        status, data, _ = await _get(f"{door}/api/history/file", token)
        assert status == 200
        assert verify(read_file(data), portal.network.anchors).witnessed
        assert (await _get(f"{door}/api/history?page=0", token))[0] == 400
        assert (await _get(f"{door}/api/history?page=x", token))[0] == 400


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(
    portal: RunningPortal,
) -> None:
    """Signing in sets a cookie that is HttpOnly and SameSite=Strict and ends in half an hour."""
    _, code = await portal.person()
    await _signed_in(portal, code)
    async with _door(portal) as door:
        status, body, cookie = await _get(f"{door}/sandbox/sign-in/parent")
        assert status == 200
        assert json.loads(body)["sandbox"] is True
        for word in ("HttpOnly", "SameSite=strict", "Max-Age=1800", "Path=/"):
            assert word in cookie


async def test_a_persona_that_cannot_be_is_refused(portal: RunningPortal) -> None:
    """A name outside the pattern of personas is refused before any number is drawn."""
    async with _door(portal) as door:
        status, _, _ = await _get(f"{door}/sandbox/sign-in/%E2%80%AE{'x' * 60}")
    assert status == 404
    assert portal.network.calls == []

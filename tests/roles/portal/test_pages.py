"""The people's door over real HTTP: nothing without a session, and a file that verifies."""

import asyncio
import json
import re
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from portal_running import RunningPortal

from renkei.kit import http_server
from renkei.kit.pages.door import Door
from renkei.roles.portal.service.history import Person
from renkei.wire.history import read_file
from renkei.wire.verifying import verify


@dataclass
class Opened:
    """The portal's people's door on a port of this machine."""

    origin: str
    door: Door[Person]

    def signed_in(self, code: bytes) -> str:
        """The token of a session for a code, as a sign-in would open it."""
        return self.door.sessions.open(Person(code, "parent"), "127.0.0.1").token

    async def ask(
        self, path: str, token: str = "", sent: bytes | None = None
    ) -> tuple[int, bytes, str]:
        """Status, body and cookie of a GET, or of a POST of JSON."""
        headers = {"cookie": f"{self.door.session_cookie}={token}"} if token else {}
        if sent is not None:
            headers["content-type"] = "application/json"
        request = urllib.request.Request(self.origin + path, data=sent, headers=headers)

        def fetch() -> tuple[int, bytes, str]:
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    return answer.status, answer.read(), answer.headers.get("set-cookie", "")
            except urllib.error.HTTPError as error:
                return error.code, error.read(), ""

        return await asyncio.to_thread(fetch)


@asynccontextmanager
async def _door(portal: RunningPortal) -> AsyncIterator[Opened]:
    door = portal.portal.running.people
    assert door is not None
    app = http_server.build_app([], extra=door.handlers(), tell=door.tell)
    sock = http_server.listen("127.0.0.1")
    ready, stop = asyncio.Event(), asyncio.Event()
    serving = asyncio.create_task(
        http_server.serve(app, sock, context=None, ready=lambda _: ready.set(), stop=stop)
    )
    await ready.wait()
    try:
        yield Opened(f"http://127.0.0.1:{sock.getsockname()[1]}", door)
    finally:
        stop.set()
        await serving


async def test_without_a_session_nothing_is_shown(portal: RunningPortal) -> None:
    """History and file answer 401 to nobody, to a wrong token and after signing out."""
    _, code = await portal.person()
    async with _door(portal) as door:
        token = door.signed_in(code)
        assert (await door.ask("/api/history", token))[0] == 200
        door.door.sessions.end(token)
        for one in ("", "f" * 64, token):
            for path in ("/api/history", "/api/history/file"):
                status, body, _ = await door.ask(path, one)
                assert status == 401
                assert json.loads(body)["error"] == "signed-out"


async def test_a_person_reads_and_takes_away_their_history(portal: RunningPortal) -> None:
    """The page shows the line, and the file downloaded over HTTP verifies."""
    base, code = await portal.person()
    portal.network.exchange(base)
    await portal.state()
    async with _door(portal) as door:
        token = door.signed_in(code)
        _, body, _ = await door.ask("/api/history", token)
        assert json.loads(body)["total"] == 1
        status, data, _ = await door.ask("/api/history/file", token)
        assert status == 200
        assert verify(read_file(data), portal.network.anchors).witnessed
        assert (await door.ask("/api/history?from=0", token))[0] == 400
        assert (await door.ask("/api/history?from=x", token))[0] == 400


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(
    portal: RunningPortal,
) -> None:
    """Signing in sets a cookie that is HttpOnly, SameSite=Strict, and goes with the window."""
    _, code = await portal.person()

    async def of_persona(_persona: str) -> bytes:
        return code

    portal.codes.of_persona = of_persona  # type: ignore[method-assign]
    async with _door(portal) as door:
        status, body, cookie = await door.ask("/api/session", sent=b'{"persona":"parent"}')
        assert status == 200
        assert json.loads(body) == {"sandbox": True, "persona": "parent"}
        assert re.fullmatch(
            "renkei-portal-session=[0-9a-f]{64}; Path=/; HttpOnly; SameSite=strict", cookie
        )


async def test_a_persona_that_cannot_be_is_refused(portal: RunningPortal) -> None:
    """A name outside the pattern of personas is refused before any number is drawn."""
    async with _door(portal) as door:
        sent = json.dumps({"persona": "\u202e" + "x" * 60}).encode()
        assert (await door.ask("/api/session", sent=sent))[0] == 404
        assert (await door.ask("/api/session", sent=b"[]"))[0] == 400
    assert portal.network.calls == []

"""A running country one of whose processes lies, and a person who reads there (嘘つきのいる国)."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import placing
from running import RunningCountry

from renkei.kit.database.migration import upgrade
from renkei.run.roles import ROLES
from renkei.sandbox.country import ANCHORS
from renkei.wire.history import Anchors, HistoryFile, read_file

LIARS = Path(__file__).parents[1] / "doubles" / "lying_roles.py"
LOOK_SECONDS = 0.3
MINUTE_SECONDS = 60
"""Within which a lie must be found."""


class LyingCountry(RunningCountry):
    """A country of real processes, of which one may be stopped and started again as a liar."""

    def turn(self, party: str, lie: str) -> None:
        """Stop a party's process and start it again with a lie of `liars`."""
        self.kill(party)
        config, role = self.country.config_path(party), self.country.config(party).role
        process = subprocess.Popen(
            [sys.executable, str(LIARS), lie, role, str(config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.hear(party, process)

    def hear(self, party: str, process: subprocess.Popen[bytes]) -> None:
        """Wait until a process that was just started listens; it is stopped with the country."""
        assert process.stderr is not None
        self._again.append(process)
        self.pids[party] = process.pid
        said = b""
        for line in process.stderr:
            if b" listens on " in line:
                return
            said += line
        raise AssertionError(f"{party} did not start: {said[-800:].decode()}")

    def empty(self, party: str) -> None:
        """Take a stopped party's database away and make a new one, as an operator would."""
        at = self.country.database(party)
        placing.emptied(at)
        upgrade(ROLES[self.country.config(party).role].migrations, at)

    @property
    def anchors(self) -> Anchors:
        """The keys a verifier starts from."""
        return msgspec.json.decode((self.folder / ANCHORS).read_bytes(), type=Anchors)

    def findings(self, kind: str | None = None) -> list[dict[str, Any]]:
        """What the Commission has found, each with its evidence as bytes."""
        rows = self.rows(
            "oversight", "SELECT kind, possible, subject, detail, evidence, excluded FROM finding"
        )
        found = [
            {
                "kind": row[0],
                "possible": json.loads(row[1]),
                "excluded": json.loads(row[5]),
                "subject": row[2],
                "detail": row[3],
                "evidence": msgspec.json.decode(row[4], type=list[bytes]),
            }
            for row in rows
        ]
        return [one for one in found if kind in (None, one["kind"])]

    async def until(self, happened: Callable[[], Any], sentence: str) -> Any:
        """Look again and again until something is there; a minute at most."""
        end = time.monotonic() + MINUTE_SECONDS
        while time.monotonic() < end:
            if found := happened():
                return found
            await asyncio.sleep(LOOK_SECONDS)
        raise AssertionError(f"{sentence}; found: {self.findings()}")


class Reader:
    """A person at the portal's door; use it in `async with`."""

    def __init__(self, country: RunningCountry, persona: str = "parent") -> None:
        self._door = country.country.people_address("portal")
        self._persona = persona

    async def __aenter__(self) -> "Reader":
        jar = aiohttp.CookieJar(unsafe=True)
        self._session = aiohttp.ClientSession(cookie_jar=jar, trust_env=False)
        try:
            await self.sign_in()
        except BaseException:
            await self._session.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def sign_in(self) -> None:
        """Open a session; anew after the portal was started again."""
        asked = {"persona": self._persona}
        async with self._session.post(f"{self._door}/api/session", json=asked) as answer:
            assert answer.status == 200, await answer.text()

    async def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of a page or file."""
        async with self._session.get(f"{self._door}{path}", allow_redirects=False) as answer:
            return answer.status, await answer.read()

    async def file(self, query: str = "") -> HistoryFile:
        """The file, or one part of it."""
        status, body = await self.get(f"/api/history/file{query}")
        assert status == 200, body[:300]
        return read_file(body)

    async def stated(self, tx: str) -> HistoryFile:
        """The file once the Commission has stated a ledger with a transaction's line."""
        end = time.monotonic() + MINUTE_SECONDS
        while time.monotonic() < end:
            file = await self.file()
            if file.statement is not None and any(tx.encode() in one.record for one in file.lines):
                return file
            await asyncio.sleep(LOOK_SECONDS)
        raise AssertionError("no ledger with this line was stated")

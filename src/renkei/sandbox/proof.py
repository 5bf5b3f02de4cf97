"""The person's side of the story: what the parent sees, and that it is whole (開示と検証).

The parent signs in at the portal's people's door like anybody, waits until the Commission stands
for the new lines, downloads the history and has it verified with keys from outside the file.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec

from renkei.sandbox.country import ANCHORS, HISTORY, Country
from renkei.wire.history import Anchors, HistoryLine, HistoryView, read_file
from renkei.wire.names import PORTAL
from renkei.wire.verifying import Report, verify

WITNESSED_SECONDS: Final = 60
POLL_SECONDS: Final = 0.2
ANSWER_BYTES_LIMIT: Final = 64 * 1024 * 1024


class ProofFailed(Exception):
    """The person's side did not show what it must; the message says what."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What the parent sees and what was verified."""

    lines: list[HistoryLine]
    report: Report
    file: Path


async def prove(country: Country, persona: str, transactions: set[str]) -> Proof:
    """Sign in, wait for the lines of these transactions to be witnessed, download and verify."""
    door = country.people_address(PORTAL)
    jar = aiohttp.CookieJar(unsafe=True)  # an address of this machine, not a host name
    async with aiohttp.ClientSession(cookie_jar=jar, trust_env=False) as session:
        await _sign_in(session, door, persona)
        view = await _witnessed(session, door, transactions)
        raw = await _covering(session, door, transactions)
    path = country.folder / HISTORY
    path.write_bytes(raw)
    path.chmod(0o600)
    anchors = msgspec.json.decode((country.folder / ANCHORS).read_bytes(), type=Anchors)
    report = verify(read_file(raw), anchors)
    if not report.verified:
        failed = "; ".join(check.why for check in report.checks if check.holds is False)
        raise ProofFailed(f"the parent's history does not verify: {failed}")
    mine = [line for line in view.lines if line.tx in transactions]
    return Proof(mine, report, path)


async def _witnessed(
    session: aiohttp.ClientSession, door: str, transactions: set[str]
) -> HistoryView:
    """The newest page once it shows all these transactions, cosigned; fails after a time."""
    loop = asyncio.get_running_loop()
    until = loop.time() + WITNESSED_SECONDS
    while True:
        view = msgspec.json.decode(await _get(session, f"{door}/api/history"), type=HistoryView)
        shown = {line.tx for line in view.lines if line.witnessed}
        if transactions <= shown:
            return view
        if loop.time() > until:
            missing = len(transactions - shown)
            raise ProofFailed(f"{missing} lines were not witnessed in {WITNESSED_SECONDS} s")
        await asyncio.sleep(POLL_SECONDS)


async def _covering(session: aiohttp.ClientSession, door: str, transactions: set[str]) -> bytes:
    """A download whose signed ledger covers these transactions; fails after a time."""
    loop = asyncio.get_running_loop()
    until = loop.time() + WITNESSED_SECONDS
    while True:
        raw = await _get(session, f"{door}/api/history/file")
        file = read_file(raw)
        texts = b"".join(line.record for line in file.lines)
        if file.statement is not None and all(tx.encode() in texts for tx in transactions):
            return raw
        if loop.time() > until:
            raise ProofFailed("the Commission did not sign the ledger in time")
        await asyncio.sleep(POLL_SECONDS)


async def _sign_in(session: aiohttp.ClientSession, door: str, persona: str) -> None:
    async with session.post(f"{door}/api/session", json={"persona": persona}) as response:
        if response.status != 200:
            said = (await response.text())[:200]
            raise ProofFailed(f"signing in as {persona} answered {response.status}: {said}")


async def _get(session: aiohttp.ClientSession, address: str) -> bytes:
    async with session.get(address, allow_redirects=False) as response:
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > ANSWER_BYTES_LIMIT:
                raise ProofFailed(f"{address} answered more than {ANSWER_BYTES_LIMIT} bytes")
        if response.status >= 400:
            raise ProofFailed(f"{address} answered {response.status}: {bytes(body[:200])!r}")
        return bytes(body)


def as_json(proof: Proof) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """History lines and proof as the demo prints them."""
    lines = [msgspec.to_builtins(line) for line in proof.lines]
    return lines, {
        "verified": proof.report.verified,
        "witnessed": proof.report.witnessed,
        "tree_size": proof.report.tree_size,
        "lines": proof.report.lines,
        "file": str(proof.file),
        "checks": [
            {"name": check.name, "holds": check.holds, "why": check.why}
            for check in proof.report.checks
        ],
    }

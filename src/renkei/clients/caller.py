"""A line to one peer over HTTP; failures become errors of the closed list (呼出し)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from renkei.kit.http_client import Answer, HttpClient, Peer, PeerError
from renkei.kit.party import Party
from renkei.kit.problems import problem_of
from renkei.kit.randomness import fraction
from renkei.wire.call import Call, Files
from renkei.wire.errors import WireError

CALL_SECONDS: Final = 30.0
OK: Final = 200
NOT_FOUND: Final = 404
REFUSED_UNDONE: Final = frozenset({"overloaded", "rate-limited", "storage-full", "log-late"})
"""Errors that say that nothing was done: the same bytes may be sent again by anybody's rule."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How long one attempt may take, and how long a busy peer is borne with (呼出しの作法)."""

    call_seconds: float = CALL_SECONDS
    """From connecting to the answer's last byte."""
    patience_seconds: float = 0.0
    """For how long a call is repeated that was turned away undone. Outboxes and drivers have a
    pace of their own: none."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The `Line` to one peer; its address is asked each time, as directories change (呼出元)."""

    party: Party
    http: HttpClient
    peer: str
    address: Callable[[], Peer]
    manner: Manner = Manner()

    async def send(self, call: Call[Any, Any], raw: bytes) -> bytes:
        """Post a signed message to its address; gives the signed answer.

        Raises WireError: the peer's problem, or `unavailable` where none came back.
        """
        patience = self.manner.patience_seconds
        while True:
            try:
                return await self._once(call, raw)
            except WireError as error:
                if error.code not in REFUSED_UNDONE:
                    raise
                # Longer than told, never shorter, and not all at the same moment.
                told = error.retry_after_seconds or 1
                pause = told * (1 + fraction(self.party.randomness) / 2)
                if pause > patience:
                    raise
                patience -= pause
            await asyncio.sleep(pause)

    async def _once(self, call: Call[Any, Any], raw: bytes) -> bytes:
        try:
            answer = await self.http.post(
                self.address(),
                call.path,
                raw,
                deadline_seconds=self.manner.call_seconds,
                max_answer_bytes=call.max_answer_bytes,
            )
        except PeerError as error:
            raise self._away(error) from error
        if answer.status != OK:
            raise self._problem(answer, raw)
        return answer.body

    async def file(self, files: Files, path: str) -> bytes:
        """Fetch a public file of the peer; raises WireError `unavailable` or `answer-unknown`."""
        try:
            answer = await self.http.get(
                self.address(),
                f"{files.path}/{path}",
                deadline_seconds=self.manner.call_seconds,
                max_answer_bytes=files.max_bytes,
            )
        except PeerError as error:
            raise self._away(error) from error
        if answer.status == NOT_FOUND:
            raise WireError("answer-unknown", f"{self.peer} has no file {path}.", peer=self.peer)
        if answer.status != OK:
            raise self._problem(answer, b"")
        return answer.body

    def _away(self, error: PeerError) -> WireError:
        said = f"{self.peer} cannot be reached: {error.reason}"
        return WireError("unavailable", said, peer=self.peer)

    def _problem(self, answer: Answer, sent: bytes) -> WireError:
        later = answer.retry_after_seconds
        return problem_of(self.party, (answer.status, answer.body), self.peer, sent, later)


def listed(party: Party, name: str) -> Callable[[], Peer]:
    """The address of a party as the current directory lists it."""

    def address() -> Peer:
        entry = party.directory.entry(name)
        return Peer(entry.dns_name, entry.host, entry.port)

    return address

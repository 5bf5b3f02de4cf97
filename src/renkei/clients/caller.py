"""One call of the table over HTTP; failures become errors of the closed list (呼出し)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from renkei.kit.doorway import problem_of
from renkei.kit.http_client import Answer, HttpClient, Peer, PeerError
from renkei.kit.party import Party
from renkei.kit.randomness import fraction
from renkei.wire.errors import WireError
from renkei.wire.fields import Message
from renkei.wire.table import KIND_OF, call_for

CALL_SECONDS: Final = 30.0
OK: Final = 200
NOT_FOUND: Final = 404
PUBLIC_FILE_BYTES: Final = 4_194_304
"""An entry bundle of 256 entries is far smaller."""
REFUSED_UNDONE: Final = frozenset({"overloaded", "rate-limited"})
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
    """Calls one peer; `address` is asked anew for each call, as directories change (呼出元)."""

    party: Party
    http: HttpClient
    peer: str
    address: Callable[[], Peer]
    manner: Manner = Manner()

    async def call(self, request: type[Message], letter: bytes) -> bytes:
        """Post a signed message to its address; gives the signed answer.

        Raises WireError: the peer's problem, or `unavailable` where none came back.
        """
        patience = self.manner.patience_seconds
        while True:
            try:
                return await self._once(request, letter)
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

    async def _once(self, request: type[Message], letter: bytes) -> bytes:
        call = call_for(request)
        limit = max(KIND_OF[answer].max_bytes for answer in call.answers)
        try:
            answer = await self.http.post(
                self.address(),
                call.path,
                letter,
                deadline_seconds=self.manner.call_seconds,
                max_answer_bytes=limit,
            )
        except PeerError as error:
            raise WireError(
                "unavailable", f"{self.peer} cannot be reached: {error.reason}"
            ) from error
        if answer.status != OK:
            raise self._problem(answer)
        return answer.body

    async def get(self, path: str) -> bytes:
        """Fetch a public file of the peer; raises WireError `unavailable` or `answer-unknown`."""
        try:
            answer = await self.http.get(
                self.address(),
                path,
                deadline_seconds=self.manner.call_seconds,
                max_answer_bytes=PUBLIC_FILE_BYTES,
            )
        except PeerError as error:
            raise WireError(
                "unavailable", f"{self.peer} cannot be reached: {error.reason}"
            ) from error
        if answer.status == NOT_FOUND:
            raise WireError("answer-unknown", f"{self.peer} has no file {path}.")
        if answer.status != OK:
            raise self._problem(answer)
        return answer.body

    def _problem(self, answer: Answer) -> WireError:
        later = answer.retry_after_seconds
        return problem_of(self.party, answer.status, answer.body, self.peer, later)


def listed(party: Party, name: str) -> Callable[[], Peer]:
    """The address of a party as the current directory lists it."""

    def address() -> Peer:
        entry = party.directory.entry(name)
        return Peer(entry.dns_name, entry.host, entry.port)

    return address

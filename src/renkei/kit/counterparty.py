"""Another party as this one talks to it: typed questions over any line (相手機関).

`ask` is for what may be said anew each time, `send` for bytes that were recorded first. Either way
only an answer that the call names, signed by that party and addressed to this one, comes back.
"""

from typing import Any, Protocol, TypeVar

from renkei.crypto import jws
from renkei.kit.party import Party
from renkei.wire.call import Call, Files
from renkei.wire.errors import WireError
from renkei.wire.fields import Message
from renkei.wire.framing import Letter

Q = TypeVar("Q", bound=Message)
A = TypeVar("A", bound=Message)


class Line(Protocol):
    """Carries signed bytes to one party and back: HTTP, or a double in tests (回線)."""

    async def send(self, call: Call[Any, Any], raw: bytes) -> bytes:
        """The signed answer; raises WireError with the party's problem, or `unavailable`."""

    async def file(self, files: Files, path: str) -> bytes:
        """A public file; raises WireError `unavailable`, or `answer-unknown` for none."""


class Counterparty:
    """One party by name, the line to it, and who asks (相手機関)."""

    def __init__(self, party: Party, name: str, line: Line) -> None:
        self.name = name
        self.line = line
        self._party = party

    async def ask(self, call: Call[Q, A], message: Q) -> A:
        """Sign, send, and give the answer; raises WireError where it fits another request."""
        answer = (await self.send(call, self._party.write(message))).message
        for field in call.echoes:
            if getattr(answer, field) != getattr(message, field):
                raise self._about_another()
        return answer

    async def send(self, call: Call[Q, A], raw: bytes) -> Letter[A]:
        """Send bytes signed before, as they are; gives the answer with its digest and bytes."""
        letter = self._read(call, await self.line.send(call, raw))
        answered = getattr(letter.message, "request_digest", None)
        if answered is not None and answered != jws.digest_of(raw):
            raise self._about_another()
        return letter

    async def file(self, files: Files, path: str) -> bytes:
        """A public file of this party, e.g. `checkpoint` of the log."""
        return await self.line.file(files, path)

    def _read(self, call: Call[Q, A], answer: bytes) -> Letter[A]:
        """An answer that cannot be believed says nothing: it is as if none had come."""
        try:
            return self._party.read(answer, call.answers, peer=self.name)
        except WireError as error:
            raise WireError(
                "unavailable",
                f"{self.name} answered what cannot be believed ({error.code}).",
                signed=False,
                peer=self.name,
            ) from error

    def _about_another(self) -> WireError:
        return WireError("unavailable", f"{self.name} answered for another request.")

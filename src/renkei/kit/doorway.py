"""The door of a role: signed messages in, signed answers out (電文の受付).

Every route compares client certificate, key id and sender, checks who may send what, and turns
errors of the closed list into signed problem reports. Before the sender is known to be real, errors
leave unsigned and nothing is written.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec

from renkei.kit.http_forms import RETRY_AFTER_SECONDS
from renkei.kit.http_server import Incoming, Outgoing, Route
from renkei.kit.limits import TurnedAway
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.wire.call import Call, Files
from renkei.wire.errors import WireError
from renkei.wire.fields import Message
from renkei.wire.framing import Letter, check_fresh
from renkei.wire.problem import ProblemReport

Q = TypeVar("Q", bound=Message)
A = TypeVar("A", bound=Message)
Handler = Callable[[Letter[Q]], Awaitable[A | bytes]]
"""Takes a verified letter; gives an answer of the call to sign, or bytes signed before."""
FileHandler = Callable[[str], Awaitable[Outgoing]]
"""Takes the path of a public file below its route; gives it, or an error in the open."""
OWN: Final = "mutual TLS with this process's own certificate"
ANY_PARTY: Final = "mutual TLS with the certificate of any party in the directory"


class Doorway:
    """Makes a role's handlers into HTTP routes (受付)."""

    def __init__(self, party: Party) -> None:
        self._party = party

    def route(self, call: Call[Q, A], handler: Handler[Q, A]) -> Route:
        """A POST route for one call."""

        async def answer(incoming: Incoming) -> Outgoing:
            try:
                letter = self._open(call, incoming)
            except WireError as error:
                get_logger().info(
                    "refused",
                    path=call.path,
                    code=error.code,
                    host=", ".join(incoming.certificate_names),
                    apart_seconds=error.apart_seconds,
                )
                return _unsigned(error, self._party.now())
            try:
                return self._sign(await handler(letter))
            except WireError as error:
                problem = error
            except TurnedAway as away:
                later = away.retry_after_seconds
                problem = WireError(away.code, str(away), retry_after_seconds=later)
            sender = letter.message.sender
            get_logger().info("refused", path=call.path, code=problem.code, institution=sender)
            return self._problem(problem, letter)

        return Route(call.path, answer, call.max_bytes, authentication=call.authentication)

    def files(self, files: Files, handler: FileHandler) -> Route:
        """A GET route for public files, for any party the directory knows."""

        async def answer(incoming: Incoming) -> Outgoing:
            try:
                self._party.party_of_certificate(incoming.certificate_names)
                return await handler(incoming.path)
            except WireError as error:
                return _unsigned(error, self._party.now())

        return Route(files.path, answer, 0, method="GET", authentication=ANY_PARTY)

    def own(self, path: str, names: tuple[str, ...], handler: FileHandler) -> Route:
        """A GET route for whoever runs this process: it takes its own certificate and no other.

        It answers without a directory, and without touching a disk.
        """

        async def answer(incoming: Incoming) -> Outgoing:
            if not names or incoming.certificate_names != names:
                refusal = WireError("not-allowed", f"{path} is for this process's own certificate.")
                return _unsigned(refusal, self._party.now())
            return await handler(incoming.path.removeprefix(path))

        return Route(path, answer, 0, method="GET", authentication=OWN)

    def _open(self, call: Call[Q, A], incoming: Incoming) -> Letter[Q]:
        peer = self._party.party_of_certificate(incoming.certificate_names)
        letter = self._party.read(incoming.body, (call.request,), peer=peer)
        if not call.takes(self._party.role_of(peer)):
            raise WireError("not-allowed", f"{call.path} is for: {', '.join(call.senders)}.")
        if call.fresh:
            check_fresh(letter.message.at, self._party.now(), whose=self._party.name)
        return letter

    def _sign(self, answer: Message | bytes) -> Outgoing:
        body = answer if isinstance(answer, bytes) else self._party.write(answer)
        return Outgoing(200, body)

    def _problem(self, error: WireError, letter: Letter[Any]) -> Outgoing:
        report = ProblemReport(
            **self._party.envelope(letter.message.sender),
            code=error.code,
            detail=error.detail[:200],
            article=error.article,
            request_digest=letter.digest,
            retry_after_seconds=_come_back(error),
        )
        return Outgoing(error.kind.status, self._party.write(report), headers=_retry(error))


def _come_back(error: WireError) -> int | None:
    """After how many seconds to come back; 429 and 503 always say it."""
    if error.retry_after_seconds is None and error.kind.status in (429, 503):
        return RETRY_AFTER_SECONDS
    return error.retry_after_seconds


def _retry(error: WireError) -> dict[str, str]:
    seconds = _come_back(error)
    return {"retry-after": str(seconds)} if seconds else {}


def _unsigned(error: WireError, now: datetime) -> Outgoing:
    """An error in the open; `at` lets the sender hold its clock against this one."""
    body = msgspec.json.encode({"error": error.code, "detail": error.detail, "at": now})
    return Outgoing(error.kind.status, body, media_type="application/json", headers=_retry(error))

"""The door of a role: signed messages in, signed answers out (電文の受付).

Every route compares client certificate, key id and sender, checks who may send what, and turns
errors of the closed list into signed problem reports. Before the sender is known to be real, errors
leave unsigned and nothing is written.
"""

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from renkei.kit.http_app import RETRY_AFTER_SECONDS
from renkei.kit.http_server import Incoming, Outgoing, Route
from renkei.kit.limits import Overloaded
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.wire.errors import ERRORS, WireError
from renkei.wire.fields import Message
from renkei.wire.framing import Letter, check_fresh
from renkei.wire.messages.exchange import ProblemReport
from renkei.wire.table import KIND_OF, Call

Handler = Callable[[Letter[Any]], Awaitable[Message | bytes]]
"""Takes a verified letter; gives a message to sign, or bytes signed before."""
FileHandler = Callable[[str], Awaitable[Outgoing]]
"""Takes the path of a public file below its route; gives it, or an error in the open."""
ANY_PARTY: Final = "mutual TLS with the certificate of any party in the directory"


class Doorway:
    """Makes a role's handlers into HTTP routes (受付)."""

    def __init__(self, party: Party) -> None:
        self._party = party

    def route(self, call: Call, handler: Handler) -> Route:
        """A POST route for one call of the table."""

        async def answer(incoming: Incoming) -> Outgoing:
            try:
                letter = self._open(call, incoming)
            except WireError as error:
                get_logger().info("refused", path=call.path, code=error.code)
                return _unsigned(error)
            try:
                return self._sign(await handler(letter))
            except WireError as error:
                problem = error
            except Overloaded as full:
                problem = WireError("overloaded", f"{full.limit_name} is reached: nothing is done.")
            sender = letter.message.sender
            get_logger().info("refused", path=call.path, code=problem.code, institution=sender)
            return self._problem(problem, letter)

        limit = KIND_OF[call.request].max_bytes
        return Route(call.path, answer, limit, authentication=call.authentication)

    def files(self, path: str, handler: FileHandler) -> Route:
        """A GET route for public files below a path, for any party the directory knows."""

        async def answer(incoming: Incoming) -> Outgoing:
            try:
                self._party.party_of_certificate(incoming.certificate_names)
                return await handler(incoming.path)
            except WireError as error:
                return _unsigned(error)

        return Route(path, answer, 0, method="GET", authentication=ANY_PARTY)

    def _open(self, call: Call, incoming: Incoming) -> Letter[Any]:
        peer = self._party.party_of_certificate(incoming.certificate_names)
        letter: Letter[Any] = self._party.read(incoming.body, (call.request,), peer=peer)
        if self._party.role_of(peer) not in call.senders:
            raise WireError("not-allowed", f"{call.path} is for: {', '.join(call.senders)}.")
        if call.fresh:
            check_fresh(letter.message.at, self._party.now())
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


def _unsigned(error: WireError) -> Outgoing:
    body = msgspec.json.encode({"error": error.code, "detail": error.detail})
    return Outgoing(error.kind.status, body, media_type="application/json", headers=_retry(error))


def problem_of(
    party: Party, status: int, body: bytes, peer: str, later: int | None = None
) -> WireError:
    """The error a peer answered with; one that cannot be believed becomes `unavailable`.

    `later` is what the unsigned header says of when to come back; at worst it delays.
    """
    with contextlib.suppress(WireError):
        report: ProblemReport = party.read(body, (ProblemReport,), peer=peer).message
        if report.code in ERRORS:
            return WireError(
                report.code,
                report.detail,
                article=report.article,
                retry_after_seconds=report.retry_after_seconds,
            )
    with contextlib.suppress(msgspec.DecodeError, AttributeError):
        plain = msgspec.json.decode(body, type=dict[str, Any])
        code = plain.get("error")
        if isinstance(code, str) and code in ERRORS:
            said = f"{peer} said so, unsigned ({status})."
            return WireError(code, said, signed=False, retry_after_seconds=later)
    said = f"{peer} answered {status} without a known error."
    return WireError("unavailable", said, retry_after_seconds=later)

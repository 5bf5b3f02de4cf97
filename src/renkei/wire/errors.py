"""The closed list of errors that cross a border (エラー一覧).

One row per code: who failed, the HTTP status and what the reader can do. Anything that is not in
this list is a bug and leaves as `internal` with an incident id and no detail.
"""

from dataclasses import dataclass
from typing import Final, Literal

Who = Literal["sender", "receiver", "network"]


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """One row of the list: code, who failed, HTTP status, what the reader can do."""

    code: str
    who: Who
    status: int
    advice: str
    again: bool = False
    """True where the same bytes may succeed later without anybody changing anything."""


ROWS: Final = (
    ErrorKind("malformed", "sender", 400, "Send exactly the fields of this message version."),
    ErrorKind("too-large", "sender", 413, "Send a smaller body; the limit stands in the table."),
    ErrorKind("unknown-message", "sender", 404, "Send a message type this address accepts."),
    ErrorKind("signature", "sender", 401, "Sign with a key the current directory lists for you."),
    ErrorKind("unknown-party", "sender", 403, "Register in the directory before sending."),
    ErrorKind("sender-mismatch", "sender", 403, "Use certificate, kid and sender of one party."),
    ErrorKind("not-addressed", "sender", 403, "Name the receiving party in `aud`."),
    ErrorKind("not-allowed", "sender", 403, "Only the party named in the table may send this."),
    ErrorKind("stale", "sender", 409, "Check the clock and sign the message anew."),
    ErrorKind("tx-conflict", "sender", 409, "Use a new transaction id for a different request."),
    ErrorKind("not-holder", "sender", 403, "Only the institution the permit names may present it."),
    ErrorKind("not-provider", "sender", 403, "Present the permit to the provider it names."),
    ErrorKind("permit-signature", "sender", 401, "Present the permit byte for byte as received."),
    ErrorKind("permit-expired", "sender", 410, "Ask the network for a new permit."),
    ErrorKind("permit-boxes", "sender", 422, "Seal boxes under key periods now in the directory."),
    ErrorKind("answer-unknown", "sender", 404, "Name a transaction this provider has answered."),
    ErrorKind("already-received", "sender", 409, "The answer was confirmed and is deleted here."),
    ErrorKind("epoch", "sender", 409, "Ask with the code epoch the directory has in force."),
    ErrorKind("acquisition-unknown", "sender", 404, "Start over with a new acquisition number."),
    ErrorKind("acquisition-used", "sender", 409, "An acquisition number is filled once only."),
    ErrorKind("acquisition-empty", "sender", 409, "Collect after it has been filled.", True),
    ErrorKind("acquisition-limit", "sender", 429, "Too many; check the data and wait.", True),
    ErrorKind("person-unknown", "sender", 404, "Name a person this institution has on file."),
    ErrorKind("case-unknown", "sender", 404, "Name a case this institution has opened."),
    ErrorKind("case-conflict", "sender", 409, "Use a new case number for different facts."),
    ErrorKind("case-too-large", "sender", 422, "Ask by hand for the persons it is about."),
    ErrorKind("no-code-here", "sender", 409, "Acquire the person's code first."),
    ErrorKind("code-already-bound", "sender", 409, "Two persons on file are one: merge them."),
    ErrorKind("procedure-unknown", "sender", 404, "Pick a procedure of the list."),
    ErrorKind("condition-unknown", "sender", 404, "State conditions that the case asks for."),
    ErrorKind("question-unknown", "sender", 404, "Answer an open question of the case."),
    ErrorKind("answer-unfit", "sender", 422, "Answer with what the question asks for."),
    ErrorKind("answered-before", "sender", 409, "An answer stands; open a new case to change it."),
    ErrorKind("rate-limited", "sender", 429, "Slow down and send again later.", True),
    ErrorKind("overloaded", "receiver", 503, "Send again later.", True),
    ErrorKind("storage-full", "receiver", 503, "Nothing was written: make room and resend.", True),
    ErrorKind("log-late", "network", 503, "Send again later; tell the network's operator.", True),
    ErrorKind("directory-expired", "network", 503, "Fetch a directory with both signatures.", True),
    ErrorKind("unavailable", "receiver", 503, "Send again later.", True),
    ErrorKind("internal", "receiver", 500, "Report the incident id to the receiver.", True),
)

EDGE_ROWS: Final = (
    ErrorKind("bad-request", "sender", 400, "Send one signed message in the body."),
    ErrorKind("not-http", "sender", 400, "Speak HTTP/1.1."),
    ErrorKind("not-found", "sender", 404, "Post to a path of this role's OpenAPI document."),
    ErrorKind("method-not-allowed", "sender", 405, "Use POST; reads are messages too."),
    ErrorKind("slow-body", "sender", 408, "Send the whole body at once.", True),
    ErrorKind("media-type", "sender", 415, "Send application/jose, uncompressed."),
    ErrorKind("head-too-large", "sender", 431, "Send fewer and shorter header fields."),
    ErrorKind("timeout", "receiver", 503, "Send the same bytes again.", True),
)

ERRORS: Final[dict[str, ErrorKind]] = {row.code: row for row in ROWS}
"""What a message can fail with; the only codes a client believes."""
EDGE_ERRORS: Final[dict[str, ErrorKind]] = {row.code: row for row in EDGE_ROWS}
"""What HTTP can fail with before a message is read. Never signed, so a client takes them for
`unavailable`: no decision about an exchange may rest on them."""


class WireError(Exception):
    """An error of the closed list on its way to the reader (エラー).

    `article` is set only where the law itself refuses; technical errors have none. `signed` is
    False for what a peer said without a signature: it can be shown, but ends no exchange.
    `peer` is the party that said it or could not be reached. `apart_seconds` is how far the other
    clock is ahead of this one, where time is the trouble.
    """

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        article: str | None = None,
        retry_after_seconds: int | None = None,
        signed: bool = True,
        peer: str | None = None,
        apart_seconds: float | None = None,
    ) -> None:
        self.kind = ERRORS[code]
        self.code = code
        self.detail = detail or self.kind.advice
        self.article = article
        self.retry_after_seconds = retry_after_seconds
        self.signed = signed
        self.peer = peer
        self.apart_seconds = apart_seconds
        super().__init__(f"{code}: {self.detail}")

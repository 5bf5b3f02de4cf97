"""What a server is made of: routes, requests, answers, limits, errors as bodies (HTTPの形)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from renkei.wire.framing import MESSAGE_TYPE

Scope = Any
ERROR_TYPE = "application/json"
RETRY_AFTER_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Incoming:
    """One received message; ``certificate_names`` are those of the verified client certificate.

    ``path`` is that of the route; of public files, what stands in the request below the route.
    """

    body: bytes
    certificate_names: tuple[str, ...]
    path: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The answer to one message."""

    status: int
    body: bytes
    media_type: str = MESSAGE_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Incoming], Awaitable[Outgoing]]
Tell = Callable[[Scope, Outgoing], Outgoing]


@dataclass(frozen=True, slots=True)
class Route:
    """One path, the function that answers it, the largest body it takes, and who may use it.

    POST is one message at exactly this path; GET is every public file below it, without a body.
    """

    path: str
    handler: Handler
    max_body_bytes: int
    method: Literal["POST", "GET"] = "POST"
    authentication: str = ""
    """Says what a caller must show; the walls read it, nothing here does."""


def error_body(error: str, detail: str, incident: str | None = None) -> bytes:
    """Return the JSON body of every error that is not a signed message."""
    return msgspec.json.encode({"error": error, "detail": detail, "incident": incident})


def error_answer(
    status: int,
    error: str,
    detail: str,
    incident: str | None = None,
    *,
    later: int = RETRY_AFTER_SECONDS,
) -> Outgoing:
    """Return an error; 429 and 503 say after how many seconds (`later`) to come back."""
    headers = {"retry-after": str(later)} if status in {429, 503} else {}
    return Outgoing(status, error_body(error, detail, incident), ERROR_TYPE, headers)

"""One OpenAPI 3.1 document per role, made from the table (API文書).

`documents()` is pure; `tools/openapi.py` writes what it gives to `api/`. A signed message is
described the way JSON Schema 2020-12 (Validation §8.6) describes a JWT: a string of media type
`application/jose` whose content is the pair of protected header and payload.
"""

import json
from inspect import cleandoc
from typing import Any, Final

import msgspec

from renkei.wire.errors import EDGE_ERRORS, ERRORS, ErrorKind
from renkei.wire.fields import Kid, Message
from renkei.wire.framing import MESSAGE_FRESH_SECONDS
from renkei.wire.messages.acquisition import AcquireRequest, AcquireSubject
from renkei.wire.messages.directory import (
    DirectoryAnswer,
    DirectoryCountersignature,
    DirectoryVersion,
)
from renkei.wire.messages.exchange import (
    Answer,
    AttributesOffer,
    Content,
    Permit,
    PermitRequest,
    Presentation,
    ProblemReport,
)
from renkei.wire.messages.log import DirectoryCountersigned, DirectoryProposal, Feed
from renkei.wire.messages.oversight import LedgerStatement, StatementHandover
from renkei.wire.table import CALLS, KIND_OF, Call, calls_to

Json = dict[str, Any]

SIGNED_TYPE: Final = "application/jose"
PLAIN_TYPE: Final = "application/json"
PROTOCOL_VERSION: Final = "1"
_JWS_PATTERN: Final = r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$"
_SCHEMAS: Final = "#/components/schemas/"

TITLES: Final[dict[str, str]] = {
    "linkage": "Information Providing Network System (情報提供ネットワークシステム)",
    "individual-number": "J-LIS, holder of the individual numbers (地方公共団体情報システム機構)",
    "portal": "Portal, as the Commission sees it (情報提供等記録開示システム)",
    "institution": "Institution: inquirer, provider, and its desks (情報照会者・情報提供者)",
}

_INSIDE: Final[dict[type[Message], tuple[type[Message], ...]]] = {
    DirectoryAnswer: (DirectoryVersion, DirectoryCountersignature),
    Presentation: (Permit,),
    AttributesOffer: (Permit,),
    DirectoryProposal: (DirectoryVersion,),
    DirectoryCountersigned: (DirectoryCountersignature,),
    StatementHandover: (LedgerStatement,),
    Feed: (PermitRequest,),
}
"""Signed messages that travel as text inside another."""

_BOXED: Final[dict[type[Message], type[msgspec.Struct]]] = {
    AcquireRequest: AcquireSubject,
    Answer: Content,
}
"""What the box of a message holds once opened, where that is JSON."""

UNSIGNED_ERROR: Final[Json] = {
    "additionalProperties": False,
    "description": "An error sent before the sender was known to be real. Never signed.",
    "properties": {
        "detail": {"type": "string"},
        "error": {"enum": sorted([*ERRORS, *EDGE_ERRORS])},
        "incident": {
            "description": "With `internal`: what the receiver finds in its log.",
            "type": ["string", "null"],
        },
    },
    "required": ["detail", "error"],
    "title": "UnsignedError",
    "type": "object",
}


def roles() -> tuple[str, ...]:
    """The roles that answer calls, in the order of the table."""
    return tuple(dict.fromkeys(call.receiver for call in CALLS))


def operation_id(call: Call) -> str:
    """The name of a call: its path, and its method in `protocols`."""
    return call.path.strip("/").replace("/", "_").replace("-", "_")


def render(document: Json) -> str:
    """The document as a file: sorted, indented, one line feed at the end."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def documents() -> dict[str, str]:
    """File name to contents, one file per role (`linkage.json`, ...)."""
    return {f"{role}.json": render(document(role)) for role in roles()}


def document(role: str) -> Json:
    """The OpenAPI 3.1 document of one role; raises KeyError for a role without a title."""
    calls = calls_to(role)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": f"Renkei: {TITLES[role]}",
            "version": PROTOCOL_VERSION,
            "summary": "Every call is POST with a signed message, and so is every answer.",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [
            {
                "url": "https://{name}:{port}",
                "description": "Name and port as the signed directory lists them.",
                "variables": {"name": {"default": f"{role}.example"}, "port": {"default": "443"}},
            }
        ],
        "security": [{"mutualTLS": []}],
        "paths": {call.path: {"post": _operation(call)} for call in calls},
        "components": {
            "schemas": _schemas(calls),
            "responses": {
                f"Error{status}": _error_response(rows) for status, rows in _by_status().items()
            },
            "securitySchemes": {
                "mutualTLS": {
                    "type": "mutualTLS",
                    "description": "A client certificate of the network's own CA.",
                }
            },
        },
    }


_DESCRIPTION: Final = (
    "A body is one compact JWS (RFC 7515), ES256 only. Its protected header is exactly "
    '{"alg":"ES256","kid":…,"typ":…}: these members, in this order, without spaces. '
    "Client certificate, `kid` and `sender` must name one party, `aud` the receiver. "
    "Unknown fields and members named twice are refused. "
    "Digests are SHA-256 over the signed bytes without the signature."
)


def _operation(call: Call) -> Json:
    lines = (call.request.__doc__ or "").strip().splitlines()
    operation: Json = {
        "operationId": operation_id(call),
        "summary": lines[0],
        "tags": ["desk" if call.senders == ("desk",) else "network"],
        "requestBody": {"required": True, "content": _signed_content((call.request,))},
        "responses": {
            "200": {"description": _names(call.answers), "content": _signed_content(call.answers)},
            **{
                str(status): {"$ref": f"#/components/responses/Error{status}"}
                for status in _by_status()
            },
        },
        "x-renkei-authentication": call.authentication,
        "x-renkei-senders": sorted(call.senders),
    }
    if call.fresh:
        operation["x-renkei-fresh-seconds"] = MESSAGE_FRESH_SECONDS
    return operation


def _names(messages: tuple[type[Message], ...]) -> str:
    return " or ".join(f"`{KIND_OF[message].typ}`" for message in messages)


def _signed_content(messages: tuple[type[Message], ...]) -> Json:
    """Any of these: to a validator that does not look inside, two signed messages look alike."""
    refs = [{"$ref": f"{_SCHEMAS}Signed{message.__name__}"} for message in messages]
    return {SIGNED_TYPE: {"schema": refs[0] if len(refs) == 1 else {"anyOf": refs}}}


def _by_status() -> dict[int, list[ErrorKind]]:
    """Every error of the closed list under its HTTP status."""
    rows = sorted([*ERRORS.values(), *EDGE_ERRORS.values()], key=lambda row: row.code)
    statuses = sorted({row.status for row in rows})
    return {status: [row for row in rows if row.status == status] for status in statuses}


def _error_response(rows: list[ErrorKind]) -> Json:
    content: Json = {PLAIN_TYPE: {"schema": {"$ref": f"{_SCHEMAS}UnsignedError"}}}
    if any(row.code in ERRORS for row in rows):
        content |= _signed_content((ProblemReport,))
    response: Json = {
        "description": "One of " + ", ".join(f"`{row.code}`" for row in rows),
        "content": content,
        "x-renkei-errors": [
            {"code": row.code, "who": row.who, "again": row.again, "advice": row.advice}
            for row in rows
        ],
    }
    if any(row.again for row in rows):
        response["headers"] = {
            "Retry-After": {
                "description": "Seconds, where the same bytes may succeed later.",
                "schema": {"type": "integer", "minimum": 1},
            }
        }
    return response


def _schemas(calls: tuple[Call, ...]) -> Json:
    messages: dict[type[Message], None] = {}
    for call in calls:
        for message in (call.request, *call.answers):
            messages |= dict.fromkeys((message, *_INSIDE.get(message, ())))
    messages |= {ProblemReport: None}
    boxed = [_BOXED[message] for message in messages if message in _BOXED]
    _, payloads = msgspec.json.schema_components(
        [*messages, *boxed], ref_template=_SCHEMAS + "{name}"
    )
    signed = {f"Signed{message.__name__}": _signed(message) for message in messages}
    return {**_portable(payloads), **signed, "UnsignedError": UNSIGNED_ERROR}


def _signed(message: type[Message]) -> Json:
    kind = KIND_OF[message]
    kid = _portable(msgspec.json.schema(Kid))
    schema: Json = {
        "title": f"Signed{message.__name__}",
        "type": "string",
        "maxLength": kind.max_bytes,
        "pattern": _JWS_PATTERN,
        "contentMediaType": SIGNED_TYPE,
        "contentSchema": {
            "type": "array",
            "minItems": 2,
            "maxItems": 2,
            "prefixItems": [
                {
                    "type": "object",
                    "properties": {
                        "alg": {"const": "ES256"},
                        "kid": kid,
                        "typ": {"const": kind.typ},
                    },
                    "required": ["alg", "kid", "typ"],
                    "additionalProperties": False,
                },
                {"$ref": f"{_SCHEMAS}{message.__name__}"},
            ],
        },
        "x-renkei-typ": kind.typ,
        "x-renkei-max-bytes": kind.max_bytes,
        "x-renkei-key-use": kind.key_use,
    }
    if message in _INSIDE:
        schema["x-renkei-inside"] = [f"{_SCHEMAS}Signed{one.__name__}" for one in _INSIDE[message]]
    if message in _BOXED:
        schema["x-renkei-boxed"] = f"{_SCHEMAS}{_BOXED[message].__name__}"
    return schema


def _portable(schema: Any) -> Any:
    r"""The schema with patterns as ECMA 262 writes them: its `$` is what Python calls `\Z`.

    Docstrings lose their indentation, which Python 3.13 removes and older ones keep.
    """
    if isinstance(schema, list):
        return [_portable(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    portable = {key: _portable(value) for key, value in schema.items()}
    if isinstance(pattern := portable.get("pattern"), str):
        portable["pattern"] = pattern.removesuffix(r"\Z") + "$" * pattern.endswith(r"\Z")
    if isinstance(description := portable.get("description"), str):
        portable["description"] = cleandoc(description)
    return portable

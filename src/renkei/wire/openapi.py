"""One OpenAPI 3.1 document per role, made from the table (API文書).

`documents()` is pure; `tools/openapi.py` writes what it gives to `api/`. A signed message is
described the way JSON Schema 2020-12 (Validation §8.6) describes a JWT: a string of media type
`application/jose` whose content is the pair of protected header and payload.
"""

import json
from typing import Any, Final

import msgspec

from renkei.wire.call import Call, kind_of
from renkei.wire.errors import EDGE_ERRORS, ERRORS, ErrorKind
from renkei.wire.fields import Box, Kid, Message
from renkei.wire.framing import MESSAGE_FRESH_SECONDS
from renkei.wire.names import DESK
from renkei.wire.openapi_reading import files_paths, health_paths, health_schemas
from renkei.wire.problem import ProblemReport
from renkei.wire.schemas import file_schemas, portable
from renkei.wire.table import CALLS, FILES, TITLES, calls_to
from renkei.wire.values import schema as schema_of_value

Json = dict[str, Any]

SIGNED_TYPE: Final = "application/jose"
PLAIN_TYPE: Final = "application/json"
PROTOCOL_VERSION: Final = "1"
_JWS_PATTERN: Final = r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$"
_WITH_BOXES_PATTERN: Final = _JWS_PATTERN.removesuffix("$") + r"(~[A-Za-z0-9_-]+)?$"
"""Boxes beside a message are taken away where it travels inside another."""
_SCHEMAS: Final = "#/components/schemas/"

UNSIGNED_ERROR: Final[Json] = {
    "additionalProperties": False,
    "description": "An error sent before the sender was known to be real. Never signed.",
    "properties": {
        "at": {
            "description": "The receiver's time, to hold one clock against the other.",
            "format": "date-time",
            "type": "string",
        },
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
    """Every role with a folder in `wire/`, in the order of the table."""
    return tuple(TITLES)


def render(document: Json) -> str:
    """The document as a file: sorted, indented, one line feed at the end."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def documents() -> dict[str, str]:
    """File name to contents: one file per role (`linkage.json`, ...), one per kind of file."""
    made = {f"{role}.json": document(role) for role in roles()} | file_schemas()
    return {name: render(one) for name, one in made.items()}


def document(role: str) -> Json:
    """The OpenAPI 3.1 document of one role; raises KeyError for a role without a title."""
    calls = calls_to(role)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": f"Renkei: {TITLES[role]}",
            "version": PROTOCOL_VERSION,
            "summary": _SUMMARY if calls else _ASKED_NOTHING,
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
        "paths": {
            **{call.path: {"post": _operation(call)} for call in calls},
            **_files(role),
            **health_paths(),
        },
        "x-renkei-asks": [
            {"role": call.receiver, "path": call.path} for call in CALLS if call.takes(role)
        ],
        "components": {
            "schemas": _schemas(calls),
            "responses": {
                f"Error{status}": _error_response(rows)
                for status, rows in (_by_status() if calls else {}).items()
            },
            "securitySchemes": {
                "mutualTLS": {
                    "type": "mutualTLS",
                    "description": "A client certificate of the network's own CA.",
                }
            },
        },
    }


def _files(role: str) -> Json:
    found: Json = {}
    for files in FILES:
        if files.receiver == role:
            found |= files_paths(files)
    return found


_SUMMARY: Final = "Every call is POST with a signed message, and so is every answer."
_ASKED_NOTHING: Final = "Answers no calls: it asks others, whose documents have what it sends."
_DESCRIPTION: Final = (
    "A body is one compact JWS (RFC 7515), ES256 only. Its protected header is exactly "
    '{"alg":"ES256","kid":…,"typ":…}: these members, in this order, without spaces. '
    "Client certificate, `kid` and `sender` must name one party, `aud` the receiver. "
    "Unknown fields and members named twice are refused. "
    "Digests are SHA-256 over the signed bytes without the signature. "
    "Where `x-renkei-beside` names boxes, `~` and the base64url of one JSON object of them follow "
    "the JWS, whose payload holds a digest of each."
)


def _operation(call: Call[Any, Any]) -> Json:
    lines = (call.request.__doc__ or "").strip().splitlines()
    operation: Json = {
        "operationId": call.name,
        "summary": lines[0],
        "tags": ["desk" if call.senders == (DESK,) else "network"],
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
    return " or ".join(f"`{kind_of(message).typ}`" for message in messages)


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


def _schemas(calls: tuple[Call[Any, Any], ...]) -> Json:
    messages: dict[type[Message], None] = {}
    for call in calls:
        for message in (call.request, *call.answers):
            messages |= dict.fromkeys((message, *message.INSIDE))
    if calls:
        messages |= {ProblemReport: None}
    boxed = [message.BOXED for message in messages if message.BOXED is not None]
    beside: list[Any] = [Box for message in messages if message.BESIDE]
    payload = [message.STRIPPED or message for message in messages]
    _, payloads = msgspec.json.schema_components(
        [*payload, *boxed, *beside], schema_hook=schema_of_value, ref_template=_SCHEMAS + "{name}"
    )
    signed = {f"Signed{message.__name__}": _signed(message) for message in messages}
    read = health_schemas()
    return {**portable(payloads | read), **signed, "UnsignedError": UNSIGNED_ERROR}


def _signed(message: type[Message]) -> Json:
    kind = kind_of(message)
    kid = portable(msgspec.json.schema(Kid))
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
                {"$ref": f"{_SCHEMAS}{(message.STRIPPED or message).__name__}"},
            ],
        },
        "x-renkei-typ": kind.typ,
        "x-renkei-max-bytes": kind.max_bytes,
        "x-renkei-key-use": kind.key_use,
    }
    if message.BESIDE:
        schema["pattern"] = _WITH_BOXES_PATTERN
        box = {"$ref": f"{_SCHEMAS}{Box.__name__}"}
        schema["x-renkei-beside"] = dict.fromkeys(message.BESIDE, box)
    if message.INSIDE:
        schema["x-renkei-inside"] = [f"{_SCHEMAS}Signed{one.__name__}" for one in message.INSIDE]
    if message.BOXED is not None:
        schema["x-renkei-boxed"] = f"{_SCHEMAS}{message.BOXED.__name__}"
    return schema

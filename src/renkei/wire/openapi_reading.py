"""What is read by GET in the OpenAPI documents: health, and public files (読取りの受付).

No message is sent and none comes back: an error is an unsigned one.
"""

from typing import Any, Final

import msgspec

from renkei.wire.call import Files, Form
from renkei.wire.health import HEALTH_PATH, Health

Json = dict[str, Any]
_SCHEMAS: Final = "#/components/schemas/"
_REFUSED: Final[Json] = {
    "description": "Refused; `error` and `detail` say why.",
    "content": {"application/json": {"schema": {"$ref": f"{_SCHEMAS}UnsignedError"}}},
}


def health_path() -> Json:
    """The door of whoever runs the process."""
    return {
        "get": {
            "operationId": "health",
            "summary": "How this process is, for whoever runs it.",
            "tags": ["operator"],
            "responses": {
                "200": {
                    "description": "`Health`",
                    "content": {"application/json": {"schema": {"$ref": f"{_SCHEMAS}Health"}}},
                },
                "default": _REFUSED,
            },
            "x-renkei-authentication": "mutual TLS with the process's own certificate",
        }
    }


def health_paths() -> dict[str, Json]:
    """Paths that every process has."""
    return {HEALTH_PATH: health_path()}


def health_schemas() -> Json:
    """Schemas that `health_paths` refers to."""
    _, found = msgspec.json.schema_components((Health,), ref_template=_SCHEMAS + "{name}")
    return found


def files_paths(files: Files) -> dict[str, Json]:
    """A path for each form of a public file."""
    return {f"{files.path}/{form.path}": {"get": _file(files, form)} for form in files.forms}


def _file(files: Files, form: Form) -> Json:
    schema: Json = {"type": "string", "maxLength": files.max_bytes}
    if form.media_type == "application/octet-stream":
        schema = {"contentMediaType": form.media_type}
    operation: Json = {
        "operationId": form.name,
        "summary": form.summary,
        "tags": ["log"],
        "responses": {
            "200": {
                "description": "Never changes." if form.immutable else "The newest.",
                "content": {form.media_type: {"schema": schema}},
            },
            "default": _REFUSED,
        },
        "x-renkei-authentication": "mutual TLS, any party of the directory",
        "x-renkei-max-bytes": files.max_bytes,
    }
    if form.parameters:
        operation["parameters"] = [
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": said,
                "schema": {"type": "string", "pattern": pattern},
            }
            for name, pattern, said in form.parameters
        ]
    return operation

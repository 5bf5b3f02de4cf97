"""JSON Schemas: of the files people take away, of what bodies provide (ファイルの形式).

Pure; `tools/openapi.py` writes them to `api/` beside the OpenAPI documents. What stands inside a
file as bytes or as a signed message is described in it too (JSON Schema 2020-12, Validation §8).
"""

from inspect import cleandoc
from typing import Any, Final

import msgspec

from renkei.law.information_schema import information_schema
from renkei.wire.entries import ExchangeRecord, ReceiptRecord
from renkei.wire.history import Anchors, HistoryFile, ProvenLine, ProvenReceipt
from renkei.wire.portal.messages import LedgerStatement

Json = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_DEFS: Final = "#/$defs/"


def file_schemas() -> dict[str, Json]:
    """File name to schema: what a person downloads, and what it is checked with."""
    return {
        "history.schema.json": history(),
        "anchors.schema.json": anchors(),
        "information.schema.json": information_schema(),
    }


def history() -> Json:
    """The downloaded history: one line of JSON, exactly as the portal writes it (履歴ファイル)."""
    schema, found = _of(HistoryFile, ExchangeRecord, ReceiptRecord, LedgerStatement)
    for struct, record in ((ProvenLine, ExchangeRecord), (ProvenReceipt, ReceiptRecord)):
        found[struct.__name__]["properties"]["record"] |= {
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": _DEFS + record.__name__},
        }
    found[HistoryFile.__name__]["properties"]["statement"] |= {
        "description": "Compact JWS (RFC 7515) of the Commission; its payload is LedgerStatement.",
        "x-renkei-payload": {"$ref": _DEFS + LedgerStatement.__name__},
    }
    return {"$schema": DIALECT, "title": "Renkei: a person's history", **schema, "$defs": found}


def anchors() -> Json:
    """The public keys that whoever checks a history starts from (信頼の基点)."""
    schema, found = _of(Anchors)
    return {"$schema": DIALECT, "title": "Renkei: anchors", **schema, "$defs": found}


def _of(file: type, *inside: type) -> tuple[Json, Json]:
    """The schema of a file, and those of everything in it."""
    (schema, *_), found = msgspec.json.schema_components(
        (file, *inside), ref_template=_DEFS + "{name}"
    )
    return schema, portable(found)


def portable(schema: Any) -> Any:
    r"""The schema with patterns as ECMA 262 writes them: its `$` is what Python calls `\Z`.

    Docstrings lose their indentation, which Python 3.13 removes and older ones keep.
    """
    if isinstance(schema, list):
        return [portable(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: portable(value) for key, value in schema.items()}
    if isinstance(pattern := found.get("pattern"), str):
        found["pattern"] = pattern.removesuffix(r"\Z") + "$" * pattern.endswith(r"\Z")
    if isinstance(description := found.get("description"), str):
        found["description"] = cleandoc(description)
    return found

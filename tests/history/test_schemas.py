"""The JSON Schemas of `api/` describe the files people take away."""

import base64
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from renkei.wire.history import write_file

API = Path(__file__).resolve().parents[2] / "api"


def validator(name: str, definition: str | None = None) -> Any:
    """What checks a file, or one definition in its schema."""
    schema = json.loads((API / name).read_text(encoding="utf-8"))
    if definition is not None:
        schema = {**schema, "$ref": f"#/$defs/{definition}"}
    return jsonschema_rs.validator_for(schema)


def test_downloads_fit_their_schema(files: Any) -> None:
    """Every download fits, with and without a statement, with lines and without."""
    check = validator("history.schema.json")
    for file in (files.unwitnessed, files.older, files.newer, files.stranger, files.empty):
        check.validate(json.loads(write_file(file)))


@pytest.mark.parametrize("name", ["lines", "receipts", "checkpoint", "ledger_path", "earlier"])
def test_a_file_with_less_does_not_fit(files: Any, name: str) -> None:
    """A file without one of its parts, or with one that nobody knows, is none."""
    check = validator("history.schema.json")
    whole = json.loads(write_file(files.newer))
    assert not check.is_valid({key: value for key, value in whole.items() if key != name})
    assert not check.is_valid({**whole, "more": 1})


def test_what_stands_inside_is_described(files: Any) -> None:
    """The bytes of a line and of a receipt, and the statement's payload, fit what is said there."""
    whole = json.loads(write_file(files.newer))
    for part, record in (("lines", "ExchangeRecord"), ("receipts", "ReceiptRecord")):
        check = validator("history.schema.json", record)
        assert whole[part]
        for one in whole[part]:
            check.validate(json.loads(base64.b64decode(one["record"])))
    payload = whole["statement"].split(".")[1]
    said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    validator("history.schema.json", "LedgerStatement").validate(said)


def test_anchors_fit_their_schema(files: Any) -> None:
    """The anchors fit; without a key they do not."""
    check = validator("anchors.schema.json")
    anchors = json.loads(msgspec.json.encode(files.anchors))
    check.validate(anchors)
    assert not check.is_valid({key: anchors[key] for key in anchors if key != "log_key"})

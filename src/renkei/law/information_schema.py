"""The information model as JSON Schema 2020-12, for whoever is no Python (データ項目のスキーマ)."""

from __future__ import annotations

from typing import Any, Final

from renkei.law.information import (
    REPEATED_MOST,
    Layout,
    Part,
    code_lists,
    field_kinds,
    layouts,
)

_TYPES: Final[dict[str, dict[str, Any]]] = {
    "boolean": {"type": "boolean"},
    "day": {"type": "string", "format": "date"},
    "key": {"type": "string", "minLength": 1, "maxLength": 200},
    "month": {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"},
    "number": {"type": "integer", "minimum": 0, "maximum": 10**6},
    "percent": {"type": "integer", "minimum": 0, "maximum": 100},
    "place": {"type": "string", "pattern": "^[0-9]{6}$"},
    "text": {"type": "string", "minLength": 1, "maxLength": 200},
    "year": {"type": "integer", "minimum": 1900, "maximum": 2200},
    "yen": {"type": "integer", "minimum": 0, "maximum": 10**12},
}


def information_schema() -> dict[str, Any]:
    """One definition per item: an object from the names of its fields to their values."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Items of information and their fields (データ項目)",
        "description": (
            "Which items may be asked for is law; the fields are a proposal from practice. "
            "`x-unit` travels beside the value; `x-labels` is what people read."
        ),
        "$defs": {name: _item(one) for name, one in sorted(layouts().items())},
    }


def _item(layout: Layout) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "x-source": layout.source,
        "properties": {part.field: _field(part) for part in layout.fields},
        "required": [part.field for part in layout.fields],
        "additionalProperties": False,
    }
    if layout.repeated is not None:
        schema["x-repeated-most"] = REPEATED_MOST
        schema["patternProperties"] = {
            f"^{layout.repeated.name}-[1-9][0-9]?-{part.field}$": _field(part)
            for part in layout.repeated.fields
        }
    return schema


def _field(part: Part) -> dict[str, Any]:
    kind = field_kinds()[part.field]
    schema: dict[str, Any] = {"x-labels": {"ja": kind.ja, "en": kind.en, "ja-easy": kind.easy}}
    if kind.unit is not None:
        schema["x-unit"] = kind.unit
    if part.codes is None:
        typed = dict(_TYPES[kind.type])
        if part.optional:
            typed["type"] = [typed["type"], "null"]
        return schema | typed
    values = code_lists()[part.codes]
    schema["enum"] = [*values, *([None] if part.optional else [])]
    schema["x-values"] = {
        name: {"ja": one.ja, "en": one.en, "ja-easy": one.easy} for name, one in values.items()
    }
    return schema

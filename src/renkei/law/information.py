"""What an item of information holds, field by field, with types and labels (データ項目の定義).

That an item may be asked for is law; which fields it has is our own proposal from practice, since
the ministerial layouts are not published as law (データ標準レイアウト). Amounts are whole yen,
days and months of the Gregorian calendar as in ISO 8601.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Final, Literal

import msgspec

from renkei.law import tables
from renkei.values.errors import ValueFormatError
from renkei.values.municipality_code import MunicipalityCode

Value = str | int | bool | None
FieldType = Literal[
    "boolean", "code", "day", "key", "month", "number", "percent", "place", "text", "year", "yen"
]
"""`key` is a body's own key: it is never shown to a person. `place` is a municipality code."""
REPEATED_MOST: Final = 20
_UNITS: Final[Mapping[str, str]] = {"yen": "yen", "percent": "percent"}
_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_NUMBERED: Final = re.compile(r"([a-z]+)-([1-9][0-9]?)-([a-z-]+)")
_TEXT_CHARACTERS: Final = 200
_YEN_MOST: Final = 10**12
_NUMBER_MOST: Final = 10**6
_YEARS: Final = (1900, 2200)


class FieldKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A field by its name, with its type and what people read; `easy` is plain Japanese."""

    id: str
    type: FieldType
    ja: str
    en: str
    easy: str

    @property
    def unit(self) -> str | None:
        """The unit that travels with it: `yen`, `percent`, or none."""
        return _UNITS.get(self.type)


class CodeValue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value of a code list, with what people read."""

    id: str
    ja: str
    en: str
    easy: str


class CodeList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A closed list of values (コード表)."""

    id: str
    values: tuple[CodeValue, ...]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A field of an item; `codes` names its list; `optional`: it may have no value."""

    field: str
    codes: str | None = None
    optional: bool = False


class Repeated(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Fields that come several times: `relation-2-kind` is the kind of the second relation."""

    name: str
    fields: tuple[Part, ...]


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an item holds (情報項目の構成); `source`: whether law or practice lists the fields."""

    item: str
    fields: tuple[Part, ...]
    source: Literal["law", "practice"]
    repeated: Repeated | None = None


class _Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fields: tuple[FieldKind, ...]
    codes: tuple[CodeList, ...]
    items: tuple[Layout, ...]


@cache
def _model() -> _Model:
    return tables.read("information_model.json", _Model)


@cache
def layouts() -> Mapping[str, Layout]:
    """Every item that is laid out, by its id."""
    return {one.item: one for one in _model().items}


@cache
def field_kinds() -> Mapping[str, FieldKind]:
    """Every field by its name."""
    return {one.id: one for one in _model().fields}


@cache
def code_lists() -> Mapping[str, Mapping[str, CodeValue]]:
    """Every code list by its name, its values by theirs."""
    return {one.id: {value.id: value for value in one.values} for one in _model().codes}


def part_of(item: str, name: str) -> tuple[Part, int | None] | None:
    """The field of an item with this name, and its number where it is one of several; else None."""
    layout = layouts().get(item)
    if layout is None:
        return None
    for part in layout.fields:
        if part.field == name:
            return part, None
    numbered = _NUMBERED.fullmatch(name)
    if layout.repeated is None or numbered is None or numbered[1] != layout.repeated.name:
        return None
    found = (one for one in layout.repeated.fields if one.field == numbered[3])
    return next(((one, int(numbered[2])) for one in found), None)


def coded(item: str, name: str, value: Value) -> CodeValue | None:
    """What people read for a value of a code list; None for any other value."""
    found = part_of(item, name)
    if found is None or found[0].codes is None or not isinstance(value, str):
        return None
    return code_lists()[found[0].codes].get(value)


def faults(item: str, given: Sequence[tuple[str, Value, str | None]]) -> Iterator[str]:
    """What is wrong with an item's fields, each given as name, value, unit; nothing if all fits.

    An item that is not laid out has no fault: bodies may exchange it as they agreed.
    """
    layout = layouts().get(item)
    if layout is None:
        return
    names = [name for name, _, _ in given]
    yield from (f"{item}: {one} stands twice" for one in {*names} if names.count(one) > 1)
    missing = [part.field for part in layout.fields if part.field not in names]
    yield from (f"{item}: {one} is missing" for one in missing)
    for name, value, unit in given:
        found = part_of(item, name)
        if found is None:
            yield f"{item}: it has no field {name}"
        elif found[1] is not None and found[1] > REPEATED_MOST:
            yield f"{item}: {name} is more than {REPEATED_MOST} of them"
        elif (fault := _fault(found[0], value, unit)) is not None:
            yield f"{item}.{name}: {fault}"


def _fault(part: Part, value: Value, unit: str | None) -> str | None:
    kind = field_kinds()[part.field]
    if value is None:
        return None if part.optional else "it has no value"
    if unit != kind.unit:
        return f"its unit is {kind.unit or 'none'}, not {unit or 'none'}"
    if part.codes is not None:
        known = code_lists()[part.codes]
        return None if value in known else f"{value!r} is none of {', '.join(known)}"
    return None if _is(kind.type, value) else f"{value!r} is no {kind.type}"


def _is(kind: FieldType, value: str | int | bool) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if isinstance(value, int):
        low, high = {
            "yen": (0, _YEN_MOST),
            "number": (0, _NUMBER_MOST),
            "percent": (0, 100),
            "year": _YEARS,
        }.get(kind, (1, 0))
        return low <= value <= high
    if kind == "day":
        return _is_day(value)
    if kind == "month":
        return _MONTH.fullmatch(value) is not None
    if kind == "place":
        return _is_place(value)
    return kind in ("text", "key") and 0 < len(value) <= _TEXT_CHARACTERS


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_place(value: str) -> bool:
    try:
        MunicipalityCode(value)
    except ValueFormatError:
        return False
    return True

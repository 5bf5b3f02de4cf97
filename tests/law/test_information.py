"""What an item holds: every item that is asked is laid out, and what does not fit is told."""

import json
import re
from datetime import date
from typing import Any

import jsonschema_rs
import pytest

from renkei.law import items_permitted, procedures
from renkei.law.in_force import counts
from renkei.law.information import code_lists, coded, faults, field_kinds, layouts, part_of
from renkei.law.information_schema import information_schema

DAYS = (date(2026, 2, 2), date(2026, 7, 1))
KANJI = re.compile("[一-龠々]")
TAX: list[tuple[str, Any, str | None]] = [
    ("tax-year", 2025, None),
    ("municipality", "132080", None),
    ("income-levy", 12_300, "yen"),
    ("per-capita-levy", 3_000, "yen"),
    ("total-income", 1_230_000, "yen"),
    ("dependants", 1, None),
    ("exempt", False, None),
]


@pytest.mark.parametrize("day", DAYS)
def test_every_item_a_procedure_asks_is_laid_out(day: date) -> None:
    """No kind of information comes without types and labels."""
    asked = {
        item.item
        for one in procedures().values()
        if counts(one, day)
        for affair in one.affairs
        for item in items_permitted(affair.row, affair.sub_affair, day)
    }
    assert len(asked) > 75
    assert asked - set(layouts()) == set()


def test_labels_stand_in_three_languages() -> None:
    """Fields and codes have Japanese, English, and plain Japanese with readings."""
    values = [one for known in code_lists().values() for one in known.values()]
    for one in (*field_kinds().values(), *values):
        assert one.ja
        assert one.en.isascii()
        bare = re.sub(r"\[[^|\]]+\|[ぁ-んー]+\]", "", one.easy)
        assert not KANJI.search(bare), one.easy


def test_every_part_names_a_field_and_every_code_field_its_list() -> None:
    """A field of the type `code` has a list of values, no other has."""
    for layout in layouts().values():
        more = layout.repeated.fields if layout.repeated is not None else ()
        for part in (*layout.fields, *more):
            assert (field_kinds()[part.field].type == "code") == (part.codes is not None)
            assert part.codes is None or part.codes in code_lists()


def test_what_fits_has_no_fault() -> None:
    """A tax as the city has it; relations come with numbers."""
    assert list(faults("municipal-tax", TAX)) == []
    relation = [
        ("relation-1-kind", "spouse", None),
        ("relation-1-other-birth-date", "1990-02-28", None),
        ("relation-1-since", "2015-05-05", None),
        ("married", True, None),
    ]
    assert list(faults("family-register", relation)) == []
    assert list(faults("of-no-table", [("anything", 1, None)])) == []


@pytest.mark.parametrize(
    ("name", "value", "unit", "said"),
    [
        ("income-levy", -1, "yen", "is no yen"),
        ("income-levy", True, "yen", "is no yen"),
        ("income-levy", "12300", "yen", "is no yen"),
        ("income-levy", 12_300, None, "its unit is yen, not none"),
        ("dependants", 1, "yen", "its unit is none, not yen"),
        ("dependants", None, None, "it has no value"),
        ("tax-year", 1066, None, "is no year"),
        ("municipality", "132081", None, "is no place"),
        ("exempt", 0, None, "is no boolean"),
    ],
)
def test_what_does_not_fit_is_told(name: str, value: Any, unit: str | None, said: str) -> None:
    """Each fault names the item, the field, and what it is not."""
    given = [(name, value, unit) if one[0] == name else one for one in TAX]
    (fault,) = faults("municipal-tax", given)
    assert fault.startswith(f"municipal-tax.{name}: ")
    assert said in fault


def test_fields_that_are_missing_strange_or_twice_are_told() -> None:
    """A layout has its fields, each once, and no other."""
    assert list(faults("municipal-tax", TAX[1:])) == ["municipal-tax: tax-year is missing"]
    assert list(faults("municipal-tax", [*TAX, ("note", "x", None)])) == [
        "municipal-tax: it has no field note"
    ]
    assert "municipal-tax: exempt stands twice" in list(faults("municipal-tax", [*TAX, TAX[-1]]))
    many = [("relation-21-kind", "spouse", None), ("married", True, None)]
    assert list(faults("family-register", many)) == [
        "family-register: relation-21-kind is more than 20 of them"
    ]


@pytest.mark.parametrize("value", ["2026-02-30", "20260201", "2026-2-1", "today", ""])
def test_a_day_is_a_day_of_the_calendar(value: str) -> None:
    """ISO 8601 in full, and of a month that has it."""
    given = [("amount", 1, "yen"), ("paid-on", value, None)]
    assert list(faults("training-benefit", given)) != []


def test_codes_are_read_by_the_list_of_their_item() -> None:
    """Grade 2 of one benefit is another word than grade 2 of another."""
    physical = coded("physical-disability-grade", "grade", "2")
    accident = coded("workers-accident-disability-pension", "grade", "2")
    assert physical is not None
    assert accident is not None
    assert (physical.ja, accident.ja) == ("2級", "第2級")
    assert coded("physical-disability-grade", "grade", "9") is None
    assert part_of("family-register", "relation-3-kind") is not None
    assert part_of("family-register", "other-3-kind") is None


def test_the_schema_accepts_what_the_model_does_and_nothing_else() -> None:
    """The JSON Schema of an item is the model's, for whoever is no Python."""
    schema = information_schema()
    assert set(schema["$defs"]) == set(layouts())
    tax = jsonschema_rs.validator_for({**schema["$defs"]["municipal-tax"]})
    given = {name: value for name, value, _ in TAX}
    assert tax.is_valid(given)
    for wrong in ({**given, "exempt": 0}, {**given, "note": 1}, {**given, "income-levy": -1}):
        assert not tax.is_valid(json.loads(json.dumps(wrong)))
    assert not tax.is_valid({name: value for name, value in given.items() if name != "exempt"})
    insured = jsonschema_rs.validator_for({**schema["$defs"]["insured-status"]})
    held = {"municipality": None, "insurer": "elderly-care-union", "symbol": "00"}
    held |= {"number": "1", "branch": "00", "kind": "insured", "since": "2020-01-01"}
    assert insured.is_valid({**held, "copayment": 10})
    assert not insured.is_valid({**held, "copayment": 10, "insurer": "nobody"})

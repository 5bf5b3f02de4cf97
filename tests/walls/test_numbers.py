"""The wall around numbers and codes: in a role they are values of their types, never plain text."""

import ast
import importlib
import pkgutil
import re
import typing
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import msgspec
import msgspec.inspect
import pytest
import sqlalchemy as sa

from renkei import law, roles, wire
from renkei.kit.database.columns import Value
from renkei.values import CorporateNumber, IndividualNumber, MunicipalityCode, PersonId
from renkei.wire.individual_number.messages import AcquireSubject
from renkei.wire.table import KIND_OF

DENOTES: Final = {
    "individual_numbers?": IndividualNumber,
    "municipality(_codes?)?": MunicipalityCode,
    "corporate_numbers?": CorporateNumber,
    "persons?(_ids?)?": PersonId,
}
"""What a name ends in, perhaps behind another word (`tax_municipality_code`), and the type that it
denotes; with `_of` behind it, the name of what finds one."""
BODIES: Final = ast.FunctionDef | ast.AsyncFunctionDef


def denoted(name: str) -> type | None:
    """The type that a name denotes."""
    found = (kind for end, kind in DENOTES.items() if re.search(f"(^|_){end}(_of)?$", name))
    return next(found, None)


def modules(package: ModuleType) -> Iterator[ModuleType]:
    """A package's modules, all of them."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def is_text(annotation: Any) -> bool:
    """Whether an annotation, its aliases resolved, lets plain text in anywhere.

    The key of a mapping says what the value is found by, so it denotes nothing.
    """
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return False
    if origin is typing.Annotated:
        return is_text(parts[0])
    if isinstance(origin, type) and hasattr(origin, "keys"):
        return is_text(parts[1])
    return annotation is str or any(is_text(part) for part in parts)


def annotated(tree: ast.AST) -> Iterator[tuple[int, str, ast.expr]]:
    """Every field, variable, parameter and result that is annotated: line, name, annotation."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign):
            yield node.lineno, ast.unparse(node.target).rpartition(".")[2], node.annotation
        elif isinstance(node, ast.arg) and node.annotation is not None:
            yield node.lineno, node.arg, node.annotation
        elif isinstance(node, BODIES) and node.returns is not None:
            yield node.lineno, node.name, node.returns


def texts_in(source: str, names: dict[str, Any]) -> Iterator[str]:
    """Where a name that denotes a number or code is annotated as text; `names`: the module's."""
    for line, name, annotation in annotated(ast.parse(source)):
        kind = denoted(name)
        if kind is None:
            continue
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            annotation = ast.parse(annotation.value, mode="eval").body
        meant = eval(compile(ast.Expression(annotation), "<annotation>", "eval"), names)
        if is_text(meant):
            yield f"{line}: {name} is text, not {kind.__name__}"


def text_columns(tables: sa.MetaData) -> Iterator[str]:
    """Columns whose name denotes a number or code and whose type is not that one's."""
    for table in tables.tables.values():
        for column in table.columns:
            kind = denoted(column.name)
            held = column.type.kind if isinstance(column.type, Value) else None
            if kind is not None and held is not kind:
                yield f"{table.name}.{column.name} is {column.type!r}, not {kind.__name__}"


def types_in(node: Any) -> set[type]:
    """Every type of value that stands anywhere in a struct."""
    if isinstance(node, msgspec.inspect.CustomType):
        return {node.cls}
    if isinstance(node, msgspec.Struct):
        parts = [getattr(node, name) for name in node.__struct_fields__]
    else:
        parts = list(node) if isinstance(node, list | tuple) else []
    return {kind for part in parts for kind in types_in(part)}


@pytest.mark.parametrize("package", [roles, wire, law], ids=lambda one: one.__name__)
def test_no_number_is_text(package: ModuleType) -> None:
    """No field, parameter, variable or result that denotes a number or code is plain text."""
    found, seen = [], 0
    for module in modules(package):
        source = Path(module.__file__ or "").read_text(encoding="utf-8")
        seen += sum(denoted(name) is not None for _, name, _ in annotated(ast.parse(source)))
        found += [f"{module.__name__}:{one}" for one in texts_in(source, dict(vars(module)))]
    assert found == []
    assert seen > 0


def test_no_column_of_a_number_is_text() -> None:
    """Every table of every role keeps a number or code in a column of its type."""
    tables = {
        id(one): one
        for module in modules(roles)
        for one in vars(module).values()
        if isinstance(one, sa.MetaData)
    }
    assert len(tables) >= 5
    assert [one for each in tables.values() for one in text_columns(each)] == []


@pytest.mark.parametrize(
    "source",
    [
        "class A:\n    individual_number: str",
        "class A:\n    tax_municipality_code: 'str | None' = None",
        "def a(person: str) -> None: ...",
        "def a(*, persons: list[str]) -> None: ...",
        "async def person_of(code: bytes) -> str | None: ...",
        "def a() -> None:\n    def b(person_id: Word) -> None: ...",
        "class A:\n    corporate_number: tuple[int, Word]",
        "class A:\n    persons: dict[int, str]",
    ],
)
def test_text_does_not_pass(source: str) -> None:
    """The wall sees text in fields, parameters and results, nested, quoted and behind an alias."""
    names = {"Word": typing.Annotated[str, "a word"]}
    assert len(list(texts_in(source, names))) == 1


def test_types_and_other_names_pass() -> None:
    """What has its type passes, and so does what a mapping finds it by, and another word."""
    source = """
def person_of(persons: dict[str, PersonId], personal: str) -> PersonId | None: ...
class A:
    municipality_code: MunicipalityCode | None
    person: Literal["parent"]
"""
    names = {"PersonId": PersonId, "MunicipalityCode": MunicipalityCode, "Literal": typing.Literal}
    assert list(texts_in(source, names)) == []


def test_a_column_of_text_does_not_pass() -> None:
    """The wall sees a column of text, and one of another type of value."""
    tables = sa.MetaData()
    sa.Table(
        "a",
        tables,
        sa.Column("person", sa.String(32)),
        sa.Column("municipality_code", Value(PersonId)),
        sa.Column("individual_number", Value(IndividualNumber)),
    )
    assert [one.split()[0] for one in text_columns(tables)] == ["a.person", "a.municipality_code"]


def test_no_message_carries_an_individual_number_in_clear() -> None:
    """An individual number is a field of what goes into boxes alone, of no message or its parts."""
    for kind in KIND_OF.values():
        assert IndividualNumber not in types_in(msgspec.inspect.type_info(kind.struct))
    assert IndividualNumber in types_in(msgspec.inspect.type_info(AcquireSubject))

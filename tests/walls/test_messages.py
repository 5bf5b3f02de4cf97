"""The wall around the wire: no message without an example, no code outside the closed lists."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from renkei import wire
from renkei.wire.call import Call
from renkei.wire.errors import ERRORS
from renkei.wire.fields import Message
from renkei.wire.names import (
    EVERYONE,
    INDIVIDUAL_NUMBER,
    INSTITUTION,
    LINKAGE,
    OVERSIGHT,
    PORTAL,
)
from renkei.wire.reasons import reason_known
from renkei.wire.table import CALLS, KIND_OF

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "renkei"
GOLDEN = ROOT / "tests" / "wire" / "golden"
BOX = "box-"
SENDING = ("ask", "send", "order")
COLUMNS = {"store.py", "logs.py", "acquire.py", "addresses.py"}
"""Files in which such a word is a column, a field of a log line, a template's folder."""


def calls_of(name: str, folders: tuple[str, ...]) -> Iterator[tuple[str, ast.Call]]:
    """Every call of a function or class in the package, with its place."""
    for folder in folders:
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and name in ast.unparse(node.func).split("."):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def literal(call: ast.Call, position: int, keyword: str) -> str | None:
    """A text given to a call by position or name; None where it is no literal."""
    named = [one.value for one in call.keywords if one.arg == keyword]
    given = named or call.args[position : position + 1]
    if given and isinstance(given[0], ast.Constant) and isinstance(given[0].value, str):
        return given[0].value
    return None


def test_every_message_has_a_golden_file() -> None:
    """Every message of the table has an example in tests/wire/golden, and no file is left over."""
    held = {path.stem for path in GOLDEN.glob("*.json") if not path.stem.startswith(BOX)}
    assert held == {kind.name for kind in KIND_OF.values()}


def test_every_message_is_in_the_table() -> None:
    """A message that is defined is listed: nothing can be signed that the table does not name."""
    for module in pkgutil.walk_packages(wire.__path__, f"{wire.__name__}."):
        importlib.import_module(module.name)
    assert set(Message.__subclasses__()) == KIND_OF.keys()


def test_every_error_raised_is_in_the_list() -> None:
    """Every error raised anywhere in the package has a code of the closed list."""
    folders = ("wire", "kit", "roles", "clients", "run", "sandbox")
    found = [
        (place, literal(call, 0, "code"))
        for place, call in calls_of("WireError", folders)
        if literal(call, 0, "code") is not None
    ]
    assert len(found) > 20
    assert [one for one in found if one[1] not in ERRORS] == []


def test_every_reason_is_in_the_list() -> None:
    """Every decision of the law and the roles has a reason of the closed lists."""
    found = [
        (place, literal(call, 3, "reason"))
        for place, call in calls_of("Decision", ("law", "roles"))
        if literal(call, 3, "reason") is not None
    ]
    assert len(found) > 10
    assert [one for one in found if not reason_known(one[1] or "")] == []


def test_no_path_outside_the_table() -> None:
    """No role, client or process names the path of a call: they take it from the table."""
    paths = {call.path for call in CALLS}
    named = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for folder in ("kit", "roles", "clients", "run", "sandbox")
        for path in sorted((PACKAGE / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in paths
    ]
    assert named == []


def test_names_of_roles_and_parties_are_written_once() -> None:
    """No role, process or door spells the name of a role or single party: `wire.names` does."""
    spelt = {LINKAGE, INDIVIDUAL_NUMBER, PORTAL, OVERSIGHT, INSTITUTION, EVERYONE}
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for folder in ("kit", "clients", "run", "roles")
        for path in sorted((PACKAGE / folder).rglob("*.py"))
        if "migrations" not in path.parts and path.name not in COLUMNS
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in spelt and "store" not in path.parts
    ]
    assert found == []


def test_purposes_of_boxes_are_of_the_closed_list() -> None:
    """Every box is sealed and opened for a purpose of the list, named there and not spelt."""
    given = [
        (place, ast.unparse(call.args[at]))
        for method, at in (("seal", 1), ("unseal", 1), ("seal_seed", 1), ("unseal_seed", 0))
        for place, call in calls_of(method, ("roles",))
    ]
    assert len(given) > 15
    assert [one for one in given if not one[1].startswith("BoxPurpose.")] == []


def test_key_ids_are_taken_apart_in_one_place() -> None:
    """Nobody splits a key id at its colons but the type that it is."""
    found = [
        place
        for place, call in calls_of("split", ("wire", "kit", "roles", "clients", "run", "sandbox"))
        if call.args and ast.unparse(call.args[0]) == "':'"
    ]
    assert [place.rpartition(":")[0] for place in found] == ["src/renkei/wire/key_id.py"]


def asked_in(tree: ast.AST) -> Iterator[str]:
    """The names of the calls that some code asks or sends; also one chosen between two."""
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr.lstrip("_") in SENDING:
            first = node.args[:1]
            yield from (
                one.id for arg in first for one in ast.walk(arg) if isinstance(one, ast.Name)
            )


def test_every_call_is_sent_by_somebody() -> None:
    """What no party of the product sends is no call: nothing is answered for tests alone."""
    modules = [
        importlib.import_module(f"{wire.__name__}.{path.parent.name}.calls")
        for path in (PACKAGE / "wire").glob("*/calls.py")
    ]
    listed = {
        name
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, Call)
    }
    sent = {
        name
        for folder in ("roles", "clients", "run", "kit", "cli")
        for path in (PACKAGE / folder).rglob("*.py")
        for name in asked_in(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert len(listed) == len(CALLS)
    assert sorted(listed - sent) == []


def test_a_call_that_is_only_answered_is_found() -> None:
    """A door and an import are no sending; asking, sending and a choice of two calls are."""
    code = "from x import A, B\ndoorway.route(A, f)\nline.ask(B, m)\nline.send(C if x else D, raw)"
    assert {"B", "C", "D"} == set(asked_in(ast.parse(code))) - {"x"}

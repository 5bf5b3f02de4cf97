"""The wall around the wire: no message without an example, no code outside the closed lists."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from renkei.wire import messages
from renkei.wire.errors import ERRORS
from renkei.wire.fields import Message
from renkei.wire.reasons import reason_known
from renkei.wire.table import CALLS, KIND_OF

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "renkei"
GOLDEN = ROOT / "tests" / "wire" / "golden"
BOX = "box-"


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
    for module in pkgutil.iter_modules(messages.__path__):
        importlib.import_module(f"{messages.__name__}.{module.name}")
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

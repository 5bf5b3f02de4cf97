"""Tests ask what the product offers; what is private may change without a test being rewritten."""

import ast
import contextlib
import sys
import textwrap
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def private(name: str) -> bool:
    """Whether a name is its owner's own."""
    return name.startswith("_") and name.strip("_") != "" and not name.startswith("__")


def made(tree: ast.AST) -> set[str]:
    """The private names that some code defines, or sets on itself."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
                found.add(node.attr)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return {name for name in found if private(name)}


def programs(tree: ast.AST) -> Iterator[ast.AST]:
    """Code, and the programs that it holds as text to run them in a process of their own."""
    yield tree
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" in node.value:
            with contextlib.suppress(SyntaxError):
                yield ast.parse(textwrap.dedent(node.value))


def reached(tree: ast.AST, of_product: set[str], of_tests: set[str]) -> Iterator[str]:
    """The private names of the product that a test names: as attribute, import or text."""
    for node in chain.from_iterable(map(ast.walk, programs(tree))):
        if isinstance(node, ast.Attribute) and node.attr in of_product - of_tests:
            yield node.attr
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("renkei"):
            yield from (one.name for one in node.names if private(one.name))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from {node.value} & of_product


def product() -> set[str]:
    """The private names of the product."""
    trees = (ast.parse(path.read_text("utf-8")) for path in (ROOT / "src").rglob("*.py"))
    return set().union(*map(made, trees))


def found() -> set[str]:
    """File and name of everything private that tests reach into."""
    of_product, all_found = product(), set()
    for path in sorted((ROOT / "tests").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        file = path.relative_to(ROOT / "tests")
        # A file's place in `support` may change; its name is its own.
        name = file.name if file.parts[0] == "support" else file.as_posix()
        all_found |= {f"{name}:{one}" for one in reached(tree, of_product, made(tree))}
    return all_found


def test_no_test_reaches_into_the_product() -> None:
    """No test names a private of the product; what it needs has a name of its own there."""
    assert sorted(found()) == [], "ask through what the product offers"


def test_a_module_of_support_is_named_once() -> None:
    """Modules of `tests/support` are imported by name alone: none hides another or a package."""
    support = ROOT / "tests" / "support"
    names = [path.stem for path in support.rglob("*.py")]
    folders = [path.name for path in support.iterdir() if path.is_dir()]
    assert sorted(names) == sorted(set(names))
    assert set(names) & {*folders, *sys.stdlib_module_names} == set()


def test_a_reach_would_be_seen() -> None:
    """An attribute, read or set, an import, a patched name, a program in a text: all are found."""
    patched = "monkeypatch.setattr(thing, '_planted', 1)"
    text = "\n".join(("from renkei.wire import _inner", "thing._planted", patched))
    assert list(reached(ast.parse(text), {"_planted"}, set())) == ["_inner", "_planted", "_planted"]
    assert list(reached(ast.parse("self._planted"), {"_planted"}, {"_planted"})) == []
    for reach in ("thing._planted = 1", "RUN = 'import x\\nx._planted = 1'"):
        tree = ast.parse(reach)
        assert list(reached(tree, {"_planted"}, made(tree))) == ["_planted"], reach
    assert made(ast.parse("self._own = 1")) == {"_own"}

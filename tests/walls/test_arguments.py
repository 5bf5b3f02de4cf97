"""Functions of the roles take what they use: an argument nobody reads is another contract's."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "renkei"
FOLDERS = ("roles", "clients", "run")
ENGINE = {"roles/portal/store/tables.py:_begin:_table", "roles/portal/store/tables.py:_begin:_more"}
"""Called by the database library, which decides what it hands over."""


def stands_for_others(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it has no body of its own: words, `...`, or one `raise`."""
    return all(
        isinstance(one, ast.Raise | ast.Pass)
        or (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
        for one in function.body
    )


def unread(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Every function with an argument that its body never reads."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if stands_for_others(function):
            continue
        given = function.args
        several = [one for one in (given.vararg, given.kwarg) if one is not None]
        names = [*given.posonlyargs, *given.args, *given.kwonlyargs, *several]
        read = {
            node.id
            for line in function.body
            for node in ast.walk(line)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        for one in names:
            if one.arg not in ({"self", "cls"} | read):
                yield function.name, one.arg


def test_no_function_takes_what_it_ignores() -> None:
    """In roles, clients and composition every argument is read, those of rounds and batches too."""
    found = {
        f"{path.relative_to(PACKAGE).as_posix()}:{function}:{argument}"
        for folder in FOLDERS
        for path in (PACKAGE / folder).rglob("*.py")
        for function, argument in unread(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == ENGINE


def test_an_ignored_size_is_found() -> None:
    """The check sees a round that takes a batch, under any name, and a closure that reads one."""
    rounds = "class A:\n async def sweep(self, _size: int) -> int:\n  return 0\n"
    assert list(unread(ast.parse(rounds))) == [("sweep", "_size")]
    closure = "def f(batch):\n def g():\n  return batch\n return g\n"
    assert list(unread(ast.parse(closure))) == []

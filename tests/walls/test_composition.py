"""What a role is made of stands in `run/roles/` once: no world of the tests puts one together."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
AT_MOST = 2
"""A test about one service may make it, and what it cannot be without."""


def services_of(tree: ast.Module) -> dict[str, str]:
    """The classes that a module has from the services of roles: name there, by name here."""
    return {
        one.asname or one.name: one.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and ".service" in (node.module or "")
        for one in node.names
        if one.name[0].isupper()
    }


def made(tree: ast.Module) -> Iterator[str]:
    """The services that a module makes, each time it does."""
    known = services_of(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in known:
            yield known[node.func.id]


def composed() -> set[str]:
    """The services that roles are made of."""
    found: set[str] = set()
    for path in (ROOT / "src/renkei/run/roles").glob("*.py"):
        found |= set(made(ast.parse(path.read_text(encoding="utf-8"))))
    return found


def test_no_world_puts_a_role_together() -> None:
    """No file of the tests makes more than two of the services that a role is made of."""
    wanted = composed()
    assert len(wanted) > 30, "the services of the roles are no longer seen"
    too_many = {}
    for path in TESTS.rglob("*.py"):
        here = wanted & set(made(ast.parse(path.read_text(encoding="utf-8"))))
        if len(here) > AT_MOST:
            too_many[str(path.relative_to(TESTS))] = sorted(here)
    assert too_many == {}, "compose the role by its description: tests/support/worlds/composed.py"


def test_a_role_put_together_by_hand_would_be_seen() -> None:
    """A service that is made is found, under whatever name it was imported."""
    text = "from renkei.roles.x.service.y import Z as Other, W\nOther(W(1))\n"
    assert sorted(made(ast.parse(text))) == ["W", "Z"]

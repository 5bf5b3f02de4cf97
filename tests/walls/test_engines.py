"""Which engine stands behind the door is nobody's business before it (データベースの壁)."""

import ast
import re
from pathlib import Path

import pytest

import renkei

PACKAGE = Path(renkei.__file__).parent
FOLDERS = ("roles", "clients", "run", "sandbox", "bench", "cli")
OTHERS_PROGRAMS = {PACKAGE / "bench" / "peers.py", *PACKAGE.glob("bench/peer_scripts/*.py")}
"""What is measured beside us brings its own database."""
ENGINE = re.compile(r"sqlite|postgres|psycopg|aiosqlite", re.IGNORECASE)
EVERYWHERE = {"coalesce", "count", "max", "min", "sum"}
OPENS = {"sqlite3", "psycopg", "sqlalchemy.dialects", "sqlalchemy.create_engine"}
FILES = sorted(
    path
    for folder in FOLDERS
    for path in (PACKAGE / folder).rglob("*.py")
    if path not in OTHERS_PROGRAMS
)


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_engine_is_named(folder: str) -> None:
    """Roles, commands, composition, sandbox and benches name no engine, not even in a comment."""
    named = [
        f"{path.relative_to(PACKAGE)}:{number}: {line.strip()}"
        for path in FILES
        if path.relative_to(PACKAGE).parts[0] == folder
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if ENGINE.search(line)
    ]
    assert not named, named


def test_nobody_opens_a_database_but_the_door() -> None:
    """No driver, dialect or engine of SQLAlchemy is imported outside `kit/database`."""
    opened = [
        f"{path.relative_to(PACKAGE)}: {name}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _imported(node)
        if any(name == one or name.startswith(f"{one}.") for one in OPENS)
        or name == "sqlalchemy.engine"
    ]
    assert not opened, opened


def test_functions_are_those_that_every_engine_has() -> None:
    """What a query computes, every engine computes alike: another function belongs to the door."""
    foreign = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}: {node.attr}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and ast.unparse(node.value).endswith("func")
        and node.attr not in EVERYWHERE
    ]
    assert not foreign, foreign


def test_an_engine_is_known_to_the_list_of_engines_only() -> None:
    """Inside the door, one file knows which engines there are: another engine is one line there."""
    door = PACKAGE / "kit" / "database"
    engines = {path.parent.name for path in door.glob("*/__init__.py")}
    knowing = {
        str(path.relative_to(door))
        for path in PACKAGE.rglob("*.py")
        if path.is_relative_to(door) is False or path.parent == door
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _imported(node)
        if any(name.startswith(f"renkei.kit.database.{engine}") for engine in engines)
    }
    assert engines
    assert knowing == {"engines.py"}


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [one.name for one in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
    return []

"""How durably each server writes: the settings of every connection it holds, read back."""

import ast
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import renkei
from renkei.kit.database import Database
from renkei.kit.database.migration import upgrade
from renkei.kit.database.sqlite import driver
from renkei.run.roles import ROLES

PACKAGE = Path(renkei.__file__).parent
DOORS = {f"kit/database/{engine}/driver.py" for engine in ("sqlite", "postgresql")}


@pytest.mark.parametrize("role", ROLES)
def test_every_connection_of_a_server_is_durable(
    role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writer and readers of each role: write-ahead log, a sync at every commit, foreign keys."""
    revision, migrations = ROLES[role].revision, ROLES[role].migrations
    path = tmp_path / "database.sqlite"
    upgrade(migrations, path)
    opened = []
    real = driver.open_driver

    def seen(path: Path, *, read_only: bool) -> sqlite3.Connection:
        opened.append(real(path, read_only=read_only))
        return opened[-1]

    monkeypatch.setattr(driver, "open_driver", seen)
    with closing(Database.open(path, revision=revision)):
        held = [driver.read_pragmas(one) for one in opened]
    for one in held:
        assert one["journal_mode"] == "wal"
        assert one["synchronous"] == 2, "FULL: the log is synced at every commit"
        assert one["foreign_keys"] == 1
        assert one["secure_delete"] == 1
    assert sorted(one["query_only"] for one in held) == [0, 1, 1, 1], "one writes"


def test_databases_are_opened_at_one_door_only() -> None:
    """One file of each engine opens databases: no server has a connection with other settings."""
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] != "bench"  # no server: it looks from outside
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.attr == "create_engine" or (node.value.id, node.attr) == ("sqlite3", "connect"))
    }
    assert found == DOORS

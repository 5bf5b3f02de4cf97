"""How durably each server writes: the settings of every connection it holds, read back."""

import ast
from contextlib import closing
from pathlib import Path

import pytest

import renkei
from renkei.kit.database import Database
from renkei.kit.migration import upgrade
from renkei.kit.sqlite import read_pragmas
from renkei.run.assembly import REVISIONS
from renkei.run.config import RoleName

PACKAGE = Path(renkei.__file__).parent
DOOR = "kit/sqlite.py"


@pytest.mark.parametrize("role", REVISIONS)
def test_every_connection_of_a_server_is_durable(role: RoleName, tmp_path: Path) -> None:
    """Writer and readers of each role: write-ahead log, a sync at every commit, foreign keys."""
    revision, migrations = REVISIONS[role]
    path = tmp_path / "database.sqlite"
    upgrade(migrations, path)
    with closing(Database.open(path, revision=revision)) as database:
        threads = [*database._writers, *database._readers]
        held = [read_pragmas(thread.held.driver) for thread in threads]
    assert len(held) == 3
    for one in held:
        assert one["journal_mode"] == "wal"
        assert one["synchronous"] == 2, "FULL: the log is synced at every commit"
        assert one["foreign_keys"] == 1
        assert one["secure_delete"] == 1
    assert [one["query_only"] for one in held] == [0, 1, 1]


def test_databases_are_opened_at_one_door_only() -> None:
    """Nothing but that file opens a database, so no server has a connection with other settings."""
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] != "bench"  # no server: it looks from outside
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.attr == "create_engine" or (node.value.id, node.attr) == ("sqlite3", "connect"))
    }
    assert found == {DOOR}

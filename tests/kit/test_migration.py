"""Creating and migrating a database file."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from renkei.kit.database import connect
from renkei.kit.database.migration import MigrationError, check_stated_revision, head, upgrade

MIGRATION = '''
"""{title}"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {previous!r}


def upgrade() -> None:
    {body}
'''


def script(folder: Path, revision: str, previous: str | None, body: str) -> None:
    text = MIGRATION.format(title=revision, revision=revision, previous=previous, body=body)
    (folder / "versions" / f"{revision}_step.py").write_text(text, encoding="utf-8")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Path]:
    name = f"migrations_{abs(hash(tmp_path))}"
    folder = tmp_path / "code" / name
    (folder / "versions").mkdir(parents=True)
    (folder / "__init__.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder.parent))
    column = 'sa.Column("id", sa.Integer, primary_key=True)'
    script(folder, "0001", None, f'op.create_table("thing", {column})')
    return name, folder


def test_upgrade_creates_private_files_and_keeps_rows(
    package: tuple[str, Path], tmp_path: Path
) -> None:
    """A new file has mode 0600 and the newest revision; a later upgrade keeps its rows."""
    name, folder = package
    path = tmp_path / "state" / "role.sqlite"
    assert upgrade(name, path) == upgrade(name, path) == head(name) == "0001"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with connect(path, revision="0001") as connection:
        connection.exec_driver_sql("INSERT INTO thing (id) VALUES (7)")
        assert stat.S_IMODE(path.with_name("role.sqlite-wal").stat().st_mode) == 0o600
    script(folder, "0002", "0001", 'op.add_column("thing", sa.Column("size", sa.Integer))')
    assert upgrade(name, path) == "0002"
    check_stated_revision(name, "0002")
    with connect(path, revision="0002") as connection:
        assert connection.exec_driver_sql("SELECT id, size FROM thing").all() == [(7, None)]
    with pytest.raises(Exception, match="REVISION is 0001"):
        check_stated_revision(name, "0001")


def test_a_failing_migration_leaves_the_file_as_it_was(
    package: tuple[str, Path], tmp_path: Path
) -> None:
    """A script that fails after its first statement undoes that statement and the revision."""
    name, folder = package
    path = tmp_path / "role.sqlite"
    upgrade(name, path)
    body = 'op.add_column("thing", sa.Column("size", sa.Integer)); raise ZeroDivisionError'
    script(folder, "0002", "0001", body)
    with pytest.raises(ZeroDivisionError):
        upgrade(name, path)
    with connect(path, revision="0001") as connection:
        columns = connection.exec_driver_sql("PRAGMA table_info(thing)").all()
        assert [column[1] for column in columns] == ["id"]


def test_two_heads_are_refused(package: tuple[str, Path]) -> None:
    """Scripts that fork into two newest revisions are an error, not a choice."""
    name, folder = package
    script(folder, "0002", "0001", "pass")
    script(folder, "0003", "0001", "pass")
    with pytest.raises(MigrationError, match="found 2"):
        head(name)


def test_servers_do_not_import_alembic() -> None:
    """Opening databases and reading the newest revision never imports Alembic, which is slow."""
    code = (
        "import json, sys, renkei.kit.database.migration, renkei.kit.http_server;"
        "print(json.dumps([name for name in sys.modules if name.split('.')[0] == 'alembic']))"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert json.loads(run.stdout) == []

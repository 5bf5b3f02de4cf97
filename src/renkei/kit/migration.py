"""Creating and migrating one role's database file from its ``migrations`` folder.

A role keeps ``migrations/__init__.py`` and ``migrations/versions/NNNN_title.py`` (Alembic scripts
with ``revision``, ``down_revision`` and ``upgrade()``); there is no ``env.py``, this module is it.
Alembic takes most of a second to import, so it is imported only when an upgrade runs: servers read
their stated revision or ``head()``.
"""

from __future__ import annotations

import ast
import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from renkei.kit.sqlite import DatabaseError, driver_of, engine_for

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

FILE_MODE = 0o600
FOLDER_MODE = 0o700


class MigrationError(DatabaseError):
    """A migrations folder is not one line of revisions, or a file is not one of its databases."""


def folder_of(script_package: str) -> Path:
    """Return the folder of a migrations package such as ``renkei.roles.linkage.migrations``."""
    spec = importlib.util.find_spec(script_package)
    if spec is None or not spec.submodule_search_locations:
        raise MigrationError(f"{script_package} is not a package with migrations")
    return Path(next(iter(spec.submodule_search_locations)))


def head(script_package: str) -> str:
    """Return the newest revision id, read from the scripts' source without running them."""
    revisions: dict[str, str | None] = {}
    for script in sorted((folder_of(script_package) / "versions").glob("*.py")):
        named = _assignments(script)
        if "revision" in named:
            revision = named["revision"]
            if not isinstance(revision, str) or revision in revisions:
                raise MigrationError(f"{script}: `revision` must be a text of its own")
            revisions[revision] = named.get("down_revision")
    heads = set(revisions) - set(revisions.values())
    if len(heads) != 1:
        raise MigrationError(f"{script_package}: one newest revision expected, found {len(heads)}")
    return heads.pop()


def _assignments(script: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for node in ast.parse(script.read_text(encoding="utf-8")).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and target.id in {"revision", "down_revision"}:
                assert isinstance(node, ast.Assign | ast.AnnAssign)
                assert node.value is not None
                found[target.id] = ast.literal_eval(node.value)
    return found


def check_stated_revision(script_package: str, stated: str) -> None:
    """Raise unless ``stated`` is the newest revision, to this module and to Alembic alike.

    For the test that keeps a role's ``REVISION`` constant true.
    """
    newest = head(script_package)
    alembic_head = _script_directory(script_package).get_current_head()
    if not stated == newest == alembic_head:
        raise MigrationError(
            f"{script_package}: REVISION is {stated}, the scripts' newest is {newest} "
            f"(Alembic: {alembic_head}); set REVISION to the newest"
        )


def _script_directory(script_package: str) -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(folder_of(script_package)))


def upgrade(script_package: str, path: Path) -> str:
    """Create ``path`` if it is missing (mode 0600) and bring it to the newest revision.

    All steps run in one transaction: a failing script leaves the file as it was. Returns the
    revision. Safe to run twice; not while a server uses the file.
    """
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    path.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    _create(path)
    script = _script_directory(script_package)
    engine = engine_for(path, read_only=False)
    event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))

    def steps(revision: Any, _context: Any) -> Any:
        return script._upgrade_revs("head", revision)

    try:
        with engine.connect() as connection:
            # Rebuilding a table drops it, which would cascade; links are checked at the end.
            driver_of(connection).execute("PRAGMA foreign_keys=OFF")
            with (
                connection.begin(),
                EnvironmentContext(Config(), script, fn=steps, destination_rev="head") as context,
            ):
                context.configure(connection=connection, transactional_ddl=True)
                context.run_migrations()
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    tables = sorted({str(row[0]) for row in broken})
                    raise MigrationError(f"{path}: broken links from {', '.join(tables)}; undone")
    finally:
        engine.dispose()
    return head(script_package)


def _create(path: Path) -> None:
    """Create an empty file with its final mode; its log files inherit that mode from it."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, FILE_MODE)
    except FileExistsError:
        return
    try:
        os.fchmod(descriptor, FILE_MODE)  # a umask cannot loosen it, but may have tightened it
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

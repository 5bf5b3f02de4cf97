"""Creating one role's database from its tables, and bringing older ones to them (移行).

A role keeps ``migrations/__init__.py``, which names its tables as ``TABLES``, and
``migrations/versions/NNNN_title.py``: Alembic scripts with ``revision``, ``down_revision`` and
``upgrade()``, each one step from the tables as they were. There is no ``env.py``, this module is
it. A new database is made from the tables as they are and never runs a step; without ``TABLES`` it
runs all steps. Alembic takes most of a second to import, so it is imported only for a step.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from renkei.kit.database.engines import engine_at
from renkei.kit.database.errors import DatabaseError
from renkei.kit.location import Location, located

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

SCRIPTS_KEPT_LIMIT: Final = 512

_VERSION: Final = sa.Table(
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""As Alembic itself makes it."""


class MigrationError(DatabaseError):
    """A migrations folder is not one line of revisions, or a database is none of its own."""


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
    state = script.stat()
    return _assignments_in(script, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=SCRIPTS_KEPT_LIMIT)
def _assignments_in(script: Path, _changed: int, _size: int) -> dict[str, Any]:
    """Read once for each state of the file: parsing costs more than all else here."""
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


def upgrade(script_package: str, where: Location | Path) -> str:
    """Create the database if it is missing and bring it to the newest revision, which it gives.

    All steps run in one transaction: a failing script leaves the database as it was. Safe to run
    twice; not while a server uses it.
    """
    at = located(where)
    newest = head(script_package)
    tables: sa.MetaData | None = getattr(importlib.import_module(script_package), "TABLES", None)
    with engine_at(at).changing(at.place) as connection:
        held = table_names(connection)
        if tables is not None and not held:
            make(connection, tables, newest)
        elif tables is not None and _VERSION.name not in held:
            raise MigrationError(f"database {at} has tables and no revision: it is another's")
        elif _VERSION.name not in held or _revisions(connection) != [newest]:
            _steps(connection, script_package)
    return newest


def table_names(connection: sa.Connection) -> list[str]:
    """The tables of this database; a server may show it others', which are not looked at."""
    seen = sa.inspect(connection)
    return seen.get_table_names(schema=seen.default_schema_name)


def make(connection: sa.Connection, tables: sa.MetaData, revision: str) -> None:
    """Make all tables of a revision in an empty database, within a transaction of the caller's."""
    tables.create_all(connection, checkfirst=False)
    _VERSION.create(connection)
    connection.execute(_VERSION.insert().values(version_num=revision))


def _revisions(connection: sa.Connection) -> list[str]:
    return list(connection.execute(sa.select(_VERSION.c.version_num)).scalars())


def _steps(connection: sa.Connection, script_package: str) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    script = _script_directory(script_package)

    def steps(revision: Any, _context: Any) -> Any:
        return script._upgrade_revs("head", revision)

    with EnvironmentContext(Config(), script, fn=steps, destination_rev="head") as context:
        context.configure(connection=connection, transactional_ddl=True)
        context.run_migrations()

"""Each role's tables are those of its migrations, and its server takes no others (移行)."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from renkei.kit.database import Database, RevisionMismatch, connect
from renkei.kit.migration import check_stated_revision, upgrade
from renkei.roles.individual_number.store import METADATA as INDIVIDUAL_NUMBER
from renkei.roles.institution.store.tables import METADATA as INSTITUTION
from renkei.roles.linkage.store.tables import METADATA as LINKAGE
from renkei.roles.oversight.store.tables import METADATA as OVERSIGHT
from renkei.roles.portal.store.tables import METADATA as PORTAL
from renkei.run.assembly import REVISIONS

TABLES = {
    "linkage": LINKAGE,
    "individual-number": INDIVIDUAL_NUMBER,
    "institution": INSTITUTION,
    "oversight": OVERSIGHT,
    "portal": PORTAL,
}
ROLES = sorted(TABLES)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One freshly migrated database per role."""
    folder = tmp_path_factory.mktemp("migrated")
    for role in ROLES:
        upgrade(REVISIONS[role][1], folder / f"{role}.sqlite")  # type: ignore[index]
    return {role: folder / f"{role}.sqlite" for role in ROLES}


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One database per role, created from the tables the code declares."""
    folder = tmp_path_factory.mktemp("declared")
    for role, metadata in TABLES.items():
        path = folder / f"{role}.sqlite"
        path.touch()
        with connect(path) as connection:
            metadata.create_all(connection)
    return {role: folder / f"{role}.sqlite" for role in ROLES}


def test_every_role_that_serves_is_held_here() -> None:
    """A new role cannot be served without its tables being compared."""
    assert set(REVISIONS) == set(TABLES)


@pytest.mark.parametrize("role", ROLES)
def test_the_stated_revision_is_the_newest(role: str) -> None:
    """The revision a server asks for is the last of the role's migrations."""
    revision, scripts = REVISIONS[role]  # type: ignore[index]
    check_stated_revision(scripts, revision)


def shape(path: Path) -> dict[str, object]:
    """Tables with columns, keys, uniqueness and links, and indexes with their conditions."""
    with connect(path) as connection:
        inspector = sa.inspect(connection)
        tables = {
            table: {
                "columns": [
                    (
                        column["name"],
                        _kind(str(column["type"])),
                        column["nullable"] and not column["primary_key"],
                    )
                    for column in inspector.get_columns(table)
                ],
                "key": inspector.get_pk_constraint(table)["constrained_columns"],
                "unique": _unique(connection, table),
                "links": [
                    (link["constrained_columns"], link["referred_table"])
                    for link in inspector.get_foreign_keys(table)
                ],
            }
            for table in inspector.get_table_names()
            if table != "alembic_version"
        }
        indexes = {
            name: " ".join(sql.lower().split())
            for name, sql in connection.execute(
                sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOTNULL")
            )
        }
    return {"tables": tables, "indexes": indexes}


def _kind(name: str) -> str:
    """A type without its length, which SQLite does not enforce."""
    return name.split("(")[0]


def _unique(connection: sa.Connection, table: str) -> list[list[str]]:
    """Columns that must be unique, however the constraint was written."""
    listed = connection.execute(sa.text(f'PRAGMA index_list("{table}")')).mappings().all()
    return sorted(
        list(
            connection.execute(
                sa.text("SELECT name FROM pragma_index_info(:index)"), {"index": index["name"]}
            ).scalars()
        )
        for index in listed
        if index["origin"] == "u"
    )


@pytest.mark.parametrize("role", ROLES)
def test_migrations_make_the_tables_the_code_declares(
    role: str, migrated: dict[str, Path], declared: dict[str, Path]
) -> None:
    """Columns, types, keys, uniqueness, links and indexes are the same on both ways."""
    made, wanted = shape(migrated[role]), shape(declared[role])
    assert made["tables"] == wanted["tables"]
    assert made["indexes"] == wanted["indexes"]


@pytest.mark.parametrize("role", ROLES)
def test_a_server_takes_a_migrated_database(role: str, migrated: dict[str, Path]) -> None:
    """The file that `database upgrade` leaves is the one its server opens."""
    Database.open(migrated[role], revision=REVISIONS[role][0]).close()  # type: ignore[index]


@pytest.mark.parametrize("state", ["missing", "empty", "another role's", "outdated"])
def test_a_server_refuses_any_other_database(
    state: str, migrated: dict[str, Path], tmp_path: Path
) -> None:
    """A missing, empty or outdated file is refused with the command that mends it."""
    path = tmp_path / "database.sqlite"
    if state == "empty":
        path.touch()
    elif state != "missing":
        path.write_bytes(migrated["linkage"].read_bytes())
    if state == "outdated":
        with connect(path) as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    revision = "9999" if state == "another role's" else REVISIONS["linkage"][0]
    with pytest.raises(RevisionMismatch, match="renkei database upgrade") as refused:
        Database.open(path, revision=revision)
    assert str(path) in str(refused.value)
    assert path.exists() == (state != "missing"), "a server must never create a database"

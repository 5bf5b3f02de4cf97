"""New and older databases have the same tables, and a server takes no others (移行).

`schemas/0001` holds what databases of the first revision look like, as text. It never changes.
"""

import contextlib
import re
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from renkei.kit.database import Database, RevisionMismatch, connect
from renkei.kit.database.migration import MigrationError, check_stated_revision, upgrade
from renkei.kit.location import Location
from renkei.roles.individual_number.store.tables import METADATA as INDIVIDUAL_NUMBER
from renkei.roles.institution.store.tables import METADATA as INSTITUTION
from renkei.roles.linkage.store.tables import METADATA as LINKAGE
from renkei.roles.oversight.store.tables import METADATA as OVERSIGHT
from renkei.roles.portal.store.tables import METADATA as PORTAL
from renkei.run.roles import ROLES as DESCRIBED

TABLES = {
    "linkage": LINKAGE,
    "individual-number": INDIVIDUAL_NUMBER,
    "institution": INSTITUTION,
    "oversight": OVERSIGHT,
    "portal": PORTAL,
}
ROLES = sorted(TABLES)
SCHEMAS = Path(__file__).parent / "schemas" / "0001"


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One new database per role."""
    folder = tmp_path_factory.mktemp("migrated")
    for role in ROLES:
        upgrade(DESCRIBED[role].migrations, folder / f"{role}.sqlite")
    return {role: folder / f"{role}.sqlite" for role in ROLES}


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One database per role as the first revision made it, brought to the newest since."""
    folder = tmp_path_factory.mktemp("older")
    for role in ROLES:
        path = folder / f"{role}.sqlite"
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript((SCHEMAS / f"{role}.sql").read_text(encoding="utf-8"))
        upgrade(DESCRIBED[role].migrations, path)
    return {role: folder / f"{role}.sqlite" for role in ROLES}


def test_every_role_that_serves_is_held_here() -> None:
    """A new role cannot be served without its tables being compared."""
    assert set(DESCRIBED) == set(TABLES)


@pytest.mark.parametrize("role", ROLES)
def test_the_stated_revision_is_the_newest(role: str) -> None:
    """The revision a server asks for is the last of the role's migrations."""
    check_stated_revision(DESCRIBED[role].migrations, DESCRIBED[role].revision)


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
                sa.text(
                    "SELECT name, sql FROM sqlite_master"
                    " WHERE type IN ('index', 'trigger') AND sql NOTNULL"
                )
            )
        }
        made = connection.execute(
            sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
        ).all()
    rules = {
        name: ("AUTOINCREMENT" in sql, "".join(re.findall(r"CHECK ?(\(.*?\))", sql)))
        for name, sql in made
    }
    return {"tables": tables, "indexes": indexes, "rules": rules}


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
def test_an_older_database_becomes_what_a_new_one_is(
    role: str, migrated: dict[str, Path], older: dict[str, Path]
) -> None:
    """Columns, types, keys, uniqueness, links, checks, indexes, triggers: the same on both ways."""
    made, wanted = shape(older[role]), shape(migrated[role])
    assert made["tables"] == wanted["tables"]
    assert made["indexes"] == wanted["indexes"]
    assert made["rules"] == wanted["rules"]


@pytest.mark.parametrize("role", ROLES)
def test_tables_and_statements_are_no_engines_own(role: str) -> None:
    """Every table, index and key type can be written for PostgreSQL as well."""
    dialect = postgresql.dialect()
    for table in TABLES[role].sorted_tables:
        text = str(CreateTable(table).compile(dialect=dialect))
        assert "BLOB" not in text
        assert "DATETIME" not in text
        for index in table.indexes:
            str(CreateIndex(index).compile(dialect=dialect))


def test_a_database_of_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    """A file with tables and no revision is refused, and stays as it was."""
    path = tmp_path / "database.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (id INTEGER)")
    with pytest.raises(MigrationError, match="another's"):
        upgrade("renkei.roles.linkage.migrations", path)
    with connect(path) as opened:
        assert sa.inspect(opened).get_table_names() == ["theirs"]


@pytest.mark.parametrize("role", ROLES)
def test_a_server_takes_a_migrated_database(role: str, migrated: dict[str, Path]) -> None:
    """The file that `database upgrade` leaves is the one its server opens."""
    Database.open(migrated[role], revision=DESCRIBED[role].revision).close()


@pytest.mark.parametrize("state", ["missing", "empty", "another role's", "outdated"])
def test_a_server_refuses_any_other_database(
    state: str, migrated: dict[str, Path], tmp_path: Path
) -> None:
    """A missing, empty or outdated file is refused by name; none is made."""
    path = tmp_path / "database.sqlite"
    if state == "empty":
        path.touch()
    elif state != "missing":
        path.write_bytes(migrated["linkage"].read_bytes())
    if state == "outdated":
        with connect(path) as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    revision = "9999" if state == "another role's" else DESCRIBED["linkage"].revision
    with pytest.raises(RevisionMismatch, match=r"does not exist|has revision") as refused:
        Database.open(path, revision=revision)
    assert str(path) in str(refused.value)
    assert path.exists() == (state != "missing"), "a server must never create a database"


def test_a_database_on_a_server_learns_of_conditions(place: Location) -> None:
    """An institution's database of the revision before gets what officers state, on each engine."""
    package = DESCRIBED["institution"].migrations
    upgrade(package, place)

    def columns() -> dict[str, set[str]]:
        with connect(place) as connection:
            found = sa.inspect(connection)
            return {
                name: {one["name"] for one in found.get_columns(name)}
                for name in ("asked", "provided", "statement")
                if found.has_table(name)
            }

    new = columns()
    with connect(place) as connection:
        for table in ("asked", "provided"):
            connection.execute(sa.text(f"ALTER TABLE {table} DROP COLUMN conditions"))
        connection.execute(sa.text("DROP TABLE statement"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0005'"))
    assert columns() != new
    assert upgrade(package, place) == "0007"
    assert columns() == new

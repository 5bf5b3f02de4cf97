"""A database carried from engine to engine arrives row by row, or not at all."""

import sys
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa
from postgres import Server

from renkei.kit.database import DatabaseError, Location, connect, moving, reading
from renkei.kit.database.columns import NEVER_REUSED, Instant, Items, Json, Number, Value
from renkei.kit.database.engine import Following
from renkei.kit.database.following import follow
from renkei.kit.database.migration import upgrade
from renkei.kit.database.moving import MoveError, move
from renkei.kit.database.statements import Numbered
from renkei.values import PersonId

PACKAGE = "moved_role"
WHO = {"person": PersonId("A1"), "persons": [PersonId("A1"), PersonId("B2")]}
METADATA = sa.MetaData()
NOTE = sa.Table(
    "note",
    METADATA,
    sa.Column("id", Number, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("words", Items),
    sa.Column("at", Instant),
    sa.Column("data", sa.LargeBinary),
    sa.Column("done", sa.Boolean),
    sa.Column("person", Value(PersonId)),
    sa.Column("persons", Json(list[PersonId])),
    **NEVER_REUSED,
)
LINK = sa.Table(
    "link",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("note", sa.ForeignKey("note.id"), nullable=False),
)
CHANGED = sa.Table(
    "changed",
    METADATA,
    sa.Column("number", Number, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    **NEVER_REUSED,
)
follow(METADATA, Following(NOTE, CHANGED, {"name": NOTE.c.name}, changes="words"))


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A role's migrations package of one revision, with these tables."""
    folder = tmp_path / PACKAGE
    (folder / "versions").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "versions" / "0001_first.py").write_text('revision = "0001"\ndown_revision = None\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    module = ModuleType(PACKAGE)
    module.__path__ = [str(folder)]
    module.__spec__ = None
    monkeypatch.setitem(sys.modules, PACKAGE, module)
    module.TABLES = METADATA  # type: ignore[attr-defined]
    monkeypatch.setattr("renkei.kit.database.migration.folder_of", lambda _package: folder)


@pytest.fixture
def source(tmp_path: Path) -> Location:
    """A file with rows, one of which was changed and the newest of which is gone."""
    where = Location.file(tmp_path / "source.sqlite")
    upgrade(PACKAGE, where)
    with connect(where) as connection:
        connection.execute(
            NOTE.insert(),
            [
                {"name": name, "words": ["a"], "data": b"\0\xff", "done": True, **WHO}
                for name in "abc"
            ],
        )
        connection.execute(NOTE.update().where(NOTE.c.name == "a").values(words=["b", "c"]))
        connection.execute(LINK.insert().values(name="一", note=1))
        connection.execute(NOTE.delete().where(NOTE.c.name == "c"))
    return where


def rows(where: Location, table: sa.Table) -> list[tuple[object, ...]]:
    """All rows in the order of their key."""
    with reading(where) as connection:
        return [
            tuple(row) for row in connection.execute(table.select().order_by(*table.primary_key))
        ]


def test_every_row_arrives(source: Location, place: Location) -> None:
    """Rows, their numbers and the list that follows them are the same; numbers go on."""
    moved = move(PACKAGE, source, place)
    assert moved.revision == "0001"
    assert moved.rows == {"note": 2, "link": 1, "changed": 3}
    for table in METADATA.sorted_tables:
        assert rows(place, table) == rows(source, table)
    with connect(place, revision="0001") as connection:
        assert Numbered(NOTE, ["name"]).one(connection, {"name": "d"}) == 4, "3 was given once"
    assert rows(place, CHANGED)[-1] == (5, "d")


def test_what_is_not_empty_is_not_touched(source: Location, place: Location) -> None:
    """A place with tables is refused, and stays as it is."""
    move(PACKAGE, source, place)
    before = rows(place, NOTE)
    with pytest.raises(MoveError, match="has tables already"):
        move(PACKAGE, source, place)
    assert rows(place, NOTE) == before


def test_a_row_that_changed_on_the_way_undoes_everything(
    source: Location, place: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What arrives otherwise than it went is found before anything is committed."""
    copy = moving.copy_rows

    def other(table: sa.Table, reading: sa.Connection, writing: sa.Connection) -> int:
        count = copy(table, reading, writing)
        if table is NOTE:
            writing.execute(NOTE.update().where(NOTE.c.name == "b").values(data=b"\0\xfe"))
        return count

    monkeypatch.setattr(moving, "copy_rows", other)
    with pytest.raises(MoveError, match="table note did not arrive"):
        move(PACKAGE, source, place)
    monkeypatch.setattr(moving, "copy_rows", copy)
    assert move(PACKAGE, source, place).rows["note"] == 2, "the place is as empty as it was"


@pytest.mark.postgresql
def test_tables_shown_to_everybody_are_not_taken_for_ones_own(
    source: Location, postgres: Server
) -> None:
    """A table of the same name that the server shows to all stays out of it."""
    place = Location("postgresql", postgres.party()[1])
    with postgres.admin() as admin:
        admin.execute("CREATE TABLE public.note (id integer)")
        admin.execute("GRANT ALL ON public.note TO PUBLIC")
        try:
            assert move(PACKAGE, source, place).rows["note"] == 2
            assert upgrade(PACKAGE, place) == "0001"
            assert rows(place, NOTE) == rows(source, NOTE)
        finally:
            admin.execute("DROP TABLE public.note")


def test_an_older_source_is_refused(source: Location, place: Location) -> None:
    """A database is moved at the newest revision only."""
    with connect(source) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(DatabaseError, match="revision 0000, this program needs 0001"):
        move(PACKAGE, source, place)

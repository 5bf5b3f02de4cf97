"""Types of columns and the statements written with them, on a real database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy import bindparam

from renkei.kit.database import Location, connect, reading
from renkei.kit.database.columns import NEVER_REUSED, Instant, Items, Json, Number, holds
from renkei.kit.database.engine import Following
from renkei.kit.database.following import follow
from renkei.kit.database.migration import upgrade
from renkei.kit.database.statements import Numbered, Prepared, insert_new, insert_or_update


class Pair(msgspec.Struct, frozen=True):
    """Something with fields."""

    name: str
    data: bytes


METADATA = sa.MetaData()
THING = sa.Table(
    "thing",
    METADATA,
    sa.Column("id", Number, primary_key=True),
    sa.Column("at", Instant),
    sa.Column("words", Items),
    sa.Column("pairs", Json(list[Pair])),
    sa.Column("text", Json(tuple[str, ...], text=True)),
    **NEVER_REUSED,
)
CHANGED = sa.Table(
    "changed",
    METADATA,
    sa.Column("number", Number, primary_key=True),
    sa.Column("thing", sa.Text, nullable=False, unique=True),
    **NEVER_REUSED,
)
NOTE = sa.Table(
    "note",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("words", Items),
    sa.Column("other", sa.Text),
)
follow(METADATA, Following(NOTE, CHANGED, {"thing": NOTE.c.name}, changes="words"))
TOKYO = timezone(timedelta(hours=9))
AT = datetime(2026, 7, 1, 9, 30, 15, 123456, tzinfo=TOKYO)
ROW = {
    "id": 1,
    "at": AT,
    "words": ["municipal-tax", "household"],
    "pairs": [Pair("一", b"\x00\xff")],
    "text": ("a", "b c"),
}
EMPTY = {"id": 2, "at": None, "words": [], "pairs": None, "text": ()}
ADD, ALL = Prepared(THING.insert()), Prepared(THING.select().order_by(THING.c.id))


@pytest.fixture
def connection(place: Location) -> Iterator[sa.Connection]:
    with connect(place) as opened:
        METADATA.create_all(opened)
        yield opened


@pytest.mark.parametrize("prepared", [True, False])
def test_values_return_as_they_went(connection: sa.Connection, prepared: bool) -> None:
    """Lists, structs and instants return as they went; an instant comes back in UTC."""
    if prepared:
        ADD.run_all(connection, [ROW, EMPTY])
        connection.execute(THING.select()).all()
    else:
        connection.execute(THING.insert(), [ROW, EMPTY])
    by_driver = ALL.all(connection)
    by_sqlalchemy = [tuple(row) for row in connection.execute(THING.select().order_by(THING.c.id))]
    assert by_driver == by_sqlalchemy == [tuple(ROW.values()), tuple(EMPTY.values())]
    assert by_driver[0][1].tzinfo is UTC


def test_instants_are_compared_as_moments(connection: sa.Connection) -> None:
    """A moment is the same in every zone, in a query too."""
    ADD.run(connection, ROW)
    same = Prepared(sa.select(THING.c.id).where(THING.c.at == bindparam("moment")))
    assert same.one(connection, {"moment": AT.astimezone(UTC)}) == (1,)
    earlier = sa.select(THING.c.id).where(THING.c.at < AT.replace(tzinfo=UTC))
    assert connection.execute(earlier).scalars().all() == [1]


@pytest.mark.parametrize(
    ("text", "names"),
    [("A棟", ["A棟1"]), ("a棟", ["a棟2"]), ("_", []), ("%", ["100%"]), ("1", ["100%", "A棟1"])],
)
def test_a_text_is_looked_for_letter_by_letter(
    connection: sa.Connection, text: str, names: list[str]
) -> None:
    """Capitals count, and nothing is a wildcard."""
    for name in ("A棟1", "a棟2", "100%"):
        connection.execute(NOTE.insert().values(name=name))
    found = connection.execute(sa.select(NOTE.c.name).where(holds(NOTE.c.name, text))).scalars()
    assert sorted(found) == names


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", datetime(2026, 7, 1)),  # noqa: DTZ001
        ("words", ["two words"]),
        ("words", [""]),
        ("words", "word"),
    ],
)
def test_what_would_not_return_is_refused(
    connection: sa.Connection, column: str, value: object
) -> None:
    """A moment without a zone, and words that the list could not be told from, are refused."""
    with pytest.raises(ValueError, match=r"zone|words"):
        ADD.run(connection, {**ROW, column: value})
    with pytest.raises(sa.exc.StatementError, match=r"zone|words"):
        connection.execute(THING.insert().values(**{**ROW, column: value}))


def test_numbers_are_given_once(connection: sa.Connection) -> None:
    """The engine's numbers go up, alone and in a batch, and none comes back after a deletion."""
    add = Numbered(THING, ["words"])
    assert add.one(connection, {"words": ["a"]}) == 1
    assert add.all(connection, [{"words": ["b"]}, {"words": ["c"]}]) == [2, 3]
    assert add.all(connection, []) == []
    connection.execute(THING.delete().where(THING.c.id == 3))
    assert add.one(connection, {"words": ["d"]}) == 4


def test_an_insert_can_give_way_or_change(connection: sa.Connection) -> None:
    """A row that stands stays, or takes the new values, or takes them only when they are newer."""
    new = Prepared(insert_new(THING))
    assert new.run(connection, ROW).rowcount == 1
    assert new.run(connection, {**ROW, "words": ["other"]}).rowcount == 0
    assert ALL.all(connection)[0][2] == ROW["words"]
    Prepared(insert_or_update(THING, "words")).run(connection, {**ROW, "words": ["b"], "at": None})
    assert ALL.all(connection)[0][1:3] == (AT, ["b"])
    newer = Prepared(insert_or_update(THING, "words", "at", newer="at"))
    newer.run(connection, {**ROW, "words": ["older"], "at": AT - timedelta(seconds=1)})
    assert ALL.all(connection)[0][2] == ["b"]
    newer.run(connection, {**ROW, "words": ["newer"], "at": AT + timedelta(seconds=1)})
    assert ALL.all(connection)[0][2] == ["newer"]


def test_a_table_follows_another(connection: sa.Connection) -> None:
    """Every record written or changed stands in the list once, under its newest number."""
    connection.execute(NOTE.insert(), [{"name": "a", "words": []}, {"name": "b", "words": []}])
    connection.execute(NOTE.update().where(NOTE.c.name == "a").values(words=["changed"]))
    connection.execute(NOTE.update().where(NOTE.c.name == "b").values(other="not followed"))
    assert connection.execute(CHANGED.select()).all() == [(2, "b"), (3, "a")]


def test_a_snapshot_cannot_write(place: Location) -> None:
    """What `reading` opens refuses to write, and sees what was committed."""
    upgrade("renkei.roles.portal.migrations", place)
    with reading(place) as connection:
        assert connection.exec_driver_sql("SELECT seq FROM position").scalar_one() == 0
        with pytest.raises(sa.exc.DBAPIError, match=r"readonly|read-only"):
            connection.exec_driver_sql("DELETE FROM position")

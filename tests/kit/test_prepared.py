"""Statements compiled once and run by the driver do what SQLAlchemy does, on real SQLite."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy import bindparam

from renkei.kit.database import Location, connect
from renkei.kit.database.statements import Prepared

METADATA = sa.MetaData()
THING = sa.Table(
    "thing",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(20), nullable=False),
    sa.Column("at", sa.DateTime),
    sa.Column("done", sa.Boolean, nullable=False, default=False),
    sa.Column("data", sa.LargeBinary),
)
AT = datetime(2026, 7, 1, 9, 30, 15, 123456, tzinfo=UTC).replace(tzinfo=None)
ROWS = [
    {"id": 1, "name": "one", "at": AT, "done": True, "data": b"\x00\xff"},
    {"id": 2, "name": "二", "at": None, "done": False, "data": None},
]


@pytest.fixture
def connection(place: Location) -> Iterator[sa.Connection]:
    with connect(place) as opened:
        METADATA.create_all(opened)
        yield opened


def test_what_is_written_is_what_sqlalchemy_reads(connection: sa.Connection) -> None:
    """Instants, truth values, bytes and nothing arrive as SQLAlchemy itself would store them."""
    Prepared(THING.insert()).run_all(connection, ROWS)
    assert [dict(row._mapping) for row in connection.execute(THING.select())] == ROWS


def test_what_is_read_is_what_sqlalchemy_wrote(connection: sa.Connection) -> None:
    """`one` and `all` give Python's form; nothing is None."""
    connection.execute(THING.insert(), ROWS)
    by_id = Prepared(THING.select().where(THING.c.id == bindparam("this")))
    assert by_id.one(connection, {"this": 1}) == tuple(ROWS[0].values())
    assert by_id.one(connection, {"this": 9}) is None
    assert Prepared(THING.select().order_by(THING.c.id)).all(connection) == [
        tuple(row.values()) for row in ROWS
    ]


def test_fixed_values_and_nothing_are_kept(connection: sa.Connection) -> None:
    """What a statement itself says, an empty value too, need not be given again."""
    Prepared(THING.insert()).run_all(connection, ROWS)
    clear = Prepared(
        THING.update().where(THING.c.id == bindparam("this")).values(at=None, name="gone")
    )
    assert clear.run(connection, {"this": 1}).rowcount == 1
    (row,) = connection.execute(THING.select().where(THING.c.id == 1))
    assert (row.at, row.name, row.done) == (None, "gone", True)


def test_a_value_that_is_missing_is_an_error(connection: sa.Connection) -> None:
    """A parameter nobody gives is refused before anything is written."""
    with pytest.raises(KeyError):
        Prepared(THING.insert()).run(connection, {"id": 3})
    assert connection.execute(THING.select()).all() == []


def test_chosen_columns_leave_the_others_to_their_default(connection: sa.Connection) -> None:
    """An insert of some columns writes those."""
    Prepared(THING.insert(), columns=("id", "name", "done")).run(
        connection, {"id": 4, "name": "four", "done": False}
    )
    assert connection.execute(sa.select(THING.c.at, THING.c.data)).one() == (None, None)


def test_a_list_of_values_has_no_fixed_text() -> None:
    """A statement whose text depends on its values is refused when it is made."""
    with pytest.raises(ValueError, match="fixed text"):
        Prepared(THING.select().where(THING.c.id.in_(bindparam("some", expanding=True))))

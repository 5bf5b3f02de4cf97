"""Columns of numbers and codes: their types in and out, their text on the disk."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from renkei.kit.database import Location, connect
from renkei.kit.database.columns import Json, Value
from renkei.kit.database.statements import Prepared
from renkei.values import IndividualNumber, MunicipalityCode, NumberScheme, PersonId

TABLES = sa.MetaData()
FILE = sa.Table(
    "file",
    TABLES,
    sa.Column("person", Value(PersonId), primary_key=True),
    sa.Column("individual_number", Value(IndividualNumber), unique=True),
    sa.Column("municipality_code", Value(MunicipalityCode)),
    sa.Column("persons", Json(list[PersonId])),
)
NUMBER = IndividualNumber.from_body("90000000001", NumberScheme.SANDBOX)
ROW = {
    "person": PersonId("P1"),
    "individual_number": NUMBER,
    "municipality_code": MunicipalityCode("132080"),
    "persons": [PersonId("P2")],
}


@pytest.fixture
def connection(place: Location) -> Iterator[sa.Connection]:
    """The table with one row."""
    with connect(place) as opened:
        TABLES.create_all(opened)
        Prepared(FILE.insert()).run(opened, ROW)
        yield opened


def test_values_come_back_as_their_types(connection: sa.Connection) -> None:
    """Both ways of asking give the value in its type, and an empty column gives none."""
    query = FILE.select().where(FILE.c.individual_number == sa.bindparam("this"))
    for row in (
        connection.execute(query, {"this": NUMBER}).one(),
        Prepared(query).one(connection, {"this": NUMBER}),
    ):
        assert tuple(row) == tuple(ROW.values())
        assert [type(one) for one in row[:3]] == [PersonId, IndividualNumber, MunicipalityCode]
        assert type(row[3][0]) is PersonId
    connection.execute(FILE.insert().values(person="P3"))
    assert connection.execute(FILE.select().where(FILE.c.person == "P3")).one()[1:] == (None,) * 3


def test_the_disk_has_the_text(connection: sa.Connection) -> None:
    """A column holds the digits as they always were, so that no stored file changes."""
    (row,) = connection.execute(sa.text("SELECT * FROM file")).all()
    assert (row[0], row[1][:11], row[2]) == ("P1", "90000000001", "132080")


@pytest.mark.parametrize(
    "wrong",
    [
        {"person": "p1"},
        {"person": "123456789012"},
        {"individual_number": "900000000000"},
        {"individual_number": 900000000000},
        {"municipality_code": "132081"},
        {"municipality_code": PersonId("132080A")},
    ],
)
def test_what_is_no_value_is_not_written(
    connection: sa.Connection, wrong: dict[str, object]
) -> None:
    """Text that is no value is refused, and the error does not repeat it."""
    with pytest.raises(sa.exc.StatementError) as caught:
        connection.execute(FILE.insert().values(**{"person": "P9", **wrong}))
    assert isinstance(caught.value.orig, ValueError)
    assert str(next(iter(wrong.values()))) not in str(caught.value)

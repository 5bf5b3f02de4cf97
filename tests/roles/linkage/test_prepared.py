"""Prepared statements: the same rows as by SQLAlchemy, and no text that would be wrong."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.kit.prepared import Prepared
from renkei.roles.linkage.store import tables

PERMIT = tables.PERMIT
AT = datetime(2026, 7, 1, 9, 30, tzinfo=UTC).replace(tzinfo=None)
ROW = {
    "requester": "city-a",
    "tx": "t1",
    "provider": "city-b",
    "commitment": bytes(32),
    "request_digest": bytes(range(32)),
    "reply": None,
    "valid_until": AT,
}


@pytest.fixture
def connection() -> Connection:
    """An empty database of the network."""
    connection = sa.create_engine("sqlite://").connect()
    tables.METADATA.create_all(connection)
    return connection


def test_rows_are_those_sqlalchemy_writes(connection: Connection) -> None:
    """A row written by a prepared insert equals one that SQLAlchemy wrote, instants too."""
    Prepared(PERMIT.insert()).run(connection, ROW)
    Prepared(PERMIT.insert()).run_all(connection, [{**ROW, "tx": "t2"}])
    connection.execute(PERMIT.insert().values({**ROW, "tx": "t3"}))
    found = connection.execute(PERMIT.select().order_by(PERMIT.c.tx)).mappings().all()
    assert [dict(one) for one in found] == [{**ROW, "tx": tx} for tx in ("t1", "t2", "t3")]
    stored = connection.exec_driver_sql("SELECT DISTINCT valid_until FROM permit").all()
    assert len(stored) == 1


def test_constants_of_a_statement_are_kept(connection: Connection) -> None:
    """A value written into the statement itself stands beside those given at each run."""
    Prepared(PERMIT.insert()).run_all(connection, [{**ROW, "tx": tx} for tx in ("t1", "t2")])
    query = Prepared(
        sa.select(PERMIT.c.tx)
        .where(PERMIT.c.provider == "city-b", PERMIT.c.tx != sa.bindparam("other"))
        .limit(1)
    )
    assert query.run(connection, {"other": "t1"}).fetchall() == [("t2",)]


def test_a_missing_value_is_an_error(connection: Connection) -> None:
    """A parameter without a value is refused, not written as null."""
    with pytest.raises(KeyError):
        Prepared(PERMIT.insert()).run(connection, {"requester": "city-a"})


def test_a_list_of_values_is_refused() -> None:
    """A statement whose text depends on its values cannot be prepared."""
    with pytest.raises(ValueError, match="no fixed text"):
        Prepared(
            sa.select(PERMIT.c.tx).where(PERMIT.c.tx.in_(sa.bindparam("some", expanding=True)))
        )

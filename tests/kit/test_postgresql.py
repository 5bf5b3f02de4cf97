"""The group-commit database on a real PostgreSQL server: several processes, lost connections."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest
import sqlalchemy as sa
from postgres import Server

from renkei.kit.database import (
    CommitFailed,
    Database,
    DatabaseClosed,
    DatabaseError,
    Location,
    RevisionMismatch,
    connect,
    reading,
)
from renkei.kit.database.postgresql import driver as sessions
from renkei.kit.database.postgresql import engine
from renkei.kit.database.postgresql.driver import driver_of, read_settings
from renkei.kit.database.postgresql.held import PostgresqlHeld
from renkei.kit.limits import StorageAway

pytestmark = pytest.mark.postgresql

METADATA = sa.MetaData()
NOTE = sa.Table(
    "note",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, unique=True, nullable=False),
    sa.Column("count", sa.Integer, nullable=False, default=0),
)
LINK = sa.Table(
    "link",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("note", sa.ForeignKey("note.id", deferrable=True, initially="DEFERRED")),
)


@pytest.fixture
def where(postgres: Server) -> Location:
    """A party's database with two tables of revision 0001."""
    at = Location("postgresql", postgres.party()[1])
    with connect(at) as connection:
        METADATA.create_all(connection)
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num text NOT NULL)")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('0001')")
    return at


@pytest.fixture
def database(where: Location) -> Iterator[Database]:
    opened = Database.open(where, revision="0001")
    yield opened
    opened.close()


def add(name: str) -> Callable[[sa.Connection], int]:
    """A function that writes one row."""

    def function(connection: sa.Connection) -> int:
        connection.execute(sa.insert(NOTE).values(name=name, count=0))
        return 1

    return function


def names_in(where: Location) -> set[str]:
    """The names that a connection of its own sees."""
    with reading(where) as connection:
        return set(connection.execute(sa.select(NOTE.c.name)).scalars())


def increment(connection: sa.Connection) -> None:
    count = connection.execute(sa.select(NOTE.c.count)).scalar_one()
    connection.execute(sa.update(NOTE).values(count=count + 1))


async def blocked(database: Database) -> tuple[threading.Event, asyncio.Task[None]]:
    """Hold the writer until the event is set, so that a group can be gathered on purpose."""
    started, released = threading.Event(), threading.Event()

    def hold(_connection: sa.Connection) -> None:
        started.set()
        assert released.wait(10)

    task = asyncio.create_task(database.write(hold))
    await asyncio.to_thread(started.wait, 10)
    return released, task


async def test_durability_is_read_back(database: Database) -> None:
    """Writer and readers run on settings that lose nothing they confirmed."""
    for held in (
        await database.write(lambda c: read_settings(driver_of(c))),
        await database.read(lambda c: read_settings(driver_of(c))),
    ):
        assert held == {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


def test_a_server_that_may_lose_commits_is_refused(postgres: Server) -> None:
    """A role whose commits are not waited for cannot be used."""
    name, place = postgres.party()
    with postgres.admin() as admin:
        admin.execute(f"ALTER ROLE {name} SET synchronous_commit = off")  # type: ignore[arg-type]
    with pytest.raises(DatabaseError, match=r"may lose what was confirmed.*synchronous_commit"):
        Database.open(Location("postgresql", place), revision=None)


def test_what_is_not_there_is_named_without_its_password(postgres: Server) -> None:
    """A wrong place, password or revision gives an error that says which, and no password."""
    _, place = postgres.party()
    with pytest.raises(RevisionMismatch, match="revision none, this program needs 0001"):
        Database.open(Location("postgresql", place), revision="0001")
    away = Location("postgresql", "somebody:secret@/db?host=/nowhere")
    with pytest.raises(DatabaseError, match="not to be had") as caught:
        Database.open(away, revision="0001")
    assert "secret" not in str(caught.value)


async def test_no_update_is_lost_between_processes(where: Location) -> None:
    """Four hundred read-then-write functions of two doors leave exactly four hundred."""
    doors = [Database.open(where, revision="0001") for _ in range(2)]
    await doors[0].write(add("counter"))
    await asyncio.gather(*(doors[n % 2].write(increment) for n in range(400)))
    assert await doors[0].read(lambda c: c.execute(sa.select(NOTE.c.count)).scalar_one()) == 400
    for door in doors:
        door.close()


async def test_a_failing_function_undoes_only_itself(database: Database, where: Location) -> None:
    """In a group, first or later, one exception reaches its awaiter; the others are committed."""
    released, task = await blocked(database)

    def half(connection: sa.Connection) -> None:
        add("half")(connection)
        add("half")(connection)

    await asyncio.sleep(0.01)  # the blocker's own group is over
    functions = [half, add("a"), half, add("b"), half]
    writes = [asyncio.create_task(database.write(function)) for function in functions]
    await asyncio.sleep(0)
    released.set()
    await task
    results = await asyncio.gather(*writes, return_exceptions=True)
    wanted = [sa.exc.IntegrityError, int, sa.exc.IntegrityError, int, sa.exc.IntegrityError]
    assert [type(one) for one in results] == wanted
    assert names_in(where) == {"a", "b"}
    assert "half" not in str(results[0]), "no row is quoted"


@pytest.fixture
def one_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups are gathered for as long as functions wait, however busy the machine is."""
    monkeypatch.setattr(engine, "GROUP_SECONDS", 60.0)


@pytest.mark.usefixtures("one_group")
async def test_a_failed_commit_fails_every_awaiter(where: Location) -> None:
    """When the commit itself is refused, nobody of the group is told that it worked."""
    with closing(Database.open(where, revision="0001")) as database:
        await _fails_every_awaiter(database, where)


async def _fails_every_awaiter(database: Database, where: Location) -> None:
    released, task = await blocked(database)

    def dangling(connection: sa.Connection) -> None:
        connection.execute(LINK.insert().values(note=4711))

    await asyncio.sleep(0.01)
    writes = [asyncio.create_task(database.write(f)) for f in (add("a"), dangling, add("b"))]
    await asyncio.sleep(0)
    released.set()
    results = await asyncio.gather(task, *writes, return_exceptions=True)
    assert [type(one) for one in results] == [CommitFailed] * 4
    assert "4711" not in str(results[0].__cause__), "no row is quoted"  # type: ignore[union-attr]
    await database.write(add("next"))
    assert names_in(where) == {"next"}


@pytest.mark.parametrize("method", ["commit", "rollback", "close"])
async def test_a_function_cannot_end_the_transaction(
    database: Database, where: Location, method: str
) -> None:
    """A function that commits or rolls back by itself is refused and undone."""

    def unruly(connection: sa.Connection) -> None:
        add("unruly")(connection)
        getattr(connection, method)()

    with pytest.raises(RuntimeError, match="must not commit"):
        await database.write(unruly)
    await database.write(add("next"))
    assert names_in(where) == {"next"}


async def test_a_reader_sees_one_state_and_cannot_write(database: Database) -> None:
    """A reading function sees one snapshot, whatever is written, and writes nothing itself."""
    count = sa.select(sa.func.count()).select_from(NOTE)
    first_read, written = threading.Event(), threading.Event()

    def twice(connection: sa.Connection) -> tuple[int, int]:
        first = connection.execute(count).scalar_one()
        first_read.set()
        assert written.wait(10)
        return first, connection.execute(count).scalar_one()

    both = asyncio.create_task(database.read(twice))
    await asyncio.to_thread(first_read.wait, 10)
    await database.write(add("new"))
    written.set()
    assert await both == (0, 0)
    assert await database.look(lambda c: c.execute(count).scalar_one()) == 1
    with pytest.raises(sa.exc.DBAPIError, match="read-only"):
        await database.read(add("x"))


async def test_a_connection_taken_away_costs_its_group_only(
    database: Database, where: Location, postgres: Server
) -> None:
    """The server ends a session in the middle: nothing was written, the next write works."""

    def cut(connection: sa.Connection) -> None:
        add("cut")(connection)
        pid = driver_of(connection).info.backend_pid
        with postgres.admin() as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", (pid,))

    with pytest.raises(StorageAway):
        await database.write(cut)
    await database.write(add("next"))
    assert names_in(where) == {"next"}


@pytest.mark.parametrize("before", [True, False])
async def test_a_commit_without_an_answer_is_asked_about(
    database: Database, where: Location, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    """The line breaks before or after the server committed: the awaiter is told what is true."""
    say = PostgresqlHeld.say

    def broken(held: PostgresqlHeld, text: str) -> None:
        if text != "COMMIT":
            say(held, text)  # type: ignore[arg-type]
            return
        monkeypatch.setattr(PostgresqlHeld, "say", say)
        if not before:
            say(held, "COMMIT")
        held.driver.close()
        raise psycopg.OperationalError("the line broke")

    monkeypatch.setattr(PostgresqlHeld, "say", broken)
    if before:
        with pytest.raises(StorageAway):
            await database.write(add("asked"))
    else:
        assert await database.write(add("asked")) == 1
    assert names_in(where) == (set() if before else {"asked"})
    await database.write(add("next"))


async def test_whoever_stands_still_loses_the_writers_place(
    where: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that stops inside a transaction is cut; the others wait no longer than that."""
    monkeypatch.setitem(sessions.SETTINGS, "idle_in_transaction_session_timeout", "500ms")
    still, other = (Database.open(where, revision="0001") for _ in range(2))
    started = threading.Event()

    def stand(connection: sa.Connection) -> None:
        add("still")(connection)
        started.set()
        time.sleep(2)

    task = asyncio.create_task(still.write(stand))
    await asyncio.to_thread(started.wait, 10)
    assert await asyncio.wait_for(other.write(add("other")), 10) == 1
    with pytest.raises(StorageAway):
        await task
    assert names_in(where) == {"other"}
    await still.write(add("again"))
    for one in (still, other):
        one.close()


async def test_a_closed_database_refuses(where: Location) -> None:
    """Closing finishes what was accepted; after it nothing is done."""
    database = Database.open(where, revision="0001")
    writes = [asyncio.create_task(database.write(add(f"n{n}"))) for n in range(50)]
    await asyncio.sleep(0)
    database.close()
    assert await asyncio.gather(*writes) == [1] * 50
    with pytest.raises(DatabaseClosed):
        await database.look(lambda c: None)


def test_a_party_reaches_nobody_elses_tables(where: Location, postgres: Server) -> None:
    """A login role reads and writes its own schema only."""
    with connect(where) as connection:
        (schema,) = connection.exec_driver_sql("SELECT current_schema()").one()
    other = Location("postgresql", postgres.party()[1])
    for text in (f"SELECT * FROM {schema}.note", "CREATE TABLE public.mine (a int)"):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), connect(other) as c:
            c.exec_driver_sql(text)

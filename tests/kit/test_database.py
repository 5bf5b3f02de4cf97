"""The group-commit database, on real SQLite files."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.kit.conftest import names_in

from renkei.kit.database import (
    CommitFailed,
    Database,
    DatabaseClosed,
    Overloaded,
    RevisionMismatch,
    connect,
)
from renkei.kit.database import threads as module
from renkei.kit.database.sqlite.driver import BUSY_TIMEOUT_MILLISECONDS, driver_of, read_pragmas
from renkei.kit.limits import StorageFull

METADATA = sa.MetaData()
NOTE = sa.Table(
    "note",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, unique=True, nullable=False),
    sa.Column("count", sa.Integer, nullable=False, default=0),
)


@pytest.fixture
def path(database_file: Path) -> Path:
    return database_file


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    opened = Database.open(path, revision="0001")
    yield opened
    opened.close()


def add(name: str):
    return lambda connection: (
        connection.execute(sa.insert(NOTE).values(name=name, count=0)).rowcount
    )


def names(connection: sa.Connection) -> list[str]:
    """The names in the table, in order of writing."""
    return list(connection.execute(sa.select(NOTE.c.name).order_by(NOTE.c.id)).scalars())


class Blocker:
    """Holds the writer's thread until released, so that a group can be gathered on purpose."""

    def __init__(self) -> None:
        self.started, self.released = threading.Event(), threading.Event()

    def __call__(self, _connection: sa.Connection) -> None:
        self.started.set()
        assert self.released.wait(10)


async def blocked(database: Database) -> tuple[Blocker, asyncio.Task[None]]:
    blocker = Blocker()
    task = asyncio.create_task(database.write(blocker))
    await asyncio.to_thread(blocker.started.wait, 10)
    return blocker, task


async def test_pragmas_hold_on_every_connection(database: Database) -> None:
    """Writer and readers run with the durability and deletion settings that are promised."""
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": BUSY_TIMEOUT_MILLISECONDS,
    }
    for held in (
        await database.write(lambda c: read_pragmas(driver_of(c))),
        await database.read(lambda c: read_pragmas(driver_of(c))),
    ):
        assert wanted.items() <= held.items()
        if sys.platform == "darwin":
            assert held["fullfsync"] == held["checkpoint_fullfsync"] == 1


def test_a_missing_file_is_refused_and_not_created(tmp_path: Path) -> None:
    """A typo in a path gives an error with the command to run, not an empty register."""
    with pytest.raises(RevisionMismatch, match="does not exist"):
        Database.open(tmp_path / "typo.sqlite", revision="0001")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("table", ["other", "none"])
def test_another_revision_is_refused(path: Path, table: str) -> None:
    """A file of another revision, or of none, is refused with both revisions named."""
    driver = sqlite3.connect(path)
    if table == "none":
        driver.execute("DROP TABLE alembic_version")
    else:
        driver.execute("UPDATE alembic_version SET version_num = '0000'")
    driver.commit()
    driver.close()
    found = "none" if table == "none" else "0000"
    with pytest.raises(RevisionMismatch, match=f"revision {found}, this program needs 0001"):
        Database.open(path, revision="0001")


async def test_an_answered_write_is_committed(database: Database, path: Path) -> None:
    """When the awaiter is answered, another connection already sees the row."""
    for number in range(20):
        await database.write(add(f"n{number}"))
        assert f"n{number}" in names_in(path)


async def test_no_update_is_lost(database: Database) -> None:
    """Two hundred read-then-write functions from many tasks leave exactly two hundred."""
    await database.write(add("counter"))

    def increment(connection: sa.Connection) -> None:
        count = connection.execute(sa.select(NOTE.c.count)).scalar_one()
        connection.execute(sa.update(NOTE).values(count=count + 1))

    await asyncio.gather(*(database.write(increment) for _ in range(200)))
    assert await database.read(lambda c: c.execute(sa.select(NOTE.c.count)).scalar_one()) == 200


async def test_functions_share_a_commit(database: Database) -> None:
    """Functions that wait together are committed together, at most 64 in one commit."""
    statements: list[str] = []
    await database.write(lambda c: driver_of(c).set_trace_callback(statements.append))
    blocker, task = await blocked(database)
    writes = [asyncio.create_task(database.write(add(f"n{n}"))) for n in range(10)]
    await asyncio.sleep(0)
    time.sleep(2 * module.GROUP_SECONDS)  # noqa: ASYNC251 - the blocker's own group is over
    blocker.released.set()
    await asyncio.gather(task, *writes)
    await database.write(lambda c: driver_of(c).set_trace_callback(None))
    assert sum(text == "COMMIT" for text in statements) < 10
    assert sum(text.startswith("INSERT") for text in statements) == 10


async def test_a_failing_function_undoes_only_itself(database: Database, path: Path) -> None:
    """In one group, one function's exception reaches its awaiter; the others are committed."""
    blocker, task = await blocked(database)

    def half(connection: sa.Connection) -> None:
        add("half")(connection)
        add("n3")(connection)  # taken by an earlier function of the group: IntegrityError

    functions = [add(f"n{n}") for n in range(8)] + [half] + [add("after")]
    writes = [asyncio.create_task(database.write(function)) for function in functions]
    await asyncio.sleep(0)
    blocker.released.set()
    await task
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(r) for r in results] == [int] * 8 + [sa.exc.IntegrityError, int]
    assert names_in(path) == {f"n{n}" for n in range(8)} | {"after"}


async def test_an_exception_does_not_quote_the_row(database: Database) -> None:
    """The text of a database error carries no values, which may be personal."""
    await database.write(add("Yamada Hanako (synthetic)"))
    with pytest.raises(sa.exc.IntegrityError) as caught:
        await database.write(add("Yamada Hanako (synthetic)"))
    assert "Yamada" not in str(caught.value)


async def test_a_failed_commit_fails_every_awaiter(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the commit itself fails, nobody of the group is told that it worked."""
    monkeypatch.setattr(module, "GROUP_SECONDS", 60.0)  # they are one group on any machine
    with closing(Database.open(path, revision="0001")) as database:
        await _fails_every_awaiter(database, path)


async def _fails_every_awaiter(database: Database, path: Path) -> None:
    await database.write(add("before"))
    blocker, task = await blocked(database)

    def dangling(connection: sa.Connection) -> None:
        connection.exec_driver_sql("INSERT INTO link (note) VALUES (4711)")

    writes = [asyncio.create_task(database.write(f)) for f in (add("a"), dangling, add("b"))]
    await asyncio.sleep(0)
    blocker.released.set()
    results = await asyncio.gather(task, *writes, return_exceptions=True)
    assert [type(r) for r in results] == [CommitFailed] * 4
    assert names_in(path) == {"before"}
    await database.write(add("next"))
    assert names_in(path) == {"before", "next"}


async def test_a_full_disk_fails_and_recovers(database: Database, path: Path) -> None:
    """A write that finds no room fails for its awaiter, and the next one works again."""
    limit = lambda pages: lambda c: c.exec_driver_sql(f"PRAGMA max_page_count={pages}").all()  # noqa: E731
    await database.write(limit(1))  # SQLite clamps to the pages in use

    def big(connection: sa.Connection) -> None:
        add("x" * 200_000)(connection)

    with pytest.raises(StorageFull) as caught:
        await database.write(big)
    assert (caught.value.code, caught.value.retry_after_seconds) == ("storage-full", 10)
    await database.write(limit(1_000_000))
    await database.write(add("fits"))
    assert names_in(path) == {"fits"}


@pytest.mark.parametrize("method", ["commit", "rollback", "close"])
async def test_a_function_cannot_end_the_transaction(
    database: Database, path: Path, method: str
) -> None:
    """A function that commits or rolls back by itself is refused and undone; others go on."""

    def unruly(connection: sa.Connection) -> None:
        add("unruly")(connection)
        getattr(connection, method)()

    with pytest.raises(RuntimeError, match="must not commit"):
        await database.write(unruly)
    await database.write(add("next"))
    assert names_in(path) == {"next"}


async def test_a_reader_cannot_write(database: Database, path: Path) -> None:
    """A function given to read is refused by SQLite when it writes."""
    with pytest.raises(sa.exc.OperationalError, match=r"readonly|read-only"):
        await database.read(add("x"))
    assert names_in(path) == set()


async def test_a_reader_sees_one_state(database: Database) -> None:
    """A reading function sees the same rows at its end as at its start, whatever is written."""
    count = sa.select(sa.func.count()).select_from(NOTE)
    first_read, written = threading.Event(), threading.Event()

    def twice(connection: sa.Connection) -> tuple[int, int]:
        first = connection.execute(count).scalar_one()
        first_read.set()
        assert written.wait(10)
        return first, connection.execute(count).scalar_one()

    reading = asyncio.create_task(database.read(twice))
    await asyncio.to_thread(first_read.wait, 10)
    await database.write(add("new"))
    written.set()
    assert await reading == (0, 0)
    assert await database.read(lambda c: c.execute(count).scalar_one()) == 1


async def test_a_look_sees_what_was_answered_before(database: Database) -> None:
    """A point read on the loop sees every write that was answered, and one state of it."""
    for number in range(5):
        await database.write(add(f"n{number}"))
        assert await database.look(names) == [f"n{n}" for n in range(number + 1)]


async def test_a_look_cannot_write_and_leaves_the_next_one_whole(database: Database) -> None:
    """A point read that tries to write is refused; the connection serves on."""
    with pytest.raises(sa.exc.OperationalError, match="readonly"):
        await database.look(add("x"))
    assert await database.look(names) == []


async def test_a_closed_database_refuses_a_look(path: Path) -> None:
    """After closing nothing is read any more."""
    database = Database.open(path, revision="0001")
    database.close()
    database.close()
    with pytest.raises(DatabaseClosed):
        await database.look(names)


async def test_a_full_queue_refuses_by_name(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past its bound the queue refuses at once, names the limit, does nothing, and recovers."""
    monkeypatch.setattr(module, "WRITE_QUEUE_LIMIT", 4)
    database = Database.open(path, revision="0001")
    blocker, task = await blocked(database)
    writes = [asyncio.create_task(database.write(add(f"n{n}"))) for n in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded, match="WRITE_QUEUE_LIMIT of 4"):
        await database.write(add("refused"))
    blocker.released.set()
    await asyncio.gather(task, *writes)
    await database.write(add("later"))
    database.close()
    assert names_in(path) == {"n0", "n1", "n2", "later"}


async def test_close_finishes_what_is_queued(path: Path) -> None:
    """Closing commits and answers what was accepted, and refuses what comes after."""
    database = Database.open(path, revision="0001")
    writes = [asyncio.create_task(database.write(add(f"n{n}"))) for n in range(100)]
    await asyncio.sleep(0)
    database.close()
    database.close()
    assert await asyncio.gather(*writes) == [1] * 100
    assert len(names_in(path)) == 100
    with pytest.raises(DatabaseClosed):
        await database.write(add("late"))
    with pytest.raises(DatabaseClosed):
        await database.read(lambda c: None)


async def test_a_lost_connection_is_replaced(database: Database, path: Path) -> None:
    """A connection that breaks under a function costs that group, not the database."""
    with pytest.raises(sa.exc.ProgrammingError):
        await database.write(lambda c: (driver_of(c).close(), add("x")(c)))
    await database.write(add("next"))
    assert names_in(path) == {"next"}


async def test_a_broken_down_database_leaves_nobody_waiting(path: Path) -> None:
    """When connection and file are gone, every awaiter gets an error, and so do later calls."""
    database = Database.open(path, revision="0001")

    def lose(connection: sa.Connection) -> None:
        driver_of(connection).close()
        for file in path.parent.iterdir():
            file.unlink()

    writes = [asyncio.create_task(database.write(f)) for f in (add("a"), lose, add("b"))]
    results = await asyncio.wait_for(asyncio.gather(*writes, return_exceptions=True), 5)
    assert isinstance(results[1], DatabaseClosed)
    assert isinstance(results[2], DatabaseClosed)
    with pytest.raises(DatabaseClosed):
        await database.write(add("late"))
    database.close()


async def test_a_deleted_value_is_in_no_file(database: Database, path: Path) -> None:
    """After deletion and a checkpoint no byte of the value is left in database or log."""
    marker = "deleted-code-5d41402abc4b2a76b9719d911017c592"

    def files() -> bytes:
        return b"".join(f.read_bytes() for f in path.parent.iterdir() if f.suffix != ".sqlite-shm")

    await database.write(add(marker))
    assert marker.encode() in files()
    await database.write(lambda c: c.execute(sa.delete(NOTE)).rowcount)
    assert await database.checkpoint() is True
    assert marker.encode() not in files()


async def test_statements_are_compiled_once(database: Database) -> None:
    """The second execution of a statement is a hit in the cache of compiled statements."""
    hits: list[str] = []

    def observe(connection: sa.Connection) -> None:
        sa.event.listen(
            connection,
            "before_cursor_execute",
            lambda *arguments: hits.append(arguments[4].cache_hit.name),
        )

    await database.write(observe)
    for name in ("a", "b", "c"):
        await database.write(
            lambda c, n=name: c.execute(sa.select(NOTE).where(NOTE.c.name == n)).all()
        )
    assert hits == ["CACHE_MISS", "CACHE_HIT", "CACHE_HIT"]


def test_connect_is_one_transaction(path: Path) -> None:
    """A tool's block is committed as a whole, or undone as a whole when it raises."""
    with connect(path, revision="0001") as connection:
        add("kept")(connection)

    def failing() -> None:
        with connect(path) as connection:
            add("undone")(connection)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert names_in(path) == {"kept"}
    with pytest.raises(RevisionMismatch), connect(path, revision="0009"):
        pass

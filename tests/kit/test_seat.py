"""The seat: several processes of one party, one of which works alone, on a real server."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from postgres import Server

from renkei.kit.background import Background, Interval
from renkei.kit.database import Database, Deposed, Location, connect, reading
from renkei.kit.database.seat import in_term
from renkei.kit.randomness import system_randomness
from renkei.kit.rounds import Round

HANDOVER_SECONDS = 10.0
"""However long the seat of a process that died may stay empty."""
STOPPED_SECONDS = 30.0
"""The same of one that stands still: the server waits for it for a while."""
LOOK_SECONDS = 0.02
NOTE = sa.Table("note", sa.MetaData(), sa.Column("text", sa.Text, nullable=False))
WRITER = """
import asyncio, sys
import sqlalchemy as sa
from renkei.kit.database import Database, Deposed, Location
from renkei.kit.database.seat import in_term

async def main():
    database = Database.open(Location("postgresql", sys.argv[1]), revision=None)
    term = database.term
    print("term", term, flush=True)
    sys.stdin.readline()
    try:
        with in_term(term):
            await database.write(lambda c: c.execute(sa.text("INSERT INTO note VALUES ('late')")))
        print("written", flush=True)
    except Deposed:
        print("deposed", flush=True)
    except Exception as error:
        print("undone", type(error).__name__, flush=True)
    sys.stdin.readline()
    try:
        with in_term(term):
            await database.write(lambda c: c.execute(sa.text("INSERT INTO note VALUES ('later')")))
        print("written", flush=True)
    except Deposed:
        print("deposed", flush=True)
    database.close()

asyncio.run(main())
"""


@pytest.fixture
def where(postgres: Server) -> Location:
    at = Location("postgresql", postgres.party()[1])
    with connect(at) as connection:
        NOTE.metadata.create_all(connection)
    return at


@contextmanager
def opened(where: Location) -> Iterator[Database]:
    database = Database.open(where, revision=None)
    try:
        yield database
    finally:
        database.close()


def note(text: str) -> Callable[[sa.Connection], None]:
    """A function that writes one row."""

    def function(connection: sa.Connection) -> None:
        connection.execute(NOTE.insert().values(text=text))

    return function


def notes(where: Location) -> list[str]:
    with reading(where) as connection:
        return sorted(connection.execute(sa.select(NOTE.c.text)).scalars())


async def until(true: Callable[[], bool], seconds: float) -> float:
    """Wait for something to become true; gives how long it took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, f"not within {seconds} seconds"
        await asyncio.sleep(LOOK_SECONDS)
    return time.monotonic() - began


def close_seat(postgres: Server, where: Location) -> None:
    """Have the server close the session that has the seat, as it does to one that is silent."""
    role = where.place.partition(":")[0]
    with postgres.admin() as admin:
        closed = admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE locktype = 'advisory' AND usename = %s",
            (role,),
        ).fetchall()
    assert closed == [(True,)]


async def test_an_embedded_database_has_one_process(tmp_path: object) -> None:
    """With the embedded engine a process works alone from the start and for good."""
    path = Location.file(tmp_path / "database")  # type: ignore[operator]
    path.path.touch()
    with connect(path) as connection:
        NOTE.metadata.create_all(connection)
    with opened(path) as database:
        assert database.term == 1
        assert not database.shared
        with in_term(database.term):
            await database.write(note("alone"))
    assert notes(path) == ["alone"]


@pytest.mark.postgresql
async def test_one_of_two_has_the_seat_and_leaves_it(where: Location) -> None:
    """Of two processes the first works alone; when it goes the other does, within ten seconds."""
    with opened(where) as first, opened(where) as second:
        assert (first.term, second.term) == (1, 0)
        first.close()
        await until(lambda: second.term == 1, HANDOVER_SECONDS)


@pytest.mark.postgresql
async def test_work_of_a_lost_term_writes_nothing(postgres: Server, where: Location) -> None:
    """Whoever has lost the seat can still write, but nothing of what was done alone."""
    with opened(where) as first, opened(where) as second:
        term = first.term
        close_seat(postgres, where)
        await until(lambda: second.term == 1, HANDOVER_SECONDS)
        with in_term(term), pytest.raises(Deposed):
            await first.write(note("of a lost term"))
        await first.write(note("of any process"))
        with in_term(second.term):
            await second.write(note("of the new term"))
    assert notes(where) == ["of any process", "of the new term"]


@pytest.mark.postgresql
async def test_a_term_is_not_taken_up_again(postgres: Server, where: Location) -> None:
    """A process that gets the seat back does not write what it began before it lost it."""
    with opened(where) as database:
        term = database.term
        close_seat(postgres, where)
        await until(lambda: database.term not in (0, term), HANDOVER_SECONDS)
        with in_term(term), pytest.raises(Deposed):
            await database.write(note("begun before"))
    assert notes(where) == []


@pytest.mark.postgresql
async def test_a_group_loses_only_what_is_of_another_term(where: Location) -> None:
    """In a group of functions the one of a lost term is undone and no other."""
    with opened(where) as first, opened(where) as second:
        assert first.term == 1
        with in_term(7):
            lost = asyncio.ensure_future(second.write(note("lost")))
        kept = [asyncio.ensure_future(second.write(note(f"kept {n}"))) for n in range(3)]
        done = await asyncio.gather(lost, *kept, return_exceptions=True)
    assert isinstance(done[0], Deposed)
    assert done[1:] == [None, None, None]
    assert notes(where) == ["kept 0", "kept 1", "kept 2"]


@pytest.mark.postgresql
async def test_a_stopped_process_that_wakes_up_cannot_write(where: Location) -> None:
    """A process that stood still while another took the seat writes nothing when it wakes up."""
    with writing_process(where) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"term 1\n"
        os.kill(process.pid, signal.SIGSTOP)
        with opened(where) as other:
            await until(lambda: other.term == 1, STOPPED_SECONDS)
            with in_term(other.term):
                await other.write(note("of the new term"))
            os.kill(process.pid, signal.SIGCONT)
            process.stdin.write(b"go\n")
            process.stdin.flush()
            assert process.stdout.readline().split()[0] in (b"deposed", b"undone")
            process.stdin.write(b"go\n")
            process.stdin.flush()
            assert process.stdout.readline() == b"deposed\n"
    assert notes(where) == ["of the new term"]


@contextmanager
def writing_process(where: Location) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has the seat, and writes whenever it gets a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, where.place],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def counting(task: str, where: list[str], *, each: bool = False) -> Background:
    """Work that says that it was done."""

    async def work() -> None:
        where.append(task)

    interval = Interval(idle_seconds=0.01, first_delay_seconds=0.01)
    made = Round(task, work, randomness=system_randomness, interval=interval)
    made.each = each
    return made


@pytest.mark.postgresql
async def test_work_in_the_background_follows_the_seat(where: Location) -> None:
    """What one process does alone goes to the other with the seat; what each does, each does."""
    done: dict[str, list[str]] = {"first": [], "second": []}
    with opened(where) as first, opened(where) as second:
        works, tasks = [], []
        for name, database in (("first", first), ("second", second)):
            for each in (False, True):
                work = counting("each" if each else "alone", done[name], each=each)
                works.append(work)
                tasks.append(asyncio.create_task(work.run(database)))
        await until(lambda: "each" in done["second"] and "alone" in done["first"], HANDOVER_SECONDS)
        assert "alone" not in done["second"]
        first.close()
        await until(lambda: "alone" in done["second"], HANDOVER_SECONDS)
        for work in works:
            work.stop()
        await asyncio.gather(*tasks)


@pytest.mark.postgresql
async def test_what_the_background_began_in_a_lost_term_is_not_written(
    postgres: Server, where: Location
) -> None:
    """Work under way while the seat is lost writes nothing, and is no failure of its own."""
    begun, go_on, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
    with opened(where) as first, opened(where) as second:

        async def work() -> None:
            begun.set()
            await go_on.wait()
            try:
                await first.write(note("too late"))
            finally:
                ended.set()

        round_ = Round(
            "slow", work, randomness=system_randomness, interval=Interval(idle_seconds=0.01)
        )
        task = asyncio.create_task(round_.run(first))
        await begun.wait()
        close_seat(postgres, where)
        await until(lambda: second.term == 1, HANDOVER_SECONDS)
        go_on.set()
        await ended.wait()
        round_.stop()
        await task
        assert round_.trouble is None
    assert notes(where) == []

"""SQLite's files: made, opened, read and changed (データベースファイル)."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy import event

from renkei.kit.database import threads
from renkei.kit.database.engine import Work
from renkei.kit.database.errors import DatabaseError
from renkei.kit.database.sqlite.driver import check_revision, driver_of, engine_for
from renkei.kit.database.sqlite.grammar import SqliteGrammar
from renkei.kit.database.sqlite.held import SqliteHeld
from renkei.kit.database.threads import Threads, close_all

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700
ENGINES_KEPT_LIMIT: Final = 64


class SqliteEngine:
    """The embedded engine; a place is the path of a file."""

    grammar: Final = SqliteGrammar()
    shared: Final = False

    def version(self) -> str:
        """The library's own, not this module's."""
        return sqlite3.sqlite_version

    def open(self, place: str, *, revision: str | None, readers: int, read_only: bool) -> Threads:
        """Open an existing file: a writer thread, reader threads, a connection of the loop's."""
        path = Path(place)
        opened: list[SqliteHeld] = []
        try:
            # The writer opens first: it sets write-ahead logging, which readers rely on.
            if not read_only:
                opened.append(SqliteHeld(engine_for(path, read_only=False)))
            engine = engine_for(path, read_only=True)
            opened += [SqliteHeld(engine) for _ in range(readers + 1)]
            if revision is not None:
                check_revision(opened[0].driver, path, revision)
        except BaseException:
            close_all(opened)
            raise
        writer = None if read_only else opened[0]
        return Threads(writer, opened[-1 - readers : -1], opened[-1], threads.GROUP_SECONDS)

    @contextmanager
    def connect(self, place: str, revision: str | None) -> Iterator[sa.Connection]:
        """BEGIN IMMEDIATE at the start, one durable commit at the end."""
        with _opened(Path(place), revision, read_only=False) as connection, connection.begin():
            yield connection

    @contextmanager
    def reading(self, place: str, revision: str | None) -> Iterator[sa.Connection]:
        """One snapshot, also while a server writes."""
        with _opened(Path(place), revision, read_only=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def bare(self, place: str) -> Iterator[Callable[[Work[None]], None]]:
        """One connection with the servers' settings; each call is one commit."""
        with _opened(Path(place), None, read_only=False) as connection:
            driver = driver_of(connection)

            def commit(function: Work[None]) -> None:
                driver.execute("BEGIN IMMEDIATE")
                function(connection)
                driver.execute("COMMIT")

            yield commit

    def size(self, place: str) -> int:
        """Of the file; its log is emptied into it every few seconds."""
        return Path(place).stat().st_size

    def new_place(self, admin: str, name: str) -> str:
        """A file of this name in a folder; it is made when it is first changed."""
        return str(Path(admin) / f"{name}.sqlite")

    def drop_place(self, admin: str, place: str) -> None:
        """The file, and those that the engine keeps beside it."""
        for path in Path(place).parent.glob(f"{Path(place).name}*"):
            path.unlink()

    @contextmanager
    def changing(self, place: str) -> Iterator[sa.Connection]:
        """One transaction with links unchecked until its end, since rebuilding drops tables."""
        path = Path(place)
        path.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        _create(path)
        with _opened(path, None, read_only=False) as connection:
            # Rebuilding a table drops it, which would cascade; links are checked at the end.
            driver_of(connection).execute("PRAGMA foreign_keys=OFF")
            with connection.begin():
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    tables = sorted({str(row[0]) for row in broken})
                    raise DatabaseError(f"{path}: broken links from {', '.join(tables)}; undone")


@contextmanager
def _opened(path: Path, revision: str | None, *, read_only: bool) -> Iterator[sa.Connection]:
    with _engine(path, read_only).connect() as connection:
        if revision is not None:
            check_revision(driver_of(connection), path, revision)
        yield connection


@lru_cache(maxsize=ENGINES_KEPT_LIMIT)
def _engine(path: Path, read_only: bool) -> sa.Engine:
    """Made once: it costs several times what opening the file does, and holds no connection."""
    engine = engine_for(path, read_only=read_only)
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _create(path: Path) -> None:
    """Create an empty file with its final mode; its log files inherit that mode from it."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, FILE_MODE)
    except FileExistsError:
        return
    try:
        os.fchmod(descriptor, FILE_MODE)  # a umask cannot loosen it, but may have tightened it
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

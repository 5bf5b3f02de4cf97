"""PostgreSQL's databases: opened, read and changed; whoever runs the server makes them.

A place is what follows `postgresql://` in a connection URI (libpq). A party's login role has a
schema of its own name, which is the first that PostgreSQL looks in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Final

import psycopg
import sqlalchemy as sa

from renkei.kit.database.engine import Work
from renkei.kit.database.postgresql.driver import check_revision, engine_for
from renkei.kit.database.postgresql.grammar import PostgresqlGrammar
from renkei.kit.database.postgresql.held import PostgresqlHeld
from renkei.kit.database.postgresql.parties import drop_party, new_party
from renkei.kit.database.threads import Threads, close_all

ENGINES_KEPT_LIMIT: Final = 64
SIZE: Final = (
    "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class "
    "WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
)
GROUP_SECONDS: Final = 0.010
"""A function takes several exchanges with the server: as many share a commit as with SQLite."""


class PostgresqlEngine:
    """A server that the operator runs; a place is a connection URI without its scheme."""

    grammar: Final = PostgresqlGrammar()
    shared: Final = True

    def version(self) -> str:
        """Of the client library; the server's stands in `status`."""
        return f"libpq {psycopg.pq.version()}"

    def open(self, place: str, *, revision: str | None, readers: int, read_only: bool) -> Threads:
        """A writer thread and reader threads with a connection each, for one process."""
        opened: list[PostgresqlHeld] = []
        try:
            if not read_only:
                opened.append(PostgresqlHeld(engine_for(place, read_only=False), seated=True))
                opened[0].beat()
            engine = engine_for(place, read_only=True)
            opened += [PostgresqlHeld(engine) for _ in range(readers)]
            if revision is not None:
                check_revision(opened[0].driver, place, revision)
        except BaseException:
            close_all(opened)
            raise
        writer = None if read_only else opened[0]
        return Threads(writer, opened[-readers:], None, GROUP_SECONDS, shared=self.shared)

    @contextmanager
    def connect(self, place: str, revision: str | None) -> Iterator[sa.Connection]:
        """The writers' lock at the start, one durable commit at the end."""
        with _held(place, revision, read_only=False) as held:
            yield from _transaction(held)

    @contextmanager
    def reading(self, place: str, revision: str | None) -> Iterator[sa.Connection]:
        """One snapshot, also while a server writes."""
        with _held(place, revision, read_only=True) as held:
            held.driver.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield held.core

    @contextmanager
    def bare(self, place: str) -> Iterator[Callable[[Work[None]], None]]:
        """One connection with the servers' settings; each call is one commit."""
        with _held(place, None, read_only=False) as held:

            def commit(function: Work[None]) -> None:
                held.driver.execute("BEGIN")
                function(held.core)
                held.driver.execute("COMMIT")

            yield commit

    def size(self, place: str) -> int:
        """Of the tables of its own schema."""
        with self.reading(place, None) as connection:
            return int(connection.exec_driver_sql(SIZE).scalar_one())

    def new_place(self, admin: str, name: str) -> str:
        """A login role with a password of its own, and a schema of the same name."""
        return new_party(admin, name)

    def drop_place(self, admin: str, place: str) -> None:
        """The schema and the login role."""
        drop_party(admin, place)

    @contextmanager
    def changing(self, place: str) -> Iterator[sa.Connection]:
        """One transaction, tables and rows alike; links are checked by the server as it goes."""
        with _held(place, None, read_only=False) as held:
            held.driver.execute("SET statement_timeout = 0")
            held.driver.execute("SET idle_in_transaction_session_timeout = 0")
            yield from _transaction(held)


def _transaction(held: PostgresqlHeld) -> Iterator[sa.Connection]:
    held.begin()
    yield held.core
    held.commit()


@contextmanager
def _held(place: str, revision: str | None, *, read_only: bool) -> Iterator[PostgresqlHeld]:
    held = PostgresqlHeld(_engine(place, read_only))
    try:
        if revision is not None:
            check_revision(held.driver, place, revision)
        yield held
        held.reset()
    finally:
        held.close()  # what was not committed goes with the connection


@lru_cache(maxsize=ENGINES_KEPT_LIMIT)
def _engine(place: str, read_only: bool) -> sa.Engine:
    """Made once: it costs more than connecting does, and holds no connection."""
    return engine_for(place, read_only=read_only)

"""Whether anybody has written, told of each party's database without reading it (書込みの有無).

SQLite has a word for it (`data_version`). In a server's database every table gets a trigger that
counts rows written in a table of the watcher's own, in the transaction that writes them.
"""

import sqlite3
from typing import Any

import placing

from renkei.sandbox.country import Country

COUNT = """
CREATE SCHEMA IF NOT EXISTS watching;
GRANT USAGE ON SCHEMA watching TO PUBLIC;
CREATE TABLE IF NOT EXISTS watching.written (schema text PRIMARY KEY, rows bigint NOT NULL);
GRANT SELECT, INSERT, UPDATE ON watching.written TO PUBLIC;
CREATE OR REPLACE FUNCTION watching.note_written() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  UPDATE watching.written SET rows = rows + 1 WHERE schema = TG_TABLE_SCHEMA;
  RETURN NULL; END $$;
"""


class Writings:
    """One number for each party, another after every commit that wrote something."""

    def __init__(self, country: Country) -> None:
        names = [plan.party for plan in country.plans]
        self._watch = _Files(country, names) if placing.embedded() else _Tables(country, names)

    def versions(self) -> dict[str, int]:
        """The numbers now, by party."""
        return self._watch.versions()

    def close(self) -> None:
        """Watch no longer."""
        self._watch.close()


class _Files:
    def __init__(self, country: Country, names: list[str]) -> None:
        self._held = {
            name: sqlite3.connect(f"file:{country.database(name)}?mode=ro", uri=True)
            for name in names
        }

    def versions(self) -> dict[str, int]:
        return {
            name: one.execute("PRAGMA data_version").fetchone()[0]
            for name, one in self._held.items()
        }

    def close(self) -> None:
        for one in self._held.values():
            one.close()


class _Tables:
    def __init__(self, country: Country, names: list[str]) -> None:
        places = {name: placing.parts(country.database(name)) for name in names}
        (database,) = {one.database for one in places.values()}
        self._schemas = {one.login: name for name, one in places.items()}
        self._held: Any = placing.administering(database)
        self._held.execute(COUNT)
        for schema in self._schemas:
            self._held.execute(
                "INSERT INTO watching.written VALUES (%s, 0) ON CONFLICT DO NOTHING", (schema,)
            )
        found = self._held.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s)",
            (list(self._schemas),),
        )
        for schema, table in found.fetchall():
            self._held.execute(
                f"CREATE OR REPLACE TRIGGER zz_written AFTER INSERT OR UPDATE OR DELETE "
                f'ON "{schema}"."{table}" FOR EACH ROW EXECUTE FUNCTION watching.note_written()'
            )

    def versions(self) -> dict[str, int]:
        found = self._held.execute("SELECT schema, rows FROM watching.written").fetchall()
        return {self._schemas[schema]: rows for schema, rows in found}

    def close(self) -> None:
        self._held.close()

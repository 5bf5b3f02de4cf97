"""One party, one login role, one schema: nobody reaches another's tables (データベース利用者).

Source: https://www.postgresql.org/docs/15/ddl-schemas.html#DDL-SCHEMAS-PATTERNS.
"""

from __future__ import annotations

import re
import secrets
from typing import Any, Final
from urllib.parse import quote

import psycopg
from psycopg import conninfo, sql

from renkei.kit.database.errors import DatabaseError
from renkei.kit.database.postgresql.driver import open_driver

PASSWORD_BYTES: Final = 24
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
"""PostgreSQL cuts longer names (NAMEDATALEN)."""


def new_party(admin: str, name: str) -> str:
    """Make a login role and a schema of its name; gives the place it is reached at.

    `admin` is the place of a role that may make roles and schemas. Raises DatabaseError.
    """
    if NAME.fullmatch(name) is None:
        raise DatabaseError(f"{name!r} is no name for a login role")
    password = secrets.token_hex(PASSWORD_BYTES)
    driver = open_driver(admin, read_only=False)
    try:
        with driver.transaction():
            _make(driver, name, password)
        return _place(driver, admin, name, password)
    except psycopg.Error as error:
        raise DatabaseError(f"the administrator's role cannot make {name}: {error}") from error
    finally:
        driver.close()


def drop_party(admin: str, place: str) -> None:
    """Drop the login role a place is reached by, and the schema of its name; DatabaseError."""
    role = sql.Identifier(str(conninfo.conninfo_to_dict(f"postgresql://{place}")["user"]))
    driver = open_driver(admin, read_only=False)
    try:
        with driver.transaction():
            driver.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(role))
            driver.execute(sql.SQL("DROP ROLE {}").format(role))
    except psycopg.Error as error:
        raise DatabaseError(f"the administrator's role cannot drop a place: {error}") from error
    finally:
        driver.close()


def _make(driver: psycopg.Connection[Any], name: str, password: str) -> None:
    role = sql.Identifier(name)
    driver.execute(
        sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} NOINHERIT").format(role, sql.Literal(password))
    )
    driver.execute(sql.SQL("CREATE SCHEMA {}").format(role))
    driver.execute(sql.SQL("GRANT CREATE, USAGE ON SCHEMA {} TO {}").format(role, role))
    row = driver.execute("SELECT usesuper FROM pg_user WHERE usename = current_user").fetchone()
    if row is not None and row[0]:
        # What the server writes about an error would quote rows.
        driver.execute(sql.SQL("ALTER ROLE {} SET log_error_verbosity = terse").format(role))


def _place(driver: psycopg.Connection[Any], admin: str, name: str, password: str) -> str:
    """The administrator's place with another login."""
    told = conninfo.conninfo_to_dict(f"postgresql://{admin}")
    database = quote(str(driver.info.dbname), safe="")
    rest = {
        key: str(value)
        for key, value in told.items()
        if key not in ("user", "password", "dbname") and value is not None
    }
    more = "&".join(f"{key}={quote(value, safe='')}" for key, value in rest.items())
    return f"{name}:{password}@/{database}" + (f"?{more}" if more else "")

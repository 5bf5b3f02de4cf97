"""Where the databases of a run are made: files, or a PostgreSQL server of the run's own (置き場).

A run has one engine (`--engine`). A folder of a test holds the embedded engine's files, or files
that name databases of the server: whoever copies the folder (`copied`) gets databases of its own
with it, made from those that the files name.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

import sqlalchemy as sa

from renkei.kit.database.engines import ENGINES, engine_at
from renkei.kit.database.moving import move
from renkei.kit.location import Location
from renkei.kit.progress import Progress
from renkei.run.roles import ROLES
from renkei.sandbox.country import DATABASE_URL, Country
from renkei.sandbox.relocation import relocate

if TYPE_CHECKING:
    from postgres import Server

SQLITE, POSTGRESQL = ENGINES
ADMIN_URL = "admin.url"
"""Beside a country: the administrator's place in a database of the country's own."""


@dataclass
class _Run:
    engine: str = SQLITE
    server: "Server | None" = None
    admin: Any = None
    views: dict[str, Any] = field(default_factory=dict)
    """Connections of the administrator's that only look, by database."""
    made: list[str] = field(default_factory=list)
    """Databases of the server that go with the test that made them."""
    numbers: int = 0


_RUN = _Run()


def begin(engine: str, server: "Server | None") -> None:
    """Say which engine this process's run has, and its server where the engine has one."""
    _RUN.engine, _RUN.server = engine, server


def engine() -> str:
    """The engine of this run."""
    return _RUN.engine


def embedded() -> bool:
    """Whether databases are files of the embedded engine."""
    return _RUN.engine == SQLITE


def end() -> None:
    """Let go of the server."""
    let_go()
    if _RUN.admin is not None:
        _RUN.admin.close()
        _RUN.admin = None


def place(path: Path) -> Location:
    """A role's database that a test knows by a path: that file, or a database of the server.

    The server's is made when it is first asked for, and named by a file beside where the embedded
    engine's would be.
    """
    named = _name_of(path)
    if not named.exists():
        if embedded():
            return Location.file(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        database = _new_database()
        admin = _server().place(database=database)
        party = engine_at(Location(POSTGRESQL, admin)).new_place(admin, database)
        _write(named, f"{POSTGRESQL}://{party}")
    return Location.in_file(named)


def there(path: Path) -> bool:
    """Whether such a database was made."""
    return path.exists() or _name_of(path).exists()


def removed(path: Path) -> None:
    """Such a database is lost."""
    for one in path.parent.glob(f"{path.name}*"):
        one.unlink()


def emptied(where: Location) -> None:
    """Whoever runs the server takes all of one party's tables away, or the file."""
    if where.engine == SQLITE:
        removed(where.path)
        return
    at = parts(where)
    with administering(at.database) as held:
        held.execute(f'DROP SCHEMA "{at.login}" CASCADE')
        held.execute(f'CREATE SCHEMA "{at.login}"')
        held.execute(f'GRANT CREATE, USAGE ON SCHEMA "{at.login}" TO "{at.login}"')


def copied_database(template: Path, path: Path) -> Location:
    """A copy of one database that is known by a path, at another; nobody may be using it."""
    if embedded():
        shutil.copyfile(template, path)
        path.chmod(template.stat().st_mode)
    else:
        url = urlsplit(_name_of(template).read_text().strip())
        copy = _new_database(url.path.removeprefix("/"))
        _write(_name_of(path), _at(url, copy))
    return place(path)


def carried(role: str, where: Location, path: Path) -> Location:
    """A copy of a role's database that may be in use."""
    move(ROLES[role].migrations, where, place(path))
    return place(path)


def administrator(folder: Path) -> str | None:
    """The administrator's place in a new database, as `renkei up --database` takes it.

    It is told by a file beside the country's folder; None where the engine is the embedded one.
    """
    if embedded():
        return None
    named = folder.with_name(f"{folder.name}-{ADMIN_URL}")
    if not named.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        _write(named, _server().url(database=_new_database()))
    return f"@{named}"


def relocated(country: Country) -> None:
    """Have a country that was built, and that nobody runs, on the run's engine."""
    told = administrator(country.folder)
    if told is not None:
        server = Location.from_configuration(told, country.folder)
        relocate(country, server, Progress(quiet=True))


@dataclass(frozen=True, slots=True)
class Parts:
    """A database of the server: whose it is, and its name."""

    login: str
    database: str


def parts(where: Location) -> Parts:
    """Of a location on the server."""
    split = urlsplit(where.url)
    return Parts(str(split.username), split.path.removeprefix("/"))


class View:
    """One party's schema, looked at by the administrator: opened once for all of a country."""

    def __init__(self, held: Any, login: str) -> None:
        self._held, self._login = held, login

    def found(self, text: sa.TextClause, values: dict[str, Any]) -> tuple[list[str], list[Any]]:
        """Names of the columns, and the rows."""
        from sqlalchemy.dialects.postgresql.psycopg import dialect

        query = str(text.compile(dialect=dialect()))
        self._held.execute(f'SET search_path = "{self._login}"')
        cursor = self._held.execute(query, values, prepare=False)
        return [one.name for one in cursor.description], cursor.fetchall()


def viewing(where: Location) -> View | None:
    """A look at a location on this run's server; None for any other."""
    if where.engine != POSTGRESQL or _RUN.server is None:
        return None
    at = parts(where)
    if at.database not in _RUN.views or _RUN.views[at.database].broken:
        _RUN.views[at.database] = administering(at.database)
        _RUN.views[at.database].execute("SET default_transaction_read_only = on")
    return View(_RUN.views[at.database], at.login)


def let_go(*databases: str) -> None:
    """Close what looks at databases, or at any."""
    for name in databases or list(_RUN.views):
        view = _RUN.views.pop(name, None)
        if view is not None:
            view.close()


def administering(database: str) -> Any:
    """A connection of the administrator's to a database; whoever asked closes it."""
    return _server().admin(database)


def copied(template: Path, folder: Path) -> Path:
    """A copy of a folder, with databases of its own; nobody may be using the template's."""
    shutil.copytree(template, folder)
    copies: dict[str, str] = {}
    for named in [*folder.rglob(DATABASE_URL), *folder.rglob("*.sqlite.url")]:
        url = named.read_text().strip()
        split = urlsplit(url)
        name = split.path.removeprefix("/")
        if name not in copies:
            copies[name] = _new_database(name)
        _write(named, _at(split, copies[name]))
    return folder


@contextmanager
def kept() -> Iterator[None]:
    """What is made in this block stays until the run ends: others copy it."""
    before = list(_RUN.made)
    yield
    _RUN.made[:] = before


@contextmanager
def dropped() -> Iterator[None]:
    """What is made in this block goes with it."""
    before = len(_RUN.made)
    yield
    goes, _RUN.made[before:] = _RUN.made[before:], []
    _drop(*goes)


def drop(country: Country) -> None:
    """A country's databases go before the test does that made them."""
    if embedded():
        return
    places = {parts(country.database(plan.party)).database for plan in country.plans}
    _RUN.made[:] = [name for name in _RUN.made if name not in places]
    _drop(*places)


def _drop(*names: str) -> None:
    for name in names:
        let_go(name)
        _admin().execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _name_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.url")


def _server() -> "Server":
    assert _RUN.server is not None, "the server of this run was not started"
    return _RUN.server


def _admin() -> Any:
    if _RUN.admin is None:
        _RUN.admin = _server().admin()
    return _RUN.admin


def _new_database(template: str = "template1") -> str:
    """An empty database, or a copy. FILE_COPY: the log is written for rows, not for copies."""
    let_go(template)
    _RUN.numbers += 1
    name = f"renkei_{os.getpid()}_{_RUN.numbers}"
    _admin().execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    _RUN.made.append(name)
    return name


def _at(url: SplitResult, database: str) -> str:
    """The same place in another database."""
    return urlunsplit((url.scheme, url.netloc, f"/{database}", url.query, url.fragment))


def _write(path: Path, url: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(f"{url}\n")

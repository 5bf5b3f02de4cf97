"""Moving a country's databases to a server (データベースの移設).

Party by party: a login and a schema of its own, the rows carried over and compared, then the file
with the new place, then the old database goes. A kill in between leaves each party at one of two
places, and the next start goes on.
"""

import os
import re
import secrets
from pathlib import Path
from typing import Final

from renkei.kit.database.engines import engine_at
from renkei.kit.database.moving import move
from renkei.kit.location import EMBEDDED_FILE, Location
from renkei.kit.progress import Progress
from renkei.run.roles import ROLES
from renkei.sandbox.blueprint import PartyPlan
from renkei.sandbox.configuration import write_configs
from renkei.sandbox.country import DATABASE_URL, Country

NAME_LIMIT: Final = 40


def server_at(text: str) -> Location:
    """An administrator's place on a server, `engine://…` or `@FILE`, by what somebody typed.

    Raises ValueError where that is a place of one process, DatabaseError where nothing is there.
    """
    found = Location.from_configuration(text, Path.cwd())
    engine = engine_at(found)
    if not engine.shared:
        raise ValueError(f"{text!r} is no server; write ENGINE://… or @FILE (docs/operate.md)")
    engine.size(found.place)
    return found


def relocate(country: Country, server: Location, progress: Progress) -> None:
    """Have every party's database on a server, by the place of its administrator.

    Parties that are there already stay. The country must not run. Raises DatabaseError.
    """
    left = [
        plan for plan in country.plans if not (country.home(plan.party) / DATABASE_URL).exists()
    ]
    tag = secrets.token_hex(3)
    for number, plan in enumerate(left, 1):
        with progress.step(f"moving databases to {server}: {number} of {len(left)}"):
            _relocate(country, plan, server, tag)
    write_configs(country)


def _relocate(country: Country, plan: PartyPlan, server: Location, tag: str) -> None:
    engine, home = engine_at(server), country.home(plan.party)
    word = re.sub(r"[^a-z0-9]", "_", plan.party)[:NAME_LIMIT]
    target = Location(server.engine, engine.new_place(server.place, f"renkei_{tag}_{word}"))
    move(ROLES[plan.role].migrations, country.database(plan.party), target)
    _write_privately(home / DATABASE_URL, target.url)
    for path in home.glob(f"{EMBEDDED_FILE}*"):
        path.unlink()


def withdraw(country: Country, server: Location) -> None:
    """Take a country's databases away from a server, with the parties' logins: it is over.

    Parties whose database is not there are passed over. Raises DatabaseError.
    """
    for plan in country.plans:
        at = country.database(plan.party)
        if at.engine == server.engine:
            engine_at(server).drop_place(server.place, at.place)


def _write_privately(path: Path, text: str) -> None:
    """A file that only its owner reads, there whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)

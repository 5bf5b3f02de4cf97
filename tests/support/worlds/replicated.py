"""A country on a PostgreSQL server, several processes of each party behind HAProxy."""

import asyncio
import contextlib
import os
import shutil
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from looking import rows
from mortal import MortalCountry

from renkei.kit.database.moving import move
from renkei.kit.http_client import Peer
from renkei.kit.location import EMBEDDED_FILE, Location
from renkei.kit.progress import Progress
from renkei.run.config import read
from renkei.run.health import NoAnswer, ask
from renkei.run.roles import ROLES
from renkei.sandbox.balancing import await_served
from renkei.sandbox.country import DATABASE_URL, open_existing
from renkei.sandbox.opening import open_country

FILES = "country-in-files"


class ReplicatedCountry(MortalCountry):
    """As `MortalCountry`; its processes are called `linkage.1`, `linkage.2` and so on."""

    def __init__(self, folder: Path, server: Path, replicas: int) -> None:
        """`server`: a file with the place of a server's administrator."""
        super().__init__(folder, database=f"@{server}")
        self._more = ["--replicas", str(replicas)]

    def start(self, *, opened: bool = True) -> Self:
        """As every country; and the balancer has seen that everybody is there."""
        super().start(opened=False)
        await_served(self.country)
        if opened:
            asyncio.run(open_country(self.country, Progress(quiet=True)))
        return self

    def peer(self, name: str) -> Peer:
        """Where one process listens, or a party: then the balancer says at which process."""
        dns_name = f"{name.partition('.')[0]}.renkei.test"
        return Peer(dns_name, "127.0.0.1", self.country.manifest.ports[name])

    def rows(self, party: str, query: str) -> list[tuple[Any, ...]]:
        """Read a party's database from outside, while it runs."""
        return rows(self.country.database(party), query)

    async def elected(self, party: str) -> list[str]:
        """Those processes of a party that say they have its seat."""
        names = [one.name for one in self.country.services() if one.name.startswith(f"{party}.")]
        return [name for name in names if await self.seated(name)]

    async def seated(self, process: str) -> bool:
        """Whether one process answers and says that it has the seat."""
        (config,) = [one.config for one in self.country.services() if one.name == process]
        with contextlib.suppress(NoAnswer):
            return (await ask(read(config))).seated
        return False


@contextmanager
def served(folder: Path, wanted: Namespace) -> Iterator[MortalCountry]:
    """A country to kill, with the `replicas` and on the `database` that somebody wants.

    Several processes of a party have a server of their own for the block.
    """
    if not wanted.replicas:
        yield MortalCountry(folder, database=wanted.database)
        return
    from postgres import running_postgres  # its driver is loaded where it is needed

    folder.parent.mkdir(parents=True, exist_ok=True)
    with running_postgres() as server:
        yield ReplicatedCountry(folder, place_in(folder.parent, server.url()), wanted.replicas)


def place_in(home: Path, url: str) -> Path:
    """A file with a server's place, which only its owner reads."""
    path = home / "admin.url"
    descriptor = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(url + "\n")
    return path


def on_files(folder: Path) -> Path:
    """The folder of the same country with every database in a file; itself where they are."""
    country = open_existing(folder)
    served = [one for one in country.plans if (country.home(one.party) / DATABASE_URL).exists()]
    if not served:
        return folder
    copy = folder.with_name(FILES)
    shutil.copytree(folder, copy)
    for plan in served:
        home = copy / plan.party
        (home / DATABASE_URL).unlink()
        target = Location.file(home / EMBEDDED_FILE)
        move(ROLES[plan.role].migrations, country.database(plan.party), target)
    return copy

"""A built country in a folder: its parties, keys, time and services (試験国).

A country is a folder: an authority, per party its keys, certificate, database and configuration,
and a manifest.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from renkei.kit.config import ConfigError
from renkei.kit.keys import FileKeyStore, KeyStore
from renkei.kit.location import EMBEDDED_FILE, Location
from renkei.run.config import ServeConfig, read
from renkei.sandbox.blueprint import PartyPlan
from renkei.values import PersonId
from renkei.wire.directory import TrustRoots
from renkei.wire.names import INSTITUTION, LINKAGE, OVERSIGHT
from renkei.wire.values import decoder, encoder

if TYPE_CHECKING:
    from renkei.run.supervisor import Service

MANIFEST: Final = "country.json"
MANIFEST_BYTES_LIMIT: Final = 16 * 1024 * 1024
ANCHORS: Final = "anchors.json"
"""The public keys that whoever verifies a history starts from."""
HISTORY: Final = "history-of-the-parent.json"
"""Where the demo keeps what the parent took away."""
KEPT_OPEN: Final = "kept-open"
DATABASE_URL: Final = "database.url"
"""In a party's folder: where its database is, if that is no file beside it."""
"""A file that is there while `renkei up` keeps the country open to whoever comes."""


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a country's folder says about itself."""

    format: int
    renkei: str
    seed: int
    as_of: date
    residents: int
    """Per municipality."""
    blueprint_digest: str
    """Of the country's file."""
    plans: tuple[PartyPlan, ...]
    """All parties, in the order they are started."""
    population_digest: str
    export_digest: str
    """Of everybody and everything on file about them: the same for seed, day and size."""
    built_at: datetime
    clock_offset_seconds: float
    directory_version: int
    directory_expires_at: datetime
    ports: dict[str, int]
    """Where each party's process listens."""
    published: dict[str, int] = {}
    """Ports that the others are told instead, of parties that stand behind something."""
    exchange_call_seconds: float = 30.0
    """How long one call of an exchange may take before it is tried again."""
    persons: dict[str, dict[str, PersonId]]
    """Persona tag, institution, that institution's person id: only the sandbox knows them all."""
    replicas: int = 1
    """How many processes serve a party whose role can have several; beyond 1 behind a balancer."""
    opened: bool = False
    """Whether every institution has acquired the codes of the persons on its file."""


@dataclass(slots=True)
class Country:
    """A country in a folder."""

    folder: Path
    manifest: Manifest
    claim: int | None = None
    """The descriptor that holds the folder's lock, for a country that may be run."""

    @property
    def plans(self) -> tuple[PartyPlan, ...]:
        """All parties, in the order they are started."""
        return self.manifest.plans

    def release(self) -> None:
        """Let another process run this country."""
        if self.claim is not None:
            os.close(self.claim)
            self.claim = None

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Let others use this country, whose processes run, for the length of a block."""
        mark = self.folder / KEPT_OPEN
        mark.touch()
        try:
            yield
        finally:
            mark.unlink(missing_ok=True)

    def is_running(self) -> bool:
        """Whether some process holds this country, as whoever runs it does."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def is_open(self) -> bool:
        """Whether its processes run and are kept running: anybody may ask them something."""
        return (self.folder / KEPT_OPEN).exists() and self.is_running()

    def home(self, party: str) -> Path:
        """The folder of one party."""
        return self.folder / party

    def database(self, party: str) -> Location:
        """The database of one party: its file, or where the file `database.url` says."""
        moved = self.home(party) / DATABASE_URL
        if moved.exists():
            try:
                return Location.in_file(moved)
            except ValueError as error:
                raise ConfigError(f"{moved} tells no place of a database: {error}") from error
        return Location.file(self.home(party) / EMBEDDED_FILE)

    @property
    def anchors(self) -> Path:
        """The file of public keys that `renkei verify` believes."""
        return self.folder / ANCHORS

    def keys(self, party: str) -> KeyStore:
        """The key store of one party: in the sandbox one machine holds them all."""
        return quiet_keys(self.home(party) / "keys")

    def config_path(self, party: str) -> Path:
        """The configuration file of one party's process."""
        return self.home(party) / "serve.toml"

    def process_config_path(self, party: str, process: str) -> Path:
        """The configuration file of one of a party's processes."""
        return self.home(party) / f"serve{process.removeprefix(party)}.toml"

    def replicas(self, plan: PartyPlan) -> list[str]:
        """The names of a party's processes, e.g. `linkage.1`; nothing where it has only one."""
        from renkei.run.roles import ROLES

        count = self.manifest.replicas
        if count == 1 or not ROLES[plan.role].replicas:
            return []
        return [f"{plan.party}.{number}" for number in range(1, count + 1)]

    def config(self, party: str) -> ServeConfig:
        """The configuration of one party's process."""
        return read(self.config_path(party))

    def cities(self) -> tuple[PartyPlan, ...]:
        """The municipalities, in the order of the country's file."""
        return tuple(plan for plan in self.plans if plan.is_city)

    def institutions(self) -> tuple[PartyPlan, ...]:
        """The institutions, in the order they are started."""
        return tuple(plan for plan in self.plans if plan.role == INSTITUTION)

    def services(self) -> "list[Service]":
        """What the supervisor starts: of each party one process, or all its replicas."""
        # Whoever only opens a country need not load what every process of it is made of.
        from renkei.run.supervisor import Service

        return [
            Service(
                name=name,
                config=self.process_config_path(plan.party, name),
                host="127.0.0.1",
                port=self.manifest.ports[name],
                output=self.home(plan.party) / f"output{name.removeprefix(plan.party)}.txt",
                process=f"{plan.process}{name.removeprefix(plan.party)}" if plan.process else None,
            )
            for plan in self.plans
            for name in self.replicas(plan) or [plan.party]
        ]

    def now(self) -> datetime:
        """The country's own time."""
        return datetime.now(UTC) + timedelta(seconds=self.manifest.clock_offset_seconds)

    def roots(self) -> TrustRoots:
        """The keys a node of this country trusts."""
        return TrustRoots(
            network=self.keys(LINKAGE).public("directory"),
            oversight=self.keys(OVERSIGHT).public("sign"),
        )

    def address(self, party: str) -> int:
        """The port at which the others reach a party: its own, unless another is published."""
        return self.manifest.published.get(party, self.manifest.ports[party])

    def people_address(self, party: str) -> str:
        """Where people come in at a party, e.g. the portal: an address for a browser."""
        return f"http://127.0.0.1:{self.manifest.ports[f'{party}-people']}"

    def save(self, **changes: Any) -> None:
        """Change the manifest and write it whole."""
        self.manifest = msgspec.structs.replace(self.manifest, **changes)
        temporary = self.folder / f"{MANIFEST}.new"
        encoded = msgspec.json.format(encoder().encode(self.manifest), indent=1)
        temporary.write_bytes(encoded + b"\n")
        temporary.replace(self.folder / MANIFEST)


def read_manifest(data: bytes) -> Manifest:
    """A manifest as it was saved; raises msgspec.DecodeError."""
    manifest: Manifest = decoder(Manifest).decode(data)
    return manifest


def open_existing(folder: Path) -> Country:
    """The country in `folder` as it stands; raises FileNotFoundError where there is none."""
    try:
        with (folder / MANIFEST).open("rb") as file:
            manifest = read_manifest(file.read(MANIFEST_BYTES_LIMIT))
    except (FileNotFoundError, ValueError, RecursionError) as error:
        raise FileNotFoundError(f"no country in {folder}; run `renkei up` first") from error
    return Country(folder, manifest)


def default_folder() -> Path:
    """Where a country lives if nothing else is said: `var/country` below the working folder."""
    return Path("var") / "country"


def quiet_keys(directory: Path) -> KeyStore:
    """A sandbox key store, without the warning each process gives once by itself."""
    return FileKeyStore(directory, profile="sandbox", warn=False)

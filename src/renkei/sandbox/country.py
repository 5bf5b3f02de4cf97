"""A built country in a folder: its parties, keys, time and services (試験国).

A country is a folder: an authority, per party its keys, certificate, database and configuration,
and a manifest.
"""

import contextlib
import os
import socket
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from renkei.crypto.note import COSIGNATURE_V1, NoteKey
from renkei.kit.keys import FileKeyStore, KeyStore
from renkei.run.config import ServeConfig, read
from renkei.run.supervisor import Service
from renkei.sandbox.blueprint import PartyPlan
from renkei.sandbox.configuration import LOG_ORIGIN, WITNESS, Surroundings, serve_toml
from renkei.wire.directory import TrustRoots
from renkei.wire.history import Anchors

MANIFEST: Final = "country.json"
ANCHORS: Final = "anchors.json"
HISTORY: Final = "history-of-the-parent.json"
"""Where the demo keeps what the parent took away."""
"""The public keys that whoever verifies a history starts from."""


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a country's folder says about itself."""

    format: int
    renkei: str
    seed: int
    as_of: date
    residents: int
    """Per municipality."""
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
    persons: dict[str, dict[str, str]]
    """Persona tag, institution, that institution's person id: only the sandbox knows them all."""
    opened: bool = False
    """Whether every institution has acquired the codes of the persons on its file."""


@dataclass(slots=True)
class Country:
    """A country in a folder."""

    folder: Path
    manifest: Manifest
    plans: tuple[PartyPlan, ...]
    claim: int | None = None
    """The descriptor that holds the folder's lock, for a country that may be run."""

    def release(self) -> None:
        """Let another process run this country."""
        if self.claim is not None:
            os.close(self.claim)
            self.claim = None

    def home(self, party: str) -> Path:
        """The folder of one party."""
        return self.folder / party

    def database(self, party: str) -> Path:
        """The database of one party."""
        return self.home(party) / "database.sqlite"

    def keys(self, party: str) -> KeyStore:
        """The key store of one party: in the sandbox one machine holds them all."""
        return quiet_keys(self.home(party) / "keys")

    def config_path(self, party: str) -> Path:
        """The configuration file of one party's process."""
        return self.home(party) / "serve.toml"

    def config(self, party: str) -> ServeConfig:
        """The configuration of one party's process."""
        return read(self.config_path(party))

    def institutions(self) -> tuple[PartyPlan, ...]:
        """The institutions, in the order they are started."""
        return tuple(plan for plan in self.plans if plan.role == "institution")

    def services(self) -> list[Service]:
        """What the supervisor starts."""
        return [
            Service(
                name=plan.party,
                config=self.config_path(plan.party),
                host="127.0.0.1",
                port=self.manifest.ports[plan.party],
                output=self.home(plan.party) / "output.txt",
            )
            for plan in self.plans
            if plan.serve is not None
        ]

    def now(self) -> datetime:
        """The country's own time."""
        return datetime.now(UTC) + timedelta(seconds=self.manifest.clock_offset_seconds)

    def roots(self) -> TrustRoots:
        """The keys a node of this country trusts."""
        return TrustRoots(
            network=self.keys("linkage").public("directory"),
            oversight=self.keys("oversight").public("sign"),
        )

    def write_anchors(self) -> None:
        """Write the public keys that `renkei verify` believes."""
        witness = NoteKey(WITNESS, self.keys("oversight").public("witness"), COSIGNATURE_V1)
        anchors = Anchors(
            log_origin=LOG_ORIGIN,
            log_key=NoteKey(LOG_ORIGIN, self.keys("linkage").public("checkpoint")).text,
            witness_key=witness.text,
            oversight_key=self.keys("oversight").public("sign"),
        )
        encoded = msgspec.json.format(msgspec.json.encode(anchors), indent=1)
        (self.folder / ANCHORS).write_bytes(encoded + b"\n")

    def address(self, party: str) -> int:
        """The port at which the others reach a party: its own, unless another is published."""
        return self.manifest.published.get(party, self.manifest.ports[party])

    def people_address(self, party: str) -> str:
        """Where people come in at a party, e.g. the portal: an address for a browser."""
        return f"http://127.0.0.1:{self.manifest.ports[f'{party}-people']}"

    def write_configs(self) -> None:
        """Write every process's configuration from the manifest."""
        witness = NoteKey(WITNESS, self.keys("oversight").public("witness"), COSIGNATURE_V1)
        around = Surroundings(
            self.roots(),
            self.manifest.ports,
            self.manifest.clock_offset_seconds,
            witness_key=witness.text,
            log_key=NoteKey(LOG_ORIGIN, self.keys("linkage").public("checkpoint")).text,
            linkage_port=self.address("linkage"),
            exchange_call_seconds=self.manifest.exchange_call_seconds,
        )
        for plan in self.plans:
            if plan.serve is None:
                continue
            desk = None
            if plan.desk is not None:
                desk = quiet_keys(self.home(plan.party) / "desk" / "keys").public("sign")
            self.config_path(plan.party).write_text(
                serve_toml(plan, around, desk), encoding="utf-8"
            )

    def save(self, **changes: Any) -> None:
        """Change the manifest and write it whole."""
        self.manifest = msgspec.structs.replace(self.manifest, **changes)
        temporary = self.folder / f"{MANIFEST}.new"
        encoded = msgspec.json.format(msgspec.json.encode(self.manifest), indent=1)
        temporary.write_bytes(encoded + b"\n")
        temporary.replace(self.folder / MANIFEST)


def quiet_keys(directory: Path) -> KeyStore:
    """A sandbox key store, without the warning each process gives once by itself."""
    with open(os.devnull, "w", encoding="utf-8") as devnull, contextlib.redirect_stderr(devnull):
        return FileKeyStore(directory, profile="sandbox")


def free_ports(count: int) -> list[int]:
    """Ports nothing listens at now; the sockets are held until all are found."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


def ports_free(ports: list[int]) -> bool:
    """Whether nothing listens at any of these ports."""
    with ExitStack() as stack:
        for port in ports:
            one = stack.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True

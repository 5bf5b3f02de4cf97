"""What one process is told (設定): one TOML file, unknown keys refused, secrets only as paths."""

import shlex
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from renkei.kit.config import Config, ConfigError, convert, load, public_key
from renkei.kit.location import Location
from renkei.wire.directory import TrustRoots

Profile = Literal["sandbox", "production"]
Port = Annotated[int, Meta(ge=0, le=65_535)]
CLOCK_SECONDS_MOST: Final = 3_200_000_000.0
"""A hundred years: a sandbox may live in another century, not outside the calendar."""
Offset = Annotated[float, Meta(ge=-CLOCK_SECONDS_MOST, le=CLOCK_SECONDS_MOST)]
S = TypeVar("S", bound=Config)


class Tls(Config, frozen=True, kw_only=True):
    """Certificate, private key and the network's own authority, as PEM files."""

    certificate: Path
    key: Path
    authority: Path

    def check(self) -> None:
        """Raise ConfigError naming the first file that is not there."""
        for name in self.__struct_fields__:
            if not getattr(self, name).is_file():
                raise ConfigError(f"tls.{name}: {getattr(self, name)} is not there; make it first")


class Address(Config, frozen=True, kw_only=True):
    """Where a party listens, and the DNS name its certificate must carry."""

    dns_name: str
    host: str
    port: int


class Trust(Config, frozen=True, kw_only=True):
    """Public keys, in hexadecimal, that a directory must be signed with."""

    network: str
    oversight: str

    def roots(self) -> TrustRoots:
        """The keys as bytes; raises ConfigError where one is no public key."""
        return TrustRoots(
            public_key(self.network, "trust.network"), public_key(self.oversight, "trust.oversight")
        )


class Desk(Config, frozen=True, kw_only=True):
    """A desk of this institution: its party name, DNS name and public key in hexadecimal."""

    party: str
    dns_name: str
    public: str

    def key(self) -> bytes:
        """The public key as bytes; raises ConfigError where it is none."""
        return public_key(self.public, f"desks: {self.party}")


class ServeConfig(Config, frozen=True, kw_only=True):
    """One process of one role. What only some roles need stands in its `settings`."""

    role: str
    """Name of a role that is registered (`run/roles/`)."""
    party: str
    profile: Profile
    host: str
    port: Port
    keys: Path
    database: Location
    """A path, for the embedded engine, or a URL that names another engine."""
    directory: Path
    """File in which the newest verified directory is kept for the next start."""
    log: Path | None = None
    tls: Tls
    trust: Trust
    linkage: Address
    desks: list[Desk] = []
    people_port: Port | None = None
    """Where people come in: plain HTTP on 127.0.0.1, sandbox only."""
    clock_offset_seconds: Annotated[float, Meta(ge=-CLOCK_SECONDS_MOST, le=CLOCK_SECONDS_MOST)] = (
        0.0
    )
    settings: dict[str, Any] = {}
    """What its role needs to know besides; read by `settings_as`."""
    file: Path = Path()
    """Where this was read from; not to be set."""

    def settings_as(self, kind: type[S]) -> S:
        """The role's own section as the role describes it; raises ConfigError naming the key."""
        return convert(self.settings, kind, self.file, section="settings")


def upgrade_command(role: str, path: Path) -> str:
    """What to type so that the database a configuration names gets the tables needed."""
    return f"renkei database upgrade {role} --config {shlex.quote(str(path.resolve()))}"


def read(path: Path) -> ServeConfig:
    """Read and check a process's configuration; raises ConfigError naming file and key."""
    config = load(path, ServeConfig)
    if config.file != Path():
        raise ConfigError(f"{path}: unknown key file: remove it")
    if config.profile == "production" and config.clock_offset_seconds:
        raise ConfigError(f"{path}: clock_offset_seconds is for the sandbox only; remove it")
    if config.profile == "production" and config.people_port is not None:
        raise ConfigError(f"{path}: people_port is plain HTTP, for the sandbox only; remove it")
    return msgspec.structs.replace(config, file=path)

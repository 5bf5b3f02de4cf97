"""What one process is told (設定): one TOML file, unknown keys refused, secrets only as paths."""

from pathlib import Path
from typing import Literal

from renkei.kit.config import Config, ConfigError, load
from renkei.values.individual_number import NumberScheme
from renkei.wire.directory import TrustRoots

RoleName = Literal["linkage", "individual-number", "institution"]
Profile = Literal["sandbox", "production"]


class Tls(Config, frozen=True, kw_only=True):
    """Certificate, private key and the network's own authority, as PEM files."""

    certificate: Path
    key: Path
    authority: Path


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
        """The keys as bytes; raises ConfigError where they are not hexadecimal."""
        try:
            return TrustRoots(bytes.fromhex(self.network), bytes.fromhex(self.oversight))
        except ValueError as error:
            raise ConfigError("trust: both keys are 130 hexadecimal digits") from error


class Desk(Config, frozen=True, kw_only=True):
    """A desk of this institution: its party name, DNS name and public key in hexadecimal."""

    party: str
    dns_name: str
    public: str


class ServeConfig(Config, frozen=True, kw_only=True):
    """One process of one role."""

    role: RoleName
    party: str
    profile: Profile
    host: str
    port: int
    keys: Path
    database: Path
    directory: Path
    """File in which the newest verified directory is kept for the next start."""
    log: Path | None = None
    tls: Tls
    trust: Trust
    linkage: Address
    desks: list[Desk] = []
    use_affair: str | None = None
    """Row of the use table (別表) under which an institution acquires codes by itself."""
    clock_offset_seconds: float = 0.0

    def number_scheme(self) -> NumberScheme:
        """Which individual numbers this profile takes: never both."""
        sandbox = self.profile == "sandbox"
        return NumberScheme.SANDBOX if sandbox else NumberScheme.OFFICIAL


def read(path: Path) -> ServeConfig:
    """Read and check a process's configuration; raises ConfigError naming file and key."""
    config = load(path, ServeConfig)
    if config.profile == "production" and config.clock_offset_seconds:
        raise ConfigError(f"{path}: clock_offset_seconds is for the sandbox only; remove it")
    return config

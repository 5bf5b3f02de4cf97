"""What one process is told (設定): one TOML file, unknown keys refused, secrets only as paths."""

from pathlib import Path
from typing import Final, Literal

from renkei.crypto import jws
from renkei.crypto.errors import CryptoError
from renkei.kit.config import Config, ConfigError, load
from renkei.values.individual_number import NumberScheme
from renkei.wire.directory import TrustRoots

CALL_SECONDS_LEAST: Final = 0.5
CALL_SECONDS_MOST: Final = 120.0
RoleName = Literal["linkage", "individual-number", "institution", "oversight", "portal"]
Profile = Literal["sandbox", "production"]


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
            _public(self.network, "trust.network"), _public(self.oversight, "trust.oversight")
        )


class Desk(Config, frozen=True, kw_only=True):
    """A desk of this institution: its party name, DNS name and public key in hexadecimal."""

    party: str
    dns_name: str
    public: str

    def key(self) -> bytes:
        """The public key as bytes; raises ConfigError where it is none."""
        return _public(self.public, f"desks: {self.party}")


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
    log_origin: str | None = None
    """Name of the log in its checkpoints (C2SP), e.g. `renkei.test/log`; `linkage` needs it."""
    witness_key: str | None = None
    """The Commission's cosigning key as verifier key text (C2SP); `linkage` needs it."""
    log_key: str | None = None
    """The log's key as verifier key text (C2SP); its readers need it."""
    people_port: int | None = None
    """Where the portal's people come in: plain HTTP on 127.0.0.1, sandbox only."""
    personas: list[str] = []
    """SANDBOX: as whom one may sign in at the portal without a card."""
    use_affair: str | None = None
    """Row of the use table (別表) under which an institution acquires codes by itself."""
    exchange_call_seconds: float = 30.0
    """How long one call of an exchange (permit, presentation, receipt) may take before it is tried
    again, from connecting to the answer's last byte."""
    clock_offset_seconds: float = 0.0

    def number_scheme(self) -> NumberScheme:
        """Which individual numbers this profile takes: never both."""
        sandbox = self.profile == "sandbox"
        return NumberScheme.SANDBOX if sandbox else NumberScheme.OFFICIAL


def _public(text: str, key: str) -> bytes:
    try:
        public = bytes.fromhex(text)
        jws.load_public(public)
    except (ValueError, CryptoError) as error:
        raise ConfigError(f"{key}: a P-256 public key is 130 hexadecimal digits") from error
    return public


def read(path: Path) -> ServeConfig:
    """Read and check a process's configuration; raises ConfigError naming file and key."""
    config = load(path, ServeConfig)
    if not CALL_SECONDS_LEAST <= config.exchange_call_seconds <= CALL_SECONDS_MOST:
        raise ConfigError(
            f"{path}: exchange_call_seconds must be "
            f"{CALL_SECONDS_LEAST} to {CALL_SECONDS_MOST} seconds"
        )
    if config.profile == "production" and config.clock_offset_seconds:
        raise ConfigError(f"{path}: clock_offset_seconds is for the sandbox only; remove it")
    if config.profile == "production" and config.people_port is not None:
        raise ConfigError(f"{path}: people_port is plain HTTP, for the sandbox only; remove it")
    return config

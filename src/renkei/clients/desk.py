"""A desk of an institution, for whoever connects a business system (業務システムの接続).

    config = load(Path("desk.toml"), DeskConfig)
    async with open_desk(config) as desk:
        case = await desk.procedure(case_number="2026-17", office="child-support", ...)

A desk speaks to its own institution alone, with a key and a certificate of its own. It sees no
code, no permit and no other body. `docs/integrate.md` says where everything it is told comes from.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from renkei.clients.caller import Caller, Manner
from renkei.kit.clock import SystemClock
from renkei.kit.config import Config, ConfigError, public_key
from renkei.kit.counterparty import Counterparty
from renkei.kit.http_client import HttpClient, Peer
from renkei.kit.keys import FileKeyStore, KeyStore
from renkei.kit.party import Party
from renkei.kit.randomness import system_randomness
from renkei.kit.tls import client_context
from renkei.wire.call import Call
from renkei.wire.directory import TrustRoots
from renkei.wire.fields import Message
from renkei.wire.framing import check
from renkei.wire.institution.calls import (
    DESK_ACQUIRE,
    DESK_ASK,
    DESK_CASE,
    DESK_CLOSE,
    DESK_CONDITIONS,
    DESK_CONSENT,
    DESK_CONSENTS,
    DESK_DECIDE,
    DESK_OPEN,
    DESK_PENDING,
    DESK_PROCEDURE,
)
from renkei.wire.institution.desk import (
    DeskCase,
    DeskConsentKept,
    DeskConsents,
    DeskDecided,
    DeskPending,
)
from renkei.wire.institution.desk_codes import DeskAcquisitions

Q = TypeVar("Q", bound=Message)
A = TypeVar("A", bound=Message)
LONGEST_WAIT_SECONDS: Final = 20
PATIENCE_SECONDS: Final = 5.0
"""However long an order is repeated that a busy institution has turned away."""


class DeskTls(Config, frozen=True, kw_only=True):
    """The desk's certificate and private key, and the network's own authority, as PEM files."""

    certificate: Path
    key: Path
    authority: Path


class DeskInstitution(Config, frozen=True, kw_only=True):
    """The desk's own institution: its party name, where it listens, and its public key."""

    party: str
    dns_name: str
    """The name its certificate must carry, whatever address it listens at."""
    host: str
    port: int
    public: str
    """Its signing key, an uncompressed P-256 point of 65 bytes in hexadecimal."""

    def key(self) -> bytes:
        """The public key as bytes; raises ConfigError where it is none."""
        return public_key(self.public, "institution.public")


class DeskConfig(Config, frozen=True, kw_only=True):
    """What one desk is told: one TOML file, read with `kit.config.load` (窓口の設定)."""

    party: str
    """Its own name, as its institution's `[[desks]]` lists it, e.g. `chofu-city-desk`."""
    profile: Literal["sandbox", "production"]
    keys: Path
    """Folder of the sandbox's key files; in production a key store is handed to `open_desk`."""
    tls: DeskTls
    institution: DeskInstitution
    clock_offset_seconds: float = 0.0
    """SANDBOX: what is added to the machine's time; the same as the institution's."""


class Desk:
    """Speaks to its own institution as an office's desk does; every answer is verified (窓口端末).

    Every method raises `WireError`: the institution's problem, signed or not, `unavailable`, or
    `malformed` with the field's name where a fact has not its form, and then nothing was sent.
    """

    def __init__(self, party: Party, institution: Counterparty) -> None:
        self.institution = institution.name
        self.name = party.name
        self._party = party
        self._peer = institution

    async def procedure(self, **facts: Any) -> DeskCase:
        """Open a case for a procedure; facts as in `DeskProcedure`."""
        return await self._order(DESK_PROCEDURE, **facts)

    async def open(self, **facts: Any) -> DeskCase:
        """Open a case that no procedure fits; facts as in `DeskOpen`."""
        return await self._order(DESK_OPEN, **facts)

    async def close(self, **facts: Any) -> DeskCase:
        """Close a case; facts as in `DeskClose`."""
        return await self._order(DESK_CLOSE, **facts)

    async def consent(self, **facts: Any) -> DeskConsentKept:
        """Have a consent statement kept; facts as in `DeskConsent`. Gives its digest."""
        return await self._order(DESK_CONSENT, **facts)

    async def consents(self, case_number: str) -> DeskConsents:
        """The consent statements of a case, as they were signed."""
        return await self._order(DESK_CONSENTS, case_number=case_number)

    async def state(self, **facts: Any) -> DeskCase:
        """State that conditions are met; facts as in `DeskConditions`. What waited is asked."""
        return await self._order(DESK_CONDITIONS, **facts)

    async def ask(self, **facts: Any) -> DeskCase:
        """Ask for named items in an open case; facts as in `DeskAsk`."""
        return await self._order(DESK_ASK, **facts)

    async def case(self, case_number: str, wait_seconds: int = LONGEST_WAIT_SECONDS) -> DeskCase:
        """Read a case, waiting up to `wait_seconds` (0 to 20) for it to settle."""
        return await self._order(DESK_CASE, case_number=case_number, wait_seconds=wait_seconds)

    async def acquire(self, **facts: Any) -> DeskAcquisitions:
        """Have codes acquired for persons on file; facts as in `DeskAcquire`."""
        return await self._order(DESK_ACQUIRE, **facts)

    async def pending(self) -> DeskPending:
        """List what waits for an officer."""
        return await self._order(DESK_PENDING)

    async def decide(self, **facts: Any) -> DeskDecided:
        """Decide what waits: `provide` or `no-data`; facts as in `DeskDecide`."""
        return await self._order(DESK_DECIDE, **facts)

    async def _order(self, call: Call[Q, A], **facts: Any) -> A:
        message = call.request(**self._party.envelope(self.institution), **facts)
        check(message)
        return await self._peer.ask(call, message)


def desk_party(config: DeskConfig, keys: KeyStore | None = None) -> Party:
    """A desk's name, pen and eyes, without a line: what writes its messages and reads answers.

    `keys` and errors as for `open_desk`.
    """
    if config.profile == "production" and config.clock_offset_seconds:
        raise ConfigError("clock_offset_seconds is for the sandbox only; remove it")
    there, public = config.institution, config.institution.key()
    return Party(
        config.party,
        keys or FileKeyStore(config.keys, profile=config.profile),
        SystemClock(config.clock_offset_seconds),
        system_randomness,
        # A desk takes no directory: it knows its institution's key as the institution knows its.
        roots=TrustRoots(network=public, oversight=public),
        desks={there.party: (there.dns_name, public)},
    )


@asynccontextmanager
async def open_desk(config: DeskConfig, keys: KeyStore | None = None) -> AsyncIterator[Desk]:
    """A desk with its own connection, for the length of a block.

    `keys` holds the key `sign`; without it the sandbox's files below `config.keys` are used, and a
    production profile refuses them. Raises ConfigError, KeyStoreError or OSError where a file is
    not as it must be.
    """
    there, party = config.institution, desk_party(config, keys)
    peer = Peer(there.dns_name, there.host, there.port)
    context = client_context(config.tls.certificate, config.tls.key, config.tls.authority)
    async with HttpClient(context) as http:
        manner = Manner(patience_seconds=PATIENCE_SECONDS)
        caller = Caller(party, http, there.party, lambda: peer, manner)
        yield Desk(party, Counterparty(party, there.party, caller))

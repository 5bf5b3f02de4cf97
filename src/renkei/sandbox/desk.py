"""A desk of a sandbox institution: its own key and certificate, no others (窓口)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from renkei.clients.caller import Caller, Manner
from renkei.clients.institution import DeskClient
from renkei.kit.certificates import client_context
from renkei.kit.clock import SystemClock
from renkei.kit.http_client import HttpClient, Peer
from renkei.kit.party import Party
from renkei.kit.randomness import system_randomness
from renkei.sandbox.blueprint import DNS_SUFFIX
from renkei.sandbox.configuration import desk_dns
from renkei.sandbox.country import Country, quiet_keys
from renkei.wire.fields import Message
from renkei.wire.messages.desk import (
    DeskAcquire,
    DeskAcquisitions,
    DeskAsk,
    DeskCase,
    DeskCaseRequest,
    DeskDecide,
    DeskDecided,
    DeskPending,
    DeskPendingRequest,
    DeskProcedure,
)

M = TypeVar("M", bound=Message)
LONGEST_WAIT_SECONDS = 20
PATIENCE_SECONDS = 5.0
"""However long an order is repeated that a busy institution has turned away."""


class Desk:
    """Speaks to its own institution as an office's desk does (窓口端末)."""

    def __init__(self, country: Country, institution: str, http: HttpClient) -> None:
        home = country.home(institution) / "desk"
        self.institution = institution
        self.name = f"{institution}-desk"
        entry = country.keys(institution)
        self._party = Party(
            self.name,
            quiet_keys(home / "keys"),
            SystemClock(country.manifest.clock_offset_seconds),
            system_randomness,
            roots=country.roots(),
            # The desk knows its institution's key as the institution knows the desk's.
            desks={institution: (f"{institution}.{DNS_SUFFIX}", entry.public("sign"))},
        )
        peer = Peer(f"{institution}.{DNS_SUFFIX}", "127.0.0.1", country.manifest.ports[institution])
        manner = Manner(patience_seconds=PATIENCE_SECONDS)
        caller = Caller(self._party, http, institution, lambda: peer, manner)
        self._client = DeskClient(caller)

    async def procedure(self, **facts: Any) -> DeskCase:
        """Open a case for a procedure."""
        message = DeskProcedure(**self._party.envelope(self.institution), **facts)
        raw = await self._client.desk_procedure(self._party.write(message))
        return self._read(raw, DeskCase)

    async def ask(self, **facts: Any) -> DeskCase:
        """Open a case with one request."""
        message = DeskAsk(**self._party.envelope(self.institution), **facts)
        return self._read(await self._client.desk_ask(self._party.write(message)), DeskCase)

    async def case(self, case_number: str, wait_seconds: int = LONGEST_WAIT_SECONDS) -> DeskCase:
        """Read a case, waiting for it to settle."""
        message = DeskCaseRequest(
            **self._party.envelope(self.institution),
            case_number=case_number,
            wait_seconds=wait_seconds,
        )
        return self._read(await self._client.desk_case(self._party.write(message)), DeskCase)

    async def acquire(self, **facts: Any) -> DeskAcquisitions:
        """Have codes acquired for persons on file."""
        message = DeskAcquire(**self._party.envelope(self.institution), **facts)
        raw = await self._client.desk_acquire(self._party.write(message))
        return self._read(raw, DeskAcquisitions)

    async def pending(self) -> DeskPending:
        """List what waits for an officer."""
        message = DeskPendingRequest(**self._party.envelope(self.institution))
        raw = await self._client.desk_pending(self._party.write(message))
        return self._read(raw, DeskPending)

    async def decide(self, **facts: Any) -> DeskDecided:
        """Decide what waits: `provide` or `no-data`."""
        message = DeskDecide(**self._party.envelope(self.institution), **facts)
        raw = await self._client.desk_decide(self._party.write(message))
        return self._read(raw, DeskDecided)

    def _read(self, raw: bytes, kind: type[M]) -> M:
        return self._party.read(raw, (kind,), peer=self.institution).message


@asynccontextmanager
async def at_desk(country: Country, institution: str) -> AsyncIterator[Desk]:
    """A desk with its own connection, for the length of a block."""
    home = country.home(institution) / "desk" / "tls"
    name = desk_dns(f"{institution}-desk")
    authority = country.folder / "authority" / "ca.crt"
    context = client_context(home / f"{name}.crt", home / f"{name}.key", authority)
    async with HttpClient(context) as http:
        yield Desk(country, institution, http)

"""One role from its configuration: keys, clock, database, clients, services, routes (組立て)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from renkei.clients.caller import Caller, listed
from renkei.clients.individual_number import IndividualNumberClient
from renkei.clients.institution import ProviderClient
from renkei.clients.linkage import LinkageClient
from renkei.kit.certificates import client_context
from renkei.kit.clock import SystemClock
from renkei.kit.database import Database
from renkei.kit.doorway import Doorway
from renkei.kit.http_client import HttpClient, Peer
from renkei.kit.http_server import Route
from renkei.kit.keys import FileKeyStore
from renkei.kit.outbox import Outbox, Pace
from renkei.kit.party import Party
from renkei.kit.randomness import system_randomness
from renkei.roles.individual_number import api as individual_number_api
from renkei.roles.individual_number import store as individual_number_store
from renkei.roles.individual_number.service import IndividualNumberService
from renkei.roles.institution import api as institution_api
from renkei.roles.institution import store as institution_store
from renkei.roles.institution.service import receipts as institution_receipts
from renkei.roles.institution.service.acquire import AcquireService
from renkei.roles.institution.service.ask import Asker
from renkei.roles.institution.service.desk import DeskService
from renkei.roles.institution.service.drive import Driver
from renkei.roles.institution.service.provide import ProvideService
from renkei.roles.linkage import api as linkage_api
from renkei.roles.linkage import store as linkage_store
from renkei.roles.linkage.service.acquisition import AcquisitionService
from renkei.roles.linkage.service.directory import DirectoryService
from renkei.roles.linkage.service.housekeeping import Housekeeping
from renkei.roles.linkage.service.permit import PermitService
from renkei.roles.linkage.service.receipts import ReceiptService
from renkei.run import directory as kept_directory
from renkei.run.config import Address, RoleName, ServeConfig
from renkei.run.directory import DirectoryKeeper

SWEEP_PACE = Pace(batch=200, idle_seconds=2.0)
RELOAD_PACE = Pace(batch=1, idle_seconds=1.0)
REVISIONS: dict[RoleName, tuple[str, str]] = {
    "linkage": (linkage_store.REVISION, "renkei.roles.linkage.migrations"),
    "individual-number": (
        individual_number_store.REVISION,
        "renkei.roles.individual_number.migrations",
    ),
    "institution": (institution_store.REVISION, "renkei.roles.institution.migrations"),
}
"""Schema revision a role's server expects, and where its migrations are."""


@dataclass(slots=True)
class Running:
    """A role ready to serve: routes, work in the background, and how to end it."""

    routes: list[Route]
    starting: list[Callable[[], Awaitable[object]]] = field(default_factory=list)
    outboxes: list[Outbox] = field(default_factory=list)
    stopping: list[Callable[[], Awaitable[object]]] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self) -> None:
        """Do what must precede serving, then start the background work."""
        for step in self.starting:
            await step()
        self._tasks = [asyncio.create_task(outbox.run()) for outbox in self.outboxes]

    async def stop(self) -> None:
        """End background work, then close clients and database."""
        for outbox in self.outboxes:
            outbox.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for step in self.stopping:
            await step()


@dataclass(frozen=True, slots=True)
class Parts:
    """What every role is made of."""

    config: ServeConfig
    party: Party
    database: Database
    http: HttpClient

    @property
    def linkage(self) -> LinkageClient:
        """The network, at the address this process was configured with."""
        return linkage_client(self.party, self.http, self.config.linkage)

    def keeper(self) -> DirectoryKeeper:
        """Keeps the directory current from the network."""
        return DirectoryKeeper(self.party, self.linkage, self.config.directory)

    async def close_database(self) -> None:
        """Close the database once nothing uses it any more."""
        await asyncio.to_thread(self.database.close)


def outbox(task: str, work: Callable[[int], Awaitable[int]], pace: Pace) -> Outbox:
    """Background work with the system's randomness for its jitter."""
    return Outbox(task, work, randomness=system_randomness, pace=pace)


def linkage_client(party: Party, http: HttpClient, address: Address) -> LinkageClient:
    """The network at a configured address: it must be reachable before any directory is held."""
    peer = Peer(address.dns_name, address.host, address.port)
    return LinkageClient(Caller(party, http, "linkage", lambda: peer))


def party_of(config: ServeConfig) -> Party:
    """The party a configuration describes, without directory yet."""
    return Party(
        config.party,
        FileKeyStore(config.keys, profile=config.profile),
        SystemClock(config.clock_offset_seconds),
        system_randomness,
        roots=config.trust.roots(),
        desks={desk.party: (desk.dns_name, desk.key()) for desk in config.desks},
    )


def http_of(config: ServeConfig) -> HttpClient:
    """An HTTP client with this party's certificate; call inside the event loop."""
    tls = config.tls
    return HttpClient(client_context(tls.certificate, tls.key, tls.authority))


def assemble(config: ServeConfig) -> Running:
    """Build the role a configuration names; call inside the event loop."""
    revision = REVISIONS[config.role][0]
    parts = Parts(
        config=config,
        party=party_of(config),
        database=Database.open(Path(config.database), revision=revision),
        http=http_of(config),
    )
    running = _ASSEMBLERS[config.role](parts)
    running.stopping += [parts.http.close, parts.close_database]
    return running


def _linkage(parts: Parts) -> Running:
    party, database = parts.party, parts.database
    directory = DirectoryService(party, database)
    services = linkage_api.LinkageServices(
        directory=directory,
        acquisition=AcquisitionService(party, database),
        permit=PermitService(party, database),
        receipts=ReceiptService(party, database),
    )
    keeping = Housekeeping(party, database)
    return Running(
        routes=linkage_api.routes(services, Doorway(party)),
        starting=[directory.load],
        outboxes=[
            outbox("directory", directory.reload, RELOAD_PACE),
            outbox("housekeeping", keeping.sweep, SWEEP_PACE),
        ],
    )


def _individual_number(parts: Parts) -> Running:
    keeper = parts.keeper()
    service = IndividualNumberService(
        parts.party, parts.database, parts.linkage, parts.config.number_scheme()
    )
    return Running(
        routes=individual_number_api.routes(service, Doorway(parts.party)),
        starting=[keeper.first],
        outboxes=[
            outbox("directory", keeper.refresh, kept_directory.PACE),
            outbox("fills", service.resend_fills, SWEEP_PACE),
        ],
    )


def _institution(parts: Parts) -> Running:
    keeper = parts.keeper()
    party, database, linkage = parts.party, parts.database, parts.linkage
    sender = institution_receipts.ReceiptSender(party, database, linkage)
    receipts = outbox("receipts", sender.send, institution_receipts.PACE)

    def provider(name: str) -> ProviderClient:
        return ProviderClient(Caller(party, parts.http, name, listed(party, name)))

    j_lis = IndividualNumberClient(
        Caller(party, parts.http, "individual-number", listed(party, "individual-number"))
    )
    driver = Driver(party, database, linkage, provider, receipts)
    provide = ProvideService(party, database, receipts)
    services = institution_api.InstitutionServices(
        acquire=AcquireService(party, database, linkage, j_lis),
        desk=DeskService(party, database, Asker(party), driver),
        provide=provide,
    )
    return Running(
        routes=institution_api.routes(services, Doorway(party)),
        starting=[keeper.first, driver.resume],
        outboxes=[
            outbox("directory", keeper.refresh, kept_directory.PACE),
            receipts,
            outbox("sweep", provide.sweep, SWEEP_PACE),
        ],
        stopping=[driver.stop],
    )


_ASSEMBLERS: dict[RoleName, Callable[[Parts], Running]] = {
    "linkage": _linkage,
    "individual-number": _individual_number,
    "institution": _institution,
}

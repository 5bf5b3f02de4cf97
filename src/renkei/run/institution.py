"""Putting an institution together (機関の組立て)."""

from collections.abc import Callable

from renkei.clients.individual_number import IndividualNumberClient
from renkei.clients.institution import ProviderClient
from renkei.kit.doorway import Doorway
from renkei.roles.institution import api
from renkei.roles.institution.service import epochs as epoch_changing
from renkei.roles.institution.service import receipts as receipt_sending
from renkei.roles.institution.service.acquire import AcquireService
from renkei.roles.institution.service.ask import Asker
from renkei.roles.institution.service.decide import DecideService
from renkei.roles.institution.service.desk import DeskService
from renkei.roles.institution.service.domicile import DomicileService, ThroughDomicile
from renkei.roles.institution.service.drive import Driver
from renkei.roles.institution.service.entries import EntriesService
from renkei.roles.institution.service.epochs import EpochService
from renkei.roles.institution.service.provide import ProvideService
from renkei.roles.institution.service.reask import Reasker
from renkei.roles.institution.service.recognise import Recogniser
from renkei.roles.institution.service.together import Together
from renkei.run import directory as kept_directory
from renkei.run.parts import SWEEP_PACE, Parts, Running, linkage_client, outbox


def _acquiring(
    parts: Parts, j_lis: IndividualNumberClient, provider: Callable[[str], ProviderClient]
) -> AcquireService:
    party, database, linkage = parts.party, parts.database, parts.linkage
    through = ThroughDomicile(party, database, provider)
    together = Together(party, database, linkage, j_lis, through)
    return AcquireService(
        party, database, linkage, j_lis, together, use_affair=parts.config.use_affair
    )


def assemble(parts: Parts) -> Running:
    """An institution's services, routes, driver and outboxes."""
    keeper = parts.keeper()
    party, database = parts.party, parts.database
    linkage = linkage_client(party, parts.http, parts.config.linkage, parts.exchanging)
    sender = receipt_sending.ReceiptSender(party, database, linkage)
    receipts = outbox("receipts", sender.send, receipt_sending.PACE)

    def provider(name: str) -> ProviderClient:
        return ProviderClient(parts.caller(name, parts.patient))

    def exchange_provider(name: str) -> ProviderClient:
        return ProviderClient(parts.caller(name, parts.exchanging))

    j_lis = IndividualNumberClient(parts.caller("individual-number", parts.patient))
    asker = Asker(party)
    acquire = _acquiring(parts, j_lis, provider)
    reasker = Reasker(party, database, asker, acquire, lambda: keeper.refresh(1))
    driver = Driver(party, database, linkage, exchange_provider, receipts, reasker=reasker)
    recogniser = Recogniser(party, database, acquire)
    provide = ProvideService(party, database, receipts, recogniser=recogniser)
    services = api.InstitutionServices(
        acquire=acquire,
        domicile=DomicileService(party, database, j_lis),
        desk=DeskService(party, database, asker, driver, acquire=acquire),
        provide=provide,
        entries=EntriesService(party, database),
        decide=DecideService(party, database, receipts),
    )
    epochs = EpochService(party, database, parts.linkage, acquire)
    changes = outbox("epochs", epochs.work, epoch_changing.PACE)

    async def refresh(batch: int) -> int:
        done = await keeper.refresh(batch)
        if epochs.changed():
            changes.wake()
        return done

    return Running(
        routes=api.routes(services, Doorway(party)),
        starting=[keeper.first, driver.resume],
        outboxes=[
            outbox("directory", refresh, kept_directory.PACE),
            receipts,
            outbox("sweep", provide.sweep, SWEEP_PACE),
            changes,
        ],
        stopping=[driver.stop],
    )

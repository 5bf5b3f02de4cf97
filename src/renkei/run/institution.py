"""Putting an institution together (機関の組立て)."""

from renkei.clients.caller import Caller, listed
from renkei.clients.individual_number import IndividualNumberClient
from renkei.clients.institution import ProviderClient
from renkei.kit.doorway import Doorway
from renkei.roles.institution import api
from renkei.roles.institution.service import receipts as receipt_sending
from renkei.roles.institution.service.acquire import AcquireService
from renkei.roles.institution.service.ask import Asker
from renkei.roles.institution.service.desk import DeskService
from renkei.roles.institution.service.domicile import DomicileService, ThroughDomicile
from renkei.roles.institution.service.drive import Driver
from renkei.roles.institution.service.provide import ProvideService
from renkei.roles.institution.service.together import Together
from renkei.run import directory as kept_directory
from renkei.run.parts import SWEEP_PACE, Parts, Running, outbox


def assemble(parts: Parts) -> Running:
    """An institution's services, routes, driver and outboxes."""
    keeper = parts.keeper()
    party, database, linkage = parts.party, parts.database, parts.linkage
    sender = receipt_sending.ReceiptSender(party, database, linkage)
    receipts = outbox("receipts", sender.send, receipt_sending.PACE)

    def provider(name: str) -> ProviderClient:
        return ProviderClient(Caller(party, parts.http, name, listed(party, name)))

    j_lis = IndividualNumberClient(
        Caller(party, parts.http, "individual-number", listed(party, "individual-number"))
    )
    driver = Driver(party, database, linkage, provider, receipts)
    provide = ProvideService(party, database, receipts)
    services = api.InstitutionServices(
        acquire=AcquireService(
            party,
            database,
            linkage,
            j_lis,
            Together(party, database, linkage, j_lis, ThroughDomicile(party, database, provider)),
        ),
        domicile=DomicileService(party, database, j_lis),
        desk=DeskService(party, database, Asker(party), driver),
        provide=provide,
    )
    return Running(
        routes=api.routes(services, Doorway(party)),
        starting=[keeper.first, driver.resume],
        outboxes=[
            outbox("directory", keeper.refresh, kept_directory.PACE),
            receipts,
            outbox("sweep", provide.sweep, SWEEP_PACE),
        ],
        stopping=[driver.stop],
    )

"""Putting the network together (情報提供ネットワークシステムの組立て)."""

from renkei.kit.doorway import Doorway
from renkei.roles.linkage import api
from renkei.roles.linkage.service.acquisition import AcquisitionService
from renkei.roles.linkage.service.directory import DirectoryService
from renkei.roles.linkage.service.housekeeping import Housekeeping
from renkei.roles.linkage.service.permit import PermitService
from renkei.roles.linkage.service.receipts import ReceiptService
from renkei.run.parts import RELOAD_PACE, SWEEP_PACE, Parts, Running, outbox


def assemble(parts: Parts) -> Running:
    """The network's services, routes and housekeeping."""
    party, database = parts.party, parts.database
    directory = DirectoryService(party, database)
    services = api.LinkageServices(
        directory=directory,
        acquisition=AcquisitionService(party, database),
        permit=PermitService(party, database),
        receipts=ReceiptService(party, database),
    )
    keeping = Housekeeping(party, database)
    return Running(
        routes=api.routes(services, Doorway(party)),
        starting=[directory.load],
        outboxes=[
            outbox("directory", directory.reload, RELOAD_PACE),
            outbox("housekeeping", keeping.sweep, SWEEP_PACE),
        ],
    )

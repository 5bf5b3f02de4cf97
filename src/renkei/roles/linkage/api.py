"""The network's addresses (情報提供ネットワークシステムの受付)."""

from dataclasses import dataclass

from renkei.kit.doorway import Doorway
from renkei.kit.http_server import Route
from renkei.roles.linkage.service.acquisition import AcquisitionService
from renkei.roles.linkage.service.directory import DirectoryService
from renkei.roles.linkage.service.permit import PermitService
from renkei.roles.linkage.service.receipts import ReceiptService
from renkei.wire.messages.acquisition import (
    AcquisitionCollect,
    AcquisitionConfirm,
    AcquisitionFill,
    AcquisitionNumberRequest,
)
from renkei.wire.messages.batches import CollectBatch, ConfirmBatch, FillBatch
from renkei.wire.messages.directory import DirectoryRequest
from renkei.wire.messages.exchange import PermitRequest, Receipts
from renkei.wire.table import call_for


@dataclass(frozen=True, slots=True)
class LinkageServices:
    """The services behind the network's addresses."""

    directory: DirectoryService
    acquisition: AcquisitionService
    permit: PermitService
    receipts: ReceiptService


def routes(services: LinkageServices, doorway: Doorway) -> list[Route]:
    """All routes of this role."""
    acquisition = services.acquisition
    return [
        doorway.route(call_for(DirectoryRequest), services.directory.directory),
        doorway.route(call_for(AcquisitionNumberRequest), acquisition.numbers),
        doorway.route(call_for(AcquisitionFill), acquisition.fill),
        doorway.route(call_for(AcquisitionCollect), acquisition.collect),
        doorway.route(call_for(AcquisitionConfirm), acquisition.confirm),
        doorway.route(call_for(FillBatch), acquisition.fill_batch),
        doorway.route(call_for(CollectBatch), acquisition.collect_batch),
        doorway.route(call_for(ConfirmBatch), acquisition.confirm_batch),
        doorway.route(call_for(PermitRequest), services.permit.permit),
        doorway.route(call_for(Receipts), services.receipts.receipts),
    ]

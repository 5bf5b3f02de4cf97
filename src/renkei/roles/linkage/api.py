"""The network's addresses (情報提供ネットワークシステムの受付)."""

from dataclasses import dataclass
from typing import Final

from renkei.kit.doorway import Doorway
from renkei.kit.http_server import Outgoing, Route, error_answer
from renkei.roles.linkage.service.acquisition import AcquisitionService
from renkei.roles.linkage.service.directory import DirectoryService
from renkei.roles.linkage.service.epochs import EpochService
from renkei.roles.linkage.service.feed import FeedService
from renkei.roles.linkage.service.ledger import LedgerService
from renkei.roles.linkage.service.permit import PermitService
from renkei.roles.linkage.service.public import PublicFiles
from renkei.roles.linkage.service.receipts import ReceiptService
from renkei.roles.linkage.service.witness import WitnessService
from renkei.wire.messages.acquisition import (
    AcquisitionCollect,
    AcquisitionConfirm,
    AcquisitionFill,
    AcquisitionNumberRequest,
)
from renkei.wire.messages.batches import CollectBatch, ConfirmBatch, FillBatch
from renkei.wire.messages.directory import DirectoryRequest
from renkei.wire.messages.epoch import EpochCollect, EpochConfirm
from renkei.wire.messages.exchange import PermitRequest, Receipts
from renkei.wire.messages.log import (
    Cosignature,
    DirectoryCountersigned,
    DirectoryProposalRequest,
    FeedAcknowledge,
    FeedRequest,
    LedgerRoot,
)
from renkei.wire.messages.oversight import LocateRequest, RecordsRequest
from renkei.wire.table import call_for

LOG_PATH: Final = "/log"
IMMUTABLE: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class LinkageServices:
    """The services behind the network's addresses."""

    directory: DirectoryService
    acquisition: AcquisitionService
    permit: PermitService
    receipts: ReceiptService
    feed: FeedService
    ledger: LedgerService
    witness: WitnessService
    epochs: EpochService
    public: PublicFiles


def routes(services: LinkageServices, doorway: Doorway) -> list[Route]:
    """All routes of this role."""
    return [
        *_exchange_routes(services, doorway),
        *_log_routes(services, doorway),
        doorway.route(call_for(DirectoryRequest), services.directory.directory),
        doorway.route(call_for(DirectoryProposalRequest), services.directory.proposal),
        doorway.route(call_for(DirectoryCountersigned), services.directory.countersigned),
        doorway.route(call_for(EpochCollect), services.epochs.collect),
        doorway.route(call_for(EpochConfirm), services.epochs.confirm),
    ]


def _exchange_routes(services: LinkageServices, doorway: Doorway) -> list[Route]:
    acquisition = services.acquisition
    return [
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


def _log_routes(services: LinkageServices, doorway: Doorway) -> list[Route]:
    public = services.public

    async def file(path: str) -> Outgoing:
        found = await public.file(path)
        if found is None:
            return error_answer(404, "not-found", "the log has no such file")
        headers = {"cache-control": IMMUTABLE} if found.immutable else {}
        return Outgoing(200, found.body, media_type=found.media_type, headers=headers)

    return [
        doorway.files(LOG_PATH, file),
        doorway.route(call_for(FeedRequest), services.feed.feed),
        doorway.route(call_for(FeedAcknowledge), services.feed.acknowledge),
        doorway.route(call_for(LedgerRoot), services.ledger.ledger_root),
        doorway.route(call_for(Cosignature), services.witness.cosignature),
        doorway.route(call_for(LocateRequest), services.witness.locate),
        doorway.route(call_for(RecordsRequest), services.witness.records),
    ]

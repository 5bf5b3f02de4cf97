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
from renkei.wire.linkage.calls import (
    ACQUISITION_FILL,
    ACQUISITION_NUMBERS,
    COLLECT_BATCH,
    CONFIRM_BATCH,
    COSIGNATURE,
    DIRECTORY,
    DIRECTORY_COUNTERSIGNED,
    DIRECTORY_PROPOSAL,
    EPOCH_COLLECT,
    EPOCH_CONFIRM,
    FEED,
    FEED_ACKNOWLEDGE,
    FILL_BATCH,
    LEDGER_ROOT,
    LOCATE,
    LOG_FILES,
    PERMIT,
    RECEIPTS,
    RECORDS,
)

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
        doorway.route(DIRECTORY, services.directory.directory),
        doorway.route(DIRECTORY_PROPOSAL, services.directory.proposal),
        doorway.route(DIRECTORY_COUNTERSIGNED, services.directory.countersigned),
        doorway.route(EPOCH_COLLECT, services.epochs.collect),
        doorway.route(EPOCH_CONFIRM, services.epochs.confirm),
    ]


def _exchange_routes(services: LinkageServices, doorway: Doorway) -> list[Route]:
    acquisition = services.acquisition
    return [
        doorway.route(ACQUISITION_NUMBERS, acquisition.numbers),
        doorway.route(ACQUISITION_FILL, acquisition.fill),
        doorway.route(FILL_BATCH, acquisition.fill_batch),
        doorway.route(COLLECT_BATCH, acquisition.collect_batch),
        doorway.route(CONFIRM_BATCH, acquisition.confirm_batch),
        doorway.route(PERMIT, services.permit.permit),
        doorway.route(RECEIPTS, services.receipts.receipts),
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
        doorway.files(LOG_FILES, file),
        doorway.route(FEED, services.feed.feed),
        doorway.route(FEED_ACKNOWLEDGE, services.feed.acknowledge),
        doorway.route(LEDGER_ROOT, services.ledger.ledger_root),
        doorway.route(COSIGNATURE, services.witness.cosignature),
        doorway.route(LOCATE, services.witness.locate),
        doorway.route(RECORDS, services.witness.records),
    ]

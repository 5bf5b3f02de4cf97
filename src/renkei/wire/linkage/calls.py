"""The network's calls (情報提供ネットワークシステムの呼出し)."""

from typing import Any, Final

from renkei.wire.boxes import BoxPurpose
from renkei.wire.call import Call, Files, Form
from renkei.wire.limits import PUBLIC_FILE_BYTES
from renkei.wire.linkage import acquisition as a
from renkei.wire.linkage import directory as d
from renkei.wire.linkage import epoch as e
from renkei.wire.linkage import log as g
from renkei.wire.linkage import permit as x
from renkei.wire.names import (
    INDIVIDUAL_NUMBER,
    INSTITUTION,
    LINKAGE,
    OVERSIGHT,
    PORTAL,
)

TITLE: Final = "Information Providing Network System (情報提供ネットワークシステム)"

_ACQUIRING: Final = (INSTITUTION, PORTAL)
_ANYBODY: Final = (INSTITUTION, INDIVIDUAL_NUMBER, PORTAL, OVERSIGHT)
_SEED: Final = (BoxPurpose.ACQUISITION_SEED,)

DIRECTORY: Final = Call(
    LINKAGE,
    "/directory",
    d.DirectoryRequest,
    (d.DirectoryAnswer,),
    _ANYBODY,
    any_party=True,
)
DIRECTORY_PROPOSAL: Final = Call(
    LINKAGE,
    "/directory/proposal",
    d.DirectoryProposalRequest,
    (d.DirectoryProposal,),
    (OVERSIGHT,),
)
DIRECTORY_COUNTERSIGNED: Final = Call(
    LINKAGE,
    "/directory/countersigned",
    d.DirectoryCountersigned,
    (d.DirectoryPublished,),
    (OVERSIGHT,),
)

ACQUISITION_NUMBERS: Final = Call(
    LINKAGE,
    "/acquisition/numbers",
    a.AcquisitionNumberRequest,
    (a.AcquisitionNumbers,),
    _ACQUIRING,
)
ACQUISITION_FILL: Final = Call(
    LINKAGE,
    "/acquisition/fill",
    a.AcquisitionFill,
    (a.AcquisitionFilled,),
    (INDIVIDUAL_NUMBER,),
    boxes=_SEED,
    echoes=("number",),
)
FILL_BATCH: Final = Call(
    LINKAGE,
    "/acquisition/fill/batch",
    a.FillBatch,
    (a.FillBatchNoted,),
    (INDIVIDUAL_NUMBER,),
    boxes=_SEED,
)
COLLECT_BATCH: Final = Call(
    LINKAGE,
    "/acquisition/collect/batch",
    a.CollectBatch,
    (a.CollectBatchAnswer,),
    _ACQUIRING,
    boxes=_SEED,
)
CONFIRM_BATCH: Final = Call(
    LINKAGE,
    "/acquisition/confirm/batch",
    a.ConfirmBatch,
    (a.ConfirmBatchNoted,),
    _ACQUIRING,
    echoes=("numbers",),
)

PERMIT: Final[Call[x.PermitRequest, x.Permit | x.Refusal]] = Call(
    LINKAGE,
    "/permit",
    x.PermitRequest,
    (x.Permit, x.Refusal),
    (INSTITUTION,),
    fresh=False,
    boxes=(
        BoxPurpose.REQUEST_CODE,
        BoxPurpose.PROVIDER_SEED,
        BoxPurpose.PORTAL_SEED,
        BoxPurpose.PERMIT_CODE,
    ),
)
RECEIPTS: Final = Call(LINKAGE, "/receipts", x.Receipts, (x.ReceiptsNoted,), (INSTITUTION,))

EPOCH_COLLECT: Final = Call(
    LINKAGE,
    "/epoch/collect",
    e.EpochCollect,
    (e.EpochDelta,),
    (INSTITUTION,),
    boxes=(BoxPurpose.EPOCH_DELTA,),
)
EPOCH_CONFIRM: Final = Call(
    LINKAGE,
    "/epoch/confirm",
    e.EpochConfirm,
    (e.EpochConfirmed,),
    (INSTITUTION,),
    echoes=("epoch",),
)

FEED: Final = Call(
    LINKAGE, "/feed", g.FeedRequest, (g.Feed,), (PORTAL,), boxes=(BoxPurpose.PORTAL_SEED,)
)
FEED_ACKNOWLEDGE: Final = Call(
    LINKAGE, "/feed/acknowledge", g.FeedAcknowledge, (g.FeedAcknowledged,), (PORTAL,)
)
LEDGER_ROOT: Final = Call(LINKAGE, "/ledger-root", g.LedgerRoot, (g.LedgerRootNoted,), (PORTAL,))
COSIGNATURE: Final = Call(
    LINKAGE, "/cosignature", g.Cosignature, (g.CosignatureNoted,), (OVERSIGHT,)
)
LOCATE: Final = Call(LINKAGE, "/locate", g.LocateRequest, (g.Locations,), (OVERSIGHT,))
RECORDS: Final = Call(LINKAGE, "/records", g.RecordsRequest, (g.Records,), (OVERSIGHT,))

NOTE_TYPE: Final = "text/plain; charset=utf-8"
TILE_TYPE: Final = "application/octet-stream"
_INDEX: Final = (
    "index",
    r"^(x[0-9]{3}/){0,6}[0-9]{3}(\.p/[1-9][0-9]{0,2})?$",
    "Groups of three digits with slashes, all but the last with x; `.p/WIDTH` where less than 256 "
    "are there. Slashes stand as they are.",
)
LOG_FILES: Final = Files(
    LINKAGE,
    "/log",
    PUBLIC_FILE_BYTES,
    (
        Form("checkpoint", "checkpoint", NOTE_TYPE, False, "Signed note of size and root."),
        Form("cosigned", "cosigned", NOTE_TYPE, False, "Newest one with a cosignature."),
        Form(
            "tile",
            "tile/{level}/{index}",
            TILE_TYPE,
            True,
            "Up to 256 hashes of 32 bytes of one level.",
            (
                ("level", "^(0|[1-9][0-9]?)$", "From 0 to 63, each eight of the tree."),
                _INDEX,
            ),
        ),
        Form(
            "entries",
            "tile/entries/{index}",
            TILE_TYPE,
            True,
            "The entries under one tile of level 0, each with its length before it (2 bytes).",
            (_INDEX,),
        ),
    ),
)
"""The log's public face (C2SP tlog-tiles, tlog-checkpoint, tlog-cosignature)."""
FILES: Final = (LOG_FILES,)

CALLS: Final[tuple[Call[Any, Any], ...]] = (
    DIRECTORY,
    DIRECTORY_PROPOSAL,
    DIRECTORY_COUNTERSIGNED,
    ACQUISITION_NUMBERS,
    ACQUISITION_FILL,
    FILL_BATCH,
    COLLECT_BATCH,
    CONFIRM_BATCH,
    PERMIT,
    RECEIPTS,
    EPOCH_COLLECT,
    EPOCH_CONFIRM,
    FEED,
    FEED_ACKNOWLEDGE,
    LEDGER_ROOT,
    COSIGNATURE,
    LOCATE,
    RECORDS,
)

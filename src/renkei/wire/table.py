"""Every message in one table: type, sender, receiver, address, answers, limits (電文一覧).

OpenAPI, clients and the servers' routes are made from this table; nothing else names a path.
"""

from dataclasses import dataclass, field
from typing import Final

from renkei.wire.fields import Message
from renkei.wire.messages import acquisition as a
from renkei.wire.messages import batches as b
from renkei.wire.messages import desk as k
from renkei.wire.messages import directory as d
from renkei.wire.messages import epoch as e
from renkei.wire.messages import exchange as x
from renkei.wire.messages import log as g
from renkei.wire.messages import oversight as o
from renkei.wire.messages import portal as p

SMALL_BYTES: Final = 16_384
LARGE_BYTES: Final = 262_144
CASE_BYTES: Final = 4_194_304
DIRECTORY_BYTES: Final = 33_554_432


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of message: its struct, `typ`, and the longest signed form accepted, in bytes."""

    struct: type[Message]
    name: str
    version: int = 1
    max_bytes: int = SMALL_BYTES
    key_use: str = "sign"
    """Which of the sender's keys signs it: permits, directories and letters have keys apart."""

    @property
    def typ(self) -> str:
        """The `typ` of the protected header."""
        return f"renkei.{self.name}.v{self.version}"


@dataclass(frozen=True, slots=True)
class Call:
    """One call: who sends which message to which role's address, and what may come back."""

    receiver: str
    path: str
    request: type[Message]
    answers: tuple[type[Message], ...]
    senders: tuple[str, ...]
    fresh: bool = True
    """False where the receiver judges freshness itself, after looking for a stored answer."""
    authentication: str = field(
        default="mutual TLS, JWS, and one party for certificate, kid, sender"
    )


_KINDS: Final = (
    Kind(a.AcquisitionNumberRequest, "acquisition-number-request"),
    Kind(a.AcquisitionNumbers, "acquisition-numbers"),
    Kind(a.AcquireRequest, "acquire-request"),
    Kind(a.AcquireAnswer, "acquire-answer"),
    Kind(a.AcquireDecision, "acquire-decision"),
    Kind(b.AcquireBatch, "acquire-batch", max_bytes=LARGE_BYTES),
    Kind(b.AcquireBatchAnswer, "acquire-batch-answer", max_bytes=LARGE_BYTES),
    Kind(b.DomicileRequest, "domicile-request", max_bytes=LARGE_BYTES),
    Kind(b.DomicileAnswer, "domicile-answer", max_bytes=LARGE_BYTES),
    Kind(b.FillBatch, "fill-batch", max_bytes=LARGE_BYTES),
    Kind(b.FillBatchNoted, "fill-batch-noted"),
    Kind(b.CollectBatch, "collect-batch"),
    Kind(b.CollectBatchAnswer, "collect-batch-answer", max_bytes=LARGE_BYTES),
    Kind(b.ConfirmBatch, "confirm-batch"),
    Kind(b.ConfirmBatchNoted, "confirm-batch-noted"),
    Kind(a.AcquisitionFill, "acquisition-fill"),
    Kind(a.AcquisitionFilled, "acquisition-filled"),
    Kind(a.AcquisitionCollect, "acquisition-collect"),
    Kind(a.AcquisitionCollected, "acquisition-collected"),
    Kind(a.AcquisitionConfirm, "acquisition-confirm"),
    Kind(a.AcquisitionConfirmed, "acquisition-confirmed"),
    Kind(x.PermitRequest, "permit-request"),
    Kind(x.Permit, "permit", key_use="permit"),
    Kind(x.Refusal, "refusal", key_use="permit"),
    Kind(x.Presentation, "presentation", max_bytes=LARGE_BYTES),
    Kind(x.Answer, "answer", max_bytes=LARGE_BYTES),
    Kind(x.Interim, "interim"),
    Kind(x.Received, "received"),
    Kind(x.ReceivedNoted, "received-noted"),
    Kind(x.Receipts, "receipts", max_bytes=LARGE_BYTES),
    Kind(x.ReceiptsNoted, "receipts-noted", max_bytes=LARGE_BYTES),
    Kind(x.ProblemReport, "problem"),
    Kind(d.DirectoryVersion, "directory-version", max_bytes=DIRECTORY_BYTES, key_use="directory"),
    Kind(d.DirectoryCountersignature, "directory-countersignature"),
    Kind(d.DirectoryRequest, "directory-request"),
    Kind(d.DirectoryAnswer, "directory-answer", max_bytes=2 * DIRECTORY_BYTES),
    Kind(k.DeskProcedure, "desk-procedure"),
    Kind(k.DeskAsk, "desk-ask"),
    Kind(k.DeskCaseRequest, "desk-case-request"),
    Kind(k.DeskCase, "desk-case", max_bytes=CASE_BYTES),
    Kind(k.DeskAcquire, "desk-acquire"),
    Kind(k.DeskAcquisitions, "desk-acquisitions", max_bytes=LARGE_BYTES),
    Kind(x.AttributesOffer, "attributes-offer", max_bytes=LARGE_BYTES),
    Kind(e.EpochCollect, "epoch-collect"),
    Kind(e.EpochDelta, "epoch-delta"),
    Kind(e.EpochConfirm, "epoch-confirm"),
    Kind(e.EpochConfirmed, "epoch-confirmed"),
    Kind(g.FeedRequest, "feed-request"),
    Kind(g.Feed, "feed", max_bytes=DIRECTORY_BYTES),
    Kind(g.FeedAcknowledge, "feed-acknowledge"),
    Kind(g.FeedAcknowledged, "feed-acknowledged"),
    Kind(g.LedgerRoot, "ledger-root"),
    Kind(g.LedgerRootNoted, "ledger-root-noted"),
    Kind(g.Cosignature, "cosignature"),
    Kind(g.CosignatureNoted, "cosignature-noted"),
    Kind(g.DirectoryProposalRequest, "directory-proposal-request"),
    Kind(g.DirectoryProposal, "directory-proposal", max_bytes=2 * DIRECTORY_BYTES),
    Kind(g.DirectoryCountersigned, "directory-countersigned"),
    Kind(g.DirectoryPublished, "directory-published"),
    Kind(o.EntriesRequest, "entries-request"),
    Kind(o.Entries, "entries", max_bytes=2 * LARGE_BYTES),
    Kind(o.RecordsRequest, "records-request"),
    Kind(o.Records, "records", max_bytes=DIRECTORY_BYTES),
    Kind(o.LocateRequest, "locate-request", max_bytes=LARGE_BYTES),
    Kind(o.Locations, "locations", max_bytes=LARGE_BYTES),
    Kind(o.LedgerRequest, "ledger-request"),
    Kind(o.Ledger, "ledger"),
    Kind(o.OpeningRequest, "opening-request"),
    Kind(o.Openings, "openings", max_bytes=DIRECTORY_BYTES),
    Kind(o.AccountsRequest, "accounts-request"),
    Kind(o.Accounts, "accounts", max_bytes=DIRECTORY_BYTES),
    Kind(o.LedgerStatement, "ledger-statement"),
    Kind(o.StatementHandover, "statement-handover"),
    Kind(o.StatementNoted, "statement-noted"),
    Kind(o.FindingsRequest, "findings-request"),
    Kind(o.Findings, "findings", max_bytes=DIRECTORY_BYTES),
    Kind(p.PortalBatch, "portal-batch"),
    Kind(p.PortalBatchFilled, "portal-batch-filled"),
    Kind(p.PersonaSignIn, "persona-sign-in"),
    Kind(p.PersonaSignedIn, "persona-signed-in"),
    Kind(k.DeskPendingRequest, "desk-pending-request"),
    Kind(k.DeskPending, "desk-pending", max_bytes=LARGE_BYTES),
    Kind(k.DeskDecide, "desk-decide"),
    Kind(k.DeskDecided, "desk-decided"),
)

KIND_OF: Final[dict[type[Message], Kind]] = {kind.struct: kind for kind in _KINDS}
KIND_BY_TYP: Final[dict[str, Kind]] = {kind.typ: kind for kind in _KINDS}

_INSTITUTION: Final = ("institution",)
_PORTAL: Final = ("portal",)
_OVERSIGHT: Final = ("oversight",)
_ACQUIRING: Final = ("institution", "portal")
_ANYBODY: Final = ("institution", "individual-number", "portal", "oversight")

CALLS: Final = (
    Call("linkage", "/directory", d.DirectoryRequest, (d.DirectoryAnswer,), _ANYBODY),
    Call(
        "linkage",
        "/acquisition/numbers",
        a.AcquisitionNumberRequest,
        (a.AcquisitionNumbers,),
        _ACQUIRING,
    ),
    Call(
        "linkage",
        "/acquisition/fill",
        a.AcquisitionFill,
        (a.AcquisitionFilled,),
        ("individual-number",),
    ),
    Call(
        "linkage",
        "/acquisition/collect",
        a.AcquisitionCollect,
        (a.AcquisitionCollected,),
        _ACQUIRING,
    ),
    Call(
        "linkage",
        "/acquisition/confirm",
        a.AcquisitionConfirm,
        (a.AcquisitionConfirmed,),
        _ACQUIRING,
    ),
    Call(
        "linkage",
        "/acquisition/fill/batch",
        b.FillBatch,
        (b.FillBatchNoted,),
        ("individual-number",),
    ),
    Call(
        "linkage",
        "/acquisition/collect/batch",
        b.CollectBatch,
        (b.CollectBatchAnswer,),
        _ACQUIRING,
    ),
    Call(
        "linkage",
        "/acquisition/confirm/batch",
        b.ConfirmBatch,
        (b.ConfirmBatchNoted,),
        _ACQUIRING,
    ),
    Call("linkage", "/permit", x.PermitRequest, (x.Permit, x.Refusal), _INSTITUTION, fresh=False),
    Call("linkage", "/receipts", x.Receipts, (x.ReceiptsNoted,), _INSTITUTION),
    Call("individual-number", "/acquire", a.AcquireRequest, (a.AcquireAnswer,), _INSTITUTION),
    Call(
        "individual-number",
        "/acquire/batch",
        b.AcquireBatch,
        (b.AcquireBatchAnswer,),
        _INSTITUTION,
    ),
    Call(
        "individual-number",
        "/acquire/decision",
        a.AcquireDecision,
        (a.AcquireAnswer,),
        _INSTITUTION,
    ),
    Call("institution", "/provide", x.Presentation, (x.Answer, x.Interim), _INSTITUTION),
    Call("institution", "/domicile", b.DomicileRequest, (b.DomicileAnswer,), _INSTITUTION),
    Call("institution", "/received", x.Received, (x.ReceivedNoted,), _INSTITUTION),
    Call("institution", "/desk/procedure", k.DeskProcedure, (k.DeskCase,), ("desk",)),
    Call("institution", "/desk/ask", k.DeskAsk, (k.DeskCase,), ("desk",)),
    Call("institution", "/desk/case", k.DeskCaseRequest, (k.DeskCase,), ("desk",)),
    Call("institution", "/desk/acquire", k.DeskAcquire, (k.DeskAcquisitions,), ("desk",)),
    Call("institution", "/attributes", x.AttributesOffer, (x.Answer, x.Interim), _INSTITUTION),
    Call("institution", "/desk/pending", k.DeskPendingRequest, (k.DeskPending,), ("desk",)),
    Call("institution", "/desk/decide", k.DeskDecide, (k.DeskDecided,), ("desk",)),
    Call("linkage", "/epoch/collect", e.EpochCollect, (e.EpochDelta,), _INSTITUTION),
    Call("linkage", "/epoch/confirm", e.EpochConfirm, (e.EpochConfirmed,), _INSTITUTION),
    Call("linkage", "/feed", g.FeedRequest, (g.Feed,), _PORTAL),
    Call("linkage", "/feed/acknowledge", g.FeedAcknowledge, (g.FeedAcknowledged,), _PORTAL),
    Call("linkage", "/ledger-root", g.LedgerRoot, (g.LedgerRootNoted,), _PORTAL),
    Call("linkage", "/cosignature", g.Cosignature, (g.CosignatureNoted,), _OVERSIGHT),
    Call("linkage", "/locate", o.LocateRequest, (o.Locations,), _OVERSIGHT),
    Call("linkage", "/records", o.RecordsRequest, (o.Records,), _OVERSIGHT),
    Call(
        "linkage",
        "/directory/proposal",
        g.DirectoryProposalRequest,
        (g.DirectoryProposal,),
        _OVERSIGHT,
    ),
    Call(
        "linkage",
        "/directory/countersigned",
        g.DirectoryCountersigned,
        (g.DirectoryPublished,),
        _OVERSIGHT,
    ),
    Call("institution", "/entries", o.EntriesRequest, (o.Entries,), _OVERSIGHT),
    Call("portal", "/ledger", o.LedgerRequest, (o.Ledger,), _OVERSIGHT),
    Call("portal", "/openings", o.OpeningRequest, (o.Openings,), _OVERSIGHT),
    Call("portal", "/accounts", o.AccountsRequest, (o.Accounts,), _OVERSIGHT),
    Call("portal", "/statement", o.StatementHandover, (o.StatementNoted,), _OVERSIGHT),
    Call("portal", "/findings", o.FindingsRequest, (o.Findings,), _OVERSIGHT),
    Call("individual-number", "/portal/batch", p.PortalBatch, (p.PortalBatchFilled,), _PORTAL),
    Call("individual-number", "/persona/sign-in", p.PersonaSignIn, (p.PersonaSignedIn,), _PORTAL),
)


def calls_to(role: str) -> tuple[Call, ...]:
    """All calls a role answers, in the order of the table."""
    return tuple(call for call in CALLS if call.receiver == role)


def call_for(request: type[Message]) -> Call:
    """The one call that carries this request type."""
    return next(call for call in CALLS if call.request is request)

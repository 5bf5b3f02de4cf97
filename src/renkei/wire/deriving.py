"""The record of a judged request, derived from what was signed and decided (記録の導出).

One function that everybody has: the network writes by it, and whoever holds the inquirer's signed
request makes the same record and compares. Nothing in a record is the network's own choice but its
decision and the point of the portal.
"""

from hashlib import sha256
from typing import Any, Final

import msgspec

from renkei.crypto.digests import entry_hash
from renkei.law import Decision
from renkei.wire.entries import EntryKind, ExchangeRecord, write_entry
from renkei.wire.fields import Box
from renkei.wire.linkage.permit import EarlierRequest, Permit, PermitRequest, Refusal
from renkei.wire.values import encoder

_REPEATED: Final = (
    *("office", "affair", "sub_affair", "items", "subject", "consent_digest", "commitment"),
    "conditions",
)
PERMITTED: Final = "permitted"
"""The reason of every permission, as the law's judgement gives it."""
_encode: Final = encoder("sorted").encode


def digest_of(box: Box | bytes) -> bytes:
    """The digest of a box, or the one that stands in its place where it was stripped."""
    return box.digest if isinstance(box, Box) else box


def record_of(
    request: PermitRequest, digest: bytes, decision: Decision, portal_digest: bytes
) -> ExchangeRecord:
    """The one record of a request and the decision on it (法23条3項, 省令47条).

    `request` may be stripped; `digest` is that of its signed bytes, `portal_digest` is
    SHA-256(X_P). 32 bytes each.
    """
    return ExchangeRecord(
        requester=request.sender,
        provider=request.provider,
        tx=request.tx,
        office=request.office,
        affair=request.affair,
        sub_affair=request.sub_affair,
        items=request.items,
        subject=request.subject,
        procedure=request.procedure,
        conditions=request.conditions,
        consent_digest=request.consent_digest,
        asked_at=request.at,
        officer=request.officer,
        case_digest=request.case_digest,
        epoch=request.epoch,
        commitment=request.commitment,
        portal_box=None if isinstance(request, EarlierRequest) else digest_of(request.portal_seed),
        portal_digest=portal_digest,
        request_digest=digest,
        allowed=decision.allowed,
        article=decision.article,
        row=decision.row,
        reason=decision.reason,
    )


def decision_in(said: Permit | Refusal | ExchangeRecord) -> Decision:
    """The decision that a reply or a record states."""
    if isinstance(said, Permit):
        return Decision(True, said.basis.article, said.basis.row, PERMITTED)
    allowed = said.allowed if isinstance(said, ExchangeRecord) else False
    return Decision(allowed, said.article, said.row, said.reason)


def promised_hash(request: PermitRequest, digest: bytes, reply: Permit | Refusal) -> bytes:
    """The entry hash a reply must promise to whoever signed this request: 32 bytes (記録の約束)."""
    record = record_of(request, digest, decision_in(reply), reply.portal_digest)
    return entry_hash(EntryKind.EXCHANGE, write_entry(record), reply.salt)


def unfit(request: PermitRequest, digest: bytes, reply: Permit | Refusal) -> list[str]:
    """Names of the fields in which a reply is not about what was signed; empty where it is (相違).

    `entry_hash` is among them where the record that is promised is not the one that must be.
    """
    wanted: dict[str, Any] = {
        "requester": request.sender,
        "provider": request.provider,
        "tx": request.tx,
        "request_digest": digest,
        "entry_hash": promised_hash(request, digest, reply),
    }
    if isinstance(reply, Permit):
        wanted |= {name: getattr(request, name) for name in _REPEATED}
        wanted |= {
            "asked_at": request.at,
            "requester_epoch": request.epoch,
            "portal_box": digest_of(request.portal_seed),
        }
    return [name for name, value in wanted.items() if getattr(reply, name) != value]


def departures(record: ExchangeRecord, request: PermitRequest, digest: bytes) -> list[str]:
    """Names of the fields in which a record is not what was signed; empty where it is (相違).

    The decision and the point are taken as the record has them: they are not the inquirer's words.
    """
    derived = record_of(request, digest, decision_in(record), record.portal_digest)
    return [
        name
        for name in ExchangeRecord.__struct_fields__
        if getattr(record, name) != getattr(derived, name)
    ]


_BOTH_KNOW: Final = (
    *("requester", "provider", "tx", "office", "affair", "sub_affair", "items", "subject"),
    *("consent_digest", "asked_at", "commitment", "portal_box", "request_digest"),
    *("article", "row"),
)
"""What a permit tells the provider too; a refusal has no provider who knows anything."""


def terms_digest(known: ExchangeRecord | dict[str, Any]) -> bytes:
    """32 bytes over all that inquirer, provider and network each hold of an exchange (照会条件).

    Each computes it from its own book, so that three digests are three witnesses.
    """
    held = known if isinstance(known, dict) else msgspec.structs.asdict(known)
    terms = {name: held[name] for name in _BOTH_KNOW}
    if held["conditions"]:  # left out where none is stated, as in terms of before
        terms["conditions"] = held["conditions"]
    return sha256(b"renkei terms v1" + _encode(terms)).digest()

"""Who a difference points to, by what was signed (相違の帰属).

Pure. Given what an inquirer signed, a record is right or is not; given the seed, a box is. Each
function gives the ground of a finding, and the words for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from renkei.crypto import codes
from renkei.crypto.digests import element_digest
from renkei.crypto.errors import CryptoError
from renkei.crypto.suite import RISTRETTO255
from renkei.roles.oversight.rules import Side, compare_one
from renkei.roles.oversight.rules.grounds import Ground
from renkei.wire.deriving import departures, digest_of, unfit
from renkei.wire.entries import ExchangeRecord
from renkei.wire.framing import Letter
from renkei.wire.linkage.log import FeedLine, LoggedRecord
from renkei.wire.linkage.permit import Permit, Refusal, StrippedRequest

AS_SIGNED: Final = "the network's record is what was signed"
Asked = Letter[StrippedRequest]


@dataclass(frozen=True, slots=True)
class Pointed:
    """Whom it points to, and the words for it; `by_seed`: only the seed shows it."""

    ground: Ground
    why: str
    by_seed: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What a requester showed: whether it answered, its request, the reply it disputes (開示)."""

    answered: bool
    asked: Asked | None = None
    reply: Letter[Permit | Refusal] | None = None


def of_records(record: ExchangeRecord, shown: Shown, sides: Sequence[Side]) -> Pointed:
    """Whom records that differ point to, by what their requester signed (記録の相違).

    `sides` are the bodies whose word is about this very record, at least one of which says
    something else than it.
    """
    differ = [one for one in sides if compare_one(one, record)]
    if shown.asked is not None and shown.reply is not None:
        by_reply = _of_reply(shown.asked, shown.reply)
        if by_reply is not None:
            return by_reply
    if len(differ) > 1:
        return _of_both(record, shown)
    if _is_foreign(differ[0], record):
        return Pointed(Ground.FOREIGN, "it holds the entry of another exchange")
    return _of_one(record, shown, differ[0])


def _of_reply(asked: Asked, reply: Letter[Permit | Refusal]) -> Pointed | None:
    """What a disputed reply shows by itself; None where it fits."""
    wrong = unfit(asked.message, asked.digest, reply.message)
    if not wrong:
        return None
    if reply.message.request_digest != asked.digest:
        return Pointed(Ground.REPLY_ELSEWHERE, "the reply that is disputed is to another request")
    return Pointed(
        Ground.REPLY_UNFIT, f"the network signed a reply to something else: {_list(wrong)}"
    )


def _of_both(record: ExchangeRecord, shown: Shown) -> Pointed:
    """Both bodies differ from the record: the request says whether that is the network's alone."""
    asked = shown.asked
    if asked is not None and asked.digest == record.request_digest:
        departs = departures(record, asked.message, asked.digest)
        if departs:
            return _departs(departs)
    return Pointed(Ground.BOTH_DIFFER, "requester and provider say otherwise than the record")


def _is_foreign(side: Side, record: ExchangeRecord) -> bool:
    """Whether a body's word names another exchange, or a part in it that the record gives not."""
    entry = side.entry
    named = record.requester if entry.side == "requester" else record.provider
    about = (entry.requester, entry.tx) == (record.requester, record.tx)
    return not about or named != side.institution


def _of_one(record: ExchangeRecord, shown: Shown, side: Side) -> Pointed:
    """One body alone says otherwise than the record of its exchange."""
    asked = shown.asked
    if asked is None:
        if not shown.answered:
            return Pointed(Ground.NOT_ASKED, "its requester was not asked yet what it signed")
        if side.entry.side == "provider":
            return Pointed(Ground.NOT_ASKED, "the requester showed nothing that it signed")
        return Pointed(Ground.REQUEST_UNKNOWN, "the requester showed nothing that it signed")
    if asked.digest != record.request_digest:
        text = "the requester shows another request than was logged"
        return Pointed(Ground.REQUEST_UNKNOWN, text)
    departs = departures(record, asked.message, asked.digest)
    if departs:
        return _departs(departs)
    if shown.reply is not None:
        return Pointed(Ground.REPLY_FITS, "the reply that the requester disputes is right")
    if side.entry.disputes:
        return Pointed(Ground.DISPUTE_EMPTY, "the requester shows no reply that it disputes")
    return Pointed(Ground.SPEAKER_DIFFERS, AS_SIGNED)


def _departs(names: Sequence[str]) -> Pointed:
    text = f"the network's record is not what was signed: {_list(names)}"
    return Pointed(Ground.DEPARTS, text)


def of_line(
    logged: LoggedRecord, record: ExchangeRecord, line: FeedLine, asked: Asked | None
) -> Pointed:
    """Whom a line that the portal could not file points to, before any seed is shown (行の不一致).

    `line` is what the network signed that it handed over, `asked` the request in it.
    """
    wrong = _handed(logged, record, line, asked)
    if wrong is not None:
        return wrong
    text = "the portal says that a box does not open which is the one that was signed"
    return Pointed(Ground.BOX_SHUT, text, by_seed=True)


def _handed(
    logged: LoggedRecord, record: ExchangeRecord, line: FeedLine, asked: Asked | None
) -> Pointed | None:
    """What is wrong with what the network handed over, by its own signature."""

    def network(text: str) -> Pointed:
        return Pointed(Ground.HANDED_OTHERWISE, text)

    if (line.record, line.salt) != (logged.record, logged.salt):
        return network("the network handed over another record than it shows")
    if asked is None or asked.message.sender != record.requester:
        return network("the network handed over no request that the requester signed")
    departs = departures(record, asked.message, asked.digest)
    if departs:
        text = f"the network's record is not what was signed: {_list(departs)}"
        return Pointed(Ground.RECORD_DEPARTS, text)
    if line.portal_seed is None or line.portal_code is None:
        return network("the network handed over no point or no box")
    if line.portal_seed.digest != digest_of(asked.message.portal_seed):
        return network("the network handed over another box than was signed")
    if element_digest(line.portal_code) != record.portal_digest:
        return network("the network handed over another point than it logged")
    try:
        RISTRETTO255.check_element(line.portal_code)
    except CryptoError:
        return network("the network handed over and logged a point that is none of the group")
    return None


def of_seed(record: ExchangeRecord, rebuilt: bytes | None, seed: bytes) -> Pointed:
    """Whom the seed of a box points to; `rebuilt` is the digest of the box made from it (種の検査).

    A box that is right opens for whoever has the portal's key: then the portal said what is false.
    """
    try:
        blind = codes.derive_blind(seed, record.requester, record.tx)
        fits = codes.commit_matches(record.commitment, record.requester, record.tx, blind)
    except CryptoError:
        fits = False
    if not fits:
        text = "the seed that the requester shows does not fit its commitment"
        return Pointed(Ground.SEED_WRONG, text)
    if rebuilt != record.portal_box:
        text = "the portal's box is not the one of the requester's seed"
        return Pointed(Ground.SEED_WRONG, text)
    return Pointed(Ground.BOX_OPENS, "the box is the one of the requester's seed, so it opens")


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)

"""What the portal decides by itself: does a line open, whom does it point to, what is due.

Pure. The seed comes out of its box in the service; everything here is computed from it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from renkei.crypto import codes, sum_tree
from renkei.crypto.digests import element_digest
from renkei.crypto.errors import CryptoError
from renkei.wire.deriving import departures, digest_of
from renkei.wire.entries import ExchangeRecord
from renkei.wire.errors import WireError
from renkei.wire.fields import Box
from renkei.wire.linkage.log import Feed, FeedLine
from renkei.wire.linkage.permit import PermitRequest
from renkei.wire.names import LINKAGE, PORTAL

FLOOD_LINES: Final = 200
"""Requests of one inquirer about one person within `FLOOD_WITHIN` that are a finding: a household's
whole year of procedures makes fewer."""
FLOOD_WITHIN: Final = timedelta(hours=24)
FLOOD_LOOK_LINES: Final = 1_000
"""Lines before a batch that are looked at; in more a flood has been found already."""
CONFIRM_WITHIN: Final = timedelta(hours=24)
"""How long a code may be filed before the set of valid codes must have it."""
LOST: Final = (
    "What opens this line is not to be had: the network deletes it once a ledger with the line was "
    "stated, so that this portal has lost it, or it withholds it. The newest statement tells which."
)
PAGE_LINES: Final = 20
_PERSONA: Final = re.compile(r"[a-z0-9-]{1,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Opened:
    """A line that opens and fits: whose code it is about, and r (開封した行)."""

    code: bytes
    blind: bytes


@dataclass(frozen=True, slots=True)
class Misfit:
    """A line that does not open or is not what was signed, and who can have done it (不一致)."""

    detail: str
    parties: tuple[str, ...]
    lost: bool = False
    """Nothing came that could open it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The inquirer's request, its signature verified, with the digest of its signed bytes."""

    request: PermitRequest
    digest: bytes


@dataclass(frozen=True, slots=True)
class Read:
    """What a line is: whose it is, if it opens, and what is wrong with it, if anything."""

    opened: Opened | None
    misfit: Misfit | None


def read_line(
    line: FeedLine,
    record: ExchangeRecord,
    evidence: Evidence | None,
    open_box: Callable[[Box], bytes | None],
) -> Read:
    """Compare a record with what was signed, and open the line (照合と開封).

    `open_box` gives the seed in the portal's box, None if it does not open. A record that says
    something else than the signed request is the network's doing; where such a line still opens it
    is filed under its person all the same, who else would not see it.
    """
    if line.portal_code is None and line.portal_seed is None and line.request is None:
        return Read(None, Misfit(LOST, (PORTAL, LINKAGE), lost=True))
    if evidence is None or evidence.request.sender != record.requester:
        text = "The network shows no request that the record's requester signed."
        return Read(None, Misfit(text, (LINKAGE,)))
    request, found = evidence.request, None
    departs = departures(record, request, evidence.digest)
    if departs:
        found = Misfit(f"The record is not what was signed: {', '.join(departs)}.", (LINKAGE,))
    opened = _open(line, record, request, open_box)
    if isinstance(opened, Opened):
        return Read(opened, found)
    return Read(None, found or opened)


def _open(
    line: FeedLine,
    record: ExchangeRecord,
    request: PermitRequest,
    open_box: Callable[[Box], bytes | None],
) -> Opened | Misfit:
    """The code a line belongs to, or why it belongs to nobody (行の開封).

    c is recomputed for refusals too, and X_P must be the point whose digest is in the log.
    """
    if line.portal_code is None or line.portal_seed is None:
        return Misfit("The network gave no point or no box with this line.", (LINKAGE,))
    if digest_of(request.portal_seed) != line.portal_seed.digest:
        return Misfit("The box is not the one that was signed.", (LINKAGE,))
    signer = (record.requester,)
    try:
        seed = open_box(line.portal_seed)
        if seed is None:
            return Misfit("The box for the portal does not open.", signer)
        blind = codes.derive_blind(seed, record.requester, record.tx)
        if not codes.commit_matches(record.commitment, record.requester, record.tx, blind):
            return Misfit("The seed for the portal does not fit the commitment.", signer)
    except CryptoError:
        return Misfit("The box holds no seed.", signer)
    try:
        if element_digest(line.portal_code) != record.portal_digest:
            return Misfit("The point is not the one in the log's record.", (LINKAGE,))
        return Opened(codes.unblind(blind, line.portal_code), blind)
    except CryptoError:
        return Misfit("The point is no element of the group.", (LINKAGE,))


def check_feed(feed: Feed, seq: int, log_size: int) -> None:
    """Refuse a feed that goes back, doubles a line, or adds one below what was complete.

    `seq` and `log_size` are how far everything is filed. Raises WireError `unavailable`: nothing
    is filed until the network sends a feed in order.
    """
    last_seq, last_leaf = seq, log_size - 1
    for line in feed.lines:
        if line.seq <= last_seq or line.leaf <= last_leaf:
            raise WireError("unavailable", "The network's feed is out of order.")
        last_seq, last_leaf = line.seq, line.leaf
    if feed.log_size <= last_leaf or feed.log_size < log_size:
        raise WireError("unavailable", "The network's feed says that its log has shrunk.")


def is_flood(before: int, now: int) -> bool:
    """Whether an inquirer's requests about one person have just reached the limit (過剰な照会).

    `before` and `now` count those of the last day, without and with the newest. A line is filed
    whatever this says: the ledger counts every one.
    """
    return before < FLOOD_LINES <= now


def overdue_before(now: datetime) -> datetime:
    """Codes first filed before this instant must be in the set by now."""
    return now - CONFIRM_WITHIN


def place_of(code: bytes) -> bytes:
    """Where the account of a code stands in the ledger."""
    return sum_tree.position(code)


def is_persona(name: str) -> bool:
    """SANDBOX: whether a persona can have this name."""
    return _PERSONA.fullmatch(name) is not None

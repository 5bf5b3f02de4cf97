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
from renkei.wire.errors import WireError
from renkei.wire.history import ExchangeRecord
from renkei.wire.messages.exchange import PermitRequest
from renkei.wire.messages.log import Feed, FeedLine

NETWORK: Final = "linkage"
CONFIRM_WITHIN: Final = timedelta(hours=24)
"""How long a code may be filed before the set of valid codes must have it."""
SESSION_SECONDS: Final = 30 * 60
PAGE_LINES: Final = 20
_PERSONA: Final = re.compile(r"[a-z0-9-]{1,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Opened:
    """A line that opens and fits: whose code it is about, and r (開封した行)."""

    code: bytes
    blind: bytes


@dataclass(frozen=True, slots=True)
class Misfit:
    """A line that does not open or does not fit, and who can have caused that (不一致)."""

    detail: str
    parties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The inquirer's request, its signature verified, with the digest of its signed bytes."""

    request: PermitRequest
    digest: bytes


def open_line(
    line: FeedLine,
    record: ExchangeRecord,
    seed: bytes | None,
    evidence: Callable[[], Evidence | None],
) -> Opened | Misfit:
    """The code a line belongs to, or why it belongs to nobody (行の開封).

    `seed` is what the box for the portal held, None if it did not open. c is recomputed from it
    for refusals too, and X_P must be the point whose digest is in the log. `evidence` gives the
    inquirer's request; only a box that does not fit needs it, to say whom that points to.
    """
    if line.portal_code is None:
        return Misfit("The network gave no point with this line.", (NETWORK,))
    try:
        if seed is None:
            return Misfit("The box for the portal does not open.", _blame(line, record, evidence))
        blind = codes.derive_blind(seed, record.requester, record.tx)
        if not codes.commit_matches(record.commitment, record.requester, record.tx, blind):
            parties = _blame(line, record, evidence)
            return Misfit("The seed for the portal does not fit the commitment.", parties)
    except CryptoError:
        return Misfit("The box holds no seed.", _blame(line, record, evidence))
    try:
        if element_digest(line.portal_code) != record.portal_digest:
            return Misfit("The point is not the one in the log's record.", (NETWORK,))
        return Opened(codes.unblind(blind, line.portal_code), blind)
    except CryptoError:
        return Misfit("The point is no element of the group.", (NETWORK,))


def _blame(
    line: FeedLine, record: ExchangeRecord, find: Callable[[], Evidence | None]
) -> tuple[str, ...]:
    """Whom a box that does not fit points to: the inquirer only where it signed that very box."""
    evidence = find()
    if evidence is None:
        return (record.requester, NETWORK)
    request = evidence.request
    signed = (request.sender, request.tx, request.commitment, request.portal_seed)
    given = (record.requester, record.tx, record.commitment, line.portal_seed)
    if evidence.digest != record.request_digest or signed != given:
        return (NETWORK,)
    return (record.requester,)


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


def overdue_before(now: datetime) -> datetime:
    """Codes first filed before this instant must be in the set by now."""
    return now - CONFIRM_WITHIN


def place_of(code: bytes) -> bytes:
    """Where the account of a code stands in the ledger."""
    return sum_tree.position(code)


def is_persona(name: str) -> bool:
    """SANDBOX: whether a persona can have this name."""
    return _PERSONA.fullmatch(name) is not None

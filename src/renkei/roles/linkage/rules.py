"""What the network decides: judge a request, and in which order it checks (求めの審査).

Pure. The legal basis is `law.judge_exchange`; everything else here is technical and cites nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from renkei.law import Decision
from renkei.law.judging_exchanges import judge_exchange
from renkei.wire.linkage.directory import DirectoryEntry
from renkei.wire.linkage.permit import PermitRequest, Receipt
from renkei.wire.names import INSTITUTION
from renkei.wire.standing import facts_of


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a receipt has to fit: the parties, the commitment, whether it was permitted at all."""

    requester: str
    provider: str
    commitment: bytes
    allowed: bool


@dataclass(slots=True)
class Bucket:
    """A token bucket per institution: `rate` requests a second, `burst` at once (流量制限)."""

    rate: float
    burst: float
    tokens: float
    at: float

    def take(self, now: float) -> bool:
        """Take one token at second `now`; False when the bucket is empty.

        A clock that is set back takes no tokens away.
        """
        self.tokens = min(self.burst, self.tokens + max(0.0, now - self.at) * self.rate)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


def judge(
    request: PermitRequest,
    requester: DirectoryEntry,
    provider: DirectoryEntry | None,
    day: date,
    *,
    fresh: bool,
) -> Decision:
    """Judge a new request: freshness, then the law, then technical conditions (審査)."""
    if not fresh:
        return Decision(False, None, None, "stale")
    if provider is None or provider.role != INSTITUTION:
        return Decision(False, None, None, "provider-unknown")
    if request.office not in {one.office for one in requester.offices}:
        return Decision(False, None, None, "office-unknown")
    return judge_exchange(facts_of(request, requester, provider, day))


def is_fresh(asked_at: datetime, now: datetime, freshness_seconds: int) -> bool:
    """Whether a new request was asked within `freshness_seconds` of now, either way."""
    return abs(now - asked_at) <= timedelta(seconds=freshness_seconds)


def takes_part(exchange: Exchange, sender: str, receipt: Receipt) -> bool:
    """Whether `sender` is requester or provider of the exchange a receipt is about."""
    parties = (exchange.requester, exchange.provider)
    return sender in parties and receipt.commitment == exchange.commitment


def possible(exchange: Exchange, sender: str, receipt: Receipt) -> bool:
    """Whether a receipt can be true beside the network's own judgement (提供等の記録).

    What was refused never reached the provider, and ended for the requester as refused.
    """
    refused = sender == exchange.requester and receipt.outcome == "refused"
    return exchange.allowed or refused

"""For whom an open request waits, and why (照会の待機)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from renkei.kit.counterparty import Counterparty
from renkei.roles.institution.store.asked import Asked
from renkei.wire.errors import WireError
from renkei.wire.names import LINKAGE

BUSY_OR_AWAY: Final = frozenset(
    {"unavailable", "overloaded", "rate-limited", "storage-full", "log-late"}
)


Providers = Callable[[str], Counterparty]
"""Bodies by name, as the inquirer calls them."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """For whom a request waits, and why: an error code (待機の理由)."""

    peer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Again:
    """A step failed; `seconds` is how long at least the peer asked us to wait."""

    seconds: float = 0.0


Pause = float | Again | None
"""What follows a step: seconds until the next, another attempt, or nothing at the end."""


def peer_of(one: Asked) -> str:
    """Whom the next step of a request calls."""
    return LINKAGE if one.state == "asked" else one.provider


def of_peer(error: BaseException) -> str | None:
    """What an error says of the peer itself, whatever was asked."""
    if isinstance(error, WireError) and error.code in BUSY_OR_AWAY:
        return error.code
    return None

"""What the Commission asks the portal: the ledger, openings, findings (監督機関からの電文).

Openings are checked in memory; the Commission keeps neither r nor code_P.
"""

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from renkei.wire.fields import (
    MOST,
    Bytes32,
    Day,
    Jws,
    LeafIndex,
    Message,
    Officer,
    PartyId,
    Reason,
    Record,
    Size,
)
from renkei.wire.limits import (
    BULK_BYTES,
    LEDGER_PATH_BYTES,
    OPENED_AT_ONCE,
    STANDINGS_BYTES,
    STATEMENT_BYTES,
)

StandingsJws = Annotated[str, Meta(min_length=16, max_length=STANDINGS_BYTES)]

LedgerPath = Annotated[bytes, Meta(min_length=3, max_length=LEDGER_PATH_BYTES)]
"""A path of the ledger, as `encode_path` writes it."""


class LedgerRequest(Message, frozen=True, kw_only=True):
    """The Commission asks the portal for its newest ledger at a log size of its choice or less."""

    at_most: Size


class Ledger(Message, frozen=True, kw_only=True):
    """The portal's ledger: root and sum at one log size (台帳)."""

    log_size: Size
    root: Bytes32
    exchange_entries: Size


class OpeningRequest(Message, frozen=True, kw_only=True):
    """The Commission has the portal open leaves it drew at random (抜取り検査)."""

    log_size: Size
    leaves: Annotated[list[LeafIndex], Meta(min_length=1, max_length=OPENED_AT_ONCE)]


class Standing(Record, frozen=True, kw_only=True):
    """Where the portal says that a leaf stands: line n of one account. It opens nothing."""

    leaf: LeafIndex
    number: Annotated[int, Meta(ge=1, le=MOST)]
    """Line number n in its account."""
    place: Bytes32
    """The account's place in the ledger."""
    path: LedgerPath
    """The account's path in the ledger at `log_size`, encoded as in a download."""
    inclusion: Annotated[list[Bytes32], Meta(max_length=64)]
    """Shows the line at its number below the account's head (RFC 9162 §2.1.3)."""
    filed: Bytes32 | None = None
    """Leaf hash of the record that the portal filed at this leaf, as it was handed over. None from
    a portal of the version before."""


class Standings(Message, frozen=True, kw_only=True):
    """Where leaves stand, signed apart from what opens them, so that it can be kept as evidence."""

    MAX_BYTES: ClassVar = STANDINGS_BYTES

    log_size: Size
    standings: Annotated[list[Standing], Meta(max_length=OPENED_AT_ONCE)]


class Opening(Record, frozen=True, kw_only=True):
    """What opens a leaf: r and code_P; neither for a line of the account `unassigned`."""

    leaf: LeafIndex
    blind: Bytes32 | None
    code: Bytes32 | None


class Openings(Message, frozen=True, kw_only=True):
    """One opening per leaf asked for, and where each stands. The Commission keeps no opening."""

    MAX_BYTES: ClassVar = BULK_BYTES
    INSIDE: ClassVar = (Standings,)

    openings: Annotated[list[Opening], Meta(max_length=OPENED_AT_ONCE)]
    standings: StandingsJws


class KnownPlace(Record, frozen=True, kw_only=True):
    """A place sampled before, and how many lines it had; 0 asks for no proof of growth."""

    place: Bytes32
    count: Size


class AccountsRequest(Message, frozen=True, kw_only=True):
    """The Commission samples accounts by place, to see that they only grow."""

    log_size: Size
    places: Annotated[list[KnownPlace], Meta(max_length=50)]
    """Places seen before; the portal adds as many of its own choice up to `more`."""
    more: Annotated[int, Meta(ge=0, le=50)]


class AccountState(Record, frozen=True, kw_only=True):
    """One place of the ledger: what stands there its path says."""

    place: Bytes32
    path: LedgerPath
    growth: Annotated[list[Bytes32], Meta(max_length=64)]
    """Shows that the account extends what it was (RFC 9162 §2.1.4); empty where nothing is to be
    shown."""


class Accounts(Message, frozen=True, kw_only=True):
    """The accounts at the places asked for, and some more."""

    MAX_BYTES: ClassVar = BULK_BYTES

    accounts: Annotated[list[AccountState], Meta(max_length=100)]


class AcceptedLoss(Record, frozen=True, kw_only=True):
    """The Commission's decision that lines are gone for good (喪失の承認), by two officers.

    It stands in every statement from then on, so that no ledger passes for one with those lines.
    """

    number: Annotated[int, Meta(ge=1, le=MOST)]
    below: Size
    """Lines of the log below this size may be in nobody's account: it was the newest one stated."""
    day: Day
    """On which it was accepted, in Japan."""
    reason: Reason
    officers: Annotated[list[Officer], Meta(min_length=2, max_length=2)]
    """Who proposed it, and who accepted."""


class LedgerStatement(Message, frozen=True, kw_only=True):
    """The Commission's signed statement: one root per log size (台帳証明). `aud` is everyone."""

    MAX_BYTES: ClassVar = STATEMENT_BYTES

    log_size: Size
    exchange_entries: Size
    ledger_root: Bytes32
    loss: AcceptedLoss | UnsetType = UNSET
    """The newest loss that was accepted, if any ever was; it holds for all that were before it."""


class StatementHandover(Message, frozen=True, kw_only=True):
    """The Commission hands its statement to the portal, which gives it to people."""

    INSIDE: ClassVar = (LedgerStatement,)

    statement: Jws


class StatementNoted(Message, frozen=True, kw_only=True):
    """The portal keeps the statement."""

    log_size: Size


class FindingsRequest(Message, frozen=True, kw_only=True):
    """The Commission collects the portal's findings."""

    after: Annotated[int, Meta(ge=0, le=MOST)]
    limit: Annotated[int, Meta(ge=1, le=100)]


class PortalFinding(Record, frozen=True, kw_only=True):
    """One finding of the portal, numbered."""

    number: Annotated[int, Meta(ge=1, le=MOST)]
    kind: Literal["unassigned", "record-departs", "unconfirmed-code", "lines-lost", "flood"]
    leaf: LeafIndex
    parties: Annotated[list[PartyId], Meta(min_length=1, max_length=4)]
    evidence: Jws | None
    detail: Annotated[str, Meta(min_length=1, max_length=500)]
    feed: Jws | None = None
    """The network's signed answer with this line alone, as evidence of what it handed over."""


class Findings(Message, frozen=True, kw_only=True):
    """The portal's findings in order of their numbers."""

    MAX_BYTES: ClassVar = BULK_BYTES

    findings: Annotated[list[PortalFinding], Meta(max_length=100)]

"""What the Commission asks of others: records to compare, openings, the ledger (監督).

Openings are checked in memory; the Commission keeps neither r nor code_P.
"""

from typing import Annotated, Literal

from msgspec import Meta

from renkei.wire.fields import Bytes32, Instant, Jws, Message, Outcome, PartyId, Record, TxText
from renkei.wire.messages.log import MOST, Canonical, LeafIndex, Size

Siblings = Annotated[list[Bytes32], Meta(max_length=64)]


class EntriesRequest(Message, frozen=True, kw_only=True):
    """The Commission asks an institution for entry hashes out of its own records (記録の照合)."""

    after: Annotated[int, Meta(ge=0, le=MOST)]
    """Number of the last record it has seen of this institution; 0 for none."""
    limit: Annotated[int, Meta(ge=1, le=500)]


class InstitutionEntry(Record, frozen=True, kw_only=True):
    """One record as an institution holds it: what was promised, and how it ended for it."""

    number: Annotated[int, Meta(ge=1, le=MOST)]
    side: Literal["requester", "provider"]
    requester: PartyId
    tx: TxText
    entry_hash: Bytes32
    commitment: Bytes32
    promised_at: Instant
    outcome: Outcome | None


class Entries(Message, frozen=True, kw_only=True):
    """Records with a promised log entry, in order of their numbers."""

    entries: Annotated[list[InstitutionEntry], Meta(max_length=500)]


class RecordsRequest(Message, frozen=True, kw_only=True):
    """The Commission asks the network for its records of named leaves."""

    leaves: Annotated[list[LeafIndex], Meta(min_length=1, max_length=200)]


class LoggedRecord(Record, frozen=True, kw_only=True):
    """A record with its salt, as hashed into the leaf."""

    leaf: LeafIndex
    kind: Annotated[int, Meta(ge=1, le=255)]
    salt: Bytes32
    record: Canonical


class Records(Message, frozen=True, kw_only=True):
    """The records still kept among those asked for."""

    records: Annotated[list[LoggedRecord], Meta(max_length=200)]


class LocateRequest(Message, frozen=True, kw_only=True):
    """Where in the log entry hashes stand (葉の位置)."""

    entry_hashes: Annotated[list[Bytes32], Meta(min_length=1, max_length=500)]


class Located(Record, frozen=True, kw_only=True):
    """One hash and the index the network says it has; None where it has none yet."""

    entry_hash: Bytes32
    leaf: LeafIndex | None


class Locations(Message, frozen=True, kw_only=True):
    """One answer per hash asked for; the Commission checks each against the tiles."""

    located: Annotated[list[Located], Meta(max_length=500)]


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
    leaves: Annotated[list[LeafIndex], Meta(min_length=1, max_length=50)]


class Opening(Record, frozen=True, kw_only=True):
    """What shows that a leaf stands in the one account it fits."""

    leaf: LeafIndex
    number: Annotated[int, Meta(ge=1, le=MOST)] | None
    """Line number n in its account; None for the account `unassigned`."""
    blind: Bytes32 | None
    code: Bytes32 | None
    head: Bytes32
    count: Size
    path: Annotated[bytes, Meta(min_length=3, max_length=65_536)]
    """The account's path in the ledger at `log_size`, encoded as in a download."""


class Openings(Message, frozen=True, kw_only=True):
    """One opening per leaf asked for."""

    openings: Annotated[list[Opening], Meta(max_length=50)]


class AccountsRequest(Message, frozen=True, kw_only=True):
    """The Commission samples accounts by place, to see that no count falls."""

    log_size: Size
    places: Annotated[list[Bytes32], Meta(max_length=50)]
    """Places seen before; the portal adds as many of its own choice up to `more`."""
    more: Annotated[int, Meta(ge=0, le=50)]


class AccountState(Record, frozen=True, kw_only=True):
    """One place of the ledger with its head, count and path."""

    place: Bytes32
    head: Bytes32
    count: Size
    path: Annotated[bytes, Meta(min_length=3, max_length=65_536)]


class Accounts(Message, frozen=True, kw_only=True):
    """The accounts at the places asked for, and some more."""

    accounts: Annotated[list[AccountState], Meta(max_length=100)]


class LedgerStatement(Message, frozen=True, kw_only=True):
    """The Commission's signed statement: one root per log size (台帳証明). `aud` is everyone."""

    log_size: Size
    exchange_entries: Size
    ledger_root: Bytes32


class StatementHandover(Message, frozen=True, kw_only=True):
    """The Commission hands its statement to the portal, which gives it to people."""

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
    kind: Literal["unassigned", "unconfirmed-code"]
    leaf: LeafIndex
    parties: Annotated[list[PartyId], Meta(min_length=1, max_length=4)]
    evidence: Jws | None
    detail: Annotated[str, Meta(min_length=1, max_length=500)]


class Findings(Message, frozen=True, kw_only=True):
    """The portal's findings in order of their numbers."""

    findings: Annotated[list[PortalFinding], Meta(max_length=100)]

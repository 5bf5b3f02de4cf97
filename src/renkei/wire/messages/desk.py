"""What an office's desk says to its own institution (窓口・業務システム). Never leaves the body."""

from typing import Annotated, Literal

from msgspec import Meta

from renkei.wire.fields import (
    Affair,
    Article,
    Bytes32,
    Instant,
    Label,
    Message,
    PartyId,
    Record,
    Row,
    TxText,
    UseAffair,
    Word,
)
from renkei.wire.messages.acquisition import FieldVerdict, Paper
from renkei.wire.messages.exchange import Items, ProvidedItem

CaseNumber = Annotated[str, Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z-]{0,39}\Z")]
PersonText = Annotated[str, Meta(pattern=r"^[0-9A-Z]{1,32}\Z")]
Officer = Annotated[str, Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z-]{0,39}\Z")]
ExchangeState = Literal["asked", "permitted", "waiting", "answered", "closed"]
WaitSeconds = Annotated[int, Meta(ge=0, le=20)]
"""How long the desk wants to wait for a case to settle before it is told how the case stands."""


class DeskProcedure(Message, frozen=True, kw_only=True):
    """A clerk picks a procedure for a person; all the law allows is asked for (手続)."""

    case_number: CaseNumber
    office: Word
    officer: Officer
    procedure: Word
    person: PersonText
    wait_seconds: WaitSeconds = 0


class DeskAsk(Message, frozen=True, kw_only=True):
    """A clerk asks for named items about one person."""

    case_number: CaseNumber
    office: Word
    officer: Officer
    affair: Affair
    sub_affair: Word
    items: Items
    subject: Word
    person: PersonText
    provider: PartyId
    consent_digest: Bytes32 | None = None
    """SHA-256 of the person's recorded consent, where an ordinance affair needs one."""
    wait_seconds: WaitSeconds = 0


class DeskCaseRequest(Message, frozen=True, kw_only=True):
    """A desk reads a case, waiting up to some seconds for it to settle."""

    case_number: CaseNumber
    wait_seconds: WaitSeconds = 0


class DeskExchange(Record, frozen=True, kw_only=True):
    """One request of a case as the desk sees it."""

    tx: TxText
    provider: PartyId
    affair: Affair
    sub_affair: Word
    items: Items
    subject: Word
    person: PersonText
    state: ExchangeState
    outcome: Word | None
    article: Article | None
    row: Row | None
    reason: Word | None
    refused_by: Literal["requester", "network", "provider"] | None
    provided: Annotated[list[ProvidedItem], Meta(max_length=20)]
    waits_for: PartyId | None = None
    """Whom an open request waits for, where something holds it up."""
    waits_because: Word | None = None
    """Why: `pending`, `no-code`, or the code of the last error, e.g. `unavailable`."""


class DeskPaper(Record, frozen=True, kw_only=True):
    """A paper the person need not bring, or still must, and why (添付書類)."""

    name_ja: Label
    name_en: Label
    item: Word
    subject: Word | None
    person: PersonText | None
    omitted: bool
    reason: Word


class DeskCase(Message, frozen=True, kw_only=True):
    """A case: its requests, and which papers became unnecessary (法22条2項)."""

    case_number: CaseNumber
    settled: bool
    exchanges: Annotated[list[DeskExchange], Meta(max_length=200)]
    papers: Annotated[list[DeskPaper], Meta(max_length=200)]


class DeskAcquire(Message, frozen=True, kw_only=True):
    """A desk has codes acquired for persons on file (符号の取得の指示)."""

    affair: UseAffair
    office: Word
    officer: Officer
    persons: Annotated[list[PersonText], Meta(min_length=1, max_length=100)]
    paper: Paper | None = None
    """Which paper the officer has seen of these persons, whose comparison was doubtful before."""


class DeskAcquired(Record, frozen=True, kw_only=True):
    """How one acquisition ended: `bound`, `held`, a verdict, or an error code."""

    person: PersonText
    result: Word
    fields: Annotated[list[FieldVerdict], Meta(max_length=5)] = []


class DeskAcquisitions(Message, frozen=True, kw_only=True):
    """How each acquisition ended; no attribute of anybody comes back."""

    results: Annotated[list[DeskAcquired], Meta(max_length=100)]


class DeskPendingRequest(Message, frozen=True, kw_only=True):
    """A provider's desk lists requests that wait for a human (自動応答不可の一覧)."""


class DeskPendingItem(Record, frozen=True, kw_only=True):
    """One request that waits: who asks for what about whom, until when."""

    requester: PartyId
    tx: TxText
    affair: Row
    sub_affair: Word
    items: Items
    subject: Word
    person: PersonText
    reason: Word
    valid_until: Instant


class DeskPending(Message, frozen=True, kw_only=True):
    """Requests that wait for a human, oldest first."""

    pending: Annotated[list[DeskPendingItem], Meta(max_length=200)]


class DeskDecide(Message, frozen=True, kw_only=True):
    """An officer decides a waiting request: provide, or there is nothing to provide."""

    requester: PartyId
    tx: TxText
    officer: Officer
    decision: Literal["provide", "no-data"]


class DeskDecided(Message, frozen=True, kw_only=True):
    """The decision stands; the inquirer gets the final answer with its next presentation."""

    tx: TxText

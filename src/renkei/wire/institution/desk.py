"""What an office's desk says to its own institution (窓口・業務システム). Never leaves the body."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from renkei.values.municipality_code import MunicipalityCode
from renkei.values.person_id import PersonId
from renkei.wire.fields import (
    Affair,
    Article,
    Bytes32,
    Day,
    Instant,
    Items,
    Label,
    Message,
    PartyId,
    Record,
    Row,
    TxText,
    Word,
)
from renkei.wire.institution.messages import ProvidedItem
from renkei.wire.limits import (
    ANSWER_PERSONS,
    CASE_ANSWERS,
    CASE_BYTES,
    CASE_CONDITIONS,
    CASE_CONSENTS,
    CASE_EXCHANGES,
    CASE_LINES,
    CASE_OPEN,
    CASE_PAPERS,
    CASE_STATEMENTS,
    CASE_WORDS,
    CONDITIONS,
    LARGE_BYTES,
    PENDING,
    PENDING_BYTES,
    PROVIDED_ITEMS,
    STATED_BYTES,
)

CaseNumber = Annotated[str, Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z-]{0,39}\Z")]
Officer = Annotated[str, Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z-]{0,39}\Z")]
ExchangeState = Literal["asked", "permitted", "waiting", "answered", "closed"]
LineState = Literal[
    "asking",
    "provided",
    "no-data",
    "withheld",
    "refused",
    "lapsed",
    "not-received",
    "own-data",
    "not-connected",
    "no-code",
    "code-stopped",
    "condition-open",
    "condition-not-met",
    "nobody",
    "relation-not-held",
    "person-not-on-file",
    "place-not-held",
    "holder-not-named",
    "holder-not-of-item",
]
"""How a line stands: how its request ended, or why there is none. The list is closed."""
PaperState = Literal["not-needed", "to-bring", "waits", "not-applicable"]
StatementJws = Annotated[str, Meta(min_length=16, max_length=STATED_BYTES)]
"""An officer's statement inside another message; as long as the statement itself may be."""
Stated = Annotated[list[Word], Meta(max_length=CASE_CONDITIONS)]
"""Conditions of the law's table that an officer states to be met (限定についての申立て)."""
QuestionName = Annotated[
    str, Meta(pattern=r"^(who|body|place):[a-z0-9-]{1,80}(:[0-9A-Za-z-]{1,80}){0,2}\Z")
]
"""What a question of a case is answered by: `who:guardian`, `place:tax-residence:P1:2026`."""
WaitSeconds = Annotated[int, Meta(ge=0, le=20)]
"""How long the desk wants to wait for a case to settle before it is told how the case stands."""


class DeskProcedure(Message, frozen=True, kw_only=True):
    """A clerk picks a procedure for a person; all the law allows is asked for (手続)."""

    case_number: CaseNumber
    office: Word
    officer: Officer
    procedure: Word
    person: PersonId
    conditions: Stated = []
    """Limits of the law that the officer states to be met: of those the procedure's items want."""
    wait_seconds: WaitSeconds = 0


class DeskOpen(Message, frozen=True, kw_only=True):
    """A clerk opens a case that no procedure of the list fits: who applied, for what (案件の開始).

    Nobody is asked. The person is whom `claimant` means in every question of the case.
    """

    case_number: CaseNumber
    office: Word
    officer: Officer
    affair: Affair
    sub_affair: Word
    person: PersonId


class DeskClose(Message, frozen=True, kw_only=True):
    """A clerk closes a case: no question can be bound to it any more (案件の終了)."""

    case_number: CaseNumber
    officer: Officer


class DeskConsent(Message, frozen=True, kw_only=True):
    """A clerk states that a person consented, to what, and by which document (本人の同意の記録).

    It is kept as the desk signed it; its digest is what a question names as `consent_digest`.
    """

    case_number: CaseNumber
    """The open case in which the consent was given."""
    officer: Officer
    person: PersonId
    affair: Affair
    items: Items
    """The kinds of information the person agreed to have asked for."""
    given_on: Day
    form: Literal["paper", "electronic"]
    document: Label
    """Where the office keeps the document with the person's signature, e.g. a file number."""


class DeskConsentKept(Message, frozen=True, kw_only=True):
    """The statement is kept under this digest: SHA-256 of what the desk signed."""

    case_number: CaseNumber
    consent_digest: Bytes32


class DeskConsentsRequest(Message, frozen=True, kw_only=True):
    """A desk reads the consent statements of a case, to show them."""

    case_number: CaseNumber


class DeskConsents(Message, frozen=True, kw_only=True):
    """Every consent statement of a case as its desk signed it, oldest first."""

    MAX_BYTES: ClassVar = LARGE_BYTES

    case_number: CaseNumber
    statements: Annotated[list[StatementJws], Meta(max_length=CASE_CONSENTS)]


class DeskAnswer(Record, frozen=True, kw_only=True):
    """What an officer answers to a question of a case (案件の質問への回答): one of the three.

    `who`: the persons that a word of the law means, an empty list for nobody; `body`: the party
    that it is; `place`: the municipality.
    """

    question: QuestionName
    persons: Annotated[list[PersonId], Meta(max_length=ANSWER_PERSONS)] | None = None
    body: PartyId | None = None
    place: MunicipalityCode | None = None


class DeskConditions(Message, frozen=True, kw_only=True):
    """What an officer states of an open case: limits met or not, answers (申立て・回答).

    It is kept as the desk signed it, and what waited for it is asked. Twice is the same as once.
    What was answered stands: otherwise is refused, and is another case.
    """

    MAX_BYTES: ClassVar = STATED_BYTES

    case_number: CaseNumber
    office: Word
    """The office of the case."""
    officer: Officer
    conditions: Stated = []
    """Limits of the law that are met."""
    not_met: Stated = []
    """Limits that are not: what waits for them is not asked."""
    answers: Annotated[list[DeskAnswer], Meta(max_length=CASE_ANSWERS)] = []
    wait_seconds: WaitSeconds = 0


class DeskAsk(Message, frozen=True, kw_only=True):
    """A clerk asks for named items about one person, in an open case (個別の照会).

    The case says whose matter it is and for which affair. `subject` says who `person` is to it: the
    household on file must say the same, where a fact on file can.
    """

    case_number: CaseNumber
    """The question's own number."""
    in_case: CaseNumber
    """The open case it belongs to: one of the same office and affair."""
    office: Word
    officer: Officer
    affair: Affair
    sub_affair: Word
    items: Items
    subject: Word
    person: PersonId
    provider: PartyId
    consent_digest: Bytes32 | None = None
    """Of a consent statement kept with the case, where an ordinance affair needs one."""
    conditions: Annotated[list[Word], Meta(max_length=CONDITIONS)] = []
    """Limits of the law that the officer states to be met for this question."""
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
    person: PersonId
    state: ExchangeState
    outcome: Word | None
    article: Article | None
    row: Row | None
    reason: Word | None
    refused_by: Literal["requester", "network", "provider"] | None
    provided: Annotated[list[ProvidedItem], Meta(max_length=PROVIDED_ITEMS)]
    waits_for: PartyId | None = None
    """Whom an open request waits for, where something holds it up."""
    waits_because: Word | None = None
    """Why: `pending`, `no-code`, or the code of the last error, e.g. `unavailable`."""
    conditions: Annotated[list[Word], Meta(max_length=CONDITIONS)] = []
    """What the request states to be met: on an officer's word, an age by the birth date on file."""


class DeskLine(Record, frozen=True, kw_only=True):
    """One item about one person: who is asked or why nobody is, and what came (照会計画の行).

    `holder` and `tx` are there where a body is asked, `holder` alone where one will be once nothing
    is open; `person` where the subject means somebody.
    """

    item: Word
    affair: Affair
    sub_affair: Word
    article: Article | None
    """Where the law names the item; where nobody may be asked, what forbids it."""
    subject: Word
    person: PersonId | None
    state: LineState
    holder: PartyId | None = None
    tx: TxText | None = None
    conditions: Annotated[list[Word], Meta(max_length=CASE_WORDS)] = []
    """All that the law wants stated before the item is asked for."""
    open: Annotated[list[Word], Meta(max_length=CASE_WORDS)] = []
    """What of it nobody has stated yet: with `condition-open` the item waits for that."""
    needs: Annotated[list[Word], Meta(max_length=CASE_WORDS)] = []
    """Facts that would say whom to ask, or about whom, and that are not on file."""


class DeskQuestion(Record, frozen=True, kw_only=True):
    """A fact that no register on file holds and lines of the case wait for (案件の質問).

    `kind` says with what it is answered: `who` persons, `body` a party, `place` a municipality,
    `condition` met or not.
    """

    question: Annotated[str, Meta(max_length=250)]
    kind: Literal["who", "body", "place", "condition"]
    about: Word
    """The word of the law, the fact, or the limit that it is about."""
    person: PersonId | None = None
    category: Word | None = None
    year: Annotated[int, Meta(ge=1900, le=2200)] | None = None
    lines: Annotated[int, Meta(ge=1, le=CASE_LINES)]
    """How many lines wait for it."""


class DeskStatement(Record, frozen=True, kw_only=True):
    """What an officer stated and answered in a case, and when (申立て・回答)."""

    officer: Officer
    at: Instant
    conditions: Stated
    not_met: Stated = []
    answers: Annotated[list[DeskAnswer], Meta(max_length=CASE_ANSWERS)] = []
    statement: StatementJws
    """The order as the desk signed it."""


class DeskPaper(Record, frozen=True, kw_only=True):
    """A paper, about whom, whether it is to be brought, and why (添付書類).

    `not-needed`: its content was provided, or is the body's own; `to-bring`; `waits`: for an answer
    or a question of the case; `not-applicable`: nobody here is whom it is about.
    """

    name_ja: Label
    name_en: Label
    item: Word | None
    """What replaces it; None where nothing does."""
    subject: Word | None
    person: PersonId | None
    state: PaperState
    reason: Word
    """The state of the line that decides, or `practice` where nothing replaces the paper."""
    source: Literal["law", "practice"]
    """Whether law or practice asks for the paper."""


class DeskCase(Message, frozen=True, kw_only=True):
    """A case: its requests, every item it is about, and which papers fell away (法22条2項)."""

    MAX_BYTES: ClassVar = CASE_BYTES

    case_number: CaseNumber
    office: Word | None = None
    """Whose case it is: what an officer states of it is stated at this office."""
    settled: bool
    closed: bool = False
    """Whether a clerk closed it: then no question can be bound to it."""
    exchanges: Annotated[list[DeskExchange], Meta(max_length=CASE_EXCHANGES)]
    lines: Annotated[list[DeskLine], Meta(max_length=CASE_LINES)]
    """Every item the case is about: a procedure has lines even where nobody is asked."""
    papers: Annotated[list[DeskPaper], Meta(max_length=CASE_PAPERS)]
    statements: Annotated[list[DeskStatement], Meta(max_length=CASE_STATEMENTS)] = []
    """What officers stated of the case, oldest first."""
    questions: Annotated[list[DeskQuestion], Meta(max_length=CASE_OPEN)] = []
    """What is still to be answered before the rest is asked, in the order of the lines."""


class DeskPendingRequest(Message, frozen=True, kw_only=True):
    """A provider's desk lists requests that wait for a human (自動応答不可の一覧)."""


class DeskPendingItem(Record, frozen=True, kw_only=True):
    """One request that waits: who asks for what about whom, until when."""

    requester: PartyId
    tx: TxText
    affair: Affair
    sub_affair: Word
    items: Items
    subject: Word
    person: PersonId
    reason: Word
    valid_until: Instant


class DeskPending(Message, frozen=True, kw_only=True):
    """Requests that wait for a human, oldest first."""

    MAX_BYTES: ClassVar = PENDING_BYTES

    pending: Annotated[list[DeskPendingItem], Meta(max_length=PENDING)]


class DeskDecide(Message, frozen=True, kw_only=True):
    """An officer decides a waiting request: provide, or there is nothing to provide."""

    requester: PartyId
    tx: TxText
    officer: Officer
    decision: Literal["provide", "no-data"]


class DeskDecided(Message, frozen=True, kw_only=True):
    """The decision stands; the inquirer gets the final answer with its next presentation."""

    tx: TxText

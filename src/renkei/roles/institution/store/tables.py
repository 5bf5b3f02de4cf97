"""All tables of an institution's database in one place (表定義)."""

from typing import Final, Literal

import msgspec
import sqlalchemy as sa

from renkei.kit.database.columns import (
    NEVER_REUSED,
    Instant,
    Items,
    Json,
    Number,
    Value,
    partial_index,
)
from renkei.kit.database.engine import Following
from renkei.kit.database.following import follow
from renkei.law.planning import Question
from renkei.values.individual_number import IndividualNumber
from renkei.values.municipality_code import MunicipalityCode
from renkei.values.person_id import PersonId
from renkei.wire.institution.desk import DeskAnswer
from renkei.wire.institution.messages import Field, ProvidedItem

METADATA: Final = sa.MetaData()
Via = Literal[
    "network",
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
"""How an item is obtained, or why it is not: of these the law's own reasons are those of
`law.planning`."""


class PlanLine(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a procedure and how it is obtained (照会計画)."""

    item: str
    affair: str
    sub_affair: str
    article: str | None
    subject: str
    person: PersonId | None
    via: Via
    tx: str | None = None
    conditions: tuple[str, ...] = ()
    """All that the item wants stated; `open` is what of it nobody has stated yet."""
    open: tuple[str, ...] = ()
    provider: str | None = None
    """Whom a line that is held back will be asked of."""
    needs: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    """What the desk can answer of that; cases of older releases have none."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a clerk has put together by hand (単独の照会)."""

    affair: str
    sub_affair: str
    items: list[str]
    subject: str
    provider: str
    consent_digest: bytes | None = None


class CaseFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a desk sent to open a case, or a question in one (案件の事実).

    A case has a procedure or an affair, and its person is the claimant; a question has terms, and
    its person is whom it is about. The same number with other facts is another and is refused.
    """

    office: str
    officer: str
    person: PersonId
    procedure: str | None = None
    terms: Terms | None = None
    in_case: str | None = None
    """The case a question is bound to; older questions have none."""
    conditions: tuple[str, ...] = ()
    """What the officer stated with the order to be met."""
    affair: str | None = None
    sub_affair: str | None = None
    """What a case without a procedure is about."""


PERSON: Final = sa.Table(
    "person",
    METADATA,
    sa.Column("person", Value(PersonId), primary_key=True),
    sa.Column("individual_number", Value(IndividualNumber), unique=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("address", sa.String(200), nullable=False),
    sa.Column("birth_date", sa.String(10), nullable=False),
    sa.Column("sex", sa.String(8), nullable=False),
    sa.Column("municipality_code", Value(MunicipalityCode)),
    sa.Column("tax_municipality_code", Value(MunicipalityCode)),
    sa.Column("household", sa.String(32)),
    sa.Column("relationship", sa.String(40)),
    sa.Column("manual_reason", sa.String(80)),
    sa.Index("person_household", "household"),
    sa.Index("person_birth", "birth_date", "sex"),
)

CODE: Final = sa.Table(
    "code",
    METADATA,
    sa.Column("person", Value(PersonId), sa.ForeignKey("person.person"), primary_key=True),
    sa.Column("epoch", Number, primary_key=True),
    sa.Column("element", sa.LargeBinary(32), nullable=False),
    sa.Column("mark", sa.LargeBinary(32)),
    sa.UniqueConstraint("epoch", "element"),
)
"""Whose code is which; `mark` is this body's own MAC over the row and the person (`codes.book`)."""

STOP: Final = sa.Table(
    "stop",
    METADATA,
    sa.Column("person", Value(PersonId), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("found_at", Instant, nullable=False),
)
"""Persons whose code may be another's: nobody is asked about them and nothing provided."""

MARKS_OWED: Final = sa.Table(
    "marks_owed", METADATA, sa.Column("number", Number, primary_key=True, autoincrement=False)
)
"""One row, put there by the step that brought marks in, until the rows of that time have theirs."""

CODE_SAMPLE: Final = sa.Table(
    "code_sample",
    METADATA,
    sa.Column("number", Number, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
)
"""One row: when a sample of the codes was last compared."""

EPOCH_CHANGE: Final = sa.Table(
    "epoch_change",
    METADATA,
    sa.Column("epoch", Number, primary_key=True),
    sa.Column("carried_at", Instant),
    sa.Column("in_force_at", Instant),
)
"""When the column of an epoch was complete here, and when the directory first showed it."""

ACQUISITION: Final = sa.Table(
    "acquisition",
    METADATA,
    sa.Column("number", sa.String(22), primary_key=True),
    sa.Column("person", Value(PersonId), nullable=False),
    sa.Column("affair", sa.String(20), nullable=False),
    sa.Column("office", sa.String(80), nullable=False),
    sa.Column("officer", sa.String(40), nullable=False),
    sa.Column("request_digest", sa.LargeBinary(32), nullable=False),
    sa.Column("verdict", sa.String(40)),
    sa.Column("at", Instant, nullable=False),
    sa.Column("paper", sa.String(40)),
    sa.Column("paper_officer", sa.String(40)),
)
"""`paper`, `paper_officer`: what the first of two officers has seen of a doubtful comparison."""

COPY: Final = sa.Table(
    "copy",
    METADATA,
    sa.Column("person", Value(PersonId), sa.ForeignKey("person.person"), primary_key=True),
    sa.Column("item", sa.String(80), primary_key=True),
    sa.Column("as_of", sa.String(10), nullable=False),
    sa.Column("fields", Json(list[Field]), nullable=False),
    sa.Column("manual_reason", sa.String(80)),
)

CASE: Final = sa.Table(
    "desk_case",
    METADATA,
    sa.Column("case_number", sa.String(40), primary_key=True),
    sa.Column("facts", Json(CaseFacts), nullable=False),
    sa.Column("plan", Json(list[PlanLine]), nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("in_case", sa.String(40)),
    sa.Column("closed_at", Instant),
    sa.Index("desk_case_in", "in_case"),
)

CONSENT: Final = sa.Table(
    "consent",
    METADATA,
    sa.Column("digest", sa.LargeBinary(32), primary_key=True),
    sa.Column("case_number", sa.String(40), nullable=False),
    sa.Column("person", Value(PersonId), nullable=False),
    sa.Column("affair", sa.String(64), nullable=False),
    sa.Column("items", Items, nullable=False),
    sa.Column("given_on", sa.String(10), nullable=False),
    sa.Column("statement", sa.LargeBinary, nullable=False),
    sa.Column("kept_at", Instant, nullable=False),
    sa.Index("consent_case", "case_number"),
)
"""What a desk stated of a person's consent, with the bytes it signed (本人の同意)."""

STATEMENT: Final = sa.Table(
    "statement",
    METADATA,
    sa.Column("digest", sa.LargeBinary(32), primary_key=True),
    sa.Column("case_number", sa.String(40), nullable=False),
    sa.Column("officer", sa.String(40), nullable=False),
    sa.Column("conditions", Items, nullable=False),
    sa.Column("statement", sa.LargeBinary, nullable=False),
    sa.Column("stated_at", Instant, nullable=False),
    sa.Column("not_met", Items),
    sa.Column("answers", Json(list[DeskAnswer])),
    sa.Index("statement_case", "case_number"),
)
"""What an officer stated and answered, with the order as the desk signed it (申立て・回答)."""

ASKED: Final = sa.Table(
    "asked",
    METADATA,
    sa.Column("tx", sa.String(36), primary_key=True),
    sa.Column("case_number", sa.String(40), nullable=False),
    sa.Column("office", sa.String(80), nullable=False),
    sa.Column("officer", sa.String(40), nullable=False),
    sa.Column("affair", sa.String(64), nullable=False),
    sa.Column("sub_affair", sa.String(80), nullable=False),
    sa.Column("items", Items, nullable=False),
    sa.Column("subject", sa.String(80), nullable=False),
    sa.Column("person", Value(PersonId), nullable=False),
    sa.Column("provider", sa.String(63), nullable=False),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("request", sa.LargeBinary),
    sa.Column("request_digest", sa.LargeBinary(32)),
    sa.Column("commitment", sa.LargeBinary(32)),
    sa.Column("permit", sa.LargeBinary),
    sa.Column("permit_digest", sa.LargeBinary(32)),
    sa.Column("entry_hash", sa.LargeBinary(32)),
    sa.Column("valid_until", Instant),
    sa.Column("answer_digest", sa.LargeBinary(32)),
    sa.Column("outcome", sa.String(20)),
    sa.Column("article", sa.String(200)),
    sa.Column("row", sa.String(8)),
    sa.Column("reason", sa.String(80)),
    sa.Column("refused_by", sa.String(10)),
    sa.Column("content", Json(list[ProvidedItem])),
    sa.Column("ended_at", Instant),
    sa.Column("attributes_at", Instant),
    sa.Column("instead_of", sa.String(36), unique=True),
    sa.Column("signed", sa.Text),
    sa.Column("basis_article", sa.String(200)),
    sa.Column("basis_row", sa.String(8)),
    sa.Column("disputed", sa.LargeBinary),
    sa.Column("conditions", Items),
    sa.Index("asked_case", "case_number"),
)
"""The inquirer's record (法23条1項). Request and permit are deleted with the answer's receipt.

`signed` is the request without its boxes, kept for good: what was asked, as it was signed. The
basis is what the network decided by. `disputed` is a reply of the network's that is not about it.
"""
partial_index("asked_open", ASKED.c.state, where=sa.text("state <> 'closed'"))

PROVIDED: Final = sa.Table(
    "provided",
    METADATA,
    sa.Column("requester", sa.String(63), primary_key=True),
    sa.Column("tx", sa.String(36), primary_key=True),
    sa.Column("permit_digest", sa.LargeBinary(32), nullable=False),
    sa.Column("entry_hash", sa.LargeBinary(32), nullable=False),
    sa.Column("commitment", sa.LargeBinary(32), nullable=False),
    sa.Column("office", sa.String(80), nullable=False),
    sa.Column("affair", sa.String(64), nullable=False),
    sa.Column("sub_affair", sa.String(80), nullable=False),
    sa.Column("items", Items, nullable=False),
    sa.Column("subject", sa.String(80), nullable=False),
    sa.Column("person", Value(PersonId)),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("valid_until", Instant, nullable=False),
    sa.Column("provider_epoch", Number, nullable=False),
    sa.Column("pending_reason", sa.String(80)),
    sa.Column("decision", sa.String(10)),
    sa.Column("officer", sa.String(40)),
    sa.Column("answered_at", Instant),
    sa.Column("outcome", sa.String(20)),
    sa.Column("article", sa.String(200)),
    sa.Column("reason", sa.String(80)),
    sa.Column("answer", sa.LargeBinary),
    sa.Column("answer_digest", sa.LargeBinary(32)),
    sa.Column("received", sa.Boolean, nullable=False, default=False),
    sa.Column("request_digest", sa.LargeBinary(32)),
    sa.Column("portal_box", sa.LargeBinary(32)),
    sa.Column("consent_digest", sa.LargeBinary(32)),
    sa.Column("basis_article", sa.String(200)),
    sa.Column("basis_row", sa.String(8)),
    sa.Column("conditions", Items),
)
"""The provider's record (法23条2項); the answer stays, boxed, until the inquirer has it."""
partial_index("provided_open", PROVIDED.c.valid_until, where=PROVIDED.c.outcome.is_(None))
partial_index("provided_kept", PROVIDED.c.valid_until, where=PROVIDED.c.answer.is_not(None))

RECEIPT: Final = sa.Table(
    "receipt",
    METADATA,
    sa.Column("requester", sa.String(63), primary_key=True),
    sa.Column("tx", sa.String(36), primary_key=True),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("digest", sa.LargeBinary(32), nullable=False),
    sa.Column("commitment", sa.LargeBinary(32), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
)
"""Receipts for the network: owed, noted, or rejected."""
partial_index("receipt_owed", RECEIPT.c.state, where=sa.text("state = 'owed'"))

ENTRY: Final = sa.Table(
    "entry",
    METADATA,
    sa.Column("number", Number, primary_key=True, autoincrement=True),
    sa.Column("side", sa.String(10), nullable=False),
    sa.Column("requester", sa.String(63), nullable=False),
    sa.Column("tx", sa.String(36), nullable=False),
    sa.UniqueConstraint("side", "requester", "tx"),
    **NEVER_REUSED,
)
"""Records with a promised log entry, in the order of their last change.

The database writes it by itself, so that no way of writing a record forgets that the Commission is
to see it.
"""
follow(
    METADATA,
    Following(
        source=ASKED,
        target=ENTRY,
        values={"side": "requester", "requester": "", "tx": ASKED.c.tx},
        begins="entry_hash",
        changes="outcome",
    ),
    Following(
        source=PROVIDED,
        target=ENTRY,
        values={"side": "provider", "requester": PROVIDED.c.requester, "tx": PROVIDED.c.tx},
        changes="outcome",
    ),
)

FINDING: Final = sa.Table(
    "finding",
    METADATA,
    sa.Column("number", Number, primary_key=True),
    sa.Column("requester", sa.String(63), nullable=False),
    sa.Column("tx", sa.String(36), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("person", Value(PersonId), nullable=False),
    sa.Column("found_at", Instant, nullable=False),
    sa.UniqueConstraint("requester", "tx"),
)
"""What a human here must look into: an exchange showed that the file is wrong about a person."""

OFFER: Final = sa.Table(
    "offer",
    METADATA,
    sa.Column("requester", sa.String(63), primary_key=True),
    sa.Column("tx", sa.String(36), primary_key=True),
    sa.Column("sought", sa.LargeBinary(32), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("result", sa.String(16)),
    sa.Index("offer_requester", "requester", "at"),
    sa.Index("offer_at", "at"),
)
"""Attributes that were offered here: who, when, how it ended, and a keyed digest of whom they fit.

The attributes themselves are kept nowhere, and nobody on file is named.
"""

SUPPLEMENT: Final = sa.Table(
    "supplement",
    METADATA,
    sa.Column("entry", Value(PersonId), primary_key=True),
    sa.Column("register", sa.String(200), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("birth_date", sa.String(10), nullable=False),
    sa.Column("sex", sa.String(8), nullable=False),
    sa.Column("address", sa.String(200), nullable=False),
    sa.Index("supplement_register", "register", "birth_date", "name"),
)
"""The supplement of the family register of whoever has the domicile here (附票, 住基法16条)."""

"""All tables of an institution's database in one place (表定義)."""

from typing import Final

import sqlalchemy as sa

METADATA: Final = sa.MetaData()

PERSON: Final = sa.Table(
    "person",
    METADATA,
    sa.Column("person", sa.String(32), primary_key=True),
    sa.Column("individual_number", sa.String(12), unique=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("address", sa.String(200), nullable=False),
    sa.Column("birth_date", sa.String(10), nullable=False),
    sa.Column("sex", sa.String(8), nullable=False),
    sa.Column("municipality_code", sa.String(6)),
    sa.Column("tax_municipality_code", sa.String(6)),
    sa.Column("household", sa.String(32)),
    sa.Column("relationship", sa.String(40)),
    sa.Column("manual_reason", sa.String(80)),
    sa.Index("person_household", "household"),
    sa.Index("person_birth", "birth_date", "sex"),
)

CODE: Final = sa.Table(
    "code",
    METADATA,
    sa.Column("person", sa.String(32), sa.ForeignKey("person.person"), primary_key=True),
    sa.Column("epoch", sa.Integer, primary_key=True),
    sa.Column("element", sa.LargeBinary(32), nullable=False),
    sa.UniqueConstraint("epoch", "element"),
)

EPOCH_CHANGE: Final = sa.Table(
    "epoch_change",
    METADATA,
    sa.Column("epoch", sa.Integer, primary_key=True),
    sa.Column("carried_at", sa.DateTime),
    sa.Column("in_force_at", sa.DateTime),
)
"""When the column of an epoch was complete here, and when the directory first showed it."""

ACQUISITION: Final = sa.Table(
    "acquisition",
    METADATA,
    sa.Column("number", sa.String(22), primary_key=True),
    sa.Column("person", sa.String(32), nullable=False),
    sa.Column("affair", sa.String(20), nullable=False),
    sa.Column("office", sa.String(80), nullable=False),
    sa.Column("officer", sa.String(40), nullable=False),
    sa.Column("request_digest", sa.LargeBinary(32), nullable=False),
    sa.Column("verdict", sa.String(40)),
    sa.Column("at", sa.DateTime, nullable=False),
)

COPY: Final = sa.Table(
    "copy",
    METADATA,
    sa.Column("person", sa.String(32), sa.ForeignKey("person.person"), primary_key=True),
    sa.Column("item", sa.String(80), primary_key=True),
    sa.Column("as_of", sa.String(10), nullable=False),
    sa.Column("fields", sa.LargeBinary, nullable=False),
    sa.Column("manual_reason", sa.String(80)),
)

CASE: Final = sa.Table(
    "desk_case",
    METADATA,
    sa.Column("case_number", sa.String(40), primary_key=True),
    sa.Column("facts", sa.LargeBinary, nullable=False),
    sa.Column("plan", sa.LargeBinary, nullable=False),
    sa.Column("opened_at", sa.DateTime, nullable=False),
)

ASKED: Final = sa.Table(
    "asked",
    METADATA,
    sa.Column("tx", sa.String(36), primary_key=True),
    sa.Column("case_number", sa.String(40), nullable=False),
    sa.Column("office", sa.String(80), nullable=False),
    sa.Column("officer", sa.String(40), nullable=False),
    sa.Column("affair", sa.String(64), nullable=False),
    sa.Column("sub_affair", sa.String(80), nullable=False),
    sa.Column("items", sa.Text, nullable=False),
    sa.Column("subject", sa.String(80), nullable=False),
    sa.Column("person", sa.String(32), nullable=False),
    sa.Column("provider", sa.String(63), nullable=False),
    sa.Column("asked_at", sa.DateTime, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("request", sa.LargeBinary),
    sa.Column("request_digest", sa.LargeBinary(32)),
    sa.Column("commitment", sa.LargeBinary(32)),
    sa.Column("permit", sa.LargeBinary),
    sa.Column("permit_digest", sa.LargeBinary(32)),
    sa.Column("entry_hash", sa.LargeBinary(32)),
    sa.Column("valid_until", sa.DateTime),
    sa.Column("answer_digest", sa.LargeBinary(32)),
    sa.Column("outcome", sa.String(20)),
    sa.Column("article", sa.String(200)),
    sa.Column("row", sa.String(8)),
    sa.Column("reason", sa.String(80)),
    sa.Column("refused_by", sa.String(10)),
    sa.Column("content", sa.LargeBinary),
    sa.Column("ended_at", sa.DateTime),
    sa.Column("attributes_at", sa.DateTime),
    sa.Column("instead_of", sa.String(36), unique=True),
    sa.Index("asked_case", "case_number"),
    sa.Index("asked_open", "state", sqlite_where=sa.text("state <> 'closed'")),
)
"""The inquirer's record (法23条1項). Request and permit are deleted with the answer's receipt."""

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
    sa.Column("items", sa.Text, nullable=False),
    sa.Column("subject", sa.String(80), nullable=False),
    sa.Column("person", sa.String(32)),
    sa.Column("asked_at", sa.DateTime, nullable=False),
    sa.Column("valid_until", sa.DateTime, nullable=False),
    sa.Column("provider_epoch", sa.Integer, nullable=False),
    sa.Column("pending_reason", sa.String(80)),
    sa.Column("decision", sa.String(10)),
    sa.Column("officer", sa.String(40)),
    sa.Column("answered_at", sa.DateTime),
    sa.Column("outcome", sa.String(20)),
    sa.Column("article", sa.String(200)),
    sa.Column("reason", sa.String(80)),
    sa.Column("answer", sa.LargeBinary),
    sa.Column("answer_digest", sa.LargeBinary(32)),
    sa.Column("received", sa.Boolean, nullable=False, default=False),
    sa.Index("provided_open", "valid_until", sqlite_where=sa.text("outcome IS NULL")),
    sa.Index("provided_kept", "valid_until", sqlite_where=sa.text("answer IS NOT NULL")),
)
"""The provider's record (法23条2項); the answer stays, boxed, until the inquirer has it."""

RECEIPT: Final = sa.Table(
    "receipt",
    METADATA,
    sa.Column("requester", sa.String(63), primary_key=True),
    sa.Column("tx", sa.String(36), primary_key=True),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("digest", sa.LargeBinary(32), nullable=False),
    sa.Column("commitment", sa.LargeBinary(32), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Index("receipt_owed", "state", sqlite_where=sa.text("state = 'owed'")),
)
"""Receipts for the network: owed, noted, or rejected."""

ENTRY: Final = sa.Table(
    "entry",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("side", sa.String(10), nullable=False),
    sa.Column("requester", sa.String(63), nullable=False),
    sa.Column("tx", sa.String(36), nullable=False),
    sa.UniqueConstraint("side", "requester", "tx"),
)
"""Records with a promised log entry, in the order of their last change; written by triggers."""

FINDING: Final = sa.Table(
    "finding",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("requester", sa.String(63), nullable=False),
    sa.Column("tx", sa.String(36), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("person", sa.String(32), nullable=False),
    sa.Column("found_at", sa.DateTime, nullable=False),
    sa.UniqueConstraint("requester", "tx"),
)
"""What a human here must look into: an exchange showed that the file is wrong about a person."""

SUPPLEMENT: Final = sa.Table(
    "supplement",
    METADATA,
    sa.Column("entry", sa.String(32), primary_key=True),
    sa.Column("register", sa.String(200), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("birth_date", sa.String(10), nullable=False),
    sa.Column("sex", sa.String(8), nullable=False),
    sa.Column("address", sa.String(200), nullable=False),
    sa.Index("supplement_register", "register", "birth_date", "name"),
)
"""The supplement of the family register of whoever has the domicile here (附票, 住基法16条)."""

"""All tables of the Commission's database in one place (表定義)."""

from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa

METADATA: Final = sa.MetaData()

WITNESS: Final = sa.Table(
    "witness",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("root", sa.LargeBinary(32), nullable=False),
    sa.Column("note", sa.LargeBinary, nullable=False),
    sa.Column("seen_at", sa.DateTime, nullable=False),
    sa.Column("handed_size", sa.Integer),
    sa.Column("handed_at", sa.DateTime),
    sa.Column("halted", sa.String(200)),
)
"""One row: the newest checkpoint it vouches for, written before its cosignature exists."""

COUNTED: Final = sa.Table(
    "counted",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("peaks", sa.LargeBinary, nullable=False),
    sa.Column("exchange", sa.Integer, nullable=False),
)
"""One row: how far entries have been read, the tree's right edge there, exchange entries below."""

BUNDLE: Final = sa.Table(
    "bundle",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("exchange_before", sa.Integer, nullable=False),
    sa.Column("kinds", sa.LargeBinary, nullable=False),
    sa.Index("bundle_exchange_before", "exchange_before"),
)
"""The kinds of 256 entries, one byte each: what is left of an entry once it was counted."""

LEDGER_LEAF: Final = sa.Table(
    "ledger_leaf",
    METADATA,
    sa.Column("leaf", sa.Integer, primary_key=True),
    sa.Column("entry", sa.LargeBinary(33), nullable=False),
    sa.Column("log_size", sa.Integer),
    sa.Column("root", sa.LargeBinary(32)),
    sa.Column("exchange_entries", sa.Integer),
    sa.Column("letter", sa.LargeBinary),
    sa.Column("good", sa.Boolean),
    sa.Index("ledger_leaf_size", "log_size"),
)
"""Ledger roots found in the log; `good` is null until the record behind the leaf was read."""

LETTER: Final = sa.Table(
    "letter",
    METADATA,
    sa.Column("digest", sa.LargeBinary(32), primary_key=True),
    sa.Column("raw", sa.LargeBinary, nullable=False),
)
"""Signed letters kept while something rests on them, to be evidence."""

CURSOR: Final = sa.Table(
    "cursor",
    METADATA,
    sa.Column("name", sa.String(80), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("read_at", sa.DateTime, nullable=False),
)
"""Up to which number a party's list was read, and when it was last read to its end."""

ENTRY: Final = sa.Table(
    "entry",
    METADATA,
    sa.Column("side", sa.String(10), primary_key=True),
    sa.Column("requester", sa.String(63), primary_key=True),
    sa.Column("tx", sa.String(36), primary_key=True),
    sa.Column("institution", sa.String(63), primary_key=True),
    sa.Column("entry_hash", sa.LargeBinary(32), nullable=False),
    sa.Column("commitment", sa.LargeBinary(32), nullable=False),
    sa.Column("promised_at", sa.DateTime, nullable=False),
    sa.Column("outcome", sa.String(20)),
    sa.Column("letter", sa.LargeBinary(32), nullable=False),
    sa.Column("seen_at", sa.DateTime, nullable=False),
    sa.Column("ended_at", sa.DateTime),
    sa.Column("leaf", sa.Integer),
    sa.Column("missing_since", sa.DateTime),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("due_at", sa.DateTime, nullable=False),
    sa.Index("entry_open", "state", "due_at", sqlite_where=sa.text("state <> 'agreed'")),
)
"""What institutions say of their records: `promised`, then `located` in the log, then `agreed`."""

STATEMENT: Final = sa.Table(
    "statement",
    METADATA,
    sa.Column("log_size", sa.Integer, primary_key=True),
    sa.Column("root", sa.LargeBinary(32), nullable=False),
    sa.Column("exchange_entries", sa.Integer, nullable=False),
    sa.Column("letter", sa.LargeBinary, nullable=False),
    sa.Column("signed", sa.LargeBinary),
    sa.Column("handed", sa.Boolean, nullable=False),
)
"""One ledger root per log size, for ever; written before it is signed."""

ACCOUNT: Final = sa.Table(
    "account",
    METADATA,
    sa.Column("place", sa.LargeBinary(32), primary_key=True),
    sa.Column("head", sa.LargeBinary(32), nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("log_size", sa.Integer, nullable=False),
    sa.Column("letter", sa.LargeBinary(32), nullable=False),
)
"""Places of the ledger sampled before: counts that may not fall. A place is no code."""

FINDING: Final = sa.Table(
    "finding",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("parties", sa.Text, nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("evidence", sa.LargeBinary, nullable=False),
    sa.Column("detail", sa.String(500), nullable=False),
    sa.Column("found_at", sa.DateTime, nullable=False),
    sa.UniqueConstraint("kind", "subject"),
)

COUNTERSIGNED: Final = sa.Table(
    "countersigned",
    METADATA,
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("digest", sa.LargeBinary(32), nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
)
"""Directory versions it signed: one content per number."""


def naive(instant: datetime) -> datetime:
    """An instant as stored: UTC without zone."""
    return instant.astimezone(UTC).replace(tzinfo=None)


def aware(stored: datetime) -> datetime:
    """A stored instant with its zone."""
    return stored.replace(tzinfo=UTC)

"""All tables of the portal's database in one place (表定義)."""

from typing import Final

import sqlalchemy as sa

METADATA: Final = sa.MetaData()

ACCOUNT: Final = sa.Table(
    "account",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("code", sa.LargeBinary(32), unique=True),
    sa.Column("place", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("in_set", sa.Boolean, nullable=False),
    sa.Column("head", sa.LargeBinary(32), nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("first_leaf", sa.Integer),
    sa.Column("first_at", sa.DateTime),
    sa.Column("first_requester", sa.String(63)),
    sa.Column("first_request", sa.Text),
    sa.Column("reported", sa.Boolean, nullable=False),
    sa.Index(
        "account_unconfirmed",
        "first_at",
        sqlite_where=sa.text("in_set = 0 AND reported = 0"),
    ),
)
"""One place of the ledger; `code` is null for the account `unassigned` alone.

The `first_…` columns are evidence for a code that is not in the set (yet), and empty otherwise.
"""

LINE: Final = sa.Table(
    "line",
    METADATA,
    sa.Column("leaf", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.Integer, nullable=False, unique=True),
    sa.Column("account", sa.Integer, sa.ForeignKey("account.id"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("salt", sa.LargeBinary(32), nullable=False),
    sa.Column("record", sa.LargeBinary, nullable=False),
    sa.Column("blind", sa.LargeBinary),
    sa.Column("head", sa.LargeBinary(32), nullable=False),
    sa.Column("names", sa.LargeBinary, nullable=False),
    sa.Column("filed_at", sa.DateTime, nullable=False),
    sa.Index("line_number", "account", "number", unique=True),
    sa.Index("line_leaf", "account", "leaf"),
)
"""One exchange entry, filed: `blind` is r, encrypted; `names` are of the day it was filed."""

RECEIPT: Final = sa.Table(
    "receipt",
    METADATA,
    sa.Column("leaf", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.Integer, nullable=False, unique=True),
    sa.Column("requester", sa.String(63)),
    sa.Column("tx", sa.String(36)),
    sa.Column("sender", sa.String(63)),
    sa.Column("outcome", sa.String(16)),
    sa.Column("commitment", sa.LargeBinary(32)),
    sa.Column("salt", sa.LargeBinary(32), nullable=False),
    sa.Column("record", sa.LargeBinary, nullable=False),
    sa.Index("receipt_exchange", "requester", "tx"),
)
"""Uncounted; it belongs to the line of the same exchange with the same commitment."""

POSITION: Final = sa.Table(
    "position",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("log_size", sa.Integer, nullable=False),
    sa.Column("acknowledged", sa.Integer, nullable=False),
)
"""One row: how far the feed is filed, up to which log size that is all, how far it is said."""

FINDING: Final = sa.Table(
    "finding",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("leaf", sa.Integer, nullable=False),
    sa.Column("parties", sa.LargeBinary, nullable=False),
    sa.Column("evidence", sa.Text),
    sa.Column("detail", sa.String(500), nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
)

NUMBER: Final = sa.Table(
    "number",
    METADATA,
    sa.Column("number", sa.String(22), primary_key=True),
    sa.Column("expires_at", sa.DateTime, nullable=False),
    sa.Column("collected", sa.Boolean, nullable=False),
)
"""Acquisition numbers of the batch that is under way; gone once confirmed or expired."""

CHECKPOINT: Final = sa.Table(
    "checkpoint",
    METADATA,
    sa.Column("log_size", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("cosigned_at", sa.DateTime, nullable=False),
)
"""Cosigned checkpoints as seen, with the log's and the witness's line only."""

ROOT: Final = sa.Table(
    "root",
    METADATA,
    sa.Column("log_size", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("root", sa.LargeBinary(32), nullable=False),
    sa.Column("exchange_entries", sa.Integer, nullable=False),
    sa.Column("noted", sa.Boolean, nullable=False),
    sa.Column("statement", sa.Text),
)
"""Ledger roots given out: one per log size, written before they are sent."""

DOWNLOAD: Final = sa.Table(
    "download",
    METADATA,
    sa.Column("account", sa.Integer, sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("log_size", sa.Integer, primary_key=True),
)
"""Log sizes of an account's downloads, so that the next file proves that the log extends them."""

"""All tables of the portal's database in one place (表定義)."""

from typing import Final

import sqlalchemy as sa

from renkei.kit.database.columns import NEVER_REUSED, Instant, Json, Number, partial_index
from renkei.wire.history import Named

METADATA: Final = sa.MetaData()

ACCOUNT: Final = sa.Table(
    "account",
    METADATA,
    sa.Column("id", Number, primary_key=True, autoincrement=True),
    sa.Column("code", sa.LargeBinary(32), unique=True),
    sa.Column("place", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("in_set", sa.Boolean, nullable=False),
    sa.Column("peaks", sa.LargeBinary, nullable=False),
    sa.Column("count", Number, nullable=False),
    sa.Column("first_leaf", Number),
    sa.Column("first_at", Instant),
    sa.Column("first_requester", sa.String(63)),
    sa.Column("first_request", sa.Text),
    sa.Column("reported", sa.Boolean, nullable=False),
    **NEVER_REUSED,
)
"""One place of the ledger; `code` is null for the account `unassigned` alone. `peaks` is the right
edge of its tree of lines, from which it grows.

The `first_…` columns are evidence for a code that is not in the set (yet), and empty otherwise.
"""
partial_index(
    "account_unconfirmed",
    ACCOUNT.c.first_at,
    where=(ACCOUNT.c.in_set == sa.false()) & (ACCOUNT.c.reported == sa.false()),
)

LINE: Final = sa.Table(
    "line",
    METADATA,
    sa.Column("leaf", Number, primary_key=True, autoincrement=False),
    sa.Column("seq", Number, nullable=False, unique=True),
    sa.Column("account", Number, sa.ForeignKey("account.id"), nullable=False),
    sa.Column("number", Number, nullable=False),
    sa.Column("salt", sa.LargeBinary(32), nullable=False),
    sa.Column("record", sa.LargeBinary, nullable=False),
    sa.Column("blind", sa.LargeBinary),
    sa.Column("head", sa.LargeBinary(32), nullable=False),
    sa.Column("names", Json(tuple[Named, Named, Named]), nullable=False),
    sa.Column("filed_at", Instant, nullable=False),
    sa.Column("nodes", sa.LargeBinary, nullable=False),
    sa.Column("signed", sa.Text),
    sa.Index("line_number", "account", "number", unique=True),
    sa.Index("line_leaf", "account", "leaf"),
)
"""One exchange entry, filed: `blind` is r, encrypted; `names` are of the day it was filed.

`head` is the root of its account's tree with this line as the last. `nodes` are the subtrees that
this line completes, from itself up: line (index + 1) · 2^level holds the one at level and index.
`signed` is what the inquirer signed, without boxes; the older form of a line has none.
"""

RECEIPT: Final = sa.Table(
    "receipt",
    METADATA,
    sa.Column("leaf", Number, primary_key=True, autoincrement=False),
    sa.Column("seq", Number, nullable=False, unique=True),
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
    sa.Column("id", Number, primary_key=True),
    sa.Column("seq", Number, nullable=False),
    sa.Column("log_size", Number, nullable=False),
    sa.Column("acknowledged", Number, nullable=False),
    sa.CheckConstraint("id = 1"),
)
"""One row: how far the feed is filed, up to which log size that is all, how far it is said."""


@sa.event.listens_for(POSITION, "after_create")
def _begin(_table: object, connection: sa.Connection, **_more: object) -> None:
    """A new portal has filed nothing."""
    connection.execute(POSITION.insert().values(id=1, seq=0, log_size=0, acknowledged=0))


FINDING: Final = sa.Table(
    "finding",
    METADATA,
    sa.Column("number", Number, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("leaf", Number, nullable=False),
    sa.Column("parties", Json(list[str]), nullable=False),
    sa.Column("evidence", sa.Text),
    sa.Column("detail", sa.String(500), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("feed", sa.Text),
    **NEVER_REUSED,
)

NUMBER: Final = sa.Table(
    "number",
    METADATA,
    sa.Column("number", sa.String(22), primary_key=True),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("collected", sa.Boolean, nullable=False),
)
"""Acquisition numbers of the batch that is under way; gone once confirmed or expired."""

CHECKPOINT: Final = sa.Table(
    "checkpoint",
    METADATA,
    sa.Column("log_size", Number, primary_key=True, autoincrement=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("cosigned_at", Instant, nullable=False),
)
"""Cosigned checkpoints as seen, with the log's and the witness's line only."""

ROOT: Final = sa.Table(
    "root",
    METADATA,
    sa.Column("log_size", Number, primary_key=True, autoincrement=False),
    sa.Column("root", sa.LargeBinary(32), nullable=False),
    sa.Column("exchange_entries", Number, nullable=False),
    sa.Column("noted", sa.Boolean, nullable=False),
    sa.Column("statement", sa.Text),
    sa.Column("form", Number, nullable=False, server_default="1"),
)
"""Ledger roots given out: one per log size, written before they are sent.

Those of form 1 bind chains of lines, as before revision 0002; those of form 0 the log refused.
Nothing is shown under either.
"""

DOWNLOAD: Final = sa.Table(
    "download",
    METADATA,
    sa.Column("account", Number, sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("log_size", Number, primary_key=True),
)
"""Log sizes of an account's downloads, so that the next file proves that the log extends them."""

COMPARISON: Final = sa.Table(
    "comparison",
    METADATA,
    sa.Column("id", Number, primary_key=True, autoincrement=False),
    sa.Column("code", sa.LargeBinary(32), nullable=False),
    sa.Column("names", Json(tuple[Named, Named]), nullable=False),
    sa.Column("affair", sa.String(20), nullable=False),
    sa.Column("verdict", sa.String(8), nullable=False),
    sa.Column("count", Number, nullable=False),
    sa.Column("last_at", Instant, nullable=False),
    sa.Index("comparison_code", "code", "last_at"),
)
"""Comparisons at J-LIS by the portal's code; `id` is J-LIS's, `names` are body and office. They
stand in no log: what J-LIS tells is shown as its word.
"""

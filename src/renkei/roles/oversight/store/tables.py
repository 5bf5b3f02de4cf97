"""All tables of the Commission's database in one place (表定義)."""

from typing import Final

import sqlalchemy as sa

from renkei.kit.database.columns import NEVER_REUSED, Instant, Json, Number, partial_index

METADATA: Final = sa.MetaData()

WITNESS: Final = sa.Table(
    "witness",
    METADATA,
    sa.Column("id", Number, primary_key=True),
    sa.Column("size", Number, nullable=False),
    sa.Column("root", sa.LargeBinary(32), nullable=False),
    sa.Column("note", sa.LargeBinary, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Column("handed_size", Number),
    sa.Column("handed_at", Instant),
    sa.Column("halted", sa.String(200)),
    sa.CheckConstraint("id = 1"),
)
"""One row: the newest checkpoint it vouches for, written before its cosignature exists."""

COUNTED: Final = sa.Table(
    "counted",
    METADATA,
    sa.Column("id", Number, primary_key=True),
    sa.Column("size", Number, nullable=False),
    sa.Column("peaks", sa.LargeBinary, nullable=False),
    sa.Column("exchange", Number, nullable=False),
    sa.CheckConstraint("id = 1"),
)
"""One row: how far entries have been read, the tree's right edge there, exchange entries below."""

BUNDLE: Final = sa.Table(
    "bundle",
    METADATA,
    sa.Column("number", Number, primary_key=True),
    sa.Column("exchange_before", Number, nullable=False),
    sa.Column("kinds", sa.LargeBinary, nullable=False),
    sa.Index("bundle_exchange_before", "exchange_before"),
)
"""The kinds of 256 entries, one byte each: what is left of an entry once it was counted."""

LEDGER_LEAF: Final = sa.Table(
    "ledger_leaf",
    METADATA,
    sa.Column("leaf", Number, primary_key=True),
    sa.Column("entry", sa.LargeBinary(33), nullable=False),
    sa.Column("log_size", Number),
    sa.Column("root", sa.LargeBinary(32)),
    sa.Column("exchange_entries", Number),
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
    sa.Column("number", Number, nullable=False),
    sa.Column("read_at", Instant, nullable=False),
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
    sa.Column("promised_at", Instant, nullable=False),
    sa.Column("outcome", sa.String(20)),
    sa.Column("letter", sa.LargeBinary(32), nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("leaf", Number),
    sa.Column("missing_since", Instant),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("request_digest", sa.LargeBinary(32)),
    sa.Column("terms_digest", sa.LargeBinary(32)),
    sa.Column("record_digest", sa.LargeBinary(32)),
    sa.Column("disputes", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("entry_letter", "letter"),
)
"""What institutions say of their records: `promised`, then `located` in the log, then `agreed`."""
partial_index("entry_open", ENTRY.c.state, ENTRY.c.due_at, where=sa.text("state <> 'agreed'"))

STATEMENT: Final = sa.Table(
    "statement",
    METADATA,
    sa.Column("log_size", Number, primary_key=True),
    sa.Column("root", sa.LargeBinary(32), nullable=False),
    sa.Column("exchange_entries", Number, nullable=False),
    sa.Column("letter", sa.LargeBinary, nullable=False),
    sa.Column("signed", sa.LargeBinary),
    sa.Column("handed", sa.Boolean, nullable=False),
    sa.Column("form", Number, nullable=False, server_default="1"),
)
"""One ledger root per log size, for ever; written before it is signed. Those of form 1 bind chains
of lines, as before revision 0002: nothing can be sampled under them any more."""

ACCOUNT: Final = sa.Table(
    "account",
    METADATA,
    sa.Column("place", sa.LargeBinary(32), primary_key=True),
    sa.Column("head", sa.LargeBinary(32), nullable=False),
    sa.Column("count", Number, nullable=False),
    sa.Column("log_size", Number, nullable=False),
    sa.Column("letter", sa.LargeBinary(32), nullable=False),
    sa.Column("fell", Number),
)
"""Places of the ledger sampled before: accounts that may only grow. A place is no code.

`head` is empty where only the count is known, from before revision 0002. `fell` is the log size at
which the account was not what it had been; empty once it is again.
"""
partial_index("account_fell", ACCOUNT.c.place, where=ACCOUNT.c.fell.is_not(None))

UNOPENED: Final = sa.Table(
    "unopened",
    METADATA,
    sa.Column("leaf", Number, primary_key=True, autoincrement=False),
    sa.Column("log_size", Number, nullable=False),
    sa.Column("since", Instant, nullable=False),
)
"""Leaves that the portal did not open, at the newest log size they were drawn at."""

FINDING: Final = sa.Table(
    "finding",
    METADATA,
    sa.Column("number", Number, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("possible", Json(list[str], text=True), nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("evidence", Json(list[bytes]), nullable=False),
    sa.Column("detail", sa.String(500), nullable=False),
    sa.Column("found_at", Instant, nullable=False),
    sa.Column("about", sa.String(200), nullable=False, server_default=""),
    sa.Column("excluded", Json(list[str], text=True), nullable=False, server_default="[]"),
    sa.Column("ground", sa.String(40)),
    sa.Column("kept", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.UniqueConstraint("kind", "subject"),
    sa.Index("finding_about", "kind", "about"),
    sa.Index("finding_group", "kind", "possible", "number"),
    **NEVER_REUSED,
)
"""`possible` can have done it, `excluded` cannot, `ground` is the row of the table that says why;
none from before revision 0004. `about` is the subject without the number that tells findings of
other parties on it apart. `kept` is false where the evidence was left out: they were many that
day."""

FINDINGS: Final = sa.Table(
    "findings",
    METADATA,
    sa.Column("kind", sa.String(40), primary_key=True),
    sa.Column("possible", Json(list[str], text=True), primary_key=True),
    sa.Column("count", Number, nullable=False),
    sa.Column("kept", Number, nullable=False),
    sa.Column("first_at", Instant, nullable=False),
    sa.Column("last_at", Instant, nullable=False),
    sa.Column("newest", Number, nullable=False),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("kept_on_day", Number, nullable=False),
)
"""Findings of one kind that the same parties can have made, counted: one row for any number."""

LOSS: Final = sa.Table(
    "loss",
    METADATA,
    sa.Column("number", Number, primary_key=True),
    sa.Column("below", Number, nullable=False),
    sa.Column("reason", sa.String(300), nullable=False),
    sa.Column("proposed_by", sa.String(80), nullable=False),
    sa.Column("proposed_at", Instant, nullable=False),
    sa.Column("accepted_by", sa.String(80)),
    sa.Column("accepted_at", Instant),
)
"""Losses of lines below a log size: one officer proposed to accept them, another one did."""

COUNTERSIGNED: Final = sa.Table(
    "countersigned",
    METADATA,
    sa.Column("version", Number, primary_key=True),
    sa.Column("digest", sa.LargeBinary(32), nullable=False),
    sa.Column("at", Instant, nullable=False),
)
"""Directory versions it signed: one content per number."""

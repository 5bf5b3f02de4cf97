"""The head of an account is the Merkle root over its lines, no longer the end of a chain.

Every line gets its place in the tree of its account, in the order of its numbers. Roots that were
given out before are kept as they are, since the log has them, and are shown to nobody any more.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from renkei.crypto.account_tree import line_hash
from renkei.crypto.digests import entry_hash
from renkei.crypto.merkle import Frontier
from renkei.kit.database.columns import Number

revision = "0002"
down_revision = "0001"
EXCHANGE = 1
AT_ONCE = 5_000
ACCOUNT = sa.table("account", sa.column("id"), sa.column("peaks"), sa.column("count", sa.Integer))
LINE = sa.table(
    "line",
    *(sa.column(name) for name in ("leaf", "account", "number", "head", "nodes")),
    sa.column("salt", sa.LargeBinary),
    sa.column("record", sa.LargeBinary),
)
GROWN = (
    LINE.update()
    .where(LINE.c.leaf == sa.bindparam("at"))
    .values(head=sa.bindparam("root"), nodes=sa.bindparam("made"))
)


def upgrade() -> None:
    """Make the trees from the lines; raises ValueError where an account's lines have a gap."""
    op.alter_column("account", "head", new_column_name="peaks")
    op.add_column(
        "line", sa.Column("nodes", sa.LargeBinary, nullable=False, server_default=sa.text("''"))
    )
    op.add_column("root", sa.Column("form", Number, nullable=False, server_default="1"))
    connection = op.get_bind()
    connection.execute(ACCOUNT.update().values(peaks=b""))
    for account, lines in connection.execute(sa.select(ACCOUNT.c.id, ACCOUNT.c.count)).all():
        tree = Frontier()
        for rows in _lines(connection, account):
            changed = []
            for leaf, number, salt, record in rows:
                if number != tree.size + 1:
                    raise ValueError(f"account {account} has no line {tree.size + 1}")
                hashed = entry_hash(EXCHANGE, record, salt)
                tree, made = tree.extend([line_hash(number, leaf, hashed)])
                nodes = b"".join(node.hash for node in made)
                changed.append({"at": leaf, "root": tree.root(), "made": nodes})
            connection.execute(GROWN, changed)
        if tree.size != lines:
            raise ValueError(f"account {account} has {tree.size} lines and counts {lines}")
        peaks = b"".join(tree.peaks)
        connection.execute(ACCOUNT.update().where(ACCOUNT.c.id == account).values(peaks=peaks))


def _lines(
    connection: sa.Connection, account: int
) -> Iterator[list[tuple[int, int, bytes, bytes]]]:
    """The lines of an account in the order of their numbers, some thousand at once."""
    last = 0
    query = (
        sa.select(LINE.c.leaf, LINE.c.number, LINE.c.salt, LINE.c.record)
        .where(LINE.c.account == account, LINE.c.number > sa.bindparam("last"))
        .order_by(LINE.c.number)
        .limit(AT_ONCE)
    )
    while rows := connection.execute(query, {"last": last}).all():
        last = rows[-1].number
        yield [(row.leaf, row.number, row.salt, row.record) for row in rows]

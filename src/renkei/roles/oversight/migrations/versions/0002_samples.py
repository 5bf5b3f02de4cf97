"""Ledgers bind the roots of accounts: of accounts sampled before only the count is known now.

Statements given stay true of what they state; nothing is sampled under them any more.
"""

import sqlalchemy as sa
from alembic import op

from renkei.kit.database.columns import Instant, Number, condition

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Forget heads and keep counts, which may not fall across this step either."""
    op.add_column("statement", sa.Column("form", Number, nullable=False, server_default="1"))
    op.add_column("account", sa.Column("fell", Number))
    op.execute(sa.table("account", sa.column("head")).update().values(head=b""))
    fell = sa.column("fell").is_not(None)
    op.create_index("account_fell", "account", ["place"], **condition(fell))
    op.create_table(
        "unopened",
        sa.Column("leaf", Number, primary_key=True, autoincrement=False),
        sa.Column("log_size", Number, nullable=False),
        sa.Column("since", Instant, nullable=False),
    )

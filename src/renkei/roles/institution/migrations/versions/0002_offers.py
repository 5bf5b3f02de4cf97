"""Attributes that other bodies offered, counted without them; papers wait for a second officer."""

import sqlalchemy as sa
from alembic import op

from renkei.kit.database.columns import Instant

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """An empty record of offers: those made before were kept nowhere."""
    op.create_table(
        "offer",
        sa.Column("requester", sa.String(63), primary_key=True),
        sa.Column("tx", sa.String(36), primary_key=True),
        sa.Column("sought", sa.LargeBinary(32), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("result", sa.String(16)),
    )
    op.create_index("offer_requester", "offer", ["requester", "at"])
    op.add_column("acquisition", sa.Column("paper", sa.String(40)))
    op.add_column("acquisition", sa.Column("paper_officer", sa.String(40)))
    op.create_index("offer_at", "offer", ["at"])

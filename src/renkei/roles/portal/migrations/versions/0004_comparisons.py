"""Comparisons of people's attributes at J-LIS, as it tells of them."""

import sqlalchemy as sa
from alembic import op

from renkei.kit.database.columns import Instant, Json, Number
from renkei.wire.history import Named

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """An empty list: J-LIS tells of what it compares from now on."""
    op.create_table(
        "comparison",
        sa.Column("id", Number, primary_key=True, autoincrement=False),
        sa.Column("code", sa.LargeBinary(32), nullable=False),
        sa.Column("names", Json(tuple[Named, Named]), nullable=False),
        sa.Column("affair", sa.String(20), nullable=False),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("count", Number, nullable=False),
        sa.Column("last_at", Instant, nullable=False),
    )
    op.create_index("comparison_code", "comparison", ["code", "last_at"])

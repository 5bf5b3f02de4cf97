"""What a person is to read about comparisons of their attributes."""

import sqlalchemy as sa
from alembic import op

from renkei.kit.database.columns import NEVER_REUSED, Instant, Number, condition

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """An empty list: what was compared before is told to nobody any more."""
    op.create_table(
        "notice",
        sa.Column("id", Number, primary_key=True, autoincrement=True),
        sa.Column("resident_code", sa.String(11), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("institution", sa.String(63), nullable=False),
        sa.Column("office", sa.String(80), nullable=False),
        sa.Column("affair", sa.String(20), nullable=False),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("count", Number, nullable=False),
        sa.Column("last_at", Instant, nullable=False),
        sa.Column("told", Number, nullable=False),
        sa.UniqueConstraint("resident_code", "day", "institution", "office", "affair", "verdict"),
        **NEVER_REUSED,
    )
    untold = sa.column("told") < sa.column("count")
    op.create_index("notice_untold", "notice", ["id"], **condition(untold))

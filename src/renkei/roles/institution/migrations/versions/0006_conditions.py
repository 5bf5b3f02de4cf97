"""What officers stated to be met is kept, and stands with each record that rests on it."""

import sqlalchemy as sa
from alembic import op

from renkei.kit.database.columns import Instant, Items

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Nothing was stated before: the new columns of older records stay empty."""
    op.add_column("asked", sa.Column("conditions", Items))
    op.add_column("provided", sa.Column("conditions", Items))
    op.create_table(
        "statement",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("case_number", sa.String(40), nullable=False),
        sa.Column("officer", sa.String(40), nullable=False),
        sa.Column("conditions", Items, nullable=False),
        sa.Column("statement", sa.LargeBinary, nullable=False),
        sa.Column("stated_at", Instant, nullable=False),
    )
    op.create_index("statement_case", "statement", ["case_number"])

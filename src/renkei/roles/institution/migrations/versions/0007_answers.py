"""What officers answered to questions of a case is kept with what they stated."""

import sqlalchemy as sa
from alembic import op

from renkei.kit.database.columns import Items

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Nothing was answered before: the new columns of older statements stay empty."""
    op.add_column("statement", sa.Column("not_met", Items))
    op.add_column("statement", sa.Column("answers", sa.LargeBinary))

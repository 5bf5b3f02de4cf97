"""What was asked as a digest, whether it failed, and the second officer of a decision."""

import sqlalchemy as sa
from alembic import op

from renkei.kit.database.columns import condition

revision = "0003"
down_revision = "0002"
FAILED = sa.column("failed") == sa.true()


def upgrade() -> None:
    """What failed is said in a column of its own: a doubt that is decided stays counted.

    Of what was decided before, nothing tells that it was a doubt but the paper.
    """
    op.drop_index("acquisition_sought", table_name="acquisition")
    op.add_column("acquisition", sa.Column("question", sa.LargeBinary(32)))
    failed = sa.Column("failed", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("acquisition", failed)
    op.add_column("acquisition", sa.Column("second_officer", sa.LargeBinary(32)))
    op.execute(
        "UPDATE acquisition SET failed = true"
        " WHERE verdict IN ('doubtful', 'differ') OR paper IS NOT NULL"
    )
    for name, column in (("acquisition_sought", "sought"), ("acquisition_question", "question")):
        op.create_index(name, "acquisition", [column, "at"], **condition(FAILED))

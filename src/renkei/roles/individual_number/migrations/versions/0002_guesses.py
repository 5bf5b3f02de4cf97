"""Whom an acquisition sought, with a number or without, and whether it found nobody near."""

import sqlalchemy as sa
from alembic import op

from renkei.kit.database.columns import condition

revision = "0002"
down_revision = "0001"
FAILED = sa.text("verdict IN ('doubtful', 'differ')")
GUESSED = sa.column("guess") == sa.true()


def upgrade() -> None:
    """Count failures by whom was sought; stop officers and institutions for guesses alone.

    What failed before is counted by its number as it was, and by officer and institution no more:
    the longest of those limits is an hour.
    """
    for name in ("acquisition_failed", "acquisition_officer", "acquisition_number_asked"):
        op.drop_index(name, table_name="acquisition")
    op.alter_column("acquisition", "number_asked", new_column_name="sought")
    guess = sa.Column("guess", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("acquisition", guess)
    for name, column, where in (
        ("acquisition_guessed", "institution", GUESSED),
        ("acquisition_officer", "officer", GUESSED),
        ("acquisition_sought", "sought", FAILED),
    ):
        op.create_index(name, "acquisition", [column, "at"], **condition(where))

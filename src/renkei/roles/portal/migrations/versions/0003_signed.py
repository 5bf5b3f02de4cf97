"""What the inquirer signed, with each line; what the network handed over, with findings."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Lines from before keep their form: nothing signed is held with them."""
    op.add_column("line", sa.Column("signed", sa.Text))
    op.add_column("finding", sa.Column("feed", sa.Text))

"""Datasets whose sources add to each other."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; no dataset has been additive so far."""
    column = sa.Column("additive", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("datasets", column)

"""What an office settles for itself, and sessions that the single sign-on vouches for."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table and the column."""
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    texts = [sa.Column(each, sa.Text, nullable=False) for each in ("name", "value", "by", "ground")]
    op.create_table(
        "policies",
        sa.Column("number", serial, nullable=False),
        *texts,
        sa.Column("at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_policies"),
    )
    op.create_index("ix_policies_name", "policies", ["name"])
    column = sa.Column("vouched", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("sessions", column)

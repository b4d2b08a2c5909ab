"""What people decide about leads."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the table."""
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    texts = ("kind", "subjects", "outcome", "by", "ground", "legal_basis", "state")
    op.create_table(
        "decisions",
        sa.Column("number", serial, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_decisions"),
    )
    op.create_index("ix_decisions_at", "decisions", ["at"])

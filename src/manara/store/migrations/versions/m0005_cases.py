"""Cases, what was erased, and what was reviewed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

#: The journal of a case only grows; the content of an entry may be erased, never changed.
_ONLY_GROWS = {
    "sqlite": [
        "CREATE TRIGGER case_entries_no_delete BEFORE DELETE ON case_entries "
        "BEGIN SELECT RAISE(ABORT, 'the journal of a case only grows'); END",
        "CREATE TRIGGER case_entries_no_change BEFORE UPDATE ON case_entries "
        "WHEN NEW.case_id IS NOT OLD.case_id OR NEW.number IS NOT OLD.number "
        "OR NEW.hash IS NOT OLD.hash OR NEW.digest IS NOT OLD.digest "
        "OR (NEW.body IS NOT NULL AND NEW.body IS NOT OLD.body) "
        "BEGIN SELECT RAISE(ABORT, 'the journal of a case only grows'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION case_entries_only_grow() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN IF TG_OP = 'DELETE' OR NEW.case_id <> OLD.case_id OR NEW.number <> OLD.number "
        "OR NEW.hash <> OLD.hash OR NEW.digest <> OLD.digest "
        "OR (NEW.body IS NOT NULL AND NEW.body IS DISTINCT FROM OLD.body) THEN "
        "RAISE EXCEPTION 'the journal of a case only grows'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER case_entries_only_grow BEFORE UPDATE OR DELETE ON case_entries "
        "FOR EACH ROW EXECUTE FUNCTION case_entries_only_grow()",
    ],
}


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def upgrade() -> None:
    """Make the tables."""
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "case_entries",
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("at", sa.DateTime, nullable=False),
        *_texts("by", "purpose", "action", "digest", "previous", "hash"),
        sa.Column("salt", sa.Text),
        sa.Column("body", sa.Text),
        sa.PrimaryKeyConstraint("case_id", "number", name="pk_case_entries"),
    )
    op.create_table(
        "erasures",
        sa.Column("id", serial, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        *_texts("by", "second", "purpose", "kind", "rule", "reason", "digest", "counts"),
        sa.Column("plan", sa.Text),
        sa.Column("done_at", sa.DateTime),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
    )
    op.create_table(
        "erased_sources",
        sa.Column("source_id", sa.Text, nullable=False),
        sa.Column("erasure", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("source_id", name="pk_erased_sources"),
    )
    op.create_table(
        "reviews",
        sa.Column("id", serial, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        *_texts("item", "outcome", "by", "second", "reason"),
        sa.Column("until", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
    )
    for statement in _ONLY_GROWS[op.get_bind().dialect.name]:
        op.execute(statement)

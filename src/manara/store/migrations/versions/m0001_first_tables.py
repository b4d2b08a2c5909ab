"""The first tables: where facts come from, which files hold them, who did what."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

#: Statements that make a table grow and do nothing else, for each database.
_APPEND_ONLY = {
    "sqlite": [
        f"CREATE TRIGGER audit_no_{verb} BEFORE {verb} ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END"
        for verb in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit trail only grows'; END $$",
        "CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()",
    ],
}


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(), nullable=nullable)


def _link(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def _key(table: str, column: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(column, name=f"pk_{table}")


def upgrade() -> None:
    """Make the tables."""
    _make_provenance()
    _make_lake()
    _make_human()
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def _make_provenance() -> None:
    op.create_table("handlings", _text("id"), _text("json"), _key("handlings", "id"))
    op.create_table(
        "datasets",
        *map(_text, ("name", "title", "publisher", "licence", "url", "country", "handling_id")),
        _text("grade"),
        _time("added_at"),
        _time("withdrawn_at", nullable=True),
        sa.Column("withdrawn_by", sa.Text),
        sa.Column("reason", sa.Text),
        _link("datasets", "handling_id", "handlings.id"),
        _key("datasets", "name"),
    )
    op.create_table(
        "sources",
        *map(_text, ("id", "name", "url", "etag")),
        _number("size"),
        _time("fetched_at"),
        _key("sources", "id"),
    )
    op.create_table(
        "editions",
        *map(_text, ("id", "dataset", "source_id")),
        sa.Column("handling_id", sa.Text),
        *map(_text, ("format", "parser_version", "published")),
        _time("recorded_at"),
        *map(_number, ("records", "facts", "added", "removed", "rejects")),
        *map(_text, ("status", "reason", "by")),
        _link("editions", "source_id", "sources.id"),
        _link("editions", "handling_id", "handlings.id"),
        _key("editions", "id"),
    )
    op.create_index("ix_editions_dataset", "editions", ["dataset"])


def _make_lake() -> None:
    op.create_table(
        "segments",
        *map(_text, ("name", "table")),
        sa.Column("dataset", sa.Text),
        sa.Column("edition_id", sa.Text),
        *map(_number, ("rows", "bytes")),
        *map(_text, ("sha256", "min_key", "max_key")),
        _time("created_at"),
        _text("created_by"),
        _time("replaced_at", nullable=True),
        _link("segments", "dataset", "datasets.name"),
        _link("segments", "edition_id", "editions.id"),
        _key("segments", "name"),
    )
    op.create_index("ix_segments_table_replaced_at", "segments", ["table", "replaced_at"])


def _make_human() -> None:
    op.create_table(
        "judgements",
        sa.Column("id", _SERIAL, nullable=False),
        *map(_text, ("left", "right", "verdict")),
        sa.Column("score", sa.Float, nullable=False),
        *map(_text, ("reason", "by")),
        _time("at"),
        _key("judgements", "id"),
    )
    op.create_index("ix_judgements_left_right", "judgements", ["left", "right"])
    op.create_table(
        "audit",
        sa.Column("id", _SERIAL, nullable=False),
        _time("at"),
        *map(_text, ("who", "action", "thing", "detail")),
        _key("audit", "id"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])

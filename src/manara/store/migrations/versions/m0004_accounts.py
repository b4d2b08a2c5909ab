"""Accounts, what they sign in with, jobs, answers, and entries on their way to the audit log."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _times(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.DateTime, nullable=nullable) for name in names]


def _number(name: str, kind: type[sa.Integer] = sa.Integer) -> sa.Column[int]:
    return sa.Column(name, kind, nullable=False)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "accounts",
        *_texts("id", "name", "language", "roles", "groups", "purposes"),
        _number("clearance"),
        *_texts("subject", "password", "totp", "recovery", "link"),
        _number("totp_step", sa.BigInteger),
        *_times("link_until", nullable=True),
        _number("failures"),
        *_times("locked_until", nullable=True),
        *_times("added_at"),
        *_times("disabled_at", "last_seen", nullable=True),
        _number("version"),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
    )
    _of_accounts(
        "passkeys",
        *_texts("id", "account", "name", "public_key"),
        _number("uses", sa.BigInteger),
        *_times("added_at"),
    )
    _of_accounts(
        "sessions",
        *_texts("id", "account", "csrf", "purpose", "challenge"),
        sa.Column("full", sa.Boolean, nullable=False),
        *_times("began_at", "seen_at"),
    )
    _of_accounts(
        "tokens",
        *_texts("id", "account", "hash", "name", "rights", "purpose"),
        *_times("added_at", "until"),
        *_times("revoked_at", nullable=True),
    )
    op.create_index("ix_tokens_hash", "tokens", ["hash"])
    _of_requests()


def _of_accounts(table: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        table,
        *columns,
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=f"fk_{table}_account"),
    )
    op.create_index(f"ix_{table}_account", table, ["account"])


def _of_requests() -> None:
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "outbox",
        sa.Column("number", serial, nullable=False),
        *_texts("id", "entry"),
        _number("log_size", sa.BigInteger),
        sa.PrimaryKeyConstraint("number", name="pk_outbox"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "answers",
        *_texts("key", "request", "headers", "body"),
        _number("status"),
        *_times("at"),
        sa.PrimaryKeyConstraint("key", name="pk_answers"),
    )
    op.create_table(
        "jobs",
        *_texts("id", "kind", "settings", "account", "purpose", "status", "progress", "result"),
        _number("done", sa.BigInteger),
        _number("attempts"),
        *_times("added_at"),
        *_times("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )

"""The tables of the registry. A change here needs a migration beside it."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    false,
)


class Moment(TypeDecorator[datetime]):
    """A time in UTC with microseconds, kept without a zone in every database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time as the database keeps it."""
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time with its zone."""
        return value and value.replace(tzinfo=UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only where the key is its INTEGER type.
_SERIAL = BigInteger().with_variant(Integer(), "sqlite")


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


handlings = Table("handlings", metadata, Column("id", Text, primary_key=True), _text("json"))

datasets = Table(
    "datasets",
    metadata,
    Column("name", Text, primary_key=True),
    _text("title"),
    _text("publisher"),
    _text("licence"),
    _text("url"),
    _text("country"),
    Column("handling_id", Text, ForeignKey("handlings.id"), nullable=False),
    _text("grade"),
    Column("added_at", Moment, nullable=False),
    Column("withdrawn_at", Moment),
    Column("withdrawn_by", Text),
    Column("reason", Text),
    Column("additive", Boolean, nullable=False, default=False),
)

sources = Table(
    "sources",
    metadata,
    Column("id", Text, primary_key=True),
    _text("name"),
    _text("url"),
    _text("etag"),
    Column("size", BigInteger, nullable=False),
    Column("fetched_at", Moment, nullable=False),
)

editions = Table(
    "editions",
    metadata,
    Column("id", Text, primary_key=True),
    # A refused edition may be the first that was ever heard of its dataset.
    Column("dataset", Text, nullable=False, index=True),
    Column("source_id", Text, ForeignKey("sources.id"), nullable=False),
    Column("handling_id", Text, ForeignKey("handlings.id")),
    _text("format"),
    _text("parser_version"),
    _text("published"),
    Column("recorded_at", Moment, nullable=False),
    Column("records", BigInteger, nullable=False),
    Column("facts", BigInteger, nullable=False),
    Column("added", BigInteger, nullable=False),
    Column("removed", BigInteger, nullable=False),
    Column("rejects", BigInteger, nullable=False),
    _text("status"),
    _text("reason"),
    _text("by"),
)

segments = Table(
    "segments",
    metadata,
    Column("name", Text, primary_key=True),
    _text("table"),
    Column("dataset", Text, ForeignKey("datasets.name")),
    Column("edition_id", Text, ForeignKey("editions.id")),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    _text("sha256"),
    _text("min_key"),
    _text("max_key"),
    Column("created_at", Moment, nullable=False),
    _text("created_by"),
    Column("replaced_at", Moment),
    Index("ix_segments_table_replaced_at", "table", "replaced_at"),
)

judgements = Table(
    "judgements",
    metadata,
    Column("id", _SERIAL, primary_key=True),
    _text("left"),
    _text("right"),
    _text("verdict"),
    Column("score", Float, nullable=False),
    _text("reason"),
    _text("by"),
    Column("at", Moment, nullable=False),
    Index("ix_judgements_left_right", "left", "right"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("number", _SERIAL, primary_key=True),
    *map(_text, ("kind", "subjects", "outcome", "by", "ground", "legal_basis", "state")),
    Column("at", Moment, nullable=False, index=True),
)

audit = Table(
    "audit",
    metadata,
    Column("id", _SERIAL, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    _text("who"),
    _text("action"),
    _text("thing"),
    _text("detail"),
)

# People, what they sign in with, and what they asked for. What a secret is checked by is kept,
# never the secret itself, save for the key of a one-time password, which is shared by its nature.

accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    *map(_text, ("name", "language", "roles", "groups", "purposes")),
    Column("clearance", Integer, nullable=False),
    _text("subject"),
    *map(_text, ("password", "totp", "recovery", "link")),
    Column("totp_step", BigInteger, nullable=False),
    Column("link_until", Moment),
    Column("failures", Integer, nullable=False),
    Column("locked_until", Moment),
    Column("added_at", Moment, nullable=False),
    Column("disabled_at", Moment),
    Column("last_seen", Moment),
    Column("version", Integer, nullable=False),
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, ForeignKey("accounts.id"), nullable=False, index=True),
    *map(_text, ("name", "public_key")),
    Column("uses", BigInteger, nullable=False),
    Column("added_at", Moment, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, ForeignKey("accounts.id"), nullable=False, index=True),
    *map(_text, ("csrf", "purpose", "challenge")),
    Column("full", Boolean, nullable=False),
    Column("vouched", Boolean, nullable=False, server_default=false()),
    Column("began_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, ForeignKey("accounts.id"), nullable=False, index=True),
    *map(_text, ("hash", "name", "rights", "purpose")),
    Column("added_at", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("revoked_at", Moment),
    Index("ix_tokens_hash", "hash"),
)

# Entries of the audit log on their way there, so that a change and its entry are one transaction.
outbox = Table(
    "outbox",
    metadata,
    Column("number", _SERIAL, primary_key=True),
    _text("id"),
    _text("entry"),
    Column("log_size", BigInteger, nullable=False),
    # A number must not come back once its row is gone.
    sqlite_autoincrement=True,
)

# Answers to requests that may be sent again.
answers = Table(
    "answers",
    metadata,
    Column("key", Text, primary_key=True),
    *map(_text, ("request", "headers", "body")),
    Column("status", Integer, nullable=False),
    Column("at", Moment, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    *map(_text, ("kind", "settings", "account", "purpose", "status", "progress", "result")),
    Column("done", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("ended_at", Moment),
)

case_entries = Table(
    "case_entries",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    *map(_text, ("by", "purpose", "action", "digest", "previous", "hash")),
    # What is erased or was never to leave; the digest stays, so that the chain can be checked.
    Column("salt", Text),
    Column("body", Text),
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", _SERIAL, primary_key=True),
    Column("at", Moment, nullable=False),
    *map(_text, ("by", "second", "purpose", "kind", "rule", "reason", "digest", "counts")),
    # What to erase, until it is done.
    Column("plan", Text),
    Column("done_at", Moment),
)

erased_sources = Table(
    "erased_sources",
    metadata,
    Column("source_id", Text, primary_key=True),
    Column("erasure", BigInteger, nullable=False),
)

reviews = Table(
    "reviews",
    metadata,
    Column("id", _SERIAL, primary_key=True),
    Column("at", Moment, nullable=False),
    *map(_text, ("item", "outcome", "by", "second", "reason")),
    Column("until", Text),
)

policies = Table(
    "policies",
    metadata,
    Column("number", _SERIAL, primary_key=True),
    Column("name", Text, nullable=False, index=True),
    *map(_text, ("value", "by", "ground")),
    Column("at", Moment, nullable=False),
)

"""Moments as TAXII and STIX write them, and as whole microseconds since 1970."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,12})?Z", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(text: str) -> int | None:
    """Return a moment (RFC 3339, UTC) in microseconds since 1970; None if it is none."""
    if not _FORM.fullmatch(text):
        return None
    try:
        return (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND
    except ValueError:
        return None


def moment_text(at: int) -> str:
    """Return a moment as TAXII writes it, with all six digits."""
    return f"{_EPOCH + at * _MICROSECOND:%Y-%m-%dT%H:%M:%S.%fZ}"


def now() -> int:
    """Return the present moment in microseconds since 1970."""
    return (datetime.now(UTC) - _EPOCH) // _MICROSECOND

"""Checks that the records of the model share; each raises `UsageError`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from manara.model.errors import UsageError


def check_text(where: str, *texts: str) -> None:
    """Refuse texts that are empty, padded with white space, or no text at all."""
    for text in texts:
        if not isinstance(text, str) or not text or text != text.strip():
            raise UsageError(
                f"{text!r} is not a text without white space around it",
                where=where,
                remedy="give a text that is not empty",
            )


def check_texts(where: str, texts: frozenset[str]) -> None:
    """Refuse anything but a frozen set of proper texts."""
    if not isinstance(texts, frozenset):
        raise UsageError(
            f"{texts!r} is not a frozen set of texts", where=where, remedy="use frozenset({...})"
        )
    check_text(where, *texts)


def check_utc(where: str, *times: datetime) -> None:
    """Refuse times that are naive or in another zone than UTC."""
    for time in times:
        if not isinstance(time, datetime) or time.utcoffset() != timedelta(0):
            raise UsageError(
                f"{time!r} is not a time in UTC",
                where=where,
                remedy="give a datetime with tzinfo=UTC",
            )


def check_probability(where: str, score: float) -> None:
    """Refuse scores outside 0..1, NaN included."""
    if not 0.0 <= score <= 1.0:
        raise UsageError(
            f"{score!r} is not a probability", where=where, remedy="give a number from 0 to 1"
        )


def texts_of(where: str, texts: Iterable[str]) -> frozenset[str]:
    """Return the texts as a frozen set; refuses a bare string, whose letters it would take."""
    if isinstance(texts, str) or not isinstance(texts, Iterable):
        raise UsageError(
            f"{texts!r} is not a list of texts", where=where, remedy="give a list, even for one"
        )
    return frozenset(texts)

"""Shapes that all parts of the API share: texts, pages of a list, problems."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, StringConstraints

from manara.model import UsageError

T = TypeVar("T")


def _plain(text: str) -> str:
    """Refuse what no database keeps or no answer can say."""
    if "\0" in text or (not text.isascii() and text.encode("utf-8", "replace").decode() != text):
        raise ValueError("holds a character that cannot be kept")
    return text


#: A short text; a longer one, for people to read.
Text = Annotated[str, StringConstraints(max_length=200), AfterValidator(_plain)]
Long = Annotated[str, StringConstraints(max_length=4000), AfterValidator(_plain)]

#: The id in a path.
Id = Annotated[str, Path(max_length=300), AfterValidator(_plain)]

Cursor = Annotated[
    str | None, Query(max_length=1000, description="`next` of the page before; none for the first")
]
Limit = Annotated[int, Query(ge=1, le=500, description="Most items of a page")]
Word = Annotated[str, Query(max_length=300), AfterValidator(_plain)]


class Items(BaseModel, Generic[T]):
    """A page of a list.

    Attributes:
        items: some of it.
        next: asks for what follows as ``cursor``; None at the end.
    """

    items: list[T]
    next: str | None


class Problem(BaseModel):
    """What went wrong (RFC 9457).

    Attributes:
        type: a stable name of the kind of problem.
        title: what its status means.
        status: the HTTP status.
        detail: what is wrong.
        where: the thing at fault.
        remedy: what can be done about it.
    """

    type: str
    title: str
    status: int
    detail: str
    where: str
    remedy: str


#: What every route may answer with.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "model": Problem,
        "description": text,
        "content": {"application/problem+json": {}},
    }
    for status, text in {
        400: "What was asked cannot be met as it was put",
        401: "Nobody has signed in, and there is no valid token",
        403: "The account may not do this",
        404: "There is no such thing, or none that the account may see",
        409: "It contradicts what is there",
        412: "It has changed since it was looked at",
        413: "It is too large",
        415: "It is not of the right kind",
        422: "An idempotency key was used for another request",
        503: "Busy; ask again in a while",
    }.items()
}


def page_of(
    rows: Sequence[T], place: Callable[[T], list[Any]], cursor: str | None, limit: int
) -> tuple[list[T], str | None]:
    """Return a page of a sorted list, and the cursor of the one behind it.

    What is added or taken away in between neither repeats nor skips anything else.

    Args:
        rows: the whole list.
        place: by what it is sorted, unique; JSON values.
        cursor: of the page; None for the first.
        limit: most rows.

    Raises:
        UsageError: the cursor is none.
    """
    after = cursor_place(cursor) if cursor else None
    try:
        rest = [row for row in rows if after is None or place(row) > after]
    except TypeError as error:
        raise _no_cursor() from error
    found = list(rest[:limit])
    return found, cursor_at(place(found[-1])) if len(rest) > limit else None


def cursor_at(place: list[Any]) -> str:
    """Return the cursor of what stands behind a place."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def cursor_place(cursor: str) -> list[Any]:
    """Return the place that a cursor stands for.

    Raises:
        UsageError: it is none.
    """
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _no_cursor() from error
    if not isinstance(place, list) or not place:
        raise _no_cursor()
    return place


def _no_cursor() -> UsageError:
    return UsageError("is no cursor of this list", where="cursor", remedy="begin without one")

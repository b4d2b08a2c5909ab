"""Where facts come from: a source is a file as it came, a dataset what it is an edition of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from manara.model._check import check_text, check_utc
from manara.model.errors import UsageError
from manara.model.grading import Grade
from manara.model.handling import Handling

_SHA256 = re.compile(r"[0-9a-f]{64}")
_DATASET = re.compile(r"[a-z][a-z0-9_]*")
_COUNTRY = re.compile(r"[a-z]{2}")


@dataclass(frozen=True, slots=True)
class Source:
    """A file or answer of a feed as it came, kept byte for byte.

    What it is an edition of, and how it was read, stands with the edition: one file may be read by
    several versions of a reader.

    Attributes:
        id: SHA-256 of its bytes, 64 lower-case hexadecimal digits.
        name: file name it first came under; of no meaning for reading it.
        url: where it was fetched from, ``""`` for a file handed over.
        etag: the server's entity tag (RFC 9110, section 8.8.3), ``""`` for none.
        size: in bytes.
        fetched_at: when this node received it, UTC.
    """

    id: str
    name: str
    url: str
    etag: str
    size: int
    fetched_at: datetime

    def __post_init__(self) -> None:
        _match(_SHA256, self.id, "source id", "give the SHA-256 as 64 hexadecimal digits")
        check_utc(f"source {self.id}", self.fetched_at)
        if self.size < 0:
            raise UsageError("size below zero", where=f"source {self.id}", remedy="give bytes")


@dataclass(frozen=True, slots=True)
class Dataset:
    """A list, register or feed of one publisher, of which sources are editions.

    Attributes:
        name: short name of lower-case Latin letters, digits and ``_``, such as
            ``un_sc_sanctions``.
        title: what people call it.
        publisher: who answers for it; ``""`` if unknown.
        licence: under what terms it may be used, as the publisher names them; ``""`` if unknown.
        url: its home page, or ``""``.
        country: the publisher's country, ISO 3166-1 alpha-2 in lower case, or ``""``.
        handling: the rule its facts come under.
        grade: how good it is, None if nobody has judged.
        additive: whether its sources add to each other, as the payments of one day to those of the
            day before, instead of each taking the place of the last.
    """

    name: str
    title: str
    publisher: str = ""
    licence: str = ""
    url: str = ""
    country: str = ""
    handling: Handling = Handling.OPEN
    grade: Grade | None = None
    additive: bool = False

    def __post_init__(self) -> None:
        _match(_DATASET, self.name, "dataset name", "use a to z, 0 to 9 and _")
        check_text(f"dataset {self.name}", self.title)
        if self.country:
            _match(_COUNTRY, self.country, "country", "give two lower-case letters")


def _match(pattern: re.Pattern[str], text: str, where: str, remedy: str) -> None:
    if not pattern.fullmatch(text):
        raise UsageError(f"{text!r} is not well formed", where=where, remedy=remedy)

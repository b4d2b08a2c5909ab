"""Documents of good practice: Markdown with what it is at its head, as YAML between two ``---``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from manara.formats.base import Format, Head, Match, subject
from manara.formats.stated_rule import StatedRule
from manara.model import FormatError, Handling, ManaraError, Record, Reject

#: Longest document, in bytes.
MAX_BYTES = 1 << 20

_HEAD = re.compile(r"\ufeff?---[ \t]*\r?\n(.*?\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The head of a document."""

    manara: Literal["good-practice"]
    id: str
    kind: Literal["playbook", "indicators", "lesson", "guidance"]
    language: str
    title: str
    handling: StatedRule
    summary: str = ""
    version: str = ""
    date: date | None = None
    author: str = ""
    keywords: list[str] = []


class _Read(NamedTuple):
    document: _Document
    body: str
    line: int


def recognise(head: Head) -> Match | None:
    """Return a match if it begins with a head that says so."""
    found = _HEAD.match(head.text)
    if not found or not re.search(r"^manara:\s*good-practice\s*$", found[1], re.MULTILINE):
        return None
    names = (
        re.search(rf"^{key}:\s*([\w-]+)", found[1], re.MULTILINE) for key in ("id", "language")
    )
    words = [name[1].replace("-", "_").lower() if name else "unnamed" for name in names]
    return Match("_".join(("practice", *words)))


def read(path: Path) -> Iterator[Record | Reject]:
    """Yield the one record of a document; see `Format`.

    Raises:
        FormatError: its head lacks something or has it in a wrong form.
    """
    document, body, line = _opened(path)
    record = Record("head", [])
    about = subject(record, "GoodPractice", f"practice-{document.id}-{document.language}")
    stated = {
        "name": document.title,
        "practiceId": document.id,
        "practiceKind": document.kind,
        "language": document.language,
        "summary": document.summary,
        "practiceVersion": document.version,
        "date": document.date.isoformat() if document.date else "",
        "author": document.author,
    }
    for prop, value in stated.items():
        about.add(prop, value, "head")
    for word in document.keywords:
        about.add("keywords", word, "head")
    about.add("bodyText", body, f"line {line}")
    yield record


def marking(path: Path) -> Handling:
    """Return the handling rule that a document asks for; see `Format`."""
    try:
        return _opened(path).document.handling.handling()
    except ManaraError as error:
        raise FormatError(f"handling: {error}", where=path.name) from error


def _opened(path: Path) -> _Read:
    if path.stat().st_size > MAX_BYTES:
        raise FormatError(f"larger than {MAX_BYTES >> 20} MiB", where=path.name)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(f"not UTF-8: {error.reason}", where=path.name) from error
    found = _HEAD.match(text)
    if not found:
        raise FormatError("has no head between two lines of ---", where=path.name)
    try:
        document = msgspec.yaml.decode(found[1].encode(), type=_Document)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise FormatError(f"its head: {str(error)[:300]}", where=path.name) from error
    for field in ("id", "language"):
        if not _NAME.fullmatch(getattr(document, field)):
            raise FormatError(f"{field} is not small letters, digits and hyphens", where=path.name)
    return _Read(document, text[found.end() :].strip(), found[0].count("\n") + 1)


FORMAT = Format(
    "practice-markdown", "Good practice", "1", recognise, read, marking=marking, whole=True
)

"""UN/EDIFACT (ISO 9735): the messages of an interchange, segment by segment.

Carriers' messages come with other separators than the usual ones, with line ends inside of data,
and inside of teletype headers and footers. So the separators are learned from the first segment,
UNB, and from the end of it; only the release character is taken from UNA, the service string
advice. What stands before UNB and after UNZ is passed over, and so are line ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from manara.formats.base import Format, Head, Match
from manara.model import FormatError, Record, Reject

#: Largest file read, in bytes: it is held in memory. A message of a full flight has some 250 kB.
MAX_BYTES = 128 * 1024 * 1024

_BEGIN = re.compile(r"UNB(?P<element>[^\w\s])[A-Z]{4}(?P<part>[^\w\s])\d")
_ADVICE = re.compile(r"UNA(.{6})\s*\Z", re.DOTALL)
_TAG = re.compile(r"[A-Z]{3}")
_RELEASE = "?"


class Segment(NamedTuple):
    """A segment.

    Attributes:
        number: its place in the file, from 1.
        tag: of three letters.
        elements: its data elements, each as its components; the tag is none of them.
    """

    number: int
    tag: str
    elements: tuple[tuple[str, ...], ...]

    def part(self, element: int, component: int = 1) -> str:
        """Return a component by its numbers, counted from 1; ``""`` where there is none."""
        try:
            return self.elements[element - 1][component - 1].strip()
        except IndexError:
            return ""

    @property
    def at(self) -> str:
        """Where it stands, such as ``segment 7 NAD``."""
        return f"segment {self.number} {self.tag}"

    @property
    def text(self) -> str:
        """It as it may be shown."""
        return "+".join([self.tag, *(":".join(parts) for parts in self.elements)])


class Message(NamedTuple):
    """A message with what its interchange says of it.

    Attributes:
        number: its place in the file, from 1.
        kind: its type, such as ``PAXLST``.
        reference: of the interchange and of the message in it.
        made: day on which the interchange was made, YYMMDD or YYYYMMDD.
        segments: between UNH and UNT.
    """

    number: int
    kind: str
    reference: str
    made: str
    segments: list[Segment]

    @property
    def at(self) -> str:
        """Where it stands, such as ``message 3``."""
        return f"message {self.number}"


class _Marks(NamedTuple):
    element: str
    part: str
    release: str
    end: str


def format_of(
    kind: str, title: str, records: Callable[[Message], Iterator[Record | Reject]]
) -> Format:
    """Return the format of files whose messages are of one type; others in them are rejects.

    Args:
        kind: the type.
        title: what people call it.
        records: gives those of a message, and what breaks a rule in it.
    """
    dataset = kind.lower()

    def recognise(head: Head) -> Match | None:
        return Match(dataset) if kind_of(head) == kind else None

    def read(path: Path) -> Iterator[Record | Reject]:
        for message in messages(path):
            if isinstance(message, Reject):
                yield message
            elif message.kind != kind:
                yield Reject(message.at, "message", f"a {message.kind or 'nameless message'}", "")
            else:
                yield from records(message)

    return Format(f"edifact-{dataset}", title, "1", read=read, recognise=recognise, additive=True)


def kind_of(head: Head) -> str:
    """Return the type of the first message of a file; ``""`` if it holds none."""
    text = _joined(head.text)
    begin = _BEGIN.search(text)
    if not begin:
        return ""
    element, part = re.escape(begin["element"]), re.escape(begin["part"])
    found = re.search(rf"UNH{element}[^{element}]*{element}\s*([A-Z]{{6}}){part}", text)
    return found[1] if found else ""


def messages(path: Path) -> Iterator[Message | Reject]:
    """Yield the messages of a file; a reject for each rule of the envelope that one breaks.

    A message whose UNT counts wrongly, or that has none, is yielded too.

    Raises:
        FormatError: the file is no interchange, or is cut off in its last message.
    """
    number, reference, made = 0, "", ""
    open_: Message | None = None
    last = ""
    for segment in _segments(path):
        last = segment.tag
        if segment.tag == "UNB":
            reference, made = segment.part(5), segment.part(4)
        elif segment.tag == "UNH":
            if open_:
                yield open_
                yield _broken(open_, segment, "end", "a message begins before the last one's UNT")
            number += 1
            whole = "-".join(filter(None, (reference, segment.part(1))))
            open_ = Message(number, segment.part(2), whole, made, [])
        elif segment.tag == "UNT" and open_:
            yield open_
            count, counted = len(open_.segments) + 2, segment.part(1)
            if counted != str(count):
                told = f"UNT counts {counted or 'nothing'}, there are {count} segments"
                yield _broken(open_, segment, "count", told)
            open_ = None
        elif open_:
            open_.segments.append(segment)
    if open_ and last in ("UNZ", "UNE"):
        yield open_
        yield _broken(open_, open_.segments[-1], "end", "the message has no UNT")
    elif open_ or not number:
        raise FormatError(
            "the file is cut off in its last message" if open_ else "no message in it",
            where=path.name, remedy="fetch the file again",
        )  # fmt: skip


def _broken(message: Message, segment: Segment, rule: str, told: str) -> Reject:
    return Reject(f"{message.at}, {segment.at}", rule, told, segment.text[:500])


def _segments(path: Path) -> Iterator[Segment]:
    text = _joined(_text(path))
    begin = _BEGIN.search(text)
    if not begin:
        raise FormatError("no interchange: UNB is missing", where=path.name)
    marks = _marks(text, begin, path)
    number = 0
    for written in _split(text[begin.start() :], marks.end, marks.release):
        if not written.strip():
            continue
        number += 1
        tag, *elements = _split(written.strip(), marks.element, marks.release)
        parts = tuple(
            tuple(_plain(part, marks.release) for part in _split(each, marks.part, marks.release))
            for each in elements
        )
        found = Segment(number, tag.strip(), parts)
        if _TAG.fullmatch(found.tag):
            yield found


def _marks(text: str, begin: re.Match[str], path: Path) -> _Marks:
    element, part = begin["element"], begin["part"]
    end = re.search(rf"([^\w\s])\s*UN[GH]{re.escape(element)}", text[begin.end() :])
    if not end:
        raise FormatError("no message in it: no UNH after UNB", where=path.name)
    advice = _ADVICE.search(text[: begin.start()])
    release = advice[1][3] if advice and not advice[1][3].isspace() else _RELEASE
    taken = {element, part, end[1]}
    return _Marks(element, part, _RELEASE if release in taken else release, end[1])


def _joined(text: str) -> str:
    """Return a text without line ends: they are no data in EDIFACT, and teletype adds them."""
    return text.replace("\r", "").replace("\n", "")


def _text(path: Path) -> str:
    if path.stat().st_size > MAX_BYTES:
        raise FormatError(f"more than {MAX_BYTES // 2**20} MiB of messages", where=path.name)
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _split(text: str, mark: str, release: str) -> list[str]:
    """Return what stands between marks that are not released."""
    if release not in text:
        return text.split(mark)
    parts, start = [], 0
    for found in re.finditer(f"{re.escape(release)}.|{re.escape(mark)}", text, re.DOTALL):
        if found[0] == mark:
            parts.append(text[start : found.start()])
            start = found.end()
    return [*parts, text[start:]]


def _plain(text: str, release: str) -> str:
    if release not in text:
        return text
    return re.sub(f"{re.escape(release)}(.)", r"\1", text, flags=re.DOTALL)

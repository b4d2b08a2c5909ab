"""XML as a stream of records in the form of text, for files of very many small records.

Where a file is plain (UTF-8, no comments, no CDATA, no processing instructions, no numeric
character references), expat only checks that it is well-formed, and records are cut out of the
text: to walk their nodes from Python costs more than all the parsing. Any other file, and any that
expat does not like, is read by lxml from its start, and lxml says what is wrong with it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Generator, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeAlias
from xml.parsers import expat

from lxml import etree

from manara.formats.xml import local, stream

#: The children of an element by local name, the first of each: name, attributes, what is inside.
Parts: TypeAlias = dict[str, tuple[str, str, str]]

_CHUNK = 2**18
#: Longest text without the end of a record, in characters; what has longer ones is left to lxml.
_LONGEST = 4 * 2**20
#: Deepest nesting, as in libxml2.
_DEEPEST = 256
_DECLARATION = re.compile(r"\A<\?xml[^>]*\?>")
_TAG = re.compile(r"<(/?)([^\s/>]++)([^>]*+)>")
_PREFIX = re.compile(r"(</?)[\w.-]+:")
#: An attribute that is not written as lxml writes it, ``name="value"`` without a ``>``: first what
#: is cheap to find but may stand in a text, then what surely is one.
_ODD = re.compile(r'=(?:(?<=\s=)|(?!"[^"<>]*"))')
_ODD_IN_TAG = re.compile(r'<[^<>="]*+(?:(?<!\s)="[^"<>]*"[^<>="]*+)*+(?:(?<=\s)=|=(?!"[^"<>]*"))')


class Heading(NamedTuple):
    """What stands before the records of one group.

    Attributes:
        name: local name of the element around the records.
        parts: its children before the first group or record in it.
        above: the same of the element around it.
    """

    name: str
    parts: Parts
    above: Parts


class Found(NamedTuple):
    """One record.

    Attributes:
        name: its local name.
        inside: what is inside, tags without prefixes.
        locator: where it stands, see `manara.formats.xml.Node`.
        heading: what stands before it; one object for all records of a group.
    """

    name: str
    inside: str
    locator: str
    heading: Heading


def found(path: Path, names: Collection[str], groups: Collection[str]) -> Iterator[Found]:
    """Yield each element of these local names, in document order.

    Args:
        path: the file.
        names: names of the records, which do not nest in one another.
        groups: names of records and of groups of them; a heading ends before the first.

    Raises:
        FormatError: as `manara.formats.xml.stream`.
    """
    done = 0
    try:
        for each in _Plain(names, groups).read(path):
            done += 1
            yield each
    except (_NotPlainError, expat.ExpatError, UnicodeDecodeError):
        yield from islice(_by_lxml(path, names, groups), done, None)


def _by_lxml(path: Path, names: Collection[str], groups: Collection[str]) -> Iterator[Found]:
    parent, heading = None, Heading("", {}, {})
    for element, locator in stream(path, *names):
        above = element.getparent()
        if above is not parent:
            parent = above
            around = None if parent is None else parent.getparent()
            name = "" if parent is None else local(parent)
            heading = Heading(name, _parts(parent, groups), _parts(around, groups))
        yield Found(local(element), _inside(element), locator, heading)


def _parts(parent: etree._Element | None, groups: Collection[str]) -> Parts:
    found: Parts = {}
    for child in parent if parent is not None else ():
        name = local(child)
        if name in groups:
            break
        found.setdefault(name, (name, "", _inside(child)))
    return found


def _inside(element: etree._Element) -> str:
    text = etree.tostring(element, encoding="unicode", with_tail=False)
    start, end = text.index(">") + 1, text.rindex("<")
    return _PREFIX.sub(r"\1", text[start:end]) if end > start else ""


class _NotPlainError(Exception):
    """Raised where a file is to be read by lxml."""


class _Level:
    """An element that is open around the present place.

    Attributes:
        name: its local name.
        above: the element around it.
        number: how many of this name there are in it so far.
        start: where its inside begins in the present text, -1 if a record stands in it.
        counts: how many children it has had so far, by name.
        parts: its children before the first group or record.
        is_heading: whether none of these has come yet.
        heading: what its records get.
        place: its locator, once it has a heading.
    """

    __slots__ = (
        *("above", "counts", "heading", "is_heading", "name", "number", "parts", "place", "start"),
    )

    def __init__(self, name: str, above: _Level | None, start: int) -> None:
        self.name, self.above, self.start = name, above, start
        self.number = above.count(name) if above else 0
        self.counts: dict[str, int] = {}
        self.parts: Parts = {}
        self.is_heading = True
        self.heading: Heading | None = None
        self.place = ""

    def count(self, name: str) -> int:
        """Return the number of a further child."""
        number = self.counts[name] = self.counts.get(name, 0) + 1
        return number

    def close_heading(self) -> None:
        """Make the heading of what has been read before the first record."""
        self.heading = Heading(self.name, self.parts, self.above.parts if self.above else {})
        self.is_heading, level, steps = False, self, []
        while level.above:
            steps.append(f"/{level.name}[{level.number}]")
            level = level.above
        self.place = f"/{level.name}{''.join(reversed(steps))}"


class _Plain:
    """Cuts records out of a plain file."""

    def __init__(self, names: Collection[str], groups: Collection[str]) -> None:
        self._groups = frozenset(groups)
        self._record = re.compile(rf"<({'|'.join(names)})(?=[\s/>])([^>]*+)>")
        self._ends = {name: re.compile(rf"</{name}\s*>") for name in names}
        self._begins = [f"<{name}" for name in names]
        self._level: _Level | None = None
        self._depth = 0
        self._has_prefixes = False
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.XmlDeclHandler = _declared
        self._parser.StartDoctypeDeclHandler = _refuse
        self._parser.CommentHandler = _refuse
        self._parser.ProcessingInstructionHandler = _refuse
        self._parser.StartCdataSectionHandler = _refuse

    def read(self, path: Path) -> Iterator[Found]:
        """Yield the records of a file; whatever is amiss ends it by an exception."""
        decoder, rest = codecs.getincrementaldecoder("utf-8-sig")(), ""
        with path.open("rb") as file:
            if b"\0" in file.read(4):
                raise _NotPlainError  # UTF-16
            file.seek(0)
            while chunk := file.read(max(_CHUNK, len(rest))):
                # Nothing is made of a text before expat has seen it.
                self._parser.Parse(chunk, False)
                text = rest + decoder.decode(chunk)
                if not self._level:
                    text = _DECLARATION.sub("", text, 1)
                text = self._normal(text)
                rest = text[(yield from self._cut(text)) :]
                if len(rest) > _LONGEST:
                    raise _NotPlainError
        self._parser.Parse(b"", True)

    def _normal(self, text: str) -> str:
        """Return a text with line ends as XML has them and tags without prefixes."""
        if "\r" in text:
            text = text.replace("\r\n", "\n")
        is_odd = "&#" in text or "\r" in text[:-1]
        if is_odd or (_ODD.search(text) and _ODD_IN_TAG.search(text, 0, text.rfind(">") + 1)):
            raise _NotPlainError
        self._has_prefixes = self._has_prefixes or "xmlns:" in text
        return _PREFIX.sub(r"\1", text) if self._has_prefixes else text

    def _cut(self, text: str) -> Generator[Found, None, int]:
        """Yield the records that end in a text and return where the last of them does."""
        used = 0
        while begin := self._record.search(text, used):
            name, attributes = begin.groups()
            start = end = after = begin.end()
            if not attributes.endswith("/"):
                close = self._ends[name].search(text, start)
                if close is None:
                    break
                end, after = close.span()
            level = self._walk(text, used, begin.start())
            if level.heading is None or self._nests(text, start, end):
                raise _NotPlainError
            place = f"{level.place}/{name}[{level.count(name)}]"
            yield Found(name, text[start:end], place, level.heading)
            used = after
        return used

    def _nests(self, text: str, start: int, end: int) -> bool:
        """Return whether a record may stand in a record."""
        return any(
            text.find(begin, start, end) >= 0 and self._record.search(text, start, end)
            for begin in self._begins
        )

    def _walk(self, text: str, at: int, end: int) -> _Level:
        """Return the element around a record, having gone through what stands before it."""
        level = self._level
        while tag := _TAG.search(text, at, end):
            closing, name, attributes = tag.groups()
            at = tag.end()
            if closing:
                level = self._leave(level, name, text, tag.start())
                continue
            # Most of what is not around records is gone past in one step.
            close = at if attributes.endswith("/") else text.find(f"</{name}>", at, end)
            if level and close >= 0 and text.find(f"<{name}", at, close) < 0:
                level.count(name)
                if level.is_heading and name not in self._groups:
                    level.parts.setdefault(name, (name, "", text[at:close]))
                at = close if close == at else close + len(name) + 3
            else:
                level = self._enter(level, name, at)
        if level is None:
            raise _NotPlainError
        if level.heading is None:
            level.close_heading()
        self._level = level
        around: _Level | None = level
        while around and around.start >= 0:
            around.start, around = -1, around.above
        return level

    def _enter(self, above: _Level | None, name: str, start: int) -> _Level:
        if above and name in self._groups:
            above.is_heading = False
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _NotPlainError
        return _Level(name, above, start)

    def _leave(self, level: _Level | None, name: str, text: str, end: int) -> _Level | None:
        self._depth -= 1
        if level is None or level.name != name:
            raise _NotPlainError
        above = level.above
        if above and above.is_heading and level.start >= 0 and name not in self._groups:
            above.parts.setdefault(name, (name, "", text[level.start : end]))
        return above


def _declared(version: str, encoding: str | None, standalone: int) -> None:
    if encoding and encoding.lower() not in ("utf-8", "us-ascii"):
        raise _NotPlainError


def _refuse(*event: object) -> None:
    raise _NotPlainError

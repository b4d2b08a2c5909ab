"""Records of plain XML, read as text beside a parser that only checks it.

What is not plain (another encoding than UTF-8, comments, CDATA sections, processing instructions, a
document type, records that nest or are very long, anything malformed) is left to
`manara.formats.xml.stream`, which tells what is wrong or reads it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import msgspec
from lxml import etree

from manara.formats.xml_parts import Holds, Opens, Part, Shape, Steps, cut

#: Most text without a whole record in it, in characters.
_LONGEST = 2**20
_CHUNK = 2**18
#: Elements around a record; the parser that builds a tree has a limit too.
_DEEPEST = 100
_START = re.compile(
    rb'(?:\xef\xbb\xbf)?(?:<\?xml version=["\']1\.0["\'](?: encoding=["\'](?i:utf-8)["\'])?'
    rb'(?: standalone=["\'](?:yes|no)["\'])?\s*\?>)?'
)
_NOTHING: frozenset[str] = frozenset()
#: Shapes of records that are remembered as usual.
_REMEMBERED = 2_000


class NotPlainError(Exception):
    """What stands here is to be read by a parser; never leaves the reader."""


class Found(msgspec.Struct, frozen=True, gc=False):
    """A record.

    Attributes:
        part: the record.
        locator: where it stands.
        heading: by local name the elements before the first record of its group, and before the
            first group; the same object for all records of a group.
    """

    part: Part
    locator: str
    heading: Mapping[str, Part]


def plain_records(path: Path, names: Collection[str], groups: Collection[str]) -> Iterator[Found]:
    """Yield each element of these local names, in document order, as long as the file is plain.

    Args:
        path: the file.
        names: local names of records; they do not nest.
        groups: local names of records and of what records stand in.

    Raises:
        NotPlainError: the rest is to be read by a parser.
    """
    ends = re.compile(rf"</(?:[\w.-]+:)?(?:{'|'.join(names)})\s*>")
    around = _Around(frozenset(names), frozenset(groups))
    rest, mark = "", ""
    for text in _checked(path):
        rest += text
        if not mark and (found := ends.search(rest)):
            mark = found[0]  # all end so; what ends another way shows as a record in a text
        at = 0
        while mark and (end := rest.find(mark, at)) >= 0:
            end += len(mark)
            yield around.record(rest[at:end])
            at = end
        rest = rest[at:]
        if len(rest) > _LONGEST:
            raise NotPlainError
    around.walk(*cut(rest))


def _checked(path: Path) -> Iterator[str]:
    """Yield a file's text in parts, each once a parser has found nothing wrong with it."""
    parser = etree.XMLParser(  # type: ignore[call-overload]  # asks for more than lxml does
        target=_Ignoring(),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )
    decoder = codecs.getincrementaldecoder("utf-8")()
    last = ""
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                parser.feed(chunk)
                if not last and (start := _START.match(chunk)):
                    chunk = chunk[start.end() :]
                text = decoder.decode(chunk)
                joined = last[-1:] + text
                if "<!" in joined or "<?" in joined:
                    raise NotPlainError
                last = text or last
                yield text
        parser.close()
    except (etree.XMLSyntaxError, UnicodeDecodeError) as error:
        raise NotPlainError from error


class _Ignoring:
    """Where a parser puts what it reads: nowhere."""

    def close(self) -> None:
        """Return nothing."""


class _Frame:
    """An element around records, with what has been seen in it."""

    __slots__ = ("counts", "declares", "has_groups", "has_records", "heading", "name", "place")

    def __init__(self, name: str, place: str, declares: frozenset[str]) -> None:
        self.name = name
        self.place = place
        self.declares = declares
        self.counts: dict[str, int] = {}
        self.heading: dict[str, Part] = {}
        self.has_groups = False
        self.has_records = False

    def count(self, name: str, groups: frozenset[str]) -> int:
        """Return the number of a child of this name that comes now."""
        number = self.counts[name] = self.counts.get(name, 0) + 1
        if name in groups:
            self.has_groups = True
        return number


class _Around:
    """The elements that stand around the present place of a file."""

    def __init__(self, names: frozenset[str], groups: frozenset[str]) -> None:
        self._names = names
        self._groups = groups
        self._frames = [_Frame("", "", _NOTHING)]
        self._heading: Mapping[str, Part] | None = None
        self._usual: set[Shape] = set()

    def walk(self, steps: Steps, texts: tuple[str, ...]) -> None:
        """Go on past a text in which no record is."""
        for step in steps:
            frame = self._frames[-1]
            if step is None:
                self._frames.pop()
                self._heading = None
                if not self._frames:
                    raise NotPlainError
            elif isinstance(step, Opens):
                self._open(step, frame)
            else:
                self._pass(step, texts, frame)

    def _open(self, step: Opens, frame: _Frame) -> None:
        declares = frame.declares | step.declares if step.declares else frame.declares
        if step.needs and not step.needs <= declares:
            raise NotPlainError
        number = frame.count(step.name, self._groups)
        place = f"{frame.place}/{step.name}"
        if len(self._frames) > 1:
            place += f"[{number}]"
        self._frames.append(_Frame(step.name, place, declares))
        if len(self._frames) > _DEEPEST:
            raise NotPlainError
        self._heading = None

    def _pass(self, step: Holds, texts: tuple[str, ...], frame: _Frame) -> None:
        self._check(step.shape, frame)
        name = step.shape.name
        if name in self._names:
            raise NotPlainError
        frame.count(name, self._groups)
        if not frame.has_groups and name not in frame.heading:
            frame.heading[name] = Part(step.shape, texts[step.first : step.last])

    def record(self, text: str) -> Found:
        """Return the record with which a text ends."""
        steps, texts = cut(text)
        last = steps[-1] if steps else None
        if len(steps) > 1:
            self.walk(steps[:-1], texts)
        frame = self._frames[-1]
        if last is None or isinstance(last, Opens) or len(self._frames) == 1:
            raise NotPlainError
        shape = last.shape
        self._check(shape, frame)
        if self._heading is None:
            if frame.has_records:
                raise NotPlainError
            self._heading = self._headings()
            frame.has_records = True
        if last.first:
            texts = texts[last.first :]
        place = f"{frame.place}/{shape.name}[{frame.count(shape.name, self._groups)}]"
        return Found(Part(shape, texts), place, self._heading)

    def _check(self, shape: Shape, frame: _Frame) -> None:
        """Refuse what needs a prefix that is not declared here, or in which a record is."""
        if shape.needs and not shape.needs <= frame.declares:
            raise NotPlainError
        if shape not in self._usual:
            if any(name in self._names for name, _ in shape.leaves):
                raise NotPlainError
            if len(self._usual) > _REMEMBERED:
                self._usual.clear()
            self._usual.add(shape)

    def _headings(self) -> Mapping[str, Part]:
        above, frame = self._frames[-2:]
        return above.heading | frame.heading if frame.name in self._groups else frame.heading

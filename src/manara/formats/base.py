"""What a format is: how it is recognised and how it is read."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from manara.formats.xml import Node
from manara.model import Handling, Record, Reject, Stated

if TYPE_CHECKING:
    from manara.formats.payment import Payment

#: How much of a source recognition may look at, in bytes, and how much of its end.
HEAD_BYTES = 64 * 1024
TAIL_BYTES = 4 * 1024

_XML_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)[\s>/]")
_XML_PROLOGUE = re.compile(r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>", re.DOTALL)


class Head:
    """The beginning of a source, for recognition by content.

    Attributes:
        data: the first bytes, at most `HEAD_BYTES`.
        text: the same decoded as UTF-8 (or UTF-16 by its byte order mark), damage replaced.
        root: local name of the root element if it looks like XML, else ``""``.
        tail: the last bytes, at most `TAIL_BYTES`: some files say only there which list they are.
    """

    def __init__(self, data: bytes, tail: bytes = b"") -> None:
        self.data = data[:HEAD_BYTES]
        utf16 = self.data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        self.text = self.data.decode("utf-16" if utf16 else "utf-8-sig", "replace")
        self.tail = tail
        self.root = ""
        if self.text.lstrip().startswith("<"):
            found = _XML_ROOT.search(_XML_PROLOGUE.sub("", self.text))
            self.root = found.group(1) if found else ""

    @property
    def first_line(self) -> str:
        """The first line that is not empty, without its line end."""
        return next((line for line in self.text.splitlines() if line.strip()), "")

    @classmethod
    def of(cls, path: Path) -> Head:
        """Return the head of a file."""
        with path.open("rb") as file:
            data = file.read(HEAD_BYTES)
            file.seek(max(0, path.stat().st_size - TAIL_BYTES))
            return cls(data, file.read())


class Match(NamedTuple):
    """What recognition found out.

    Attributes:
        dataset: name of the dataset the source is an edition of, such as ``un_sc_sanctions``.
        published: date or time of the edition as the source states it, ISO 8601, else ``""``.
        part_of: dataset of the list it is one file of, where a list comes in several files.
    """

    dataset: str
    published: str = ""
    part_of: str = ""


class Batch(NamedTuple):
    """Records of one event each, column by column.

    Attributes:
        table: the table of events.
        events: columns of the table and ``locator``, one row a record, null for no value.
        stated: what the records state of entities.
    """

    table: str
    events: pa.RecordBatch
    stated: list[Stated]


@dataclass(frozen=True, slots=True)
class Format:
    """One of the world's file formats.

    Attributes:
        name: short name, such as ``un-sc-xml``.
        title: what a person calls it.
        version: version of the reader; a changed reader reads unchanged sources again.
        recognise: returns a match if a source that begins with this head is of this format.
        read: streams the records of a file in constant memory. Sets aside, as a reject, what it
            cannot use; raises `FormatError` naming the place when the file as a whole is broken
            (not well-formed, cut off, wrongly encoded), so that nothing of it is loaded.
        additive: whether its files add to each other; see `manara.model.Dataset`.
        marking: returns the handling rule that a file itself asks for; what is taken in from it
            never comes under a looser one. None where the format has no way to say so.
        batches: reads the same faster, where it can: many rows of an event each as one `Batch`.
        whole: whether a file that is cut off cannot be read at all, so that how it ends tells
            nothing.
        payments: streams the payments of a file, each with its locator, where the format is one of
            payments; for what is asked of a payment before it is kept.
    """

    name: str
    title: str
    version: str
    recognise: Callable[[Head], Match | None]
    read: Callable[[Path], Iterator[Record | Reject]]
    additive: bool = False
    marking: Callable[[Path], Handling] | None = None
    batches: Callable[[Path], Iterator[Batch | Record | Reject]] | None = None
    whole: bool = False
    payments: Callable[[Path], Iterator[tuple[Payment, str] | Reject]] | None = None


class Subject:
    """One entity of a record being read; collects what the record states about it.

    Attributes:
        id: the entity's id.
        schema: name of its schema.
    """

    __slots__ = ("_stated", "id", "schema")

    def __init__(self, stated: list[Stated], schema: str, entity_id: str) -> None:
        self._stated = stated
        self.schema = schema
        self.id = entity_id

    def add(
        self, prop: str, value: str, locator: str, *, lang: str = "", original: str = ""
    ) -> None:
        """State a value of a property; an empty value states nothing."""
        if value:
            self._stated.append(Stated(self.id, self.schema, prop, value, locator, lang, original))

    def add_node(self, prop: str, node: Node | None, *, lang: str = "") -> None:
        """State the text of an XML node, if the node is there."""
        if node is not None:
            self.add(prop, node.text, node.locator, lang=lang)


def subject(record: Record, schema: str, entity_id: str) -> Subject:
    """Return a collector of statements about one entity of this record."""
    return Subject(record.stated, schema, entity_id)


def derived_id(parent: str, kind: str, *parts: str) -> str:
    """Return a stable id for an entity a source describes inside another without naming it.

    Args:
        parent: id of the entity it is described in.
        kind: what it is, such as ``address``.
        parts: the texts that tell it from its siblings; case and white space do not count.
    """
    key = "\x1f".join(" ".join(part.split()).casefold() for part in parts)
    return f"{parent}-{kind}-{hashlib.blake2b(key.encode(), digest_size=6).hexdigest()}"

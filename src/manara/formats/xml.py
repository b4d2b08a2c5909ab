"""Reading XML as a stream of records: hardened, in constant memory, each node with its locator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from manara.model import FormatError


def local(element: etree._Element) -> str:
    """Return an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]  # QName parses the name anew each time: 6 x slower


class Node:
    """An element of a record, found by local names, that knows where it stands.

    Attributes:
        element: the parsed element.
        locator: XPath of local names with positions, such as ``/list/entry[3]/name[2]``.
    """

    __slots__ = ("element", "locator")

    def __init__(self, element: etree._Element, locator: str) -> None:
        self.element = element
        self.locator = locator

    @property
    def name(self) -> str:
        """The element's local name."""
        return local(self.element)

    @property
    def text(self) -> str:
        """The text directly inside, white space collapsed."""
        return " ".join((self.element.text or "").split())

    @property
    def content(self) -> str:
        """All text inside, at any depth, in document order, parts separated by one space."""
        return " ".join(" ".join(self.element.itertext("*")).split())

    def get(self, attribute: str) -> str:
        """Return an attribute's value, white space collapsed, or ``""``."""
        return " ".join((self.element.get(attribute) or "").split())

    def children(self) -> Iterator[Node]:
        """Yield every child element as a node."""
        seen: Counter[str] = Counter()
        for child in self.element.iterchildren("*"):
            name = local(child)
            seen[name] += 1
            yield Node(child, f"{self.locator}/{name}[{seen[name]}]")

    def all(self, *path: str) -> Iterator[Node]:
        """Yield every node reached by descending through children of these local names."""
        for node in self.children():
            if node.name != path[0]:
                continue
            if len(path) == 1:
                yield node
            else:
                yield from node.all(*path[1:])

    def first(self, *path: str) -> Node | None:
        """Return the first node reached by these local names, or None."""
        return next(self.all(*path), None)

    def value(self, *path: str) -> str:
        """Return the text of the first node reached by these local names, or ``""``."""
        node = self.first(*path)
        return node.text if node else ""


def records(path: Path, *names: str) -> Iterator[Node]:
    """Yield each element of the given local names as a node, in document order.

    The names must not nest in one another. A node is valid until the next one is asked for.

    Raises:
        FormatError: the file is not well-formed, is wrongly encoded, or declares a document type
            (none of the formats needs one, and entities are how XML bombs are built).
    """
    positions: Counter[str] = Counter()
    try:
        for _, element in etree.iterparse(
            str(path),
            events=("end",),
            tag=[f"{{*}}{name}" for name in names],
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        ):
            if element.getroottree().docinfo.internalDTD is not None:
                raise FormatError("the file declares a document type", where=f"{path.name}, line 1")
            above = "/".join(reversed([local(parent) for parent in element.iterancestors()]))
            place = f"/{above}/{local(element)}" if above else f"/{local(element)}"
            positions[place] += 1
            yield Node(element, f"{place}[{positions[place]}]" if above else place)
            element.clear(keep_tail=False)
            parent = element.getparent()
            while parent is not None and element.getprevious() is not None:
                del parent[0]
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise FormatError(
            f"not well-formed XML: {error.msg}", where=f"line {line}, column {column}"
        ) from error

"""Reading XML as a stream of records: hardened, in constant memory, each node with its locator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from manara.model import FormatError

#: Most of a file that may come without a record in it: what is read of it is held in memory.
MAX_BETWEEN = 64 * 2**20
_CHUNK = 2**18


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


def stream(path: Path, *names: str) -> Iterator[tuple[etree._Element, str]]:
    """Yield each element of these local names with its locator, in document order.

    Unlike `records` it leaves what stands before an element in its parent, so that the heading of
    a group can be read with each of its members; earlier elements of these names and earlier
    groups are dropped. An element is valid until the next one is asked for.

    Raises:
        FormatError: as `records`, or more than `MAX_BETWEEN` bytes come without such an element.
    """
    parser: etree.XMLPullParser[etree._Element] = etree.XMLPullParser(
        events=("end",),
        tag=[f"{{*}}{name}" for name in names],
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    groups, between = _Groups(), 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                parser.feed(chunk)
                between += len(chunk)
                for _, element in parser.read_events():
                    between = 0
                    if not groups.place:
                        _check_no_doctype(element, path)
                    yield element, groups.locate(element)
                if between > MAX_BETWEEN:
                    raise FormatError(
                        f"{MAX_BETWEEN // 2**20} MiB without a record", where=path.name
                    )
        _check_no_doctype(parser.close(), path)
        for _, element in parser.read_events():
            yield element, groups.locate(element)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise FormatError(
            f"not well-formed XML: {error.msg}", where=f"line {line}, column {column}"
        ) from error


def _check_no_doctype(element: etree._Element, path: Path) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise FormatError("the file declares a document type", where=f"{path.name}, line 1")


class _Groups:
    """The elements around the present record; drops those before it and counts what it drops."""

    def __init__(self) -> None:
        self.place = ""
        self._chain: list[etree._Element] = []
        self._dropped: list[Counter[str]] = []
        self._last: etree._Element | None = None
        self._names: list[Counter[str]] = []

    def locate(self, element: etree._Element) -> str:
        """Return the locator of a record, having dropped the one before it."""
        parent = element.getparent()
        if self._last is not None:
            before = self._last.getparent()
            if before is not None:
                before.remove(self._last)
        self._last = element
        if parent is None:
            return f"/{local(element)}"
        if not self._chain or parent is not self._chain[-1]:
            self._enter(parent)
        name = local(element)
        self._names[-1][name] += 1
        return f"{self.place}/{name}[{self._names[-1][name]}]"

    def _enter(self, parent: etree._Element) -> None:
        """Drop the groups before this one, but for headings beside it."""
        chain = [parent, *parent.iterancestors()][::-1]
        same = 0
        while same < min(len(chain), len(self._chain)) and chain[same] is self._chain[same]:
            same += 1
        del self._dropped[min(same + 1, len(chain)) :]
        while len(self._dropped) < len(chain):
            self._dropped.append(Counter())
        for depth in range(max(same, 1), len(chain)):
            self._drop_before(chain[depth], depth, depth == len(chain) - 1)
        self._chain = chain
        self._names = self._names[:same] + [Counter() for _ in chain[same:]]
        steps = (
            f"/{local(node)}[{dropped[local(node)] + 1}]"
            for node, dropped in zip(chain[1:], self._dropped[1:], strict=True)
        )
        self.place = f"/{local(chain[0])}{''.join(steps)}"

    def _drop_before(self, node: etree._Element, depth: int, keep: bool) -> None:
        """Drop what stands before a node; only what has its name if the rest is to be kept."""
        above, sibling = node.getparent(), node.getprevious()
        while sibling is not None and above is not None:
            earlier = sibling.getprevious()
            if not keep or local(sibling) == local(node):
                self._dropped[depth][local(sibling)] += 1
                above.remove(sibling)
            sibling = earlier

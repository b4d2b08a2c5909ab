"""Elements of XML taken apart by their shape: the tags, of which each different run is read once.

Walking the nodes of a message from Python costs several times what parsing it does, and messages of
one sender are built alike. A text of XML is therefore cut at its closing tags: what stands before
the last ``>`` of each piece is tags, the same from message to message, what stands behind it is a
text. The tags together are the key under which the places of all texts are remembered; those that
come often are made into one regular expression that finds all texts at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import compress
from typing import NamedTuple, TypeAlias

import msgspec

#: Forms remembered, and how many pieces one may have for that, so that memory stays bounded.
_REMEMBERED, _LONGEST = 2_000, 500
#: After how many texts of a form compiling its expression, some 2 ms, pays; how many are kept, and
#: how many of them a text is tried with.
_OFTEN, _COMPILED, _TRIED = 100, 200, 4
#: Elements within elements that are taken for usual.
_DEEPEST = 100
#: What each bank fills as it likes.
_FREE = "SplmtryData"
#: Elements that stand several times, one line each.
_LINES = ("AdrLine", "Ustrd")

_TAG = r'<(/?)([^\s<>/"\'=]++)((?:\s++[^\s<>/"\'=]++="[^"<>]*+")*+)\s*+(/?)>'
_TAGS = re.compile(_TAG)
_ONLY_TAGS = re.compile(rf"(?:\s*+{_TAG})*+")
_ANY_TAG = re.compile(r"<([^>]*)>([^<]*)")
_ANY_NAME = re.compile(r"(/?)([^\s/]*)(.*?)(/?)", re.DOTALL)
_CURRENCY = re.compile(r'Ccy="([^"]*)"')
_DECLARED = re.compile(r"xmlns:([\w.-]+)=")
_PREFIX = re.compile(r'\s(?!xmlns:|xml:)([^\s=":]+):[^\s="]*\s*=')
_REFERENCE = re.compile(r"&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
#: Stands among the prefixes an element needs if it is not plain; nothing declares it.
_NOT_PLAIN = ""


class _Tag(NamedTuple):
    """A tag, how many texts stand before it, and whether one stands behind it."""

    closes: bool
    name: str
    attributes: str
    is_empty: bool
    texts: int
    has_text: bool


class Shape:
    """How an element is built, whatever its texts are.

    Attributes:
        name: its local name.
        own: number of its own text, -1 without.
        children: by local name of each child its first and last text and its shape, in order.
        leaves: local name and text of what stands in it at any depth, in order.
        money: the first currency in it and the text of the amount, None without.
        needs: prefixes that are to be declared around it; ``""`` if what it says can only be told
            by a parser.
    """

    __slots__ = ("children", "leaves", "money", "name", "needs", "own")

    def __init__(self, tag: _Tag) -> None:
        self.name = tag.name.rpartition(":")[2]
        self.own = 0 if tag.has_text else -1
        self.children: dict[str, list[tuple[int, int, Shape]]] = {}
        self.leaves: list[tuple[str, int]] = []
        currency = _CURRENCY.search(tag.attributes)
        self.money = (currency[1], self.own) if currency else None
        self.needs = _needed(tag) | ({_NOT_PLAIN} if "xmlns:" in tag.attributes else set())

    def take(self, child: Shape, first: int, last: int) -> None:
        """Add a child, given its first text and the one behind its last."""
        self.needs |= child.needs
        if child.name == _FREE:
            return
        self.children.setdefault(child.name, []).append((first, last, child))
        self.leaves.append((child.name, _moved(child.own, first)))
        self.leaves += [(name, _moved(text, first)) for name, text in child.leaves]
        if child.money and not self.money:
            self.money = (child.money[0], _moved(child.money[1], first))


class Part(msgspec.Struct, frozen=True, gc=False):
    """An element: its shape and its texts. Made for every part that is read: as a struct, fast."""

    shape: Shape
    texts: tuple[str, ...]

    def child(self, name: str) -> Part | None:
        """Return its first child of a local name."""
        found = self.shape.children.get(name)
        if found is None:
            return None
        first, last, shape = found[0]
        return Part(shape, self.texts[first:last])

    def all(self, name: str) -> list[Part]:
        """Return its children of a local name."""
        found = self.shape.children.get(name, ())
        return [Part(shape, self.texts[first:last]) for first, last, shape in found]

    def leaves(self) -> dict[str, str]:
        """Return what stands in it, at any depth, by local name; the first of each name."""
        found: dict[str, str] = {}
        texts = self.texts
        for name, at in self.shape.leaves:
            text = " ".join(texts[at].split()) if at >= 0 else ""
            if not text:
                found.setdefault(name, "")
                continue
            if "&" in text:
                text = resolved(text)
            if not found.get(name):
                found[name] = text
            elif name in _LINES:
                found[name] += f" {text}"
        return found

    def text(self) -> str:
        """Return its text, or that of the first thing in it that has any; ``""`` without."""
        if self.shape.leaves:
            return next(filter(None, self.leaves().values()), "")
        return resolved(self.texts[self.shape.own].strip()) if self.shape.own >= 0 else ""

    def money(self) -> tuple[str, str] | None:
        """Return the first currency in it and the text of the amount, None without."""
        if self.shape.money is None:
            return None
        currency, at = self.shape.money
        return currency, self.texts[at].strip() if at >= 0 else ""

    def content(self) -> str:
        """Return all texts in it, white space collapsed."""
        return resolved(" ".join(" ".join(self.texts).split()))


class Opens(NamedTuple):
    """An element that begins and goes on behind the text that was cut."""

    name: str
    declares: frozenset[str]
    needs: frozenset[str]


class Holds(NamedTuple):
    """A whole element, with its first text and the one behind its last."""

    shape: Shape
    first: int
    last: int


#: What a text of XML is made of; None is the end of an element that began before it.
Steps: TypeAlias = tuple[Opens | Holds | None, ...]


class _Form:
    """What texts of XML with the same tags have in common.

    Attributes:
        steps: what they are made of.
        kept: which of the pieces end with a text of an element.
        seen: how many texts of this form came.
    """

    __slots__ = ("kept", "pattern", "seen", "steps")

    def __init__(self, tags: Sequence[_Tag], kept: list[bool]) -> None:
        self.steps: Steps = tuple(_steps(tags))
        self.kept = kept
        self.seen = 0
        self.pattern: re.Pattern[str] | None = None

    def compile(self, runs: tuple[str, ...]) -> re.Pattern[str]:
        """Return the expression of plain texts of this form; its groups are the texts."""
        behind = (r">([^<]*+)" if kept else r">\s*+" for kept in self.kept)
        self.pattern = re.compile(
            "</".join(
                re.escape(run) + (text if run else r"\s*+")
                for run, text in zip(runs, behind, strict=True)
            )
        )
        return self.pattern


_known: dict[tuple[str, ...], _Form | None] = {}
_compiled: dict[int, list[_Form]] = {}


def cut(text: str) -> tuple[Steps, tuple[str, ...]]:
    """Return what a text of XML is made of, and its texts.

    Args:
        text: well-formed XML without comments, CDATA sections and processing instructions; it may
            begin and end within elements, not within a tag.
    """
    size = text.count("<")
    for form in _compiled.get(size, ()):
        if form.pattern and (found := form.pattern.fullmatch(text)):
            return form.steps, found.groups()
    runs, _, texts = zip(*[piece.rpartition(">") for piece in text.split("</")], strict=True)
    plain = _form(runs, _plain_tags)
    if plain is None:  # a text among tags, or a ">" in a text
        tags = _ANY_TAG.findall(text)
        plain = _form(("<", *(tag for tag, _ in tags)), _any_tags)
        texts = ("", *(behind for _, behind in tags))
    elif plain.seen == _OFTEN:
        _compile(plain, runs, size)
    return (plain.steps, tuple(compress(texts, plain.kept))) if plain else ((), ())


def _form(
    runs: tuple[str, ...], tags: Callable[[tuple[str, ...]], tuple[list[_Tag], list[bool]] | None]
) -> _Form | None:
    try:
        form = _known[runs]
    except KeyError:
        found = tags(runs)
        form = _Form(*found) if found else None
        if len(runs) < _LONGEST:
            if len(_known) >= _REMEMBERED:
                _known.clear()
            _known[runs] = form
    if form:
        form.seen += 1
    return form


def _compile(form: _Form, runs: tuple[str, ...], size: int) -> None:
    if sum(map(len, _compiled.values())) >= _COMPILED:
        _compiled.clear()
    form.compile(runs)
    _compiled[size] = [form, *_compiled.get(size, ())][:_TRIED]


def part_of(text: str) -> Part:
    """Return the element that a text of XML is; see `cut`."""
    steps, texts = cut(text)
    [whole] = (step for step in steps if isinstance(step, Holds))
    return Part(whole.shape, texts[whole.first : whole.last])


def resolved(text: str) -> str:
    """Return a text with the references to characters in it replaced."""
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    if name:
        return _NAMED.get(name, found[0])
    return chr(int(decimal) if decimal else int(hexadecimal, 16))


def _plain_tags(runs: tuple[str, ...]) -> tuple[list[_Tag], list[bool]] | None:
    """Return the tags of pieces and the pieces with texts, None if more than that is among them."""
    found: list[_Tag] = []
    kept: list[bool] = []
    for piece, run in enumerate(runs):
        tags = _tags_of(run, piece > 0)
        if tags is None:
            return None
        texts = sum(kept)
        found += [_Tag(*tag, texts, False) for tag in tags]
        kept.append(bool(tags) and not (found[-1].closes or found[-1].is_empty))
        if kept[-1]:
            found[-1] = found[-1]._replace(has_text=True)
    return found, kept


@lru_cache(maxsize=4096)
def _tags_of(run: str, closes: bool) -> list[tuple[bool, str, str, bool]] | None:
    text = f"</{run}>" if closes else f"{run}>" if run else ""
    if not _ONLY_TAGS.fullmatch(text):
        return None
    return [
        (bool(end), name, attributes, bool(empty))
        for end, name, attributes, empty in _TAGS.findall(text)
    ]


def _any_tags(runs: tuple[str, ...]) -> tuple[list[_Tag], list[bool]]:
    found: list[_Tag] = []
    kept = [False]
    for run in runs[1:]:
        match = _ANY_NAME.fullmatch(run)
        end, name, attributes, empty = match.groups() if match else ("", run, "'", "")
        texts = sum(kept)
        kept.append(not (end or empty))
        found.append(_Tag(bool(end), name, attributes, bool(empty), texts, kept[-1]))
    return found, kept


def _steps(tags: Sequence[_Tag]) -> Iterator[Opens | Holds | None]:
    ends: dict[int, int] = {}
    begun: list[int] = []
    for place, tag in enumerate(tags):
        if tag.is_empty:
            ends[place] = place
        elif not tag.closes:
            begun.append(place)
        elif begun:
            ends[begun.pop()] = place
    skip = 0
    for place, tag in enumerate(tags):
        if place < skip:
            continue
        if place in ends:
            skip = ends[place] + 1
            yield _holds(tags[place:skip])
        elif tag.closes:
            yield None
        else:
            declares = frozenset(_DECLARED.findall(tag.attributes))
            yield Opens(tag.name.rpartition(":")[2], declares, frozenset(_needed(tag) - declares))


def _holds(tags: Sequence[_Tag]) -> Holds:
    """Return the element that tags are."""
    begun: list[Holds] = []
    for tag in tags:
        if not tag.closes:
            begun.append(Holds(Shape(tag), tag.texts, tag.texts))
            if len(begun) > _DEEPEST:
                begun[-1].shape.needs.add(_NOT_PLAIN)
        if (tag.closes or tag.is_empty) and len(begun) > 1:
            shape, first, _ = begun.pop()
            above = begun[-1]
            above.shape.take(shape, first - above.first, tag.texts - above.first)
    return begun[0]._replace(last=tags[-1].texts)


def _needed(tag: _Tag) -> set[str]:
    """Return the prefixes in a tag, and ``""`` if its quotes leave open where it ends."""
    plain = "'" not in tag.attributes and tag.attributes.count('"') % 2 == 0
    used = {*_PREFIX.findall(tag.attributes)} | (set() if plain else {_NOT_PLAIN})
    return used | {tag.name.rpartition(":")[0]} if ":" in tag.name else used


def _moved(text: int, by: int) -> int:
    return text + by if text >= 0 else -1

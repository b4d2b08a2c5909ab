"""A pass over the names of a list, from which a segment is made."""

from __future__ import annotations

from array import array

from manara.identity.names.forms import plain_words
from manara.identity.screening.likelihood import MAX_WORDS
from manara.identity.screening.places import ADDRESS, BIRTH_PLACE
from manara.identity.screening.query import (
    KINDS,
    MAX_LENGTH,
    NameEntry,
    lay_out,
    pack_country,
    pack_date,
    pack_genders,
)

_KIND = {kind: at for at, kind in enumerate(KINDS)}
#: Kinds whose names are not looked at as a person's would be.
_THINGS = frozenset(("organisation", "vessel"))
#: Roles and covers of up to so many words that each stand by themselves.
_ROLES = [bytes(words) for words in range(MAX_WORDS + 1)]
_COVERS = [array("i", [1 << at for at in range(words)]) for words in range(MAX_WORDS + 1)]


class Gathered:
    """What a pass over the names collects, before it is put in order."""

    def __init__(self) -> None:
        self.entities: dict[str, int] = {}
        self.words: dict[str, int] = {}
        self.sources: dict[tuple[str, str], int] = {}
        self.text, self.ends = bytearray(), array("q", [0])
        self.word, self.role, self.cover = array("i"), bytearray(), array("i")
        self.start, self.entity, self.weak = array("q", [0]), array("i"), bytearray()
        self.gender, self.kind, self.source = bytearray(), bytearray(), array("i")
        self.dates: set[tuple[int, int]] = set()
        self.countries: set[tuple[int, int]] = set()
        self.documents: set[tuple[int, str]] = set()
        self.places: set[tuple[int, int, str]] = set()

    def take(self, entry: NameEntry) -> None:
        """Add a name and what is known of its entity."""
        entities = self.entities
        entity = entities.setdefault(entry.entity_id, len(entities))
        if entity == len(self.kind):
            self.kind.append(_KIND.get(entry.kind, 0))
            self.gender.append(0)
            key = (entry.list, entry.edition)
            self.source.append(self.sources.setdefault(key, len(self.sources)))
        name = entry.name
        self.text += name.encode("utf-8", "replace")
        self.ends.append(len(self.text))
        self._read(name, entry.kind)
        self.start.append(len(self.word))
        self.entity.append(entity)
        self.weak.append(entry.weak)
        if entry.birth_dates or entry.countries or entry.genders or entry.documents:
            self._describe(entity, entry)
        if entry.places or entry.addresses:
            self.places.update((entity, BIRTH_PLACE, text) for text in entry.places if text)
            self.places.update((entity, ADDRESS, text) for text in entry.addresses if text)

    def _read(self, name: str, kind: str) -> None:
        """Add the words of a name; those of most people's names are plain, which is told sooner."""
        words, word = self.words, self.word
        plain = None if kind in _THINGS else plain_words(name[:MAX_LENGTH])
        if plain is None:
            laid = lay_out(name, kind)
            texts = laid.texts
            self.role.extend(laid.roles)
            self.cover.extend(laid.covers)
        else:
            texts = plain[:MAX_WORDS]
            self.role += _ROLES[len(texts)]
            self.cover += _COVERS[len(texts)]
        for text in texts:
            word.append(words.setdefault(text, len(words)))

    def _describe(self, entity: int, entry: NameEntry) -> None:
        self.gender[entity] |= pack_genders(entry.genders)
        self.dates.update((entity, d) for text in entry.birth_dates if (d := pack_date(text)))
        self.countries.update((entity, c) for text in entry.countries if (c := pack_country(text)))
        self.documents.update((entity, number) for number in entry.documents if number)

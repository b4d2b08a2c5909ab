"""The screening index: who on the lists can be meant by a name, in any script, and how surely."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np

from manara.identity.dates import gregorian
from manara.identity.numbers import parts
from manara.identity.screening import segment as store
from manara.identity.screening.beside import Beside
from manara.identity.screening.calibration import calibration, crowd
from manara.identity.screening.documents import LEAST_BESIDE, UNSAID
from manara.identity.screening.explain import Step, field_steps, name_steps
from manara.identity.screening.file import open_file, save
from manara.identity.screening.likelihood import WEIGHTS, Asked
from manara.identity.screening.passages import Passage, passages
from manara.identity.screening.prepare import LETTER_COSTS, Preparer
from manara.identity.screening.query import (
    KINDS,
    Laid,
    NameEntry,
    Query,
    hash_of,
    lay_out,
    pack_country,
    pack_date,
    pack_genders,
)
from manara.identity.screening.segment import Segment
from manara.identity.screening.vowels import often_of
from manara.identity.screening.walk import rank, walk
from manara.model.text import Text, phrase

#: How many of the best names the walk settles for each hit asked for: an entity has several names,
#: and other evidence reorders them.
_SPARE = 3
#: Queries that one thread answers in a row.
_RUN = 64


class _Part(NamedTuple):
    """A segment with what is needed to search it."""

    segment: Segment
    near: Preparer


class Hit:
    """An entity that may be meant; all but its score is looked up when it is asked for.

    Attributes:
        score: the evidence in nats, the sum of what the steps of `explanation` weigh.
    """

    def __init__(
        self, part: _Part, name: int, asked: Asked, laid: Laid, query: Query,
        score: float, crowd: float, beside: tuple[Step, ...],
    ) -> None:  # fmt: skip
        self._part, self._name, self._asked, self._laid = part, name, asked, laid
        self._query, self._crowd, self._beside = query, crowd, beside
        self.score = score

    @cached_property
    def _entity(self) -> int:
        return int(self._part.segment.names.entity[self._name])

    @cached_property
    def entity_id(self) -> str:
        """The entity."""
        return self._part.segment.entity_text.at(self._entity)

    @cached_property
    def name(self) -> str:
        """The name on the list that fits best, as stated; a number of what has no name."""
        segment = self._part.segment
        stated = segment.name_text.at(self._name)
        if not stated and (held := segment.documents.of(self._entity)):
            return parts(held[0])[2]
        return stated

    @cached_property
    def probability(self) -> float:
        """That it is the one asked for, above 0 and below 1."""
        return calibration().probability(self.score - self._crowd)

    @property
    def list(self) -> str:
        """The list that states it."""
        return self._source[0]

    @property
    def edition(self) -> str:
        """That list's edition."""
        return self._source[1]

    @property
    def _source(self) -> tuple[str, str]:
        segment = self._part.segment
        return segment.sources[int(segment.source[self._entity])]

    @cached_property
    def explanation(self) -> tuple[Step, ...]:
        """What speaks for and against it: words of the name first, then other fields.

        The weights add up to `score`.
        """
        segment = self._part.segment
        first, last = segment.names.start[self._name : self._name + 2]
        steps = []
        if self._laid.texts and first < last:
            kind = KINDS.index(self._query.kind) if self._query.kind in KINDS else 0
            steps = name_steps(self._asked, self._laid, self._part.near, segment, self._name, kind)
        steps += field_steps(self._query, segment, self._entity)
        if any(step.weight >= UNSAID for step in self._beside):
            more = LEAST_BESIDE - sum(step.weight for step in steps)
            if more > 0:
                note = phrase("the number agrees: false names say no more than this against it")
                steps.append(Step("document", "", "", "whole", more, note))
        return (*steps, *self._beside)

    @property
    def words(self) -> tuple[Text, ...]:
        """The explanation in sentences, and how its steps make the probability."""
        total = phrase(
            "together {sum:.1f}, for the length of the list {crowd:+.1f}: {score:.1f} nats, which "
            "is a probability of {probability:.2f}",
            sum=self.score, crowd=-self._crowd, score=self.score - self._crowd,
            probability=self.probability,
        )  # fmt: skip
        return (*(step.words for step in self.explanation), total)

    @property
    def told(self) -> tuple[str, ...]:
        """The explanation in English."""
        return tuple(map(str, self.words))

    def __repr__(self) -> str:
        return f"Hit({self.entity_id!r}, {self.name!r}, {self.probability:.4f})"


class Index:
    """Names of one or more lists, ready to be searched; never changes once made.

    Several threads may search one index. An update gives a new index that shares the arrays of the
    old one, which stays readable.
    """

    def __init__(self, segments: Sequence[Segment], base: Preparer | None = None) -> None:
        self._segments = list(segments)
        self._base = base = base or Preparer(self._segments[0])
        self._parts = [
            _Part(segment, base if base.looks_in(segment) else Preparer(segment, base))
            for segment in self._segments
        ]
        self._crowd = crowd(base.size)  # as rarities do, it stays the same through small changes

    @classmethod
    def build(cls, names: Iterable[NameEntry]) -> Index:
        """Return an index of these names; those of one entity need not stand together."""
        return cls([store.build(names)])

    @classmethod
    def open(cls, path: str | PathLike[str]) -> Index:
        """Return the index kept in a file, which is mapped into memory and read as needed.

        Raises:
            FormatError: the file is not a screening index, or is damaged.
        """
        return cls(open_file(Path(path)))

    def save(self, path: str | PathLike[str], base: str | PathLike[str] | None = None) -> None:
        """Write the index to a file, which takes its place in one step.

        Args:
            path: the file.
            base: the file of the index that this one was updated from, in the same folder: only
                what differs is written, and `open` needs both files.
        """
        save(Path(path), self._segments, Path(base) if base else None)

    def learned(self, words: int = 20_000) -> Index:
        """Return the same index that knows the neighbours of its words that names hold most often.

        It answers the same, sooner where such a word is asked for the first time, also once it was
        saved and opened. Knowing one costs a third of a millisecond on a list of a million names.

        Args:
            words: how many at most; words that less than `LEAST_HELD` names hold are left out.
        """
        first, *rest = self._segments
        first = first._replace(often=often_of(first.sounds, LETTER_COSTS))
        return Index([first._replace(known=Preparer(first).known(words)), *rest])

    def __len__(self) -> int:
        """Return how many names stand on the lists."""
        return sum(
            int(np.count_nonzero(segment.names.gone[segment.names.entity] == 0))
            for segment in self._segments
        )

    @property
    def editions(self) -> tuple[tuple[str, str], ...]:
        """Which (list, edition) pairs answer, in order."""
        return tuple(sorted({pair for segment in self._segments for pair in segment.sources}))

    def updated(self, added: Iterable[NameEntry], removed: Iterable[str] = ()) -> Index:
        """Return an index with some entities added or replaced, and others removed.

        The cost follows the size of the change and of earlier changes, not that of the index;
        build a new index once changes make up a tenth of it.

        Args:
            added: all names of the entities that are new or have changed; what stood under their
                ids before no longer stands.
            removed: ids of entities that no longer stand; unknown ones are ignored.
        """
        added = list(added)
        ids = {entry.entity_id for entry in added} | set(removed)
        hashes = [hash_of(entity_id) for entity_id in ids]
        rest = [
            segment.without(at for value in hashes if (at := segment.entity(value)) >= 0)
            for segment in self._segments
        ]
        earlier = [entry for segment in rest[1:] for entry in segment.entries()]
        return Index([rest[0], store.build([*earlier, *added], rest[0])], self._base)

    def only(self, names: Iterable[NameEntry]) -> Index:
        """Return an index of these names alone, in which words are as rare as in this one.

        It scores them as `updated` would.
        """
        return Index([store.build(names, self._segments[0])], self._base)

    @property
    def drift(self) -> float:
        """How many names were added or taken away, whichever is more, for each it was built of."""
        base, *rest = self._segments
        gone = int(np.count_nonzero(base.names.gone[base.names.entity]))
        return max(gone, sum(segment.size for segment in rest)) / max(base.size, 1)

    def sample(self, entities: int, seed: int) -> list[list[NameEntry]]:
        """Return all names of some entities drawn at random, the same for the same seed.

        Args:
            entities: how many, or all if there are fewer.
            seed: of the draw.
        """
        standing = [np.flatnonzero(segment.names.gone == 0) for segment in self._segments]
        first = np.cumsum([0, *map(len, standing)])
        most = int(first[-1])
        drawn = random.Random(seed).sample(range(most), min(entities, most))  # noqa: S311
        found = []
        for at in drawn:
            part = int(np.searchsorted(first, at, side="right")) - 1
            entity = int(standing[part][at - first[part]])
            found.append(self._segments[part].names_of(entity))
        return found

    def search(self, query: Query, limit: int = 10) -> list[Hit]:
        """Return the entities that may be meant, the most probable first.

        Args:
            query: who is asked for.
            limit: at most so many hits.
        """
        laid = lay_out(query.name, query.kind)
        born = gregorian([query.birth_date] if query.birth_date else [])
        dates = np.array([d for text in born if (d := pack_date(text))], np.int32)
        countries = np.array([c for t in query.countries if (c := pack_country(t))], np.uint16)
        gender = pack_genders((query.gender,))
        kind = KINDS.index(query.kind) if query.kind in KINDS else 0
        rows: list[tuple[float, int, int, tuple[Asked, Laid], tuple[Step, ...]]] = []
        for at, part in enumerate(self._parts):
            segment = part.segment
            if not segment.size:
                continue
            here = part.near.laid(laid)
            asked = part.near.asked(here, query.cited)
            beside = Beside(query, segment)
            found = walk(asked, segment.names, segment.words, WEIGHTS, limit * _SPARE)
            found = beside.joined(found)
            scores, others = rank(
                found, asked, segment.names, segment.words, segment.people, LETTER_COSTS, WEIGHTS,
                dates, countries, gender, kind, segment.own, segment.own_name,
            )  # fmt: skip
            if query.documents:  # whom a number finds has perhaps no name to compare
                starts = segment.names.start
                scores[(starts[found] == starts[found + 1]) | (not laid.texts)] = 0
            best: dict[int, tuple[float, int]] = {}
            totals = (scores + others).tolist()
            entities = segment.names.entity[found].tolist()
            for total, entity, name in zip(totals, entities, found.tolist(), strict=True):
                if entity not in best or total > best[entity][0]:
                    best[entity] = (total, name)
            for entity, (score, name) in best.items():
                steps = beside.steps(entity)
                if steps:
                    if any(step.weight >= UNSAID for step in steps):
                        score = max(score, LEAST_BESIDE)
                    score += sum(step.weight for step in steps)
                rows.append((score, at, name, (asked, here), steps))
        rows.sort(key=lambda row: (-row[0], row[1], row[2]))
        del rows[limit:]
        return [
            Hit(self._parts[at], name, *asked, query, score, self._crowd, steps)
            for score, at, name, asked, steps in rows
        ]

    def passages(self, words: Sequence[str], most: int) -> list[Passage]:
        """Return where a running text may name somebody, the most telling passages first.

        Args:
            words: the text's words, as `manara.identity.name_tokens` gives them; at most 4,096.
            most: at most so many.
        """
        found = {
            one[:2]: one for part in self._parts for one in passages(part.segment, part.near, words)
        }
        return sorted(found.values(), key=lambda one: (-one.met, one.first, one.end))[:most]

    def search_many(
        self, queries: Iterable[Query], limit: int = 10, threads: int = 2
    ) -> list[list[Hit]]:
        """Return the hits of each query, in order.

        Args:
            queries: who is asked for.
            limit: at most so many hits each.
            threads: how many run at once; the compiled part does not hold the interpreter.
        """
        queries = list(queries)
        if threads <= 1 or len(queries) < 2:
            return [self.search(query, limit) for query in queries]
        runs = [queries[at : at + _RUN] for at in range(0, len(queries), _RUN)]
        with ThreadPoolExecutor(threads) as pool:
            found = pool.map(lambda run: [self.search(query, limit) for query in run], runs)
            return list(chain.from_iterable(found))

"""The sets of queries with known answers that screening quality is measured on."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench._screening_data import Listed, Name, read_lists, word_pairs
from bench._screening_engine import Entry
from bench._screening_names import recombined, typing_error

SEED = 20250419
#: A recombined list has about as many names as the largest regional list of persons.
LIST_SIZE = 4000
QUERIES = 1500
OFAC_SAMPLE = 3000
_KOREAN_NAME = re.compile(r"[가-힣]{2,4}")


@dataclass(frozen=True, slots=True)
class Trial:
    """A list as it stands when the queries are asked; each query with the entity it means."""

    entries: list[Entry]
    queries: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class QualitySet:
    """Queries with known answers.

    Attributes:
        name: of the set.
        about: how it was made.
        on: name of the whole list; sets on one list share its threshold.
        whole: the whole list: thresholds are chosen on it.
        trials: the queries; more than one where something is left out of the list.
        rate: the share of clean people that may alert, by which the set is judged.
    """

    name: str
    about: str
    on: str
    whole: list[Entry]
    trials: tuple[Trial, ...]
    rate: float = 0.005

    @property
    def size(self) -> int:
        """Return the number of queries."""
        return sum(len(trial.queries) for trial in self.trials)


def list_sets(folder: Path) -> Iterator[QualitySet]:
    """Yield the sets made of official lists; persons only, except OFAC's."""
    lists = folder / "lists"
    united = persons(read_lists(lists / "un_sc_2025-04-19.xml"))
    primary, every = latin_entries(united, "primary"), latin_entries(united)
    draw = random.Random(SEED)
    errors = [(typing_error(e.name, draw), e.entity_id) for e in primary]
    errors = [(q, t) for (q, t), e in zip(errors, primary, strict=True) if q != e.name]
    arabic = in_script(united, "ARABIC")
    yield _set("un_typing_errors", "UN primary names, one typing error each, against the primary "
               "names", "un_primary", primary, errors, 0.003)  # fmt: skip
    yield _set("un_arabic_primary", "UN names in the original Arabic script against the primary "
               "Latin names", "un_primary", primary, arabic)  # fmt: skip
    yield _set("un_arabic_aliases", "the same against all Latin names",
               "un_aliases", every, arabic)  # fmt: skip
    for grade in ("good", "low"):
        yield left_out(f"un_{grade}_left_out", "un_aliases", united, grade)
    canada = persons(read_lists(lists / "ca_sema_2025.xml"))
    first = latin_entries(canada, "primary")
    yield _set("ca_cyrillic_primary", "Canadian list: Cyrillic aliases against the primary Latin "
               "names", "ca_primary", first, in_script(canada, "CYRILLIC"))  # fmt: skip
    yield _set("ca_arabic_primary", "Canadian list: Arabic aliases against the primary Latin "
               "names", "ca_primary", first, in_script(canada, "ARABIC"))  # fmt: skip
    ofac = read_lists(lists / "ofac_sdn.csv", lists / "ofac_alt.csv")
    yield left_out("ofac_left_out", "ofac_all", ofac, "good", OFAC_SAMPLE)


def name_sets(folder: Path) -> Iterator[QualitySet]:
    """Yield the sets of invented full names: two words of the test halves of mined word pairs.

    Pairs seen once are left out, many of them being no pair; what is left is still mined, so that
    no engine reaches 1.
    """
    names = folder / "identity" / "names"
    for script, file in (("cyrillic", "russian"), ("hangul", "korean"), ("arabic", "arabic"),
                         ("hebrew", "hebrew")):  # fmt: skip
        pairs = word_pairs(names / f"wd_{file}_16.tsv")
        made = recombined(pairs, LIST_SIZE, random.Random(SEED))
        about = f"two {script} words of wd_{file}_16 seen twice or more, against their "
        queries = [(name, f"n{at}") for at, (name, _) in enumerate(made[:QUERIES])]
        first = [Entry(f"n{at}", f[0], "person") for at, (_, f) in enumerate(made)]
        every = [Entry(f"n{at}", x, "person") for at, (_, f) in enumerate(made) for x in f]
        yield _set(f"{script}_primary", about + "most frequent Latin forms",
                   f"{script}_primary", first, queries)  # fmt: skip
        yield _set(f"{script}_aliases", about + "Latin forms, four combinations at most",
                   f"{script}_aliases", every, queries)  # fmt: skip
    yield _korean_people(names / "wd_korean_fullnames.tsv")


def korean_people(path: Path) -> list[tuple[str, str]]:
    """Return people of Korean form of name, in Hangul and in Latin letters, in an order by chance.

    Development data, as words of the test half are in it too.
    """
    lines = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    found = {h: latin for latin, h in lines if _KOREAN_NAME.fullmatch(h) and " " in latin}
    unique = list({latin: (h, latin) for h, latin in found.items() if latin.isascii()}.values())
    random.Random(SEED).shuffle(unique)
    return unique


def _korean_people(path: Path) -> QualitySet:
    """The first of them stand on the list."""
    people = korean_people(path)
    entries = [Entry(f"k{at}", latin, "person") for at, (_, latin) in enumerate(people[:LIST_SIZE])]
    queries = [(hangul, f"k{at}") for at, (hangul, _) in enumerate(people[:QUERIES])]
    about = "people of wd_korean_fullnames with two to four syllables, against their Latin name"
    return _set("hangul_people", about, "hangul_people", entries, queries)


def left_out(
    name: str, on: str, listed: Sequence[Listed], grade: str, sample: int = 0
) -> QualitySet:
    """Return the set in which one alias at a time is taken off the list and asked for.

    Round by round, one alias of each entity is out at once, so that lists are built as often as the
    entity with most aliases has them, not once for each alias.

    Args:
        name: of the set.
        on: name of the whole list.
        listed: the list; all its Latin names are on it.
        grade: ``good`` or ``low``: the aliases left out.
        sample: how many aliases are drawn; 0 for all.
    """
    drawn = [(e, n) for e in listed if len(e.latin()) > 1 for n in e.latin(grade)]
    if sample and sample < len(drawn):
        drawn = random.Random(SEED).sample(drawn, sample)
    aliases: dict[str, list[Name]] = defaultdict(list)
    for entity, alias in drawn:
        aliases[entity.entity_id].append(alias)
    whole = latin_entries(listed)
    trials = []
    for at in range(max(map(len, aliases.values()), default=0)):
        queries = [(names[at].text, key) for key, names in aliases.items() if len(names) > at]
        out = {(key, text) for text, key in queries}
        kept = [entry for entry in whole if (entry.entity_id, entry.name) not in out]
        trials.append(Trial(kept, queries))
    about = f"one Latin {grade} alias left out of the list and asked for, names of equal key once"
    return QualitySet(name, about, on, whole, tuple(trials))


def persons(listed: Sequence[Listed]) -> list[Listed]:
    """Return those that the list says are persons."""
    return [entity for entity in listed if entity.kind == "person"]


def latin_entries(listed: Sequence[Listed], grade: str = "") -> list[Entry]:
    """Return the Latin names, of one grade or all, as a list to build."""
    return [Entry(e.entity_id, n.text, e.kind, n.grade == "low")
            for e in listed for n in e.latin(grade)]  # fmt: skip


def in_script(listed: Sequence[Listed], script: str) -> list[tuple[str, str]]:
    """Return the names of two words or more in a script, each with its entity."""
    return [(n.text, e.entity_id) for e in listed if e.latin("primary")
            for n in e.names if n.script == script and " " in n.text.strip()]  # fmt: skip


def _set(
    name: str,
    about: str,
    on: str,
    entries: list[Entry],
    queries: list[tuple[str, str]],
    rate: float = 0.005,
) -> QualitySet:
    return QualitySet(name, about, on, entries, (Trial(entries, queries),), rate)

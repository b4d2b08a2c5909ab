"""Fit the screening calibration: scores of hits that are known to be right or wrong.

    python scripts/fit_calibration.py SAMPLES [OUT]

SAMPLES is a folder with the United Nations list (``lists/un_sc_2025-04-19.xml``, public), clean
invented people (``identity/names/clean_people_dev.csv``, MIT, yente) and labelled pairs of names
(``identity/names/name_cases_dev.csv``, MIT, nomenklatura). The list is asked for its own people, by
names in their own script, by aliases left out and by mistyped names, and for clean people; every
hit is a labelled score. Of every second labelled pair, one name stands on the list and the other is
asked. Only the table of some twenty numbers is kept.
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
from lxml import etree

from manara.identity.screening.calibration import crowd, fit_calibration
from manara.identity.screening.index import Index
from manara.identity.screening.query import NameEntry, Query

OUT = Path(__file__).parents[1] / "src/manara/identity/screening/data/calibration.json"
Labelled = Iterator[tuple[float, bool]]


def mistyped(name: str, rng: random.Random) -> str:
    """Return a name with one letter left out, doubled, replaced or exchanged."""
    at = rng.randrange(1, max(2, len(name) - 1))
    return rng.choice(
        [
            name[:at] + name[at + 1 :],
            name[:at] + name[at - 1] + name[at:],
            name[:at] + rng.choice("aeioulnrst") + name[at + 1 :],
            name[: at - 1] + name[at : at + 1] + name[at - 1] + name[at + 1 :],
        ]
    )


def people(path: Path) -> Iterator[tuple[str, str, str, list[str]]]:
    """Yield id, name, name in its own script and aliases of each person on the list."""
    for person in etree.parse(path).iter("INDIVIDUAL"):
        parts = (person.findtext(f"{n}_NAME") for n in ("FIRST", "SECOND", "THIRD", "FOURTH"))
        aliases = [alias.text for alias in person.iter("ALIAS_NAME") if alias.text]
        name = " ".join(part for part in parts if part)
        yield person.findtext("DATAID"), name, person.findtext("NAME_ORIGINAL_SCRIPT"), aliases


def from_list(samples: Path, rng: random.Random) -> Labelled:
    """Yield the best hits of questions to the list."""
    listed = list(people(samples / "lists/un_sc_2025-04-19.xml"))
    entries, questions = [], []
    for entity, name, original, aliases in listed:
        entries.append(NameEntry(entity, name, "person"))
        for alias in aliases:
            if rng.random() < 0.25:
                questions.append((entity, alias))
            else:
                entries.append(NameEntry(entity, alias, "person"))
        questions.append((entity, mistyped(name, rng)))
        if original:
            questions.append((entity, original))
    with (samples / "identity/names/clean_people_dev.csv").open(encoding="utf-8") as file:
        clean = [row["full_name"] for row in csv.DictReader(file)]
    clean = clean[: len(clean) // 2]  # the others are kept for the report
    questions += [("", name) for name in rng.sample(clean, len(questions))]
    index = Index.build(entries)
    for entity, name in questions:
        for hit in index.search(Query(name)):
            yield hit.score - crowd(len(index)), hit.entity_id == entity


def from_pairs(samples: Path) -> Labelled:
    """Yield the scores of every second labelled pair: one name asked, the other on the list."""
    with (samples / "identity/names/name_cases_dev.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[::2]  # the others are kept for the report
    entries = [NameEntry(f"pair {at}", row["name2"]) for at, row in enumerate(rows)]
    for entity, name, _, aliases in people(samples / "lists/un_sc_2025-04-19.xml"):
        entries += [NameEntry(entity, text, "person") for text in (name, *aliases)]
    index = Index.build(entries)
    for at, row in enumerate(rows):
        for hit in index.search(Query(row["name1"]), limit=100):
            if hit.entity_id == f"pair {at}":
                yield hit.score - crowd(len(index)), row["is_match"] == "true"


def main(samples: Path, out: Path = OUT) -> None:
    """Fit and write the table."""
    labelled = [*from_list(samples, random.Random(17)), *from_pairs(samples)]
    scores, same = zip(*labelled, strict=True)
    fitted = fit_calibration(scores, same)
    out.write_bytes(msgspec.json.format(msgspec.json.encode(fitted)) + b"\n")
    print(f"{len(labelled)} labelled scores, {sum(same)} the same -> {out}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))

"""Learn the small tables of ``manara.identity`` from pairs of true spellings of names.

    python scripts/train_names.py FOLDER          # costs*.tsv and variants.npz, then the figures
    python scripts/train_names.py FOLDER --report # only the figures, on the test halves

FOLDER holds, as their publishers name them: ``wd_{arabic,hebrew,russian,korean}_{64,16}.tsv`` (name
tokens mined from Wikidata, NETransliteration-COLING2018, CC0), ``google_ar2en-{train,eval}.txt``
(google/transliteration, Apache-2.0), ``rigour15_person_names.txt`` (name groups of Wikidata as
rigour 1.5 collects them, CC0 data, MIT) and ``popular_{forenames,surnames}_by_country.csv`` (CC0).
The ``_16`` and ``-eval`` halves are never learned from: tokens in them are left out of the groups
wherever those teach the costs.

The costs come from expectation-maximisation of a memoryless edit transducer: each pair is aligned
by its readings that agree best, all alignments counted by their probability; pairs that stay far
apart are other names for the same person and are dropped.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import combinations
from pathlib import Path

import numba
import numpy as np
import numpy.typing as npt

from manara.identity.names import name_tokens
from manara.identity.names.readings import (
    FULL,
    MOST_READINGS,
    SYLLABLES,
    VOWELLESS,
    habit,
    readings,
    script_of,
    skeleton,
)
from manara.identity.names.variants import word_hash

DATA = Path(__file__).parent.parent / "src/manara/identity/names/data"
SCRIPTS = ("arabic", "hebrew", "russian", "korean")
WIDTH = 24  # letters of a reading that are aligned
SEED = 7
CROWD = 200_000  # training pairs whose Latin side makes up the crowd of the report

TABLES = (("costs.tsv", FULL), ("costs_vowelless.tsv", VOWELLESS), ("costs_hangul.tsv", SYLLABLES))
SOUNDS_ALIKE = 0.35  # largest distance of a form from its group's central one
FOUND_ANYWAY = 0.2  # a group adds nothing if no form is farther from its central one

#: Letters that hardly stand in names from elsewhere.
NATIVE = re.compile("[حخصضظعذقחע]")

Pair = tuple[str, str]
Floats = npt.NDArray[np.float64]


def _token(text: str) -> str:
    return "".join(name_tokens(text))


def read_pairs(path: Path) -> Iterator[Pair]:
    """Yield (other script, Latin) tokens of one file of pairs."""
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        other, latin = (fields[1], fields[0]) if path.suffix == ".tsv" else (fields[0], fields[1])
        other, latin = _token(other.replace(" ", "")), _token(latin)
        if other and latin and not other.isdigit():
            yield other, latin


def test_pairs(folder: Path) -> dict[str, list[Pair]]:
    """Return the held-out pairs of each test file."""
    held = {script: list(read_pairs(folder / f"wd_{script}_16.tsv")) for script in SCRIPTS}
    return held | {"google": list(read_pairs(folder / "google_ar2en-eval.txt"))}


def groups(folder: Path) -> Iterator[list[str]]:
    """Yield the single-word forms of each name group."""
    for line in (folder / "rigour15_person_names.txt").read_text(encoding="utf-8").splitlines():
        forms = [name_tokens(form) for form in line.split("=>")[0].split(",")]
        yield sorted({form[0] for form in forms if len(form) == 1})


def training_pairs(folder: Path) -> list[Pair]:
    """Return every true pair that may be learned from, without the tokens of the test halves."""
    held = {token for pairs in test_pairs(folder).values() for pair in pairs for token in pair}
    pairs = [pair for script in SCRIPTS for pair in read_pairs(folder / f"wd_{script}_64.tsv")]
    pairs += read_pairs(folder / "google_ar2en-train.txt")
    chance = random.Random(SEED)
    for forms in groups(folder):
        of_group = list(combinations([form for form in forms if form not in held], 2))
        pairs += chance.sample(of_group, min(3, len(of_group)))
    return pairs


def _encoded(reading: str) -> list[int]:
    return [ord(letter) - 96 for letter in reading[:WIDTH] if letter.isalpha()]


def arrays(pairs: Iterable[Pair]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Return codes [pairs, 2, readings, WIDTH] of all readings, and their lengths."""
    listed = list(pairs)
    codes = np.zeros((len(listed), 2, MOST_READINGS, WIDTH), dtype=np.uint8)
    lengths = np.zeros((len(listed), 2, MOST_READINGS), dtype=np.uint8)
    for row, pair in enumerate(listed):
        for side, word in enumerate(pair):
            for place, reading in enumerate(readings(word)):
                code = _encoded(reading)
                codes[row, side, place, : len(code)] = code
                lengths[row, side, place] = len(code)
    return codes, lengths


@numba.njit(cache=True)
def _align(a, b, costs):  # type: ignore[no-untyped-def]
    """Return the least cost of two codes and that of dropping and adding everything."""
    row = np.zeros(len(b) + 1)
    for j in range(len(b)):
        row[j + 1] = row[j] + costs[0, b[j]]
    whole = row[len(b)]
    for i in range(len(a)):
        whole += costs[a[i], 0]
        corner = row[0]
        row[0] += costs[a[i], 0]
        for j in range(len(b)):
            best = min(corner + costs[a[i], b[j]], row[j + 1] + costs[a[i], 0])
            corner = row[j + 1]
            row[j + 1] = min(best, row[j] + costs[0, b[j]])
    return row[len(b)], whole


@numba.njit(cache=True)
def _nearest(codes, lengths, costs):  # type: ignore[no-untyped-def]
    """Return the smallest distance of each pair and the two readings that have it."""
    distances = np.ones(len(codes))
    chosen = np.zeros((len(codes), 2), dtype=np.int64)
    for row in range(len(codes)):
        for left in range(lengths.shape[2]):
            for right in range(lengths.shape[2]):
                n, m = lengths[row, 0, left], lengths[row, 1, right]
                if n and m:
                    cost, whole = _align(codes[row, 0, left, :n], codes[row, 1, right, :m], costs)
                    if cost / whole < distances[row]:
                        distances[row] = cost / whole
                        chosen[row, 0], chosen[row, 1] = left, right
    return distances, chosen


@numba.njit(cache=True)
def _expect(codes, lengths, chosen, kept, chances):  # type: ignore[no-untyped-def]
    """Return the expected count of each edit over all alignments of the pairs that are kept."""
    counts = np.zeros((27, 27))
    for row in range(len(codes)):
        if not kept[row]:
            continue
        left, right = chosen[row]
        n, m = lengths[row, 0, left], lengths[row, 1, right]
        a, b = codes[row, 0, left, :n], codes[row, 1, right, :m]
        ahead, back = np.zeros((n + 1, m + 1)), np.zeros((n + 1, m + 1))
        ahead[0, 0] = back[n, m] = 1.0
        for i in range(n + 1):
            for j in range(m + 1):
                if i:
                    ahead[i, j] += ahead[i - 1, j] * chances[a[i - 1], 0]
                if j:
                    ahead[i, j] += ahead[i, j - 1] * chances[0, b[j - 1]]
                if i and j:
                    ahead[i, j] += ahead[i - 1, j - 1] * chances[a[i - 1], b[j - 1]]
        for i in range(n, -1, -1):
            for j in range(m, -1, -1):
                if i < n:
                    back[i, j] += chances[a[i], 0] * back[i + 1, j]
                if j < m:
                    back[i, j] += chances[0, b[j]] * back[i, j + 1]
                if i < n and j < m:
                    back[i, j] += chances[a[i], b[j]] * back[i + 1, j + 1]
        total = ahead[n, m]
        if total <= 0.0:
            continue
        for i in range(n + 1):
            for j in range(m + 1):
                if i < n:
                    counts[a[i], 0] += ahead[i, j] * chances[a[i], 0] * back[i + 1, j] / total
                if j < m:
                    counts[0, b[j]] += ahead[i, j] * chances[0, b[j]] * back[i, j + 1] / total
                if i < n and j < m:
                    share = ahead[i, j] * chances[a[i], b[j]] * back[i + 1, j + 1] / total
                    counts[a[i], b[j]] += share
    return counts


def costs_of(counts: Floats, table: int) -> Floats:
    """Return the costs of the edits counted, 0 for a letter that stays itself."""
    symmetrical, own = table == FULL, table == SYLLABLES
    smooth = counts + 0.5
    if symmetrical:
        smooth = smooth + smooth.T
    # The usual letter is the letter itself, but for those that one side's script does not have.
    usual = [smooth[1:, 1:].max(axis=axis) if own else np.diag(smooth)[1:] for axis in (1, 0)]
    forward, backward = np.ones_like(smooth), np.ones_like(smooth)
    forward[1:] = -np.log(smooth[1:] / usual[0][:, None])
    backward[:, 1:] = -np.log(smooth[:, 1:] / usual[1])
    costs = (forward + backward) / 2
    letters = np.arange(1, 27)
    # What is left out or added is held against the letter itself: how often it is, when not so.
    costs[1:, 0] = -np.log(smooth[letters, 0] / smooth[letters].sum(axis=1))
    costs[0, 1:] = -np.log(smooth[0, letters] / smooth[:, letters].sum(axis=0))
    np.fill_diagonal(costs, 0.0)
    return np.maximum(costs, 0.0)


def learn(pairs: list[Pair], table: int, rounds: int = 6) -> Floats:
    """Return the costs [27, 27] learned from true pairs; see the module's docstring."""
    codes, lengths = arrays(pairs)
    costs = 3.0 - 3.0 * np.eye(27)
    chances = np.full((27, 27), 0.02 / 700) + np.eye(27) * 0.9 / 26
    chances[0, 0] = 0.0
    for _ in range(rounds):
        distances, chosen = _nearest(codes, lengths, costs)
        kept = distances < 0.5
        counts = _expect(codes, lengths, chosen, kept, chances)
        chances = (counts + 0.01) / (counts + 0.01).sum()
        chances[0, 0] = 0.0
        costs = costs_of(counts, table)
        print(
            f"  kept {kept.mean():.3f} of {len(pairs)}, mean distance {distances[kept].mean():.4f}"
        )
    return costs


def write_costs(path: Path, costs: Floats, head: str) -> None:
    """Write a table with its letters, ``-`` for none, as row and column names."""
    names = "-abcdefghijklmnopqrstuvwxyz"
    rows = [
        f"{name}\t" + "\t".join(f"{cost:.2f}" for cost in row)
        for name, row in zip(names, costs, strict=True)
    ]
    path.write_text(
        f"# {head}\n\t" + "\t".join(names) + "\n" + "\n".join(rows) + "\n", encoding="utf-8"
    )


def read_costs(path: Path) -> Floats:
    """Return a table that :func:`write_costs` wrote."""
    rows = [line.split("\t")[1:] for line in path.read_text(encoding="utf-8").splitlines()[2:]]
    return np.array(rows, dtype=np.float64)


def distances(pairs: list[Pair], costs: dict[int, Floats]) -> Floats:
    """Return the distance of each pair of words by the table that fits its scripts."""
    found = np.ones(len(pairs))
    for table in costs:
        rows = [row for row, pair in enumerate(pairs) if _table_of(pair) == table]
        if rows:
            turned = [_turned(pairs[row], table) for row in rows]
            found[rows] = _nearest(*arrays(turned), costs[table])[0]
    return found


def _table_of(pair: Pair) -> int:
    """Return the habit whose table of costs fits a pair."""
    left, right = map(habit, pair)
    return FULL if left == right else min({left, right} - {FULL})


def _turned(pair: Pair, table: int) -> Pair:
    """Return the pair with the word of a table's own habit first."""
    return pair[::-1] if table != FULL and habit(pair[1]) == table else pair


def _popular(folder: Path) -> Iterator[list[str]]:
    """Yield the local and Latin forms of popular names, one name at a time."""
    for kind in ("forenames", "surnames"):
        forms: dict[str, set[str]] = {}
        path = folder / f"popular_{kind}_by_country.csv"
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                found = (name_tokens(row["Localized Name"]), name_tokens(row["Romanized Name"]))
                forms.setdefault(row["Name Group"], set()).update(
                    f[0] for f in found if len(f) == 1
                )
        yield from map(sorted, forms.values())


def _sounding(forms: list[str], costs: dict[bool, Floats]) -> dict[str, float]:
    """Return the forms that sound like the group's most central Latin one, with their distance."""
    latin = [form for form in forms if script_of(form[0]) == "latin"][:30]
    if not latin:
        return {}
    means = [distances([(other, form) for other in forms], costs).mean() for form in latin]
    centre = latin[int(np.argmin(means))]
    apart = distances([(form, centre) for form in forms], costs).tolist()
    # Han characters stand for words, not sounds: they are taken on trust.
    return {
        form: distance
        for form, distance in zip(forms, apart, strict=True)
        if distance < SOUNDS_ALIKE or script_of(form[0]) == "han"
    }


def name_groups(folder: Path, held: frozenset[str] = frozenset()) -> dict[str, int]:
    """Return the group's number of each word; a word is in one group only.

    Groups that share at least half of the smaller one's forms become one; larger ones go first.
    Forms that do not sound like the group's central one (Mamadou for Muhammad) are left out, and so
    are groups all of whose forms sound so alike that the costs find them anyway.
    """
    costs = {table: read_costs(DATA / name) for name, table in TABLES}
    found = [*groups(folder), *_popular(folder)]
    number_of: dict[str, int] = {}
    telling: set[int] = set()
    for number, forms in enumerate(sorted(found, key=len, reverse=True), 1):
        forms = [form for form in forms if form not in held and not form.isdigit()]
        shared = Counter(number_of[form] for form in forms if form in number_of)
        home, times = shared.most_common(1)[0] if shared else (number, 0)
        target = home if times >= 2 and times * 2 >= len(forms) else number
        free = [form for form in forms if form not in number_of]
        if len(forms) < 2 or not free or (target == number and len(free) < 2):
            continue
        sounding = _sounding(forms, costs)
        number_of |= {form: target for form in free if form in sounding}
        if max((sounding.get(form, 0.0) for form in free), default=0.0) > FOUND_ANYWAY:
            telling.add(target)
    sizes = Counter(number_of.values())
    kept = {number for number in telling if sizes[number] > 1}
    return {form: number for form, number in number_of.items() if number in kept}


def write_groups(path: Path, number_of: dict[str, int]) -> None:
    """Write the groups as hashes in rising order (their steps) and numbers counted from 1."""
    numbers = {number: place for place, number in enumerate(dict.fromkeys(number_of.values()), 1)}
    hashed = {word_hash(form): numbers[number] for form, number in number_of.items()}
    order = np.array(sorted(hashed), dtype=np.uint32)
    steps = np.diff(order, prepend=np.uint32(0))
    of_hash = np.array([hashed[code] for code in order.tolist()], dtype=np.uint32)
    np.savez_compressed(path, steps=steps, groups=of_hash)
    print(f"  {len(hashed)} words in {len(numbers)} groups, {path.stat().st_size} bytes")


def train(folder: Path) -> None:
    """Write the tables of costs."""
    pairs = training_pairs(folder)
    for name, table in TABLES:
        chosen = [_turned(pair, table) for pair in pairs if _table_of(pair) == table]
        # Names from elsewhere are put into Arabic and Hebrew with all their vowels, native ones are
        # not, and those are what lists hold: they count four times.
        chosen += 3 * [pair for pair in chosen if NATIVE.search(pair[0])]
        costs = learn(chosen, table)
        write_costs(DATA / name, costs, f"scripts/train_names.py, {len(chosen)} true pairs")
    write_groups(DATA / "variants.npz", name_groups(folder))


def _keys(word: str, number_of: dict[str, int]) -> set[str]:
    keys = {skeleton(reading) for reading in readings(word)}
    return keys | {f"#{number_of[word]}"} if word in number_of else keys


def report(folder: Path) -> None:
    """Print, for each test half, how well keys find true pairs and costs tell them from chance.

    Recall is the share of true pairs with a key in common; crowd the mean number of distinct Latin
    training tokens that share one with a test token; AUC and recall at 1 % false pairs are those of
    the distance, against as many pairs of the same tokens mixed at random. The groups are built
    anew without any token of the test halves.
    """
    held = test_pairs(folder)
    number_of = name_groups(
        folder, frozenset(token for of in held.values() for p in of for token in p)
    )
    costs = {table: read_costs(DATA / name) for name, table in TABLES}
    crowd: dict[str, set[str]] = {}
    latin = {pair[1] for pair in training_pairs(folder)[:CROWD] if pair[1].isalpha()}
    for token in latin:
        for key in _keys(token, number_of):
            crowd.setdefault(key, set()).add(token)
    print(
        f"{len(latin)} Latin training tokens\nset\tpairs\tskeleton\twith groups\tcrowd\tAUC\tat 1 %"
    )
    for name, pairs in held.items():
        skeletons = [not _keys(a, {}).isdisjoint(_keys(b, {})) for a, b in pairs]
        found = [not _keys(a, number_of).isdisjoint(_keys(b, number_of)) for a, b in pairs]
        met = [
            len(set().union(*(crowd.get(k, ()) for k in _keys(a, number_of))))
            for a, _ in pairs[:2000]
        ]
        others = random.Random(SEED).sample(pairs, len(pairs))
        mixed = [(pair[0], other[1]) for pair, other in zip(pairs, others, strict=True)]
        true, false = distances(pairs, costs), np.sort(distances(mixed, costs))
        auc = 1 - np.searchsorted(false, true).mean() / len(false)
        at_one = (true < false[len(false) // 100]).mean()
        print(
            f"{name}\t{len(pairs)}\t{np.mean(skeletons):.3f}\t{np.mean(found):.3f}\t{np.mean(met):.1f}"
            f"\t{auc:.4f}\t{at_one:.3f}"
        )


def main() -> None:
    """Run the recipe."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    options.add_argument("folder", type=Path)
    options.add_argument("--report", action="store_true")
    chosen = options.parse_args()
    if not chosen.report:
        train(chosen.folder)
    report(chosen.folder)


if __name__ == "__main__":
    main()

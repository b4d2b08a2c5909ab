"""Screening: who is found, how few clean people alert, how fast; beside nomenklatura and RapidFuzz.

``python -m bench.screening --json [--part names|cases|lists|speed|growth|fairness|calibration]``
prints one JSON object; ``--part`` may be given several times. The protocol and its limits are in
`docs/reference/screening-quality.md`. Real samples come from the folder ``MANARA_SHARED_DATA``;
without it every part is skipped, and the result says so.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from bench import _screening_figures as figures
from bench import _screening_peers as peers
from bench import _screening_quality as quality
from bench._screening_data import Person, clean_people, name_cases, read_lists, shared_folder
from bench._screening_engine import Engine, Entry, Ours, top
from bench._screening_plot import growth_svg
from bench._screening_sets import QualitySet, latin_entries, list_sets, name_sets, persons
from bench._screening_speed import growth, speed

#: Sets whose hits calibration is measured on: one of each kind of difficulty.
_CALIBRATED = ("un_typing_errors", "un_arabic_aliases", "un_good_left_out", "ca_cyrillic_primary")


class Protocol:
    """The parts of the measurement on one engine.

    Args:
        folder: of the third-party samples.
        options: of the command line.
        engine: the engine measured.
    """

    def __init__(self, folder: Path, options: argparse.Namespace, engine: Engine) -> None:
        self.folder = folder
        self.options = options
        self.engine = engine

    @cached_property
    def clean(self) -> Sequence[Person]:
        """Return the people on no list that are asked of every list."""
        everyone = clean_people(self.folder)
        return everyone[:: max(1, len(everyone) // self.options.clean)]

    @cached_property
    def lists(self) -> quality.Lists:
        """Return the whole lists built so far."""
        return quality.Lists(self.engine, self.clean)

    @cached_property
    def united(self) -> list[Entry]:
        """Return all Latin names of persons of the UN and OFAC lists: what a traveller meets."""
        lists = self.folder / "lists"
        found = read_lists(lists / "un_sc_2025-04-19.xml")
        found += read_lists(lists / "ofac_sdn.csv", lists / "ofac_alt.csv")
        return latin_entries(persons(found))

    def names(self) -> dict[str, Any]:
        """Return the figures of sets of invented names in other scripts."""
        return self._sets(list(name_sets(self.folder)))

    def lists_part(self) -> dict[str, Any]:
        """Return the figures of sets made of official lists."""
        return self._sets(list(list_sets(self.folder)))

    def _sets(self, qsets: Sequence[QualitySet]) -> dict[str, Any]:
        theirs = {}
        if self.options.peers:
            theirs = peers.compared(qsets, self.clean[len(self.clean) // 2 :])
        found = {}
        for qset in qsets:
            row = quality.set_figures(self.lists, qset, quality.answers_of(self.lists, qset))
            if qset.name in theirs:
                row |= {"peers": theirs[qset.name]}
                row |= {"ratio": peers.ratios(row, theirs[qset.name], qset.rate)}
            found[qset.name] = row
        return found

    def cases(self) -> dict[str, Any]:
        """Return the figures of labelled pairs of names."""
        rows = name_cases(self.folder)
        ours = quality.case_figures(rows, self._case_scores)
        found: dict[str, Any] = {"ours": ours}
        if self.options.peers:
            scores = peers.cases(rows)
            found |= {name: quality.case_figures(rows, scores[name]) for name in scores}
            theirs = found["logic-v2"]["other_half"]
            found["ratio_f1_to_logic_v2"] = {
                key: figures.ratio(ours["other_half"][key]["f1"], theirs[key]["f1"])
                for key in ("all", "people", "synthetic_people")
            }
        return found

    @cached_property
    def _case_scores(self) -> list[float]:
        return quality.case_scores(self.engine, name_cases(self.folder), self.united)

    def calibration(self) -> dict[str, Any]:
        """Return calibration on the labelled pairs, and on all hits of screening queries.

        Screening queries are those of some sets of lists and as many clean people.
        """
        rows = name_cases(self.folder)
        labels = [row["is_match"] == "true" for row in rows]
        found = {"cases": {"ours": figures.calibration(self._case_scores, labels)}}
        scores = quality.pair_scores(rows)
        for half, members in zip(("tuned", "other"), quality.halves(rows), strict=True):
            found[f"pairs_{half}_half"] = {
                "ours": figures.calibration(
                    [scores[i] for i in members], [labels[i] for i in members]
                )
            }
        scores = []
        marks: list[bool] = []
        for qset in list_sets(self.folder):
            if qset.name in _CALIBRATED:
                answered = quality.answers_of(self.lists, qset)
                held = self.lists.of(qset.on, qset.whole)[1][len(self.clean) // 2 :]
                answered += [quality.Answered("", "", hits) for hits in held[: qset.size]]
                more = quality.pairs_of(answered)
                scores, marks = scores + more[0], marks + more[1]
        found["hits"] = {"ours": figures.calibration(scores, marks)}
        if self.options.peers:
            for name, theirs in peers.cases(rows).items():
                found["cases"][name] = figures.calibration(theirs, labels)
            ours, other = found["cases"]["ours"], found["cases"]["logic-v2"]
            found["cases"]["ratio_ece_to_logic_v2"] = figures.ratio(ours["ece"], other["ece"])
        return found

    def fairness(self) -> dict[str, Any]:
        """Return alert rates by script and origin of clean people of the second half.

        At the engine's default threshold, and at the one that alerts 0.5 % of the first half.
        """
        _, answers = self.lists.of("united", self.united)
        half = len(answers) // 2
        first = [top(found) for found in answers[:half]]
        thresholds = {"at_0.005": figures.threshold_for(first, 0.005)}
        default = getattr(self.engine, "default_threshold", None)
        if default is not None:
            thresholds["default"] = default
        return {
            key: quality.fairness(self.clean[half:], answers[half:], threshold)
            for key, threshold in thresholds.items()
        }

    def speed(self) -> dict[str, Any]:
        """Return times and memory on a large list."""
        options = self.options
        return speed(self.folder, options.size, options.queries, with_peers=options.peers)

    def growth(self) -> dict[str, Any]:
        """Return times and memory at growing sizes, and draw them if asked to."""
        rows = list(growth(self.folder, self.options.largest, self.options.queries))
        if self.options.svg:
            self.options.svg.write_text(growth_svg(rows), encoding="utf-8")
        return {"rows": rows}


def parts_of(protocol: Protocol) -> dict[str, Callable[[], dict[str, Any]]]:
    """Return the parts by name, in the order they run."""
    return {
        "lists": protocol.lists_part,
        "names": protocol.names,
        "cases": protocol.cases,
        "calibration": protocol.calibration,
        "fairness": protocol.fairness,
        "speed": protocol.speed,
        "growth": protocol.growth,
    }


def run(
    options: argparse.Namespace, folder: Path | None, engine: Engine | None = None
) -> dict[str, Any]:
    """Return the figures of the parts asked for; of a part that cannot run, why not."""
    if folder is None:
        why = "no third-party samples: set MANARA_SHARED_DATA to their folder"
        return {"benchmark": "screening", "skipped": dict.fromkeys(options.part, why)}
    parts = parts_of(Protocol(folder, options, engine or Ours()))
    result: dict[str, Any] = {"benchmark": "screening"}
    skipped: dict[str, str] = {}
    for name in options.part:
        try:
            result[name] = parts[name]()
        except FileNotFoundError as error:
            skipped[name] = f"a sample is missing: {error.filename}"
    return result | ({"skipped": skipped} if skipped else {})


def arguments(words: Iterable[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    known = ["lists", "names", "cases", "calibration", "fairness", "speed", "growth"]
    parser = argparse.ArgumentParser(prog="python -m bench.screening", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print on one line")
    parser.add_argument("--part", action="append", choices=known, help="default: all parts")
    parser.add_argument("--clean", type=int, default=25_000, help="clean people asked")
    parser.add_argument("--size", type=int, default=1_000_000, help="names on the list of speed")
    parser.add_argument("--largest", type=int, default=1_000_000, help="names growth ends with")
    parser.add_argument("--queries", type=int, default=20_000, help="queries of speed and growth")
    parser.add_argument("--svg", type=Path, help="where to draw growth")
    parser.add_argument("--no-peers", dest="peers", action="store_false", help="ours alone")
    options = parser.parse_args(None if words is None else list(words))
    options.part = options.part or known
    return options


if __name__ == "__main__":
    chosen = arguments()
    print(json.dumps(run(chosen, shared_folder()), indent=None if chosen.json else 2))

"""What all writers share: numbers as they were issued, spellings, the folder and the truth."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import yaml

from manara.exercise.codes import code
from manara.exercise.manifest import Filed
from manara.exercise.names import ENGLISH, FRENCH, Names
from manara.exercise.tables import Ints, World
from manara.exercise.writing.spelling import spellings
from manara.exercise.writing.truth import Truth
from manara.model import Handling

_LAYOUTS = Path(__file__).with_name("layouts.yaml")
#: Worlds of fewer people hand over by quarters.
_QUARTERLY = 50_000


class Desk:
    """What stands behind all files of a world.

    Args:
        world: it, whole.
        folder: where to.

    Attributes:
        accounts: the number of each account, as its bank gave it.
        papers: the number of each document, as it was issued or forged.
        cards: the identity card of each person, a row of ``documents``, else -1.
        spelt: each name's spellings by habit; see `spelling.spellings`.
    """

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        self.names = Names(world.scenario)
        used = self._used()
        self.spelt = {habit: spellings(self.names, habit, used) for habit in (FRENCH, ENGLISH)}
        self.truth = Truth(folder / "truth")
        self.manifest: dict[str, list[Filed]] = {one.code: [] for one in world.scenario.states}
        self.accounts = _account_numbers(world)
        self.papers = _paper_numbers(world)
        self.cards = self._held("id")
        self.passports = self._held("passport")

    def _used(self) -> Ints:
        """Return the rows of the names that somebody has."""
        people, names = self.world.tables["people"], self.names
        of = people["culture"]
        rows = [
            names.rows(of, people["sex"], people["given"]),
            names.rows(of, 1, people["father"]),
            names.rows(of, 2, people["family"]),
        ]
        return np.unique(np.concatenate([np.unique(each) for each in rows]))

    def _held(self, kind: str) -> Ints:
        documents = self.world.tables["documents"]
        rows = np.flatnonzero(documents["kind"] == code("document", kind))[::-1]
        found = np.full(self.world.tables["people"].rows, -1, np.int32)
        found[documents["holder"][rows]] = rows
        return found

    def place(self, state: int, agency: str, name: str) -> Path:
        """Return the path of a file of an agency, whose folder is there then."""
        path = self.folder / "nodes" / self.world.scenario.states[state].code / agency / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def filed(
        self,
        state: int,
        path: Path,
        agency: str,
        known: date,
        *,
        format: str = "",
        mapping: str = "",
        dataset: str = "",
    ) -> str:
        """Note a file in the manifest of its state and return its path in the state's folder."""
        one = self.world.scenario.states[state].code
        name = path.relative_to(self.folder / "nodes" / one).as_posix()
        told = self.world.scenario.rule(state, agency)
        nodes = [f"{other.lower()}.example" for other in told.releasable_to if other != one]
        rule = Handling.of(
            told.tlp, releasable_to=nodes or None, purposes=told.purposes or None
        ).to_dict()
        self.manifest[one].append(
            Filed(name, agency, known, rule, format, mapping, dataset or f"{one.lower()}_{agency}")
        )
        return name

    def waves(self) -> list[tuple[date, int, int]]:
        """Return the days on which files are handed over, with the first and last second in each.

        Small worlds do so by quarters, so that a run on one is short; others by months.
        """
        step = 3 if self.world.tables["people"].rows < _QUARTERLY else 1
        months = np.arange(
            np.datetime64(self.world.start, "M"), np.datetime64(self.world.end, "M") + 1
        )
        first = months[::step].astype("datetime64[D]").astype(object).tolist()
        last = [*first[1:], self.world.end + timedelta(1)]
        return [
            (until - timedelta(1), self.world.second(since), self.world.second(until))
            for since, until in zip(first, last, strict=True)
        ]

    def close(self) -> None:
        """Write the manifests and the truth."""
        for state, files in self.manifest.items():
            path = self.folder / "nodes" / state / "manifest.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            files.sort(key=lambda one: (one.known, one.file))
            path.write_bytes(msgspec.json.format(msgspec.json.encode(files), indent=1) + b"\n")
        self.truth.close()


class Sheet:
    """The tables of one kind that an agency of a state hands over, with their mapping.

    Args:
        desk: whose.
        state: number of the state.
        agency: a word of `codes.CODES`.
        kind: key of ``layouts.yaml``.
        dataset: end of the dataset's name; without it the agency.
    """

    def __init__(self, desk: Desk, state: int, agency: str, kind: str, dataset: str = "") -> None:
        self.desk, self.state, self.agency, self.kind = desk, state, agency, kind
        one = desk.world.scenario.states[state]
        self.french = one.habit == "fr"
        layout = layouts()[kind]
        self.headings = {
            name: pair[0 if self.french else 1] for name, pair in layout["columns"].items()
        }
        self.dataset = f"{one.code.lower()}_{dataset or agency}"
        top: dict[str, Any] = {
            "dataset": self.dataset,
            "publisher": f"{one.name}, {agency} (fictional)",
            "prefix": f"{one.code.lower()}-{agency}",
            "delimiter": ";" if self.french else ",",
        }
        if self.french:
            top["date_format"] = ["%d/%m/%Y", "%Y"]
        words = {"state": one.code.lower(), "decimal": "," if self.french else "."}
        top["queries"] = _filled(layout["mapping"], words | self.headings)
        path = desk.place(state, "mappings", f"{dataset or agency}.yml")
        path.write_text(yaml.safe_dump(top, allow_unicode=True, sort_keys=False), encoding="utf-8")
        self.mapping = f"mappings/{path.name}"

    def write(self, name: str, known: date, columns: Mapping[str, pa.Array]) -> str:
        """Write a table and return its path in the state's folder.

        Args:
            name: of the file, without ending.
            known: the day on which it is handed over.
            columns: by the layout's names, texts.
        """
        path = self.desk.place(self.state, self.agency, f"{name}.csv")
        table = pa.table({self.headings[key]: column for key, column in columns.items()})
        options = pyarrow.csv.WriteOptions(
            delimiter=";" if self.french else ",", quoting_style="needed"
        )
        pyarrow.csv.write_csv(table, path, options)
        return self.desk.filed(
            self.state,
            path,
            self.agency,
            known,
            format="csv",
            mapping=self.mapping,
            dataset=self.dataset,
        )

    def days(self, days: pa.Array) -> pa.Array:
        """Return days as the office writes them; ``""`` where there is none."""
        form = "%d/%m/%Y" if self.french else "%Y-%m-%d"
        return pc.fill_null(pc.strftime(days, format=form), "")

    def times(self, seconds: Ints) -> pa.Array:
        """Return times of the world in ISO 8601, which every office's programs write."""
        return times(self.desk.world, seconds)

    def amounts(self, minor: Ints) -> pa.Array:
        """Return amounts as the office writes them, from minor units."""
        return decimals(minor, "," if self.french else ".")


@cache
def layouts() -> dict[str, Any]:
    """Return the tables that agencies hand over."""
    with _LAYOUTS.open(encoding="utf-8") as file:
        found: dict[str, Any] = yaml.load(file, yaml.CSafeLoader)
    return found


def times(world: World, seconds: Ints) -> pa.Array:
    """Return times of the world in ISO 8601, UTC."""
    start = np.datetime64(world.start, "s")
    moments = pa.array(start + np.asarray(seconds).astype("timedelta64[s]"))
    return pc.strftime(moments, format="%Y-%m-%dT%H:%M:%SZ")


def decimals(minor: Ints, mark: str = ".") -> pa.Array:
    """Return amounts of minor units as texts with two decimals."""
    whole = pa.array(np.asarray(minor) // 100).cast(pa.string())
    cents = pc.utf8_lpad(pa.array(np.asarray(minor) % 100).cast(pa.string()), 2, "0")
    return pc.binary_join_element_wise(whole, cents, mark)


def dates(days: Ints) -> pa.Array:
    """Return days from 1970-01-01 as dates."""
    return pa.array(np.asarray(days, np.int32)).cast(pa.date32())


def texts(values: Any, rows: Ints | None = None) -> pa.Array:
    """Return words as texts, or those of rows; -1 becomes ``""``."""
    found = pa.array(values, pa.string())
    if rows is None:
        return found
    rows = np.asarray(rows)
    taken = found.take(pa.array(rows, mask=rows < 0))
    return pc.fill_null(taken, "")


def numbered(prefix: str, rng: np.random.Generator, count: int, width: int = 7) -> pa.Array:
    """Return new record numbers in an order that tells nothing."""
    drawn = rng.permutation(count) + int(rng.integers(10 ** (width - 1), 4 * 10 ** (width - 1)))
    return pc.binary_join_element_wise(prefix, pa.array(drawn).cast(pa.string()), "")


def _filled(told: Any, words: Mapping[str, str]) -> Any:
    if isinstance(told, dict):
        return {_filled(key, words): _filled(value, words) for key, value in told.items()}
    if isinstance(told, list):
        return [_filled(value, words) for value in told]
    return Template(told).substitute(words) if isinstance(told, str) else told


def _account_numbers(world: World) -> pa.Array:
    """Return account numbers: state, bank and a number; for mobile money, the telephone's."""
    accounts = world.tables["accounts"]
    drawn = world.rng("account numbers").permutation(accounts.rows) + 10_203_040
    digits = pc.utf8_lpad(pa.array(drawn).cast(pa.string()), 10, "0")
    heads = [f"{bank.code[4:6]}{bank.code[:4]}" for bank in world.scenario.banks]
    phones = [world.scenario.states[bank.state].phone for bank in world.scenario.banks]
    mobile = [f"{phone}6" for phone in phones]
    kinds = np.array([bank.kind == "mobile" for bank in world.scenario.banks])
    bank = np.asarray(accounts["bank"])
    head = np.where(kinds[bank], np.array(mobile, object)[bank], np.array(heads, object)[bank])
    return pc.binary_join_element_wise(pa.array(head, pa.string()), digits, "")


def _paper_numbers(world: World) -> pa.Array:
    """Return document numbers; every second forged one carries that of a real document."""
    documents = world.tables["documents"]
    rng = world.rng("paper numbers")
    drawn = rng.permutation(documents.rows) + 1_000_000
    copied = (documents["forged"] > 0) & (rng.random(documents.rows) < 0.5)
    same = rng.permutation(documents.rows)
    fits = documents["kind"][same] == documents["kind"]
    drawn = np.where(copied & fits, drawn[same], drawn)
    letters = np.array(["P", "C", "R", "V", "S", "L"], object)[documents["kind"]]
    state = np.array([one.code[1] for one in world.scenario.states], object)[documents["state"]]
    digits = pa.array(drawn).cast(pa.string())
    return pc.binary_join_element_wise(
        pa.array(state, pa.string()), pa.array(letters, pa.string()), digits, ""
    )


def write_rows(path: Path, headings: list[str], rows: list[list[Any]]) -> None:
    """Write a small table as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(headings)
        writer.writerows(rows)

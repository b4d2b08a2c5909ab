"""The answers of an exercise, read back: who each record is about, and what was planted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pyarrow.parquet as pq

from manara.model import UsageError

#: What a record is about: ``person``, ``company``, ``account``, ``firearm`` …, and its number.
Thing = tuple[str, int]
#: A record: code of the state, and its id as it is written.
Written = tuple[str, str]


class Shown(msgspec.Struct, frozen=True):
    """Payments that show something together; see `manara.exercise.plots.Pattern`."""

    number: int
    shows: str
    accounts: tuple[int, ...]


class Plot(msgspec.Struct, frozen=True):
    """A plot as it was planted; see `manara.exercise.plots.Planted`."""

    kind: str
    number: int
    planted: date
    begins: date
    decoy: bool
    difficulty: str
    roles: dict[str, tuple[int, ...]]
    bridges: tuple[tuple[int, int], ...] = ()
    patterns: tuple[Shown, ...] = ()
    accounts: tuple[int, ...] = ()
    firearms: tuple[int, ...] = ()
    signs: tuple[int, ...] = ()
    seen: dict[str, tuple[str, ...]] = {}

    @property
    def people(self) -> frozenset[Thing]:
        """Its members."""
        return frozenset(map(thing, (one for role in self.roles.values() for one in role)))

    @property
    def things(self) -> frozenset[Thing]:
        """Its members, their accounts, the firearms that it moved, and its signs in logs."""
        others = (("account", self.accounts), ("firearm", self.firearms), ("sign", self.signs))
        return self.people | {(kind, one) for kind, numbers in others for one in numbers}

    @property
    def states(self) -> tuple[str, ...]:
        """Codes of the states whose registers show any part of it."""
        return tuple(sorted({state for states in self.seen.values() for state in states}))


class Truth(NamedTuple):
    """The answers.

    Attributes:
        plots: what was planted, by number.
        records: what each record is about; a record of two persons' data is about the first.
        files: the files in which a record stands.
        holders: the agencies whose files a record stands in.
        agencies: the agencies that have a record of each thing, with their states.
        payments: plot and pattern of each payment that a plot made, by state and reference.
        paid_in: the file in which each of these stands.
        owners: who owns each account.
        signs: the sign that each line of a log shows, by state, file and row.
    """

    plots: dict[int, Plot]
    records: dict[Written, Thing]
    files: dict[Written, set[str]]
    holders: dict[Written, set[str]]
    agencies: dict[Thing, set[tuple[str, str]]]
    payments: dict[Written, tuple[int, int]]
    paid_in: dict[Written, str]
    owners: dict[int, Thing]
    signs: dict[tuple[str, str, str], int]


def thing(member: int) -> Thing:
    """Return what a member is: a company is written as ``~row``."""
    return ("person", member) if member >= 0 else ("company", ~member)


def read_truth(folder: Path) -> Truth:
    """Return the answers of an exercise.

    Args:
        folder: of the exercise.

    Raises:
        UsageError: there are none.
    """
    home = folder / "truth"
    try:
        plots = msgspec.json.decode((home / "plots.json").read_bytes(), type=list[Plot])
        records = _rows(home / "records.parquet")
        payments = _rows(home / "payments.parquet")
        owners = {row["account"]: thing(row["owner"]) for row in _rows(home / "owners.parquet")}
        signs = {
            (row["state"], row["file"], row["row"]): row["sign"]
            for row in _rows(home / "signs.parquet")
        }
    except OSError as error:
        raise UsageError(
            "has no answers to score against", where=str(folder),
            remedy="`manara exercise new` writes them into `truth`",
        ) from error  # fmt: skip
    about: dict[Written, Thing] = {}
    files: dict[Written, set[str]] = defaultdict(set)
    holders: dict[Written, set[str]] = defaultdict(set)
    agencies: dict[Thing, set[tuple[str, str]]] = defaultdict(set)
    for row in records:
        written, of = (row["state"], row["record"]), (row["kind"], row["internal"])
        about.setdefault(written, of)
        files[written].add(row["file"])
        holders[written].add(row["agency"])
        agencies[of].add((row["state"], row["agency"]))
    made: dict[Written, tuple[int, int]] = {}
    paid_in: dict[Written, str] = {}
    for row in payments:
        if row["plot"] >= 0:
            written = (row["state"], row["reference"])
            made[written], paid_in[written] = (row["plot"], row["pattern"]), row["file"]
    numbered = {plot.number: plot for plot in plots}
    return Truth(numbered, about, files, holders, agencies, made, paid_in, owners, signs)


def _rows(path: Path) -> Iterable[Mapping[str, Any]]:
    for batch in pq.ParquetFile(path).iter_batches():
        yield from batch.to_pylist()

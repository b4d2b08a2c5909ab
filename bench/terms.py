"""Insurance terms beside Oasis LMF on programmes that are made up at random.

Each kind has its own mix of levels, types and codes; losses are insured values times four factors.
Prints, for each kind, how many rows of locations and how many account totals differ by more than a
thousandth. Where the two are known to differ stands in docs/explanation/risk.md.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench._run import main, peer
from manara.risk.terms import Programme

Row = dict[str, Any]

_COVERS = ("1Building", "2Other", "3Contents", "4BI", "5PD", "6All")
_FACTORS = (0.03, 0.2, 0.6, 1.0)
_PERIL = "WTC"

#: Where perils are told apart: those of losses, and what terms may name.
_PERILS = ("QEQ", "WTC")
_NAMED = ("AA1", "QEQ", "QQ1", "WTC", "WW1", "QEQ;WTC")
_ODD = {"OEDVersion": "4.0.0"}
_VALUES = ((100_000, 250_000, 400_000), (0, 30_000), (0, 50_000, 120_000), (0, 36_500, 80_000))

#: By kind: how likely each level has terms on each width, and what else there is.
KINDS: dict[str, dict[str, Any]] = {
    "location": {"Loc": dict.fromkeys(_COVERS, 0.35)},
    "location, bounds": {"Loc": dict.fromkeys(_COVERS, 0.3), "bounds": True},
    "location, franchise": {"Loc": dict.fromkeys(_COVERS, 0.35), "types": (0,), "franchise": True},
    "policy": {"Loc": {"6All": 0.3}, "Pol": dict.fromkeys(_COVERS, 0.35), "layers": (0, 1)},
    "policy, bounds": {"Loc": {"6All": 0.5}, "Pol": {"6All": 0.7}, "bounds": True},
    "account": {"Loc": {"6All": 0.3}, "Pol": {"6All": 0.4}, "Acc": {"6All": 0.7}},
    "account, bounds": {"Loc": {"6All": 0.3}, "Acc": {"6All": 0.7}, "bounds": True, "layers": (1,)},
    "conditions": {"Loc": {"6All": 0.4}, "Cond": dict.fromkeys(_COVERS, 0.3), "Pol": {"6All": 0.4}},
    "conditions, bounds": {"Loc": {"6All": 0.4}, "Cond": {"6All": 0.8}, "bounds": True},
    "conditions, classes": {"Loc": {"6All": 0.4}, "Cond": {"6All": 0.8}, "classes": True},
    "policies": {"Loc": {"6All": 0.4}, "Pol": {"6All": 0.7}, "layers": (1, 2), "policies": (1, 2)},
    "interruption": {"Loc": {"4BI": 0.4, "6All": 0.4}, "days": True},
    "perils": {
        "Loc": {"1Building": 0.3, "6All": 0.5}, "Cond": {"6All": 0.4}, "Pol": {"6All": 0.5},
        "Acc": {"6All": 0.3}, "layers": (1,), "perils": True,
    },
    "perils, policies": {
        "Loc": {"6All": 0.5}, "Pol": {"5PD": 0.3, "6All": 0.5}, "layers": (1,), "perils": True,
        "apart": True,
    },
}  # fmt: skip


class _Maker:
    """Makes the rows of locations and accounts of one kind."""

    def __init__(self, kind: dict[str, Any], seed: int) -> None:
        self._kind, self._chance = kind, random.Random(seed)
        self.location: list[Row] = []
        self.account: list[Row] = []

    def make(self, number: int) -> None:
        """Add an account with one to three locations."""
        chance, kind = self._chance, self._kind
        own = {"PortNumber": 1, "AccNumber": number}
        tags = [tag for tag in ("x", "y") if "Cond" in kind and chance.random() < 0.7]
        worth = np.zeros(len(_COVERS))
        for at in range(chance.choice((1, 2, 3))):
            values = [chance.choice(each) for each in _VALUES]
            all_of = np.array([*values, sum(values[:3]), sum(values)])
            worth += all_of
            names = [f"{name[1:]}TIV" for name in _COVERS[:4]]
            row = {**own, "LocNumber": at + 1, "CountryCode": "GB", "LocCurrency": "GBP",
                   "Latitude": 52, "Longitude": 0, "LocPerilsCovered": self._all,
                   "LocPeril": self._peril(),
                   "OccupancyCode": 1050, "ConstructionCode": 5000, "NumberOfBuildings": 1,
                   "CondTag": chance.choice(["", *tags]), **_ODD,
                   **dict(zip(names, values, strict=True))}  # fmt: skip
            if kind.get("days") and values[3]:
                row |= {
                    "BIWaitingPeriod": chance.choice((0, 5, 30)),
                    "BIPOI": chance.choice((90, 365)),
                }
            self.location.append(row | self._terms("Loc", all_of))
        of_account = {**own, "AccCurrency": "GBP", **_ODD, **self._terms("Acc", worth)}
        of_account |= {f"{name}Peril": self._peril() for name in ("Pol", "Acc")}
        of_account["PolPerilsCovered"] = self._all
        conditions = [self._condition(tag, worth) for tag in tags] or [{}]
        for policy in range(chance.choice(kind.get("policies", (1,)))):
            of_policy = of_account | {"PolNumber": f"p{policy}"}
            by_peril = [self._terms("Pol", worth)]
            if kind.get("apart"):
                by_peril = [self._terms("Pol", worth) | {"PolPeril": one} for one in _PERILS]
            for layer in self._layers(worth[-1]):
                self.account += [
                    of_policy | terms | layer | condition
                    for terms in by_peril for condition in conditions
                ]  # fmt: skip

    def _layers(self, worth: float) -> list[Row]:
        found, attach = [], 0
        for number in range(self._chance.choice(self._kind.get("layers", (0, 1, 2)))):
            limit = self._amount(worth * 0.5) + 1000
            share = self._chance.choice((0.25, 0.5, 1))
            found.append({"LayerNumber": number + 1, "LayerAttachment": attach,
                          "LayerLimit": limit, "LayerParticipation": share})  # fmt: skip
            attach += limit
        return found or [{"LayerNumber": 1, "LayerParticipation": 1}]

    def _condition(self, tag: str, worth: Any) -> Row:
        kind = int(bool(self._kind.get("classes")) and self._chance.random() < 0.3)
        names = {"CondTag": tag, "CondNumber": f"c{tag}", "CondName": tag, "CondPriority": 1,
                 "CondPeril": self._peril()}  # fmt: skip
        return {**names, "CondClass": kind, **self._terms("Cond", worth)}

    @property
    def _all(self) -> str:
        return ";".join(_PERILS) if self._kind.get("perils") else _PERIL

    def _peril(self) -> str:
        return self._chance.choice(_NAMED) if self._kind.get("perils") else _PERIL

    def _amount(self, worth: float) -> int:
        return int(self._chance.uniform(0.02, 0.6) * worth)

    def _terms(self, stage: str, worth: Any) -> Row:
        found: Row = {}
        for width, value in zip(_COVERS, worth, strict=True):
            if value and self._chance.random() < self._kind.get(stage, {}).get(width, 0):
                found |= self._width(f"{stage}{{}}{width}", float(value))
        return found

    def _width(self, name: str, value: float) -> Row:
        chance, found = self._chance, {}
        types = self._kind.get("types", (0, 0, 1, 2))
        if chance.random() < 0.75:
            kind = found[name.format("DedType")] = chance.choice(types)
            share = round(chance.uniform(0.01, 0.2), 3)
            found[name.format("Ded")] = share if kind else self._amount(value * 0.3)
            if self._kind.get("franchise") and not kind and chance.random() < 0.3:
                found[name.format("DedCode")] = 2
        if self._kind.get("bounds") and chance.random() < 0.5:
            least = found[name.format("MinDed")] = self._amount(value * 0.2)
            if chance.random() < 0.5:
                found[name.format("MaxDed")] = max(self._amount(value * 0.3), least)
        if chance.random() < 0.6:
            kind = found[name.format("LimitType")] = chance.choice(types)
            share = round(chance.uniform(0.2, 0.95), 3)
            found[name.format("Limit")] = share if kind else self._amount(value * 1.2)
        return found


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return how often the two differ, by kind."""
    python = Path(peer("oasislmf"))
    found = {}
    for name, kind in KINDS.items():
        maker = _Maker(kind, options.seed)
        for number in range(options.accounts):
            maker.make(number + 1)
        with tempfile.TemporaryDirectory() as folder:
            _write(Path(folder) / "location.csv", maker.location)
            _write(Path(folder) / "account.csv", maker.account)
            perils = _PERILS if kind.get("perils") else ()
            found[name] = _compared(Path(folder), python, perils)
    return {"kinds": found}


def _write(path: Path, rows: Sequence[Row]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, names, restval="")
        table.writeheader()
        table.writerows(rows)


def _compared(folder: Path, python: Path, perils: Sequence[str]) -> dict[str, int] | str:
    around = {**os.environ, "PATH": f"{python.parent}:{os.environ['PATH']}", "PYTHONPATH": ""}
    words = [str(python.parent / "oasislmf"), "exposure", "run", "-s", str(folder), "-r",
             str(folder / "run"), "-f", str(folder / "theirs.csv"), "-o", "loc",
             "--model-perils-covered", *(perils or (_PERIL,)),
             "--fmpy-sort-output", "True", "--check-oed", "False",
             "-l", *map(str, _FACTORS)]  # fmt: skip
    if subprocess.run(words, cwd=folder, env=around, capture_output=True, check=False).returncode:
        return "the peer refuses it"
    ours = _ours(folder, perils)
    totals: dict[tuple[str, str], list[float]] = {}
    rows = differ = 0
    with (folder / "theirs.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            at = row["loss_factor_idx"]
            theirs, mine = float(row["loss_il"]), ours[row["AccNumber"], row["LocNumber"], at]
            rows, differ = rows + 1, differ + _apart(theirs, mine)
            total = totals.setdefault((row["AccNumber"], at), [0.0, 0.0])
            total[0], total[1] = total[0] + theirs, total[1] + mine
    apart = sum(_apart(*total) for total in totals.values())
    return {"rows": rows, "rows_differ": differ, "totals": len(totals), "totals_differ": apart}


def _ours(folder: Path, perils: Sequence[str]) -> dict[tuple[str, str, str], float]:
    programme = Programme.read(folder / "location.csv", folder / "account.csv", perils=perils)
    losses = programme.sites.values[:, None] * np.array(_FACTORS)
    # The peer shares the loss of a coverage evenly among its perils.
    kinds = max(1, len(perils))
    losses = np.tile(losses / kinds, (kinds, 1))
    shape = (-1, len(programme.sites.keys), 4, len(_FACTORS))
    gross = programme.run(losses).gross.reshape(shape).sum(axis=(0, 2))
    return {
        (key[1], key[2], str(at)): float(gross[row, at])
        for row, key in enumerate(programme.sites.keys)
        for at in range(len(_FACTORS))
    }


def _apart(theirs: float, mine: float) -> bool:
    return abs(theirs - mine) > max(1e-3 * abs(theirs), 0.5)


if __name__ == "__main__":
    main("terms", run, accounts=60, seed=1)

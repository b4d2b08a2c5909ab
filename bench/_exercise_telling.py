"""How well gradient-boosted trees tell planted records from innocent ones by their columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from manara.exercise.new import make_world
from manara.exercise.tables import World

_WORLDS = 4
#: Columns that must tell nothing, and those by which a crime may well show, by table; and the
#: column within whose values planted records are compared with innocent ones.
_TABLES = {
    "payments": (("minute", "second", "cents"), ("hour", "weekday", "amount"), "purpose"),
    "crossings": (("minute", "second"), ("hour", "weekday"), "post"),
    "people": (("given", "family"), ("born", "sex", "culture"), "state"),
    "accounts": (("bank_share",), ("opened",), "kind"),
    "mentions": (("minute", "second"), ("hour", "weekday"), "kind"),
    "consignments": (("digits",), ("kg", "price"), "hs"),
}


def telling(seed: int) -> dict[str, Any]:
    """Return the area under the ROC curve by table, for both groups of columns.

    Trees are fitted to `_WORLDS` small worlds of the archipelago and asked about as many of the
    four coasts. Areas within the values of the third column are averaged by planted records.
    """
    worlds = {
        name: [make_world(name, seed + at, "small")[0] for at in range(_WORLDS)]
        for name in ("archipelago", "four-coasts")
    }
    return {
        table: {
            "must_tell_nothing": _area(worlds, table, nothing, within),
            "with_behaviour": _area(worlds, table, (*nothing, *some), within),
        }
        for table, (nothing, some, within) in _TABLES.items()
    }


def _area(
    worlds: Mapping[str, list[World]], table: str, names: tuple[str, ...], within: str
) -> float:
    told, asked = (
        [
            np.concatenate(part)
            for part in zip(*(_read(w, table, names, within) for w in some), strict=True)
        ]
        for some in worlds.values()
    )
    options = {
        "objective": "binary",
        "num_leaves": 15,
        "verbosity": -1,
        "num_threads": 1,
        "seed": 1,
    }
    trees = lightgbm.train(options, lightgbm.Dataset(told[0], told[1]), 80)
    score = np.asarray(trees.predict(asked[0]))
    areas, weights = [], []
    for value in np.unique(asked[2]):
        mask = asked[2] == value
        planted = asked[1][mask]
        count = int(planted.sum())
        if count >= 10 and len(planted) - count >= 10:
            ranks = rankdata(score[mask])[planted].sum()
            areas.append((ranks - count * (count + 1) / 2) / (count * (len(planted) - count)))
            weights.append(count)
    return round(float(np.average(areas, weights=weights)), 3)


def _read(
    world: World, table: str, names: tuple[str, ...], within: str
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.int64]]:
    rows = world.tables[table]
    kept = np.ones(rows.rows, bool)
    if table == "people":
        # Plots recruit grown-up people.
        age = (world.day(world.start) - rows["born"]) / 365.2425
        kept = (age >= 20) & (age <= 60)
    columns = np.column_stack([_column(world, table, name) for name in names]).astype(float)
    return columns[kept], (rows["plot"] >= 0)[kept], np.asarray(rows[within], np.int64)[kept]


def _column(world: World, table: str, name: str) -> NDArray[Any]:
    rows = world.tables[table]
    rates = np.array([state.rate for state in world.scenario.states])
    if name in ("hour", "minute", "second", "weekday"):
        size, many = {
            "hour": (3_600, 24),
            "minute": (60, 60),
            "second": (1, 60),
            "weekday": (86_400, 7),
        }[name]
        return rows["time"] // size % many
    if name == "bank_share":
        return np.array([bank.share for bank in world.scenario.banks])[rows["bank"]]
    if name == "cents":
        return rows["amount"] % 100
    if name == "digits":
        return rows["value"] // 100 % 10
    if name == "amount":
        return rows["amount"] / rates[rows["currency"]]
    if name == "price":
        return rows["value"] / rates[rows["from_state"]] / np.maximum(rows["kg"], 1)
    return rows[name]

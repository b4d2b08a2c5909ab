"""What a record looks like does not give away that it was planted: no ids, order or precision."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import lightgbm
import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.stats import rankdata

from manara.exercise.manifest import read_exercise, read_manifest

#: How much better than chance trees may rank records by what must tell nothing.
MARGIN = 0.1


def area(planted: NDArray[np.bool_], score: NDArray[np.float64]) -> float:
    """Return the area under the ROC curve, by the rank sum."""
    count = planted.sum()
    ranks = rankdata(score)[planted].sum()
    return float((ranks - count * (count + 1) / 2) / (count * (~planted).sum()))


Table = tuple[NDArray[np.float64], NDArray[np.bool_]]


def separated(told: Table, asked: Table) -> float:
    """Return the area that trees fitted to the records of one world reach on those of another.

    The other world has other people, plots and dates: what is common to both is how records are
    made.
    """
    options = {
        "objective": "binary",
        "num_leaves": 15,
        "verbosity": -1,
        "num_threads": 1,
        "seed": 1,
    }
    trees = lightgbm.train(options, lightgbm.Dataset(*told), 60)
    return area(asked[1], trees.predict(asked[0]))


def french(
    exercise: Path, wanted: Callable[[str], bool]
) -> list[tuple[str, float, dict[str, str]]]:
    """Return ``(state, place in its file from 0 to 1, row)`` of the tables of French offices."""
    found = []
    for state in read_exercise(exercise).states:
        for one in read_manifest(exercise, state):
            if one.mapping and wanted(one.file):
                path = exercise / "nodes" / state / one.file
                with path.open(encoding="utf-8") as file:
                    table = list(csv.DictReader(file, delimiter=";"))
                found += [(state, at / len(table), row) for at, row in enumerate(table)]
    return [one for one in found if "montant" in one[2] or "numero_acte" in one[2]]


def payments(exercise: Path) -> Table:
    """Return what must tell nothing of payments, and which were planted."""
    truth = pq.read_table(exercise / "truth" / "payments.parquet").to_pylist()
    made = {(row["state"], row["reference"]) for row in truth if row["plot"] >= 0}
    table = french(exercise, lambda name: "/payments-" in name)
    planted = np.array([(state, row["reference"]) in made for state, _, row in table])
    columns = [
        (
            place, int(row["reference"][3:]) % 10, len(row["reference"]),
            int(row["date_operation"][14:16]), int(row["date_operation"][17:19]),
            len(row["date_operation"]), len(row["montant"].rpartition(",")[2]),
        )
        for _, place, row in table
    ]  # fmt: skip
    return np.array(columns, float), planted


def people(exercise: Path) -> Table:
    """Return what must tell nothing of grown-up people in civil registers, and who was planted."""
    plots = json.loads((exercise / "truth" / "plots.json").read_text())
    members = {one for plot in plots for one in plot["members"] if one >= 0}
    records = pq.read_table(exercise / "truth" / "records.parquet").to_pylist()
    about = {row["record"]: row["internal"] for row in records if row["kind"] == "person"}
    table = [
        (place, row)
        for _, place, row in french(exercise, lambda name: name.endswith("population.csv"))
        if "1966" <= row["date_naissance"][-4:] <= "2004"
    ]
    planted = np.array([about[row["numero_acte"]] in members for _, row in table])
    columns = [
        (
            place, int(row["numero_acte"][4:]) % 100, int(row["cin"][2:] or -1) % 100,
            len(row["nom"]), len(row["prenom"]), row["sexe"] == "M",
        )
        for place, row in table
    ]  # fmt: skip
    return np.array(columns, float), planted


def test_payments_do_not_look_planted(exercise: Path, other: Path) -> None:
    asked = payments(exercise)
    assert 100 < asked[1].sum() < len(asked[1]) / 5
    assert separated(payments(other), asked) < 0.5 + MARGIN


def test_people_do_not_look_planted(exercise: Path, other: Path) -> None:
    asked = people(exercise)
    assert asked[1].sum() > 30
    assert separated(people(other), asked) < 0.5 + MARGIN


def test_the_measure_sees_a_give_away(exercise: Path, other: Path) -> None:
    # Were planted payments written in the second half of their file, and others in the first, the
    # trees would know.
    def given_away(table: Table) -> Table:
        columns, planted = table[0].copy(), table[1]
        columns[:, 0] = (columns[:, 0] + planted) / 2
        return columns, planted

    assert separated(given_away(payments(other)), given_away(payments(exercise))) > 0.9

"""Terms for all losses of a year together: aggregates and reinstatements, by worked examples.

A layer that is reinstated K times pays K + 1 times its limit in a year (Sundt, "On excess of loss
reinsurance with reinstatements", 1991).
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from manara.cli.risk import risk
from manara.model import FormatError
from manara.risk.terms.rules import of_year
from manara.risk.terms.years import Years
from tests.risk.oed import Row, policy, programme, site, write
from tests.risk.small_model import SITES, make

SCOPE: list[Row] = [{"ReinsNumber": 1}]


def contract(**terms: Any) -> list[Row]:
    return [{"ReinsNumber": 1, "ReinsType": "CXL", "InuringPriority": 1, **terms}]


#: Terms of the policy, the contract if any, losses of buildings by year, what is paid or kept.
CASES: dict[str, tuple[Row, list[Row], list[list[float]], list[list[float]]]] = {
    "an annual limit runs out": (
        {"PolLimit6All": 100, "PolLimitCode6All": 1}, [],
        [[70, 60, 5], [60]], [[70, 30, 0], [60]],
    ),
    "an annual deductible is used up": (
        {"PolDed6All": 50, "PolDedCode6All": 1}, [],
        [[30, 40, 10], [30]], [[0, 20, 10], [0]],
    ),
    "both, of the account": (
        {"AccDed1Building": 50, "AccDedCode1Building": 1, "AccLimit6All": 25,
         "AccLimitCode6All": 1}, [],
        [[30, 40, 10]], [[0, 20, 5]],
    ),
    "a regular limit stays with each event": (
        {"PolLimit6All": 50, "PolLimitCode6All": 0, "PolDed6All": 15, "PolDedCode6All": 1}, [],
        [[10, 80, 60]], [[0, 50, 50]],
    ),
    # By event 80, 100, 90; together 80, 180, 270; paid 0, 80, 150; half of it is placed.
    "an aggregate layer": (
        {"LayerLimit": 100, "LayerAggAttachment": 100, "LayerAggLimit": 150,
         "LayerParticipation": 0.5}, [],
        [[80, 300, 90], [99]], [[0, 40, 35], [0]],
    ),
    "once reinstated": (
        {}, contract(OccAttachment=100, OccLimit=200, Reinstatement=1),
        [[400, 250, 400, 90], [400]], [[200, 100, 350, 90], [200]],
    ),
    "reinstated, and an aggregate limit": (
        {}, contract(OccAttachment=100, OccLimit=200, Reinstatement=3, AggLimit=350),
        [[400, 400, 400]], [[200, 250, 400]],
    ),
    "aggregate excess, of which a half is placed": (
        {}, contract(ReinsType="AXL", AggAttachment=100, AggLimit=100, PlacedPercent=0.5),
        [[60, 70, 80], [100, 10]], [[60, 55, 45], [100, 5]],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_terms_by_year(case: str, tmp_path: Path) -> None:
    terms, info, losses, paid = CASES[case]
    found = programme(tmp_path, [site(BuildingTIV=1000)], [policy(**terms)], info, SCOPE)
    year = np.repeat(np.arange(len(losses)), [len(one) for one in losses])
    ground_up = np.zeros((4, len(year)))
    ground_up[0] = np.concatenate(losses)
    after = found.run(ground_up, Years(year))
    kept = after.net if info else after.gross
    assert kept[0] == pytest.approx(np.concatenate(paid))
    assert not kept[1:].any()
    with pytest.raises(FormatError, match="years are not known"):
        found.run(ground_up)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1000)), min_size=1, max_size=30),
    st.floats(0, 2000),
    st.floats(1, 2000),
)
def test_a_year_pays_what_all_its_losses_would_as_one(
    told: list[tuple[int, float]], attach: float, limit: float
) -> None:
    year, loss = (np.array(part) for part in zip(*told, strict=True))
    ends = np.array([[attach], [limit]])
    paid = of_year(loss[None], ends[:1], ends[1:], Years(year))[0]
    assert (paid >= -1e-9).all() and (paid <= loss + 1e-9).all()
    for one in set(year.tolist()):
        whole = min(max(loss[year == one].sum() - attach, 0), limit)
        assert paid[year == one].sum() == pytest.approx(whole, abs=1e-6)


def command(*words: object) -> str:
    ran = CliRunner().invoke(risk, [str(one) for one in words], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def test_the_command_reads_years_and_keeps_samples_apart(tmp_path: Path) -> None:
    """Two samples of two years, the rows in no order but that of events within a year."""
    location = write(tmp_path / "l.csv", [site(BuildingTIV=1000)])
    account = write(tmp_path / "a.csv", [policy(PolLimit6All=100, PolLimitCode6All=1)])
    told = [(1, 1, 1, 70), (9, 2, 1, 80), (2, 1, 2, 90), (2, 1, 1, 60), (3, 1, 2, 20)]
    names = ("event_id", "period", "sidx", "loss")
    key = site(coverage_type_id=1)
    losses = [key | dict(zip(names, row, strict=True)) for row in told]
    ground = write(tmp_path / "g.csv", losses)
    out = tmp_path / "out"
    command("terms", "--location", location, "--account", account, "--ground-up", ground,
            "--out", out)  # fmt: skip
    with (out / "locations.csv").open() as file:
        rows = [tuple(float(row[name]) for name in (*names[:3], "loss_il"))
                for row in csv.DictReader(file)]  # fmt: skip
    assert sorted(rows) == [(1, 1, 1, 70), (2, 1, 1, 30), (2, 1, 2, 90), (3, 1, 2, 10),
                            (9, 2, 1, 80)]  # fmt: skip


def test_a_model_with_terms_by_year(tmp_path: Path) -> None:
    """Events 2 and 3 share a year: together the policy pays 300; alone each would pay its loss."""
    model = make(tmp_path / "small")
    write(tmp_path / "l.csv", [one | {"LocDed6All": 10} for one in SITES])

    def of(**terms: Any) -> tuple[dict[str, Any], dict[tuple[str, str], list[float]]]:
        account = write(tmp_path / "a.csv", [policy(**terms)])
        told = command(
            "losses", "--location", tmp_path / "l.csv", "--account", account, "--model", model,
            "--keys", model / "keys.csv", "--samples", 8, "--out", tmp_path / "out", "--json",
        )  # fmt: skip
        found = defaultdict(list)
        with (tmp_path / "out/il_S1_splt.csv").open() as file:
            for row in csv.DictReader(file):
                found[row["Period"], row["SampleId"]].append(float(row["Loss"]))
        return json.loads(told)["perspectives"]["il"], dict(found)

    plain, by_year = of()
    annual, limited = of(PolLimit6All=300, PolLimitCode6All=1)
    sums = {key: min(sum(one), 300.0) for key, one in by_year.items()}
    assert {key: sum(one) for key, one in limited.items()} == pytest.approx(sums)
    assert any(len(one) > 1 and sum(one) > 300 for one in by_year.values())
    assert annual["aal"] == pytest.approx(sum(sums.values()) / 8 / 4)
    assert annual["aal"] < plain["aal"] and annual["aal_expected"] is None

"""Terms of different perils in one file: each holds for the losses of its own; worked by hand."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from manara.cli.risk import risk
from manara.model import FormatError
from tests.risk.oed import Row, by_site, policy, programme, site, write
from tests.risk.test_terms import STEPS

BOTH = ("QEQ", "WTC")


def insured(
    folder: Path, sites: list[Row], policies: list[Row], *losses: list[float], **more: list[Row]
) -> list[float]:
    """Return by location what is insured of building losses of QEQ, then of WTC."""
    found = programme(folder, sites, policies, more.get("info"), more.get("scope"), perils=BOTH)
    ground = np.zeros((2, len(sites), 4, 1))
    ground[:, :, 0, 0] = losses
    told = found.run(ground.reshape(-1, 1))
    after = told.net if more else told.gross
    return by_site(after.reshape(2, -1, 1).sum(axis=0))


#: Fields of the location, rows of the policy, losses of QEQ and WTC, what is insured.
ONE_SITE: dict[str, tuple[Row, list[Row], float, float, float]] = {
    "a deductible of one peril": ({"LocPeril": "WW1", "LocDed6All": 10}, [{}], 100, 100, 190),
    "of both, once": ({"LocPeril": "QQ1;WTC", "LocDed6All": 10}, [{}], 100, 100, 190),
    "of every peril, once": ({"LocPeril": "AA1", "LocDed1Building": 10}, [{}], 100, 100, 190),
    "of no peril that struck": ({"LocPeril": "ORF", "LocDed6All": 10}, [{}], 100, 100, 200),
    "a share of value, once": (
        {"LocPeril": "AA1", "BuildingTIV": 1000, "LocDed6All": 0.02, "LocDedType6All": 2},
        [{}], 100, 100, 180,
    ),
    "a policy limit of one peril": ({}, [{"PolPeril": "QEQ", "PolLimit6All": 30}], 100, 100, 130),
    "a policy limit of each": (
        {},
        [{"PolPeril": "QEQ", "PolLimit6All": 30}, {"PolPeril": "WTC", "PolLimit6All": 70}],
        100, 100, 100,
    ),
    "a layer is of all perils": (
        {}, [{"PolPeril": "QEQ", "LayerAttachment": 20, "LayerLimit": 90}], 100, 100, 90,
    ),
    "an account deductible of one": ({}, [{"AccPeril": "WTC", "AccDed6All": 60}], 100, 50, 100),
    "a policy that does not cover it": (
        {}, [{"PolPerilsCovered": "WW1", "PolPeril": "AA1"}], 100, 50, 50,
    ),
    "a condition of one peril": (
        {"CondTag": "x"},
        [{"CondTag": "x", "CondNumber": 1, "CondPeril": "WW1", "CondLimit6All": 20}],
        100, 100, 120,
    ),
    "steps look at all": ({"BuildingTIV": 100}, STEPS, 5, 5, 0),
}  # fmt: skip


@pytest.mark.parametrize("name", ONE_SITE)
def test_terms_hold_for_the_losses_of_their_perils(name: str, tmp_path: Path) -> None:
    place, rows, quake, wind, expected = ONE_SITE[name]
    if name == "steps look at all":
        alone = insured(tmp_path, [site(**place)], [policy(**row) for row in rows], [10], [0])
        expected = alone[0]
        assert expected > 0
    told = insured(tmp_path, [site(**place)], [policy(**row) for row in rows], [quake], [wind])
    assert told == [pytest.approx(expected)]


def test_a_location_may_have_terms_for_each_peril(tmp_path: Path) -> None:
    sites = [site(1, LocPeril="QQ1", LocDed6All=10), site(1, LocPeril="WW1", LocLimit6All=30)]
    found = programme(tmp_path, sites, [policy()], perils=BOTH)
    assert len(found.sites.keys) == 1
    losses = np.zeros((2, 4, 1))
    losses[:, 0] = 100
    assert by_site(found.run(losses.reshape(-1, 1)).gross) == [90, 30]
    with pytest.raises(FormatError, match="two sets of terms for QEQ"):
        insured(tmp_path, [*sites[:1], site(1, LocPeril="AA1")], [policy()], [1], [1])


def test_reinsurance_of_one_peril(tmp_path: Path) -> None:
    info = [{"ReinsNumber": 1, "ReinsType": "QS", "InuringPriority": 1, "CededPercent": 0.5,
             "ReinsPeril": "WW1", "PlacedPercent": 1, "TreatyShare": 1}]  # fmt: skip
    scope = [{"ReinsNumber": 1, "PortNumber": "P"}]
    sites = [site(1), site(2)]
    told = insured(tmp_path, sites, [policy()], [100, 0], [40, 20], info=info, scope=scope)
    assert told == [120, 10]


def test_steps_look_at_the_losses_of_their_own_perils(tmp_path: Path) -> None:
    """For wind 15 of 100 between 10 and 30 of damage, above 70 % of what exceeds 10 and more."""
    place = [site(BuildingTIV=100)]
    wind = [policy(**row | {"PolPeril": "WW1"}) for row in STEPS]
    # What the quake does is not the steps' business, and is insured as it is.
    assert insured(tmp_path, place, wind, [50], [9]) == [50]
    assert insured(tmp_path, place, wind, [50], [20]) == [65]
    above = round((50 * 0.7 + 50 * 0.7 * 0.1) * 1.05, 6)
    assert insured(tmp_path, place, wind, [5], [60]) == [5 + above]
    # Of each its own: alone neither reaches a tenth, together they would.
    each = [*wind, *(policy(**row | {"PolPeril": "QQ1"}) for row in STEPS)]
    assert insured(tmp_path, place, each, [9], [9]) == [0]
    assert insured(tmp_path, place, STEPS, [9], [9]) == [15]
    assert insured(tmp_path, place, each, [20], [60]) == [15 + above]


def test_the_command_reads_perils_of_losses(tmp_path: Path) -> None:
    write(tmp_path / "location.csv", [site(LocPeril="WTC", LocDed6All=10, BuildingTIV=500)])
    write(tmp_path / "account.csv", [policy()])
    key = {"PortNumber": "P", "AccNumber": "A", "LocNumber": 1}
    rows = [("e1", "WTC", 100), ("e1", "QEQ", 40), ("e2", "QEQ", 70)]
    losses = [{**key, "event_id": e, "peril_id": peril, "loss": loss} for e, peril, loss in rows]
    write(tmp_path / "losses.csv", losses)
    files = [f"--{name}={tmp_path / f'{name}.csv'}" for name in ("location", "account")]
    words = ["terms", *files, f"--ground-up={tmp_path / 'losses.csv'}", f"--out={tmp_path / 'out'}"]
    assert CliRunner().invoke(risk, words, catch_exceptions=False).exit_code == 0
    with (tmp_path / "out/locations.csv").open(encoding="utf-8") as file:
        told = {row["event_id"]: float(row["loss_il"]) for row in csv.DictReader(file)}
    assert told == {"e1": 130, "e2": 70}

"""Losses of sites in events of place, band and rate."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from click.testing import CliRunner

from manara.cli.risk import risk
from manara.model import FormatError, UsageError
from manara.risk import portfolio
from manara.risk.exceedance import moments
from manara.risk.portfolio import Events, Layers, Severity, Sites
from tests.risk.oed import Row, policy, site, write

#: One band that loses half at the place and nothing from 100 metres on; another, all within 1,000.
CURVES: dict[str, Any] = {
    "spread": 0,
    "curves": {
        "buildings": "damage",
        "contents": "damage",
        "interruption": "delay",
        "people": "harm",
    },
    "bands": [
        {
            "name": "near",
            "damage": {"metres": [0, 100], "part": [0.5, 0]},
            "delay": {"metres": [0, 100], "part": [1, 1]},
            "harm": {"metres": [0, 100], "part": [0.1, 0]},
        },
        {
            "name": "far",
            "damage": {"metres": [0, 1000], "part": [1, 1]},
            "delay": {"metres": [0, 1000], "part": [0, 0]},
            "harm": {"metres": [0, 500], "part": [0.4, 0.2]},
        },
    ],
}


def severity(folder: Path, **changes: Any) -> Severity:
    path = folder / "bands.yaml"
    path.write_text(yaml.safe_dump(CURVES | changes), "utf-8")
    return Severity.read(path)


#: Metres of a degree of latitude.
DEGREE = 6_371_000.8 * math.pi / 180


def test_certain_losses_by_hand(tmp_path: Path) -> None:
    bands = severity(tmp_path)
    names = ["gate", "annex", "depot"]
    values = [[1000, 200, 50, 10], [400, 0, 0, 20], [600, 0, 0, 0]]
    # The annex stands 50 metres north of the gate, the depot 500 metres east of it.
    north, east = 50 / DEGREE, 500 / DEGREE / math.cos(math.radians(36))
    sites = Sites.make(
        names,
        [36, 36 + north, 36],
        [10, 10, 10 + east],
        values,
        deductible=[100, 0, 0],
        limit=[500, np.inf, np.inf],
        account=[0, 0, 1],
    )
    events = Events.make(["a", "b"], [36, 36], [10, 10], [0, 1], [0.1, 0.01])
    found = portfolio.losses(sites, events, samples=3, severity=bands)
    # Half of 1,200 and all of 50; a quarter of 400. Then everything but interruption.
    assert found.ground_up == pytest.approx(np.array([[750.0] * 3, [2200.0] * 3]), rel=1e-4)
    assert found.gross[0] == pytest.approx(500 + 100, rel=1e-4)
    terms = ([100.0, 50.0, 200.0], [300.0, 150.0, 1e9], [0.5, 1.0, 1.0])
    layers = Layers(np.array([1, 0, 0]), *map(np.array, terms))
    layered = portfolio.losses(sites, events, layers, samples=1, severity=bands).gross
    assert layered[:, 0] == pytest.approx([150 + 400, 150 + 700 + 150], rel=1e-4)
    only = Layers(layers.account[:1], *(column[:1] for column in layers[1:]))
    assert portfolio.losses(sites, events, only, severity=bands).gross[0, 0] == 0
    harmed = portfolio.losses(sites, events, samples=1, severity=bands, people=True)
    assert harmed.ground_up[:, 0] == pytest.approx([1 + 1, 4 + 20 * 0.38], rel=1e-3)
    expected = portfolio.expected(sites, events, severity=bands)
    assert expected.by_event == pytest.approx([750, 2200], rel=1e-4)
    assert expected.by_site == pytest.approx([65 + 12, 10 + 4, 6], rel=1e-4)


def world(count: int, seed: int = 0) -> tuple[Sites, Events]:
    """Return sites and events of one town that lies on both sides of the date line."""
    rng = np.random.default_rng(seed)
    longitude = 179.99 + rng.uniform(0, 0.02, (2, count))
    longitude[longitude > 180] -= 360
    latitude = -17 + rng.uniform(0, 0.02, (2, count))
    values = rng.lognormal(10, 1, (count, 4))
    sites = Sites.make([f"s{at}" for at in range(count)], latitude[0], longitude[0], values)
    band = rng.integers(0, 5, count)
    names = [f"e{at}" for at in range(count)]
    return sites, Events.make(names, latitude[1], longitude[1], band, 0.01)


def test_pruning_by_place_leaves_no_site_out() -> None:
    sites, events = world(300)
    bands = Severity.read()
    north = (sites.latitude - events.latitude[:, None]) * DEGREE
    turn = (sites.longitude - events.longitude[:, None] + 180) % 360 - 180
    east = turn * DEGREE * np.cos(np.radians(events.latitude))[:, None]
    distance = np.hypot(north, east)
    money = sites.values[:, :3].sum(axis=1)
    expected = np.empty(300)
    for at, band in enumerate(events.band):
        where = np.linspace(0, bands.reach[band], 257)
        part = np.interp(distance[at], where, bands.curves[bands.kinds[0], band], right=0)
        expected[at] = part @ money
    found = portfolio.expected(sites, events)
    assert found.by_event == pytest.approx(expected, rel=1e-3)
    assert found.by_site.sum() == pytest.approx(0.01 * expected.sum(), rel=1e-3)


def test_samples_spread_around_the_expected_loss() -> None:
    sites, events = world(100)
    found = portfolio.losses(sites, events, samples=2000)
    expected = portfolio.expected(sites, events).by_event
    error = np.sqrt(moments(found.ground_up, pairs=True).error)
    assert (np.abs(found.ground_up.mean(axis=1) - expected) <= 4.5 * error + 1e-3).all()
    assert (found.ground_up.std(axis=1) > 0).any()


def test_a_change_of_one_site_changes_nothing_else() -> None:
    sites, events = world(50)
    whole = portfolio.losses(sites, events).ground_up
    kept = np.arange(50) != 7

    def some(rows: Any) -> Any:
        parts = (getattr(sites, name)[rows] for name in Sites.__slots__)
        return portfolio.losses(Sites(*parts), events).ground_up

    assert some(kept) + some(~kept) == pytest.approx(whole, rel=1e-5, abs=1e-2)
    order = np.random.default_rng(1).permutation(50)
    assert some(order) == pytest.approx(whole, rel=1e-12)
    assert (portfolio.losses(sites, events).ground_up == whole).all()
    assert (portfolio.losses(sites, events, seed=2).ground_up != whole).any()


def test_years_follow_the_rates() -> None:
    sites = Sites.make(["x"], [0], [0], [[100, 0, 0, 0]])
    events = Events.make(["often", "seldom"], [0, 0], [0, 0], 0, [0.5, 0.02])
    losses = np.array([[10.0, 30.0], [500.0, 500.0]])
    found = portfolio.metrics(losses, events, years=200_000, periods=(2, 10, 100))
    assert found.aal == pytest.approx(0.5 * 20 + 0.02 * 500)
    assert found.sd == pytest.approx(math.sqrt(0.5 * 500 + 0.02 * 250_000))
    # Once in two years something happens at most; once in a hundred the seldom event is there.
    assert found.oep.loss.tolist() == [0 if math.exp(-0.52) > 0.5 else 10, 30, 500]
    assert found.oep.tvar[2] == pytest.approx(500)
    assert found.aep.tvar[2] > 500
    assert found.aep.tvar[0] == pytest.approx(2 * found.aal, rel=0.05)
    none = portfolio.metrics(losses, Events.make(["a", "b"], [0, 0], [0, 0], 0, 0), years=10)
    assert (none.aal, none.oep.loss.tolist()) == (0, [0, 0, 0])
    with pytest.raises(UsageError, match="band"):
        portfolio.losses(sites, Events.make(["a"], [0], [0], 5, 1))
    with pytest.raises(UsageError, match="latitude: not 1 numbers from -90 to 90"):
        Sites.make(["x"], [91], [0], [[0, 0, 0, 0]])


SITES: list[Row] = [
    {**site(1, BuildingTIV=900, ContentsTIV=100, People=5), "Latitude": 36, "Longitude": 10},
    {**site(2, BuildingTIV=400, LocDedType6All=2), "Latitude": 36, "Longitude": 10.1},
]
EVENTS: list[Row] = [
    {"EventId": "gate", "Latitude": 36, "Longitude": 10, "Band": "near", "Rate": 0.1},
    {"EventId": "road", "Latitude": 36, "Longitude": 10.1, "Band": 2, "Rate": 0.01},
]


def command(folder: Path, sites: list[Row], events: list[Row], *more: object) -> dict[str, Any]:
    bands = folder / "bands.yaml"
    bands.write_text(yaml.safe_dump(CURVES), "utf-8")
    words = ["losses", "--location", write(folder / "location.csv", sites)]
    words += ["--events", write(folder / "events.csv", events), "--severity", bands]
    told = [*map(str, words), *map(str, more), "--json"]
    ran = CliRunner().invoke(risk, told, catch_exceptions=False)
    if ran.exception:
        raise ran.exception
    return dict(json.loads(ran.stdout))


def test_the_command_reads_sites_and_events(tmp_path: Path) -> None:
    sites = [SITES[0], {**SITES[1], "LocDed6All": 0.25}]
    account = write(tmp_path / "account.csv", [policy(LayerAttachment=100, LayerLimit=1000)])
    more = ["--account", account, "--out", tmp_path / "out", "--years", 5]
    told = command(tmp_path, sites, EVENTS, *more)
    found = told["perspectives"]
    assert found["gul"]["aal"] == pytest.approx(0.1 * 500 + 0.01 * 400, rel=1e-4)
    assert found["il"]["aal"] == pytest.approx(0.1 * 400 + 0.01 * 200, rel=1e-4)
    assert found["people"]["aal"] == pytest.approx(0.1 * 0.5, rel=1e-4)
    assert found["gul"]["aal_expected"] == pytest.approx(54, rel=1e-4)
    assert found["gul"]["oep"]["5"] == 0
    lines = (tmp_path / "out/il_S1_melt.csv").read_text("utf-8").splitlines()
    assert lines[1].startswith("1,gate,2,0.1,1.0,40")


def test_files_that_are_not_honoured_are_refused(tmp_path: Path) -> None:
    def refused(words: str, sites: list[Row], events: list[Row]) -> None:
        with pytest.raises(FormatError, match=words):
            command(tmp_path, sites, events)

    refused("no band 'huge'", SITES, [{**EVENTS[0], "Band": "huge"}])
    refused("locded1building is not honoured", [{**SITES[0], "LocDed1Building": 1}], EVENTS)
    refused("Latitude is '', no number", [{**SITES[0], "Latitude": ""}], EVENTS)
    refused("longitude is not 1 numbers", [{**SITES[0], "Longitude": 200}], EVENTS)
    refused("site P A 1 twice", [SITES[0], SITES[0]], EVENTS)
    refused("Rate is '-1'", SITES, [{**EVENTS[0], "Rate": -1}])
    for changes, words in (
        ({"spread": 2}, "spread"),
        ({"curves": {"buildings": "damage"}}, "curves are not for"),
        ({"bands": [{**CURVES["bands"][0], "damage": {"metres": [5], "part": [1]}}]}, "metres"),
        ({"bands": [{**CURVES["bands"][0], "harm": {"metres": [0, 5], "part": [2, 0]}}]}, "part"),
    ):
        with pytest.raises(FormatError, match=words):
            severity(tmp_path, **changes)

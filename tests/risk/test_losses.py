"""Losses in the events of a model: expected values worked out by hand, and PiWind."""

from __future__ import annotations

import csv
import json
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from manara.cli.risk import risk
from manara.model import FormatError, UsageError
from manara.risk.exceedance import metrics, moments
from manara.risk.losses import Files, Folder, Model, Portfolio, Simulated, keys, simulate
from manara.risk.oed import read_table
from tests.risk import small_model
from tests.risk.oed import Row, policy, site, write

MEAN = small_model.MEAN
PIWIND = "risk/oasis_piwind"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_model.make(tmp_path_factory.mktemp("small"))


def run(
    model: Path,
    folder: Path,
    sites: list[Row],
    policies: list[Row] | None = None,
    samples: int = 10,
    seed: int = 1,
) -> Simulated:
    folder.mkdir(exist_ok=True)
    files = Files(
        write(folder / "location.csv", sites),
        write(folder / "account.csv", policies) if policies else None,
        keys=model / "keys.csv",
    )
    found = Folder.read(model)
    known = Model.read(found)
    return simulate(known, Portfolio.read(files, found, known), samples, seed)


def test_sample_means_are_the_expected_losses(small: Path, tmp_path: Path) -> None:
    found = run(small, tmp_path, small_model.SITES, samples=20_000)
    wind, strong = MEAN[1, 1], MEAN[1, 2]
    expected = np.array(
        [
            1200 * wind + 400 * strong + 150 * wind,
            # The building of site 1 is struck by both perils and cannot lose more than its value.
            200 * strong + 150 * strong + 1000 * _capped(),
            1350 * (0.25 * wind + 0.5 * strong),
        ]
    )
    error = np.sqrt(moments(found.ground_up, pairs=True).error)
    assert (np.abs(found.ground_up.mean(axis=1) - expected) < 4 * error).all()
    assert found.expected == pytest.approx(expected, rel=1e-6)
    assert found.gross is None
    assert found.net is None


def _capped() -> float:
    """Return the mean of min(1, wind + water) by sums over a fine grid."""

    def damage(function: int, level: int) -> Any:
        chances = small_model.DAMAGE[function, level]
        grid = (np.arange(2000) + 0.5) / 2000
        ends = np.append(0, np.cumsum(chances))
        low, high = (np.array(small_model.BINS)[:, at] for at in (0, 1))
        at = np.searchsorted(ends, grid, "right") - 1
        return low[at] + (high - low)[at] * (grid - ends[at]) / np.array(chances)[at]

    both = damage(1, 2)[:, None] + damage(2, 1)[None, :]
    return float(np.minimum(both, 1).mean())


def test_correlation_widens_the_sum_and_leaves_the_mean(small: Path, tmp_path: Path) -> None:
    tied = small_model.make(tmp_path / "tied", correlation=0.9)
    sites = [site(at, BuildingTIV=100) for at in range(1, 41)]
    rows = [(at, "WTC", 1, 12, 1) for at in range(1, 41)]
    names = ("LocID", "PerilID", "CoverageTypeID", "AreaPerilID", "VulnerabilityID")
    losses = {}
    for name, model in (("free", small), ("tied", tied)):
        copy = shutil.copytree(model, tmp_path / name / "model")
        write(copy / "keys.csv", [dict(zip(names, row, strict=True)) for row in rows])
        losses[name] = run(copy, tmp_path / name, sites, samples=4000).ground_up[0]
    for found in losses.values():
        error = math.sqrt(moments(found[None], pairs=True).error[0])
        assert abs(found.mean() - 4000 * MEAN[1, 2]) < 4 * error
    assert losses["tied"].std() > 4 * losses["free"].std()


def test_a_draw_belongs_to_event_site_and_sample(small: Path, tmp_path: Path) -> None:
    all_sites = run(small, tmp_path / "all", small_model.SITES)
    alone = shutil.copytree(small, tmp_path / "alone")
    write(alone / "keys.csv", _keys(alone)[3:4])
    rest = shutil.copytree(small, tmp_path / "rest")
    write(rest / "keys.csv", _keys(rest)[:3] + _keys(rest)[4:])
    second = run(alone, tmp_path / "a", small_model.SITES).ground_up
    others = run(rest, tmp_path / "b", small_model.SITES).ground_up
    assert second[0].any()
    assert others + second == pytest.approx(all_sites.ground_up, rel=1e-6)
    # More samples begin with the same ones, and the order of the file does not matter.
    more = run(small, tmp_path / "all", small_model.SITES, samples=25)
    assert (more.ground_up[:, :10] == all_sites.ground_up).all()
    again = run(small, tmp_path / "all", small_model.SITES)
    assert (again.ground_up == all_sites.ground_up).all()
    other = run(small, tmp_path / "all", small_model.SITES, seed=2)
    assert (other.ground_up[0] != all_sites.ground_up[0]).all()


def _keys(model: Path) -> list[Row]:
    with (model / "keys.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_terms_apply_to_each_event_and_sample(small: Path, tmp_path: Path) -> None:
    sites = [
        {**small_model.SITES[0], "LocDed1Building": 100, "LocLimit6All": 700},
        *small_model.SITES[1:],
    ]
    policies = [policy(LayerAttachment=50, LayerLimit=500, LayerParticipation=0.5)]
    plain = run(small, tmp_path, small_model.SITES, samples=50)
    found = run(small, tmp_path, sites, policies, samples=50)
    assert (found.ground_up == plain.ground_up).all()
    assert found.gross is not None
    assert found.gross.max() == pytest.approx(250)
    # What the sites lose one by one, with their own terms, then the layer.
    by_site = []
    for at, known in enumerate(small_model.SITES):
        one = shutil.copytree(small, tmp_path / f"site{at}")
        write(one / "keys.csv", [row for row in _keys(one) if row["LocID"] == str(at + 1)])
        by_site.append(run(one, tmp_path / "one", small_model.SITES, samples=50).ground_up)
        contents = [row for row in _keys(one) if row["CoverageTypeID"] == "3"]
        if contents:
            write(one / "keys.csv", contents)
            aside = run(one, tmp_path / "one", small_model.SITES, samples=50).ground_up
            by_site[at] = np.minimum(np.maximum(by_site[at] - aside - 100, 0) + aside, 700)
        assert known["LocNumber"] == at + 1
    layer = 0.5 * np.clip(sum(by_site) - 50, 0, 500)
    assert found.gross == pytest.approx(layer, rel=1e-5)


def test_terms_of_one_peril_meet_its_losses(small: Path, tmp_path: Path) -> None:
    """Wind is limited to 300 an event, water to 90; alone, each has the same draws."""
    limits = {"WTC": 300, "WSS": 90}
    policies = [policy(PolPeril=name, PolLimit6All=most) for name, most in limits.items()]
    alone = []
    for name in limits:
        one = shutil.copytree(small, tmp_path / name)
        write(one / "keys.csv", [row for row in _keys(one) if row["PerilID"] == name])
        alone.append(run(one, tmp_path / "one", small_model.SITES, samples=50).ground_up)
    plain = run(small, tmp_path / "plain", small_model.SITES, samples=50)
    found = run(small, tmp_path / "both", small_model.SITES, policies, samples=50)
    assert found.ground_up == pytest.approx(plain.ground_up, rel=1e-5)
    # Where nothing is destroyed twice, each peril meets its own limit.
    once = np.isclose(plain.ground_up, sum(alone), rtol=1e-6)
    paid = sum(np.minimum(*pair) for pair in zip(alone, limits.values(), strict=True))
    assert found.gross is not None
    assert found.gross[once] == pytest.approx(np.asarray(paid)[once], rel=1e-5)
    assert (once & (alone[1] > 90)).any() and (alone[0][once] > 300).any()
    assert (found.gross[~once] <= np.asarray(paid)[~once] + 1e-6).all()
    # A deductible of a location for water alone changes nothing where there is no water.
    wet = [{**one, "LocPeril": "WSS", "LocDed6All": 50} for one in small_model.SITES]
    after = run(small, tmp_path / "wet", wet, [policy()], samples=50).gross
    assert after is not None
    dry = np.maximum(alone[1] - 50, 0) + alone[0]
    assert after[once] == pytest.approx(dry[once], rel=1e-5)


def test_what_is_not_honoured_is_refused(small: Path, tmp_path: Path) -> None:
    def refused(words: str, file: str, old: str, new: str) -> None:
        model = shutil.copytree(small, tmp_path / words.replace(" ", ""))
        path = model / file
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
        with pytest.raises(FormatError, match=words):
            run(model, tmp_path, small_model.SITES)

    settings = "meta-data/model_settings.json"
    value = '"damage_correlation_value"'
    refused(
        "hazard_correlation_value", settings, value, '"hazard_correlation_value": 0.5, ' + value
    )
    refused("damage_group_fields", settings, "{", '{"data_settings": {"damage_group_fields": []}, ')
    bins = "model_data/small/damage_bin_dict.csv"
    refused("no share of value", bins, "2,0,0.5,0.25,0", "2,0,0.5,0.25,2")
    refused("not the middle", bins, "2,0,0.5,0.25", "2,0,0.5,0.35")
    functions = "model_data/small/vulnerability.csv"
    refused("not add up to 1", functions, "1,1,1,0.5", "1,1,1,0.9")
    refused("not in damage_bin_dict", functions, "1,1,2,0.5", "1,1,7,0.5")
    refused("no location 9", "keys.csv", "3,WTC,4", "9,WTC,4")
    refused("no column event_id", "model_data/small/footprint.csv", "event_id", "event")
    with pytest.raises(FormatError, match=r"no lookup_config.json \(give keys with --keys\)"):
        keys.look_up(read_table(tmp_path / "location.csv"), Folder.read(small))
    with pytest.raises(FormatError, match="no footprint"):
        Folder.read(tmp_path / "nothing")


def command(*words: object) -> Any:
    ran = CliRunner().invoke(risk, ["losses", *map(str, words)], catch_exceptions=False)
    if ran.exception:
        raise ran.exception
    return ran.output


@pytest.mark.slow
def test_the_command_tells_figures_and_writes_tables(small: Path, tmp_path: Path) -> None:
    location = write(tmp_path / "location.csv", small_model.SITES)
    account = write(tmp_path / "account.csv", [policy(LayerLimit=300)])
    words = ["--location", location, "--account", account, "--model", small]
    words += ["--keys", small / "keys.csv", "--years", 4, "--out", tmp_path / "out"]
    told = json.loads(command(*words, "--json"))
    assert (told["events"], told["samples"], told["years"], told["items"]) == (3, 10, 4, 6)
    gul, il = told["perspectives"]["gul"], told["perspectives"]["il"]
    names = ("aal", "aal_se", "aal_expected", "sd", "oep", "aep", "tvar", "tvar_oep")
    assert tuple(gul) == names
    assert gul["oep"]["4"] <= gul["aep"]["4"] <= gul["tvar"]["4"]
    assert 0 < il["aal"] < gul["aal"]
    # Event 1 happens twice in four years, each of the others once.
    expected = (2 * 438.75 + 1115.416667 + 497.8125) / 4
    assert gul["aal_expected"] == pytest.approx(expected)
    assert il["aal_expected"] == pytest.approx(il["aal"], rel=0.3)
    assert "ground-up: " in command(*words)
    with (tmp_path / "out/gul_S1_selt.csv").open(encoding="utf-8") as file:
        losses = list(csv.DictReader(file))
    by_event = {event: 0.0 for event in "123"}
    for row in losses:
        by_event[row["EventId"]] += float(row["Loss"]) / 10
    aal = (2 * by_event["1"] + by_event["2"] + by_event["3"]) / 4
    assert gul["aal"] == pytest.approx(aal)
    command(*words, "--format", "parquet")
    assert (tmp_path / "out/il_S1_ept.parquet").is_file()
    with pytest.raises(UsageError, match="--model or --events"):
        command("--location", location)


@pytest.mark.shared
def test_the_lookup_of_piwind_gives_its_published_keys(shared: Path) -> None:
    expected = shared / PIWIND / "tests/ci/expected/control_set/input"
    table = read_table(expected / "location.csv")
    folder = Folder.read(shared / PIWIND)
    found = keys.look_up(table, folder)
    published = keys.read_keys(expected / "keys.csv", table)
    assert _sorted(found) == _sorted(published)


def _sorted(columns: keys.Columns) -> list[tuple[Any, ...]]:
    return sorted(zip(*(columns[name].tolist() for name in keys.KEYS), strict=True))


@pytest.mark.shared
def test_piwind_means_equal_those_of_oasis_within_three_standard_errors(shared: Path) -> None:
    inputs = shared / PIWIND / "tests/ci/expected/control_set/input"
    files = Files(
        *(inputs / f"{name}.csv" for name in ("location", "account", "reinsinfo", "reinsscope"))
    )
    folder = Folder.read(shared / PIWIND)
    model = Model.read(folder)
    ours = simulate(model, Portfolio.read(files, folder, model), 300, 1)
    for kind, losses in (("gul", ours.ground_up), ("il", ours.gross), ("ri", ours.net)):
        theirs = np.zeros((len(model.events), 10))
        path = shared / PIWIND / f"tests/ci/expected/control_set/output/{kind}_S1_selt.csv"
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if int(row["SampleId"]) > 0:
                    event = np.searchsorted(model.events, int(row["EventId"]))
                    theirs[event, int(row["SampleId"]) - 1] = float(row["Loss"])
        assert losses is not None
        one = metrics(losses, model.when, model.years, pairs=True)
        other = metrics(theirs, model.when, model.years)
        assert abs(one.aal - other.aal) < 3 * np.hypot(one.aal_se, other.aal_se)
        # As wide, too: the deviation of a year within a tenth.
        assert one.sd == pytest.approx(other.sd, rel=0.1)
    error = metrics(ours.ground_up, model.when, model.years, pairs=True).aal_se
    times = np.bincount(model.when.event, minlength=len(model.events)) / model.when.periods
    assert abs(times @ (ours.ground_up.mean(axis=1) - ours.expected)) < 4 * error


@pytest.mark.shared
def test_binary_and_text_files_say_the_same(shared: Path, tmp_path: Path) -> None:
    data = shared / PIWIND / "model_data/PiWind"
    folder = tmp_path / "model_data/PiWind"
    folder.mkdir(parents=True)
    for path in data.glob("*.csv"):
        (folder / path.name).symlink_to(path)
    settings = shared / PIWIND / "meta-data/model_settings.json"
    (tmp_path / "model_settings.json").symlink_to(settings)
    text = Model.read(Folder.read(tmp_path))
    binary = Model.read(Folder.read(shared / PIWIND))
    for one, other in ((text.footprint, binary.footprint), (text.curves, binary.curves)):
        for at in range(len(one)):
            assert np.allclose(one[at], other[at], atol=1e-6)
    assert (text.when.event == binary.when.event).all()
    assert text.when.periods == binary.when.periods
    assert text.years == binary.years

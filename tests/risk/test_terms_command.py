"""Losses in, insured losses out, as files; and the published validation folders of Oasis LMF."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from manara.cli.risk import risk
from manara.model import FormatError, UsageError
from tests.risk.oed import Row, policy, site, write

SITES = [site(1, BuildingTIV=300, ContentsTIV=100), site(2, BuildingTIV=50, LocDed1Building=5)]


def terms(folder: Path, losses: list[Row], *more: str) -> str:
    location = write(folder / "location.csv", SITES)
    account = write(folder / "account.csv", [policy(LayerLimit=60)])
    ground_up = write(folder / "ground_up.csv", losses)
    words = ["terms", "--location", location, "--account", account, "--ground-up", ground_up]
    words += ["--out", folder / "out", *more]
    ran = CliRunner().invoke(risk, list(map(str, words)), catch_exceptions=False, color=False)
    if ran.exception:
        raise ran.exception
    return ran.output


def lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


def test_losses_after_terms_by_location_and_account(tmp_path: Path) -> None:
    losses = [
        {**site(1), "coverage_type_id": 1, "event_id": 7, "loss": 40},
        {**site(1), "coverage_type_id": 3, "event_id": 7, "loss": 30},
        {**site(2), "coverage_type_id": 1, "event_id": 7, "loss": 55},
        {**site(2), "coverage_type_id": 1, "event_id": 8, "loss": 15},
    ]
    told = terms(tmp_path, losses, "--json")
    assert json.loads(told) == {"events": 2, "loss_gul": 140.0, "loss_il": 70.0}
    assert lines(tmp_path / "out/locations.csv") == [
        "PortNumber,AccNumber,LocNumber,event_id,loss_gul,loss_il",
        "P,A,1,7,70.0,35.0",
        "P,A,2,7,55.0,25.0",
        "P,A,2,8,15.0,10.0",
    ]
    assert lines(tmp_path / "out/accounts.csv") == [
        "PortNumber,AccNumber,event_id,loss_gul,loss_il",
        "P,A,7,125.0,60.0",
        "P,A,8,15.0,10.0",
    ]


def test_a_loss_without_coverage_is_spread_by_value_and_rows_may_be_numbered(
    tmp_path: Path,
) -> None:
    assert "loss_il  45.00" in terms(tmp_path, [{"loc_id": 2, "loss_gul": 50}])
    assert lines(tmp_path / "out/locations.csv")[1:] == ["P,A,2,50.0,45.0"]


@pytest.mark.parametrize(
    ("loss", "named"),
    [
        ({**site(9), "loss": 1}, "line 2: location P A 9 is not in location.csv"),
        ({**site(1), "coverage_type_id": 5, "loss": 1}, "coverage_type_id is 5, not 1 to 4"),
        ({**site(1), "loss": "much"}, "loss is 'much', not an amount"),
        (site(1), "no column loss"),
        ({"loss": 1}, "no column loc_id"),
    ],
)
def test_losses_that_cannot_be_placed_are_refused(loss: Row, named: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=named):
        terms(tmp_path, [loss])


def test_reinsurance_needs_both_files(tmp_path: Path) -> None:
    info = write(tmp_path / "info.csv", [{"ReinsNumber": 1}])
    with pytest.raises(UsageError, match="go together"):
        terms(tmp_path, [{**site(1), "loss": 1}], "--ri-info", str(info))


@pytest.mark.parametrize("text", [b"", b"A,a\n1,2\n", b"A,B\n1\n", b"A\n\xff\n"])
def test_a_broken_table_is_refused(text: bytes, tmp_path: Path) -> None:
    file = tmp_path / "losses.csv"
    terms(tmp_path, [{**site(1), "loss": 1}])
    file.write_bytes(text)
    words = ["terms", "--out", tmp_path / "out", "--ground-up", file]
    words += ["--location", tmp_path / "location.csv", "--account", tmp_path / "account.csv"]
    ran = CliRunner().invoke(risk, list(map(str, words)))
    assert isinstance(ran.exception, FormatError)


def published(folder: Path, out: Path) -> tuple[int, list[str]]:
    """Run one published folder, losses its insured values times its factors; say what differs."""
    factors = ["1"]
    if (folder / "loss_factors.csv").exists():
        factors = lines(folder / "loss_factors.csv")[1:]
    with (folder / "location.csv").open(encoding="utf-8-sig") as file:
        places = list(csv.DictReader(file))
    # A location that stands twice in the file is struck once.
    values = {
        (one["PortNumber"], one["AccNumber"], one["LocNumber"], cover): float(
            one.get(f"{name}TIV") or 0
        )
        for one in places
        for cover, name in enumerate(("Building", "Other", "Contents", "BI"), 1)
    }
    names = ("PortNumber", "AccNumber", "LocNumber", "coverage_type_id")
    losses = [
        {**dict(zip(names, key, strict=True)), "loss_factor_idx": at, "loss": value * float(factor)}
        for key, value in values.items()
        for at, factor in enumerate(factors)
    ]
    words = ["terms", "--location", folder / "location.csv", "--account", folder / "account.csv"]
    words += ["--ground-up", write(out / "losses.csv", losses), "--out", out]
    if (folder / "ri_info.csv").exists():
        words += ["--ri-info", folder / "ri_info.csv", "--ri-scope", folder / "ri_scope.csv"]
    ran = CliRunner().invoke(risk, list(map(str, words)), catch_exceptions=False)
    assert ran.exit_code == 0, ran.exception
    with (out / "locations.csv").open(encoding="utf-8") as file:
        got = {
            (one["PortNumber"], one["AccNumber"], one["LocNumber"], one["loss_factor_idx"]): one
            for one in csv.DictReader(file)
        }
    compared, differ = 0, []
    with (folder / "expected/loc_summary.csv").open(encoding="utf-8") as file:
        for raw in csv.DictReader(file):
            one = {name.lower(): value for name, value in raw.items()}
            factor = one.get("loss_factor_idx", "0")
            key = (one["portnumber"], one["accnumber"], one["locnumber"], factor)
            if key not in got:
                # The units' expected results also name a location that their input has not.
                continue
            for kind in ("loss_il", "loss_ri"):
                if kind in one:
                    compared += 1
                    if float(got[key][kind]) != pytest.approx(float(one[kind]), rel=1e-3, abs=1e-3):
                        differ.append(f"{key} {kind} {one[kind]} {got[key][kind]}")
    return compared, differ


#: Rows and kinds of loss in each published folder.
FOLDERS = {
    "insurance": 634,
    "insurance_account": 832,
    "insurance_bi": 35,
    "insurance_step": 102,
    "issue_1816": 10,
    "issues": 117 * 2,
    "reinsurance1": 290 * 2,
}


@pytest.mark.shared
@pytest.mark.parametrize("name", FOLDERS)
def test_published_folders_come_out_row_by_row(name: str, shared: Path, tmp_path: Path) -> None:
    folder = shared / "risk/oasis_fm" / name
    assert published(folder, tmp_path) == (FOLDERS[name], [])


@pytest.mark.shared
def test_published_contracts_come_out_row_by_row(shared: Path, tmp_path: Path) -> None:
    folder = shared / "risk/oasis_fm"
    units = sorted(
        one.parents[1] for one in folder.glob("reinsurance1/units/*/expected/loc_summary.csv")
    )
    assert len(units) == 58
    for unit in units:
        compared, differ = published(unit, tmp_path)
        assert compared, unit
        assert not differ, unit

"""Phases II and III, the register and the report, on the invented sites of the tutorial."""

from __future__ import annotations

import csv
import dataclasses
import importlib.util
import json
import re
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from manara.cli.risk import risk
from manara.model import FormatError
from manara.risk.cover import PARTS
from manara.risk.programme import Assessed, Folder, assess_programme, charts, make_register
from manara.risk.programme.actions import told
from manara.risk.programme.outlook import Plight
from manara.risk.programme.published import banded
from manara.risk.programme.report import write_report
from manara.risk.programme.results import pictures
from manara.risk.programme.sitemap import draw_map
from manara.risk.programme.speech import speech
from manara.risk.programme.summary import sentences

MATERIAL = Path(__file__).parents[2] / "docs/tutorial/risk"
NAMES = ("Lantern Tower", "Hollin Market Hall", "Quarry Depot", "Marsh College", "North Quay")


def run(*words: object) -> tuple[int, str]:
    ran = CliRunner().invoke(risk, list(map(str, words)), catch_exceptions=False)
    return ran.exit_code, ran.output


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programme of the tutorial, filled in."""
    folder = tmp_path_factory.mktemp("programme") / "trust"
    run("init", folder, "--organisation", "Trust <script>alert(1)</script>")
    assert run("sites", "import", MATERIAL / "sites.xlsx", "--programme", folder)[0] == 1
    for name in ("incidents.csv", "measures.csv", "cover.yaml"):
        shutil.copy(MATERIAL / name, folder)
    for name in ("mara", "tobin"):
        assert run("answers", folder, MATERIAL / f"answers-{name}.xlsx")[0] == 0
    settings = (folder / "risk.toml").read_text("utf-8")
    settings = settings.replace('incidents = ""', 'incidents = "incidents.csv"')
    settings = settings.replace("# incidents_until", "incidents_until")
    settings = settings.replace("budget = 100000.0", "budget = 400000.0")
    (folder / "risk.toml").write_text(settings, "utf-8")
    return folder


@pytest.fixture(scope="module")
def found(trust: Path) -> Assessed:
    return assess_programme(Folder.open(trust))


@pytest.fixture(scope="module")
def report(trust: Path) -> Iterator[str]:
    assert run("report", trust)[0] == 0
    yield (trust / "report/report.html").read_text("utf-8")


def test_the_quiet_site_overtakes_the_flagship_once_that_is_hardened(found: Assessed) -> None:
    names = found.one.exposure.targets.names
    logit = next(one for one in found.two.attackers if one.attacker == "logit")
    tower, market = names.index("tower"), names.index("market")
    plan = found.two.plan
    assert plan
    assert plan.likelihood[tower] < 1
    assert plan.likelihood[market] == plan.consequence[market] == 1
    assert logit.risk_before[tower] > 2 * logit.risk_before[market]
    assert logit.risk_after[market] > 10 * logit.risk_after[tower]
    assert logit.substitution[market] > 1.3
    assert any("Hollin Market Hall carries the largest risk" in one for one in sentences(found))


def test_the_gap_is_closed_by_what_costs_least_in_all(found: Assessed) -> None:
    offers = found.three.planned.plain["offers"]
    assert {one["kind"] for one in offers} == {"retain", "insure", "protect"}
    best = min(offers, key=lambda one: one["total"])
    assert offers[0] == best
    assert best["kind"] != "retain"
    assert best["name"] in sentences(found)[-1]
    assert found.three.planned.unpaid > 0


def test_who_pays_adds_up_to_the_loss_that_was_simulated(found: Assessed) -> None:
    today = found.three.today
    assert today.waterfall.off < 1e-9
    whole = today.plain["ground_up"]["aal"]
    assert sum(today.plain["parts"][part]["aal"] for part in PARTS) == pytest.approx(whole)
    assert whole == pytest.approx(found.two.outlooks[0].aal.value)
    perils = today.plain["perils"]
    assert perils["MNT"]["ground_up"] == pytest.approx(0.02 * whole)
    # The policy pays for conventional attacks only.
    assert perils["MNT"]["parts"]["nobody"] == pytest.approx(perils["MNT"]["ground_up"])


def test_simulated_averages_are_those_expected(found: Assessed) -> None:
    rows = zip(found.two.outlooks, found.two.curves, strict=True)
    today = [(row, curves) for row, curves in rows if row.plan == "today"]
    for (row, curves), shift in zip(today, found.two.attackers, strict=True):
        off = abs(row.aal.value - float(shift.risk_before.sum()))
        assert off < 4 * curves.likely.aal_se
        assert curves.likely.aal_se < 0.05 * row.aal.value
        assert row.aal.low < row.aal.value < row.aal.high
        assert row.oep.value <= row.aep.value <= row.tvar.value


def test_a_measure_changes_what_it_should_and_nothing_else(found: Assessed) -> None:
    exposure, severity = found.one.exposure, found.one.severity
    ones = np.ones(len(exposure.sites))
    eased = ones.copy()
    eased[exposure.targets.names.index("depot")] = 0.5
    before = Plight.of(exposure, severity, 1, ones, ones)
    after = Plight.of(exposure, severity, 1, ones, eased)
    bands = exposure.chances.shape[1]
    changed = np.flatnonzero((before.money != after.money).any(axis=1)) // bands
    assert {exposure.sites[at].site for at in changed} == {"depot"}
    other = Plight.of(exposure, severity, 2, ones, ones)
    assert (before.money != other.money).any()


def test_the_same_files_give_the_same_figures(trust: Path, found: Assessed) -> None:
    again = assess_programme(Folder.open(trust))
    assert again.two.outlooks == found.two.outlooks
    assert again.inputs == found.inputs


def test_every_number_of_the_register_can_be_doubted(found: Assessed) -> None:
    register = make_register(found)
    assert {one.site for one in register.risks} == set(found.one.exposure.targets.names)
    for one in register.risks:
        assert one.owner and one.due and one.trigger and one.evidence and one.evaluation
        for figure in (*one.analysis, one.residual):
            assert figure.model and figure.uncertainty and figure.attacker
            assert figure.data_date.isoformat() == "2026-06-30"
            assert figure.value.low <= figure.value.value <= figure.value.high
    assert len({one.action for one in register.actions}) == len(register.actions)
    assert all(one.owner and one.due and one.trigger for one in register.actions)


def test_what_people_write_into_the_actions_is_kept(trust: Path) -> None:
    run("register", trust)
    path = trust / "actions.csv"
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    rows[0]["owner"], rows[0]["due"], rows[0]["status"] = "Mara Quillon", "2027-01-31", "done"
    own = dict(zip(rows[0], ("own 1", "tower", "Ask the town", "Tobin", "2027-02-01", "a year",
                             "letter", "open"), strict=True))  # fmt: skip
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows([*rows, own])
    found = json.loads(run("register", trust, "--json")[1])
    told = {one["action"]: one for one in found["actions"]}
    assert told[rows[0]["action"]]["owner"] == "Mara Quillon"
    assert told[rows[0]["action"]]["status"] == "done"
    assert told["own 1"]["do"] == "Ask the town"
    broken = path.read_text("utf-8").replace("2027-02-01", "soon")
    path.write_text(broken, "utf-8")
    with pytest.raises(FormatError, match=r"actions\.csv, line \d+"):
        run("register", trust)
    path.unlink()


def test_the_report_is_one_page_that_fetches_nothing_and_trusts_no_name(report: str) -> None:
    assert "<script" not in report
    assert "Trust &lt;script&gt;" in report
    assert not re.search(r"(?:src|href)=\"(?!data:)", report)
    assert "default-src 'none'" in report
    for name in NAMES:
        assert name in report
    assert "placeholder" in report


def test_the_report_names_the_files_it_rests_on(report: str, found: Assessed) -> None:
    assert {"risk.toml", "sites.csv", "incidents.csv", "assessments/Mara_Quillon.xlsx"} <= set(
        found.inputs
    )
    assert all(digest in report for digest in found.inputs.values())


@pytest.mark.skipif(not importlib.util.find_spec("weasyprint"), reason="needs the extra pdf")
def test_the_report_prints(trust: Path, report: str) -> None:
    assert report
    assert (trust / "report/report.pdf").read_bytes().startswith(b"%PDF")


def test_tables_for_actuaries(trust: Path, report: str, found: Assessed) -> None:
    assert report
    tables = trust / "report/tables"
    palt = pq.read_table(tables / "today/gul_S1_palt.parquet").to_pylist()
    assert palt[0]["MeanLoss"] == pytest.approx(found.two.outlooks[0].aal.value)
    with (tables / "today/gul_S1_ept.csv").open(encoding="utf-8") as file:
        ept = list(csv.DictReader(file))
    assert set(ept[0]) == {"SummaryId", "EPCalc", "EPType", "ReturnPeriod", "Loss"}
    at_250 = [
        float(r["Loss"]) for r in ept if r["EPType"] == "3" and float(r["ReturnPeriod"]) == 250
    ]
    assert at_250 == pytest.approx([found.two.outlooks[0].aep.value])
    with (tables / "events.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 5 * 5


def test_what_is_published_names_no_site_and_ranks_none(trust: Path, found: Assessed) -> None:
    assert run("report", trust, "--published", "--out", trust / "open")[0] == 0
    page = (trust / "open/published.html").read_text("utf-8")
    assert not any(name in page or name.split()[0] in page for name in NAMES)
    assert not (trust / "open/tables").exists()
    assert str(banded(found.two.outlooks[0].aal.value)) in page
    exact = [f"{one.aal.value:,.0f}" for one in found.two.outlooks]
    assert not any(figure in page for figure in exact)
    last = (trust / "access.jsonl").read_text("utf-8").splitlines()[-1]
    assert json.loads(last)["detail"] == ["published"]


def test_bands_of_published_figures() -> None:
    told = {999: "under 1,000", 1000: "1,000 to 3,000", 3000: "3,000 to 10,000",
            9999: "3,000 to 10,000", 45_000: "30,000 to 100,000"}  # fmt: skip
    assert {value: str(banded(value)) for value in told} == told


def test_a_programme_without_incidents_measures_or_cover_still_tells(tmp_path: Path) -> None:
    folder = tmp_path / "bare"
    run("init", folder, "--organisation", "Bare")
    run("sites", "import", MATERIAL / "sites.xlsx", "--programme", folder)
    status, told = run("report", folder, "--json")
    assert status == 0
    assert any(one.endswith("report.html") for one in json.loads(told)["files"])
    page = (folder / "report/report.html").read_text("utf-8")
    assert "No measures are listed" in page
    assert "No incidents were given" in page
    assert "Nobody has assessed" in page


@pytest.mark.parametrize(("language", "direction"), [("fr", "ltr"), ("ar", "rtl")])
def test_findings_charts_register_and_report_are_told_in_other_languages(
    found: Assessed, tmp_path: Path, language: str, direction: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("manara.risk.programme.report.find_spec", lambda name: None)
    made = write_report(found, tmp_path, language=language)
    page = (tmp_path / f"report.{language}.html").read_text("utf-8")
    assert f'<html lang="{language}" dir="{direction}">' in page
    kept = json.loads((tmp_path / f"results.{language}.json").read_text("utf-8"))
    english = sentences(found)
    assert len(made.sentences) == len(english) and not set(made.sentences) & set(english)
    assert kept["sentences"] == made.sentences
    site = "Hollin Market Hall"
    assert [site in one for one in made.sentences] == [site in one for one in english]
    voice, ours = speech(language), make_register(found)
    for one, other in zip(make_register(found, voice).risks, ours.risks, strict=True):
        assert (one.id, one.due, one.residual.value) == (other.id, other.due, other.residual.value)
        assert one.context != other.context and one.treatment != other.treatment
        assert all(a.what != b.what for a, b in zip(one.analysis, other.analysis, strict=True))
    assert len(set(kept["charts"].values()) & set(pictures(found, speech()).values())) <= 1
    words = re.sub(r"<(style|code)>.*?</\1>|<[^>]*>|\s+", " ", page, flags=re.DOTALL)
    assert not re.search(r"\b(expected loss|a year|the plan|attacker)\b", words)


def test_what_people_wrote_into_actions_is_not_translated(found: Assessed) -> None:
    gap = next(one for one in make_register(found).actions if one.action.startswith("gap "))
    french = told(gap, speech("fr"))
    assert french.do != gap.do and french.owner == "chef de la sécurité"
    own = replace(gap, do="Close the gap in the fence", owner="Mara Quillon")
    assert told(own, speech("fr")).do == own.do
    assert told(own, speech("fr")).owner == "Mara Quillon"


def test_names_of_sites_are_no_formulas_and_may_be_in_any_script(found: Assessed) -> None:
    titles = ("Shop $x_{$ and $", "مركز المدينة", "시청", "<b>&", "Quay")
    sites = tuple(
        replace(one, name=title) for one, title in zip(found.one.sites, titles, strict=True)
    )
    named = dataclasses.replace(found, one=dataclasses.replace(found.one, sites=sites))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = [
            draw_map(sites, found.one.screened, speech("ar")),
            charts.sites(named, speech()),
            charts.sites(named, speech("ar")),
        ]
    for each in drawn:
        tree = ElementTree.fromstring(each)
        texts = [one.text for one in tree.iter("{http://www.w3.org/2000/svg}text")]
        assert texts == ["시청"], "letters that the font has are outlines, joined as need be"

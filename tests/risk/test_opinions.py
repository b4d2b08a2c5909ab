"""Experts' answers as input of a programme: each changes the number it is about, and no other.

The study of the tutorial is invented. Of its three experts only the first is calibrated well enough
to count, so what is used are his quantiles as they stand in the file.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from manara.model import FormatError
from manara.risk.programme import Folder, assess_programme, phase_one, phase_two
from manara.risk.programme.assessment import PhaseOne
from manara.risk.programme.origins import origins, replaced
from manara.risk.programme.report import write_report

MATERIAL = Path(__file__).parents[2] / "docs/tutorial/risk"
HEADINGS = "item,input,area,kind,site,measure\n"
RATE = "11,rate,Hollin,market,,\n"
EFFECT = "12,likelihood,,,tower,bag-checks\n"
ASSUMED = "13,success_unprotected,,,,\n"


@pytest.fixture
def trust(tmp_path: Path) -> Folder:
    """The programme of the tutorial with experts' answers, of which none is asked for yet."""
    (tmp_path / "assessments").mkdir()
    for name in ("risk.toml", "incidents.csv", "measures.csv", "cover.yaml", "experts.dtt",
                 "experts.rls"):  # fmt: skip
        shutil.copy(MATERIAL / name, tmp_path)
    shutil.copy(MATERIAL / "answers-mara.xlsx", tmp_path / "assessments")
    from manara.risk.programme import read_sites, write_sites
    from manara.risk.programme.templates import bands

    write_sites(tmp_path / "sites.csv", read_sites(MATERIAL / "sites.xlsx")[0])
    (tmp_path / "severity.yaml").write_text(bands())
    settings = (tmp_path / "risk.toml").read_text("utf-8")
    # Incidents, whose fits take long, only where they matter.
    settings = settings.replace('incidents = "', '# incidents = "')
    (tmp_path / "risk.toml").write_text("years = 2000\n" + settings, "utf-8")
    return Folder.open(tmp_path)


def asked(trust: Folder, *rows: str) -> PhaseOne:
    trust.file("experts.csv").write_text(HEADINGS + "".join(rows), "utf-8")
    return phase_one(trust)


def changed(before: PhaseOne, after: PhaseOne, name: str) -> set[str]:
    """Return the sites of which a number of the exposure is another."""
    values = [getattr(one.exposure.targets, name) for one in (before, after)]
    return {before.sites[at].site for at in np.flatnonzero(values[0] != values[1])}


def test_a_rate_changes_attempts_at_the_sites_it_is_of(trust: Folder) -> None:
    before, after = phase_one(trust), asked(trust, RATE)
    assert changed(before, after, "attempts") == {"market"}
    assert changed(before, after, "success") == set()
    assert changed(before, after, "loss") == set()
    market = next(one for one in after.sites if one.site == "market")
    at = after.sites.index(market)
    # Item 11: 0.4, 0.9, 2.2 a year, shared among places like it; prominence 2 halves the odds.
    assert after.exposure.targets.attempts[at] == pytest.approx(0.9 * 0.5 / market.comparable)
    assert after.exposure.low[at] == pytest.approx(0.4 / 0.9)
    assert after.exposure.high[at] == pytest.approx(2.2 / 0.9)
    assert "experts (item 11) in Hollin, market" in str(after.exposure.basis[at])


def test_a_rate_of_an_area_is_for_all_kinds_there(trust: Folder) -> None:
    after = asked(trust, "11,rate,Hollin,,,\n")
    there = {one.site for one in after.sites if one.area == "Hollin"}
    assert len(there) > 1
    assert changed(phase_one(trust), after, "attempts") == set()
    trust.file("experts.csv").unlink()
    assert changed(phase_one(trust), after, "attempts") == there


def test_the_effect_of_a_measure_changes_the_plan_and_nothing_of_today(trust: Folder) -> None:
    before = phase_two(trust, phase_one(trust))
    after = phase_two(trust, asked(trust, EFFECT))
    assert before.plan and after.plan
    for name in ("cost", "upkeep", "life", "consequence"):
        assert (getattr(before.plan.measures, name) == getattr(after.plan.measures, name)).all()
    other = before.plan.measures.likelihood != after.plan.measures.likelihood
    assert [before.plan.measures.ids[at] for at in np.flatnonzero(other)] == ["bag-checks"]
    assert after.plan.measures.likelihood[other].tolist() == pytest.approx([0.7])
    assert before.outlooks[0] == after.outlooks[0], "the same draws, bit for bit"
    assert before.outlooks[1] != after.outlooks[1]


def test_an_assumption_is_replaced_where_it_is_used(trust: Folder) -> None:
    before, after = phase_one(trust), asked(trust, ASSUMED)
    assert changed(before, after, "attempts") == set()
    protected = [after.protected[one.site].score for one in after.sites]
    # From 0.85 for a site with nothing, instead of 0.9, to 0.2 for one with everything.
    expected = [0.85 + (0.2 - 0.85) * (score or 0.0) for score in protected]
    assert after.exposure.targets.success.tolist() == pytest.approx(expected)
    assert after.settings.assumptions.usual_rate == before.settings.assumptions.usual_rate


def test_the_report_says_whose_each_number_is(trust: Folder, tmp_path: Path) -> None:
    asked(trust, RATE, EFFECT, ASSUMED)
    settings = trust.file("risk.toml").read_text("utf-8")
    settings = settings.replace("# incidents = ", "incidents = ")
    trust.file("risk.toml").write_text(f"{settings}\n[assumptions]\nunconventional = 0.03\n")
    found = assess_programme(Folder.open(trust.path))
    whose = {one.name: one.origin for one in origins(found)}
    assert whose["success_unprotected"] == "experts"
    assert whose["unconventional"] == "owner"
    assert {whose[name] for name in ("usual_rate", "strength", "tail")} == {"default"}
    told = {one.opinion.input: one for one in replaced(found)}
    assert told["success_unprotected"].before == 0.9
    assert told["likelihood"].before == 0.6
    hollin = next(r for r in found.one.threat.rates if (r.area, r.kind) == ("Hollin", "market"))  # type: ignore[union-attr]
    assert told["rate"].before == hollin.per_year.value
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("manara.risk.programme.report.find_spec", lambda name: None)
        write_report(found, tmp_path / "out")
    page = (tmp_path / "out/report.html").read_text("utf-8")
    assert "Cooke" in page and "Imrat" in page and "experts.dtt" in page
    # Weights by performance beside equal ones.
    assert '<td class="number">1.00</td><td class="number">0.33</td>' in page
    assert '<td class="number">0.00</td><td class="number">0.33</td>' in page


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("99,rate,Hollin,,,\n", "line 2: the study has no item '99'"),
        ("11,device,,,,\n", "line 2: no such input 'device'"),
        ("11,rate,Elsewhere,,,\n", "line 2: no site in area 'Elsewhere'"),
        ("12,likelihood,,,nowhere,bag-checks\n", "line 2: no site 'nowhere'"),
        (RATE + RATE, "line 3: rate a second time"),
        ("1,success_protected,,,,\n", "item 1: success_protected cannot be 420"),
    ],
)
def test_what_fits_nothing_is_named(trust: Folder, row: str, message: str) -> None:
    with pytest.raises(FormatError) as told:
        asked(trust, row)
    assert message in str(told.value)


def test_a_measure_that_is_not_listed_and_a_study_that_is_not_there(trust: Folder) -> None:
    one = asked(trust, "12,likelihood,,,tower,moat\n")
    with pytest.raises(FormatError, match="no measure 'moat' at 'tower'"):
        phase_two(trust, one)
    trust.file("experts.rls").unlink()
    with pytest.raises(FormatError, match=r"experts\.rls: not there"):
        phase_one(trust)


def test_a_study_has_to_ask_for_the_median_and_the_interval(trust: Folder) -> None:
    path = trust.file("experts.dtt")
    path.write_text(path.read_text().replace("QU=   5  50  95", "QU=  10  50  90"))
    with pytest.raises(FormatError, match="quantile 5%"):
        asked(trust, RATE)

"""A programme as its users meet it: folder, sites, questionnaires, screening."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from manara.cli.risk import risk
from manara.model import FormatError, ManaraError, NotFoundError, UsageError
from manara.risk.cover import read_cover
from manara.risk.cover.terms import Account, Layer
from manara.risk.cover.terms import Site as CoverSite
from manara.risk.portfolio import Severity
from manara.risk.programme import (
    Protection,
    Site,
    check_log,
    make,
    protection,
    questions,
    read_sites,
    read_workbook,
    screen,
    write_workbook,
)
from manara.risk.programme.agreement import krippendorff
from manara.risk.programme.exposure import band_chances, expose, rate_of, success_of
from manara.risk.programme.folder import Assumptions, Criteria
from manara.risk.programme.screening import if_others_harden
from tests.risk.oed import policy, site, write

HEADINGS = "site,name,area,latitude,longitude,building,people,prominence,comparable"


def run(*words: object) -> tuple[int, str]:
    ran = CliRunner().invoke(risk, list(map(str, words)), catch_exceptions=False)
    return ran.exit_code, ran.output


def table(folder: Path, *rows: str) -> Path:
    path = folder / "given.csv"
    path.write_text("\n".join((HEADINGS, *rows)) + "\n", "utf-8")
    return path


@pytest.fixture
def programme(tmp_path: Path) -> Path:
    """A new programme with two sites."""
    folder = tmp_path / "trust"
    assert run("init", folder, "--organisation", 'Trust "Lantern"')[0] == 0
    rows = table(
        tmp_path, "tower,Tower,Hollin,41,18,1e6,300,5,10", "mill,=1+1,Hollin,41.5,18,2e5,,1,"
    )
    assert run("sites", "import", rows, "--programme", folder)[0] == 0
    return folder


def test_every_use_is_logged_and_a_changed_log_shows(programme: Path) -> None:
    run("screen", programme)
    lines = (programme / "access.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["command"] for line in lines] == ["init", "sites import", "screen"]
    assert check_log(programme) == 3
    (programme / "access.jsonl").write_text("\n".join([lines[0], lines[2]]) + "\n", "utf-8")
    with pytest.raises(FormatError, match="line 2: does not follow"):
        check_log(programme)


def test_a_folder_with_something_in_it_is_left_alone(programme: Path) -> None:
    with pytest.raises(UsageError, match="not empty"):
        make(programme, "Trust", "EUR")
    with pytest.raises(UsageError, match="ISO 4217"):
        make(programme / "new", "Trust", "euro")


def test_only_the_owner_may_read_a_programme(programme: Path) -> None:
    assert programme.stat().st_mode & 0o077 == 0


def test_a_folder_that_is_none_and_settings_that_cannot_be_are_refused(programme: Path) -> None:
    for words in (("screen", programme.parent), ("report", programme / "nowhere")):
        with pytest.raises(NotFoundError, match="no risk programme"):
            run(*words)
    settings = programme / "risk.toml"
    settings.write_text(settings.read_text("utf-8").replace("share = 0.2", 'share = "much"'))
    with pytest.raises(FormatError, match=r"criteria\.share"):
        run("screen", programme)


def test_sites_that_cannot_be_used_are_named_and_the_rest_goes_in(tmp_path: Path) -> None:
    sites, rejects = read_sites(
        table(
            tmp_path,
            "a,A,Hollin,41,18,100,5,3,2",
            "b,B,Hollin,95,18,100,5,3,2",
            "c,C,Hollin,41,18,-1,5,3,2",
            "d,D,Hollin,41,18,100,5,9,2",
            ",E,Hollin,41,18,100,5,3,2",
            "a,again,Hollin,41,18,100,5,3,2",
            "f,F,Hollin,41,18,nan,5,3,2",
            "g,G",
            "h,,,,,,,,",
        )
    )
    assert [one.site for one in sites] == ["a"]
    assert [one.locator for one in rejects] == [
        "row 3, column latitude",
        "row 4, column building",
        "row 5, column prominence",
        "row 6",
        "row 7",
        "row 8, column building",
        "row 9",
        "row 10",
    ]


def test_oed_locations_are_sites_and_a_location_in_two_rows_is_one(tmp_path: Path) -> None:
    path = tmp_path / "location.csv"
    path.write_text(
        "PortNumber,AccNumber,LocNumber,LocName,CountryCode,Latitude,Longitude,BuildingTIV,"
        "OtherTIV,ContentsTIV,BITIV,NumberOfOccupants,CondTag\n"
        "1,A,7,Mill,GB,52.5,-1,100,20,30,40,12,x\n1,A,7,Mill,GB,52.5,-1,100,20,30,40,12,y\n"
        "1,A,8,Barn,GB,152.5,-1,100,20,30,40,12,\n",
        "utf-8",
    )
    sites, rejects = read_sites(path)
    assert sites == [
        Site(site="1-A-7", name="Mill", area="GB", latitude=52.5, longitude=-1, building=100,
             contents=50, interruption=40, people=12)
    ]  # fmt: skip
    assert [one.locator for one in rejects] == ["row 4, column latitude"]


@pytest.mark.shared
def test_a_published_oed_portfolio_comes_in_whole(shared: Path) -> None:
    folder = shared / "risk/oasis_piwind/tests/inputs"
    sites, rejects = read_sites(folder / "SourceLocOEDPiWind10.csv")
    assert (len(sites), rejects) == (10, [])


def test_a_file_that_is_neither_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("name,where\nMill,here\n", "utf-8")
    with pytest.raises(FormatError, match="neither the template"):
        read_sites(path)


def fill(path: Path, who: str, answers: dict[str, tuple[Any, str]], **about: str) -> None:
    """Fill a workbook in as a person would: one answer and evidence for every question named."""
    book = openpyxl.load_workbook(path)
    for row in book["about"].iter_rows():
        told = {"assessor": who, "date": "2026-05-04"} | about
        if row[0].value in told:
            row[1].value = told[row[0].value]
    for row in book["answers"].iter_rows(min_row=2):
        if row[2].value in answers:
            row[7].value, row[8].value = answers[row[2].value]
    book.save(path)


ALL = [one for category in questions().categories for one in category.questions]


def asked(programme: Path, who: str, answers: dict[str, tuple[Any, str]], **about: str) -> Path:
    path = programme.parent / f"{who}.xlsx"
    run("questionnaire", programme, "--out", path)
    fill(path, who, answers, **about)
    return path


def test_claims_without_evidence_count_as_little(programme: Path) -> None:
    every = {one.id: (3, "seen") for one in ALL}
    claims = every | {one.id: (4, "") for one in ALL if one.id.startswith("acc")}
    path = asked(programme, "Mara Quillon", claims)
    status, told = run("answers", programme, path, "--json")
    assert status == 0
    tower = next(one for one in json.loads(told)["protection"] if one["site"] == "tower")
    # Four categories at 3 of 4; access is said to be at 4, shown to be at 1.
    assert tower["score"] == pytest.approx((4 * 0.75 + 0.25) / 5)
    assert tower["stated"] == pytest.approx((4 * 0.75 + 1) / 5)
    assert len(tower["unproven"]) == 6
    assert (programme / "assessments/Mara_Quillon.xlsx").exists()


def test_questions_that_do_not_apply_or_weigh_more(programme: Path) -> None:
    perimeter = questions().categories[0].questions
    assert [one.weight for one in perimeter] == [1, 2, 1, 1, 1]
    answers = {"per-1": (0, ""), "per-2": (4, "plan"), "per-3": ("n", "")}
    found = read_workbook(asked(programme, "Mara", answers), ["tower", "mill"])
    known = protection("tower", [found])
    assert known.categories == {
        "perimeter": pytest.approx((0 + 2 * 4) / 3 / 4),
        "access": None,
        "people": None,
        "procedures": None,
        "resilience": None,
    }
    assert known.answered == pytest.approx(3 / 27)
    assert known.gaps == ("per-1",)


def test_what_cannot_be_an_answer_is_named(programme: Path) -> None:
    path = asked(programme, "Mara", {"per-1": (7, "x"), "per-2": ("yes", "x"), "per-3": (2, "x")})
    book = openpyxl.load_workbook(path)
    book["answers"]["A4"] = "elsewhere"
    book.save(path)
    status, told = run("answers", programme, path, "--json")
    assert status == 1
    rejects = json.loads(told)["rejects"]
    assert {one["rule"] for one in rejects} == {"answer", "site"}
    assert "row 2, column answer" in {one["locator"] for one in rejects}


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({"version": "0"}, "version 0"),
        ({"date": "yesterday"}, "no date"),
        ({"assessor": ""}, "no assessor"),
    ],
)
def test_a_workbook_that_nobody_stands_for_is_refused(
    programme: Path, about: dict[str, str], message: str
) -> None:
    path = asked(programme, "Mara", {"per-1": (2, "x")}, **about)
    with pytest.raises(FormatError, match=message):
        run("answers", programme, path)


def test_a_name_that_looks_like_a_formula_stays_a_name(programme: Path) -> None:
    path = programme.parent / "out.xlsx"
    run("questionnaire", programme, "--out", path)
    cells = list(openpyxl.load_workbook(path)["answers"].iter_rows())
    assert {row[1].value for row in cells[1:]} == {"Tower", "=1+1"}
    assert {row[1].data_type for row in cells} == {"s"}


def test_agreement_as_krippendorff_published_it() -> None:
    """Krippendorff (2011), the example of four observers: ordinal alpha 0.815."""
    none = None
    table = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, none, none, none],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, none, 3],
        [none, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, none],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, none],
    ]
    assert krippendorff(table) == pytest.approx(0.815, abs=5e-4)
    assert krippendorff([[1, 2, 3], [1, 2, 3]]) == 1
    assert krippendorff([[1, none], [none, 2]]) is None


def known(site: str, score: float | None, **more: Any) -> Protection:
    given = {"stated": score, "categories": {}, "answered": 1.0, "assessors": ("Mara",),
             "agreement": None, "day": date(2026, 5, 4), "gaps": (), "unproven": ()}  # fmt: skip
    return Protection(site=site, score=score, **(given | more))


TOWER = Site(site="tower", latitude=41, longitude=18, building=1e7, people=300, prominence=5,
             comparable=10)  # fmt: skip
MILL = Site(site="mill", latitude=42, longitude=18, building=1e6, people=50, prominence=1,
            comparable=40)  # fmt: skip


def test_rates_and_success_by_their_formulas() -> None:
    assumed = Assumptions()
    # 0.2 a year in the area, shared by ten like it, four times the odds: two steps of two.
    assert rate_of(TOWER, None, assumed)[0].value == pytest.approx(0.2 / 10 * 4)
    assert rate_of(MILL, None, assumed)[0].value == pytest.approx(0.2 / 40 / 4)
    assert success_of(known("tower", 1.0), assumed) == pytest.approx(0.2)
    assert success_of(known("tower", 0.0), assumed) == pytest.approx(0.9)
    assert success_of(None, assumed) == pytest.approx(0.55)


def test_sizes_after_a_power_law_fall_into_bands() -> None:
    chances = band_chances((1, 4, 16), 2.5)
    assert chances.tolist() == pytest.approx([1 - 4**-1.5, 4**-1.5 - 16**-1.5, 16**-1.5])
    assert chances.sum() == pytest.approx(1)


def test_a_quiet_site_is_screened_in_for_what_it_becomes() -> None:
    protected = {"tower": known("tower", 0.8), "mill": known("mill", 0.3)}
    exposure = expose([TOWER, MILL], None, protected, Severity.read(), Assumptions())
    moved = if_others_harden(exposure, 1.0)
    # Hardening leaves 0.3 of the tower's worth: 0.08 and 0.00125 attempts share out anew.
    assert moved.tolist() == pytest.approx([1.0, (0.08 + 0.00125) / (0.3 * 0.08 + 0.00125)])
    criteria = Criteria(loss=1e12, share=2.0, people=10_000)
    tower, mill = sorted(
        screen(exposure, protected, criteria, Assumptions()), key=lambda one: one.prominence
    )[::-1]
    assert mill.quiet and mill.phase_two and "better known are hardened" in mill.reasons[0]
    assert not tower.phase_two
    assert tower.reasons == ("below every criterion, today and after hardening",)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (known("mill", None), "not assessed"),
        (known("mill", 0.9, answered=0.3), "30% of the questions"),
        (known("mill", 0.9, agreement=0.1), "do not agree"),
        (known("mill", 0.4, stated=0.9), "by its own word"),
    ],
)
def test_an_assessment_that_cannot_be_relied_on_needs_phase_two(
    state: Protection, reason: str
) -> None:
    exposure = expose([MILL], None, {"mill": state}, Severity.read(), Assumptions())
    [found] = screen(exposure, {"mill": state}, Criteria(loss=1e12, share=2.0), Assumptions())
    assert found.phase_two
    assert any(reason in one for one in found.reasons)


def test_errors_say_what_to_do(programme: Path) -> None:
    (programme / "sites.csv").unlink()
    with pytest.raises(ManaraError) as caught:
        run("screen", programme)
    assert "sites import" in caught.value.remedy


def test_the_workbook_says_what_each_answer_means(tmp_path: Path) -> None:
    write_workbook(tmp_path / "q.xlsx", [], "Mara")
    told = {
        row[0].value: row[1].value for row in openpyxl.load_workbook(tmp_path / "q.xlsx")["about"]
    }
    assert told["assessor"] == "Mara"
    assert told["answer 0"] == "nothing in place"
    assert len({one.id for one in ALL}) == len(ALL)


def test_policies_of_oed_become_the_cover_of_the_programme(tmp_path: Path) -> None:
    folder = tmp_path / "trust"
    run("init", folder, "--organisation", "Trust")
    (folder / "cover.yaml").write_text(
        "offers: [{name: film, price: 5, protect: {sites: [P-A-1]}}]"
    )
    place = {"Latitude": 48.1, "Longitude": 2.1, "BuildingTIV": 900, "ContentsTIV": 100}
    sites = [
        site(1, **place, LocPeril="AA1", LocDed6All=10, LocLimit6All=0.5, LocLimitType6All=2),
        site(2, **place, LocPeril="WW1", LocDed6All=7),
    ]
    rows = [policy(LayerNumber=2, LayerAttachment=100, LayerLimit=300, LayerParticipation=0.5),
            policy(LayerNumber=1, LayerLimit=100)]  # fmt: skip
    for row in rows:
        row |= {"PolPerilsCovered": "MTR;WW1", "PolPeril": "AA1"}
    location = write(tmp_path / "location.csv", sites)
    account = write(tmp_path / "account.csv", rows)
    words = ("sites", "import", location, "--programme", folder, "--policies")
    assert run(*words, account)[0] == 0
    cover = read_cover(folder / "cover.yaml")
    assert cover.sites == {
        "P-A-1": CoverSite("P A", 10, 500),
        # The deductible is for storms alone.
        "P-A-2": CoverSite("P A"),
    }
    assert cover.accounts == {"P A": Account(("MTR",), (Layer(100), Layer(300, 100, 0.5)))}
    assert [one.name for one in cover.offers] == ["film"]
    rows[0]["PolDed6All"] = rows[1]["PolDed6All"] = 3
    before = (folder / "cover.yaml").read_bytes()
    with pytest.raises(FormatError, match="Pol…6All"):
        run(*words, write(tmp_path / "account.csv", rows))
    assert (folder / "cover.yaml").read_bytes() == before

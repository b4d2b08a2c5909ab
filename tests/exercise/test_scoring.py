"""The score against tiny answers, each figure worked out by hand."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from manara.exercise.scoring import score_exercise
from manara.exercise.scoring.capabilities import Measure
from manara.exercise.scoring.report import write_report
from manara.exercise.scoring.words import summary
from manara.model import UsageError
from tests.exercise.answers import lead, place, way, write

PAID = [place("R1", "payments"), place("R2", "payments"), place("R8", "payments")]
MONEY = lead("money.rapid-pass-through", [["ACC-7"]], PAID)
LINK = lead("network.link", [["A-1", "N-1"], ["N-2"]], [place("A-1"), place("N-2")], "2026-06-30")


def _named(measures: list[Measure], name: str) -> Measure:
    return next(one for one in measures if one.name == name)


def test_nothing_found_scores_zero(tmp_path: Path) -> None:
    score = score_exercise(write(tmp_path, way(), way()))
    assert (score.added.alone, score.added.together, score.added.plots) == (0, 0, 1)
    assert score.plots[0].together.found is None
    assert all(one.recall in (0.0, None) for one in score.capabilities["together"])
    assert all(one.precision is None for one in score.capabilities["together"])


def test_what_cooperation_added(tmp_path: Path) -> None:
    score = score_exercise(write(tmp_path, way(), way([MONEY, LINK])))
    plot = score.plots[0]
    # The money lead came on 31 March, 62 days before 1 June; leads name persons 1 and 2 of three
    # members, company 3 by none.
    assert (plot.alone.found, plot.together.found) == (None, date(2026, 3, 31))
    assert plot.together.early == 62
    assert plot.together.states == ["XA"]
    assert plot.together.members == pytest.approx(2 / 3, abs=1e-4)
    assert (plot.alone.bridges, plot.together.bridges, plot.bridges) == (0, 1, 1)
    assert (score.added.alone, score.added.together) == (0, 1)
    # Two states see part of it; one found it.
    assert (score.added.sights_together, score.added.sights) == (1, 2)


def test_a_lead_after_its_day_is_too_late(tmp_path: Path) -> None:
    score = score_exercise(write(tmp_path, way(), way([LINK])))
    assert score.plots[0].together.early == -29
    assert score.added.together == 0


@pytest.mark.parametrize(("before", "found"), [(PAID, "2026-03-31"), ([], "2026-06-30")])
def test_a_lead_counts_from_when_it_rested_on_the_plot(
    tmp_path: Path, before: list[dict[str, Any]], found: str
) -> None:
    paid = before or [place(f"R{number}", "payments") for number in (3, 4, 5)]
    first = MONEY | {"evidence": paid, "found": "2026-03-31"}
    last = MONEY | {"found": "2026-06-30"}
    score = score_exercise(write(tmp_path, way(), way([last]) | {"earlier": [first]}))
    assert score.plots[0].together.found == date.fromisoformat(found)
    assert score.workload["together"].leads == 1


def test_what_is_not_about_a_plot_is_workload(tmp_path: Path) -> None:
    decoy = lead("money.charity-front", [["N-5"]], [])
    false = lead("network.convergence", [["N-9"]], [place("N-9")])
    score = score_exercise(write(tmp_path, way(), way([MONEY, decoy, false])))
    work = score.workload["together"]
    assert (work.leads, work.true, work.decoy, work.per_true) == (3, 1, 1, 3.0)
    money = _named(score.capabilities["together"], "money patterns")
    # One pattern of one; of two money leads one is about a plot.
    assert (money.recall, money.precision) == (1.0, 0.5)


def test_a_lead_on_innocent_payments_is_false(tmp_path: Path) -> None:
    # One in five of its payments is the plot's, a quarter is asked for.
    paid = [place(f"R{number}", "payments") for number in (1, 3, 4, 5, 6)]
    score = score_exercise(
        write(tmp_path, way(), way([lead("money.rapid-pass-through", [["ACC-7"]], paid)]))
    )
    assert score.workload["together"].true == 0


def test_half_of_the_subjects_must_be_the_plots(tmp_path: Path) -> None:
    wide = lead("network.convergence", [["A-1"], ["N-5"], ["N-9"]], [place("A-1")])
    score = score_exercise(write(tmp_path, way(), way([wide])))
    assert score.workload["together"].true == 0


def test_made_up_ids_score_nothing(tmp_path: Path) -> None:
    """A detector that names internal numbers, or records nobody wrote, finds nothing."""
    made_up = lead("network.link", [["1"], ["2"]], [place("1")])
    score = score_exercise(write(tmp_path, way(), way([made_up], [["1", "2"]])))
    assert score.workload["together"].true == 0
    assert _named(score.capabilities["together"], "identity pairs").said == 0


def test_identity_and_screening(tmp_path: Path) -> None:
    # XA has three records of person 1: three pairs. One cluster joins all three, and wrongly N-5;
    # of its six pairs three are right.
    score = score_exercise(write(tmp_path, way([], [["A-1", "N-1", "V-1", "N-5"]]), way()))
    pairs = _named(score.capabilities["alone"], "identity pairs")
    assert (pairs.found, pairs.there, pairs.right, pairs.said) == (3, 3, 3, 6)
    hits = _named(score.capabilities["alone"], "screening hits")
    # One traveller, one record on the list, one hit; and it is right.
    assert (hits.recall, hits.precision) == (1.0, 1.0)


def _alert(what: str, asked: str, *listed: str) -> dict[str, Any]:
    return {
        "what": what, "day": "2026-03-31", "asked": place(asked), "probability": 0.9,
        "listed": [place(one) for one in listed],
    }  # fmt: skip


def test_alerts_about_who_travels_and_pays(tmp_path: Path) -> None:
    # XA's list names person 1, whose record at the border is V-1 and who owns account 7. What else
    # is one with the record of the list does not count; company 3 owns account 8.
    alerts = [
        _alert("travellers", "V-1", "A-1", "N-5"), _alert("travellers", "V-9", "A-1"),
        _alert("payments", "ACC-7", "A-1"), _alert("payments", "ACC-8", "A-1"),
    ]  # fmt: skip
    score = score_exercise(write(tmp_path, way(), way(), alerts=alerts))
    travellers, payments = score.screening
    assert (travellers.found, travellers.there, travellers.right, travellers.said) == (1, 1, 1, 2)
    assert (payments.found, payments.there, payments.right, payments.said) == (1, 1, 1, 2)
    told = " ".join(summary(score))
    assert "met 2 of 2 records" in told
    assert "with 2 alerts for each true one (4 alerts)" in told
    # One who is not alerted about is missed.
    missed = score_exercise(write(tmp_path / "none", way(), way())).screening
    assert [(one.found, one.there, one.recall) for one in missed] == [(0, 1, 0.0), (0, 1, 0.0)]


def test_log_lines_with_signs_of_indicators(tmp_path: Path) -> None:
    # XA's indicator names the sign of rows 2 and 7 of its log; row 8 shows another, and XB, whose
    # log shows it too, has no indicator.
    def line(row: str) -> dict[str, Any]:
        return place("", "sightings") | {"file": "cert/log.csv", "at": row}

    found = {"indicator": place("indicator-1"), "lines": [line("row 2"), line("row 8")]}
    score = score_exercise(write(tmp_path, way(), way(), sighted=[found]))
    one = score.sightings
    assert (one.found, one.there, one.right, one.said) == (1, 2, 1, 2)
    assert "Of 2 log lines with a sign of an indicator, 1 were found" in " ".join(summary(score))


def _hit(asker: str, owner: str, record: str) -> dict[str, Any]:
    return {
        "asker": f"{asker}.example", "owner": f"{owner}.example", "day": "2026-03-31",
        "subject": [place(record, node=f"{asker}.example")], "agreed": ["name and date"],
        "outcome": "answered",
    }  # fmt: skip


def test_exchange(tmp_path: Path) -> None:
    # Lists of both states name person 1: either state may find it out from the other. XB's
    # question about person 2 is right too, since XA's register has him; that about nobody is not
    # counted, and XA's about person 9 is wrong.
    hits = [_hit("xa", "xb", "A-1"), _hit("xb", "xa", "B-2"), _hit("xa", "xb", "N-9")]
    score = score_exercise(write(tmp_path, way(), way(), hits=hits))
    assert (score.exchange.found, score.exchange.there) == (1, 2)
    assert (score.exchange.right, score.exchange.said) == (2, 3)
    assert score.hits == {"answered": 3}


def _left(record: str, file: str, origin: str = "xb") -> dict[str, Any]:
    return {
        "node": "xb.example", "to": "xa.example", "day": "2026-03-31", "way": "package",
        "record": record, "origin": f"{origin}.example", "file": file, "prop": "name",
        "purpose": "investigation",
    }  # fmt: skip


def test_leaks(tmp_path: Path) -> None:
    left = [
        _left("B-1", "police/list.csv"),
        _left("F-3", "register/firms.csv"),
        _left("N-2", "register/people.csv"),
        _left("N-1", "", origin="xa"),
        _left("B-7", ""),
    ]
    score = score_exercise(write(tmp_path, way(), way(), left=left))
    # The list is open to partners and the firms to XA by name. The register stays, but what XA
    # itself told may go back to it; B-7 stands in no file.
    assert (score.leaks.left, score.leaks.checked) == (5, 4)
    assert [line.split(": ")[1] for line in score.leaks.against] == [
        "N-2 name", "B-7 name",
    ]  # fmt: skip


def _lead_left(**told: list[dict[str, Any]]) -> dict[str, Any]:
    at_home = [place("B-1", node="xb.example") | {"file": "police/list.csv"}]
    return {
        "node": "xb.example", "to": "xa.example", "day": "2026-03-31", "way": "package",
        "lead": "l-1", "kind": "network.link", "purpose": "investigation", "subjects": at_home,
        "rests": at_home, "said": [],
    } | told  # fmt: skip


def test_a_lead_leaks_what_it_rests_on_is_about_and_says(tmp_path: Path) -> None:
    listed = place("B-1", node="xb.example") | {"file": "police/list.csv"}
    register = place("N-2", node="xb.example") | {"file": "register/people.csv"}
    # What XA itself told may be spoken of to XA; a name that the open list has too may be said.
    told_by_xa = place("N-1", node="xa.example")
    leads = [
        _lead_left(said=[{"value": "Maruen Delkavi", "stands": [listed, register]}]),
        _lead_left(rests=[listed, told_by_xa]),
        _lead_left(rests=[listed, register]),
        _lead_left(subjects=[register]),
        _lead_left(said=[{"value": "AB 1234567", "stands": [register]}]),
        _lead_left(rests=[place("B-99", node="xb.example")]),
    ]
    leaks = score_exercise(write(tmp_path, way(), way(), leads=leads)).leaks
    assert (leaks.left, leaks.leads, leaks.rested, leaks.said) == (0, 6, 8, 2)
    assert [line.split("l-1: ")[1] for line in leaks.against] == [
        "rests on N-2: TLP:AMBER+STRICT stays in the house",
        "is about N-2: TLP:AMBER+STRICT stays in the house",
        "says AB 1234567: TLP:AMBER+STRICT stays in the house",
        "rests on B-99: nobody laid down a rule for it",
    ]


def test_report_and_words(tmp_path: Path) -> None:
    score = score_exercise(write(tmp_path / "one", way(), way([MONEY, LINK])))
    path = tmp_path / "report.html"
    write_report(path, score)
    page = path.read_text("utf-8")
    assert page.count("<svg") == 2
    assert "drug-finance" in page
    assert "62 days before (XA)" in page
    assert "Nothing left against a rule." in page
    told = " ".join(summary(score))
    assert "1 plots were planted" in told or "1 plot" in told
    assert "Together: 1." in told


def test_titles_are_escaped(tmp_path: Path) -> None:
    folder = write(tmp_path, way(), way())
    path = folder / "exercise.json"
    told = json.loads(path.read_text()) | {"scenario": "<script>alert(1)</script>"}
    path.write_text(json.dumps(told))
    write_report(tmp_path / "r.html", score_exercise(folder))
    assert "<script>" not in (tmp_path / "r.html").read_text("utf-8")


def test_a_folder_that_was_not_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="exercise new"):
        score_exercise(tmp_path)
    folder = write(tmp_path / "one", way(), way())
    for path in (folder / "results").iterdir():
        path.unlink()
    with pytest.raises(UsageError, match="exercise run"):
        score_exercise(folder)

"""What trainees decided, judged against tiny answers; each verdict worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from manara.exercise.scoring.results import Lead
from manara.exercise.scoring.trainees import Act, Debriefing, TraineeScore, Verdict, debrief
from manara.exercise.scoring.truth import read_truth
from tests.exercise.answers import lead, place, way, write

WINTER, SPRING, SUMMER = date(2026, 1, 31), date(2026, 3, 31), date(2026, 6, 30)
#: What XA takes in: everybody stands in the registers, and two payments of plot 0 come in spring.
TAKEN = {
    "police/list.csv": WINTER,
    "register/people.csv": WINTER,
    "border/crossings.csv": WINTER,
    "bank/accounts.csv": WINTER,
    "bank/payments.csv": SPRING,
}
#: Two leads about plot 0, one about the look-alike 1, one about nobody.
MONEY = lead("money.rapid-pass-through", [["ACC-7"]], [place("R1", "payments")], str(SPRING))
LINK = lead("network.link", [["A-1"], ["N-2"]], [place("A-1")], str(SUMMER))
DECOY = lead("money.charity-front", [["N-5"]], [], str(SPRING))
FALSE = lead("network.convergence", [["N-9"]], [], str(SPRING))


def act(found: dict[str, Any], outcome: str, day: date = SPRING, by: str = "ana") -> Act:
    at = datetime(2026, 11, 1, tzinfo=UTC) + (day - WINTER) / 100
    return Act(by, outcome, found["id"], day, at)


def judged(folder: Path, *acts: Act, taken: dict[str, date] = TAKEN) -> Debriefing:
    truth = read_truth(write(folder, way(), way()))
    leads = msgspec.convert([MONEY, LINK, DECOY, FALSE], list[Lead])
    return debrief(truth, "XA", taken, leads, acts, ["ana", "ben"])


def of(told: Debriefing, plot: int, trainee: int = 0) -> Verdict:
    return next(one for one in told.trainees[trainee].plots if one.plot == plot)


def test_who_does_nothing_misses_the_plot(tmp_path: Path) -> None:
    told = judged(tmp_path)
    assert told.trainees[0] == TraineeScore(
        "ana", {"missed": 1, "untouched": 1}, 0, 0, told.trainees[0].plots, []
    )
    assert of(told, 0).decided is None


def test_a_lead_taken_up_in_time(tmp_path: Path) -> None:
    told = judged(tmp_path, act(MONEY, "escalated"))
    verdict = of(told, 0)
    # 31 March is 62 days before 1 June.
    assert (verdict.verdict, verdict.early) == ("found", 62)
    assert verdict.decided and verdict.decided.day == SPRING and verdict.decided.right
    assert of(told, 0, 1).verdict == "missed" and of(told, 0, 1).others == ["ana"]


def test_a_lead_taken_up_too_late(tmp_path: Path) -> None:
    verdict = of(judged(tmp_path, act(LINK, "case", SUMMER)), 0)
    assert (verdict.verdict, verdict.early) == ("late", -29)


def test_a_planted_lead_dismissed(tmp_path: Path) -> None:
    told = judged(tmp_path, act(MONEY, "dismissed"))
    assert of(told, 0).verdict == "dismissed"
    assert (told.trainees[0].decisions, told.trainees[0].right) == (1, 0)


def test_one_lead_dismissed_and_another_taken_up_is_found(tmp_path: Path) -> None:
    told = judged(tmp_path, act(LINK, "dismissed"), act(MONEY, "confirmed"))
    assert of(told, 0).verdict == "found"
    assert (told.trainees[0].decisions, told.trainees[0].right) == (2, 1)


def test_the_last_decision_counts(tmp_path: Path) -> None:
    first, second = act(MONEY, "dismissed", WINTER), act(MONEY, "escalated")
    told = judged(tmp_path, first, second)
    assert of(told, 0).verdict == "found"
    assert [one.right for one in told.trainees[0].acts] == [None, True]
    back = judged(tmp_path / "back", second, act(MONEY, "dismissed", SUMMER))
    assert of(back, 0).verdict == "dismissed"


def test_who_takes_up_twice_found_it_the_first_time(tmp_path: Path) -> None:
    told = judged(tmp_path, act(MONEY, "escalated"), act(MONEY, "case", SUMMER))
    assert (of(told, 0).verdict, of(told, 0).early) == ("found", 62)
    assert told.trainees[0].decisions == 1


def test_look_alikes(tmp_path: Path) -> None:
    assert of(judged(tmp_path / "1", act(DECOY, "dismissed")), 1).verdict == "cleared"
    pursued = judged(tmp_path / "2", act(DECOY, "escalated"))
    assert of(pursued, 1).verdict == "pursued"
    assert [one.right for one in pursued.trainees[0].acts] == [False]


def test_a_lead_about_nobody(tmp_path: Path) -> None:
    right = judged(tmp_path / "1", act(FALSE, "dismissed")).trainees[0]
    wrong = judged(tmp_path / "2", act(FALSE, "confirmed")).trainees[0]
    assert (right.right, wrong.right) == (1, 0)
    assert right.acts[0].plots == []


def test_a_question_to_a_partner_decides_nothing(tmp_path: Path) -> None:
    told = judged(tmp_path, act(MONEY, "asked"))
    assert of(told, 0).verdict == "missed"
    assert (told.trainees[0].decisions, len(told.trainees[0].acts)) == (0, 1)


def test_when_it_could_be_seen(tmp_path: Path) -> None:
    told = judged(tmp_path)
    plot, decoy = told.plots
    # The first of its payments came in spring, and so did the first lead about it.
    assert (plot.evidence, plot.lead_day, plot.lead) == (SPRING, SPRING, MONEY["id"])
    # The look-alike paid nothing and stands in registers only: a lead is the first to show it.
    assert (decoy.evidence, decoy.lead) == (SPRING, DECOY["id"])
    assert told.elsewhere == 0


def test_the_path(tmp_path: Path) -> None:
    path = judged(tmp_path).plots[0].path
    told = [(step.day, step.kind, step.what, step.count) for step in path]
    assert told == [
        (WINTER, "record", "border/crossings.csv", 1),
        (WINTER, "record", "register/people.csv", 1),
        (SPRING, "payments", "pass through", 2),
        (SPRING, "lead", MONEY["kind"], 1),
        (SUMMER, "lead", LINK["kind"], 1),
    ]
    # Person 1 stands in three files; company 3 in none of this state.
    assert sorted(path[0].records) == ["A-1", "N-1", "V-1"]
    assert [step.role for step in path[:2]] == ["boss", "carrier"]


def test_a_lead_is_judged_as_it_was_when_it_was_decided(tmp_path: Path) -> None:
    truth = read_truth(write(tmp_path, way(), way()))
    # In spring the lead rests on innocent payments alone, in summer on the plot's.
    innocent = MONEY | {"evidence": [place("R8", "payments")], "found": str(SPRING)}
    leads = msgspec.convert([innocent, MONEY | {"found": str(SUMMER)}], list[Lead])
    for day, right in ((SPRING, True), (SUMMER, False)):
        acts = [act(MONEY, "dismissed", day)]
        told = debrief(truth, "XA", TAKEN, leads, acts, ["ana"])
        assert [one.right for one in told.trainees[0].acts] == [right], day
        assert told.plots[0].lead_day == SUMMER


def test_what_has_not_come_is_to_come(tmp_path: Path) -> None:
    truth = read_truth(write(tmp_path, way(), way()))
    told = debrief(truth, "XA", {"register/people.csv": WINTER}, [], [], ["ana"])
    assert told.plots == [] and [one.decoy for one in told.coming] == [False, True]
    # Of the other state's registers only the boss stands here.
    elsewhere = debrief(truth, "XC", {}, [], [], [])
    assert (elsewhere.coming, elsewhere.elsewhere) == ([], 1)


@pytest.mark.parametrize("days", [0, 1])
def test_the_planted_day_itself_is_in_time(tmp_path: Path, days: int) -> None:
    day = date(2026, 6, 1) + timedelta(days=days)
    verdict = of(judged(tmp_path, act(MONEY, "escalated", day)), 0)
    assert verdict.verdict == ("found", "late")[days]

"""Cooke's classical model: what follows from its definition, and published studies."""

from __future__ import annotations

import json
from dataclasses import replace
from math import log
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from manara.cli.risk import risk
from manara.model import FormatError
from manara.risk.excalibur import read_study
from manara.risk.experts import Study, combine

HEAD = "* CLASS ASCII OUTPUT FILE. NQ=   3   QU=   5  50  95\n"


def study(answers: list[list[list[float]]], truth: list[float]) -> Study:
    items = tuple(str(number) for number in range(len(truth)))
    names = tuple(f"Expert{number}" for number in range(len(answers)))
    plain = tuple(False for _ in truth)
    return Study((0.05, 0.5, 0.95), names, items, plain, np.array(answers, float), np.array(truth))


def test_hits_just_as_often_as_stated_are_perfect_calibration() -> None:
    # Of twenty truths one lies below the 5 % quantile, nine in each middle interval, one above.
    truth = [5.0, *([30.0] * 9), *([70.0] * 9), 95.0]
    found = combine(study([[[10, 50, 90]] * 20], truth))
    assert found.scores[0].calibration == pytest.approx(1)


def test_misses_everywhere_are_none() -> None:
    found = combine(study([[[10, 50, 90]] * 10], [99.0] * 10))
    # 2 N times the relative entropy of (0, 0, 0, 1) to (.05, .45, .45, .05) is 59.9.
    assert found.scores[0].calibration < 1e-11


def test_information_by_hand() -> None:
    # Answers and truth reach from 10 to 90; widened by a tenth the range is 2 to 98.
    found = combine(study([[[10, 50, 90]]], [40.0]))
    parts = [(0.05, 8), (0.45, 40), (0.45, 40), (0.05, 8)]
    expected = sum(p * log(p / (width / 96)) for p, width in parts)
    assert found.scores[0].information == pytest.approx(expected)


def test_a_better_expert_weighs_more_and_combinations_stand_beside() -> None:
    good = [[10.0, 50.0, 90.0]] * 10
    poor = [[1.0, 2.0, 3.0]] * 10
    truth = [20.0, 30, 40, 45, 55, 60, 70, 80, 85, 15]
    found = combine(study([good, poor], truth))
    names = [one.id for one in found.scores]
    assert names == ["Expert0", "Expert1", "performance", "equal"]
    assert found.scores[0].weight == pytest.approx(1)
    assert found.performance[0] == pytest.approx([10, 50, 90])
    assert found.equal[0, 1] < 50
    assert found.scores[2].combined >= found.scores[3].combined


def test_questions_without_an_answer_are_left_out_for_that_expert() -> None:
    one, other = [[10.0, 50, 90]] * 4, [[20.0, 60, 80]] * 4
    whole = study([one, other], [40.0, 60, 55, np.nan])
    holes = replace(whole, answers=whole.answers.copy())
    holes.answers[1, 0] = np.nan
    found = combine(holes)
    alone = combine(study([one[1:], other[1:]], [60.0, 55, np.nan]))
    assert found.scores[1].calibration == pytest.approx(alone.scores[1].calibration)
    assert found.performance.shape == (4, 3)


def test_logarithms_are_used_where_the_question_asks_for_them() -> None:
    plain = study([[[1.0, 2.0, 3.0]], [[2.0, 3.0, 4.0]]], [2.5])
    powers = replace(plain, logarithmic=(True,), answers=np.exp(plain.answers), truth=np.exp([2.5]))
    straight, bent = combine(plain), combine(powers)
    assert bent.scores[0].information == pytest.approx(straight.scores[0].information)
    assert np.log(bent.equal) == pytest.approx(straight.equal)


def files(folder: Path, answers: str, truth: str) -> tuple[Path, Path]:
    (folder / "s.dtt").write_text(answers)
    (folder / "s.rls").write_text(truth)
    return folder / "s.dtt", folder / "s.rls"


ROW = "    1  Expert1    1    Hafen Nord UNI  4.00000E+0001  7.00000E+0001  9.00000E+0001\n"


def test_the_command_reads_the_files_and_shows_both_combinations(tmp_path: Path) -> None:
    second = ROW.replace("    1    Hafen Nord", "    2     Fähre -$").replace("4.0", "5.0")
    outcome = "    1    Hafen Nord  8.00000E+0001 UNI\n    2     Fähre -$ -9.99500E+0002 UNI\n"
    paths = files(tmp_path, HEAD + ROW + second, outcome)
    for path in paths:
        path.write_bytes(path.read_text().encode("cp1252"))
    done = CliRunner().invoke(risk, ["experts", *map(str, paths), "--json"])
    told = json.loads(done.stdout)
    assert [one["item"] for one in told["items"]] == ["1", "2"]
    assert told["items"][1]["performance"] == pytest.approx([50, 70, 90])
    text = CliRunner().invoke(risk, ["experts", *map(str, paths)]).stdout
    assert "performance" in text
    assert "equal" in text


@pytest.mark.parametrize(
    ("answers", "truth", "place"),
    [
        (ROW, "    1  Q  8.0E+0001 UNI\n", "s.dtt, line 1"),
        (HEAD + "nonsense\n", "", "s.dtt, line 2"),
        (HEAD + ROW.replace("7.0", "1.0"), "", "s.dtt, line 2"),
        (HEAD + ROW.replace("UNI  4", "LOG -4"), "", "s.dtt, line 2"),
        (HEAD + ROW, "nonsense\n", "s.rls, line 1"),
        (HEAD + ROW, "    7  Q  8.0E+0001 UNI\n", "s.rls"),
        (HEAD, "", "s.dtt"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_line(
    tmp_path: Path, answers: str, truth: str, place: str
) -> None:
    with pytest.raises(FormatError) as told:
        read_study(*files(tmp_path, answers, truth))
    assert told.value.where == place


@pytest.mark.shared
def test_published_studies_score_as_published(shared: Path) -> None:
    reference = json.loads((shared / "risk/cooke/reference_scores.json").read_text())
    for name, scores in reference.items():
        cases = (shared / "risk/cooke/cases").iterdir()
        found = {path.suffix.lower(): path for path in cases if path.stem == name}
        told = combine(read_study(found[".dtt"], found[".rls"])).scores
        assert [one.calibration for one in told] == pytest.approx(scores["cal"], abs=1e-3)
        assert [one.information for one in told] == pytest.approx(scores["info_real"], abs=1e-3)
        assert [one.information_all for one in told] == pytest.approx(
            scores["info_total"], abs=1e-3
        )

"""Two records put side by side."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from manara.cli.main import cli
from manara.identity import NameEntry, Query, compare
from manara.identity.screening.calibration import pair_calibration
from manara.model import UsageError


def probability(one: str, other: str, kind: str = "person") -> float:
    return compare(Query(one, kind=kind), NameEntry("", other, kind)).probability


def test_the_more_alike_the_more_probable() -> None:
    listed = "Tarvyn Borvelund"
    same, likeness, other_word, nothing = (
        probability(name, listed)
        for name in ("Borvelund Tarvyn", "Tarvin Borvelund", "Tarvyn Quistrel", "Oskar Zamphir")
    )
    assert 1 > same > likeness > 0.6 > 0.4 > other_word > nothing > 0


def test_other_evidence_counts() -> None:
    entry = NameEntry("", "Tarvyn Borvelund", "person", birth_dates=("1970-04-03",))
    same, other = (
        compare(Query("Tarvyn Borvelund", born), entry) for born in ("1970-04-03", "1991-12-30")
    )
    assert same.score > other.score + 10
    assert sum(step.weight for step in same.explanation) == pytest.approx(same.score, abs=1e-3)


def test_pairs_can_always_be_ranked() -> None:
    found = [pair_calibration().probability(score) for score in range(-40, 60)]
    assert found == sorted(set(found))
    assert found[0] > 0
    assert found[-1] < 1


def test_the_command_says_how_probable_and_why() -> None:
    asked = ["compare", "Tarvyn Borvelund", "Tarvin Borvelund"]
    told = CliRunner().invoke(cli, asked).output
    answer = json.loads(CliRunner().invoke(cli, [*asked, "--json"]).output)
    assert told.startswith(f"{answer['probability']:.3f}")
    assert "borvelund = borvelund: same word" in told
    assert len(answer["explanation"]) == len(told.splitlines()) - 1
    refused = CliRunner().invoke(cli, ["compare", "Tarvyn", " "]).exception
    assert isinstance(refused, UsageError)

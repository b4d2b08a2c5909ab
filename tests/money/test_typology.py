"""Every typology finds its cases and nothing else; a false file is a clear error."""

from __future__ import annotations

import re

import pytest

from manara.model import UsageError
from manara.money.features import FEATURES, LEGS
from manara.money.rules import case_finds
from manara.money.topics import topics_in
from manara.money.typology import Case, Typology, chosen, innocents, parse, shipped

ALL = shipped()
CASES = [(one, case) for one in ALL.values() for case in one.cases]

OWN = """
id: big
version: 3
title: Big
description: One big payment.
sources: [Our own office]
days: 30
severity: low
prior: {score: 0.5, reason: "said for this test"}
conditions:
  - {feature: in_sum, at_least: 1000, reason: "big"}
evidence: [in]
innocent: []
cases: []
"""


@pytest.mark.parametrize(
    ("typology", "case"), CASES, ids=[f"{one.id}: {case.name}" for one, case in CASES]
)
def test_a_typology_finds_what_its_case_says(typology: Typology, case: Case) -> None:
    assert case_finds(typology, case.payments) == set(case.finds)


@pytest.mark.parametrize("name", ALL)
def test_a_typology_is_whole(name: str) -> None:
    one = ALL[name]
    assert {bool(case.finds) for case in one.cases} == {True, False}
    assert one.innocent
    assert one.prior.score <= 0.1


def test_no_public_source_is_a_restricted_one() -> None:
    told = " ".join(source for one in ALL.values() for source in one.sources)
    assert "Detecting Terrorist Financing" not in told


def test_who_somebody_is_is_no_feature() -> None:
    words = set(re.findall("[a-z]+", " ".join(FEATURES)))
    assert not words & {"id", "account", "nationality", "religion", "name", "ethnicity", "country"}
    assert all(feature.legs in LEGS for feature in FEATURES.values())
    signs = [sign.feature for one in innocents().values() for sign in one.signs]
    assert set(signs) <= FEATURES.keys()


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        ("Facture n° 12", None, {"trade"}),
        ("FACTURE", None, {"trade"}),
        ("دفعة أولى لشراء ذَخِيرَة", None, {"arms"}),
        ("Nitrate d'ammonium 25 kg", None, {"precursor"}),
        ("патроны", None, {"arms"}),
        ("Preteen book", None, set()),
        ("prêt", None, {"loan"}),
        ("", "SALA", {"relief", "salary"}),
        (None, None, set()),
        ("one way to say thanks", None, {"travel"}),
        ("one", None, set()),
    ],
)
def test_topics_of_a_purpose(text: str | None, code: str | None, expected: set[str]) -> None:
    assert topics_in(text, code) == expected


def test_a_workspace_adds_and_switches_off() -> None:
    assert "big" in {one.id for one in chosen(own=[OWN])}
    assert "charity-front" not in {one.id for one in chosen(off=["charity-front"])}
    mine = OWN.replace("id: big", "id: charity-front")
    assert {one.version for one in chosen(own=[mine]) if one.id == "charity-front"} == {3}
    with pytest.raises(UsageError, match="no such typology"):
        chosen(off=["nothing"])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("in_sum", "nationality", "no feature is called nationality"),
        ("at_least: 1000", "at_most: none", "not a typology"),
        ("at_least: 1000, ", "", "neither at_least nor at_most"),
        ('reason: "big"', 'reason: ""', "no reason is given"),
        ("evidence: [in]", "evidence: [inn]", "unknown: inn"),
        ("days: 30", "days: 1", "days is not from"),
        ("score: 0.5", "score: 1.5", "prior's score"),
        ("severity: low", "severity: dire", "not a typology"),
        ("title: Big", "titel: Big", "not a typology"),
        ("sources: [Our own office]", "sources: []", "needs conditions and sources"),
        ("id: big", "id: [", "not a typology"),
        ("cases: []", "cases: []\nlang: <b>", "not a typology"),
        ("cases: []", "cases: []\ntranslations: {fr: {Bigger: Grand}}", "of what it does not say"),
    ],
)
def test_what_is_wrong_with_a_typology_is_told(old: str, new: str, message: str) -> None:
    assert old in OWN
    with pytest.raises(UsageError, match=message):
        parse(OWN.replace(old, new), "own.yaml")

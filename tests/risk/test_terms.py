"""Insurance terms: small cases worked by hand, and what must hold for all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manara.model import FormatError
from manara.risk.terms import Programme
from tests.risk.oed import Row, by_site, policy, programme, run, site

#: Location fields, losses by coverage, what is insured.
ONE_SITE = {
    "no terms": ({}, (100, 20, 30, 40), 190),
    "deductible, then limit": ({"LocDed1Building": 10, "LocLimit1Building": 60}, (100,), 60),
    "below the limit": ({"LocDed1Building": 10, "LocLimit1Building": 60}, (50,), 40),
    "all deducted": ({"LocDed1Building": 10, "LocLimit1Building": 60}, (7,), 0),
    "each coverage its own": ({"LocDed3Contents": 10, "LocDed4BI": 5}, (0, 0, 30, 40), 55),
    "damage without interruption": ({"LocDed5PD": 50}, (10, 10, 10, 40), 40),
    "site after damage": ({"LocDed5PD": 15, "LocDed6All": 20}, (10, 10, 10, 40), 35),
    "share of the loss": ({"LocDed6All": 0.1, "LocDedType6All": 1}, (100,), 90),
    "share of the value": (
        {"LocDed6All": 0.05, "LocDedType6All": 2, "BuildingTIV": 600, "BITIV": 400},
        (100,),
        50,
    ),
    "limit of the value": (
        {"LocLimit6All": 0.1, "LocLimitType6All": 2, "BuildingTIV": 600, "BITIV": 400},
        (300,),
        100,
    ),
    "limit of the loss": ({"LocLimit6All": 0.3, "LocLimitType6All": 1}, (100,), 30),
    "franchise not reached": ({"LocDed6All": 50, "LocDedCode6All": 2}, (49,), 0),
    "franchise just met": ({"LocDed6All": 50, "LocDedCode6All": 2}, (50,), 0),
    "least deductible that does not bind": (
        {"LocLimit1Building": 80, "LocDed6All": 30, "LocMinDed6All": 10},
        (100,),
        50,
    ),
    "deductible above what a limit left": (
        {"LocLimit1Building": 50, "LocDed6All": 100, "LocMinDed6All": 80},
        (150,),
        0,
    ),
    "franchise reached": ({"LocDed6All": 50, "LocDedCode6All": 2}, (60,), 60),
    "least deductible": (
        {"LocDed6All": 0.1, "LocDedType6All": 1, "LocMinDed6All": 25},
        (100,),
        75,
    ),
    "most deductible": ({"LocDed1Building": 40, "LocMaxDed6All": 25}, (100,), 75),
    "waiting days": ({"BIWaitingPeriod": 73, "BITIV": 1000}, (0, 0, 0, 500), 300),
    "days of indemnity": ({"BIPOI": 73, "BITIV": 1000}, (0, 0, 0, 500), 200),
    "share of the location": ({"LocDed6All": 20, "LocParticipation": 0.25}, (100,), 20),
}


@pytest.mark.parametrize("case", ONE_SITE)
def test_terms_of_a_location(case: str, tmp_path: Path) -> None:
    fields, losses, insured = ONE_SITE[case]
    found = programme(tmp_path, [site(**fields)], [policy()])
    after = run(found, tuple(losses) + (0,) * (4 - len(losses)))
    assert by_site(after.gross) == [insured]


def test_a_bound_of_the_deductible_holds_for_the_whole_policy(tmp_path: Path) -> None:
    sites = [site(1, LocDed6All=100), site(2, LocDed6All=100)]
    most = programme(tmp_path, sites, [policy(PolMaxDed6All=120)])
    # 80 are given back in proportion to 300 and 100.
    assert by_site(run(most, (400, 0, 0, 0), (200, 0, 0, 0)).gross) == [360, 120]
    least = programme(tmp_path, sites, [policy(PolMinDed6All=240)])
    # 40 more are deducted.
    assert by_site(run(least, (400, 0, 0, 0), (200, 0, 0, 0)).gross) == [270, 90]


def test_a_deductible_of_all_is_given_back_by_what_was_deducted(tmp_path: Path) -> None:
    sites = [site(1, LocDed6All=100), site(2, LocDed6All=100)]
    most = programme(tmp_path, sites, [policy(PolMaxDed6All=20)])
    assert by_site(run(most, (30, 0, 0, 0), (0, 0, 90, 0)).gross) == [25, 75]


def test_a_rising_deductible_first_eats_what_a_limit_cut_off(tmp_path: Path) -> None:
    sites = [site(LocLimit6All=80)]
    assert by_site(
        run(programme(tmp_path, sites, [policy(PolMinDed6All=15)]), (100, 0, 0, 0)).gross
    ) == [80]
    assert by_site(
        run(programme(tmp_path, sites, [policy(PolMinDed6All=25)]), (100, 0, 0, 0)).gross
    ) == [75]


def test_a_limit_below_a_layer_counts_for_the_account(tmp_path: Path) -> None:
    layer = {"LayerLimit": 1000, "LayerParticipation": 0.5}
    found = programme(tmp_path, [site(LocLimit6All=80)], [policy(**layer, AccMinDed6All=15)])
    # The insured bears the 20 above the limit: more than the least deductible.
    assert by_site(run(found, (100, 0, 0, 0)).gross) == [40]


def test_a_falling_deductible_gives_back_up_to_the_limit(tmp_path: Path) -> None:
    sites = [site(LocDed6All=40, LocLimit6All=70)]
    found = programme(tmp_path, sites, [policy(PolMaxDed6All=20)])
    assert by_site(run(found, (100, 0, 0, 0)).gross) == [70]


def test_layers_pay_their_parts_and_give_them_back_by_loss(tmp_path: Path) -> None:
    layers = [
        policy("low", LayerLimit=400, LayerParticipation=0.5),
        policy("high", LayerAttachment=400, LayerLimit=400, LayerParticipation=0.25),
    ]
    found = programme(tmp_path, [site(1), site(2)], layers)
    # 0.5 x 400 + 0.25 x 400 = 300, of losses 250 and 750.
    assert by_site(run(found, (250, 0, 0, 0), (0, 0, 750, 0)).gross) == [75, 225]


def test_terms_of_the_account_meet_the_sum_of_its_layers_once(tmp_path: Path) -> None:
    account = {"AccDed6All": 30, "AccLimit6All": 240, "AccParticipation": 0.5}
    layers = [
        policy("low", LayerLimit=400, LayerParticipation=0.5, **account),
        policy("high", LayerAttachment=400, LayerLimit=400, LayerParticipation=0.25, **account),
    ]
    found = programme(tmp_path, [site(1), site(2)], layers)
    assert by_site(run(found, (250, 0, 0, 0), (0, 0, 750, 0)).gross) == [30, 90]


def test_a_loss_insured_twice_in_the_same_words_is_paid_once(tmp_path: Path) -> None:
    found = programme(tmp_path, [site()], [policy("one"), policy("two")])
    assert by_site(run(found, (100, 0, 0, 0)).gross) == [100]


def test_conditions_hold_for_the_locations_of_their_tag(tmp_path: Path) -> None:
    sites = [site(1, CondTag="coast"), site(2, CondTag="coast"), site(3), site(4, CondTag="hill")]
    rows = [
        policy(CondTag="coast", CondNumber=7, CondLimit6All=100),
        policy(CondTag="hill", CondNumber=8, CondDed6All=15),
    ]
    found = programme(tmp_path, sites, rows)
    after = run(found, (150, 0, 0, 0), (50, 0, 0, 0), (60, 0, 0, 0), (35, 0, 0, 0))
    assert by_site(after.gross) == [75, 25, 60, 20]


def test_conditions_apply_in_the_order_of_their_priorities(tmp_path: Path) -> None:
    sites = [site(1, CondTag="a"), site(1, CondTag="b")]
    rows = [
        policy(CondTag="b", CondNumber=1, CondPriority=2, CondDed6All=10),
        policy(CondTag="a", CondNumber=2, CondPriority=1, CondLimit6All=60),
    ]
    assert by_site(run(programme(tmp_path, sites, rows), (100, 0, 0, 0)).gross) == [50]
    rows[1]["CondPriority"] = 3
    assert by_site(run(programme(tmp_path, sites, rows), (65, 0, 0, 0)).gross) == [55]


def test_a_condition_of_class_1_shuts_other_locations_out(tmp_path: Path) -> None:
    sites = [site(1, CondTag="coast"), site(2), site(3, CondTag="hill")]
    rows = [
        policy(CondTag="coast", CondNumber=7, CondClass=1, CondDed6All=10),
        policy(CondTag="hill", CondNumber=8, CondDed6All=20),
    ]
    after = run(programme(tmp_path, sites, rows), *[(100, 0, 0, 0)] * 3)
    # Another condition of the policy lets in the locations of its tag.
    assert by_site(after.gross) == [90, 0, 80]


STEPS = [
    policy(
        StepTriggerType=1,
        StepNumber=1,
        TriggerType=2,
        TriggerBuildingStart=0.1,
        TriggerBuildingEnd=0.3,
        PayOutType=2,
        PayOutBuildingStart=0.15,
        PayOutLimitBuilding=120,
    ),
    policy(
        StepTriggerType=1,
        StepNumber=2,
        TriggerType=2,
        TriggerBuildingStart=0.3,
        TriggerBuildingEnd=1,
        DeductibleBuilding=10,
        PayOutType=1,
        PayOutBuildingStart=0.7,
        ExtraExpenseFactor=0.1,
        ExtraExpenseLimit=20,
        DebrisRemovalFactor=0.05,
    ),
]


@pytest.mark.parametrize(
    ("loss", "paid"),
    [(99, 0), (200, 120), (500, (490 * 0.7 + 20) * 1.05), (1000, (990 * 0.7 + 20) * 1.05)],
)
def test_a_step_policy_pays_by_the_range_of_damage(
    loss: float, paid: float, tmp_path: Path
) -> None:
    found = programme(tmp_path, [site(BuildingTIV=1000)], STEPS)
    # Contents are not in the step policy and not insured; interruption passes.
    assert by_site(run(found, (loss, 0, 50, 7)).gross) == [round(paid + 7, 6)]


REFUSED: dict[str, tuple[Row, Row]] = {
    "locdedcode6all 4": ({"LocDedCode6All": 4}, {}),
    "the years are not known": ({"LocDedCode6All": 1, "LocDed6All": 9}, {}),
    "locmaxded6all with an annual": (
        {"LocDedCode6All": 1, "LocDed6All": 9, "LocMaxDed6All": 5},
        {},
    ),
    "locdedtype6all with an annual": (
        {"LocDedCode6All": 1, "LocDed6All": 0.1, "LocDedType6All": 1},
        {},
    ),
    "locdedtype6all 7": ({"LocDedType6All": 7}, {}),
    "locded6all is a share above 1": ({"LocDedType6All": 2, "LocDed6All": 5}, {}),
    "account.csv, line 2: layeragglimit": ({}, {"LayerAggLimit": 9}),
    "accagglimit is not honoured": ({}, {"AccAggLimit": 9}),
    "biwaitingperiod is not honoured": ({}, {"BIWaitingPeriod": 3}),
    "locded6all is not honoured": ({}, {"LocDed6All": 3}),
    "pollimitcbi is not honoured": ({}, {"PolLimitCBI": 3}),
    "scalefactor is not honoured": ({}, {"ScaleFactor": 2}),
    "a condition without CondTag": ({}, {"CondNumber": 1, "CondDed6All": 3}),
    "terms by peril": ({"LocPeril": "QQ1"}, {"PolPeril": "WW1"}),
    "LocDed6All is 'ten'": ({"LocDed6All": "ten"}, {}),
    "LocDed6All is '-1'": ({"LocDed6All": -1}, {}),
    "StepTriggerType 4": ({}, {**STEPS[0], "StepTriggerType": 4}),
    "a step without StepTriggerType": ({}, {**STEPS[0], "StepTriggerType": ""}),
}


@pytest.mark.parametrize("named", REFUSED)
def test_what_is_not_honoured_is_refused_by_name_and_line(named: str, tmp_path: Path) -> None:
    place, terms = REFUSED[named]
    with pytest.raises(FormatError) as error:
        run(programme(tmp_path, [site(**place)], [{**policy(), **terms}]), (1, 0, 0, 0))
    assert named in str(error.value)
    assert ".csv, line 2" in error.value.where


def test_terms_of_zero_and_blank_are_no_terms(tmp_path: Path) -> None:
    found = programme(tmp_path, [site(LocDedCode6All=0)], [policy(LayerAggLimit="", ScaleFactor=0)])
    assert by_site(run(found, (5, 0, 0, 0)).gross) == [5]


def test_perils_may_differ_if_one_is_covered_by_all(tmp_path: Path) -> None:
    sites = [site(1, LocPeril="WW1"), site(2, LocPeril="WTC;QQ1", LocPerilsCovered="QEQ")]
    found = programme(tmp_path, sites, [policy(PolPeril="AA1", PolPerilsCovered="WW2")])
    assert found.notes == ["terms name different perils; all losses are taken to be of WTC"]
    assert not programme(tmp_path, sites[:1], [policy(PolPeril="WW1")]).notes


def test_an_account_without_policy_is_noted_and_not_insured(tmp_path: Path) -> None:
    found = programme(tmp_path, [site(), site() | {"AccNumber": "B"}], [policy()])
    assert found.notes == ["account P B has no policy: nothing of it is insured"]
    assert by_site(run(found, (5, 0, 0, 0), (5, 0, 0, 0)).gross) == [5, 0]


def test_rows_of_one_policy_that_differ_are_refused(tmp_path: Path) -> None:
    rows = [policy(LayerLimit=5), policy(LayerLimit=6)]
    with pytest.raises(FormatError, match="layerlimit is '6', and '5' in line 2"):
        programme(tmp_path, [site()], rows)


AMOUNTS = st.integers(0, 100)
TERMS = st.fixed_dictionaries(
    {},
    optional={
        "LocDed1Building": AMOUNTS,
        "LocLimit3Contents": AMOUNTS,
        "LocDed5PD": AMOUNTS,
        "LocDed6All": AMOUNTS,
        "LocMinDed6All": AMOUNTS,
        "LocLimit6All": AMOUNTS,
    },
)
POLICY = st.fixed_dictionaries(
    {},
    optional={
        "PolDed6All": AMOUNTS,
        "PolMinDed6All": AMOUNTS,
        "PolMaxDed6All": AMOUNTS,
        "PolLimit6All": AMOUNTS,
        "LayerAttachment": AMOUNTS,
        "LayerLimit": AMOUNTS,
        "LayerParticipation": st.sampled_from((0.25, 1)),
        "AccDed6All": AMOUNTS,
        "AccLimit6All": AMOUNTS,
    },
)
LOSSES = st.lists(st.integers(0, 200), min_size=8, max_size=8)


def of(folder: Path, places: list[Row], terms: Row) -> Programme:
    return programme(folder, [site(at, **one) for at, one in enumerate(places)], [policy(**terms)])


@settings(max_examples=60, deadline=None)
@given(st.lists(TERMS, min_size=2, max_size=2), POLICY, LOSSES, LOSSES)
def test_a_larger_loss_is_never_insured_for_less(
    tmp_path_factory: pytest.TempPathFactory, places: list[Row], terms: Row, low: Any, more: Any
) -> None:
    found = of(tmp_path_factory.mktemp("oed"), places, terms)
    losses = np.array([low, np.add(low, more)], np.float64).T
    after = found.run(losses).gross
    assert (after >= -1e-9).all()
    assert after.sum(axis=0)[0] <= after.sum(axis=0)[1] + 1e-6
    assert (after.sum(axis=0) <= losses.sum(axis=0) + 1e-6).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(TERMS, min_size=2, max_size=2), POLICY, LOSSES)
def test_the_currency_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, places: list[Row], terms: Row, losses: Any
) -> None:
    folder = tmp_path_factory.mktemp("oed")
    told = np.array([losses], np.float64).T
    after = of(folder, places, terms).run(told).gross

    def tenfold(row: Row) -> Row:
        return {k: v if k == "LayerParticipation" else v * 10 for k, v in row.items()}

    larger = of(folder, [tenfold(one) for one in places], tenfold(terms)).run(told * 10).gross
    assert larger == pytest.approx(after * 10, abs=1e-6)

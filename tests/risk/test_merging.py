"""The fast way to insured losses equals the plain one: kernel of locations, merged locations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manara.risk.losses import location
from manara.risk.losses.merging import merge
from manara.risk.terms import Programme
from manara.risk.terms.programme import site_terms
from manara.risk.terms.rules import State
from tests.risk.oed import Row, policy, programme, site

AMOUNTS = st.sampled_from([0, 5, 20, 60, 150])
SHARES = st.sampled_from([0, 0.05, 0.3])
SUFFIXES = ("1Building", "2Other", "3Contents", "4BI", "5PD", "6All")


@st.composite
def terms(draw: st.DrawFn) -> Row:
    """Return terms of one location."""
    fields: Row = {}
    for suffix in draw(st.sets(st.sampled_from(SUFFIXES), max_size=4)):
        for part in ("Ded", "Limit"):
            kind = draw(st.sampled_from([0, 1, 2]))
            fields[f"Loc{part}Type{suffix}"] = kind
            fields[f"Loc{part}{suffix}"] = draw(SHARES if kind else AMOUNTS)
        fields[f"LocDedCode{suffix}"] = draw(st.sampled_from([0, 2]))
        fields[f"LocMinDed{suffix}"] = draw(AMOUNTS)
        fields[f"LocMaxDed{suffix}"] = draw(AMOUNTS)
    if draw(st.booleans()):
        fields |= {"LocParticipation": 0.7, "BIWaitingPeriod": 30, "BIPOI": 180}
    return fields


LOSS = st.lists(st.integers(0, 800).map(lambda part: part / 4), min_size=4, max_size=4)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(terms(), LOSS), min_size=1, max_size=4))
def test_the_kernel_of_location_terms_equals_the_terms(
    tmp_path_factory: pytest.TempPathFactory, known: list[tuple[Row, list[float]]]
) -> None:
    values = {"BuildingTIV": 200, "OtherTIV": 200, "ContentsTIV": 200, "BITIV": 200}
    rows = [site(at, **values, **fields) for at, (fields, _) in enumerate(known)]
    folder = tmp_path_factory.mktemp("terms")
    found = programme(folder, rows, [policy()])
    losses = np.array([loss for _, loss in known])
    zero = np.zeros((losses.size, 1))
    plain = site_terms(
        State(losses.reshape(-1, 1).copy(), zero, zero.copy(), zero.copy()),
        found.sites,
        found.location,
    )
    fast = location.read(found.sites, found.location)
    for at in range(len(known)):
        state = np.zeros((4, 4))
        state[0] = losses[at]
        if fast.row[at] >= 0:
            location.apply(fast, int(fast.row[at]), state)
        expected = np.array([part[4 * at : 4 * at + 4, 0] for part in plain])
        assert state == pytest.approx(expected, abs=1e-9)


SITES = [
    site(
        at,
        BuildingTIV=100 * at,
        ContentsTIV=40,
        CondTag="coast" if at in (2, 3) else "",
        LocGroup="north" if at < 4 else "south",
        LocDed6All=5 if at == 5 else "",
    )
    for at in range(1, 7)
] + [{**site(7, BuildingTIV=80), "AccNumber": "B"}]

POLICIES: list[Row] = [
    policy("one", PolDed6All=20, LayerAttachment=30, LayerLimit=200, LayerParticipation=0.4,
           CondTag="coast", CondNumber=1, CondLimit6All=90, PolMinDed6All=30),
    policy("two", LayerAttachment=230, LayerLimit=500, CondTag="coast", CondNumber=1,
           CondDed6All=10),
    {**policy("three", LayerLimit=60), "AccNumber": "B"},
]  # fmt: skip

SURPLUS = [
    {"ReinsNumber": 1, "ReinsType": "SS", "InuringPriority": 1, "RiskLevel": "LOC"},
    {
        "ReinsNumber": 2,
        "ReinsType": "CXL",
        "InuringPriority": 2,
        "OccAttachment": 100,
        "OccLimit": 50,
    },
]
BY_RISK = [
    {"ReinsNumber": 1, "ReinsType": "PR", "InuringPriority": 1, "RiskLevel": "LGR",
     "RiskAttachment": 10, "RiskLimit": 30},
    {"ReinsNumber": 2, "ReinsType": "QS", "InuringPriority": 2, "CededPercent": 0.3},
]  # fmt: skip
SCOPE: list[Row] = [
    {"ReinsNumber": 1, "LocNumber": 2, "CededPercent": 0.5},
    {"ReinsNumber": 1, "LocNumber": 4, "CededPercent": 0.2},
    {"ReinsNumber": 2},
]


@pytest.mark.parametrize(
    ("info", "scope", "classes"),
    [
        # By tag and account; what is alike is one.
        ([], [], 3),
        (SURPLUS, SCOPE, 5),
        (BY_RISK, [{"ReinsNumber": 1}, {"ReinsNumber": 2}], 4),
    ],
)
def test_merged_locations_lose_what_single_ones_do(
    tmp_path: Path, info: list[Row], scope: list[Row], classes: int
) -> None:
    found = programme(tmp_path, SITES, POLICIES, info, scope)
    losses = np.random.default_rng(1).uniform(0, 90, (4 * len(SITES), 200))
    merged, few = merge(found)
    assert len(few.keys) == classes == merged.max() + 1
    _same(found, losses, merged, few)


def test_step_policies_see_each_location_alone(tmp_path: Path) -> None:
    steps = [
        policy(
            StepTriggerType=1, TriggerType=2, PayOutType=2, StepNumber=number,
            TriggerBuildingStart=start, TriggerBuildingEnd=end, PayOutBuildingStart=pay,
        )
        for number, start, end, pay in ((1, 0.1, 0.4, 0.2), (2, 0.4, 1, 0.7))
    ]  # fmt: skip
    sites = [site(at, BuildingTIV=100) for at in range(3)]
    found = programme(tmp_path, sites, steps)
    losses = np.random.default_rng(2).uniform(0, 100, (12, 50))
    losses[1::4] = losses[2::4] = losses[3::4] = 0
    merged, few = merge(found)
    assert len(few.keys) == 3
    _same(found, losses, merged, few)


def _same(found: Programme, losses: Any, merged: Any, few: Any) -> None:
    zero = np.zeros_like(losses)
    state = site_terms(
        State(losses.copy(), zero, zero.copy(), zero.copy()), found.sites, found.location
    )
    parts = []
    for part in state:
        total = np.zeros((len(few.keys), 4, losses.shape[1]))
        np.add.at(total, merged, part.reshape(len(merged), 4, -1))
        parts.append(total.reshape(-1, losses.shape[1]))
    plain, fast = found.run(losses), found.after_sites(State(*parts), few)
    assert plain.gross.any()
    assert fast.gross.sum(axis=0) == pytest.approx(plain.gross.sum(axis=0))
    assert fast.net.sum(axis=0) == pytest.approx(plain.net.sum(axis=0))

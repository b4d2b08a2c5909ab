"""Reinsurance: small contracts worked by hand, and parts that add up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manara.model import FormatError
from tests.risk.oed import Row, by_site, policy, programme, run, site

SITES = [site(1, LocGroup="north"), site(2, LocGroup="north")]


def contract(number: int = 1, kind: str = "QS", **fields: Any) -> Row:
    return {"ReinsNumber": number, "ReinsType": kind, "InuringPriority": 1, **fields}


#: Contracts, scopes, what two locations with losses of 100 and 300 keep.
KEPT: dict[str, tuple[list[Row], list[Row], list[float]]] = {
    "quota share": ([contract(CededPercent=0.2)], [{"ReinsNumber": 1}], [80, 240]),
    "quota share half placed": (
        [contract(CededPercent=0.2, PlacedPercent=0.5)],
        [{"ReinsNumber": 1}],
        [90, 270],
    ),
    "limit for each risk": (
        [contract(CededPercent=0.2, RiskLimit=30, RiskLevel="LOC")],
        [{"ReinsNumber": 1}],
        [80, 270],
    ),
    "limit for each risk and occurrence": (
        [contract(CededPercent=0.2, RiskLimit=30, OccLimit=25, RiskLevel="LOC")],
        [{"ReinsNumber": 1}],
        [90, 285],
    ),
    "excess for each risk": (
        [contract(kind="PR", RiskAttachment=50, RiskLimit=150, RiskLevel="LOC")],
        [{"ReinsNumber": 1}],
        [50, 150],
    ),
    "excess for the group": (
        [contract(kind="PR", RiskAttachment=200, RiskLimit=100, RiskLevel="LGR")],
        [{"ReinsNumber": 1}],
        [75, 225],
    ),
    "catastrophe excess": (
        [contract(kind="CXL", OccAttachment=100, OccLimit=200, PlacedPercent=0.5)],
        [{"ReinsNumber": 1}],
        [75, 225],
    ),
    "surplus": (
        [contract(kind="SS", RiskLevel="LOC")],
        [
            {"ReinsNumber": 1, "LocNumber": 1, "CededPercent": 0.1},
            {"ReinsNumber": 1, "LocNumber": 2, "CededPercent": 0.5},
        ],
        [90, 150],
    ),
    "facultative on one location": (
        [contract(kind="FAC", RiskAttachment=100, RiskLevel="LOC")],
        [{"ReinsNumber": 1, "PortNumber": "P", "AccNumber": "A", "LocNumber": 2}],
        [100, 100],
    ),
    "one after another": (
        [
            contract(2, "CXL", OccAttachment=100, InuringPriority=2),
            contract(1, CededPercent=0.5),
        ],
        [{"ReinsNumber": 1}, {"ReinsNumber": 2}],
        [25, 75],
    ),
    "side by side": (
        [contract(1, CededPercent=0.5), contract(2, CededPercent=0.25)],
        [{"ReinsNumber": 1}, {"ReinsNumber": 2}],
        [25, 75],
    ),
    "another account": (
        [contract(CededPercent=0.5)],
        [{"ReinsNumber": 1, "AccNumber": "B"}],
        [100, 300],
    ),
}


@pytest.mark.parametrize("case", KEPT)
def test_what_is_kept(case: str, tmp_path: Path) -> None:
    info, scope, kept = KEPT[case]
    found = programme(tmp_path, SITES, [policy()], info, scope)
    after = run(found, (100, 0, 0, 0), (0, 0, 300, 0))
    assert by_site(after.gross) == [100, 300]
    assert by_site(after.net) == kept


@pytest.mark.parametrize(
    ("terms", "named"),
    [
        ({"AggLimit": 5, "AggPeriod": 730}, "aggperiod 730 is not honoured"),
        ({"Reinstatement": 1}, "reinstatement of a QS"),
        ({"Reinstatement": 1, "ReinsType": "CXL"}, "reinstatement of a CXL without OccLimit"),
        ({"ReinsType": "AXL"}, "an AXL without AggLimit"),
        ({"OccFranchiseDed": 5}, "occfranchiseded is not honoured"),
        ({"RiskLevel": "ZIP"}, "RiskLevel ZIP is not honoured"),
        ({"ReinsFXrate": 2}, "reinsfxrate is not honoured"),
        ({"ReinsNumber": 2}, "no contract 1"),
    ],
)
def test_what_is_not_honoured_is_refused_by_name(terms: Row, named: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=named):
        programme(tmp_path, SITES, [policy()], [contract() | terms], [{"ReinsNumber": 1}])


def test_a_scope_by_something_unknown_is_refused(tmp_path: Path) -> None:
    scope = [{"ReinsNumber": 1, "LocationGroup": "north"}]
    with pytest.raises(FormatError, match="locationgroup is not honoured"):
        programme(tmp_path, SITES, [policy()], [contract()], scope)


def test_terms_by_occurrence_of_a_facultative_contract_are_noted(tmp_path: Path) -> None:
    info = [contract(kind="FAC", CededPercent=0.5, OccLimit=5)]
    found = programme(tmp_path, SITES, [policy()], info, [{"ReinsNumber": 1}])
    assert found.notes == ["info.csv, line 2: OccLimit has no part in a facultative contract"]
    assert by_site(run(found, (100, 0, 0, 0), (0, 0, 0, 0)).net) == [50, 0]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "ReinsType": st.sampled_from(("QS", "PR", "CXL", "FAC")),
                "CededPercent": st.sampled_from((0.2, 1)),
                "RiskAttachment": st.integers(0, 100),
                "RiskLimit": st.integers(0, 100),
                "OccLimit": st.integers(0, 100),
                "InuringPriority": st.integers(1, 2),
                "RiskLevel": st.sampled_from(("LOC", "POL", "ACC", "LGR", "")),
            }
        ),
        min_size=1,
        max_size=3,
    ),
    st.lists(st.integers(0, 200), min_size=8, max_size=8),
)
def test_nobody_keeps_more_than_the_insured_loss(
    tmp_path_factory: pytest.TempPathFactory, contracts: list[Row], losses: list[int]
) -> None:
    info = [{"ReinsNumber": at, **one} for at, one in enumerate(contracts, 1)]
    scope = [{"ReinsNumber": at} for at in range(1, len(info) + 1)]
    found = programme(tmp_path_factory.mktemp("oed"), SITES, [policy()], info, scope)
    after = found.run(np.array([losses], np.float64).T)
    assert (after.net >= -1e-9).all()
    assert (after.net <= after.gross + 1e-9).all()

"""What the load benchmark calls a fault, and its figures, on answers made by hand."""

from __future__ import annotations

from typing import Any

import pytest
from bench.service import Asked, fault_of, figures


def screened(edition: str, *names: str, of: str = "") -> dict[str, Any]:
    hits = [{"name": name, "probability": 0.99, "edition": of or edition} for name in names]
    return {"hits": hits, "editions": {"people": edition}}


OWN = "Ceferino Quixworthyyax"  # the somebody of the second edition


@pytest.mark.parametrize(
    ("answer", "asked", "fault"),
    [
        (screened("people-2", OWN), 1, ""),
        (screened("people-1"), 1, ""),
        (screened("people-2"), 1, "somebody is missing"),
        (screened("people-1", OWN), 1, "somebody of another edition"),
        (screened("people-2", OWN, of="people-1"), 1, "a hit of another edition"),
        (screened("people-2", "Amina Cisse7"), -1, ""),
    ],
)
def test_an_answer_of_two_editions_is_a_fault(answer: Any, asked: int, fault: str) -> None:
    edition = answer["editions"]["people"]
    assert fault_of("/screen?limit=5", answer, edition, asked) == fault
    answer["answers"] = [{"hits": answer.pop("hits")}]
    assert fault_of("/screen/batch", answer, edition, asked) == fault


def test_a_match_is_held_to_the_same() -> None:
    results = [{"properties": {"name": [OWN]}}]
    answer = {"responses": {"q": {"results": results}}}
    assert fault_of("/match/default", answer, "people-2", 1) == ""
    assert fault_of("/match/default", answer, "people-3", 1) == "somebody of another edition"


def test_figures_by_hand() -> None:
    asked = [Asked(at, 0.003 if at < 99 else 0.2, "/screen", "people-1", "") for at in range(100)]
    asked.append(Asked(100.5, 0.001, "/match/default", "people-2", "status 500"))
    found = figures(asked, [10.0] * 30 + [20.0], {"people-1": 0.0, "people-2": 100.0}, 10)
    assert found["errors"] == 1 and found["faults"] == {"status 500": 1}
    assert found["screen_ms"] == {"p50": 3.0, "p90": 3.0, "p99": 200.0, "max": 200.0}
    assert found["screen_histogram_ms"] == {"<4": 99, "<256": 1}
    assert found["editions_in_order"] == ["people-1", "people-2"]
    assert found["seconds_until_an_update_answers"] == {"people-2": 0.5}
    assert found["requests_per_s"] == 10.1
    assert (found["memory_mib"]["start"], found["memory_mib"]["end"]) == (10.0, 20.0)

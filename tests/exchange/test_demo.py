"""Three nodes as processes of their own; and the oracle that watches them."""

from __future__ import annotations

from pathlib import Path

from manara.exchange.demo import run_demo
from manara.exchange.node import today
from manara.exchange.oracle import Oracle
from manara.model import Handling
from tests.exchange.conftest import NewNode, Said, hold, meet
from tests.exchange.test_packages import GREEN, send

WRONG = "lantern.example:p-17 passportNumber = LB4471902"
RIGHT = "lantern.example:p-17 passportNumber = LB4471920"


def test_three_nodes_share_ask_request_answer_and_recall(tmp_path: Path) -> None:
    steps: list[str] = []
    shown = run_demo(tmp_path, steps.append)
    assert len(steps) == 8
    others = ("estvale.example", "quen.example")
    assert all(not any("p-17" in fact for fact in shown.before[node]) for node in others)
    for node in others:
        assert WRONG in shown.shared[node] and RIGHT not in shown.shared[node]
        assert WRONG not in shown.after[node] and RIGHT in shown.after[node]
        assert set(shown.shared[node]) - {WRONG} == set(shown.after[node]) - {RIGHT}
    # What only the police may have, and what nobody may.
    alias, told = "lantern.example:p-17 alias = the Chandler", "named by an informant"
    assert alias in shown.after["estvale.example"] and alias not in shown.after["quen.example"]
    assert not any(told in fact for node in others for fact in shown.after[node])
    assert {rule for _, rule in shown.held} == {"audience", "purpose", "releasable-to"}
    assert shown.hits == {"Maris Toveld": True, "Ilse Brandt": False}
    assert shown.request == "answered"
    assert shown.waiting == ["quen.example"]
    assert shown.confirmed == ["estvale.example", "quen.example"]
    # Five facts to the police; four of these and two more to finance; the corrected one to both.
    assert (shown.oracle.left, shown.oracle.against) == (5 + 4 + 2 + 2, [])


def test_the_oracle_finds_what_leaves_against_a_rule(new_node: NewNode) -> None:
    north, east = new_node("north.example"), new_node("east.example")
    meet(north, east)
    hold(north, "mislabelled", GREEN, [Said("p-1", "name", "Yasmin Ostrova")])
    place = ("p-1", "name", "Yasmin Ostrova")
    sealed = send(north, "east.example", "p-1")
    for rule, words in (
        (Handling.of("AMBER+STRICT"), "may not leave"),
        (Handling.of("GREEN", retain_until=today()), "looser rule"),
    ):
        oracle = Oracle({"east.example": east, "north.example": north}, {north.id: {place: rule}})
        oracle.see(sealed, "east.example", today())
        assert oracle.found.left == 1
        assert words in oracle.found.against[0]
    oracle = Oracle({"east.example": east, "north.example": north}, {north.id: {place: GREEN}})
    oracle.see(sealed, "east.example", today())
    assert oracle.found.against == []

"""The index of what was sent says what reading all of it again would say."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from manara.exchange import Node
from manara.exchange.given import Given, Givens
from manara.exchange.sent import Sent, SentFact, all_sent, keep_sent
from manara.store.files import unsynced
from tests.exchange.conftest import NewNode

START = datetime(2026, 11, 23, tzinfo=UTC)


def read_again(node: Node) -> set[tuple[str, str, str, str]]:
    """Return who has what from which package, by what was sent, one after the other."""
    held: dict[tuple[str, str, str], str] = {}
    for sent in all_sent(node.workspace):
        for origin, fact in sent.recalls:
            held.pop((sent.to, origin, fact), None)
        for fact in sent.facts:
            held[sent.to, fact.origin, fact.id] = sent.id
    return {(*key, package) for key, package in held.items()}


def told(found: list[Given]) -> set[tuple[str, str, str, str]]:
    assert len(found) == len({(each.to, each.fact.key) for each in found})
    return {(each.to, *each.fact.key, each.sent) for each in found}


def test_it_says_what_reading_all_again_says(new_node: NewNode) -> None:
    node, chance = new_node("north.example"), random.Random(20261123)
    people = [SentFact("north.example", f"f-{n}", f"p-{n % 4}", "name") for n in range(10)]
    theirs = [SentFact("east.example", f"f-{n}", f"q-{n}", "name") for n in range(3)]
    paid = [SentFact("north.example", "e-1", "", "payments", ["p-1", "p-9"])]
    every = [*people, *theirs, *paid]
    with unsynced():
        for number in range(60):
            at = START + timedelta(seconds=chance.randrange(4000))
            recalls = [each.key for each in chance.sample(every, chance.choice((0, 0, 3)))]
            keep_sent(
                node.workspace,
                Sent(
                    f"{number % 7}-{number}", chance.choice(("east", "quen")), "prevention", "", "",
                    [], at, chance.sample(every, 4), recalls, (f"r-{number % 5}", "east"),
                ),
            )  # fmt: skip
            if number % 15 == 14:
                assert told(Givens(node).all()) == read_again(node)
    right, index = read_again(node), Givens(node)
    assert told(index.of(["f-1", "f-2"])) == {row for row in right if row[2] in ("f-1", "f-2")}
    of_one = {"f-1", "f-5", "f-9", "e-1"}
    about = {row for row in right if row[1] == "north.example" and row[2] in of_one}
    assert told(index.about(["p-1"])) == about
    assert told(index.about(["p-9"])) == {row for row in right if row[2] == "e-1"}
    assert told(index.with_package("3-")) == {row for row in right if row[3].startswith("3-")}
    assert [each.cause for each in index.passed_on("r-2")] == [("r-2", "east")] * 12
    Path(node.workspace.root, "exchange", "sent.db").unlink()
    assert told(index.all()) == right

"""Exchange: the audit log at a million lines, packages, and blind questions on noisy records.

Blind questions are measured as to what they find by their keys alone, which is what they find
blinded as well, and as to what one costs from question to answer. People are invented, one list of
them against the same people as another office has them; with MANARA_SHARED_DATA also Febrl 3, the
data that the keys were chosen on, and where FEBRL4 names its folder Febrl 4, which they were not.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from bench._noisy_people import invented, latin, written_again
from bench._run import main
from manara.exchange import Node, Partner, Request, import_package, prepare, release
from manara.exchange.blind import (
    Answerer,
    Common,
    Person,
    ask,
    make_table,
    question_keys,
    table_keys,
    take_table,
)
from manara.exchange.blind.keys import STRONG
from manara.exchange.blind.oprf import Blinding, Evaluator
from manara.exchange.node import today
from manara.model import Dataset, Handling
from manara.store import AuditLog, EditionWriter, Entry, Workspace
from manara.store.merkle import verify_consistency

_PURPOSE = "investigation"


class Pair(NamedTuple):
    """A list and what is asked of it: each person with the place on the list, None for none."""

    known: list[Any]
    asked: list[tuple[Any, int | None]]


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return figures of the log, of packages, and of blind questions."""
    found = {}
    for name, pair in _pairs(options.people):
        found[name] = {
            label: _matching(pair, number, kinds)
            for label, number, kinds in (
                ("number", True, None),
                ("no number", False, None),
                ("no number, strong", False, STRONG),
            )
        }
    return {
        "log": _log(options.entries),
        "packages": _packages(options.facts),
        "blind": {"recall": found, "cost": _cost(options.questions)},
    }


def _log(count: int) -> dict[str, Any]:
    at = datetime.now(UTC)
    entries = [Entry(at, "officer", "release", f"package-{n}", {"facts": n}) for n in range(count)]
    held = count * 3 // 4
    with tempfile.TemporaryDirectory() as folder:
        log = AuditLog(Path(folder, "log"))
        seconds = _seconds(lambda: [log.append(b) for b in _batches(entries[:held])])
        old = log.tree.root()
        seconds += _seconds(lambda: [log.append(b) for b in _batches(entries[held:])])
        honest, chance = log.tree, random.Random(1)
        assert verify_consistency(held, count, honest.consistency(held), old, honest.root())
        places = [chance.randrange(count) for _ in range(200)]
        proofs: list[list[bytes]] = []
        proving = _seconds(lambda: proofs.extend(honest.inclusion(at) for at in places))
        caught = {}
        for how in ("changed", "dropped", "reordered"):
            forged = AuditLog(Path(folder, how))
            forged.append(_forged(entries, how, chance.randrange(1, held)))
            tree = forged.tree
            proof = tree.consistency(held, tree.size)
            caught[how] = not verify_consistency(held, tree.size, proof, old, tree.root())
    return {
        "entries": count,
        "appends_a_cpu_second": round(count / seconds),
        "largest_inclusion_proof_bytes": max(32 * len(proof) for proof in proofs),
        "proof_ms": round(proving / len(places) * 1000, 3),
        "found_with_an_old_head": caught,
    }


def _batches(entries: list[Entry], size: int = 20_000) -> Iterator[list[Entry]]:
    for start in range(0, len(entries), size):
        yield entries[start : start + size]


def _forged(entries: list[Entry], how: str, at: int) -> list[Entry]:
    match how:
        case "changed":
            return [*entries[:at], Entry(entries[at].at, "x", "x", "x", {}), *entries[at + 1 :]]
        case "dropped":
            return [*entries[:at], *entries[at + 1 :], entries[at]]
    return [*entries[: at - 1], entries[at], entries[at - 1], *entries[at + 1 :]]


def _packages(count: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, _Nodes(Path(folder)) as (one, other):
        people = count // 10
        said = [(f"p-{n}", "alias", f"Name {n} {m}") for n in range(people) for m in range(10)]
        _hold(one, said)
        request = Request(other.id, _PURPOSE, [f"p-{n}" for n in range(people)])
        sealed: list[bytes] = []
        out = _seconds(
            lambda: sealed.append(release(one, prepare(one, request, by="a")[0].id, by="b").sealed)
        )
        back = _seconds(lambda: import_package(other, sealed[0], by="c"))
    return {
        "facts": count,
        "entities": people,
        "bytes_a_fact": round(len(sealed[0]) / count),
        "facts_released_a_cpu_second": round(count / out),
        "facts_taken_in_a_cpu_second": round(count / back),
    }


def _cost(count: int) -> dict[str, Any]:
    people = [record.person(number=True) for record in map(latin, invented(2000, 7))]
    with tempfile.TemporaryDirectory() as folder, _Nodes(Path(folder)) as (one, other):
        _hold(other, [row for n, person in enumerate(people) for row in _said(n, person)])
        made: list[bytes] = []
        building = _seconds(
            lambda: made.append(make_table(other, one.id, _PURPOSE, today(), by="b"))
        )
        table = take_table(one, made[0], by="a")
        answerer, sizes, costs, hits = Answerer(other), [], [], 0
        for number in range(count):
            person, started = people[number], time.process_time()
            asked = ask(one, table, person, case="C-1", basis="treaty", officers=["a", "b"])
            answer = answerer.answer(asked.message)
            hits += asked.read(answer, by="a").hit
            costs.append((time.process_time() - started) * 1000)
            sizes.append((len(asked.message), len(answer)))
    costs.sort()
    return {
        "persons": len(people),
        "tags": len(table),
        "table_bytes": len(made[0]),
        "table_cpu_s": round(building, 1),
        "question_bytes": max(size for size, _ in sizes),
        "answer_bytes": max(size for _, size in sizes),
        "cpu_ms_both_sides_median": round(costs[len(costs) // 2], 2),
        "cpu_ms_both_sides_p95": round(costs[int(len(costs) * 0.95)], 2),
        "of_it_the_blind_function_ms": _function_ms(count),
        "hits": hits / count,
    }


def _function_ms(count: int) -> float:
    """Return the median CPU time of blinding, evaluating and finishing one question's keys."""
    texts = [key.text.encode() for key in question_keys(Person(("Ana Moro",), ("1980-02-03",)))]
    key, costs = Evaluator(bytes(32), b"bench"), []
    for _ in range(count):
        started = time.process_time()
        blinding = Blinding(texts)
        blinding.finish(key.evaluate(blinding.elements), key.public)
        costs.append((time.process_time() - started) * 1000)
    return round(sorted(costs)[count // 2], 2)


def _said(number: int, person: Person) -> Iterator[tuple[str, str, str]]:
    yield f"p-{number}", "name", person.names[0]
    yield f"p-{number}", "birthDate", person.births[0]
    yield f"p-{number}", "passportNumber", person.numbers[0].removeprefix("passport:")


def _pairs(count: int) -> Iterator[tuple[str, Pair]]:
    """Yield what questions are measured on; half of the invented people are on no list."""
    for size, incomplete in ((count, False), (count, True), (count * 10, False)):
        chance = random.Random(20261122)
        people = invented(size + count, 20261122)
        again = [written_again(one, chance, incomplete=incomplete) for one in people]
        asked = [(again[n], n) for n in range(count)] + [(one, None) for one in again[size:]]
        name = f"invented, a list of {size}{', incomplete' if incomplete else ''}"
        yield name, Pair([latin(each) for each in people[:size]], asked)
    shared = os.environ.get("MANARA_SHARED_DATA", "")
    if shared:
        rows = list(_febrl(Path(shared, "identity/er/febrl3.csv")))
        yield "Febrl 3 (chosen on)", _febrl_pair(rows, rows)
    if folder := os.environ.get("FEBRL4", ""):
        known, asked_rows = (list(_febrl(Path(folder, f"dataset4{part}.csv"))) for part in "ab")
        yield "Febrl 4", _febrl_pair(known, asked_rows)


class _Febrl(NamedTuple):
    id: str
    name: str
    birth: str
    number_: str

    def person(self, *, number: bool) -> Person:
        return Person(
            (self.name,), (self.birth,), (self.number_,) if number and self.number_ else ()
        )


def _febrl(path: Path) -> Iterator[_Febrl]:
    with path.open(newline="") as file:
        for row in csv.DictReader(file, skipinitialspace=True):
            value = {key.strip(): (text or "").strip() for key, text in row.items()}
            day = value["date_of_birth"]
            birth = f"{day[:4]}-{day[4:6]}-{day[6:]}" if len(day) == 8 else ""
            name = f"{value['given_name']} {value['surname']}".strip()
            yield _Febrl(value["rec_id"], name, birth, value["soc_sec_id"])


def _febrl_pair(known: list[_Febrl], asked: list[_Febrl]) -> Pair:
    originals = [row for row in known if row.id.endswith("org")]
    place = {row.id.rsplit("-org")[0]: at for at, row in enumerate(originals)}
    return Pair(
        originals,
        [(row, place[row.id.split("-dup")[0]]) for row in asked if not row.id.endswith("org")],
    )


def _matching(pair: Pair, number: bool, kinds: Container[str] | None) -> dict[str, float]:
    """Return recall, precision over pairs, and questions about nobody known that got a hit.

    Args:
        pair: a list, and what is asked.
        number: whether numbers of documents are asked by.
        kinds: keys that count; None for all.
    """
    table: dict[str, set[int]] = defaultdict(set)
    people = [record.person(number=number) for record in pair.known]
    common = Common.of(people)
    for at, person in enumerate(people):
        for key in table_keys(person, common):
            table[key].add(at)
    right = wrong = strangers = alarms = 0
    for record, place in pair.asked:
        keys = [
            key
            for key in question_keys(record.person(number=number), long=common.long)
            if kinds is None or key.kind in kinds
        ]
        hit = {at for key in keys for at in table.get(key.text, ())}
        right += place in hit
        wrong += len(hit - {place})
        strangers += place is None
        alarms += place is None and bool(hit)
    listed = len(pair.asked) - strangers
    return {
        "recall": round(right / listed, 4),
        "precision": round(right / max(right + wrong, 1), 4),
        "hits_on_strangers": round(alarms / strangers, 5) if strangers else 0.0,
        "keys_a_person": round(sum(map(len, table.values())) / len(pair.known), 1),
    }


class _Nodes:
    """Two nodes that are each other's partner."""

    def __init__(self, folder: Path) -> None:
        self._spaces = [Workspace.create(folder / name) for name in ("one", "other")]

    def __enter__(self) -> tuple[Node, Node]:
        one, other = (Node(space) for space in self._spaces)
        for node, name in ((one, "one.example"), (other, "other.example")):
            node.identify(name, name, by="bench")
        for node, partner in ((one, other), (other, one)):
            terms = Partner(partner.keys.card, questions=10**6, by_officer=10**6)
            node.agree(terms, by="bench")
        return one, other

    def __exit__(self, *exception: object) -> None:
        for space in self._spaces:
            space.close()


def _hold(node: Node, said: Iterable[tuple[str, str, str]]) -> None:
    path = node.workspace.root / "content"
    path.write_text("bench")
    source = node.workspace.keep(path, "bench")
    dataset = Dataset("bench", "bench", handling=Handling.of("GREEN"))
    with EditionWriter(
        node.workspace, dataset, source, format="bench", parser_version="1", by="bench"
    ) as edition:
        for entity, prop, value in said:
            edition.add(entity, "Person", prop, value, "", "", "bench")
        edition.records = 1
        edition.commit()


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    main("exchange", run, entries=1_000_000, facts=10_000, people=5_000, questions=300)

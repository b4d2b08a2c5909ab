"""Rates: invented people, names written otherwise, and the threshold that a rate asks for."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manara.identity.screening import rates
from manara.identity.screening.index import Index
from manara.identity.screening.people import altered_names, invented_people, written_in
from manara.identity.screening.query import NameEntry
from manara.identity.screening.rates import LEAST, Rates, measure, wilson

PROBABILITIES = st.lists(st.floats(0, 0.9995), min_size=2, max_size=60)


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [  # Newcombe 1998, Statistics in Medicine 17:857-872, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_intervals_are_those_of_the_literature(
    count: int, of: int, low: float, high: float
) -> None:
    share = wilson(count, of)
    assert (share.low, share.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert share.share == count / of


def test_of_nobody_nothing_is_known() -> None:
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


@given(PROBABILITIES, st.floats(0, 1))
def test_the_threshold_is_the_lowest_that_keeps_the_rate(clean: list[float], rate: float) -> None:
    measured = Rates(clean, ["latin"] * len(clean), [], [])
    half = clean[: len(clean) // 2]
    threshold = measured.threshold(rate)

    def alerted(least: float) -> float:
        return sum(one >= least for one in half) / len(half)

    assert alerted(threshold) <= rate + 1e-9
    assert threshold == LEAST or alerted(threshold - 0.0001001) > rate
    assert measured.at(threshold).false_alerts.of == len(clean) - len(half)


def test_a_share_is_counted_by_hand() -> None:
    measured = Rates(
        [0.9, 0.1, 0.6, 0.2], ["latin", "han", "han", "latin"], [0.8, 0.0], ["typing", "script"]
    ).at(0.6)
    assert (measured.false_alerts.count, measured.false_alerts.of) == (1, 2)  # the second half
    assert (measured.recall.count, measured.recall.of) == (1, 2)
    assert {group: (s.count, s.of) for group, s in measured.by_script.items()} == {
        "latin": (1, 2),
        "han": (1, 2),
    }
    assert measured.by_query["script"].share == 0


def test_invented_people_are_different_and_write_many_scripts() -> None:
    people = invented_people(600, 3)
    assert people == invented_people(600, 3) != invented_people(600, 4)
    assert len({person.name for person in people}) == 600
    scripts = Counter(person.script for person in people)
    assert 240 < scripts["latin"] < 360
    assert {"arabic", "cyrillic", "greek", "han", "hangul", "hebrew"} < set(scripts)
    for person in people:
        assert written_in(person.name) == person.script
    joined = [person.name for person in people if person.script in ("han", "hangul")]
    assert not [name for name in joined if " " in name]


def one_error_apart(left: str, right: str) -> bool:
    """Return whether two words differ by one of Damerau's four errors."""
    letters = {*left, *right}
    cuts = [(left[:at], left[at:]) for at in range(len(left) + 1)]
    near = {a + b[1:] for a, b in cuts if b} | {a + c + b for a, b in cuts for c in letters}
    near |= {a + c + b[1:] for a, b in cuts if b for c in letters}
    near |= {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    return left != right and right in near


def entity(at: int, *names: str, weak: bool = False) -> list[NameEntry]:
    return [NameEntry(f"e{at}", name, "person", weak) for name in names]


def test_names_are_altered_as_stated() -> None:
    crowd = [entity(at, f"Zorban Quintelmar{at}", "Зорбан Квинтельмар") for at in range(20)]
    altered = altered_names(crowd, 1)
    assert Counter(query.how for query in altered) == {"typing": 20, "order": 20, "script": 20}
    for query in altered:
        whole = {tuple(e.name.split()) for e in crowd[int(query.entity[0].entity_id[1:])]}
        words = tuple(query.name.split())
        if query.how == "script":
            assert words in whole
            assert (
                {written_in(e.name) for e in query.entity} == {"latin"} != {written_in(query.name)}
            )
        elif query.how == "order":
            assert words not in whole
            assert words[::-1] in whole
        else:
            wrong = [[(a, b) for a, b in zip(words, name, strict=True) if a != b] for name in whole]
            assert any(len(pairs) == 1 and one_error_apart(*pairs[0][::-1]) for pairs in wrong)


def test_names_nobody_can_mistype_or_reorder_are_left_out() -> None:
    assert altered_names([entity(1, "Quintelmar"), entity(2, "Al Al"), []], 1) == []
    assert altered_names([entity(1, "Zorban Quintelmar", weak=True)], 1) == []


def test_a_list_that_is_a_crowd_alerts_more_than_a_strange_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rates, "PEOPLE", 120)
    clean = invented_people(120, rates._SEED)
    strange = [f"Zorban{at:x} Quintelmar{at:o}" for at in range(100, 130)]
    quiet = measure(Index.build(NameEntry(n, n, "person") for n in strange))
    listed = Index.build(NameEntry(p.name, p.name, "person") for p in clean)
    loud = measure(listed)
    assert loud == measure(listed)
    assert loud.at(0.5).false_alerts.share > 0.5 > 0.05 > quiet.at(0.5).false_alerts.share
    assert quiet.at(0.5).recall.share > 0.9
    assert loud.threshold(0.01) > quiet.threshold(0.01)


def test_a_name_in_another_script_is_not_found_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "PEOPLE", 10)
    # The second name of each has nothing to do with the first: only leaving it in would find it.
    pairs = [("Zorban Quintelmar", "Ольга Кузнецова"), ("Ysolda Estervag", "Пётр Морозов")]
    index = Index.build(e for at, names in enumerate(pairs) for e in entity(at, *names))
    assert measure(index).at(0.5).by_query["script"].count == 0


def test_parts_of_an_index_are_kept_beside_it(tmp_path: Path) -> None:
    names = [NameEntry(f"p{at}", f"Zorban{at:x} Quintelmar", "person") for at in range(40)]
    index = Index.build(names)
    moved = index.updated([NameEntry("n", "Ysolda Estervag")], ["p3"])
    assert (index.drift, moved.drift) == (0.0, 1 / 40)
    index.save(tmp_path / "base")
    moved.save(tmp_path / "delta", tmp_path / "base")
    again = Index.open(tmp_path / "delta")
    standing = {e.entity_id for of in again.sample(100, 0) for e in of}
    assert standing == {e.entity_id for e in names} - {"p3"} | {"n"}
    assert len(again.sample(5, 0)) == 5
    (tmp_path / "base").unlink()
    with pytest.raises(FileNotFoundError):
        Index.open(tmp_path / "delta")

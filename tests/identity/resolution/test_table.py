"""Resolution of whole tables."""

import random
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from bench._records import people

from manara.identity.resolution.table import Resolution, resolve
from manara.model import Judgement, NotFoundError, UsageError, Verdict

PEOPLE = people(3_000, seed=5)
TRUTH = dict(zip(PEOPLE["id"].to_pylist(), PEOPLE["person"].to_pylist(), strict=True))
TABLE = PEOPLE.drop_columns(["person"])


@pytest.fixture(scope="module")
def resolved() -> Resolution:
    return resolve(TABLE)


def partition(resolution: Resolution) -> dict[str, str]:
    found = resolution.canonical
    return dict(zip(found["id"].to_pylist(), found["canonical_id"].to_pylist(), strict=True))


def f1(found: dict[str, str], truth: dict[str, object]) -> float:
    """Pairwise F1 of two partitions."""

    def pairs(*labels: dict) -> int:
        sizes: dict = {}
        for member in found:
            key = tuple(label[member] for label in labels)
            sizes[key] = sizes.get(key, 0) + 1
        return sum(n * (n - 1) // 2 for n in sizes.values())

    both = pairs(found, truth)
    return 2 * both / (pairs(found) + pairs(truth))


def judgement(
    left: str, right: str, verdict: Verdict, hour: int = 0, human: bool = True
) -> Judgement:
    return Judgement(
        left=left,
        right=right,
        verdict=verdict,
        score=1.0,
        reason=("seen both files",),
        by="amina",
        human=human,
        at=datetime(2026, 1, 1, hour, tzinfo=UTC),
    )


def small(*rows: tuple[str, str | None, str | None, str | None]) -> pa.Table:
    names = ("id", "name", "birth_date", "passport")
    return pa.table(
        {n: pa.array(c, pa.string()) for n, c in zip(names, zip(*rows, strict=True), strict=True)}
    )


def test_planted_duplicates_are_found(resolved: Resolution) -> None:
    assert f1(partition(resolved), TRUTH) > 0.95


def test_probabilities_are_calibrated(resolved: Resolution) -> None:
    pairs = resolved.pairs.to_pylist()
    wrong = sum(abs(p["probability"] - (TRUTH[p["left"]] == TRUTH[p["right"]])) for p in pairs)
    assert wrong / len(pairs) < 0.1


@pytest.mark.parametrize("seed", range(20))
def test_any_order_of_rows_gives_one_partition(resolved: Resolution, seed: int) -> None:
    order = list(range(TABLE.num_rows))
    random.Random(seed).shuffle(order)
    again = resolve(TABLE.take(order))
    assert partition(again) == partition(resolved)
    assert again.pairs.equals(resolved.pairs)


def test_insert_equals_resolving_all(resolved: Resolution) -> None:
    first = resolve(TABLE.slice(0, 2_500))
    whole = resolve(TABLE, model=first.model)
    grown = first
    for start in range(2_500, 3_000, 100):
        grown = grown.insert(TABLE.slice(start, 100))
    assert partition(grown) == partition(whole)
    assert grown.clusters != first.clusters

    def pairs(resolution: Resolution) -> set[tuple[frozenset[str], float]]:
        rows = resolution.pairs.to_pylist()
        return {(frozenset((p["left"], p["right"])), p["probability"]) for p in rows}

    assert pairs(grown) == pairs(whole)


def test_many_inserts_keep_their_keys() -> None:
    grown = first = resolve(TABLE.slice(0, 2_900))
    for start in range(2_900, 2_925):
        grown = grown.insert(TABLE.slice(start, 1))
    assert partition(grown) == partition(resolve(TABLE.slice(0, 2_925), model=first.model))


def test_insert_keeps_what_people_judged(resolved: Resolution) -> None:
    first = resolve(TABLE.slice(0, 2_500))
    left, right = next((a, b) for a, b in first.clusters.items() if a != b)
    apart = first.judge([judgement(left, right, Verdict.NEGATIVE)])
    grown = partition(apart.insert(TABLE.slice(2_500)))
    assert grown[left] != grown[right]


def test_a_judgement_waits_for_its_record(resolved: Resolution) -> None:
    early, late = sorted(set(TRUTH) - set(resolved.clusters))[:2]
    before = TABLE.filter(pc.not_equal(TABLE["id"], late))
    judged = resolve(before).judge([judgement(early, late, Verdict.POSITIVE)])
    grown = judged.insert(TABLE.filter(pc.equal(TABLE["id"], late)))
    assert partition(grown)[early] == partition(grown)[late]


def test_a_person_parts_and_joins(resolved: Resolution) -> None:
    left, right = next((a, b) for a, b in resolved.clusters.items() if a != b)
    apart = resolved.judge([judgement(left, right, Verdict.NEGATIVE)])
    assert partition(apart)[left] != partition(apart)[right]
    assert partition(resolve(TABLE, judgements=[judgement(left, right, Verdict.NEGATIVE)])) == (
        partition(apart)
    )
    strangers = sorted(set(TRUTH) - set(resolved.clusters))[:2]
    joined = resolved.judge([judgement(*strangers, Verdict.POSITIVE)])
    assert partition(joined)[strangers[0]] == partition(joined)[strangers[1]]
    assert partition(joined.unmerge(*strangers)) == partition(resolved)
    taken_back = joined.judge([judgement(*strangers, Verdict.UNSURE, hour=1)])
    assert partition(taken_back) == partition(resolved)


def test_unmerge_parts_what_the_machine_joined(resolved: Resolution) -> None:
    left, right = next((a, b) for a, b in resolved.clusters.items() if a != b)
    apart = resolved.unmerge(left, right)
    assert partition(apart)[left] != partition(apart)[right]
    again = apart.judge([judgement(left, right, Verdict.UNSURE)])
    assert partition(again) == partition(resolved)


def test_a_rule_does_not_bind(resolved: Resolution) -> None:
    strangers = sorted(set(TRUTH) - set(resolved.clusters))[:2]
    same = resolved.judge([judgement(*strangers, Verdict.POSITIVE, human=False)])
    assert partition(same) == partition(resolved)


def test_judgements_that_contradict_each_other_end_apart() -> None:
    table = small(
        ("a", "Ada One", None, None), ("b", "Bo Two", None, None), ("c", "Cy Six", None, None)
    )
    found = resolve(
        table,
        judgements=[
            judgement("a", "b", Verdict.POSITIVE),
            judgement("b", "c", Verdict.POSITIVE),
            judgement("a", "c", Verdict.NEGATIVE),
        ],
    )
    assert partition(found)["a"] != partition(found)["c"]


def test_arabic_names_dates_and_nulls() -> None:
    table = small(
        ("a", "ليلى حسن الناصر", "1961-05-07", None),
        ("b", "لَيْلَى حسن الناصر", "1961-05-07", ""),
        ("c", "Zoë Adéyemi", "1980-01-01", "AB 123 456"),
        ("d", "ADEYEMI, Zoe", None, "ab123456"),
        ("e", None, None, None),
        ("f", "", "", ""),
        ("g", "Goran Lukić", "1990-01-01", "ZZ999"),
    )
    assert resolve(table).clusters == {"a": "a", "b": "a", "c": "c", "d": "c"}


def test_why_says_what_agrees(resolved: Resolution) -> None:
    table = small(
        ("a", "Zoë Adéyemi", "1980-01-02", "X1"), ("b", "Zoe Adeyemi", "1980-02-01", None)
    )
    said = resolve(table).why("a", "b")
    by_field = {reason.field: reason for reason in said.reasons}
    assert by_field["last name"].level == "the same"
    assert by_field["last name"].left == by_field["last name"].right == "adeyemi"
    assert by_field["birth_date"].level == "nearly the same"
    assert (by_field["birth_date"].left, by_field["birth_date"].right) == (
        "1980-01-02",
        "1980-02-01",
    )
    assert by_field["birth_date"].log_odds > 0
    assert by_field["passport"].log_odds == 0
    assert said.together == (said.probability > 0.5)
    with pytest.raises(NotFoundError, match="nobody"):
        resolved.why("nobody", "r00000001")


def test_an_empty_table() -> None:
    found = resolve(small(("a", "x", None, None)).slice(1))
    assert found.clusters == {}
    assert found.pairs.num_rows == 0
    grown = found.insert(
        small(("a", "Ada One", "1950-01-01", "Q1"), ("b", "Ada One", "1950-01-01", "Q1"))
    )
    assert grown.ids == ["a", "b"]


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        (small(("a", "x", None, None), ("a", "y", None, None)), {}, "a: an id that occurs twice"),
        (small((None, "x", None, None)), {}, "a record without an id"),
        (small(("", "x", None, None)), {}, "a record without an id"),
        (small(("a", "x", None, None)), {"id": "key"}, "key: no such column"),
        (small(("a", "x", None, None)), {"columns": {"name": "colour"}}, "no such kind"),
        (small(("a", "x", None, None)), {"columns": {"nom": "name"}}, "nom: no such column"),
        (small(("a", "x", None, None)), {"threshold": 1.0}, "threshold: not between 0 and 1"),
        (pa.table({"id": ["a"], "colour": ["red"]}), {}, "no column to compare"),
    ],
)
def test_refusals(table: pa.Table, options: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        resolve(table, **options)


def test_insert_refuses_ids_that_are_there(resolved: Resolution) -> None:
    with pytest.raises(UsageError, match="occurs twice"):
        resolved.insert(TABLE.slice(0, 1))


@pytest.mark.shared
def test_historical_persons(shared: Path) -> None:
    """Clusters of a real labelled set; the best published open tool ends at 0.83 to 0.86."""
    table = pq.read_table(shared / "identity/er/historical_50k_dev.parquet")
    truth = dict(zip(table["unique_id"].to_pylist(), table["cluster"].to_pylist(), strict=True))
    found = resolve(table.drop_columns(["cluster", "first_and_surname"]), id="unique_id")
    assert f1(partition(found), truth) > 0.93

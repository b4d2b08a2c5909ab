"""Editions: only differences are written, whole or not at all, and the past stays as it was."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from manara.model import Dataset, Handling, Reject, Tlp, UsageError, fact_id
from manara.store import EditionWriter, Workspace
from tests.store.conftest import Said, ingest, known, listing

AMINA = Said("t-1", "name", "Amina Tazi")
AMINA_AR = Said("t-1", "name", "أمينة التازي", lang="ara")
JOSE = Said("t-2", "name", "José Ñandú")
NOTE = Said("t-2", "notes", "")


def test_facts_come_back_with_all_they_were_stated_with(workspace: Workspace) -> None:
    before = datetime.now(UTC)
    source = workspace.keep(io.BytesIO(b"x"), "list.csv", url="https://x.example/l")
    rule = Handling.of(Tlp.AMBER)
    dataset = Dataset(name="test_list", title="A list", handling=rule)
    with EditionWriter(
        workspace, dataset, source, format="f", parser_version="3", by="me"
    ) as edition:
        edition.add("t-1", "Person", "name", "أمينة", "امينة ", "ara", "row 7, column NAME")
        edition.commit()
    (fact,) = workspace.view().facts()
    assert fact[1:11] == (
        *("t-1", "Person", "name", "أمينة", "امينة ", "ara"),
        *("test_list", source.id, "row 7, column NAME", rule.id),
    )
    assert fact.id == fact_id(
        "test_list", "t-1", "Person", "name", "أمينة", "امينة ", "ara", rule.id
    )
    assert before <= fact.first_seen <= datetime.now(UTC)
    assert fact.last_seen is None


def test_the_same_source_again_writes_nothing(workspace: Workspace) -> None:
    first = ingest(workspace, "one", [AMINA, AMINA_AR, NOTE], content=b"v1")
    assert (first.unchanged, first.facts, first.added, first.removed) == (False, 3, 3, 0)
    before, history = listing(workspace.lake), list(workspace.history())
    again = ingest(workspace, "one", [AMINA, AMINA_AR, NOTE], content=b"v1")
    assert again == first._replace(unchanged=True, added=0)
    assert listing(workspace.lake) == before
    assert list(workspace.history()) == history


def test_another_source_that_states_the_same_writes_no_fact(workspace: Workspace) -> None:
    ingest(workspace, "one", [AMINA, JOSE])
    before = listing(workspace.lake)
    again = ingest(workspace, "one", [JOSE, AMINA])
    assert (again.unchanged, again.added, again.removed, again.facts) == (False, 0, 0, 2)
    assert listing(workspace.lake) == before
    assert workspace.in_force("one").id == "one-2"  # type: ignore[union-attr]


def test_a_changed_source_writes_only_the_difference(workspace: Workspace) -> None:
    ingest(workspace, "one", [AMINA, JOSE])
    old = set(listing(workspace.lake))
    result = ingest(workspace, "one", [AMINA, AMINA_AR])
    assert (result.added, result.removed, result.facts) == (1, 1, 2)
    assert known(workspace) == {("one", "t-1", AMINA.value), ("one", "t-1", AMINA_AR.value)}
    with workspace.registry.reading() as connection:
        from manara.store import ledger

        fresh = [
            (segment.table, segment.rows)
            for segment in ledger.live_segments(connection)
            if f"{segment.name}.parquet" not in old
        ]
    assert sorted(fresh) == [("facts", 1), ("retractions", 1)]


def test_a_newer_reader_or_another_rule_reads_the_source_again(workspace: Workspace) -> None:
    ingest(workspace, "one", [AMINA], content=b"v1")
    assert ingest(workspace, "one", [AMINA, JOSE], content=b"v1", version="2").added == 1
    stricter = ingest(
        workspace,
        "one",
        [AMINA, JOSE],
        content=b"v1",
        version="2",
        handling=Handling.of(Tlp.RED, releasable_to=["p"]),
    )
    assert (stricter.added, stricter.removed) == (2, 2)


def test_a_fact_stated_twice_is_one_fact_with_its_first_place(workspace: Workspace) -> None:
    result = ingest(workspace, "one", [JOSE, AMINA, JOSE, JOSE, AMINA])
    assert (result.records, result.facts) == (5, 2)
    assert {fact.value: fact.locator for fact in workspace.view().facts()} == {
        JOSE.value: "line 1",
        AMINA.value: "line 2",
    }


def test_each_moment_is_answered_as_it_was(workspace: Workspace) -> None:
    states = [[AMINA], [AMINA, JOSE], [JOSE], [], [AMINA, NOTE]]
    moments = []
    for state in states:
        ingest(workspace, "one", state)
        moments.append(workspace.in_force("one").recorded_at)  # type: ignore[union-attr]
    assert moments == sorted(set(moments))
    for moment, state in zip(moments, states, strict=True):
        facts = list(workspace.view(moment).facts())
        assert {fact.value for fact in facts} == {one.value for one in state}
        naive = workspace.view(moment.replace(tzinfo=None))
        assert list(naive.facts()) == facts
    assert not list(workspace.view(datetime(2001, 1, 1, tzinfo=UTC)).facts())


def test_a_fact_that_went_and_came_back_shows_both_spans(workspace: Workspace) -> None:
    ends = []
    for state in ([AMINA, JOSE], [JOSE], [AMINA, JOSE]):
        ingest(workspace, "one", state)
        ends.append(workspace.in_force("one").recorded_at)  # type: ignore[union-attr]
    spans = [(f.first_seen, f.last_seen) for f in workspace.view().facts(["t-1"], past=True)]
    assert spans == [(ends[0], ends[1]), (ends[2], None)]
    assert [f.first_seen for f in workspace.view().facts(["t-1"])] == [ends[2]]
    early = [(f.first_seen, f.last_seen) for f in workspace.view(ends[0]).facts(["t-1"], past=True)]
    assert early == [(ends[0], None)]


def test_a_view_does_not_move(workspace: Workspace) -> None:
    ingest(workspace, "one", [AMINA])
    view = workspace.view()
    ingest(workspace, "one", [JOSE])
    assert [fact.value for fact in view.facts()] == [AMINA.value]


def test_a_block_left_without_commit_leaves_nothing(workspace: Workspace) -> None:
    ingest(workspace, "one", [AMINA])
    before = listing(workspace.root)
    source = workspace.keep(io.BytesIO(b"other"), "x")
    with (
        pytest.raises(ZeroDivisionError),
        EditionWriter(
            workspace,
            Dataset(name="one", title="One"),
            source,
            format="f",
            parser_version="1",
            by="me",
        ) as edition,
    ):
        for number in range(60_000):
            edition.add(f"x-{number}", "Person", "name", "x", "", "", "")
        raise ZeroDivisionError
    after = {name for name in listing(workspace.root) if not name.startswith("registry.db")}
    new = after - set(before)
    assert new == {f"sources/{source.id[:2]}/{source.id}"}
    assert known(workspace) == {("one", "t-1", AMINA.value)}


def test_an_edition_that_drops_most_entities_needs_a_word(workspace: Workspace) -> None:
    people = [Said(f"t-{number}", "name", f"Name {number}") for number in range(20)]
    ingest(workspace, "one", people)
    with pytest.raises(UsageError, match=r"11 of 20 entities.*--allow-shrink"):
        ingest(workspace, "one", people[:9])
    assert len(known(workspace)) == 20
    assert ingest(workspace, "one", people[:10]).removed == 10
    # Fewer than twenty entities may go as they like.
    assert ingest(workspace, "one", people[:1]).removed == 9


def test_an_edition_that_drops_most_entities_goes_in_with_the_word(workspace: Workspace) -> None:
    people = [Said(f"t-{number}", "name", f"Name {number}") for number in range(20)]
    ingest(workspace, "one", people)
    assert ingest(workspace, "one", [], allow_shrink=True).removed == 20
    assert known(workspace) == set()


def test_rejects_are_those_of_the_edition_in_force(workspace: Workspace) -> None:
    bad = Reject("line 2", "date", "no such day", "31/02/1970 مواليد")
    assert ingest(workspace, "one", [AMINA], rejects=[bad, bad]).rejects == 2
    ingest(workspace, "two", [AMINA], rejects=[bad._replace(excerpt="\ud83d cut")])
    found = [(row["dataset"], row["excerpt"]) for row in workspace.view().rejects()]
    assert found == [("one", bad.excerpt)] * 2 + [("two", "\\ud83d cut")]
    assert len(list(workspace.view().rejects(limit=1))) == 1
    ingest(workspace, "one", [AMINA])
    assert [row["dataset"] for row in workspace.view().rejects()] == ["two"]
    assert not list(workspace.view().rejects(dataset="one"))


def test_text_that_is_no_text_is_set_aside_and_the_rest_goes_in(workspace: Workspace) -> None:
    result = ingest(workspace, "one", [AMINA, Said("t-1", "alias", "half \ud800"), JOSE])
    assert (result.facts, result.rejects) == (2, 1)
    (reject,) = workspace.view().rejects()
    assert (reject["rule"], reject["locator"], reject["excerpt"]) == (
        "encoding",
        "line 2",
        "half \\ud800",
    )


def test_control_characters_are_kept_as_they_are(workspace: Workspace) -> None:
    odd = Said("t\x00\n1", "notes", "tab\t nul\x00 rtl\u200f and 𐤀")
    ingest(workspace, "one", [odd], rejects=[Reject("l\x00", "r", "w", "\x00")])
    assert [(f.entity_id, f.value) for f in workspace.view().facts([odd.entity])] == [
        (odd.entity, odd.value)
    ]
    long = Said("é" * 1000, "name", "x" * 1_000_000)
    ingest(workspace, "two", [long, long._replace(entity="é" * 1000 + "z")])
    assert len(list(workspace.view().facts([long.entity, long.entity + "z"]))) == 2
    source = workspace.keep(io.BytesIO(b"\x00"), "list.xml")
    assert workspace.refused("three", source, format="f", reason="a\x00b", by="me").reason == "ab"


def test_a_refused_source_is_history_and_changes_nothing(workspace: Workspace) -> None:
    ingest(workspace, "one", [AMINA], content=b"good")
    source = workspace.keep(io.BytesIO(b"<broken"), "list.xml")
    for _ in range(2):
        refused = workspace.refused(
            "one", source, format="xml", reason="not well-formed", by="tester"
        )
        assert (refused.status, refused.reason) == ("refused", "not well-formed")
    assert known(workspace) == {("one", "t-1", AMINA.value)}
    assert workspace.in_force("one").id == "one-1"  # type: ignore[union-attr]
    assert [event["action"] for event in workspace.history()] == ["ingest", "refuse"]
    table = workspace.view().sql("SELECT id, status FROM editions ORDER BY id")
    assert table.to_pylist() == [
        {"id": "one-1", "status": "applied"},
        {"id": "one-2", "status": "refused"},
    ]


def test_the_first_edition_may_be_refused_and_the_next_good(workspace: Workspace) -> None:
    source = workspace.keep(io.BytesIO(b"<broken"), "list.xml")
    with EditionWriter(
        workspace, Dataset(name="one", title="One"), source, format="f", parser_version="1", by="me"
    ) as edition:
        edition.refuse("cut off")
    assert workspace.in_force("one") is None
    assert ingest(workspace, "one", [AMINA]).edition_id == "one-2"

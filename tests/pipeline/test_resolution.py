"""Who is the same over a whole workspace: any order, step by step, and as people decide."""

from __future__ import annotations

import getpass
import io
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from manara.cli import main
from manara.pipeline import Request, ingest
from manara.pipeline.resolution import queue, resolve
from manara.store import Workspace
from tests.pipeline.conftest import Manara, person

LISTS = {
    "list_a": person("a-1", name="Leila Nasser", birthDate="1961-05-07", nationality="ma")
    + person("a-2", name="Zacharias Quillfeather", nationality="gb")
    + person("a-3", name="Nour Haddad", birthDate="1990"),
    "list_b": person("b-1", name="NASSER, Leïla", birthDate="1961", nationality="ma")
    + person("b-2", name="Zacharias Quillfeather"),
    "list_c": person("c-1", name="ليلى ناصر", birthDate="1961-05-07")
    + person("c-2", name="Nour Haddad", birthDate="1950"),
}


def take_in(manara: Manara, folder: Path, name: str, text: str) -> None:
    path = folder / f"{name}.json"
    path.write_text(text, "utf-8")
    assert manara("ingest", path, "--dataset", name).status == 0


@pytest.fixture
def three(manara: Manara, tmp_path: Path) -> Manara:
    """A workspace with three lists, resolved."""
    for name, text in LISTS.items():
        take_in(manara, tmp_path, name, text)
    assert manara("resolve").status == 0
    return manara


def partition(workspace: Workspace) -> list[tuple[str, str]]:
    rows = workspace.view().sql("SELECT entity_id, canonical_id FROM clusters ORDER BY 1")
    return [(row["entity_id"], row["canonical_id"]) for row in rows.to_pylist()]


def test_spellings_scripts_and_partial_dates_meet(three: Manara, tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "workspace") as workspace:
        assert partition(workspace) == [("a-1", "a-1"), ("b-1", "a-1"), ("c-1", "a-1")]
    again = json.loads(three("resolve", "--json").out)
    assert again == {
        "new": False, "clusters": 1, "members": 3, "joined": 0, "parted": 0, "unsure": 1,
    }  # fmt: skip


def test_twenty_orders_of_loading_and_resolving_give_one_partition(tmp_path: Path) -> None:
    found = set()
    for seed in range(20):
        draw = random.Random(seed)
        names = sorted(LISTS)
        draw.shuffle(names)
        with Workspace.create(tmp_path / str(seed)) as workspace:
            for name in names:
                path = tmp_path / f"{name}.json"
                path.write_text(LISTS[name].splitlines()[0], "utf-8")
                assert [*ingest(workspace, [str(path)], Request(by="tester", dataset=name))]
                if draw.random() < 0.25:
                    resolve(workspace, by="tester")
            resolve(workspace, by="tester")
            found.add(tuple(partition(workspace)))
    assert found == {(("a-1", "a-1"), ("b-1", "a-1"), ("c-1", "a-1"))}


def test_a_new_edition_gives_the_same_as_from_scratch(three: Manara, tmp_path: Path) -> None:
    changed = LISTS["list_b"].replace("1961", "1985") + person("b-3", name="Nour Haddad")
    take_in(three, tmp_path, "list_b", changed)
    assert three("resolve").status == 0
    with Workspace.open(tmp_path / "workspace") as workspace:
        step_by_step = partition(workspace), three("review", "--json").out
        (workspace.root / "index" / "resolution.json").unlink()
        assert three("judge", "a-2", "b-1", "--different", "--ground", "to run again").status == 0
        resolve(workspace, by="tester")
        assert (partition(workspace), three("review", "--json").out) == step_by_step
        assert partition(workspace) == [("a-1", "a-1"), ("c-1", "a-1")]


def test_the_queue_tells_both_sides_and_why(three: Manara) -> None:
    (asked,) = three("review", "--json").lines
    assert [asked[side]["entity"] for side in ("left", "right")] == ["a-2", "b-2"]
    assert asked["left"]["caption"] == "Zacharias Quillfeather"
    assert asked["right"]["datasets"] == ["list_b"]
    assert 0 < asked["probability"] < 1
    assert any("nothing else agrees" in reason for reason in asked["reason"])


@pytest.mark.parametrize(("key", "joined"), [("y", True), ("n", False)])
def test_an_answer_counts_and_survives(
    three: Manara, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, joined: bool
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{key}\n"))
    shown = three("review")
    assert shown.status == 0
    assert "Zacharias Quillfeather [list_a]" in shown.out
    assert "1 answers recorded" in shown.out
    for _ in range(2):
        take_in(three, tmp_path, "list_d", person("d-1", name="Somebody Else Entirely"))
        assert three("resolve").status == 0
        assert three("review", "--json").lines == []
        members = json.loads(three("show", "b-2", "--json").out)["members"]
        assert members == (["a-2", "b-2"] if joined else ["b-2"])


def test_unsure_keeps_a_pair_away_until_its_evidence_changes(
    three: Manara, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("u\n"))
    three("review")
    three("resolve")
    assert three("review", "--json").lines == []
    added = LISTS["list_b"].replace(
        '"Zacharias Quillfeather"', '"Zacharias Quillfeather", "Zack Quill"'
    )
    take_in(three, tmp_path, "list_b", added)
    three("resolve")
    assert [asked["left"]["entity"] for asked in three("review", "--json").lines] == ["a-2"]


def test_what_is_no_answer_is_refused_and_silence_answers_nothing(
    three: Manara, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("perhaps\n"))
    ended = three("review")
    assert ended.status == 2
    assert "'perhaps' is no answer" in ended.err
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    ended = three("review")
    assert (ended.status, "no answer recorded" in ended.out) == (0, True)


def test_a_member_is_split_off_and_back_again(three: Manara, tmp_path: Path) -> None:
    before = json.loads(three("show", "b-1", "--json").out)["members"]
    assert three("split", "b-1", "--ground", "another person").status == 0
    three("resolve")
    assert json.loads(three("show", "b-1", "--json").out)["members"] == ["b-1"]
    assert json.loads(three("show", "a-1", "--json").out)["members"] == ["a-1", "c-1"]
    for other in ("a-1", "c-1"):
        assert three("judge", "b-1", other, "--same", "--ground", "one after all").status == 0
    three("resolve")
    assert json.loads(three("show", "b-1", "--json").out)["members"] == before
    assert three("split", "a-3", "--ground", "x").status == 2


def test_judgements_enter_the_audit_log_whole(three: Manara, tmp_path: Path) -> None:
    assert three("account", "add", "amina", "--name", "Amina Rahal").status == 0
    assert three("judge", "b-1", "a-3", "--different", "--ground", "two dates of birth").status == 0
    words = ("split", "b-1", "--ground", "another person", "--account", "amina", "--json")
    kept = three(*words).lines
    assert three(*words[:-2], "nobody").status == 2
    lines = [json.loads(line) for line in three("log", "--json").out.splitlines()]
    told = [one for one in lines if one["action"] == "judge"]
    assert [one["by"] for one in told] == [getpass.getuser(), "amina", "amina"]
    assert [(one["thing"], one["detail"]["other"]) for one in told] == [
        ("a-3", "b-1"),
        ("a-1", "b-1"),
        ("b-1", "c-1"),
    ]
    assert told[1]["detail"]["login"] == getpass.getuser()
    assert {one["detail"]["verdict"] for one in told} == {"negative"}
    # The words stay where they can be erased; the log has a digest of them and of the moment.
    assert "another person" not in json.dumps(lines)
    with Workspace.open(tmp_path / "workspace") as workspace:
        judgements = workspace.human_judgements()
    assert [one.id for one in judgements] == [one["detail"]["judgement"] for one in told]
    assert [one.at.isoformat() for one in judgements[1:]] == [one["at"] for one in kept]
    assert judgements[1].id != replace(judgements[1], reason=("another reason",)).id
    traces = [one for one in three("history", "--json").lines if one["action"] == "judge"]
    assert [one["who"] for one in traces] == [getpass.getuser(), "amina", "amina"]


def test_a_listing_that_may_be_father_or_son_is_asked_about(manara: Manara, tmp_path: Path) -> None:
    home = "17 Heron Wharf Salt Harbour 40412"
    born = {"a": {"birthDate": "1940-02-03"}, "b": {"birthDate": "1971-08-09"}, "c": {}}
    for name, known in born.items():
        text = person(f"{name}-1", name="Amos Quillfeather", address=home, **known)
        take_in(manara, tmp_path, f"list_{name}", text)
    assert json.loads(manara("resolve", "--json").out)["unsure"] == 2
    asked = manara("review", "--json").lines
    pairs = {(one["left"]["entity"], one["right"]["entity"]) for one in asked}
    assert pairs == {("a-1", "c-1"), ("b-1", "c-1")}
    assert all("joined to neither" in one["reason"][-1] for one in asked)
    # Once it is one of the two, it is not the other.
    manara("judge", "a-1", "c-1", "--same", "--ground", "the son never lived there")
    manara("resolve")
    assert manara("review", "--json").lines == []
    assert json.loads(manara("show", "c-1", "--json").out)["members"] == ["a-1", "c-1"]


def test_a_queue_has_a_limit(three: Manara, tmp_path: Path) -> None:
    take_in(three, tmp_path, "list_d", person("d-1", name="Zacharias Quillfeather"))
    three("resolve")
    with Workspace.open(tmp_path / "workspace") as workspace:
        asked = queue(workspace)
        assert len(asked) == 3
        assert [one.judgement.pair for one in queue(workspace, 1)] == [asked[0].judgement.pair]
        assert [one.gain for one in asked] == sorted((one.gain for one in asked), reverse=True)


@pytest.mark.spark
def test_the_clusters_engine_gives_the_same_partition(tmp_path: Path) -> None:
    pytest.importorskip("pyspark")
    demo = Path(__file__).parents[2] / "demo"
    lists = [demo / "un_consolidated.xml", demo / "eu_fsf.xml", demo / "police_register.ftm.json"]
    found = []
    for engine in ("duckdb", "spark"):
        with Workspace.create(tmp_path / engine, engine=engine) as workspace:
            pass
        with pytest.raises(SystemExit):
            main(["-w", str(workspace.root), "ingest", *map(str, lists)])
        with Workspace.open(workspace.root) as workspace:
            resolve(workspace, by="tester")
            found.append(partition(workspace))
    assert found[0] == found[1]
    assert len(found[0]) > 20

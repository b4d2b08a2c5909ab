"""From node to node: published, pulled, changed, withdrawn; pushed and taken."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from manara.cli import main
from tests.pipeline.conftest import person

from .conftest import TOKENS, Live, identity, write_config

Node = Callable[..., Any]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Node:
    """Run a command in a workspace; returns what it printed as JSON, or its error."""

    def run(root: Path, *words: str | Path, status: int = 0) -> Any:
        capfd.readouterr()
        with pytest.raises(SystemExit) as stop:
            main(["-w", str(root), *map(str, words), "--json"])
        captured = capfd.readouterr()
        assert int(stop.value.code or 0) == status, captured.err
        if status == 2:
            return json.loads(captured.err)
        return [json.loads(line) for line in captured.out.splitlines()]

    return run


@pytest.fixture
def a(tmp_path: Path) -> Iterator[Live]:
    """A node with collections, served."""
    root = tmp_path / "a"
    with pytest.raises(SystemExit):
        main(["init", str(root), "--organisation", "Unit A"])
    write_config(root)
    server = Live(root)
    yield server
    server.stop()


@pytest.fixture
def b(tmp_path: Path) -> Path:
    root = tmp_path / "b"
    with pytest.raises(SystemExit):
        main(["init", str(root), "--organisation", "Unit B"])
    return root


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    for name, token in TOKENS.items():
        (tmp_path / name).write_text(f"{token}\n")
    return tmp_path


def ingest(run: Node, root: Path, dataset: str, text: str, *words: str) -> None:
    path = root.parent / f"{dataset}.json"
    path.write_text(text, "utf-8")
    run(root, "ingest", path, "--dataset", dataset, "--allow-shrink", *words)


def names(run: Node, root: Path, dataset: str) -> dict[str, set[str]]:
    found = run(root, "export", "--format", "ftm", "--dataset", dataset)
    return {
        one["referents"][0]: set(one["properties"].get("name", [])) for one in found if "id" in one
    }


def test_what_is_published_is_pulled_changed_and_withdrawn(
    run: Node, a: Live, b: Path, tokens: Path
) -> None:
    one, two = person("p-1", name="Hala Manarzi"), person("p-2", name="Yusuf al-Daftarkhani")
    ingest(run, a.folder, "ring", one + two, "--tlp", "GREEN")
    ingest(run, a.folder, "secret", person("s-1", name="Nadège Agbeko"), "--tlp", "AMBER")
    publish = ("taxii", "publish", "shared", "--purpose", "investigation")
    [told] = run(a.folder, *publish)
    assert told["left_out"] == {"audience": 1}
    assert run(a.folder, *publish)[0] | {"left_out": 0} == {
        "objects": told["objects"],
        "changed": 0,
        "withdrawn": 0,
        "left_out": 0,
    }

    pull = ("taxii", "pull", f"{a.address}/taxii2/", "shared", "--dataset", "from_a")
    pull = (*pull, "--token-file", str(tokens / "reader"))
    [first] = run(b, *pull)
    assert first["received"] == first["new"] == told["objects"]
    assert names(run, b, "from_a") == {
        "p-1": {"Hala Manarzi"},
        "p-2": {"Yusuf al-Daftarkhani"},
    }
    [status] = run(b, "status")
    rules = {one["dataset"]: one["handling"] for one in status["datasets"]}
    assert rules["from_a"] == "TLP:AMBER+STRICT"

    changed = person("p-1", name="Hala Manarzi|Hala Manarzy") + two
    ingest(run, a.folder, "ring", changed, "--tlp", "GREEN")
    assert run(a.folder, *publish)[0]["changed"] == 1
    [second] = run(b, *pull)
    assert (second["new"], second["received"] <= 2) == (1, True)
    assert names(run, b, "from_a")["p-1"] == {"Hala Manarzi", "Hala Manarzy"}

    ingest(run, a.folder, "ring", two, "--tlp", "GREEN")
    assert run(a.folder, *publish)[0]["withdrawn"] == 1
    assert b"Manarz" not in a.get("collections/shared/objects/", "reader").content
    run(b, *pull, status=1)
    assert names(run, b, "from_a") == {"p-2": {"Yusuf al-Daftarkhani"}}
    again = run(a.folder, *publish)[0]
    assert (again["changed"], again["withdrawn"]) == (0, 0)
    assert b"Manarz" not in b"".join(path.read_bytes() for path in b.glob("taxii.db*"))

    ingest(run, a.folder, "ring", changed, "--tlp", "GREEN")
    assert run(a.folder, *publish)[0]["changed"] == 1
    run(b, *pull)
    assert set(names(run, b, "from_a")) == {"p-1", "p-2"}


def test_a_rule_that_gets_stricter_takes_back_what_was_published(
    run: Node, a: Live, b: Path, tokens: Path
) -> None:
    people = person("p-1", name="Hala Manarzi")
    ingest(run, a.folder, "ring", people, "--tlp", "GREEN")
    run(a.folder, "taxii", "publish", "shared", "--purpose", "investigation")
    pull = ("taxii", "pull", a.root, "shared", "--dataset", "from_a", "--tlp", "GREEN")
    pull = (*pull, "--token-file", str(tokens / "reader"))
    run(b, *pull)
    ingest(run, a.folder, "ring", people, "--tlp", "RED")
    told = run(a.folder, "taxii", "publish", "shared", "--purpose", "investigation")[0]
    assert (told["withdrawn"], told["left_out"]) == (1, {"audience": 1})
    run(b, *pull, status=1)
    assert names(run, b, "from_a") == {}


def test_an_account_that_changes_gets_nothing_published_for_its_former_self(
    run: Node, a: Live, tokens: Path
) -> None:
    ingest(run, a.folder, "ring", person("p-1", name="Hala Manarzi"), "--tlp", "GREEN")
    run(a.folder, "taxii", "publish", "shared", "--purpose", "investigation")
    assert b"Manarzi" in a.get("collections/shared/objects/", "reader").content
    path = a.folder / "taxii.toml"
    text = path.read_text("utf-8").replace('"reader.example"', '"other.example"')
    path.write_text(text, "utf-8")
    again = Live(a.folder)
    try:
        assert again.get("collections/shared/objects/", "reader").json() == {"more": False}
    finally:
        again.stop()


def test_what_is_pushed_is_taken_under_the_rule_of_the_collection(
    run: Node, a: Live, b: Path, tokens: Path
) -> None:
    rule = ("--tlp", "GREEN", "--releasable-to", "a.example")
    ingest(run, b, "mine", person("q-1", name="Volodymyr Shchukozyorov"), *rule)
    push = ("taxii", "push", a.root, "inbox", "--purpose", "analysis")
    push = (*push, "--token-file", str(tokens / "writer"))
    [none] = run(b, *push, "--recipient", "x.example")
    assert none["left_out"] == {"releasable-to": 1}
    [told] = run(b, *push, "--recipient", "a.example")
    assert (told["taken"], told["failures"], told["left_out"]) == (6, [], {})
    last = run(b, "history")[-1]
    assert (last["action"], last["detail"]["recipients"]) == ("push", ["a.example"])
    [taken] = run(a.folder, "taxii", "take", "inbox")
    assert taken["ingested"]["status"] == "applied"
    assert names(run, a.folder, "inbox") == {"q-1": {"Volodymyr Shchukozyorov"}}
    [status] = run(a.folder, "status")
    [dataset] = status["datasets"]
    expected = "TLP:AMBER, only to a.example, consent of partner.example"
    assert dataset["handling"] == expected
    assert run(a.folder, "taxii", "take", "inbox")[0]["ingested"]["status"] == "unchanged"


def test_an_empty_collection_is_nothing_to_take(run: Node, a: Live, b: Path, tokens: Path) -> None:
    assert run(a.folder, "taxii", "take", "inbox")[0]["ingested"] is None
    pull = ("taxii", "pull", a.root, "inbox", "--dataset", "x", "--user", "reader")
    [told] = run(b, *pull, "--token-file", tokens / "reader")
    assert (told["received"], told["ingested"]) == (0, None)


PULL = ("taxii", "pull", "{root}", "inbox", "--dataset", "x")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("taxii", "publish", "shared"), "purpose"),
        (("taxii", "publish", "inbox", "--purpose", "analysis"), "nobody who posts"),
        (("taxii", "publish", "hidden", "--purpose", "analysis"), "has readers"),
        (("taxii", "publish", "nothing", "--purpose", "analysis"), "no such collection"),
        (("taxii", "take", "nothing"), "no such collection"),
        (("taxii", "push", "{root}", "inbox"), "nobody it goes to"),
        ((*PULL[:3], "nothing", *PULL[4:], "--token-file", "{reader}"), "there are: inbox"),
        (PULL, "HTTP 401"),
        ((*PULL, "--token-file", "{writer}"), "read by us"),
        ((*PULL[:2], "http://node.example/", *PULL[3:], "--token-file", "{reader}"), "in clear"),
        ((*PULL[:2], "http://127.0.0.1:1/", *PULL[3:]), "refused"),
        ((*PULL, "--certificate", "{reader}"), "PEM"),
    ],
)
def test_what_cannot_be_done_is_told(
    run: Node,
    a: Live,
    tokens: Path,
    words: tuple[str, ...],
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("manara.exchange.taxii.client.PAUSES", ())
    places = {"root": a.root, "reader": str(tokens / "reader"), "writer": str(tokens / "writer")}
    told = run(a.folder, *(word.format(**places) for word in words), status=2)
    assert reason in str(told["error"])


def test_a_workspace_without_collections_says_so(run: Node, b: Path) -> None:
    told = run(b, "taxii", "take", "inbox", status=2)
    assert told["error"]["where"] == "taxii.toml"


def test_objects_of_others_come_in_as_they_are(run: Node, a: Live, b: Path, tokens: Path) -> None:
    a.post([identity(1), identity(2, confidence=50)])
    pull = ("taxii", "pull", a.root, "From partners", "--dataset", "offices", "--tlp", "CLEAR")
    [told] = run(b, *pull, "--token-file", tokens / "both")
    assert told["ingested"]["facts"] == 2

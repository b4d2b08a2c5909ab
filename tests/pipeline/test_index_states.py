"""The screening index follows the lists: by differences, as of any moment, hiding what must be."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from manara.identity.screening.index import Index
from manara.pipeline import Request, ingest, states
from manara.pipeline.listed import listed
from manara.pipeline.screening import query_of, workspace_screen
from manara.store import Workspace
from tests.pipeline.conftest import person

#: Invented words; names of two of them are all different.
GIVEN = [
    "Zorban",
    "Quintel",
    "Marwek",
    "Ysolda",
    "Fenrik",
    "Dalibo",
    "Tarquo",
    "Umbela",
    "Hesper",
    "Ilvane",
]
FAMILY = ["Achterdal", "Bruskova", "Chandrelle", "Dorminko", "Estervag", "Falqurian", "Gostermu"]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "workspace") as made:
        yield made


def crowd(size: int = 40) -> dict[str, str]:
    return {f"p-{at}": f"{GIVEN[at % 10]} {FAMILY[at % 7]}" for at in range(size)}


PEOPLE = "".join(person(key, name=name) for key, name in crowd(5).items())


def take_in(workspace: Workspace, people: dict[str, str], dataset: str = "people") -> datetime:
    """Take in an edition and return when it was recorded."""
    path = workspace.root.parent / f"{dataset}.json"
    path.write_text("".join(person(key, name=name) for key, name in people.items()), "utf-8")
    (done,) = ingest(workspace, [str(path)], Request(by="test", dataset=dataset, allow_shrink=True))
    assert done.status == "applied", done
    edition = workspace.in_force(dataset)
    assert edition
    return edition.recorded_at


def standing(index: Index) -> set[tuple[str, str]]:
    return {(e.entity_id, e.name) for names in index.sample(10**6, 0) for e in names}


def kept(workspace: Workspace, kind: str) -> set[str]:
    return {path.stem for path in (workspace.root / "index").glob(f"*.{kind}")}


def answers(
    workspace: Workspace, name: str, as_of: datetime | None = None
) -> list[tuple[str, str]]:
    hits = workspace_screen(workspace, as_of).ask(query_of(name))
    return [(hit.entity, hit.edition) for hit in hits]


def test_a_small_change_is_a_small_file_beside_the_old_index(workspace: Workspace) -> None:
    take_in(workspace, crowd())
    old = workspace_screen(workspace)
    take_in(workspace, crowd() | {"p-3": "Lambert Wexelhoff", "p-77": "Nadezha Orlopova"})
    new = workspace_screen(workspace)
    assert old.state
    assert new.state
    assert new.state.base == old.state.base == old.state.key != new.state.key
    # What did not change is stated by the new edition as well, and what is gone by the old one.
    name = crowd()["p-4"]
    assert ("p-4", "people-2") in answers(workspace, name)
    assert [hit.entity for hit in old.ask(query_of(crowd()["p-3"]))][:1] == ["p-3"]
    assert answers(workspace, "Wexelhoff Lambert") == [("p-3", "people-2")]
    assert "p-3" not in [entity for entity, _ in answers(workspace, crowd()["p-3"])]


def test_a_large_change_builds_the_index_anew(workspace: Workspace) -> None:
    take_in(workspace, crowd())
    workspace_screen(workspace)
    take_in(workspace, crowd(30))
    state = workspace_screen(workspace).state
    assert state
    assert state.base == state.key


def test_many_small_changes_build_it_anew_in_the_end(workspace: Workspace) -> None:
    people = crowd()
    bases = []
    for at in range(6):
        people[f"p-{at}"] = f"Renamed Persondal{at}" if at else crowd()["p-0"]
        take_in(workspace, people)
        state = workspace_screen(workspace).state
        assert state
        bases.append(state.base)
    # Each edition renames one of forty more: the first four are a tenth, the fifth is beyond.
    assert [base == bases[0] for base in bases] == [True] * 5 + [False]


def test_the_index_of_any_moment_holds_what_the_lake_states(workspace: Workspace) -> None:
    chance = random.Random(5)
    people, moments = crowd(120), []
    for at in range(9):
        for key in chance.sample(sorted(people), 2 if at % 4 else 40):
            people[key] = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}{at}"
        del people[chance.choice(sorted(people))]
        people[f"n-{at}"] = f"Newcomer {chance.choice(FAMILY)}"
        moments.append(take_in(workspace, people))
        if at == 4:
            take_in(workspace, {"o-1": "Other Personov"}, "other")
    asked = [*moments, *moments]
    chance.shuffle(asked)
    for moment in asked:
        expected = standing(Index.build(listed(workspace.view(moment))))
        assert expected
        assert standing(workspace_screen(workspace, moment).index) == expected
        assert len(kept(workspace, "state")) <= states.KEPT
    names = kept(workspace, "names")
    assert kept(workspace, "state") <= names  # whatever stays can be opened


def test_a_document_that_changes_changes_its_holder(workspace: Workspace) -> None:
    path = workspace.root.parent / "people.json"
    properties = {"holder": ["p-3"], "number": ["AB123456"]}
    passport = json.dumps({"id": "doc-1", "schema": "Passport", "properties": properties})
    moments = []
    for text in (PEOPLE, f"{PEOPLE}{passport}\n", PEOPLE):
        path.write_text(text, "utf-8")
        (done,) = ingest(workspace, [str(path)], Request(by="x", dataset="a", allow_shrink=True))
        edition = workspace.in_force("a")
        assert done.status == "applied"
        assert edition
        moments.append(edition.recorded_at)
    for earlier, later in pairwise(moments):
        assert states.changed(workspace, earlier, later) == {"doc-1", "p-3"}


def test_a_past_edition_answers_when_its_files_are_gone(workspace: Workspace) -> None:
    before = take_in(workspace, crowd() | {"p-3": "Lambert Wexelhoff"})
    take_in(workspace, crowd())
    assert answers(workspace, "Lambert Wexelhoff") == []
    assert answers(workspace, "Lambert Wexelhoff", before) == [("p-3", "people-1")]
    assert answers(workspace, "Lambert Wexelhoff", datetime(2020, 1, 1, tzinfo=UTC)) == []


def test_a_withdrawn_list_is_in_no_index_of_any_moment(workspace: Workspace) -> None:
    take_in(workspace, crowd())
    before = take_in(workspace, {"o-1": "Lambert Wexelhoff"}, "other")
    assert answers(workspace, "Lambert Wexelhoff") == [("o-1", "other-1")]
    workspace.withdraw("other", by="test", reason="test")
    assert answers(workspace, "Lambert Wexelhoff") == []
    assert answers(workspace, "Lambert Wexelhoff", before) == []
    for path in (workspace.root / "index").iterdir():
        assert b"Wexelhoff" not in path.read_bytes(), path


@pytest.mark.parametrize("damage", [b"", b"MANARA\x00\x01 and then nothing", None])
def test_a_damaged_or_missing_file_is_made_again(
    workspace: Workspace, damage: bytes | None
) -> None:
    take_in(workspace, crowd() | {"p-3": "Lambert Wexelhoff"})
    workspace_screen(workspace)
    take_in(workspace, crowd() | {"p-3": "Lambert Wexelhoff", "p-4": "Somebody Elsewhere"})
    workspace_screen(workspace)
    for path in (workspace.root / "index").glob("*.names"):
        if damage is None:
            path.unlink()
        else:
            path.write_bytes(damage)
    assert answers(workspace, "Lambert Wexelhoff") == [("p-3", "people-2")]


def test_what_killed_processes_left_is_swept(workspace: Workspace) -> None:
    take_in(workspace, crowd())
    left = workspace.root / "index"
    left.mkdir()
    for name in (".a.names.1234", ".a.names.1234.part", "0123.names", "0123.rates"):
        (left / name).write_bytes(b"half")
    (left / "0123.network").mkdir()  # somebody else's
    workspace_screen(workspace)
    rest = {path.name for path in left.iterdir() if path.name.startswith((".", "0123"))}
    assert rest == {"0123.network"}


def test_several_at_once_make_one_index(workspace: Workspace) -> None:
    take_in(workspace, crowd() | {"p-3": "Lambert Wexelhoff"})

    def ask(_: int) -> list[tuple[str, str]]:
        with Workspace.open(workspace.root) as own:
            return answers(own, "Lambert Wexelhoff")

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(8))) == [[("p-3", "people-1")]] * 8
    assert len(kept(workspace, "names")) == 1

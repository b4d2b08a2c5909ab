"""What the service answers from: whole, unchanging, renewed only when something happened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from manara.console.state import Keeper
from manara.identity.screening.query import Query
from manara.model import VocabularyError, WorkspaceError
from manara.pipeline import Request, ingest
from manara.pipeline.example import example
from manara.store import Workspace
from tests.console.conftest import PEOPLE
from tests.pipeline.conftest import person


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "office") as opened:
        put(opened, PEOPLE)
        yield opened


def put(workspace: Workspace, text: str) -> None:
    path = workspace.root.parent / "people.json"
    path.write_text(text, "utf-8")
    list(ingest(workspace, [str(path)], Request(dataset="people", by="test")))


def hits(keeper: Keeper, name: str) -> list[tuple[str, str]]:
    return [(hit.entity, hit.edition) for hit in keeper.state.screen.ask(Query(name))]


def test_a_state_stays_what_it_was(workspace: Workspace) -> None:
    keeper = Keeper(workspace)
    old = keeper.state
    assert not keeper.renew() and keeper.state is old
    put(workspace, PEOPLE + person("a-9", name="Farhad Setarehban"))
    assert keeper.state is old and hits(keeper, "Farhad Setarehban") == []
    assert keeper.renew() and not keeper.renew()
    assert hits(keeper, "Farhad Setarehban") == [("a-9", "people-2")]
    assert (old.editions, keeper.state.editions) == ({"people": "people-1"}, {"people": "people-2"})
    assert [hit.entity for hit in old.screen.ask(Query("Farhad Setarehban"))] == []
    assert old.described(["a-9"]) == [] and keeper.state.described(["a-9"])
    assert [one["caption"] for one in old.described(["a-3"])] == ["Hala Karimova"]


def test_a_withdrawn_dataset_answers_no_more(workspace: Workspace) -> None:
    keeper = Keeper(workspace)
    workspace.withdraw("people", by="test", reason="test")
    assert keeper.renew()
    assert keeper.state.editions == {} and hits(keeper, "Hala Karimova") == []
    assert keeper.state.described(["a-3"]) == []


def test_an_empty_workspace_answers_nobody(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "office") as workspace:
        keeper = Keeper(workspace)
        assert keeper.state.last_change is None and hits(keeper, "Hala Karimova") == []


def test_a_workspace_that_fails_leaves_the_old_state(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = Keeper(workspace)

    def fail(self: Workspace) -> None:
        raise WorkspaceError("the registry failed")

    with monkeypatch.context() as patch:
        patch.setattr(Workspace, "last_change", fail)
        assert not keeper.renew()
    assert keeper.stale and hits(keeper, "Hala Karimova")
    assert not keeper.renew() and not keeper.stale


def test_a_state_read_while_something_changed_is_not_used(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = Keeper(workspace)
    put(workspace, PEOPLE + person("a-9", name="Farhad Setarehban"))
    view = workspace.view

    def changed_meanwhile(*arguments: Any) -> object:
        workspace.ran(by="test", detail={})
        return view(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(workspace, "view", changed_meanwhile)
        assert not keeper.renew()
        with pytest.raises(WorkspaceError, match="faster than it can be read"):
            Keeper(workspace)
    assert keeper.renew() and keeper.state.editions == {"people": "people-2"}


def test_a_description_asks_for_all_its_names() -> None:
    parts = {"firstName": ["Hala", "Hela"], "lastName": ["Manarzi"], "alias": ["Abu Fanous"]}
    asked = example("Person", {**parts, "nationality": ["Libya"], "idNumber": ["x-1"]})
    assert [query.name for query in asked.queries] == ["Abu Fanous", "Hala Manarzi", "Hela Manarzi"]
    assert {query.kind for query in asked.queries} == {"person"}
    assert all(query.countries == ("ly",) and len(query.documents) == 1 for query in asked.queries)
    many = example("Vessel", {"name": [f"Ship {at}" for at in range(30)]})
    assert len(many.queries) == 20 and many.queries[0].kind == "vessel"
    assert example("Company", {}).queries == []
    with pytest.raises(VocabularyError):
        example("Person", {"imoNumber": ["9074729"]})

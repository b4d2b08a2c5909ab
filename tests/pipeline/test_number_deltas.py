"""Numbers that stand on entities of their own reach their holders by differences too."""

from __future__ import annotations

import json

from manara.pipeline import Request, ingest
from manara.pipeline.screening import query_of, workspace_screen
from manara.store import Workspace
from tests.pipeline.test_index_states import PEOPLE, crowd, take_in, workspace

__all__ = ["workspace"]


def test_a_passport_that_comes_and_goes(workspace: Workspace) -> None:
    take_in(workspace, crowd(60))
    path = workspace.root.parent / "a.json"
    properties = {"holder": ["q-3"], "number": ["AB123456"]}
    passport = json.dumps({"id": "doc-1", "schema": "Passport", "properties": properties})
    people, bases = PEOPLE.replace('"p-', '"q-'), []
    for text, found in ((people, []), (f"{people}{passport}\n", ["q-3"]), (people, [])):
        path.write_text(text, "utf-8")
        list(ingest(workspace, [str(path)], Request(by="x", dataset="a", allow_shrink=True)))
        screen = workspace_screen(workspace)
        hits = screen.ask(query_of("", documents=["AB 123456"]))
        assert [hit.entity for hit in hits] == found
        assert screen.state
        bases.append(screen.state.base)
    assert len(set(bases)) == 1

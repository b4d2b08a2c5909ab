"""A workspace with an open list, a secret one and two officers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from manara.casework import Cases
from manara.model import Handling, Recipient, Relation
from manara.pipeline.releasing import Release
from manara.store import Workspace
from tests.store.conftest import Said, ingest

COURT = Release((Recipient("court.example", "court.example", Relation.COMMUNITY),), "prosecution")
FOR_COURT = Handling.of("AMBER", releasable_to=["court.example"])
OPEN_LIST = "id,name\np1,أمينة القفر\n".encode()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once and copied, since making the tables takes most of the time of a test."""
    root = tmp_path_factory.mktemp("casework") / "ws"
    with Workspace.create(root, organisation="Harbour police") as made:
        ingest(made, "open", [Said("p1", "name", "أمينة القفر")], content=OPEN_LIST)
        secret = [Said("p2", "name", "Zoé Fabelhaft")]
        ingest(made, "secret", secret, handling=Handling.of("AMBER+STRICT"))
    return root


@pytest.fixture
def workspace(template: Path, tmp_path: Path) -> Iterator[Workspace]:
    shutil.copytree(template, tmp_path / "ws")
    with Workspace.open(tmp_path / "ws") as opened:
        yield opened


@pytest.fixture
def amina(workspace: Workspace) -> Cases:
    return Cases(workspace, "amina")


@pytest.fixture
def bo(workspace: Workspace) -> Cases:
    return Cases(workspace, "bo")


def fact_of(workspace: Workspace, entity: str) -> str:
    (fact,) = workspace.view().facts([entity])
    return fact.id

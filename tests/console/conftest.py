from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from manara.pipeline import Request, ingest
from manara.pipeline import run as run_pipeline
from manara.store import Workspace
from tests.exchange.taxii.conftest import write_config
from tests.pipeline.conftest import manara as manara
from tests.pipeline.conftest import person

DEMO = Path(__file__).parents[2] / "demo"
PEOPLE = (
    person("a-1", name="Yusuf al-Daftarkhani", birthDate="1972-12-18", nationality="tn")
    + person("a-2", name="Volodymyr Shchukozyorov", birthDate="1966", gender="male")
    + person("a-3", name="Hala Karimova", passportNumber="AB 123456", topics="poi")
)


def take_in(root: Path, text: str, dataset: str = "people") -> None:
    """Take an edition in, in a process of its own, as another user would."""
    path = root.parent / f"{dataset}.json"
    path.write_text(text, "utf-8")
    command = [sys.executable, "-m", "manara", "-w", str(root), "ingest", str(path)]
    subprocess.run([*command, "--dataset", dataset], check=True, stdout=subprocess.DEVNULL)


def make_office(root: Path) -> Path:
    """A workspace with two lists of the demonstration world, resolved, and a list of people."""
    people = root.parent / "people.json"
    people.write_text(PEOPLE, "utf-8")
    with Workspace.create(root) as workspace:
        lists = [str(DEMO / "un_consolidated.xml"), str(DEMO / "eu_fsf.xml")]
        for paths, dataset in ((lists, ""), ([str(people)], "people")):
            for done in ingest(workspace, paths, Request(by="test", dataset=dataset or None)):
                assert done.status == "applied"
        run_pipeline(workspace, by="test")
    write_config(root)
    return root


class Served:
    """A real server over a workspace, and a client of it."""

    def __init__(self, root: Path, *options: str) -> None:
        self.root = root
        self.log = root.parent / "serve.log"
        command = [sys.executable, "-m", "manara", "-w", str(root), "serve", "--port", "0"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*command, "--json", *options],
                stdout=subprocess.PIPE,
                stderr=log,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self.log.read_text()
        self.address: str = json.loads(line)["address"]
        self.client = httpx.Client(base_url=self.address, timeout=60)

    def post(self, path: str, body: Any, **params: Any) -> httpx.Response:
        return self.client.post(path, json=body, params=params)

    def stop(self) -> int:
        self.client.close()
        self.process.terminate()
        return self.process.wait(30)


def refusal(response: httpx.Response) -> tuple[int, str]:
    """Return the status and code of an error, which must be of the one shape."""
    error = response.json()["error"]
    assert set(error) == {"code", "message", "where", "remedy"} and error["message"]
    return response.status_code, error["code"]


def examples(**properties: list[Any]) -> dict[str, Any]:
    return {"queries": {"q": {"schema": "Person", "properties": properties}}}


def matched(served: Served, dataset: str, body: Any, **params: Any) -> list[dict[str, Any]]:
    response = served.post(f"/match/{dataset}", body, **params)
    assert response.status_code == 200, response.text
    results: list[dict[str, Any]] = response.json()["responses"]["q"]["results"]
    return results


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = Served(make_office(tmp_path_factory.mktemp("served") / "office"))
    yield server
    server.stop()
    assert "Traceback" not in server.log.read_text()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    from tests.console.pages_server import serve_world

    server = serve_world(tmp_path_factory.mktemp("pages") / "office")
    yield server
    server.stop()
    assert "internal error" not in server.log.read_text()

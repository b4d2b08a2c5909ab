from __future__ import annotations

import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from manara.console.guard import Guard
from manara.console.taxii import add_taxii
from manara.exchange.taxii.server import MEDIA

TOKENS = {name: f"{name}-token-0123456789abcdef0123456789" for name in ("both", "reader", "writer")}
CONFIG = """
title = "Exchange of the Testing Unit"

[collections.inbox]
title = "From partners"
description = "What partners post."
handling = {{tlp = "AMBER", consent = ["partner.example"]}}

[collections.shared]
id = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"

[collections.hidden]

[accounts.both]
token_sha256 = "{both}"
read = ["inbox", "shared"]
write = ["inbox"]

[accounts.reader]
token_sha256 = "{reader}"
organisation = "reader.example"
read = ["inbox", "shared"]

[accounts.writer]
token_sha256 = "{writer}"
write = ["inbox"]
"""
SHARED = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"


def write_config(root: Path) -> None:
    digests = {name: hashlib.sha256(token.encode()).hexdigest() for name, token in TOKENS.items()}
    (root / "taxii.toml").write_text(CONFIG.format(**digests), "utf-8")


class Live:
    """A real server over a workspace, and clients of it."""

    def __init__(self, folder: Path) -> None:
        app = FastAPI()
        assert add_taxii(app, folder)
        listening = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(
            Guard(app, [], {"127.0.0.1"}), log_config=None, access_log=False, lifespan="off"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listening],))
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        self.address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self.root = f"{self.address}/taxii2/api/"
        self.folder = folder

    def client(self, account: str = "both") -> httpx.Client:
        headers = {"Authorization": f"Bearer {TOKENS[account]}", "Accept": MEDIA}
        return httpx.Client(base_url=self.root, headers=headers, timeout=30)

    def post(self, objects: Any, account: str = "both", **more: Any) -> httpx.Response:
        with self.client(account) as client:
            headers = {"Content-Type": MEDIA}
            envelope = {"objects": objects}
            return client.post("collections/inbox/objects/", headers=headers, json=envelope, **more)

    def get(self, path: str, account: str = "both", **params: Any) -> httpx.Response:
        with self.client(account) as client:
            return client.get(path, params=params)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    folder = tmp_path / "served"
    folder.mkdir()
    write_config(folder)
    server = Live(folder)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A server for all tests of a module, with one object in its inbox."""
    folder = tmp_path_factory.mktemp("standing")
    write_config(folder)
    server = Live(folder)
    server.post([identity(1)])
    yield server
    server.stop()


def identity(number: int, version: int = 0, **more: Any) -> dict[str, Any]:
    """An invented office; versions are seconds apart."""
    return {
        "type": "identity",
        "spec_version": "2.1",
        "id": f"identity--00000000-0000-4000-8000-{number:012x}",
        "created": "2026-05-01T00:00:00.000Z",
        "modified": f"2026-05-01T00:00:{version:02}.000Z",
        "name": f"Office {number}",
        "identity_class": "organization",
    } | more


def domain(number: int) -> dict[str, Any]:
    key = f"domain-name--00000000-0000-4000-8000-{number:012x}"
    return {"type": "domain-name", "id": key, "value": f"d{number}.example"}

"""Downloads from a real server on the loopback address."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.pipeline.conftest import Manara, person

LIST = person("a-1", name="Leïla Nasser", birthDate="1961")


class Publisher(ThreadingHTTPServer):
    """A publisher of one list, which counts how often it sent it."""

    body = LIST.encode()
    sent = 0
    length: int | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/lists/people.json"


class _Handler(BaseHTTPRequestHandler):
    server: Publisher

    def do_GET(self) -> None:
        if self.path != "/lists/people.json":
            self.send_error(404)
            return
        tag = f'"{hash(self.server.body)}"'
        if self.headers["If-None-Match"] == tag:
            self.send_response(304)
            self.end_headers()
            return
        self.server.sent += 1
        self.send_response(200)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(self.server.length or len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *words: object) -> None:
        """Stay silent."""


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    server = Publisher(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_list_is_downloaded_once(manara: Manara, publisher: Publisher) -> None:
    first = manara("ingest", publisher.address, "--dataset", "people", "--json")
    assert (first.status, first.lines[0]["status"], publisher.sent) == (0, "applied", 1)
    again = manara("ingest", publisher.address, "--dataset", "people", "--json")
    assert (again.status, again.lines[0]["status"], publisher.sent) == (0, "unchanged", 1)
    publisher.body = LIST.replace("1961", "1962").encode()
    changed = manara("ingest", publisher.address, "--dataset", "people", "--json")
    assert (changed.lines[0]["added"], changed.lines[0]["removed"], publisher.sent) == (1, 1, 2)
    manara("ingest", publisher.address, "--dataset", "people")
    assert publisher.sent == 2


def test_a_download_cut_off_is_refused(manara: Manara, publisher: Publisher) -> None:
    publisher.length = len(publisher.body) + 100
    ended = manara("ingest", publisher.address)
    assert ended.status == 2
    assert publisher.address in ended.err
    assert manara("export").out == ""


@pytest.mark.parametrize("path", ["/nothing", "//"])
def test_an_error_of_the_server_keeps_nothing_else_out(
    manara: Manara, publisher: Publisher, path: str
) -> None:
    address = publisher.address.replace("/lists/people.json", path)
    ended = manara("ingest", address, publisher.address, "--dataset", "people", "--json")
    assert ended.status == 2
    assert [line["status"] for line in ended.lines] == ["refused", "applied"]
    assert "404" in ended.lines[0]["reason"]
    assert address in ended.err


def test_no_server_is_told(manara: Manara, publisher: Publisher, tmp_path: Path) -> None:
    address = publisher.address.replace(str(publisher.server_port), "1")
    ended = manara("ingest", address)
    assert ended.status == 2
    assert "manara: http" in ended.err

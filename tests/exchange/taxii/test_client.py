"""The client against servers that misbehave."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from manara.exchange.taxii import client as module
from manara.exchange.taxii.client import Access, Client
from manara.model import FetchError

from .conftest import identity

Objects = Callable[[dict[str, str]], tuple[int, dict[str, str], Any]]
TIMES = [f"2026-05-01T00:00:0{n // 3}.000000Z" for n in range(9)]
WORLD = [identity(n) for n in range(9)]


class Fake:
    """A server whose answers for objects a function makes of the parameters."""

    def __init__(self, answer: Objects) -> None:
        fake = self
        self.asked: list[dict[str, str]] = []
        self.posted: list[Any] = []

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *words: Any) -> None:
                pass

            def tell(self, status: int, headers: dict[str, str], said: Any) -> None:
                body = said if isinstance(said, bytes) else json.dumps(said).encode()
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                params = {name: values[0] for name, values in parse_qs(parts.query).items()}
                if parts.path == "/":
                    self.tell(200, {}, {"title": "x", "api_roots": ["/api"], "default": "/api"})
                elif parts.path == "/api/":
                    self.tell(200, {}, {"title": "x", "versions": [], "max_content_length": 900})
                elif parts.path == "/api/collections/":
                    listed = {"id": "c1", "title": "One", "can_read": True, "can_write": True}
                    self.tell(200, {}, {"collections": [listed]})
                elif "/status/" in parts.path:
                    done = len(fake.posted[-1]["objects"])
                    self.tell(200, {}, {"id": "7", "status": "complete", "success_count": done})
                else:
                    fake.asked.append(params)
                    self.tell(*answer(params))

            def do_POST(self) -> None:
                size = int(self.headers["Content-Length"])
                fake.posted.append(json.loads(self.rfile.read(size)) | {"size": size})
                self.tell(202, {}, {"id": "7", "status": "pending"})

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}/"

    def ids(self, added_after: str = "") -> list[str]:
        with Client(self.address, "One", Access()) as client:
            pages = list(client.pages(added_after))
        return [json.loads(body)["id"] for page in pages for body in page.objects]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Objects], Fake]]:
    monkeypatch.setattr(module, "PAUSES", (0.0, 0.0, 0.0))
    made: list[Fake] = []

    def start(answer: Objects) -> Fake:
        made.append(Fake(answer))
        return made[-1]

    yield start
    for one in made:
        one.stop()


def by_time(inclusive: bool, size: int) -> Objects:
    """A server that pages by time alone."""

    def answer(params: dict[str, str]) -> tuple[int, dict[str, str], Any]:
        after = params.get("added_after", "")
        left = [n for n in range(9) if TIMES[n] > after or (inclusive and TIMES[n] == after)]
        page = left[:size]
        headers = {"X-TAXII-Date-Added-Last": TIMES[page[-1]]} if page else {}
        return 200, headers, {"more": len(left) > size, "objects": [WORLD[n] for n in page]}

    return answer


@pytest.mark.parametrize("inclusive", [True, False])
def test_a_server_that_pages_by_time_alone_is_read_to_its_end(
    serve: Callable[[Objects], Fake], inclusive: bool
) -> None:
    found = serve(by_time(inclusive, 6)).ids()
    assert set(found) == {one["id"] for one in WORLD}


@pytest.mark.parametrize("inclusive", [True, False])
def test_what_shares_the_last_moment_is_asked_for_again(
    serve: Callable[[Objects], Fake], inclusive: bool
) -> None:
    found = serve(by_time(inclusive, 100)).ids(TIMES[5])
    assert set(found) == {one["id"] for one in WORLD[3:]}


def test_a_server_that_stands_still_is_left(serve: Callable[[Objects], Fake]) -> None:
    fake = serve(by_time(True, 2))
    with pytest.raises(FetchError, match="circles"):
        fake.ids()
    assert len(fake.asked) < 10


@pytest.mark.parametrize(
    "answer",
    [
        lambda params: (200, {}, {"more": True, "next": "same", "objects": WORLD[:2]}),
        lambda params: (200, {}, {"more": True, "objects": WORLD[:2]}),
        lambda params: (200, {}, {"more": True, "next": f"{params.get('next', '')}x"}),
        lambda params: (200, {}, {"more": True, "next": 7, "objects": []}),
    ],
    ids=["same cursor", "no cursor", "longer cursors", "same number"],
)
def test_a_server_that_goes_in_circles_is_left(
    serve: Callable[[Objects], Fake], answer: Objects
) -> None:
    fake = serve(answer)
    with pytest.raises(FetchError, match="circles"):
        fake.ids()
    assert len(fake.asked) < 10


def test_a_passing_failure_is_passed_over(serve: Callable[[Objects], Fake]) -> None:
    states = iter([503, 502, 200, 429, 200])

    def answer(params: dict[str, str]) -> tuple[int, dict[str, str], Any]:
        status = next(states)
        if status != 200:
            return status, {"Retry-After": "0"}, {"title": "busy"}
        last = "next" in params
        page = WORLD[5:] if last else WORLD[:5]
        return 200, {}, {"more": not last, "next": "7", "objects": page}

    assert serve(answer).ids() == [one["id"] for one in WORLD]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda params: (503, {}, {"title": "down"}), "HTTP 503 down"),
        (lambda params: (500, {}, b"<html>"), "HTTP 500"),
        (lambda params: (403, {}, ["x"]), "HTTP 403"),
        (lambda params: (200, {}, b"<html>"), "does not answer as TAXII"),
        (lambda params: (200, {}, {"objects": {}}), "does not answer as TAXII"),
        (lambda params: (200, {}, b"[" * 100_000), "does not answer as TAXII"),
        (lambda params: (200, {"Content-Length": "900"}, {"more": False}), "peer closed"),
    ],
    ids=["down", "broken", "closed", "a page", "no list", "deep", "cut off"],
)
def test_a_server_that_fails_is_told_of(
    serve: Callable[[Objects], Fake], answer: Objects, reason: str
) -> None:
    with pytest.raises(FetchError, match=reason):
        serve(answer).ids()


def test_an_answer_without_end_is_cut_off(
    serve: Callable[[Objects], Fake], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 10_000)
    with pytest.raises(FetchError, match="an answer of more than"):
        serve(lambda params: (200, {}, b" " * 20_000)).ids()


def test_posts_keep_to_the_size_a_server_takes(serve: Callable[[Objects], Fake]) -> None:
    fake = serve(by_time(True, 1))
    with Client(fake.address, "c1", Access()) as client:
        statuses = list(client.add([json.dumps(one).encode() for one in WORLD]))
    assert [one for post in fake.posted for one in post["objects"]] == WORLD
    assert len(fake.posted) > 1 and all(post["size"] <= 900 for post in fake.posted)
    assert sum(one["success_count"] for one in statuses) == 9

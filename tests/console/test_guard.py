"""The door: tokens, names, sizes, kinds, and what an answer carries."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from manara.console import guard, turns
from manara.console.guard import Guard
from tests.pipeline.conftest import Manara

TOKEN = "0123456789abcdef" * 2
OTHER = "fedcba9876543210" * 2


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    if body == b'"fail"':
        raise ValueError("secret words")
    await JSONResponse({"size": len(body)})(scope, receive, send)


def ask(
    *tokens: str,
    method: str = "POST",
    path: str = "/screen",
    headers: Mapping[str, str] | None = None,
    content: bytes | AsyncIterator[bytes] = b"{}",
    host: str = "localhost",
) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=Guard(echo, tokens, {"localhost", "::1"}))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}:8000") as client:
            sent = {"Content-Type": "application/json", **(headers or {})}
            return await client.request(
                method, path, content=content if method == "POST" else None, headers=sent
            )

    return asyncio.run(asked())


def code(response: httpx.Response) -> str:
    return str(response.json()["error"]["code"])


def test_without_a_token_only_names_of_this_machine_are_answered() -> None:
    assert ask().json() == {"size": 2}
    assert ask(host="[::1]").status_code == 200
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example"):
        refused = ask(host=host)
        assert (refused.status_code, code(refused)) == (421, "refused")
    assert ask(TOKEN, host="node.example", headers={"Authorization": f"Bearer {TOKEN}"}).is_success


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "ApiKey"])
@pytest.mark.parametrize("token", [TOKEN, OTHER])
def test_a_token_opens(scheme: str, token: str) -> None:
    assert ask(TOKEN, OTHER, headers={"Authorization": f"{scheme} {token}"}).is_success


@pytest.mark.parametrize(
    "value",
    ["", TOKEN, "Bearer", "Bearer ", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", f"Basic {TOKEN}"],
)
def test_anything_else_does_not(value: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        refused = ask(TOKEN, headers={"Authorization": value} if value else {})
    assert (refused.status_code, code(refused)) == (401, "refused")
    assert refused.headers["www-authenticate"] == "Bearer"
    assert TOKEN[:-1] not in caplog.text + refused.text


def test_only_the_signs_of_life_are_open() -> None:
    assert ask(TOKEN, method="GET", path="/healthz").is_success
    assert ask(TOKEN, method="GET", path="/readyz").is_success
    for path in ("/catalog", "/openapi.json", "/entities/x", "/healthz/", "//healthz"):
        assert ask(TOKEN, method="GET", path=path).status_code == 401


def test_what_has_accounts_of_its_own_stands_beside_the_door() -> None:
    assert ask(TOKEN, method="GET", path="/taxii2/", host="elsewhere").is_success
    assert ask(path="/taxii2/api/", host="elsewhere", headers={"Content-Type": "x/y"}).is_success
    for path in ("/taxii2x", "/taxii", "//taxii2/", "/catalog/taxii2/"):
        assert ask(TOKEN, method="GET", path=path).status_code == 401


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=UTF-8", 200),
        ("Application/JSON", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/json; charset=latin-1", 415),
        ("", 415),
    ],
)
def test_only_json_is_taken(kind: str, status: int) -> None:
    assert ask(headers={"Content-Type": kind}).status_code == status


def test_a_body_is_counted_whatever_its_header_says() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 100_000

    most = guard.MOST_BYTES
    assert ask(content=b"x" * most).json() == {"size": most}
    refused = ask(content=b"x" * (most + 1))
    assert (refused.status_code, code(refused)) == (413, "refused")
    assert ask(content=endless()).status_code == 413
    assert ask(headers={"Content-Length": "9" * 5000}, content=b"").status_code == 413


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(60)

    monkeypatch.setattr(guard, "ARRIVAL", 0.05)
    assert ask(content=slow()).status_code == 408


def test_too_many_at_once_are_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MOST_AT_ONCE", 0)
    refused = ask()
    assert (refused.status_code, code(refused)) == (503, "refused")
    assert int(refused.headers["retry-after"]) > 0
    assert ask(method="GET", path="/healthz").is_success


def test_a_fault_of_ours_shows_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        answer = ask(content=b'"fail"')
    assert (answer.status_code, code(answer)) == (500, "internal")
    assert "ValueError at" in caplog.text
    assert "secret" not in caplog.text + answer.text


@pytest.mark.parametrize("content", [b"{}", b'"fail"'])
def test_every_answer_carries_the_headers_of_safety(content: bytes) -> None:
    headers = ask(content=content).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["x-frame-options"] == "DENY"
    assert "server" not in headers


def test_work_that_takes_too_long_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "BOUND", -1.0)
    with ThreadPoolExecutor(1) as pool:
        service = SimpleNamespace(keeper=SimpleNamespace(state=None), pool=pool)
        app = SimpleNamespace(state=SimpleNamespace(service=service))
        turn = turns.Turn(SimpleNamespace(app=app, headers=Headers()))  # type: ignore[arg-type]
        with pytest.raises(turns.RefusedError, match="not answered within") as caught:
            asyncio.run(turn.each(str, [1]))
    assert caught.value.status == 503


# The command.


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "node.example"])
def test_others_may_not_ask_without_a_token(manara: Manara, host: str) -> None:
    ended = manara("serve", "--host", host)
    assert ended.status == 2
    assert "token" in ended.err


def test_a_token_file_that_others_may_read_will_not_do(manara: Manara, token_file: Path) -> None:
    token_file.chmod(0o640)
    ended = manara("serve", "--token-file", token_file)
    assert ended.status == 2
    assert "others may read it" in ended.err and "chmod 600" in ended.err


@pytest.mark.parametrize("text", ["", "\n\n", "short\n", f"{TOKEN}\nshort\n"])
def test_a_token_that_can_be_guessed_will_not_do(
    manara: Manara, token_file: Path, text: str
) -> None:
    token_file.write_text(text)
    ended = manara("serve", "--token-file", token_file)
    assert ended.status == 2
    assert "32 characters" in ended.err
    assert "short" not in ended.err


def test_a_port_that_is_taken_is_told(manara: Manara) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = manara("serve", "--port", str(taken.getsockname()[1]), "--json")
    assert ended.status == 2
    assert '"code":"usage"' in ended.err and "--port" in ended.err

"""Messages over HTTPS with a certificate on both sides."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from manara.cli import main
from manara.exchange import Node
from manara.exchange.delivery import deliver, greet
from manara.exchange.outbox import Outbox
from manara.exchange.partners import Partner
from manara.exchange.serving import PATH, serve
from manara.exchange.tls import make_certificate, own_certificate, trusting
from manara.model import ExchangeError, NotFoundError, UsageError
from tests.exchange.conftest import NewNode, Said, hold, pem, pin
from tests.exchange.test_packages import GREEN, actions, send, values

Serve = Callable[[Node], Any]


@pytest.fixture
def pair(new_node: NewNode) -> tuple[Node, Node]:
    north, east = new_node("north.example"), new_node("east.example")
    for node in (north, east):
        node.certify(by="head")
    pin(north, east)
    pin(east, north)
    hold(north, "crossings", GREEN, [Said("p-1", "name", "Yasmin Ostrova")])
    return north, east


@contextmanager
def client(of: Node, folder: Path | None) -> Iterator[httpx.Client]:
    context = trusting([pem(of)], ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    context.check_hostname = False
    if folder:
        context.load_cert_chain(*own_certificate(folder))
    with httpx.Client(verify=context, trust_env=False) as made:
        yield made


def test_what_waits_is_delivered_and_receipted(
    pair: tuple[Node, Node], served: Callable[..., str]
) -> None:
    north, east = pair
    pin(north, east, served(east))
    Outbox(north.workspace).put("east.example", send(north, "east.example", "p-1"))
    (done,) = deliver(north, by="post")
    assert (done.state, done.reason) == ("delivered", "")
    assert values(east) == {("north.example:p-1", "name"): {"Yasmin Ostrova"}}
    assert actions(north)[-1] == "receipt"
    assert list(Outbox(north.workspace).waiting()) == []
    assert deliver(north, by="post") == []


def test_what_cannot_be_delivered_waits_until_the_partner_is_back(
    pair: tuple[Node, Node], served: Callable[..., str]
) -> None:
    north, east = pair
    Outbox(north.workspace).put("east.example", send(north, "east.example", "p-1"))
    assert "hand it over as a file" in deliver(north, by="post")[0].reason
    pin(north, east, "https://127.0.0.1:9")
    (done,) = deliver(north, by="post")
    assert (done.state, "cannot be reached" in done.reason) == ("waiting", True)
    pin(north, east, served(east))
    assert deliver(north, by="post")[0].state == "delivered"


def test_a_replay_gets_the_same_receipt(
    pair: tuple[Node, Node], served: Callable[..., str]
) -> None:
    north, east = pair
    address = served(east) + PATH
    sealed = send(north, "east.example", "p-1")
    with client(east, north.workspace.root / "keys") as http:
        first, second = (http.post(address, content=sealed) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.content == second.content
    assert actions(east).count("import") == 1


def test_without_a_pinned_certificate_nobody_gets_in(
    pair: tuple[Node, Node], served: Callable[..., str], tmp_path: Path
) -> None:
    north, east = pair
    address = served(east) + PATH
    sealed = send(north, "east.example", "p-1")
    other = tmp_path / "other"
    other.mkdir()
    make_certificate("north.example", other)
    for folder in (None, other):
        with client(east, folder) as http, pytest.raises(httpx.TransportError):
            http.post(address, content=sealed)
    # A partner that was removed while the service runs, and it is connected.
    with client(east, north.workspace.root / "keys") as http:
        assert http.put(address).status_code == 405
        east.partners.put(replace(east.partners.get("north.example"), certificate=""))
        assert http.post(address, content=sealed).status_code == 403
    with (
        client(east, north.workspace.root / "keys") as http,
        pytest.raises(httpx.TransportError),
    ):
        http.post(address, content=sealed)
    assert values(east) == {}


def test_another_server_than_the_pinned_gets_nothing(
    pair: tuple[Node, Node], new_node: NewNode, served: Callable[..., str]
) -> None:
    north, east = pair
    quen = new_node("quen.example")
    quen.certify(by="head")
    pin(quen, north)
    pin(north, east, served(quen))
    Outbox(north.workspace).put("east.example", send(north, "east.example", "p-1"))
    (done,) = deliver(north, by="post")
    assert (done.state, "cannot be reached" in done.reason) == ("waiting", True)


def test_hostile_input_gets_a_clear_answer_and_the_store_stays_whole(
    pair: tuple[Node, Node], served: Callable[..., str]
) -> None:
    north, east = pair
    address = served(east, most=20_000)
    with client(east, north.workspace.root / "keys") as http:
        asked = [
            (http.put(address + PATH), 405),
            (http.post(address + "/", content=b"x"), 404),
            (http.post(address + PATH, content=b"x" * 20_001), 413),
            *((http.post(address + PATH, content=junk), 422)
              for junk in (b"", b"{}", b"[", b"a.b.c.d.e", b"\xff\xfe", b'{"type": null}')),
        ]  # fmt: skip
        for answer, status in asked:
            assert answer.status_code == status, answer.content
            assert set(answer.json()["error"]) == {"rule", "message"}
        sealed = send(north, "east.example", "p-1")
        assert http.post(address + PATH, content=sealed).status_code == 200
    assert east.workspace.verify() == []
    assert list(east.log.problems()) == []


def test_a_partner_that_only_keeps_connections_open_shuts_nobody_out(
    pair: tuple[Node, Node], served: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    north, east = pair
    monkeypatch.setattr("manara.exchange.serving._IDLE", 1.0)
    monkeypatch.setattr("manara.exchange.serving._AT_ONCE", 3)
    address = served(east)
    host, _, port = address.removeprefix("https://").partition(":")
    context = trusting([pem(east)], ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    context.check_hostname = False
    context.load_cert_chain(*own_certificate(north.workspace.root / "keys"))
    with ExitStack() as stack:

        def opened() -> ssl.SSLSocket:
            plain = stack.enter_context(socket.create_connection((host, int(port)), 20))
            return stack.enter_context(context.wrap_socket(plain))

        idle = [opened() for _ in range(3)]
        idle[0].sendall(b"POST /exchange HTTP/1.1\r\nHost: ")
        assert opened().recv(100) == b""
        assert [each.recv(100) for each in idle] == [b"", b"", b""]
    pin(north, east, address)
    assert greet(north, east.id).format == 2


def test_a_message_that_the_partner_refuses_does_not_hold_up_the_others(
    pair: tuple[Node, Node], served: Callable[..., str]
) -> None:
    north, east = pair
    pin(north, east, served(east))
    Outbox(north.workspace).put("east.example", b"junk")
    Outbox(north.workspace).put("east.example", send(north, "east.example", "p-1"))
    assert [each.state for each in deliver(north, by="post")] == ["refused", "delivered"]
    assert "undelivered" in actions(north)


def test_a_partner_says_what_it_reads(
    pair: tuple[Node, Node], served: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    north, east = pair
    pin(north, east, served(east))
    assert not north.partners.get(east.id).format
    assert greet(north, east.id).reads(2)
    monkeypatch.setattr("manara.exchange.serving.FORM", 1)
    assert not greet(north, east.id).reads(2)
    pin(north, east, "https://127.0.0.1:9")
    with pytest.raises(ExchangeError, match="cannot be reached"):
        greet(north, east.id)


def test_a_node_needs_a_certificate_and_a_partner_with_one(new_node: NewNode) -> None:
    north = new_node("north.example")
    with pytest.raises(NotFoundError, match="has no certificate"):
        serve(north, host="127.0.0.1", port=0)
    north.certify(by="head")
    with pytest.raises(UsageError, match="no partner has a certificate"):
        serve(north, host="127.0.0.1", port=0)
    east = new_node("east.example")
    with pytest.raises(UsageError, match="is no certificate"):
        north.agree(Partner(east.keys.card, certificate="none"), by="head")


def test_a_blind_question_by_command(
    pair: tuple[Node, Node], served: Callable[..., str], capfd: pytest.CaptureFixture[str]
) -> None:
    north, east = pair
    hold(east, "ships", GREEN, [Said("v-1", "imoNumber", "9074729", "Vessel")])
    at = served(east)
    terms = Partner(
        north.keys.card, certificate=pem(north), questions=9, by_officer=9, four_eyes=True
    )
    east.agree(terms, by="liaison")
    pin(north, east, at)

    def run(node: Node, *words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as stop:
            main(["--workspace", str(node.workspace.root), *words])
        said = capfd.readouterr()
        return int(stop.value.code or 0), said.out + said.err

    why = ["--to", east.id, "--purpose", "investigation", "--basis", "b", "--case", "c"]
    asked = ["blind", "ask", *why, "--officer", "ana", "--document", "imo:9074729"]
    status, said = run(north, *asked)
    assert (status, "manara blind table" in said) == (2, True), said
    assert run(east, "blind", "table", "--to", north.id, "--purpose", "investigation")[0] == 0
    (table,) = Outbox(east.workspace).waiting()
    assert run(north, "exchange", "take", str(table.path))[0] == 0
    status, said = run(north, *asked)
    assert (status, "2 officers" in said) == (2, True)
    assert run(north, *asked, "--second-officer", "carl") == (
        0,
        "hit at east.example: number agreed\n",
    )
    other = [*asked[:-1], "imo:9321483", "--second-officer", "carl"]
    assert run(north, *other) == (0, "no hit at east.example\n")
    assert run(north, *asked[:-2])[0] == 2

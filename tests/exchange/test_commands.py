"""The commands of the exchange, from the card to the proof."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from manara.casework.accounts import Accounts, Role
from manara.casework.journal import Journal
from manara.casework.sessions import Sessions
from manara.cli import main
from manara.exchange import Node
from manara.model import Handling
from manara.store import Workspace
from tests.exchange.conftest import Said, hold

PASSWORD = "fourteen grey gulls"


class Ended(NamedTuple):
    status: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def run(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MANARA_WORKSPACE", raising=False)

    def command(*words: str) -> Ended:
        capfd.readouterr()
        with pytest.raises(SystemExit) as stop:
            main(list(words))
        captured = capfd.readouterr()
        return Ended(int(stop.value.code or 0), captured.out, captured.err)

    return command


@pytest.fixture
def offices(run: Run) -> Run:
    for name in ("port", "coast"):
        assert run("init", name, "--organisation", f"{name.title()} office").status == 0
        made = run("-w", name, "node", "--id", f"{name}.example", "--to", f"{name}.card", "--json")
        assert json.loads(made.out)["name"] == f"{name.title()} office"
    assert run("-w", "port", "partner", "add", "coast.card").status == 0
    assert run("-w", "coast", "partner", "add", "port.card").status == 0
    with Workspace.open("port") as workspace:
        node = Node(workspace)
        hold(node, "open", Handling.of("GREEN"), [Said("p-1", "name", "Yasmin Ostrova")])
        hold(node, "closed", Handling.of("AMBER"), [Said("p-1", "notes", "kept here")])
    return run


SHARE = ("p-1", "--to", "coast.example", "--purpose", "investigation")


def test_from_the_card_to_the_receipt(offices: Run) -> None:
    run = offices
    shown = run("-w", "port", "package", "prepare", *SHARE)
    assert "goes   p-1 name = Yasmin Ostrova" in shown.out
    assert "stays  p-1 notes = kept here" in shown.out
    assert "audience: TLP:AMBER information may go only to" in shown.out
    sent = run("-w", "port", "package", "export", *SHARE, "--file", "a.package", "--json")
    assert [each["rule"] for each in json.loads(sent.out)["held"]] == ["audience"]
    assert b"Yasmin" not in Path("a.package").read_bytes()
    came = run("-w", "coast", "package", "import", "a.package", "--receipt", "r", "--json")
    assert (came.status, json.loads(came.out)["facts"]) == (0, 1)
    assert "Yasmin Ostrova" in run("-w", "coast", "find", "yasmin ostrova").out
    assert "took in 1 facts" in run("-w", "port", "package", "receipt", "r").out
    words = [
        json.loads(line)["action"] for line in run("-w", "port", "log", "--json").out.splitlines()
    ]
    assert words == ["identify", "partner", "prepare", "prepare", "release", "receipt"]
    assert run("-w", "port", "verify").out.startswith("whole")


def test_files_are_verified_without_a_workspace(offices: Run) -> None:
    run = offices
    run("-w", "port", "package", "export", *SHARE, "--file", "a.package")
    run("-w", "coast", "package", "import", "a.package", "--receipt", "r")
    run("-w", "port", "log", "head", "--to", "h")
    run("-w", "port", "log", "prove", "2", "--to", "p")
    cards = ("--card", "port.card", "--card", "coast.card")
    told = run("verify", "port.card", "r", "h", "p", *cards, "--json")
    rows = [json.loads(line) for line in told.out.splitlines()]
    assert [(row["holds"], row["kind"], row["signer"]) for row in rows] == [
        (True, "card", "port.example"),
        (True, "receipt", "coast.example"),
        (True, "head", "port.example"),
        (True, "proof", "port.example"),
    ]
    log = ("port/log/entries.jsonl", *cards, "--head", "h")
    assert run("verify", *log).status == 0
    assert "only its receiver can open it" in run("verify", "a.package", *cards).out
    opened = run("-w", "coast", "verify", "a.package")
    assert "1 facts, 0 events, 0 leads, signed by port.example" in opened.out


@pytest.mark.parametrize("name", ["port.card", "r", "h", "p", "port/log/entries.jsonl"])
def test_a_changed_file_does_not_hold(offices: Run, name: str) -> None:
    run = offices
    run("-w", "port", "package", "export", *SHARE, "--file", "a.package")
    run("-w", "coast", "package", "import", "a.package", "--receipt", "r")
    run("-w", "port", "log", "head", "--to", "h")
    run("-w", "port", "log", "prove", "1", "--to", "p")
    content = Path(name).read_bytes()
    cards = (
        ("--card", "coast.card")
        if name == "port.card"
        else ("--card", "port.card", "--card", "coast.card")
    )
    head = ("--head", "h") if name.endswith("jsonl") else ()
    for change in (
        content.replace(b"example", b"exemple"), content[: len(content) // 2], b"", b"{}", b"[1]",
        b"\xff\xfe", b'{"type":"manara-proof"}', b'{"type":"manara-receipt"}', b"a.b.c.d.e",
    ):  # fmt: skip
        Path("changed").write_bytes(change)
        ended = run("verify", "changed", *cards, *head)
        assert (ended.status, "does not hold" in ended.out) == (2, True), change


def test_four_eyes_on_the_command_line(offices: Run) -> None:
    run = offices
    run("-w", "port", "partner", "add", "coast.card", "--four-eyes")
    refused = run(
        "-w", "port", "package", "export", *SHARE, "--file", "a", "--officer", "ana", "--json"
    )
    assert (refused.status, json.loads(refused.err)["error"]["code"]) == (2, "exchange")
    assert not Path("a").exists()
    draft = json.loads(run("-w", "port", "package", "drafts", "--json").out)["id"]
    assert "coast.example" in run("-w", "port", "package", "drafts").out
    released = run(
        "-w", "port", "package", "release", draft[:9], "--officer", "carl", "--file", "a"
    )
    assert (released.status, Path("a").exists()) == (0, True)


def test_where_there_are_accounts_two_officers_prove_who_they_are(
    offices: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = offices
    run("-w", "port", "partner", "add", "coast.card", "--four-eyes")
    with Workspace.open(Path("port")) as workspace:
        sessions = Sessions(Journal(workspace))
        accounts = Accounts(sessions.journal)
        for name, role in (("ana", Role.LIAISON), ("carl", Role.LIAISON), ("dora", Role.ANALYST)):
            link = accounts.add(name, name.title(), roles=[role], purposes=[], by="test")
            sessions.set_password(link, PASSWORD)
    asked, told = list[str](), {"ana": PASSWORD}

    def prompt(text: str, **_: object) -> str:
        asked.append(text)
        return told.get(text.rpartition(" ")[2], "wrong")

    monkeypatch.setattr("click.prompt", prompt)
    words = ("-w", "port", "package", "prepare", *SHARE, "--officer")
    assert run(*words, "nobody").status == run(*words, "carl").status == 2
    assert run(*words, "ana").status == 0
    draft = json.loads(run("-w", "port", "package", "drafts", "--json").out)["id"]
    release = ("-w", "port", "package", "release", draft, "--file", "a", "--officer")
    assert run(*release, "carl").status == 2
    told |= {"dora": PASSWORD, "carl": PASSWORD}
    assert "may not release" in run(*release, "dora").err
    assert "second officer" in run(*release, "ana").err
    assert run(*release, "carl").status == 0
    assert asked[-1] == "Password of carl"


def test_partners_come_and_go(offices: Run) -> None:
    run = offices
    listed = json.loads(run("-w", "port", "partner", "list", "--json").out)
    assert (listed["card"]["id"], listed["onward"]) == ("coast.example", "ask")
    assert "community" in run("-w", "port", "partner", "list").out
    assert run("-w", "port", "partner", "add", "port.card").status == 2
    assert run("-w", "port", "partner", "remove", "coast.example").status == 0
    assert run("-w", "port", "partner", "remove", "coast.example").status == 2
    assert run("-w", "port", "package", "export", *SHARE, "--file", "a").status == 2
    assert run("-w", "port", "node", "--id", "other.example").status == 2


def test_a_damaged_log_is_told_by_verify(offices: Run) -> None:
    run = offices
    path = Path("port/log/entries.jsonl")
    path.write_bytes(path.read_bytes().replace(b"partner", b"friends"))
    changed = run("-w", "port", "verify", "--json")
    assert changed.status == 2
    assert json.loads(changed.out)["problems"] == ["audit log: entry 1 is not what was written"]
    path.write_bytes(path.read_bytes()[:-9])
    cut = run("-w", "port", "verify")
    assert (cut.status, "has lost 9 bytes" in cut.out) == (2, True)


def test_a_request_its_answer_and_a_recall_by_files(offices: Run) -> None:
    run = offices
    asked = run(
        "-w", "coast", "request", "send", "port.example:p-1", "--to", "port.example", "--purpose",
        "investigation", "--basis", "treaty 7", "--case", "C-1", "--deadline", "2999-01-01",
        "--json",
    )  # fmt: skip
    request = json.loads(asked.out)["id"]
    carry(run, "coast", "port")
    assert "port.example:p-1" in run("-w", "port", "request", "list").out
    assert run("-w", "port", "package", "export", *SHARE, "--answers", request).status == 0
    assert "coast.example" in run("-w", "port", "exchange", "outbox").out
    carry(run, "port", "coast")
    assert "answered" in run("-w", "coast", "request", "list").out
    feedback = ("request", "feedback", request, "--to", "port.example", "--useful", "partly")
    assert run("-w", "coast", *feedback, "--text", "known already").status == 0
    carry(run, "coast", "port")
    assert "partly known already" in run("-w", "port", "request", "list").out

    assert "Yasmin Ostrova" in run("-w", "coast", "find", "yasmin ostrova").out
    sent = run("-w", "port", "recall", "send", "p-1", "--reason", "mixed up", "--json")
    assert json.loads(sent.out)["facts"] == 1
    assert run("-w", "port", "recall", "status").out.splitlines()[1].split()[-1] == "coast.example"
    carry(run, "port", "coast")
    assert "Yasmin Ostrova" not in run("-w", "coast", "find", "yasmin ostrova").out
    carry(run, "coast", "port")
    told = json.loads(run("-w", "port", "recall", "status", "--json").out)
    assert (told["recalled"], told["reached"], told["waiting"]) == (1, ["coast.example"], [])
    again = run("-w", "port", "recall", "send", "p-1", "--reason", "again")
    assert (again.status, "nothing of this is with a partner" in again.err) == (2, True)


def test_a_refusal_and_a_second_officer(offices: Run) -> None:
    run = offices
    assert run("-w", "coast", "partner", "add", "port.card", "--four-eyes").status == 0
    asked = ("request", "send", "--to", "port.example", "--text", "whose boat?", "--basis", "t")
    made = run("-w", "coast", *asked, "--purpose", "training", "--case", "C", "--officer", "a")
    assert "waits for a second officer" in made.out
    request = made.out.split()[0]
    assert run("-w", "coast", "request", "approve", request, "--officer", "a").status == 2
    assert run("-w", "coast", "request", "approve", request, "--officer", "b").status == 0
    carry(run, "coast", "port")
    assert run("-w", "port", "request", "refuse", request, "--rule", "purpose").status == 0
    carry(run, "port", "coast")
    assert "refused" in run("-w", "coast", "request", "list").out
    Path("junk").write_bytes(b"junk")
    assert "cannot be opened" in run("-w", "port", "exchange", "take", "junk").out
    made = run("-w", "port", "exchange", "certificate", "--to", "port.pem", "--json")
    assert len(json.loads(made.out)["sha256"]) == 64
    added = ("partner", "add", "port.card", "--certificate", "port.pem", "--address")
    assert run("-w", "coast", *added, "https://127.0.0.1:9").status == 0
    sent = run("-w", "coast", "exchange", "send")
    assert (sent.status, "this node has no certificate" in sent.err) == (2, True)
    assert run("-w", "coast", "exchange", "certificate", "--to", "coast.pem").status == 0
    sent = run("-w", "coast", "exchange", "send")
    assert (sent.status, "cannot be reached" in sent.out) == (1, True)


def carry(run: Run, sender: str, receiver: str) -> None:
    """Carry what waits at one office to the other, as files."""
    assert run("-w", sender, "exchange", "outbox", "--to", "stick").status == 0
    files = sorted(Path("stick", f"{receiver}.example").glob("*.message"))
    assert run("-w", receiver, "exchange", "take", *map(str, files)).status == 0
    for path in files:
        path.unlink()

"""Workspaces: made, found, locked, swept, verified; sources kept; datasets withdrawn."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import textwrap
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import text

from manara.model import Handling, Judgement, NotFoundError, UsageError, Verdict, WorkspaceError
from manara.store import Settings, Workspace, ledger
from tests.conftest import ROOT
from tests.store.conftest import Said, ingest, known, listing

AMINA = Said("t-1", "name", "Amina Tazi")
JOSE = Said("t-2", "name", "José Ñandú")


def judgement(left: str, right: str, verdict: Verdict, *, human: bool) -> Judgement:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    return Judgement(left, right, verdict, 0.9, ("same passport", "même né à فاس"), "me", human, at)


# Made and found


def test_a_workspace_is_found_from_below_and_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Workspace.create(tmp_path / "ws", organisation='Unité "Été" وحدة\\').close()
    below = tmp_path / "ws" / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.delenv("MANARA_WORKSPACE", raising=False)
    monkeypatch.chdir(below)
    with Workspace.open() as found:
        assert found.root == (tmp_path / "ws").resolve()
        assert found.settings == Settings(organisation='Unité "Été" وحدة\\')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MANARA_WORKSPACE", str(tmp_path / "ws"))
    Workspace.open().close()


def test_no_workspace_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MANARA_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WorkspaceError, match="manara init"):
        Workspace.open()
    with pytest.raises(WorkspaceError, match="is not a workspace"):
        Workspace.open(tmp_path / "nowhere")


def test_a_workspace_is_never_made_over_something(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("keep me")
    with pytest.raises(WorkspaceError, match="not an empty folder"):
        Workspace.create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        ("colour = 'red'", "colour is not a setting"),
        ("memory = 3", "memory is not a setting or not a text"),
        ("engine = 'abacus'", "no engine is called 'abacus'"),
        ("engine = ", "manara.toml"),
    ],
)
def test_settings_that_cannot_be_are_said_plainly(
    tmp_path: Path, toml: str, complaint: str
) -> None:
    Workspace.create(tmp_path / "ws").close()
    (tmp_path / "ws" / "manara.toml").write_text(toml)
    with pytest.raises(WorkspaceError, match=complaint):
        Workspace.open(tmp_path / "ws")


def test_a_registry_that_cannot_be_reached_is_said_plainly(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'no such folder' / 'r.db'}"
    with pytest.raises(WorkspaceError, match="see that the database is there"):
        Workspace.create(tmp_path / "ws", registry=url)
    Workspace.create(tmp_path / "ws").close()


# The writer's lock and the sweep


def test_writers_take_turns(workspace: Workspace) -> None:
    with workspace.writing(), workspace.writing(), Workspace.open(workspace.root) as other:
        with pytest.raises(WorkspaceError, match="busy"), other.writing(wait=0.1):
            pass
        assert known(other) == set()
    with Workspace.open(workspace.root) as other, other.writing(wait=0.1):
        pass


def test_threads_of_one_process_take_turns(workspace: Workspace) -> None:
    met: list[str] = []

    def second() -> None:
        try:
            with workspace.writing(wait=0.1):
                met.append("in")
        except WorkspaceError as error:
            met.append(error.message)

    with workspace.writing():
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert met == ["busy: another thread is writing to it"]


def test_a_sweep_deletes_leftovers_and_nothing_alive(workspace: Workspace) -> None:
    ingest(workspace, "one", [AMINA])
    before = listing(workspace.lake)
    (workspace.lake / "facts" / "20260101T000000.000000-0.parquet").write_bytes(b"PAR1")
    (workspace.lake / "facts" / ".x.parquet.1234").write_bytes(b"")
    (workspace.lake / "payments").mkdir()
    (workspace.lake / "payments" / "y.parquet").write_bytes(b"")
    dead = workspace.scratch / "dead"
    dead.mkdir()
    (dead / "lock").touch()
    from manara.store.files import scratch

    with scratch(workspace.scratch) as alive:
        (alive / "0.parquet").touch()
        with workspace.writing():
            assert (alive / "0.parquet").exists()
        assert not dead.exists()
    assert listing(workspace.lake) == before
    assert workspace.verify() == []


def test_replaced_segments_stay_for_readers_and_go_after_an_hour(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        ingest(workspace, "one", [AMINA, Said("t-1", "notes", os.urandom(4).hex())])
    view, old = workspace.view(), set(listing(workspace.lake))
    assert workspace.compact(force=True) == 2
    with workspace.writing():
        pass
    assert old < set(listing(workspace.lake))
    assert len(list(view.facts())) == 2
    monkeypatch.setattr("manara.store.workspace.GRACE", -timedelta(seconds=1))
    with workspace.writing():
        pass
    gone = old - set(listing(workspace.lake))
    assert len([name for name in gone if name.startswith("facts/")]) == 2
    assert len(list(workspace.view().facts())) == 2
    assert workspace.verify() == []


# Sources


def test_a_source_is_kept_byte_for_byte_and_once(workspace: Workspace, tmp_path: Path) -> None:
    content = "Amina; أمينة\r\n".encode() * 200_000
    (tmp_path / "list.csv").write_bytes(content)
    first = workspace.keep(tmp_path / "list.csv", "list.csv", url="https://x.example", etag='"7"')
    before = listing(workspace.sources)
    again = workspace.keep(io.BytesIO(content), "copy.csv")
    assert again == first
    assert first.id == hashlib.sha256(content).hexdigest()
    assert (first.size, first.name, first.etag) == (len(content), "list.csv", '"7"')
    assert workspace.source_path(first.id).read_bytes() == content
    assert list(before) == [f"{first.id[:2]}/{first.id}"]
    assert listing(workspace.sources) == before
    assert workspace.keep(io.BytesIO(b""), "empty").size == 0


# Verify


def test_verify_finds_every_kind_of_damage(workspace: Workspace) -> None:
    ingest(workspace, "one", [AMINA, JOSE], content=b"first source")
    ingest(workspace, "one", [AMINA], content=b"second source")
    assert workspace.verify() == []
    facts, retractions = (next((workspace.lake / t).iterdir()) for t in ("facts", "retractions"))
    data = bytearray(facts.read_bytes())
    data[len(data) // 2] ^= 1
    facts.write_bytes(data)
    retractions.unlink()
    workspace.source_path(hashlib.sha256(b"first source").hexdigest()).write_bytes(b"first")
    workspace.source_path(hashlib.sha256(b"second source").hexdigest()).write_bytes(
        b"Second source"
    )
    problems = sorted(workspace.verify())
    assert len(problems) == 4
    assert "SHA-256 differs" in problems[0] and "facts/" in problems[0]
    assert "is missing" in problems[1] and "retractions/" in problems[1]
    assert {"5 bytes long instead of 12", "SHA-256 differs"} == {
        problem.split(") ")[1].removeprefix("is ").removeprefix("not what was written: its ")
        for problem in problems[2:]
    }


def test_verify_finds_a_count_that_does_not_add_up(workspace: Workspace) -> None:
    ingest(workspace, "one", [AMINA, JOSE])
    with workspace.registry.writing() as connection:
        connection.execute(text("UPDATE editions SET facts = 3"))
    (problem,) = workspace.verify()
    assert "one-1" in problem and "3" in problem and "2" in problem


# Withdrawal and retention


def test_a_withdrawn_dataset_is_in_no_answer_but_in_the_trail(workspace: Workspace) -> None:
    ingest(workspace, "one", [AMINA])
    ingest(workspace, "two", [AMINA, JOSE])
    moment = datetime.now(UTC)
    workspace.compact(force=True)
    workspace.withdraw("two", by="officer", reason="court order 7/2026")
    workspace.withdraw("two", by="officer", reason="again")
    for view in (workspace.view(), workspace.view(moment)):
        assert {fact.dataset for fact in view.facts(past=True)} == {"one"}
        assert [row["dataset"] for row in view.datasets()] == ["one"]
        assert view.counts()["facts"] == 1
        for table in ("facts", "past_facts", "editions"):
            found = view.sql(f"SELECT DISTINCT dataset FROM {table}").to_pylist()
            assert found == [{"dataset": "one"}]
    assert workspace.in_force("two") is None
    (trace,) = [event for event in workspace.history("two") if event["action"] == "withdraw"]
    assert (trace["who"], trace["detail"]) == ("officer", {"reason": "court order 7/2026"})
    with pytest.raises(UsageError, match="court order"):
        ingest(workspace, "two", [AMINA])
    with pytest.raises(NotFoundError):
        workspace.withdraw("three", by="officer", reason="x")


def test_what_had_to_be_deleted_is_in_no_answer(workspace: Workspace) -> None:
    today = datetime.now(UTC).date()
    last_day = Handling.of("TLP:GREEN", retain_until=today)
    over = Handling.of("TLP:GREEN", retain_until=today - timedelta(days=1))
    ingest(workspace, "one", [AMINA], handling=last_day)
    ingest(workspace, "two", [AMINA, JOSE], handling=over)
    assert known(workspace) == {("one", "t-1", AMINA.value)}
    then = workspace.view(datetime.now(UTC))
    assert not list(then.facts(datasets=["two"], past=True))
    assert [row["facts"] for row in then.datasets()] == [1, 0]
    assert isinstance(over.retain_until, date)


def test_a_cluster_names_no_member_that_may_not_be_seen(workspace: Workspace) -> None:
    ingest(workspace, "one", [AMINA])
    ingest(workspace, "two", [JOSE])
    workspace.resolved([], {"t-1": "t-1", "t-2": "t-1"}, by="machine")
    assert workspace.view().cluster("t-1") == ("t-1", ("t-1", "t-2"))
    workspace.withdraw("two", by="officer", reason="x")
    assert workspace.view().cluster("t-1") == ("t-1", ("t-1",))


# Judgements, runs, events


def test_human_judgements_survive_and_are_dated(workspace: Workspace) -> None:
    said = judgement("t-2", "t-1", Verdict.NEGATIVE, human=True)
    workspace.judge(said)
    (kept,) = workspace.human_judgements()
    assert (kept.pair, kept.verdict, kept.reason) == (("t-1", "t-2"), said.verdict, said.reason)
    assert workspace.view().judgements(["t-1", "t-2"]) == [kept]
    assert workspace.view(kept.at - timedelta(seconds=1)).judgements(["t-1", "t-2"]) == []
    with pytest.raises(UsageError):
        workspace.judge(judgement("t-1", "t-2", Verdict.POSITIVE, human=False))


def test_resolving_is_needed_when_something_bears_on_it(workspace: Workspace) -> None:
    def resolve() -> None:
        assert workspace.needs_resolving()
        workspace.resolved([], {}, by="machine")
        assert not workspace.needs_resolving()

    assert not workspace.needs_resolving()
    ingest(workspace, "one", [AMINA])
    resolve()
    ingest(workspace, "one", [AMINA])
    workspace.ran(by="me", detail={})
    assert not workspace.needs_resolving()
    workspace.judge(judgement("t-1", "t-2", Verdict.POSITIVE, human=True))
    resolve()
    workspace.withdraw("one", by="me", reason="x")
    resolve()


def test_the_last_run_is_remembered(workspace: Workspace) -> None:
    assert workspace.last_run() is None
    before = datetime.now(UTC)
    workspace.ran(by="me", detail={"facts": 3})
    run = workspace.last_run()
    assert run and before <= run <= datetime.now(UTC)
    assert list(workspace.history())[-1]["detail"] == {"facts": 3}


def test_events_are_appended_whole_and_seen_as_of_their_time(workspace: Workspace) -> None:
    ingest(workspace, "one", [AMINA])
    before = datetime.now(UTC)
    rows = {"id": ["p1", "p2"], "dataset": ["one"] * 2, "payer": ["t-1", None]}
    assert workspace.append("payments", [pa.record_batch(rows)], by="me", dataset="one") == 2
    query = "SELECT id, payer, amount FROM payments ORDER BY id"
    assert workspace.view().sql(query).to_pylist() == [
        {"id": "p1", "payer": "t-1", "amount": None},
        {"id": "p2", "payer": None, "amount": None},
    ]
    assert workspace.view(before).sql(query).num_rows == 0
    with pytest.raises(UsageError, match="no event table"):
        workspace.append("facts", [], by="me")
    with pytest.raises(UsageError, match="colour"):
        workspace.append("payments", [pa.record_batch({"colour": ["red"]})], by="me")
    workspace.withdraw("one", by="me", reason="x")
    assert workspace.view().sql(query).num_rows == 0


# The registry


def test_the_trail_only_grows(workspace: Workspace) -> None:
    workspace.ran(by="me", detail={})
    for statement in ("DELETE FROM audit", "UPDATE audit SET who = 'nobody'"):
        with (
            pytest.raises(WorkspaceError, match="only grows"),
            workspace.registry.writing() as connection,
        ):
            connection.execute(text(statement))
    assert len(list(workspace.history())) == 1


def test_the_migrations_make_the_tables_of_the_code(workspace: Workspace) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from manara.store import registry, tables

    with workspace.registry.writing() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    config = Config()
    config.set_main_option("script_location", "manara.store:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [registry.HEAD]


def test_a_registry_of_a_newer_version_is_left_alone(workspace: Workspace) -> None:
    with workspace.registry.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(WorkspaceError, match="newer Manara"):
        Workspace.open(workspace.root)


def test_a_password_in_the_registry_url_is_not_shown(tmp_path: Path) -> None:
    url = "postgresql://manara:hunter2@127.0.0.1:1/none"
    with pytest.raises(WorkspaceError) as caught:
        Workspace.create(tmp_path / "ws", registry=url)
    assert "hunter2" not in str(caught.value)


COUNT_UP = """
import sys
from sqlalchemy import select, update
from manara.store import Workspace, tables
with Workspace.open(sys.argv[1]) as workspace:
    for _ in range(50):
        with workspace.registry.writing() as connection:
            count = connection.scalar(select(tables.sources.c.size))
            connection.execute(update(tables.sources).values(size=count + 1))
"""


def test_four_processes_count_together(workspace: Workspace) -> None:
    workspace.keep(io.BytesIO(b""), "counter")
    command = [sys.executable, "-c", textwrap.dedent(COUNT_UP), str(workspace.root)]
    writers = [
        subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    assert [writer.communicate()[1] for writer in writers] == [""] * 4
    with workspace.registry.reading() as connection:
        assert ledger.all_sources(connection)[0].size == 200

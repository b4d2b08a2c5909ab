"""The audit log: what was acknowledged stays, what was changed is found."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from manara.model import WorkspaceError
from manara.store.log import AuditLog, Entry, entry_of
from manara.store.merkle import Tree, leaf_hash, verify_consistency, verify_inclusion
from tests.conftest import ROOT

AT = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
names = st.text(st.characters(codec="ascii"), max_size=8)
values = st.one_of(
    st.text(max_size=8), st.integers(-(2**53) + 1, 2**53 - 1), st.booleans(), st.none(),
    st.lists(st.text(max_size=4), max_size=3),
)  # fmt: skip


def entry(number: int, **detail: str) -> Entry:
    return Entry(AT, "officer", "release", f"package-{number}", dict(detail))


@given(st.text(max_size=8), st.text(max_size=8), st.dictionaries(names, values, max_size=4))
def test_lines_are_canonical_json(
    tmp_path_factory: pytest.TempPathFactory, by: str, thing: str, detail: dict[str, str]
) -> None:
    log = AuditLog(tmp_path_factory.mktemp("log"))
    log.append([Entry(AT, by, "import", thing, detail)])
    (line,) = log.lines()
    stated = {"action": "import", "at": "2026-11-22T12:30:00Z", "by": by, "detail": detail}
    assert line == rfc8785.dumps(stated | {"thing": thing})
    assert entry_of(line) == Entry(AT, by, "import", thing, detail)


def test_what_is_appended_can_be_read_and_proved(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    assert log.append(entry(n) for n in range(5)) == range(5)
    assert AuditLog(tmp_path).append(entry(n) for n in range(5, 300)) == range(5, 300)
    assert log.append([]) == range(300, 300)
    lines = list(log.lines())
    assert [entry_of(line).thing for line in lines] == [f"package-{n}" for n in range(300)]
    assert list(log.lines(7, 9)) == lines[7:9]
    assert log.tree.root() == Tree.of(lines).root()
    assert verify_inclusion(leaf_hash(lines[7]), 7, 300, log.tree.inclusion(7), log.tree.root())
    assert list(log.problems()) == []


def test_the_files_are_for_the_owner_only(tmp_path: Path) -> None:
    AuditLog(tmp_path / "log").append([entry(1)])
    modes = {path.stat().st_mode & 0o077 for path in (tmp_path / "log").glob("en*")}
    assert (modes, (tmp_path / "log").stat().st_mode & 0o077) == ({0}, 0)


@pytest.mark.parametrize("how", ["change", "drop", "swap"])
def test_a_partner_with_an_old_head_finds_a_rewritten_history(tmp_path: Path, how: str) -> None:
    count, held = 10_000, 7_500
    entries = [entry(n) for n in range(count)]
    log = AuditLog(tmp_path / "log")
    log.append(entries[:held])
    head = log.tree.root()
    log.append(entries[held:])
    honest = log.tree
    assert verify_consistency(held, count, honest.consistency(held), head, honest.root())

    at = random.Random(20261122).randrange(held)
    if how == "change":
        entries[at] = entry(at, to="nobody")
    elif how == "drop":
        del entries[at]
        entries.append(entry(count))
    else:
        entries[at], entries[at - 1] = entries[at - 1], entries[at]
    forged = AuditLog(tmp_path / "forged")
    forged.append(entries)
    tree = forged.tree
    assert not verify_consistency(held, count, tree.consistency(held), head, tree.root())
    assert sum(map(len, honest.inclusion(at))) <= 1024


def test_a_line_changed_in_its_file_is_found(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    log.append(entry(n) for n in range(9))
    path = tmp_path / "entries.jsonl"
    path.write_bytes(path.read_bytes().replace(b"package-4", b"package-8"))
    assert list(log.problems()) == ["audit log: entry 4 is not what was written"]
    nodes = bytearray((tmp_path / "nodes").read_bytes())
    path.write_bytes(path.read_bytes().replace(b"package-8", b"package-4", 1))
    nodes[2 * 32] ^= 1
    (tmp_path / "nodes").write_bytes(nodes)
    assert list(log.problems()) == ["audit log: its tree is not of its entries"]


def test_what_was_left_half_written_is_cut_off(tmp_path: Path) -> None:
    AuditLog(tmp_path).append(entry(n) for n in range(9))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for name, rest in (("entries.jsonl", b'{"act'), ("nodes", b"\1" * 50), ("ends", b"\0" * 7)):
        (tmp_path / name).write_bytes(before[name] + rest)
    log = AuditLog(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert log.append([entry(9)]) == range(9, 10)
    assert list(log.problems()) == []


def test_a_batch_left_unfinished_is_cut_off_and_a_whole_line_stays(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    log.append(entry(n) for n in range(9))
    path = tmp_path / "entries.jsonl"
    before = path.read_bytes()
    lines = before.splitlines(keepends=True)
    path.write_bytes(before + lines[0] + b"\0" + lines[1][1:] + lines[2])
    assert log.append([entry(10)]) == range(10, 11)
    assert list(log.lines()) == [line[:-1] for line in [*lines, lines[0]]] + [list(log.lines())[10]]
    assert list(log.problems()) == []


def test_a_line_that_another_writer_left_whole_is_seen_before_adding(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    log.append(entry(n) for n in range(9))
    path = tmp_path / "entries.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines, lines[0]]))
    with log.adding() as add:
        assert list(log.lines(9)) == [lines[0][:-1]]
        assert add([entry(10)]) == range(10, 11)


@pytest.mark.parametrize(("nodes", "ends"), [(100, 72), (0, 0), (512, 20), (320, 0)])
def test_what_a_loss_of_power_took_is_made_anew(tmp_path: Path, nodes: int, ends: int) -> None:
    AuditLog(tmp_path).append(entry(n) for n in range(9))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    os.truncate(tmp_path / "nodes", nodes)
    os.truncate(tmp_path / "ends", ends)
    AuditLog(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_log_that_lost_entries_is_refused(tmp_path: Path) -> None:
    AuditLog(tmp_path).append(entry(n) for n in range(9))
    os.truncate(tmp_path / "entries.jsonl", 100)
    with pytest.raises(WorkspaceError, match=r"has lost \d+ bytes"):
        AuditLog(tmp_path)


WRITER = """
    import os, sys, threading, time
    from datetime import datetime, UTC
    from pathlib import Path
    from manara.store.log import AuditLog, Entry

    folder, life, delay = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])

    def end():
        time.sleep(delay)
        os.kill(os.getpid(), 9)

    log = AuditLog(folder)
    threading.Thread(target=end, daemon=True).start()
    for number in range(10**9):
        batch = [Entry(datetime.now(UTC), "o", "a", f"{life}-{number}-{n}", {}) for n in range(50)]
        log.append(batch)
        os.write(1, f"{life}-{number}\\n".encode())
"""


def test_killed_writers_lose_nothing_they_acknowledged(tmp_path: Path) -> None:
    chance = random.Random(7)
    said: list[str] = []
    for life in range(4):
        delay = str(chance.uniform(0.01, 0.1))
        command = [sys.executable, "-c", textwrap.dedent(WRITER), str(tmp_path), str(life), delay]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == -signal.SIGKILL, done.stderr
        said += done.stdout.split()
    log = AuditLog(tmp_path)
    things = [entry_of(line).thing for line in log.lines()]
    assert said
    assert {f"{each}-{n}" for each in said for n in range(50)} <= set(things)
    batches = {thing.rpartition("-")[0] for thing in things}
    assert len(things) == len(set(things)) == 50 * len(batches)
    assert list(log.problems()) == []

"""The commands as a user meets them: output contract, exit statuses, errors."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click import Command, Context, Group

from manara.cli.main import cli, main
from tests.pipeline.conftest import Manara, person

LEILA = person("a-1", name="Leïla Nasser|ليلى ناصر", birthDate="1961", nationality="ma")
LEILA_B = person("b-1", name="NASSER, Leila", birthDate="1961-05-07", gender="female")


def commands(command: Command = cli, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command as the words one types."""
    found = [path] if path and not isinstance(command, Group) else []
    if isinstance(command, Group):
        context = Context(command)
        for name in command.list_commands(context):
            sub = command.get_command(context, name)
            assert sub
            found += commands(sub, (*path, name))
    return found


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_explains_itself_and_speaks_json(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main([*words, "--help"])
    text = capsys.readouterr().out
    assert not stop.value.code
    assert "--json" in text
    command: Command = cli
    for word in words:
        assert isinstance(command, Group)
        command = command.get_command(Context(command), word) or cli
    assert command.help
    for param in command.get_params(Context(command)):
        assert param.param_type_name == "argument" or getattr(param, "help", None), param.name


def test_from_lists_to_one_person(manara: Manara, tmp_path: Path) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    one.write_text(LEILA, "utf-8")
    other.write_text(LEILA_B, "utf-8")
    assert manara("ingest", one, "--dataset", "list_a").status == 0
    assert manara("ingest", other, "--dataset", "list_b", "--tlp", "GREEN").status == 0

    done = manara("run", "--json")
    summary = json.loads(done.out)
    assert done.status == 0
    assert (summary["sources"], summary["facts"], summary["entities"]) == (2, 7, 1)
    assert (summary["people_in_several"], summary["organisations_in_several"]) == (1, 0)
    report = Path(summary["report"]).read_text("utf-8")
    assert "ليلى ناصر" in report or "Leïla Nasser" in report
    assert "http" not in report.replace("http-equiv", "")  # nothing is fetched

    exported = manara("export", "--format", "ftm").lines
    assert [entity["id"] for entity in exported] == ["a-1"]
    assert exported[0]["referents"] == ["b-1"]
    assert sorted(exported[0]["datasets"]) == ["list_a", "list_b"]
    assert set(exported[0]["properties"]["birthDate"]) == {"1961", "1961-05-07"}
    by_source = manara("export", "--format", "ftm", "--by-source").lines
    assert [entity["id"] for entity in by_source] == ["a-1", "b-1"]
    assert set(by_source[0]["properties"]["name"]) == {"Leïla Nasser", "ليلى ناصر"}

    shown = json.loads(manara("show", "b-1", "--json").out)
    assert (shown["entity"], shown["members"]) == ("a-1", ["a-1", "b-1"])
    assert "compatible birth dates" in " ".join(shown["judgements"][0]["reason"])
    facts = {(f["prop"], f["value"]): f for f in shown["facts"]}
    stated = facts["birthDate", "1961-05-07"]
    assert (stated["dataset"], stated["locator"]) == ("list_b", "line 1")
    assert stated["handling"] == "TLP:GREEN"
    assert facts["birthDate", "1961"]["handling"] == "TLP:AMBER+STRICT"

    for text in ("leila nasser", "NASSER", "ناصر ليلى"):
        assert [found["entity"] for found in manara("find", text, "--json").lines] == ["a-1"]
    assert manara("find", "leila nassim", "--json").lines == []


def test_a_person_decides_and_is_obeyed(manara: Manara, tmp_path: Path) -> None:
    for name, line in (("list_a", LEILA), ("list_b", LEILA_B)):
        path = tmp_path / f"{name}.json"
        path.write_text(line, "utf-8")
        manara("ingest", path, "--dataset", name)
    manara("run")
    assert len(manara("export").lines) == 1
    assert manara("judge", "a-1", "b-1", "--different", "--ground", "two passports").status == 0
    for _ in range(2):  # and still after another run
        manara("run")
        assert [entity["id"] for entity in manara("export").lines] == ["a-1", "b-1"]
    manara("judge", "b-1", "a-1", "--same", "--ground", "one face")
    manara("run")
    assert len(manara("export").lines) == 1
    shown = json.loads(manara("show", "a-1", "--json").out)
    assert "one face" in [reason for j in shown["judgements"] for reason in j["reason"]]
    wrong = manara("judge", "a-1", "nobody", "--same", "--ground", "x", "--json")
    assert (wrong.status, json.loads(wrong.err)["error"]["code"]) == (2, "not-found")


def lake(tmp_path: Path) -> dict[str, bytes]:
    """Every file of the lake."""
    folder = tmp_path / "workspace" / "lake"
    return {str(p): p.read_bytes() for p in folder.rglob("*.parquet")}


def test_unchanged_writes_nothing_and_changed_only_the_difference(
    manara: Manara, tmp_path: Path
) -> None:
    path = tmp_path / "list.json"
    path.write_text(LEILA + person("a-2", name="Omar Farouk"), "utf-8")
    manara("ingest", path, "--dataset", "list_a")
    before = lake(tmp_path)
    again = manara("ingest", path, "--dataset", "list_a", "--json").lines[0]
    assert (again["status"], again["added"], again["removed"]) == ("unchanged", 0, 0)
    assert lake(tmp_path) == before

    noted = datetime.now(UTC).isoformat()
    time.sleep(0.01)
    path.write_text(LEILA.replace("1961", "1962") + person("a-2", name="Omar Farouk"), "utf-8")
    changed = manara("ingest", path, "--dataset", "list_a", "--json").lines[0]
    assert (changed["status"], changed["added"], changed["removed"]) == ("applied", 1, 1)
    assert before.items() <= lake(tmp_path).items()

    def birth_dates(*options: str) -> set[str]:
        shown = json.loads(manara("show", "a-1", "--json", *options).out)
        return {fact["value"] for fact in shown["facts"] if fact["prop"] == "birthDate"}

    assert birth_dates() == {"1962"}
    assert birth_dates("--as-of", noted) == {"1961"}
    assert birth_dates("--as-of", datetime.now(UTC).date().isoformat()) == {"1962"}
    assert birth_dates("--past") == {"1961", "1962"}
    assert manara("show", "a-1", "--as-of", "2020-01-01").status == 2


def test_rejects_are_kept_with_their_place(manara: Manara, tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    bad = person("a-2", name="Omar Farouk", birthDate="1980-02-30", nationality="Atlantis")
    path.write_text(LEILA + "not json\n" + bad, "utf-8")
    done = manara("ingest", path, "--dataset", "list_a", "--json")
    assert (done.status, done.lines[0]["records"], done.lines[0]["rejects"]) == (1, 2, 3)
    kept = {(r["locator"], r["rule"], r["excerpt"]) for r in manara("rejects", "--json").lines}
    assert ("line 3", "date", "1980-02-30") in kept
    assert ("line 3", "country", "Atlantis") in kept
    assert "line 2" in {locator for locator, _, _ in kept}
    assert [e["id"] for e in manara("export").lines] == ["a-1", "a-2"]
    assert manara("run").status == 0  # the run itself set nothing aside


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("ingest", "/no/such/file"), "no such file, folder or address"),
        (("show",), "Missing argument"),
        (("show", "nobody"), "no such entity"),
        (("find", "؟"), "no letter or digit"),
        (("export", "--format", "xml"), "is not one of"),
        (("export", "--format", "csv", "--by-source"), "has no meaning"),
        (("withdraw", "nothing", "--reason", "x"), "nothing"),
        (("sources", "update", "nothing"), "not in the catalogue"),
        (("show", "a", "--as-of", "yesterday"), "not a date or time"),
        (("nonsense",), "No such command"),
    ],
)
def test_bad_usage_is_explained(manara: Manara, words: tuple[str, ...], message: str) -> None:
    ended = manara(*words)
    assert (ended.status, ended.out) == (2, "")
    assert message in ended.err
    assert "Traceback" not in ended.err


def test_no_workspace_is_explained(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "manara", "status"], cwd=tmp_path, capture_output=True, text=True
    )
    assert ended.returncode == 2
    assert "manara init" in ended.stderr


def test_a_refused_file_leaves_the_edition_in_force(manara: Manara, tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text(LEILA + person("a-2", name="Omar Farouk"), "utf-8")
    manara("ingest", path, "--dataset", "list_a")
    path.write_text(LEILA + person("a-2", name="Omar Farouk")[:-20], "utf-8")
    ended = manara("ingest", path, "--dataset", "list_a", "--json")
    assert (ended.status, ended.lines[0]["status"]) == (2, "refused")
    assert "line 2" in ended.lines[0]["reason"]
    assert [e["id"] for e in manara("export").lines] == ["a-1", "a-2"]
    actions = [event["action"] for event in manara("history", "--json").lines]
    assert actions[-1] != actions[0]
    assert "refus" in actions[-1]


def test_an_edition_that_shrinks_by_half_needs_a_word(manara: Manara, tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    everyone = [person(f"p-{i}", name=f"Omar Farouk {i}") for i in range(40)]
    path.write_text("".join(everyone), "utf-8")
    manara("ingest", path, "--dataset", "list_a")
    path.write_text("".join(everyone[:10]), "utf-8")
    refused = manara("ingest", path, "--dataset", "list_a")
    assert refused.status == 2
    assert "--allow-shrink" in refused.err
    assert len(manara("export").lines) == 40
    assert manara("ingest", path, "--dataset", "list_a", "--allow-shrink").status == 0
    assert len(manara("export").lines) == 10


def test_an_older_edition_does_not_replace_a_newer_one(manara: Manara, tmp_path: Path) -> None:
    fixture = Path(__file__).parents[1] / "formats" / "data" / "un" / "consolidated.xml"
    text = fixture.read_text("utf-8")
    old = tmp_path / "a-newer-file-name.xml"
    old.write_text(text.replace("2026-02-03", "2025-02-03"), "utf-8")
    assert manara("ingest", fixture).status == 1  # the fixture plants faults
    ended = manara("ingest", old, "--json")
    assert [line["status"] for line in ended.lines] == ["older"]
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, year in (("a.xml", "2030"), ("b.xml", "2029")):
        (folder / name).write_text(text.replace("2026-02-03", f"{year}-02-03"), "utf-8")
    ended = manara("ingest", folder, "--json")
    assert [line["name"] for line in ended.lines] == ["b.xml", "a.xml"]  # oldest first


def test_the_inbox_is_taken_in_by_a_run(manara: Manara, tmp_path: Path) -> None:
    inbox = tmp_path / "workspace" / "inbox"
    (inbox / "list.json").write_text(LEILA, "utf-8")
    (inbox / "broken.xml").write_text("<CONSOLIDATED_LIST", "utf-8")
    ended = manara("run", "--json")
    assert ended.status == 2
    assert [path.name for path in inbox.iterdir()] == ["broken.xml"]
    assert [e["id"] for e in manara("export").lines] == ["a-1"]


def test_a_withdrawn_dataset_is_in_no_answer_but_in_the_history(
    manara: Manara, tmp_path: Path
) -> None:
    path = tmp_path / "list.json"
    path.write_text(LEILA, "utf-8")
    manara("ingest", path, "--dataset", "list_a")
    assert manara("withdraw", "list_a", "--reason", "sent in error").status == 0
    assert manara("export").lines == []
    assert manara("find", "leila").out == ""
    assert "sent in error" in manara("history").out


def test_a_source_taken_in_again_may_get_another_handling_and_else_keeps_it(
    manara: Manara, tmp_path: Path
) -> None:
    path = tmp_path / "list.json"
    path.write_text(LEILA, "utf-8")

    def handling() -> set[str]:
        shown = json.loads(manara("show", "a-1", "--json").out)
        return {fact["handling"] for fact in shown["facts"]}

    manara("ingest", path, "--dataset", "list_a", "--tlp", "GREEN", "--releasable-to", "b, a")
    assert handling() == {"TLP:GREEN, only to a or b"}
    again = ("ingest", path, "--dataset", "list_a", "--json")
    assert manara(*again).lines[0]["status"] == "unchanged"
    assert manara(*again, "--tlp", "RED").lines[0]["status"] == "applied"
    assert handling() == {"TLP:RED"}
    path.write_text(LEILA.replace("1961", "1962"), "utf-8")
    manara(*again)
    assert handling() == {"TLP:RED"}
    ended = manara(*again, "--retain-until", "2020-01-01")
    assert ended.status == 0
    assert manara("export").out == ""  # what had to go is in no answer


def test_verify_notices_a_changed_byte(manara: Manara, tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text(LEILA, "utf-8")
    manara("ingest", path, "--dataset", "list_a")
    assert json.loads(manara("verify", "--json").out) == {"whole": True, "problems": []}
    segment = next((tmp_path / "workspace" / "lake").rglob("*.parquet"))
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    ended = manara("verify")
    assert ended.status == 2
    assert segment.stem in ended.out


def test_exports_carry_the_same_facts(manara: Manara, tmp_path: Path) -> None:
    import csv

    import pyarrow.parquet as pq

    path = tmp_path / "list.json"
    path.write_text(LEILA + LEILA_B, "utf-8")
    manara("ingest", path, "--dataset", "list_a")
    manara("export", "--format", "csv", "-o", tmp_path / "facts.csv")
    manara("export", "--format", "parquet", "-o", tmp_path / "facts.parquet")
    with (tmp_path / "facts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    table = pq.read_table(tmp_path / "facts.parquet").to_pylist()
    assert len(rows) == len(table) == 7
    assert {(r["entity_id"], r["prop"], r["value"]) for r in rows} == {
        (r["entity_id"], r["prop"], r["value"]) for r in table
    }
    assert {r["canonical_id"] for r in rows} == {"a-1", "b-1"}
    assert not list(tmp_path.glob("*.part"))

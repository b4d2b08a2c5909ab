"""The court bundle: what may go goes, and any change is found without the office that made it."""

from __future__ import annotations

import dataclasses
import io
import json
import random
import shutil
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from manara.casework import Cases, ask_release, contents, write_bundle
from manara.casework import verifier as v
from manara.casework.selection import Held
from manara.exchange.keys import NodeKeys
from manara.model import FetchError, Handling, RefusedError, UsageError
from manara.store import Workspace
from tests.casework import tsa
from tests.casework.conftest import COURT, FOR_COURT, OPEN_LIST, fact_of
from tests.casework.leads import put_lead

WHEN = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def without_pdf(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Making a PDF takes a second; one test makes one."""
    if "with_pdf" not in request.keywords:
        monkeypatch.setattr("manara.casework.bundle.find_spec", lambda name: None)


@pytest.fixture
def case_id(amina: Cases, bo: Cases, workspace: Workspace) -> str:
    case = amina.open("Lantern", legal_basis="art. 10", purpose="investigation",
                      handling=FOR_COURT)  # fmt: skip
    amina.file(case.id, io.BytesIO(b"a boat"), "photo.jpg", how="search", who="Sgt. Bo")
    amina.known(case.id, fact_of(workspace, "p1"))
    amina.known(case.id, fact_of(workspace, "p2"))
    amina.known(case.id, put_lead(workspace, "p1").id)
    amina.involve(case.id, "p1", "suspect")
    amina.involve(case.id, "p2", "witness")
    bo.note(case.id, "see the boat")
    bo.note(case.id, "the court may read this", Handling.of("CLEAR"))
    bo.custody(case.id, "E1", "examined", how="by eye", result="a boat")
    return case.id


def bundle(amina: Cases, bo: Cases, case_id: str, path: Path, **given: Any) -> bytes:
    number = ask_release(amina, case_id, COURT, "trial", sources=given.get("sources", True))
    bo.confirm(case_id, number)
    write_bundle(amina, case_id, path, COURT, **given)
    return path.read_bytes()


def files_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def again(files: dict[str, bytes]) -> bytes:
    """Pack files with hashes that agree, as whoever forges them would."""
    manifest = json.loads(files[v.MANIFEST])
    manifest["files"] = [
        {"path": name, "sha256": sha256(data).hexdigest(), "size": len(data)}
        for name, data in sorted(files.items())
        if name not in v.OUTSIDE
    ]
    files = files | {v.MANIFEST: v.canonical(manifest)}
    return summed(files)


def packed(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    v.pack(files, made)
    return made.getvalue()


def summed(files: dict[str, bytes]) -> bytes:
    hashes = {name: v.hashed(content) for name, content in files.items()}
    return packed(files | {v.SUMS: v.sums(hashes)})


def check(data: bytes, **given: bytes) -> v.Report:
    return v.check(io.BytesIO(data), **given)


def test_what_may_go_goes_and_what_stays_is_told(
    amina: Cases, bo: Cases, case_id: str, tmp_path: Path
) -> None:
    files = files_of(bundle(amina, bo, case_id, tmp_path / "b.zip"))
    items = {(item["key"], item["kind"]) for item in json.loads(files["evidence.json"])}
    assert items == {("E1", "evidence"), ("E2", "fact"), ("E4", "lead"), ("E4", "fact")}
    (fact,) = [i for i in json.loads(files["evidence.json"]) if i["key"] == "E2"]
    assert (fact["value"], fact["locator"]) == ("أمينة القفر", "line 1")
    assert files[f"sources/{fact['source_id']}"] == OPEN_LIST
    assert files[f"sources/{sha256(b'a boat').hexdigest()}"] == b"a boat"
    held = {row["key"]: row["rule"] for row in json.loads(files["held.json"])}
    assert {key: held[key] for key in ("E3", "P2", "note 12")} == dict.fromkeys(
        ("E3", "P2", "note 12"), "audience"
    )
    everything = b"".join(files.values()).decode(errors="replace")
    for secret in ("Zoé Fabelhaft", "see the boat"):
        assert secret not in everything
    for shown in ("the court may read this", "أمينة القفر", "Sgt. Bo", "not leave our own"):
        assert shown in everything


def test_the_same_case_makes_the_same_bytes(
    amina: Cases, bo: Cases, case_id: str, tmp_path: Path
) -> None:
    one = bundle(amina, bo, case_id, tmp_path / "1.zip", made=WHEN)
    write_bundle(amina, case_id, tmp_path / "2.zip", COURT, made=WHEN)
    two = (tmp_path / "2.zip").read_bytes()
    changed = {name for name, data in files_of(one).items() if files_of(two)[name] != data}
    # The second one tells of the first.
    assert changed == {v.CHAIN, v.LOG, v.MANIFEST, v.SUMS, "report.html"}
    assert packed(files_of(one)) == one


def test_nothing_leaves_before_a_second_account_has_released_just_that(
    amina: Cases, bo: Cases, case_id: str, tmp_path: Path
) -> None:
    path = tmp_path / "b.zip"
    with pytest.raises(UsageError, match="none is asked"):
        write_bundle(amina, case_id, path, COURT)
    number = ask_release(amina, case_id, COURT, "trial")
    with pytest.raises(UsageError, match=f"request {number} waits"):
        write_bundle(amina, case_id, path, COURT)
    with pytest.raises(UsageError, match="second account"):
        amina.confirm(case_id, number)
    bo.confirm(case_id, number)
    other = replace(COURT, purpose="analysis")
    with pytest.raises(UsageError, match="released"):
        write_bundle(amina, case_id, path, other)
    bo.note(case_id, "one more", Handling.of("CLEAR"))
    with pytest.raises(UsageError, match="released"):
        write_bundle(amina, case_id, path, COURT)
    assert not path.exists()


def test_a_case_not_meant_for_the_recipient_does_not_go(amina: Cases) -> None:
    case = amina.open("Home", legal_basis="art. 10", purpose="investigation")
    with pytest.raises(RefusedError, match="may not leave our own organisation"):
        contents(amina, case.id, COURT)


def test_a_source_goes_only_where_all_that_was_read_from_it_may(
    amina: Cases, case_id: str, workspace: Workspace
) -> None:
    from tests.store.conftest import Said, ingest

    ingest(workspace, "annex", [Said("p9", "name", "x")], content=OPEN_LIST,
           handling=Handling.of("RED"))  # fmt: skip
    chosen = contents(amina, case_id, COURT)
    assert sha256(OPEN_LIST).hexdigest() in chosen.named
    assert sha256(OPEN_LIST).hexdigest() not in chosen.sources
    assert [one.rule for one in chosen.held if one.key.startswith("source")] == ["audience"]
    assert Held in {type(one) for one in chosen.held}


def test_without_sources_their_hashes_go(
    amina: Cases, bo: Cases, case_id: str, tmp_path: Path
) -> None:
    files = files_of(bundle(amina, bo, case_id, tmp_path / "b.zip", sources=False))
    (listed,) = [one for one in json.loads(files["sources.json"])
                 if one["sha256"] == sha256(OPEN_LIST).hexdigest()]  # fmt: skip
    assert listed["file"] == ""
    assert OPEN_LIST not in files.values()


def test_the_custody_record_is_a_graph_of_actions_by_people_on_exhibits(
    amina: Cases, bo: Cases, case_id: str, tmp_path: Path
) -> None:
    record = json.loads(files_of(bundle(amina, bo, case_id, tmp_path / "b.zip"))["custody.jsonld"])
    nodes = {node["@id"]: node for node in record["@graph"]}
    actions = [n for n in nodes.values() if n["@type"].endswith("InvestigativeAction")]
    photo = next(n for n in nodes.values() if n.get("uco-core:name") == "photo.jpg")
    of_photo = [a for a in actions if a["uco-action:object"] == [{"@id": photo["@id"]}]]
    assert [a["uco-core:name"] for a in of_photo] == ["received", "examined"]
    assert nodes[of_photo[0]["uco-action:performer"]["@id"]]["uco-core:name"] == "Sgt. Bo"
    assert of_photo[1]["case-investigation:wasInformedBy"] == {"@id": of_photo[0]["@id"]}
    exhibit = nodes[of_photo[0]["uco-action:result"][0]["@id"]]
    assert exhibit["case-investigation:exhibitNumber"] == f"{case_id}/E1"
    hashes = [
        f for facet in photo["uco-core:hasFacet"] for f in facet.get("uco-observable:hash", [])
    ]
    assert hashes[0]["uco-types:hashValue"]["@value"] == sha256(b"a boat").hexdigest()
    named = {one["@id"] for one in next(iter(nodes.values()))["uco-core:object"]}
    assert named == nodes.keys() - {next(iter(nodes))}


def test_any_changed_byte_is_found(
    amina: Cases, bo: Cases, case_id: str, tmp_path: Path, workspace: Workspace
) -> None:
    NodeKeys.create(workspace.root / "keys", "police.example", "Police")
    data = bundle(amina, bo, case_id, tmp_path / "b.zip")
    assert check(data).problems == []
    chance = random.Random(20261122)
    places = {0, len(data) - 1, *chance.sample(range(len(data)), 120)}
    # The last characters of the signature have spare bits.
    places |= {data.index(b"manifest.jws") + at for at in range(-30, 220, 5)}
    for place in sorted(places):
        changed = bytearray(data)
        changed[place] ^= 1 << chance.randrange(8)
        assert check(bytes(changed)).problems, place
    assert check(data[:-1]).problems
    assert check(data + b"\0").problems


def test_every_forgery_is_found(
    amina: Cases, bo: Cases, case_id: str, tmp_path: Path, workspace: Workspace
) -> None:
    keys = NodeKeys.create(workspace.root / "keys", "police.example", "Police")
    other = NodeKeys.create(tmp_path / "other", "police.example", "Police")
    data = bundle(amina, bo, case_id, tmp_path / "b.zip")
    files = files_of(data)
    report = check(data, card=keys.card.encoded)
    assert (report.problems, report.signer) == ([], "police.example")
    source = next(name for name in files if name.startswith("sources/"))
    without = {name: content for name, content in files.items() if name != source}
    unsigned = json.loads(files[v.MANIFEST]) | {"signed": False}
    for forged, word in (
        (summed(without), "missing"),
        (packed(files | {"extra": b"x"}), "not in the manifest"),
        (again(files | {"held.json": b"[]\n"}), "signature of the manifest"),
        (again({k: c for k, c in files.items() if k != v.SIGNATURE}), "manifest.jws is missing"),
        (again(files | {v.CARD: other.card.encoded}), "signature of the manifest"),
        (again(files | {v.MANIFEST: v.canonical(unsigned)}), "nobody signed"),
    ):
        assert word in " ".join(check(forged).problems)
    assert "not the card" in " ".join(check(data, card=other.card.encoded).problems)


BREAKS: list[tuple[Callable[[list[dict[str, Any]]], object], str]] = [
    (lambda rows: rows[2].update(body=rows[2]["body"].replace("search", "gift")), "content"),
    (lambda rows: rows[2].update(by="eve"), "was changed"),
    (lambda rows: rows.pop(3), "is missing"),
    (lambda rows: rows.pop(), "does not end"),
    (lambda rows: rows[4].update(previous="0" * 64), "does not follow"),
]


def test_a_broken_chain_is_found_in_an_unsigned_bundle_too(
    amina: Cases, bo: Cases, case_id: str, tmp_path: Path
) -> None:
    files = files_of(bundle(amina, bo, case_id, tmp_path / "b.zip"))
    for change, word in BREAKS:
        rows = json.loads(files[v.CHAIN])
        change(rows)
        found = check(again(files | {v.CHAIN: json.dumps(rows).encode()}))
        assert word in " ".join(found.problems)


def test_a_journal_written_anew_does_not_stand_in_the_audit_log(
    amina: Cases, bo: Cases, case_id: str, tmp_path: Path
) -> None:
    files = files_of(bundle(amina, bo, case_id, tmp_path / "b.zip"))
    rows, manifest = json.loads(files[v.CHAIN]), json.loads(files[v.MANIFEST])
    previous = ""
    for row in rows:
        row |= {"by": "eve", "previous": previous}
        previous = row["hash"] = v.entry_hash(row)
    manifest["chain"]["head"] = previous
    forged = again(files | {v.CHAIN: json.dumps(rows).encode(), v.MANIFEST: v.canonical(manifest)})
    assert "audit log" in " ".join(check(forged).problems)


def test_large_sources_are_not_kept_in_memory(tmp_path: Path) -> None:
    size, large, made = 64 << 20, tmp_path / "large", tmp_path / "b.zip"
    with large.open("wb") as file:
        file.truncate(size)
    name = f"{v.SOURCES}{v.hashed(large).sha256}"
    tracemalloc.start()
    with made.open("w+b") as bundle:
        v.pack({name: large, "report.html": b"told"}, bundle)
        found = v.unpacked(bundle)
        bundle.seek(size // 2)
        bundle.write(b"1")
        with pytest.raises(v.Broken):
            v.unpacked(bundle)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.hashes[name] == (sha256(bytes(size)).hexdigest(), size)
    assert found.files == {"report.html": b"told"}
    assert most < size // 8


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/passwd", "a/../../b", "a\\b", "C:evil", "", "a//b", "évil"]
)
def test_names_that_lead_out_of_the_folder_are_refused(name: str) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name or "x/"), b"")
    assert check(made.getvalue()).problems
    assert not v.safe(name)


@pytest.mark.parametrize("data", [b"", b"PK\3\4", b"no archive", b"PK\5\6" + bytes(18)])
def test_what_is_no_bundle_is_told_and_no_traceback(data: bytes) -> None:
    assert check(data).problems


def test_compressed_archives_are_not_opened() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(v.MANIFEST, bytes(10**6))
    assert "no file that a bundle can hold" in check(made.getvalue()).problems[0]


@pytest.mark.skipif(
    not shutil.which("openssl"), reason="needs openssl to be a time-stamping service"
)
def test_a_service_says_when(
    amina: Cases, bo: Cases, case_id: str, tmp_path: Path, workspace: Workspace
) -> None:
    root = tsa.make_service(tmp_path / "tsa")
    stranger = tsa.make_service(tmp_path / "stranger")
    with tsa.serving(tmp_path / "tsa") as address:
        workspace.settings = dataclasses.replace(workspace.settings, time_stamp=address)
        data = bundle(amina, bo, case_id, tmp_path / "b.zip")
    report = check(data, time_root=root.read_bytes())
    assert report.problems == []
    assert any("Invented Clock, issued by the root" in line for line in report.told)
    assert "did not issue" in check(data, time_root=stranger.read_bytes()).problems[0]
    files = files_of(data)
    later = json.loads(files[v.MANIFEST]) | {"made": "2020-01-01T00:00:00+00:00"}
    forged = again(files | {v.MANIFEST: v.canonical(later)})
    assert check(forged).problems == ["the time-stamp is of something else"]
    signature = bytearray(files[v.STAMP])
    signature[-3] ^= 1
    assert (
        "signature of the time-stamp"
        in check(again(files | {v.STAMP: bytes(signature)})).problems[0]
    )
    with pytest.raises(FetchError, match="gave no time-stamp"):
        write_bundle(amina, case_id, tmp_path / "c.zip", COURT)
    assert not (tmp_path / "c.zip").exists()


def test_the_verifier_runs_alone(amina: Cases, bo: Cases, case_id: str, tmp_path: Path) -> None:
    data = bundle(amina, bo, case_id, tmp_path / "b.zip")
    (tmp_path / "verify.py").write_bytes(files_of(data)["verify.py"])
    command = [sys.executable, "-I", str(tmp_path / "verify.py"), str(tmp_path / "b.zip")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "every byte" in done.stdout, "UNSIGNED" in done.stdout) == (
        0,
        True,
        True,
    )
    (tmp_path / "b.zip").write_bytes(data.replace(b"a boat", b"a goat"))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "DOES NOT HOLD" in done.stdout) == (1, True)


def test_names_with_markup_stay_text(amina: Cases, bo: Cases, case_id: str, tmp_path: Path) -> None:
    amina.involve(case_id, "<script>alert(1)</script>", "<b>x</b>")
    page = files_of(bundle(amina, bo, case_id, tmp_path / "b.zip"))["report.html"]
    assert b"<script" not in page
    assert b"&lt;script&gt;" in page


def with_pdf(test: Any) -> Any:
    test.with_pdf = True
    return test


@with_pdf
def test_with_the_extra_there_is_a_pdf_as_well(
    amina: Cases, bo: Cases, case_id: str, tmp_path: Path
) -> None:
    pytest.importorskip("weasyprint")
    files = files_of(bundle(amina, bo, case_id, tmp_path / "b.zip"))
    assert files["report.pdf"].startswith(b"%PDF-")

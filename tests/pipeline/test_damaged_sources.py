"""Damaged copies of every list: refused with a place, or set aside; never half loaded, no crash."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pipeline.conftest import Ended, Manara

DEMO = Path(__file__).parents[2] / "demo"
LISTS = sorted(
    path
    for path in DEMO.iterdir()
    if path.suffix in (".xml", ".csv", ".json", ".txt")
    and path.name not in ("truth.json", "port_detentions.csv")
)
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>"""


def cut(data: bytes) -> bytes:
    """Cut off in the middle of a line, as a broken download is."""
    middle = data.index(b"\n", len(data) // 2)
    return data[: middle - 3]


def wrongly_encoded(data: bytes) -> bytes:
    """A byte in the middle that no UTF-8 text has."""
    return data[: len(data) // 2] + b"\xff\xfe\xfa" + data[len(data) // 2 :]


def with_zeros(data: bytes) -> bytes:
    """A hole in the middle, as a failing disk leaves it."""
    return data[: len(data) // 2] + b"\0" * 64 + data[len(data) // 2 + 64 :]


def export(manara: Manara) -> str:
    return manara("export", "--by-source").out


def assert_clear(ended: Ended) -> None:
    assert ended.status in (1, 2)
    assert "Traceback" not in ended.err
    assert "internal error" not in ended.err


@pytest.mark.parametrize("damage", [cut, wrongly_encoded, with_zeros])
@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
def test_a_damaged_edition_never_half_replaces_a_good_one(
    manara: Manara, tmp_path: Path, path: Path, damage: Callable[[bytes], bytes]
) -> None:
    assert manara("ingest", path, "--dataset", "the_list").status == 0
    before = export(manara)
    assert before
    broken = tmp_path / path.name
    broken.write_bytes(damage(path.read_bytes()))
    ended = manara("ingest", broken, "--dataset", "the_list", "--json")
    assert_clear(ended)
    outcome = ended.lines[0]
    if damage is cut:
        assert outcome["status"] == "refused"
    if outcome["status"] == "refused":
        assert outcome["reason"]
        assert export(manara) == before
    else:
        assert outcome["rejects"] > 0
        assert all(r["locator"] and r["reason"] for r in manara("rejects", "--json").lines)


@pytest.mark.parametrize("path", [p for p in LISTS if p.suffix == ".xml"], ids=lambda p: p.name)
def test_entities_are_not_expanded(manara: Manara, tmp_path: Path, path: Path) -> None:
    text = path.read_bytes()
    body = text[text.index(b"?>") + 2 :] if text.startswith(b"<?xml") else text
    laughing = tmp_path / path.name
    laughing.write_bytes(LAUGHS + body.replace(b"</", b"&d;</", 50))
    ended = manara("ingest", laughing, "--dataset", "the_list", "--json")
    assert (ended.status, ended.lines[0]["status"]) == (2, "refused")
    assert "document type" in ended.lines[0]["reason"]
    assert export(manara) == ""


def test_wrong_dates_are_set_aside_one_by_one(manara: Manara, tmp_path: Path) -> None:
    text = (DEMO / "un_consolidated.xml").read_text("utf-8")
    first = text.index("<LISTED_ON>") + len("<LISTED_ON>")
    wrong = tmp_path / "un.xml"
    wrong.write_text(f"{text[:first]}2021-13-45{text[first + 10 :]}", "utf-8")
    ended = manara("ingest", wrong, "--json")
    assert (ended.status, ended.lines[0]["rejects"]) == (1, 1)
    (reject,) = manara("rejects", "--json").lines
    assert reject["locator"].startswith("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL[1]/LISTED_ON")
    assert "2021-13-45" in reject["excerpt"]


@pytest.mark.parametrize("kind", ["zip", "gzip"])
def test_a_bomb_is_refused(manara: Manara, tmp_path: Path, kind: str) -> None:
    bomb = tmp_path / f"list.{kind}"
    block = b"\0" * 2**24
    if kind == "zip":
        with (
            zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open("list.xml", "w", force_zip64=True) as member,
        ):
            for _ in range(64):
                member.write(block)
    else:
        with gzip.open(bomb, "wb", 1) as file:
            for _ in range(64):
                file.write(block)
    assert bomb.stat().st_size < 2**23
    ended = manara("ingest", bomb, "--json")
    assert (ended.status, ended.lines[0]["status"]) == (2, "refused")
    assert "would come out of this archive" in ended.lines[0]["reason"]
    assert not list((tmp_path / "workspace" / "sources").iterdir())


@pytest.mark.parametrize("kind", ["zip", "gzip"])
def test_a_packed_list_is_read(manara: Manara, tmp_path: Path, kind: str) -> None:
    source = DEMO / "un_consolidated.xml"
    packed = tmp_path / f"un.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(source, "consolidated.xml")
    else:
        packed.write_bytes(gzip.compress(source.read_bytes()))
    ended = manara("ingest", packed, "--json")
    assert (ended.status, ended.lines[0]["dataset"]) == (0, "un_sc_sanctions")
    assert manara("ingest", source, "--json").lines[0]["status"] == "unchanged"

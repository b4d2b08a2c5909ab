"""Documents of good practice: taken in, found, versioned, translated, under their own rule."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from manara import formats
from manara.model import FormatError, Handling, NotFoundError
from manara.pipeline import ingest
from manara.pipeline.ingest import Request
from manara.pipeline.practice import practice, practices
from manara.store import Workspace

DATA = Path(__file__).parents[1] / "formats/data/practice"
HEAD = """---
manara: good-practice
id: a-1
kind: lesson
language: en
title: T
handling: {tlp: GREEN}
---
"""


def take_in(workspace: Workspace, path: Path) -> None:
    asked = Request(handling=Handling.of("CLEAR"), by="tester")
    (done,) = ingest(workspace, [str(path)], asked)
    assert (done.status, done.rejects) == ("applied", 0)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace.create(tmp_path / "w")
    for name in ("couriers.md", "couriers.ar.md"):
        take_in(made, DATA / name)
    return made


def test_a_document_is_found_by_its_words_in_any_order(workspace: Workspace) -> None:
    view = workspace.view()
    (found,) = practices(view, "booking REGISTRATION")
    assert (found.entity, found.kind, found.version) == (
        "practice-couriers-on-ferries-en", "playbook", "2",
    )  # fmt: skip
    assert found.keywords == ("arms", "people smuggling")
    assert practices(view, "booking tattoos") == []
    assert [one.language for one in practices(view, "arms")] == ["ara", "eng"]
    assert [one.language for one in practices(view, language="ar")] == ["ara"]


def test_what_the_words_are_about_comes_first(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "other.md"
    path.write_text(HEAD.replace("title: T", "title: Booking") + "Nothing more.", "utf-8")
    take_in(workspace, path)
    assert [one.practice for one in practices(workspace.view(), "booking")] == [
        "a-1", "couriers-on-ferries",
    ]  # fmt: skip


def test_a_document_is_shown_in_the_language_wanted_or_in_english(workspace: Workspace) -> None:
    view = workspace.view()
    assert practice(view, "couriers-on-ferries").language == "eng"
    assert practice(view, "couriers-on-ferries", "ar").body == "قارن يوم تسجيل السيارة بيوم الحجز."
    assert practice(view, "couriers-on-ferries", "fr").language == "eng"
    assert practice(view, "practice-couriers-on-ferries-ar").language == "ara"
    with pytest.raises(NotFoundError):
        practice(view, "unknown")


def test_a_new_version_takes_the_place_of_the_old_which_stays_readable(
    workspace: Workspace, tmp_path: Path
) -> None:
    before = datetime.now(UTC)
    text = (DATA / "couriers.md").read_text("utf-8").replace('version: "2"', 'version: "3"')
    (tmp_path / "new.md").write_text(text, "utf-8")
    take_in(workspace, tmp_path / "new.md")
    assert practice(workspace.view(), "couriers-on-ferries").version == "3"
    assert practice(workspace.view(before), "couriers-on-ferries").version == "2"


def test_it_stands_under_the_rule_its_head_asks_for(workspace: Workspace) -> None:
    rules = workspace.view().handlings()
    (rule,) = {
        rules[fact.handling_id]
        for fact in workspace.view().facts(["practice-couriers-on-ferries-en"])
    }
    assert rule == Handling.of("GREEN", purposes=["training", "investigation"])


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("kind: lesson", "kind: rumour", "kind"),
        ("title: T\n", "", "title"),
        ("tlp: GREEN", "tlp: PURPLE", "PURPLE"),
        ("handling: {tlp: GREEN}\n", "", "handling"),
        ("id: a-1", "id: ../a", "id"),
        ("title: T", "title: T\nsecret: no", "secret"),
    ],
)
def test_a_wrong_head_is_refused_by_name(tmp_path: Path, was: str, becomes: str, told: str) -> None:
    path = tmp_path / "wrong.md"
    path.write_text(HEAD.replace(was, becomes), "utf-8")
    known, _ = formats.recognise(path)
    assert known.marking
    with pytest.raises(FormatError, match=told):
        known.marking(path)
        list(known.read(path))


def test_ordinary_markdown_is_not_taken_for_one(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text("---\ntitle: Notes\n---\ntext", "utf-8")
    with pytest.raises(FormatError, match="not recognised"):
        formats.recognise(path)

"""Recognition: every file is of exactly one format, whatever it is called."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from manara import formats
from manara.formats import FORMATS, Head
from manara.model import FormatError, NotFoundError

DATA = Path(__file__).parent / "data"
FIXTURES = sorted(
    path for path in DATA.rglob("*") if path.is_file() and path.parent.name != "mapping"
)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_a_fixture_is_of_exactly_one_format(path: Path) -> None:
    head = Head.of(path)
    assert len([known.name for known in FORMATS if known.recognise(head)]) == 1


def test_every_format_has_a_fixture() -> None:
    found = {formats.recognise(path)[0].name for path in FIXTURES}
    assert found == {known.name for known in FORMATS}


def test_names_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "sdn.xml"
    shutil.copy(DATA / "ftm" / "entities.ftm.json", path)
    known, match = formats.recognise(path)
    assert known.name == "ftm-json"
    assert match.dataset == "demo_list"


def test_an_unknown_table_is_refused_with_the_remedy() -> None:
    with pytest.raises(FormatError, match=r"not recognised.*--mapping"):
        formats.recognise(DATA / "mapping" / "register.csv")


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.write_bytes(b"")
    with pytest.raises(FormatError, match="the file is empty"):
        formats.recognise(path)


def test_the_reference_tells_every_format() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/formats.md").read_text("utf-8")
    for known in FORMATS:
        assert f"| `{known.name}` |" in page, known.name


def test_names_and_titles_are_unique_and_names_findable() -> None:
    assert len({known.name for known in FORMATS}) == len(FORMATS)
    assert len({known.title for known in FORMATS}) == len(FORMATS)
    for known in FORMATS:
        assert formats.get(known.name) is known
        assert known.version
    with pytest.raises(NotFoundError, match=r"no format nonsense.*ftm-json"):
        formats.get("nonsense")


@pytest.mark.shared
def test_real_lists_are_of_exactly_one_format(shared: Path) -> None:
    for path in sorted((shared / "lists").iterdir()):
        if path.is_file():
            head = Head.of(path)
            found = [known.name for known in FORMATS if known.recognise(head)]
            assert len(found) == 1, (path.name, found)

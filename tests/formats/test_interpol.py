"""INTERPOL notices: one record a notice, warrants apart, all with their place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from manara.formats import Head, get
from manara.model import FormatError, Reject
from manara.pipeline.clean import clean

from .locating import facts, of_schema, split, values

FORMAT = get("interpol-json")
ANSWER = json.loads((Path(__file__).parent / "data/interpol/notices.json").read_text("utf-8"))
[WANTED] = ANSWER["_embedded"]["notices"]


def written(folder: Path, found: Any) -> Path:
    path = folder / "notices.json"
    path.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    return path


SHAPES: dict[str, Any] = {
    "alone": WANTED,
    "list": [WANTED],
    "answer": ANSWER,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_notice_is_a_person_with_warrants(tmp_path: Path, shape: str) -> None:
    path = written(tmp_path, SHAPES[shape])
    records, rejects = split(FORMAT.read(path))
    stated = facts(records)
    assert rejects == []
    assert values(stated, "interpol-2026-00417") == {
        "name": ["Nadège KOUASSI-LÔ"],
        "firstName": ["Nadège"],
        "lastName": ["KOUASSI-LÔ"],
        "birthDate": ["1979-11-02"],
        "birthPlace": ["Port Élan"],
        "birthCountry": ["TG"],
        "gender": ["F"],
        "nationality": ["TG", "BJ"],
        "notes": ["height: 1.7", "eyes_colors_id: BRO"],
        "topics": ["wanted", "wanted"],
    }
    warrants = of_schema(stated, "Sanction")
    assert [one["country"] for one in warrants] == [["BJ"], ["TG"]]
    assert warrants[0]["reason"] == ["Trafic d'armes", "Arms trafficking"]
    assert [cleaned for one in stated if isinstance(cleaned := clean(one), Reject)] == []


def test_the_format_is_told_by_content(tmp_path: Path) -> None:
    answer = {"total": 1, "query": {}, "_embedded": {"notices": [WANTED]}, "_links": {}}
    for shape in (answer, WANTED):
        assert FORMAT.recognise(Head.of(written(tmp_path, shape)))
    assert not FORMAT.recognise(Head.of(written(tmp_path, {"entity_id": "x", "schema": "Person"})))


def test_a_missing_person_is_not_wanted(tmp_path: Path) -> None:
    missing = {name: value for name, value in WANTED.items() if name != "arrest_warrants"}
    [record], _ = split(FORMAT.read(written(tmp_path, missing)))
    assert {one.schema for one in record.stated} == {"Person"}
    assert not [one for one in record.stated if one.prop == "topics"]


def test_a_notice_without_an_id_is_set_aside_alone(tmp_path: Path) -> None:
    path = written(tmp_path, [WANTED, {"entity_id": "../etc"}, 7])
    records, rejects = split(FORMAT.read(path))
    assert len(records) == 1
    assert [(one.locator, one.rule) for one in rejects] == [("[1]", "id"), ("[2]", "id")]


@pytest.mark.parametrize("text", ["{", '{"_embedded": {"notices": 3}}', '{"_embedded": 1}'])
def test_a_broken_answer_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match=r"bad\.json"):
        list(FORMAT.read(path))

"""Screening as a user meets it: names across scripts, further evidence, files, lists, editions."""

from __future__ import annotations

import json
from datetime import datetime, tzinfo
from pathlib import Path

import pytest

from tests.pipeline.conftest import Manara, person

DEMO = Path(__file__).parents[2] / "demo"
PEOPLE = (
    person("a-1", name="Yusuf al-Daftarkhani", birthDate="1972-12-18", nationality="tn")
    + person("a-2", name="Volodymyr Shchukozyorov", birthDate="1966", gender="male")
    + person("a-3", name="Hala Karimova", passportNumber="AB 123456")
    + person("a-4", name="Sol-chan Dokgo", nationality="kr")
)


@pytest.fixture
def listed(manara: Manara, tmp_path: Path) -> Manara:
    path = tmp_path / "people.json"
    path.write_text(PEOPLE, "utf-8")
    assert manara("ingest", path, "--dataset", "people").status == 0
    return manara


def first(manara: Manara, *words: str | Path) -> dict[str, object]:
    hits = manara("screen", *words, "--json").lines[0]["hits"]
    return hits[0] if hits else {}


@pytest.mark.parametrize(
    ("query", "entity"),
    [
        ("DAFTARKHANI Youssef Al", "a-1"),
        ("يوسف الدفترخاني", "a-1"),
        ("Юсуф ад-Дафтархани", "a-1"),
        ("Володимир Щукозьоров", "a-2"),
        ("Hala Karimowa", "a-3"),
        ("독고 솔찬", "a-4"),
    ],
)
def test_the_same_person_in_another_script_or_spelling(
    listed: Manara, query: str, entity: str
) -> None:
    hit = first(listed, query)
    assert hit["entity"] == entity
    assert 0.5 <= float(str(hit["probability"])) < 1
    assert (hit["list"], hit["edition"]) == ("people", "people-1")
    assert hit["explanation"]


@pytest.mark.parametrize("query", ["Patricia Wheeler", "王小明", "Ali", "7", "؟!"])
def test_strangers_are_not_alerted(listed: Manara, query: str) -> None:
    ended = listed("screen", query, "--json")
    assert (ended.status, ended.lines[0]["hits"]) == (0, [])


def test_other_evidence_moves_the_probability(listed: Manara) -> None:
    def probability(*options: str) -> float:
        hit = first(listed, "Yusuf Daftarkhany", "--threshold", "0", *options)
        return float(str(hit["probability"]))

    alone = probability()
    assert probability("--birth-date", "1972-12-18") >= alone
    assert probability("--birth-date", "1950-01-01") < alone
    assert probability("--country", "Tunisia") >= alone > probability("--country", "Chile")
    contradicted = probability("--birth-date", "1950-01-01", "--country", "Chile")
    assert contradicted < probability("--birth-date", "1950-01-01")
    told = first(listed, "Yusuf Daftarkhani", "--birth-date", "1950", "--threshold", "0")
    assert any("birth date 1950" in step and "against" in step for step in told["explanation"])


def test_a_document_finds_its_holder_under_another_name(listed: Manara) -> None:
    assert first(listed, "Somebody Else", "--document", "ab123456")["entity"] == "a-3"


def test_a_file_is_answered_row_by_row(listed: Manara, tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text(
        "name,birth_date,country\nPatricia Wheeler,1980-01-01,Chile\nيوسف الدفترخاني,1972,\n",
        "utf-8",
    )
    lines = listed("screen", path, "--json").lines
    assert [line["query"]["name"] for line in lines] == ["Patricia Wheeler", "يوسف الدفترخاني"]
    assert [len(line["hits"]) for line in lines] == [0, 1]
    path.write_text("nom\nX\n", "utf-8")
    ended = listed("screen", path)
    assert ended.status == 2
    assert "name" in ended.err
    path.write_text("name,birth_date\nX,1980-13-01\n", "utf-8")
    assert listed("screen", path).status == 2


def test_a_new_edition_answers_at_once(listed: Manara, tmp_path: Path) -> None:
    path = tmp_path / "people.json"
    newcomer = person("a-9", name="Farhad Setarehban")
    assert first(listed, "Farhad Setarehban") == {}
    path.write_text(PEOPLE + newcomer, "utf-8")
    listed("ingest", path, "--dataset", "people")
    hit = first(listed, "فرهاد ستاره‌بان")
    assert (hit["entity"], hit["edition"]) == ("a-9", "people-2")
    assert first(listed, "Farhad Setarehban", "--as-of", "2020-01-01") == {}
    assert first(listed, "فرهاد ستاره‌بان", "--as-of", "2999-01-01") == hit
    listed("withdraw", "people", "--reason", "test")
    assert first(listed, "Farhad Setarehban") == {}
    assert listed("screen", "X", "--list", path, "--as-of", "2020-01-01").status == 2


def test_what_may_no_longer_be_kept_is_not_asked(
    listed: Manara, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "people.json"
    listed("ingest", path, "--dataset", "people", "--retain-until", "2999-12-31")
    assert first(listed, "Hala Karimova")["entity"] == "a-3"

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime(3000, 1, 1, tzinfo=tz)

    monkeypatch.setattr("manara.store.snapshot.datetime", Later)
    assert first(listed, "Hala Karimova") == {}
    kept = (tmp_path / "workspace" / "index").iterdir()
    assert not [path for path in kept if b"Karimova" in path.read_bytes()]


def test_entities_that_are_one_are_one_hit(listed: Manara, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(person("b-1", name="Yusuf al-Daftarkhani", birthDate="1972"), "utf-8")
    listed("ingest", other, "--dataset", "other")
    assert len(listed("screen", "Yusuf al-Daftarkhani", "--json").lines[0]["hits"]) == 2
    listed("run")
    assert [
        hit["entity"] for hit in listed("screen", "Yusuf al-Daftarkhani", "--json").lines[0]["hits"]
    ] == ["a-1"]


def test_one_list_without_a_workspace(manara: Manara) -> None:
    ended = manara("screen", "--list", DEMO / "un_consolidated.xml", "--json", "Aissatou Bacissena")
    hit = json.loads(ended.out)["hits"][0]
    assert hit["entity"] == "un-sc-9000015"
    assert hit["list"] == "un_sc_sanctions"
    assert hit["edition"].startswith("2026-09-14")


@pytest.mark.parametrize(
    "query",
    [
        "x" * 10_000_000,
        "\u202egnp.exe",
        "\x00\x01\x02",
        "Vlаdimir Реtrоv",
        "",
        "   ",
        "a " * 100_000,
    ],
    ids=["giant", "bidi", "control", "homoglyphs", "empty", "blank", "many words"],
)
def test_hostile_names_get_a_clear_answer(listed: Manara, tmp_path: Path, query: str) -> None:
    path = tmp_path / "hostile.csv"
    path.write_text(
        "name\n" + json.dumps(query, ensure_ascii=False).replace("\\u0000", "") + "\n", "utf-8"
    )
    ended = listed("screen", path, "--json")
    assert ended.status in (0, 2)
    assert "Traceback" not in ended.err
    assert "internal error" not in ended.err

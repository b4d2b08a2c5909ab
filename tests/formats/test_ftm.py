"""FollowTheMoney JSON lines: what is kept, what is set aside, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manara.formats import ftm
from manara.formats.base import Head
from manara.model import EXISTS, FormatError, Record, Reject, Stated

DATA = Path(__file__).parent / "data" / "ftm"


def read(path: Path) -> tuple[list[Record], list[Reject]]:
    found = list(ftm.FORMAT.read(path))
    return (
        [item for item in found if isinstance(item, Record)],
        [item for item in found if isinstance(item, Reject)],
    )


def read_lines(folder: Path, *lines: str | bytes) -> tuple[list[Record], list[Reject]]:
    path = folder / "in.json"
    path.write_bytes(
        b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines)
    )
    return read(path)


def entity(**changes: object) -> str:
    plain: dict[str, object] = {"id": "e1", "schema": "Person", "properties": {"name": ["Léa"]}}
    return json.dumps({k: v for k, v in (plain | changes).items() if v is not None})


def test_every_value_is_stated_with_its_line() -> None:
    records, rejects = read(DATA / "entities.ftm.json")
    assert rejects == []
    assert [record.locator for record in records] == ["line 1", "line 2", "line 3", "line 5"]
    assert records[0].stated == [
        Stated("demo-p1", "Person", "name", "Salim Exemple", "line 1"),
        Stated("demo-p1", "Person", "name", "سليم إكزمبل", "line 1"),
        Stated("demo-p1", "Person", "weakAlias", "Abou Fictif", "line 1"),
        Stated("demo-p1", "Person", "birthDate", "1971-03", "line 1"),
        Stated("demo-p1", "Person", "nationality", "dz", "line 1"),
        Stated("demo-p1", "Person", "addressEntity", "demo-a1", "line 1"),
        Stated("demo-p1", "Person", EXISTS, "src-17", "line 1"),
    ]
    assert all(type(stated) is Stated for record in records for stated in record.stated)


def test_an_entity_without_values_is_stated_to_exist() -> None:
    records, _ = read(DATA / "entities.ftm.json")
    assert records[2].stated == [Stated("demo-c1", "Company", EXISTS, "demo-c1", "line 3")]


def test_our_own_schema_is_read_from_its_envelope() -> None:
    records, _ = read(DATA / "entities.ftm.json")
    assert records[3].stated == [
        Stated("demo-f1", "Firearm", "make", "Fabrique Inventée", "line 5"),
        Stated("demo-f1", "Firearm", "serialNumber", "AB-0123", "line 5"),
    ]


def test_statements_without_a_place_in_the_schema_are_read_as_well(tmp_path: Path) -> None:
    other = {"schema": "Vessel", "prop": "imoNumber", "value": "9999993", "dataset": "x"}
    whole = {"schema": "Person", "properties": {"name": ["Léa"]}, "unplaced": [other]}
    records, rejects = read_lines(tmp_path, entity(manara=whole))
    assert rejects == []
    assert [tuple(s[:4]) for s in records[0].stated] == [
        ("e1", "Person", "name", "Léa"),
        ("e1", "Vessel", "imoNumber", "9999993"),
    ]


def test_unplaced_statements_are_read_beside_values_that_are_no_text(tmp_path: Path) -> None:
    good = {"schema": "Vessel", "prop": "imoNumber", "value": "9999993"}
    whole = {"schema": "Person", "properties": {"height": [2]}, "unplaced": [good, {"prop": 1}]}
    records, rejects = read_lines(tmp_path, entity(manara=whole))
    assert [tuple(s[1:4]) for s in records[0].stated] == [
        ("Person", "height", "2"),
        ("Vessel", "imoNumber", "9999993"),
    ]
    assert [reject.rule for reject in rejects] == ["value"]


def test_nested_entities_are_unfolded() -> None:
    records, rejects = read(DATA / "targets.nested.json")
    assert rejects == []
    stated = {tuple(s[:4]) for s in records[0].stated}
    assert stated == {
        ("demo-p1", "Person", "name", "Salim Exemple"),
        ("demo-p1", "Person", "height", "1.8"),
        ("demo-p1", "Person", "addressEntity", "demo-a1"),
        ("demo-a1", "Address", "city", "Oran"),
        ("demo-s1", "Sanction", "entity", "demo-p1"),
        ("demo-s1", "Sanction", "authority", "Comité fictif"),
        ("demo-o1", "Ownership", "owner", "demo-p1"),
        ("demo-o1", "Ownership", "asset", "demo-c1"),
        ("demo-c1", "Company", "name", "Exemple SARL"),
    }
    assert len(records[0].stated) == len(stated)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("{not json", "json"),
        ("[1, 2]", "entity"),
        (entity(id=None), "id"),
        (entity(id=""), "id"),
        (entity(id=7), "id"),
        (entity(id="a\u0000b"), "id"),
        (entity(schema=None), "schema"),
        (entity(schema=""), "schema"),
        (entity(properties=None), "entity"),
        (entity(properties=["name"]), "entity"),
        (entity(manara={"schema": 1}), "schema"),
        ('{"id": "a\\ud800", "schema": "Person", "properties": {}}', "json"),
        ("{" * 100_000, "json"),
        ('{"a":' * 100_000, "json"),
    ],
)
def test_a_line_that_cannot_be_used_is_set_aside_alone(
    tmp_path: Path, line: str, rule: str
) -> None:
    records, rejects = read_lines(tmp_path, entity(id="before"), line, entity(id="after"))
    assert [record.stated[0].entity_id for record in records] == ["before", "after"]
    assert [(reject.locator, reject.rule) for reject in rejects] == [("line 2", rule)]
    assert rejects[0].excerpt
    assert len(rejects[0].excerpt) <= 500


def test_a_value_that_is_no_text_is_set_aside_and_the_rest_kept(tmp_path: Path) -> None:
    properties = {"name": "Léa", "height": [2, None], "deceased": True, "notes": [["a"], "b"]}
    records, rejects = read_lines(tmp_path, entity(properties=properties))
    assert [(s.prop, s.value) for s in records[0].stated] == [
        ("name", "Léa"),
        ("height", "2"),
        ("deceased", "true"),
        ("notes", "b"),
    ]
    assert [reject.rule for reject in rejects] == ["value"]


def test_a_nested_entity_without_id_is_set_aside_and_its_parent_kept(tmp_path: Path) -> None:
    nested = {"schema": "Address", "properties": {"city": ["Oran"]}}
    records, rejects = read_lines(
        tmp_path, entity(properties={"name": ["Léa"], "addressEntity": [nested]})
    )
    assert [s.prop for s in records[0].stated] == ["name"]
    assert [reject.rule for reject in rejects] == ["id"]


def test_a_number_of_any_length_does_no_harm(tmp_path: Path) -> None:
    line = '{"id": "a", "schema": "Person", "properties": {"height": [%s]}}' % ("9" * 10_000)
    records, rejects = read_lines(tmp_path, line)
    assert len(records) + len(rejects) == 1


def test_a_file_cut_in_its_last_line_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.json"
    path.write_text(entity() + "\n" + entity()[:-9])
    with pytest.raises(FormatError, match=r"line 2: .*cut off"):
        read(path)


def test_a_last_line_without_line_end_is_read(tmp_path: Path) -> None:
    path = tmp_path / "whole.json"
    path.write_text(entity() + "\n" + entity())
    records, rejects = read(path)
    assert len(records) == 2
    assert rejects == []


@pytest.mark.parametrize("field", ["name", "caption"])
def test_other_encodings_are_refused_wherever_the_bytes_stand(tmp_path: Path, field: str) -> None:
    values = {"name": {"properties": {"name": ["Léa"]}}, "caption": {"caption": "Léa"}}[field]
    line = json.dumps(json.loads(entity()) | values, ensure_ascii=False).encode("latin-1")
    with pytest.raises(FormatError, match="line 2: bytes that are not UTF-8"):
        read_lines(tmp_path, entity(), line)


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    records, rejects = read_lines(tmp_path, b"\xef\xbb\xbf" + entity().encode())
    assert len(records) == 1
    assert rejects == []


def test_a_line_over_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ftm, "MAX_LINE", 2**20)
    path = tmp_path / "long.json"
    path.write_bytes(entity().encode() + b"\n" + b"a" * (2**20 + 1))
    with pytest.raises(FormatError, match="line 2"):
        read(path)


@pytest.mark.parametrize(
    ("text", "dataset"),
    [
        (entity(datasets=["one"]) + "\n" + entity(datasets=["one"]) + "\n", "one"),
        (entity(datasets=["one"]) + "\n" + entity(datasets=["two"]) + "\n", "ftm"),
        (entity(datasets=["one", "two"]) + "\n", "ftm"),
        (entity() + "\n", "ftm"),
        (entity(datasets=["un_sc_sanctions"]) + "\n", "un_sc_sanctions_ftm"),
        (entity(datasets=["../../etc"]) + "\n", "ftm"),
        (entity(datasets=[7]) + "\n", "ftm"),
        (entity(datasets="one") + "\n", "ftm"),
        ("\n" + entity(datasets=["one"]), "one"),
        ("broken\n" + entity(datasets=["one"]), "one"),
        (entity(properties={"notes": ["é" * 70_000]}), "ftm"),
    ],
)
def test_is_recognised_by_content(text: str, dataset: str) -> None:
    match = ftm.FORMAT.recognise(Head(text.encode()))
    assert match is not None
    assert match.dataset == dataset


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"type": "Feature", "properties": {}}\n', '{"schema": "a"}\n', "id,schema\n1,2\n"],
)
def test_other_content_is_not_recognised(text: str) -> None:
    assert ftm.FORMAT.recognise(Head(text.encode())) is None


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["name", "alias", "notes", "country"]),
            st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), max_size=3),
        ),
        max_size=5,
    )
)
def test_nothing_is_lost_or_added(
    tmp_path_factory: pytest.TempPathFactory, entities: list[dict[str, list[str]]]
) -> None:
    lines = [entity(id=f"e{i}", properties=p) for i, p in enumerate(entities)]
    records, rejects = read_lines(tmp_path_factory.mktemp("lines"), *lines)
    assert rejects == []
    assert [[(s.entity_id, s.prop, s.value) for s in record.stated] for record in records] == [
        [(f"e{i}", prop, value) for prop, values in p.items() for value in values]
        or [(f"e{i}", EXISTS, f"e{i}")]
        for i, p in enumerate(entities)
    ]

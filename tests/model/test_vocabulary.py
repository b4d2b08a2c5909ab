"""The vocabulary: schemata, properties, what fits together."""

from __future__ import annotations

from pathlib import Path

import pytest

from manara.model import Schema, VocabularyError, vocabulary

KNOWN = vocabulary()
SCHEMATA = sorted(KNOWN.schemata.values(), key=lambda schema: schema.name)
EXTENSIONS = [schema for schema in SCHEMATA if schema.extension]
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "vocabulary.md"

#: What the extension must at least say about each thing.
NEEDED = {
    "Firearm": {
        "make", "model", "calibre", "serialNumber", "serialNumberNormalized",
        "manufactureCountry", "manufactureDate", "importerMark",
    },
    "CustodyEvent": {"item", "transferor", "transferee", "date", "country"},
    "Seizure": {"item", "authority", "date", "location", "seizedFrom"},
    "Consignment": {"consignor", "consignee", "goods", "container", "billOfLading"},
    "Container": {"containerNumber", "sealNumber"},
    "Site": {"name", "address", "latitude", "longitude", "operator", "siteType"},
    "Incident": {"date", "location", "perpetrator", "victim", "target", "fatalities"},
    "Criterion": {"name", "code", "standard"},
    "Indicator": {"sign", "pattern", "validFrom", "validUntil"},
    "GoodPractice": {"name", "practiceId", "language", "bodyText"},
}  # fmt: skip


def test_a_person_is_described_as_the_field_does() -> None:
    person = KNOWN["Person"]
    assert person.is_a("LegalEntity") and person.is_a("Thing") and not person.is_a("Company")
    assert person.extends == ("LegalEntity",)
    assert person["birthDate"].type.name == "date"
    assert person["name"].schema == "Thing"
    assert "name" in person.required and person.matchable and not person.abstract
    assert (person.label, person.plural) == ("Person", "People")


def test_an_edge_names_its_ends_and_their_reverses() -> None:
    ownership = KNOWN["Ownership"]
    assert ownership.edge is not None
    assert (ownership.edge.source, ownership.edge.target) == ("owner", "asset")
    assert ownership["owner"].range == "LegalEntity"
    reverse = KNOWN["Company"][ownership["owner"].reverse]
    assert (reverse.stub, reverse.reverse, reverse.range) == (True, "owner", "Ownership")
    assert reverse.clean("a-1") is None
    assert ownership["owner"].clean("a-1") == "a-1"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("birthDate", "Birth date"),
        ("imoNumber", "IMO number"),
        ("sourceUrl", "Source URL"),
        ("amountUsd", "Amount USD"),
        ("name", "Name"),
    ],
)
def test_labels_are_derived_from_names(name: str, label: str) -> None:
    found = [s.properties[name] for s in SCHEMATA if name in s.properties]
    assert {prop.label for prop in found} == {label}


@pytest.mark.parametrize(("one", "many"), [("Company", "Companies"), ("Address", "Addresses")])
def test_plurals(one: str, many: str) -> None:
    assert KNOWN[one].plural == many


@pytest.mark.parametrize(
    ("left", "right", "common"),
    [
        ("Person", "Person", "Person"),
        ("LegalEntity", "Person", "Person"),
        ("Thing", "Vessel", "Vessel"),
        ("Organization", "Company", "Company"),
        ("Asset", "Organization", "Company"),
        ("Event", "Incident", "Incident"),
    ],
)
def test_common_schema(left: str, right: str, common: str) -> None:
    assert KNOWN.common(left, right) == KNOWN.common(right, left) == common


@pytest.mark.parametrize(
    ("left", "right"), [("Person", "Company"), ("Vessel", "Person"), ("Thing", "Interval")]
)
def test_what_nothing_can_be(left: str, right: str) -> None:
    with pytest.raises(VocabularyError, match=f"nothing is both a {left} and a {right}"):
        KNOWN.common(left, right)


def test_an_unknown_name_is_met_with_the_nearest_one() -> None:
    with pytest.raises(VocabularyError, match=r"schema 'person' is unknown .*'Person'"):
        KNOWN["person"]
    with pytest.raises(VocabularyError, match=r"Person: property 'birthdate' is .*'birthDate'"):
        KNOWN["Person"]["birthdate"]
    with pytest.raises(VocabularyError, match="unknown"):
        KNOWN.common("Person", "Persona")
    with pytest.raises(VocabularyError, match=r"'' is unknown$"):
        KNOWN[""]
    assert KNOWN.get("") is None and KNOWN["Person"].get("") is None


@pytest.mark.parametrize("schema", SCHEMATA, ids=lambda schema: schema.name)
def test_what_a_schema_names_is_there(schema: Schema) -> None:
    names = {*schema.required, *schema.featured, *schema.caption, *schema.starts, *schema.ends}
    if schema.edge:
        names |= {schema.edge.source, schema.edge.target, *schema.edge.caption}
    assert names <= set(schema.properties)
    for prop in schema.properties.values():
        assert schema.is_a(prop.schema)
        assert bool(prop.range) == (prop.type.name == "entity")
        if prop.range:
            assert prop.range in KNOWN.schemata
        if prop.reverse and not prop.stub:
            assert KNOWN[prop.range][prop.reverse].stub


@pytest.mark.parametrize("schema", EXTENSIONS, ids=lambda schema: schema.name)
def test_an_extension_has_a_standard_form(schema: Schema) -> None:
    fallback = KNOWN[schema.fallback]
    assert not fallback.extension and not fallback.abstract
    assert schema.description.endswith(".")
    for name, prop in schema.properties.items():
        standard = fallback.get(name)
        assert standard is None or standard.type is prop.type, name


def test_the_extension_covers_what_the_standard_lacks() -> None:
    assert {schema.name for schema in EXTENSIONS} == set(NEEDED)
    for name, needed in NEEDED.items():
        assert needed <= set(KNOWN[name].properties), name


def test_the_reference_page_lists_the_extension() -> None:
    page = REFERENCE.read_text(encoding="utf-8")
    for schema in EXTENSIONS:
        section = page.split(f"\n### {schema.name}\n", 1)[1].split("\n##", 1)[0]
        assert f"`{schema.fallback}`" in section
        own = {p for p in schema.properties.values() if p.schema == schema.name and not p.stub}
        missing = {prop.name for prop in own if f"`{prop.name}`" not in section}
        assert missing == set(), schema.name

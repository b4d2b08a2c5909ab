"""The United Nations' list: what each element becomes, and that no entry is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from manara.formats.base import Head, Match
from manara.formats.un import FORMAT
from manara.model import FormatError
from tests.formats.locating import Source, facts, misplaced, of_schema, split, values

FIXTURE = Path(__file__).parent / "data" / "un" / "consolidated.xml"
PERSON, GROUP = "un-sc-7000001", "un-sc-7000002"


@pytest.fixture(scope="module")
def stated():
    return facts(split(FORMAT.read(FIXTURE))[0])


def test_recognised_by_its_root_with_its_date() -> None:
    match = FORMAT.recognise(Head.of(FIXTURE))
    assert match == Match("un_sc_sanctions", "2026-02-03T10:11:12.131Z")
    assert FORMAT.recognise(Head(b"<list><INDIVIDUALS/></list>")) is None
    assert FORMAT.recognise(Head(b"")) is None


def test_a_person_with_everything_stated(stated) -> None:
    person = values(stated, PERSON)
    addresses = person.pop("addressEntity")
    notes = person.pop("notes")
    assert person == {
        "topics": ["sanction"],
        "name": ["KARIM YUSUF BEN SALEM AL-ZAHIRI", "كريم يوسف بن سالم الظاهري"],
        "firstName": ["KARIM"],
        "secondName": ["YUSUF"],
        "middleName": ["BEN SALEM"],
        "lastName": ["AL-ZAHIRI"],
        "alias": ["Karim Zahiri", "Kareem Zahiri"],
        "weakAlias": ["Abou Éloi"],
        "previousName": ["Karim Saleh"],
        "gender": ["Male"],
        "title": ["Haji"],
        "position": ["a) Treasurer", "b) Envoy"],
        "nationality": ["Tunisia", "France"],
        "birthDate": ["1969-01-02", "1968-03-04", "1967", "1965", "1966", "1970"],
        "birthPlace": ["Sousse", "Sfax, Sfax Governorate"],
        "birthCountry": ["Tunisia", "Tunisia"],
        "country": ["Tunisia"],
        "passportNumber": ["K 700001"],
        "idNumber": ["04643000"],
    }
    assert len(addresses) == 1
    assert sorted(notes) == [
        "Abou Éloi: 1969-01-02 Sousse Tunisia nom de guerre",
        "Date of birth: 30-35 years old",
        "Father's name is Anwar. Wanted since 2008.",
        "Karim Saleh: formerly listed as",
        "Place of birth: possibly Gabès",
        "Submitted by: Freedonia",
    ]


def test_doubtful_birth_dates_keep_the_wording_of_the_source(stated) -> None:
    originals = {
        one.value: one.original
        for one in stated
        if one.entity_id == PERSON and one.prop == "birthDate"
    }
    assert originals == {
        "1969-01-02": "",
        "1968-03-04": "",
        "1967": "APPROXIMATELY 1967",
        "1965": "BETWEEN 1965 1966",
        "1966": "BETWEEN 1965 1966",
        "1970": "EXACT 1970 from false passport",
    }


def test_the_designation(stated) -> None:
    first, second = of_schema(stated, "Sanction")
    assert first == {
        "entity": [PERSON],
        "authority": ["United Nations Security Council"],
        "program": ["Al-Qaida"],
        "description": ["UN List"],
        "unscId": ["QDi.901"],
        "authorityId": ["QDi.901"],
        "listingDate": ["2009-05-06"],
        "date": ["2009-04-01"],
        "modifiedAt": ["2012-07-01", "2019-11-30"],
    }
    assert second["entity"] == [GROUP]


def test_documents_with_number_country_and_dates(stated) -> None:
    assert of_schema(stated, "Passport") == [
        {
            "holder": [PERSON],
            "number": ["K 700001"],
            "type": ["Passport", "national passport"],
            "country": ["Tunisia"],
            "description": ["Issued in Hamburg, Germany"],
            "startDate": ["1999-02-03"],
            "summary": ["expired on 2 Feb. 2004"],
            "endDate": ["2004-02-02"],
        }
    ]
    assert of_schema(stated, "Identification") == [
        {"holder": [PERSON], "number": ["04643000"], "type": ["National Identification Number"]}
    ]


def test_addresses_are_entities_of_their_own(stated) -> None:
    first, second = of_schema(stated, "Address")
    assert first == {
        "full": ["12 rue de l'Été, Tunis, Tunis Governorate, 1001, Tunisia"],
        "street": ["12 rue de l'Été"],
        "city": ["Tunis"],
        "state": ["Tunis Governorate"],
        "postalCode": ["1001"],
        "country": ["Tunisia"],
        "remarks": ["as at March 2008"],
    }
    assert second["full"] == ["Sarajevo, Bosnia and Herzegovina"]


def test_a_group_is_an_organization(stated) -> None:
    group = values(stated, GROUP)
    group.pop("addressEntity")
    assert group == {
        "topics": ["sanction"],
        "name": ["COMITÉ DE L'AUBE (CA)", "لجنة الفجر"],
        "alias": ["Dawn Committee"],
        "previousName": ["Night Committee"],
        "country": ["Bosnia and Herzegovina"],
        "notes": ["Designation: charity"],
    }
    assert {one.schema for one in stated if one.entity_id == GROUP} == {"Organization"}


def test_what_cannot_be_used_is_set_aside() -> None:
    records, rejects = split(FORMAT.read(FIXTURE))
    people = "/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL"
    assert len(records) == 2
    assert [(reject.rule, reject.locator) for reject in rejects] == [
        ("date", f"{people}[1]/INDIVIDUAL_DATE_OF_BIRTH[5]/DATE[1]"),
        ("id", f"{people}[2]"),
        ("name", "/CONSOLIDATED_LIST/ENTITIES/ENTITY[2]"),
    ]
    assert rejects[0].excerpt == "1968-14-04"


def test_every_locator_leads_to_what_was_read() -> None:
    assert misplaced(split(FORMAT.read(FIXTURE))[0], Source(FIXTURE)) == []


@pytest.mark.parametrize(
    "text",
    [
        "<CONSOLIDATED_LIST><INDIVIDUALS/><ENTITIES/></CONSOLIDATED_LIST>",
        FIXTURE.read_text()[:3000],
        FIXTURE.read_text().replace("<INDIVIDUALS>", "<INDIVIDUALS>\x19", 1),
    ],
    ids=["no entry", "cut off", "control character"],
)
def test_a_broken_file_is_refused_as_a_whole(text: str, tmp_path: Path) -> None:
    path = tmp_path / "list.xml"
    path.write_text(text)
    with pytest.raises(FormatError):
        list(FORMAT.read(path))


@pytest.mark.shared
@pytest.mark.parametrize("name", ["un_sc_2020-11-30.xml", "un_sc_2025-04-19.xml"])
def test_every_entry_of_a_real_edition_is_read(shared: Path, name: str) -> None:
    path = shared / "lists" / name
    source = Source(path)
    records, rejects = split(FORMAT.read(path))
    assert rejects == []
    assert len(records) == source.count("//INDIVIDUAL") + source.count("//ENTITY")
    stated = facts(records)
    targets = {one.entity_id for one in stated if one.prop == "topics"}
    assert len(targets) == len(records)
    assert misplaced(records, source) == []
    _compare(source, stated)


def _compare(source: Source, stated: list) -> None:
    """Compare what was read with what an XPath of its own counts in the source."""

    def found(*props: str, schemata: tuple[str, ...] = ("Person", "Organization")) -> list:
        return [one for one in stated if one.prop in props and one.schema in schemata]

    filled = "[normalize-space()]"
    names = ("alias", "weakAlias", "previousName")
    aliases = source.root.xpath("//ALIAS_NAME[normalize-space()]")
    parts = sum(len([part for part in name.text.split(";") if part.strip()]) for name in aliases)
    assert len(found(*names)) == parts
    weak = "//INDIVIDUAL_ALIAS[normalize-space(QUALITY)='Low'][normalize-space(ALIAS_NAME)]"
    former = "contains(NOTE, 'ormerly listed') or contains(NOTE, 'reviously listed')"
    listed_weak = source.root.xpath(f"count({weak}[not({former})])")
    assert len({one.locator for one in found("weakAlias")}) == listed_weak
    script = int(source.root.xpath(f"count(//NAME_ORIGINAL_SCRIPT{filled})"))
    entries = source.count("//INDIVIDUAL") + source.count("//ENTITY")
    assert len(found("name")) == entries + script
    fields = ("DATE", "YEAR", "FROM_YEAR", "TO_YEAR")
    counted = sum(
        source.root.xpath(f"count(//INDIVIDUAL_DATE_OF_BIRTH/{field}{filled})") for field in fields
    ) + source.root.xpath(f"count(//INDIVIDUAL_ALIAS/DATE_OF_BIRTH{filled})")
    assert len(found("birthDate")) >= counted
    documents = ("Passport", "Identification")
    numbers = source.root.xpath(f"count(//INDIVIDUAL_DOCUMENT/NUMBER{filled})")
    assert len(found("number", schemata=documents)) == numbers
    assert len(found("passportNumber", "idNumber")) == numbers
    holders = source.root.xpath(f"count(//INDIVIDUAL_DOCUMENT{filled})")
    assert len(found("holder", schemata=documents)) == holders
    for tag, prop in (
        ("NATIONALITY", "nationality"),
        ("DESIGNATION", "position"),
        ("TITLE", "title"),
    ):
        known = f"{filled}[normalize-space() != 'na']"
        assert len(found(prop)) == source.root.xpath(f"count(//INDIVIDUAL/{tag}/VALUE{known})")
    listed = source.root.xpath(f"count(//LISTED_ON{filled})")
    assert len(found("listingDate", schemata=("Sanction",))) == listed
    updated = source.root.xpath(f"count(//LAST_DAY_UPDATED/VALUE{filled})")
    assert len(found("modifiedAt", schemata=("Sanction",))) == updated


@pytest.mark.shared
def test_a_damaged_edition_is_refused_by_its_line(shared: Path) -> None:
    with pytest.raises(FormatError, match=r"line \d+"):
        list(FORMAT.read(shared / "lists" / "broken" / "un_sc_2025-08-16_bad_encoding.xml"))


def test_not_known_is_not_namibia(tmp_path: Path) -> None:
    before, after = FIXTURE.read_text("utf-8").split("<NATIONALITY>", 1)
    text = f"{before}<NATIONALITY>{after.replace('Tunisia', ' na ', 1)}"
    changed = tmp_path / "un.xml"
    changed.write_text(text, "utf-8")
    stated = facts(split(FORMAT.read(changed))[0])
    assert values(stated, PERSON)["nationality"] == ["France"]

"""OFAC's classic XML: what each element becomes, and that no entry is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from manara.formats.base import Head, Match
from manara.formats.ofac import FORMAT
from manara.model import FormatError
from tests.formats.locating import Source, facts, misplaced, of_schema, split, values

FIXTURE = Path(__file__).parent / "data" / "ofac" / "sdn.xml"
PERSON, COMPANY, VESSEL, AIRCRAFT = (f"ofac-9000{number}" for number in range(1, 5))


@pytest.fixture(scope="module")
def stated():
    return facts(split(FORMAT.read(FIXTURE))[0])


def _head(*programs: str) -> Head:
    first = "".join(f"<program>{program}</program>" for program in programs)
    text = f"<sdnList><sdnEntry><programList>{first}</programList></sdnEntry></sdnList>"
    return Head(text.encode())


def test_recognised_by_its_root_with_its_date() -> None:
    assert FORMAT.recognise(Head.of(FIXTURE)) == Match("us_ofac_sdn", "2026-02-03")
    assert FORMAT.recognise(Head(b"<Sanctions/>")) is None


@pytest.mark.parametrize(
    ("programs", "dataset"),
    [
        (["NS-PLC"], "us_ofac_cons"),
        (["561-Related"], "us_ofac_cons"),
        (["FSE-IR", "NS-MBS"], "us_ofac_cons"),
        (["CMIC-EO13959"], "us_ofac_cons"),
        (["NS-PLC", "SDGT"], "us_ofac_sdn"),
        (["CUBA"], "us_ofac_sdn"),
        ([], "us_ofac_sdn"),
    ],
)
def test_the_first_entry_tells_which_list_it_is(programs: list[str], dataset: str) -> None:
    assert FORMAT.recognise(_head(*programs)).dataset == dataset


def test_a_person_with_everything_stated(stated) -> None:
    person = values(stated, PERSON)
    person.pop("addressEntity")
    assert person == {
        "topics": ["sanction"],
        "name": ["Karim Yusuf AL-ZAHIRI"],
        "firstName": ["Karim Yusuf"],
        "lastName": ["AL-ZAHIRI"],
        "alias": ["Kareem ZAHIRI"],
        "weakAlias": ["ABOU ÉLOI"],
        "previousName": ["Karim SALEH"],
        "position": ["Treasurer"],
        "gender": ["Male"],
        "birthDate": ["1968-03-04", "1965", "1966"],
        "birthPlace": ["Sfax, Tunisia"],
        "nationality": ["Tunisia"],
        "citizenship": ["France"],
        "country": ["Tunisia"],
        "passportNumber": ["K700001"],
        "idNumber": ["04643000"],
        "notes": [
            "Favourite colour: Blue",
            "Identification: Seafarer's book",
            "Secretive; (Linked To: AURORA TRADING (HOLDING) CO., LTD.)",
        ],
    }
    originals = {one.value: one.original for one in stated if one.prop == "birthDate"}
    assert originals == {
        "1968-03-04": "04 Mar 1968",
        "1965": "circa 1965 to 1966",
        "1966": "circa 1965 to 1966",
    }


def test_documents_wallets_and_securities_are_entities(stated) -> None:
    assert of_schema(stated, "Passport") == [
        {
            "holder": [PERSON],
            "type": ["Passport"],
            "number": ["K700001"],
            "country": ["Tunisia"],
            "startDate": ["1999-02-03"],
            "endDate": ["2004-02-02"],
        }
    ]
    assert of_schema(stated, "CryptoWallet") == [
        {
            "cryptoAddress": ["1InventedAddress000000000000000000"],
            "currencySymbol": ["XBT"],
            "topics": ["sanction"],
            "holder": [PERSON],
        }
    ]
    assert of_schema(stated, "Security") == [{"isin": ["TN0000000000"], "issuer": [COMPANY]}]
    types = [one["type"] for one in of_schema(stated, "Identification")]
    assert types == [
        ["National ID No."],
        ["Legal Entity Number"],
        ["Legal Entity Number"],
        ["Company Number"],
        ["Tax ID No."],
    ]


def test_the_designation(stated) -> None:
    first, second, *_ = of_schema(stated, "Sanction")
    assert first == {
        "entity": [PERSON],
        "authority": ["Office of Foreign Assets Control"],
        "authorityId": ["90001"],
        "program": ["SDGT", "IFSR"],
        "summary": ["Secondary sanctions risk: section 1(b) of Executive Order 13224"],
    }
    assert second["listingDate"] == ["2022-02-24"]


def test_a_company(stated) -> None:
    assert values(stated, COMPANY) == {
        "topics": ["sanction"],
        "name": ["AURORA TRADING (HOLDING) CO., LTD."],
        "swiftBic": ["AURRTNTT"],
        "bikCode": ["044525000"],
        "leiCode": ["549300INVENTED000089"],
        "registrationNumber": ["851683000"],
        "incorporationDate": ["1990-10-17"],
        "website": ["www.aurora.example"],
        "imoNumber": ["5342883"],
        "taxNumber": ["770000000"],
    }
    assert {one.schema for one in stated if one.entity_id == COMPANY} == {"Company"}


def test_a_vessel_with_its_owner(stated) -> None:
    vessel = values(stated, VESSEL)
    (owner,) = vessel.pop("owner")
    assert vessel == {
        "topics": ["sanction"],
        "name": ["ÉTOILE DE MER"],
        "callSign": ["CL0000"],
        "type": ["Tug"],
        "flag": ["Cuba"],
        "tonnage": ["2,597"],
        "grossRegisteredTonnage": ["1,098"],
        "imoNumber": ["9074729"],
        "mmsi": ["572469000"],
    }
    assert values(stated, owner) == {"name": ["Golfo S.A."]}


def test_an_aircraft(stated) -> None:
    assert values(stated, AIRCRAFT) == {
        "topics": ["sanction"],
        "name": ["XX-ABC"],
        "model": ["IL76-TD"],
        "serialNumber": ["1023400000"],
        "buildDate": ["1992"],
    }


def test_an_address_is_an_entity_of_its_own(stated) -> None:
    assert of_schema(stated, "Address") == [
        {
            "full": ["12 rue de l'Été, 2e étage, Tunis, Tunis Governorate, 1001, Tunisia"],
            "street": ["12 rue de l'Été"],
            "street2": ["2e étage"],
            "city": ["Tunis"],
            "state": ["Tunis Governorate"],
            "postalCode": ["1001"],
            "country": ["Tunisia"],
        }
    ]


def test_a_link_stated_by_name_leads_to_the_entry_of_that_name(stated) -> None:
    assert of_schema(stated, "UnknownLink") == [
        {"subject": [PERSON], "object": [COMPANY], "role": ["Linked To"]}
    ]


def test_what_cannot_be_used_is_set_aside() -> None:
    records, rejects = split(FORMAT.read(FIXTURE))
    assert len(records) == 4
    assert [(reject.rule, reject.locator, reject.excerpt) for reject in rejects] == [
        (
            "date",
            "/sdnList/sdnEntry[1]/dateOfBirthList[1]/dateOfBirthItem[3]/dateOfBirth[1]",
            "31 Feb 1968",
        ),
        ("name", "/sdnList/sdnEntry[5]", "90005 Entity"),
    ]


def test_every_locator_leads_to_what_was_read() -> None:
    assert misplaced(split(FORMAT.read(FIXTURE))[0], Source(FIXTURE)) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (FIXTURE.read_text().replace("<Record_Count>5", "<Record_Count>6"), "Record_Count says 6"),
        ("<sdnList><publshInformation/></sdnList>", "no entry"),
        (FIXTURE.read_text()[:2000], "not well-formed"),
    ],
)
def test_a_broken_file_is_refused_as_a_whole(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "sdn.xml"
    path.write_text(text)
    with pytest.raises(FormatError, match=message):
        list(FORMAT.read(path))


@pytest.mark.shared
def test_every_entry_of_a_real_edition_is_read(shared: Path) -> None:
    path = shared / "lists" / "ofac_cons_2025-03-28.xml"
    source = Source(path)
    records, rejects = split(FORMAT.read(path))
    stated = facts(records)
    assert rejects == []
    assert FORMAT.recognise(Head.of(path)) == Match("us_ofac_cons", "2025-03-28")
    assert len(records) == source.count("//sdnEntry") == 443
    assert len({one.entity_id for one in stated if one.schema == "Sanction"}) == len(records)
    assert misplaced(records, source) == []
    parties = {"Person", "Organization", "Company", "Vessel", "Airplane"}
    for xpath, props in {
        "//sdnEntry": {"name"},
        "//dateOfBirthItem": {"birthDate"},
        "//placeOfBirthItem": {"birthPlace"},
        "//nationality": {"nationality"},
        "//addressList/address": {"addressEntity"},
    }.items():
        found = [one for one in stated if one.prop in props and one.schema in parties]
        assert len(found) == source.count(xpath), xpath
    aliases = {"alias", "weakAlias", "previousName"}
    issuers = len(source.root.xpath("//*[local-name()='idType'][.='Issuer Name']"))
    found = [one for one in stated if one.prop in aliases]
    assert len(found) == source.count("//aka") + issuers
    weak = len(source.root.xpath("//*[local-name()='aka'][*='weak'][*='a.k.a.']"))
    assert len([one for one in found if one.prop == "weakAlias"]) == weak
    assert len([one for one in stated if one.prop == "program"]) == source.count("//program")
    items = {one.locator for one in stated if "/idList" in one.locator}
    assert len(items) == source.count("//idList/id")

"""EU consolidated list: the fixture's two subjects, property by property."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from manara.formats.base import Head, Match
from manara.formats.eu import FORMAT
from manara.model import FormatError
from tests.formats.places import dropped, facts, misplaced, one, properties, rejects

LIST = Path(__file__).parent / "data" / "lists" / "eu_fsf.xml"
READ = list(FORMAT.read(LIST))
FACTS = facts(READ)
PERSON = properties(FACTS, "eu-fsf-EU.9001.17")


def originals(prop: str) -> dict[str, str]:
    return {s.value: s.original for s in FACTS if s.prop == prop}


def test_is_recognised_with_its_date_by_content() -> None:
    assert FORMAT.recognise(Head.of(LIST)) == Match("eu_fsf", "2025-03-14T09:26:53.589+01:00")
    assert FORMAT.recognise(Head(b"<export><record/></export>")) is None


def test_names_keep_their_rank_script_and_parts() -> None:
    assert PERSON["name"] == ["Samir Ali Najjar-Test"]
    assert PERSON["alias"] == ["سمير علي النجار"]
    assert PERSON["weakAlias"] == ["Abu Mizan", "Le Menuisier"]
    assert PERSON["previousName"] == ["Samir Menuisier"]
    assert [PERSON[part] for part in ("firstName", "middleName", "lastName")] == [
        ["Samir"],
        ["Ali"],
        ["Najjar-Test"],
    ]
    lang = {s.value: s.lang for s in FACTS}
    assert (lang["سمير علي النجار"], lang["Samir Menuisier"], lang["Abu Mizan"]) == (
        "ara",
        "fra",
        "",
    )


def test_person_details() -> None:
    assert PERSON["position"] == ["Treasurer", "Courier"]
    assert (PERSON["title"], PERSON["gender"]) == (["Haji"], ["M"])
    assert PERSON["citizenship"] == ["TUNISIA"]
    assert (PERSON["birthPlace"], PERSON["birthCountry"]) == (["Sfax, 3000"], ["TUNISIA"])
    assert PERSON["email"] == ["samir@essai.example"]
    assert {
        "Said to have left Évry in 2018.",
        "designationDetails: Listed with two associates",
        "FAX: +33 1 99 00 00 00",
        "address asAtListingTime: true",
        "last known",
        "nameAlias by amendment 2020/9992 (OJ L43) of 2020-02-16",
    } <= set(PERSON["notes"])
    assert PERSON["sourceUrl"] == ["https://eur-lex.example/2020-9992"]


def test_birth_dates_keep_precision_doubt_and_calendar() -> None:
    assert PERSON["birthDate"] == ["1968-11-05", "1969-07", "1966", "1970"]
    wording = originals("birthDate")
    assert wording["1968-11-05"] == ""
    assert wording["1969-07"] == (
        'circa="true" calendarType="GREGORIAN" year="1969" monthOfYear="7"'
    )
    assert 'circa="true"' in wording["1966"]
    assert 'yearRangeTo="1970"' in wording["1966"]
    assert "Date of birth (ISLAMIC calendar): 1347" in PERSON["notes"]


def test_documents() -> None:
    passport = one(FACTS, "Passport", "number", "ZZ990011")
    assert passport["holder"] == ["eu-fsf-EU.9001.17"]
    assert (passport["country"], passport["type"]) == (["TUNISIA"], ["National passport"])
    assert (passport["startDate"], passport["endDate"]) == (["1999-06-09"], ["2004-06-08"])
    assert passport["authority"] == ["Sous-préfecture de Sfax"]
    assert passport["namesMentioned"] == ["Samir Ben Ali"]
    assert {"knownExpired: true", "renewed once"} <= set(passport["summary"])
    card = one(FACTS, "Identification", "number", "0990")
    assert card["number"] == ["٠٩٩٠", "0990"]
    assert PERSON["idNumber"] == ["٠٩٩٠", "0990"]


def test_a_document_known_to_be_false_does_not_identify_its_holder() -> None:
    assert PERSON["passportNumber"] == ["ZZ990011"]
    assert "knownFalse: true" in one(FACTS, "Passport", "number", "FF000013")["summary"]


def test_address() -> None:
    address = one(FACTS, "Address", "city", "Évry")
    assert address["full"] == ["12, 3 rue de l'Essai, Bâtiment C, 91000, Évry, Essonne, FRANCE"]
    assert (address["street"], address["street2"]) == (["3 rue de l'Essai"], ["Bâtiment C"])
    assert (address["postOfficeBox"], address["postalCode"]) == (["12"], ["91000"])
    assert (address["region"], address["country"]) == (["Essonne"], ["FRANCE"])
    assert PERSON["country"] == ["FRANCE"]
    assert len(PERSON["addressEntity"]) == 1


def test_sanction_carries_the_legal_basis() -> None:
    sanction = one(FACTS, "Sanction", "authorityId", "EU.9001.17")
    assert sanction == {
        "entity": ["eu-fsf-EU.9001.17"],
        "authority": ["European Union"],
        "country": ["eu"],
        "authorityId": ["EU.9001.17"],
        "unscId": ["QDi.990"],
        "date": ["2019-03-01"],
        "program": ["TAQA"],
        "programId": ["TAQA"],
        "reason": ["2019/9991 (OJ L62)"],
        "listingDate": ["2019-03-05"],
        "startDate": ["2019-03-06"],
        "sourceUrl": ["https://eur-lex.example/2019-9991?lang=en&form=pdf"],
        "summary": ["regulationType: amendment", "organisationType: commission"],
    }


def test_an_enterprise_known_by_its_logical_id() -> None:
    firm = properties(FACTS, "eu-fsf-9002")
    assert {s.schema for s in FACTS if s.entity_id == "eu-fsf-9002"} == {"Organization"}
    assert firm["name"] == ["Société Fictive d'Échange"]
    assert firm["registrationNumber"] == ["RC-77/2011"]
    assert firm["notes"] == ["Function: Money service"]
    assert firm["topics"] == ["sanction"]


def test_an_entity_without_a_name_is_set_aside() -> None:
    (reject,) = rejects(READ)
    assert reject.locator == "/export/sanctionEntity[3]"
    assert "without a name" in reject.reason


def test_every_fact_is_found_where_it_says() -> None:
    assert list(misplaced(FACTS, LIST)) == []


def test_nothing_is_dropped() -> None:
    silent = {"logicalId", "regulationLanguage", "strong", "countryIso2Code", "code",
              "classificationCode", "nameLanguage", "generationDate", "globalFileId"}  # fmt: skip
    texts: list[str] = []
    for entity in etree.parse(LIST).getroot()[:2]:
        for node in entity.iter():
            texts.append(node.text or "")
            texts += [
                f'{name}="{value}"' if name in ("year", "monthOfYear", "dayOfMonth") else value
                for name, value in node.attrib.items()
                if name not in silent and value not in ("false", "UNKNOWN")
            ]
    gone = dropped(texts, FACTS)
    in_the_date = ['dayOfMonth="5"', 'monthOfYear="11"', 'year="1968"']
    assert gone == [*in_the_date, "EMAIL"]


@pytest.mark.parametrize("cut", [500, 5000])
def test_a_cut_file_is_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "list.xml"
    path.write_bytes(LIST.read_bytes()[:cut])
    with pytest.raises(FormatError):
        list(FORMAT.read(path))


def test_an_empty_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.xml"
    path.write_text('<export xmlns="http://eu.europa.ec/fpi/fsd/export"/>')
    with pytest.raises(FormatError, match="no sanctioned entity"):
        list(FORMAT.read(path))

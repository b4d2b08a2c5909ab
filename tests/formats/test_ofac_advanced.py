"""OFAC's advanced XML: what each part becomes, and that the parts find each other."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from manara.formats.base import Head, Match
from manara.formats.ofac_advanced import FORMAT
from manara.model import FormatError
from tests.formats.locating import MADE, Source, facts, of_schema, split, values, words

FIXTURE = Path(__file__).parent / "data" / "ofac" / "sdn_advanced.xml"
PERSON, BODY, VESSEL = (f"ofac-9000{number}" for number in range(1, 4))


@pytest.fixture(scope="module")
def stated():
    return facts(split(FORMAT.read(FIXTURE))[0])


def test_recognised_by_its_root_with_its_date() -> None:
    assert FORMAT.recognise(Head.of(FIXTURE)) == Match("us_ofac_sdn", "2026-02-03")
    assert FORMAT.recognise(Head(b"<Sanctions><Designation/></Sanctions>")) is None


def test_the_last_entries_tell_which_list_it_is(tmp_path: Path) -> None:
    path = tmp_path / "list.xml"
    padding = "<!-- " + "x" * 70_000 + " -->"  # the entries lie far behind the head
    for number, dataset in (("1550", "us_ofac_sdn"), ("91512", "us_ofac_cons")):
        path.write_text(
            f"<Sanctions><ReferenceValueSets/>{padding}"
            f'<SanctionsEntries><SanctionsEntry ID="1" ProfileID="1" ListID="{number}"/>'
            "</SanctionsEntries></Sanctions>"
        )
        assert FORMAT.recognise(Head.of(path)).dataset == dataset


def test_a_person_with_everything_stated(stated) -> None:
    person = values(stated, PERSON)
    person.pop("addressEntity")
    assert {prop: sorted(found) for prop, found in person.items()} == {
        "topics": ["sanction", "sanction"],  # by the list itself and by a further one
        "name": ["Karim Yusuf AL-ZAHIRI", "كريم الظاهري"],
        "firstName": ["Karim", "كريم"],
        "fatherName": ["Yusuf"],
        "lastName": ["AL-ZAHIRI", "الظاهري"],
        "alias": ["王 明"],
        "weakAlias": ["Abou Éloi", "Le Petit"],
        "previousName": ["Karim SALEH"],
        "birthDate": ["1965", "1966", "1968-03-04", "1970-02"],
        "birthPlace": ["Sfax, Tunisia"],
        "birthCountry": ["Tunisia"],
        "nationality": ["Tunisia"],
        "country": ["Tunisia"],
        "gender": ["Male"],
        "position": ["Treasurer"],
        "passportNumber": ["K700001"],
        "notes": [
            "Favourite colour: Blue",
            "Favourite colour: as told by a witness",
            "Treasurer since 2006.",
        ],
    }


def test_an_approximate_date_says_so(stated) -> None:
    originals = {one.value: one.original for one in stated if one.prop == "birthDate"}
    assert originals["1965"] == "Approximate 1965 1 1 1966 12 31"
    assert not originals["1968-03-04"].startswith("Approximate")


def test_documents_addresses_and_wallets_are_entities(stated) -> None:
    assert of_schema(stated, "Passport") == [
        {
            "holder": [PERSON],
            "type": ["Passport"],
            "number": ["K700001"],
            "country": ["Tunisia"],
            "authority": ["Prefecture of Tunis"],
            "summary": ["reported lost"],
            "startDate": ["1999-02-03"],
            "endDate": ["2004-02-02"],
        }
    ]
    assert of_schema(stated, "Address") == [
        {
            "full": ["12 rue de l'Été, Tunis, 1001, Tunisia"],
            "street": ["12 rue de l'Été"],
            "city": ["Tunis"],
            "postalCode": ["1001"],
            "country": ["Tunisia"],
        }
    ]
    (wallet,) = of_schema(stated, "CryptoWallet")
    assert wallet["cryptoAddress"] == ["1InventedAddress000000000000000000"]
    assert wallet["holder"] == [PERSON]


def test_bodies_and_vessels(stated) -> None:
    assert values(stated, BODY) == {
        "topics": ["sanction"],
        "name": ["AURORA TRADING"],
        "incorporationDate": ["1990"],
        "registrationNumber": ["REG-000"],
    }
    assert values(stated, VESSEL) == {
        "topics": ["sanction"],
        "name": ["ÉTOILE DE MER"],
        "type": ["Tug"],
        "flag": ["Cuba"],
        "imoNumber": ["9074729"],
    }
    schemata = {one.entity_id: one.schema for one in stated if one.prop == "name"}
    assert schemata == {PERSON: "Person", BODY: "Organization", VESSEL: "Vessel"}


def test_each_list_a_party_is_on_is_a_designation(stated) -> None:
    assert values(stated, f"{PERSON}-sanction") == {
        "entity": [PERSON],
        "authority": ["Office of Foreign Assets Control"],
        "authorityId": ["90001"],
        "summary": ["Secondary sanctions risk: section 1(b) of Executive Order 13224"],
        "description": ["SDN List"],
        "listingDate": ["2009-05-06"],
        "reason": ["Executive Order 13224 (Terrorism)"],
        "provisions": ["Block"],
        "program": ["SDGT", "IFSR"],
    }
    further = values(stated, f"{PERSON}-sanction-77")
    assert further["entity"] == [PERSON]
    assert further["description"] == ["Consolidated List"]
    assert further["program"] == ["NS-MBS"]


def test_relationships_are_links(stated) -> None:
    assert of_schema(stated, "UnknownLink") == [
        {
            "subject": [PERSON],
            "object": [BODY],
            "role": ["Acting for or on behalf of"],
            "summary": ["until 2019"],
            "status": ["former"],
        }
    ]


def test_what_cannot_be_used_is_set_aside() -> None:
    _, rejects = split(FORMAT.read(FIXTURE))
    assert [(reject.rule, reject.locator) for reject in rejects] == [
        ("reference", "/Sanctions/IDRegDocuments/IDRegDocument[4]"),
        ("name", "/Sanctions/DistinctParties/DistinctParty[4]"),
        ("id", "/Sanctions/DistinctParties/DistinctParty[5]"),
        ("reference", "/Sanctions/ProfileRelationships/ProfileRelationship[2]"),
        ("reference", "/Sanctions/SanctionsEntries/SanctionsEntry[5]"),
    ]


def test_every_locator_leads_to_what_was_read(stated) -> None:
    source = Source(FIXTURE)
    texts: dict[str, str] = {}
    for value in source.root.iterfind("{*}ReferenceValueSets/*/*"):
        texts[value.get("ID")] = f"{value.text} {value.get('Description', '')}"
    for one in stated:
        node = source.node(one.locator)
        inside = [*node.itertext(), *(v for e in node.iter() for v in e.attrib.values())]
        inside += [texts[value] for value in inside if value in texts]
        text = " ".join(inside)
        wanted = words((one.original or one.value).removeprefix("Approximate "))
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", one.value) and not one.original:
            wanted = [str(int(part)) for part in one.value.split("-")]
        # Types stand with the feature or document, one or two levels above the value.
        assert one.prop in {*MADE, "currencySymbol"} or all(w in text for w in wanted), one


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<Sanctions><ReferenceValueSets/><DistinctParties/></Sanctions>", "no party"),
        (FIXTURE.read_text()[:9000], "not well-formed"),
    ],
)
def test_a_broken_file_is_refused_as_a_whole(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "list.xml"
    path.write_text(text)
    with pytest.raises(FormatError, match=message):
        list(FORMAT.read(path))


def _multiplied(path: Path, times: int) -> None:
    """Write the fixture with its parties, places and documents repeated under new numbers."""
    text = FIXTURE.read_text()
    for name in ("Locations", "IDRegDocuments", "DistinctParties", "SanctionsEntries"):
        start = text.index(f"<{name}>") + len(name) + 2
        end = text.index(f"</{name}>")
        part = text[start:end]
        numbered = (
            re.sub(r'(ID="(?:9000|400|50)\d)"', rf"\g<1>-{time}" + '"', part)
            for time in range(times)
        )
        text = text[:start] + part + "".join(numbered) + text[end:]
    path.write_text(text)


MEASURE = """
import re, sys
from pathlib import Path
from manara.formats.ofac_advanced import FORMAT
parties = sum(1 for item in FORMAT.read(Path(sys.argv[1])) if "DistinctParty" in item.locator)
print(parties, re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def _parties_and_peak(path: Path) -> tuple[int, int]:
    """Return how many parties a process of its own reads and its peak memory in bytes."""
    command = [sys.executable, "-c", MEASURE, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    parties, peak = done.stdout.split()
    return int(parties), int(peak) * 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_memory_grows_far_slower_than_the_file(tmp_path: Path) -> None:
    paths = [tmp_path / "short.xml", tmp_path / "long.xml"]
    for path, times in zip(paths, (50, 1000), strict=True):
        _multiplied(path, times)
    (few, low), (many, high) = (_parties_and_peak(path) for path in paths)
    assert (few, many) == (5 * 51, 5 * 1001)
    # A tree of the long file would take several times its size.
    assert high - low < (paths[1].stat().st_size - paths[0].stat().st_size) / 2

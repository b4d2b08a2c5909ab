"""Screening by numbers, birth places, addresses and dates of other calendars, as a user asks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.pipeline.conftest import Manara


def entity(entity_id: str, schema: str, **values: str) -> str:
    properties = {prop: joined.split("|") for prop, joined in values.items()}
    return json.dumps({"id": entity_id, "schema": schema, "properties": properties}) + "\n"


# Invented; the numbers are examples of the standards.
FACTS = (
    entity("p1", "Person", name="Yusuf al-Daftarkhani", birthDate="1981-08-03",
           birthPlace="Qandahar", addressEntity="a1")
    + entity("p2", "Person", name="Yusuf Daftarkhani", birthPlace="Lima")
    + entity("a1", "Address", full="12 Cedar Street, 75011 Paris")
    + entity("d1", "Passport", holder="p1", number="P 0123456", country="af")
    + entity("w1", "CryptoWallet", cryptoAddress="1BoatSLRHtKNngkdXEeobR76b53LETtpyT", holder="p2")
    + entity("b1", "BankAccount", iban="GB82WEST12345698765432")
    + entity("v1", "Vessel", name="Sea Heron", imoNumber="IMO9074729")
    + entity("v2", "Airplane", registrationNumber="EP-ABC")
    + entity("c1", "Company", name="Orient Cedar Trading", phone="+442079460018")
)  # fmt: skip


@pytest.fixture(params=["workspace", "list"])
def asked(manara: Manara, tmp_path: Path, request: pytest.FixtureRequest):
    path = tmp_path / "facts.json"
    path.write_text(FACTS, "utf-8")
    if request.param == "workspace":
        assert manara("ingest", path, "--dataset", "facts").status == 0
    more = [] if request.param == "workspace" else ["--list", path]

    def ask(*words: str | Path) -> list[dict[str, object]]:
        ended = manara("screen", *more, *words, "--json")
        assert ended.status == 0, ended.err
        return [hit for line in ended.lines for hit in line["hits"]]

    return ask


def test_a_number_alone_finds_its_holder_and_what_it_is_on(asked) -> None:
    def found(text: str) -> set[object]:
        return {hit["entity"] for hit in asked("--document", text)}

    assert found("GB82 WEST 1234 5698 7654 32") == {"b1"}
    assert found("imo 9074729") == {"v1"}
    assert found("passport:AF:P0123456") == {"p1"}
    assert found("p0123456") == {"p1"}
    assert found("tail:EP-ABC") == {"v2"}
    assert found("+44 20 7946 0018") == {"c1"}
    assert found("1BoatSLRHtKNngkdXEeobR76b53LETtpyT") == {"p2", "w1"}
    assert found("1BoatSLRHtKNngkdXEeobR76b53LETtpyU") == set()


def test_places_addresses_and_dates_decide_between_namesakes(asked) -> None:
    def best(*options: str) -> object:
        return asked("Yusuf Daftarkhani", *options)[0]["entity"]

    assert best("--birth-place", "Lima, Peru") == "p2"
    assert best("--birth-place", "قندهار") == "p1"
    assert best("--address", "Cedar Street 12, Paris 75011") == "p1"
    assert best("--birth-date", "1360/05/12 SH") == "p1"


def test_a_file_has_columns_for_all_of_it(asked, tmp_path: Path) -> None:
    path = tmp_path / "asked.csv"
    path.write_text(
        "name,birth_date,identifier,birth_place,address\n"
        ",,GB82WEST12345698765432,,\n"
        "Yusuf Daftarkhani,1360,,Kandahar,75011 Paris\n",
        "utf-8",
    )
    hits = asked(path)
    assert [hit["entity"] for hit in hits][:2] == ["b1", "p1"]
    told = " ".join(hits[1]["explanation"])
    assert "birth place" in told
    assert "address" in told
    assert "1360 read as Solar Hijri = 1981/1982" in told


def test_nothing_asked_for_is_an_error(manara: Manara) -> None:
    ended = manara("screen", "")
    assert ended.status == 2
    assert "--document" in ended.err
    assert manara("screen", "X", "--birth-date", "1360-13-01").status == 2

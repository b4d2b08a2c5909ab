"""What of a payment is shown to somebody, by field; the listed and the payments are invented."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from manara.cli.money_screen import screen_command
from manara.formats import Account, Institution, Party, Payment, write_mt103, write_pacs008
from manara.model import FormatError, Reject, UsageError
from manara.pipeline.payment_files import payments_in
from manara.pipeline.payment_screening import (
    MOST_WORDS,
    PartyAsked,
    PaymentAnswer,
    PaymentAsked,
    PaymentScreen,
    watched_countries,
)
from manara.pipeline.screening import list_screen
from tests.pipeline.conftest import person


def thing(entity_id: str, schema: str, **values: str) -> str:
    properties = {prop: [value] for prop, value in values.items()}
    return json.dumps({"id": entity_id, "schema": schema, "properties": properties}) + "\n"


LISTED = (
    person("p-1", name="Yusuf al-Daftarkhani", birthDate="1972-12-18", nationality="tn")
    + person("p-2", name="Volodymyr Shchukozyorov", alias="Володимир Щукозьоров")
    + person("p-3", name="Hala Karimova", passportNumber="AB123456")
    + person("p-4", name="Ali Hassan")
    + thing("v-1", "Vessel", name="Corvina Dawn", imoNumber="IMO9074729")
    + thing("o-1", "Organization", name="Zephyrine Lanterna Brotherhood")
    + thing("b-1", "Company", name="Bank of Quolmir", swiftBic="QUOLKPPY", country="kp")
    # Names that are asked for one word at a time are told by how common their words are.
    + "".join(
        person(f"x-{n}", name=f"Ali {other}")
        for n, other in enumerate(["Tomas", "Omar", "Pavel", "Noor"] * 15)
    )
)


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("listed") / "list.json"
    path.write_text(LISTED, "utf-8")
    return path


@pytest.fixture(scope="module")
def screen(listed: Path) -> PaymentScreen:
    return PaymentScreen(list_screen(listed), {"kp": "resolution 9999"})


def found(answer: PaymentAnswer) -> set[tuple[str, str]]:
    return {(hit.field, hit.entity) for hit in answer.hits}


def of_text(screen: PaymentScreen, text: str) -> set[str]:
    return {hit.entity for hit in screen.ask(PaymentAsked(texts=(("purpose", text),))).hits}


def test_every_field_is_asked_for_and_named(screen: PaymentScreen) -> None:
    parties = (
        ("payer", PartyAsked(name="DAFTARKHANI YUSUF", birth_date="1972")),
        ("payee", PartyAsked(name="Amina Cisse")),
        ("ultimate_payee", PartyAsked(name="Volodymyr Shchukozyorov")),
        ("payee_institution", PartyAsked(bic="QUOLKPPYXXX", kind="organisation")),
        ("vessels.0", PartyAsked(documents=("IMO 9074729",), kind="vessel")),
    )
    answer = screen.ask(PaymentAsked(reference="r-1", parties=parties))
    assert found(answer) == {
        ("payer", "p-1"),
        ("ultimate_payee", "p-2"),
        ("payee_institution", "b-1"),
        ("vessels.0", "v-1"),
    }
    (payer,) = [hit for hit in answer.hits if hit.field == "payer"]
    assert payer.asked == "DAFTARKHANI YUSUF" and payer.probability > 0.8
    assert any("birth date 1972" in step for step in payer.explanation)
    assert payer.edition == screen.screen.editions[payer.list]
    assert [(one.field, one.country, one.reason) for one in answer.countries] == [
        ("payee_institution", "kp", "resolution 9999")
    ]
    assert answer.reference == "r-1" and answer.to_review == 5


def test_other_facts_count(screen: PaymentScreen) -> None:
    def probability(**known: str) -> float:
        party = PartyAsked(name="Yusuf al-Daftarkhani", **known)
        asked = PaymentAsked(parties=(("payer", party),))
        return max((hit.probability for hit in screen.ask(asked, threshold=0).hits), default=0)

    assert probability(birth_date="1972-12-18") > probability() > probability(birth_date="1931")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RENT PAID FOR MR YUSUF AL DAFTARKHANI MARCH", {"p-1"}),
        ("on behalf of daftarkhani, yusuf", {"p-1"}),
        ("переказ Володимир Щукозьоров за оренду", {"p-2"}),
        ("freight mv CORVINA DAWN sugar 40 bags", {"v-1"}),
        ("gift to Zephyrine Lanterna Brotherhood via agent", {"o-1"}),
        # A part of an organisation's name is rather that of another.
        ("fee of the lanterna brotherhood", set()),
        ("freight IMO 9074729", {"v-1"}),
        # The number of a passport in a text may be that of an invoice.
        ("invoice AB123456", set()),
        ("salary march ali", set()),
        ("DAWN RAID CONSULTING FEE", set()),
        ("", set()),
        ("\u0000 ' \" <script> ]]> %s {} \ud83d", set()),
    ],
)
def test_names_in_a_text(screen: PaymentScreen, text: str, expected: set[str]) -> None:
    assert of_text(screen, text) == expected


def test_words_of_a_name_far_from_each_other_are_no_name(screen: PaymentScreen) -> None:
    assert of_text(screen, "yusuf owes rent since march to mister daftarkhani") == set()


def test_a_long_text_says_what_was_not_read(screen: PaymentScreen) -> None:
    text = "filler words here " * MOST_WORDS + "corvina dawn"
    answer = screen.ask(PaymentAsked(texts=(("purpose", text),)))
    assert answer.unread == [f"purpose: {2 * MOST_WORDS + 2} words after the {MOST_WORDS}th"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("birth_date", "soon"), ("countries", ("Atlantis",)), ("bic", "NOT A BIC")],
)
def test_a_value_of_another_kind_is_refused_with_its_field(
    screen: PaymentScreen, field: str, value: object
) -> None:
    party = PartyAsked(**{"name": "Amina Cisse", field: value})  # type: ignore[arg-type]
    with pytest.raises(UsageError) as refused:
        screen.ask(PaymentAsked(parties=(("payee", party),)))
    assert refused.value.where.startswith("payee: ")


def test_countries_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "countries.yaml"
    assert watched_countries(path) == {}
    path.write_text("kp: resolution 9999\nIran: own policy 7\n", "utf-8")
    assert watched_countries(path) == {"kp": "resolution 9999", "ir": "own policy 7"}
    for broken in ("- kp\n", "kp:\n", "Atlantis: why\n", "{", "7"):
        path.write_text(broken, "utf-8")
        with pytest.raises(UsageError) as refused:
            watched_countries(path)
        assert refused.value.where == str(path)


# Files.


def a_payment() -> Payment:
    return Payment(
        time=datetime(2026, 3, 1, tzinfo=UTC),
        amount=Decimal(900),
        currency="EUR",
        reference="E2E-1",
        unique="8a562c67-ca16-48ba-b074-65581be6f001",
        payer=Party("Amina Cisse", address="1 Rue, Dakar", country="sn"),
        payee=Party("Yusuf al-Daftarkhani", "Person", more=(("birthDate", "1972-12-18"),)),
        payer_account=Account("FR1420041010050500013M02606"),
        payee_account=Account(number="77"),
        payer_institution=Institution("ABCDFRPP"),
        payee_institution=Institution("QUOLKPPY"),
        purpose="corvina dawn freight",
    )


def answers(screen: PaymentScreen, path: Path) -> list[set[tuple[str, str]]]:
    return [found(screen.ask(one[0])) for one in payments_in(path) if not isinstance(one, Reject)]


def test_messages_are_asked_as_their_parties(screen: PaymentScreen, tmp_path: Path) -> None:
    expected = {("payee", "p-1"), ("payee_institution", "b-1"), ("purpose", "v-1")}
    write_pacs008([a_payment()], tmp_path / "p.xml")
    write_mt103([a_payment()], tmp_path / "p.txt")
    assert answers(screen, tmp_path / "p.xml") == [expected]
    assert answers(screen, tmp_path / "p.txt") == [expected]


def test_ultimate_parties_of_a_message_are_asked(screen: PaymentScreen, tmp_path: Path) -> None:
    write_pacs008([a_payment()], tmp_path / "p.xml")
    text = (tmp_path / "p.xml").read_text("utf-8")
    assert "</CdtrAcct>" in text
    ultimate = "<UltmtCdtr><Nm>Hala Karimova</Nm></UltmtCdtr>"
    (tmp_path / "p.xml").write_text(text.replace("</CdtrAcct>", f"</CdtrAcct>{ultimate}"), "utf-8")
    assert ("ultimate_payee", "p-3") in answers(screen, tmp_path / "p.xml")[0]


MT103 = """\
{1:F01ABCDFRPPAXXX0000000000}{2:I103BANKDEFFXXXXN}{4:
:20:R-1
:23B:CRED
:32A:260301EUR900,
{parties}
:70:{purpose}
:71A:SHA
-}
"""
FULL = "x" * 17  # what fills a line of 35 characters before the first part of a name


@pytest.mark.parametrize(
    ("parties", "purpose", "expected"),
    [
        # The next word had no room in the line: the name may go on.
        (":50K:THE HONOURABLE MR YUSUF AL\nDAFTARKHANI\nDAKAR\n:59:/7\nTOM BAKER", "rent", "payer"),
        # It had room: what follows is an address.
        (":50K:MR YUSUF\nDAFTARKHANI\nDAKAR\n:59:/7\nTOM BAKER", "rent", None),
        # A full line cuts the word.
        (
            ":50F:/9\n1/THE HONOURABLE MR VOLODYMYR SHCHU\n1/KOZYOROV\n:59:/7\nTOM BAKER",
            "rent",
            "payer",
        ),
        (":50K:AMINA CISSE\n:59:/7\nTOM BAKER", f"{FULL} FOR CORVINA DAWN F\nREIGHT", "purpose"),
        (":50K:AMINA CISSE\n:59:/7\nTOM BAKER", f"{FULL}XXX FREIGHT OF COR\nVINA DAWN", "purpose"),
        (":50K:AMINA CISSE\n:59:/7\nTOM BAKER", "FREIGHT OF COR\nVINA DAWN", None),
    ],
)
def test_names_cut_by_the_ends_of_lines_are_found(
    screen: PaymentScreen, tmp_path: Path, parties: str, purpose: str, expected: str | None
) -> None:
    text = MT103.replace("{parties}", parties).replace("{purpose}", purpose)
    (tmp_path / "p.txt").write_text(text, "utf-8")
    (item,) = payments_in(tmp_path / "p.txt")
    assert not isinstance(item, Reject)
    hits = [hit.field for hit in screen.ask(item[0]).hits]
    assert hits == ([expected] if expected else [])


REPORT = """\
<report><rentity_id>1</rentity_id><report_code>STR</report_code>
<currency_code_local>EUR</currency_code_local>
<transaction><transactionnumber>T-1</transactionnumber>
<transaction_description>freight corvina dawn to Pyongyang, North Korea</transaction_description>
<date_transaction>2026-03-01T00:00:00</date_transaction><amount_local>900</amount_local>
<t_from><from_person><first_name>Yusuf</first_name><last_name>Daftarkhani</last_name>
<birthdate>1972-12-18T00:00:00</birthdate></from_person><from_country>TN</from_country></t_from>
<t_to><to_account><institution_name>Bank of Quolmir</institution_name><account>77</account>
</to_account><to_country>KP</to_country></t_to></transaction>
<transaction><transactionnumber>T-2</transactionnumber>
<date_transaction>soon</date_transaction><amount_local>900</amount_local></transaction>
<activity></activity></report>
"""


def test_a_report_is_asked_by_its_transactions(screen: PaymentScreen, tmp_path: Path) -> None:
    (tmp_path / "r.xml").write_text(REPORT, "utf-8")
    asked, *aside = payments_in(tmp_path / "r.xml")
    assert not isinstance(asked, Reject)
    answer = screen.ask(asked[0])
    assert found(answer) == {("payer", "p-1"), ("payee_institution", "b-1"), ("purpose", "v-1")}
    assert ("purpose", "kp") in {(one.field, one.country) for one in answer.countries}
    assert [one.rule for one in aside if isinstance(one, Reject)] == ["time", "activity"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("coal from north korea, wagon 7", True),
        ("NORTH KOREAN COAL", True),
        ("carbón de Corea del Norte", True),
        ("فحم من كوريا الشمالية", True),
        ("لكوريا الشمالية", True),
        ("coal from Korea", False),
        ("kp 7", False),
        ("South Korea", False),
    ],
)
def test_countries_are_found_in_texts_and_addresses(
    screen: PaymentScreen, text: str, named: bool
) -> None:
    expected = [("purpose", "kp")] if named else []
    answer = screen.ask(PaymentAsked(texts=(("purpose", text), ("purpose", text))))
    assert [(one.field, one.country) for one in answer.countries] == expected
    party = PartyAsked(name="Tom Baker", addresses=(text,))
    assert len(screen.ask(PaymentAsked(parties=(("payee", party),))).countries) == named


TABLE = """\
reference,payer,payer_birth_date,payee,payee_institution,intermediaries,vessel,purpose,\
hs_codes,amount
1,Amina Cisse,,Yusuf Daftarkhani,QUOLKPPY,Bank of Quolmir;Other Bank,Corvina Dawn,rent,,5
2,Amina Cisse,soon,Tom Baker,,,,,,5
3,Amina Cisse,,Tom Baker,,,,rifles,9302.00;1001,5
"""


def test_a_table_is_asked_by_its_columns(screen: PaymentScreen, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(TABLE.replace(",amount", ",colour"), "utf-8")
    reject, *items = payments_in(path)
    assert isinstance(reject, Reject) and reject.locator == "column colour"
    asked = [item for item in items if not isinstance(item, Reject)]
    assert [locator for _, locator in asked] == ["row 2", "row 3", "row 4"]
    assert found(screen.ask(asked[0][0])) == {
        ("payee", "p-1"),
        ("payee_institution", "b-1"),
        ("intermediaries.0", "b-1"),
        ("vessels.0", "v-1"),
    }
    goods = screen.ask(asked[2][0]).goods
    assert {(one.field, one.topic, one.found) for one in goods} == {
        ("purpose", "arms", "rifles"), ("hs_codes", "arms", "930200"),
    }  # fmt: skip


def test_parquet_is_asked_as_csv_is(screen: PaymentScreen, tmp_path: Path) -> None:
    row = {"tx_id": "1", "dst": "77", "payee": "Yusuf Daftarkhani", "intermediaries": ["QUOLKPPY"]}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "p.parquet")
    assert answers(screen, tmp_path / "p.parquet") == [
        {("payee", "p-1"), ("intermediaries.0", "b-1")}
    ]
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "p.parquet").read_bytes()[:-9])
    with pytest.raises(FormatError):
        list(payments_in(tmp_path / "cut.parquet"))


@pytest.mark.parametrize("text", ["colour,shape\nred,round\n", "reference\n1\n", ""])
def test_a_table_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.csv").write_text(text, "utf-8")
    with pytest.raises(FormatError):
        list(payments_in(tmp_path / "t.csv"))


def test_the_command_screens_what_it_can_and_names_the_rest(listed: Path, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(TABLE, "utf-8")
    (tmp_path / "c.yaml").write_text("kp: resolution 9999\n", "utf-8")
    words = [
        str(tmp_path / "p.csv"),
        "--list",
        str(listed),
        "--countries",
        str(tmp_path / "c.yaml"),
    ]
    done = CliRunner().invoke(screen_command, [*words, "--json"])
    assert done.exit_code == 1 and "row 3: payer: 'soon': not a valid date" in done.stderr
    first, third = map(json.loads, done.stdout.splitlines())
    assert (first["reference"], first["locator"], first["to_review"]) == ("1", "row 2", 5)
    assert [hit["list"] for hit in first["hits"]] == [*first["editions"]] * 4
    assert third["hits"] == [] and len(third["goods"]) == 2
    told = CliRunner().invoke(screen_command, words).stdout
    assert "resolution 9999" in told and "2 payments, 0 with nothing to look at" in told

"""Numbers, birth places, addresses and dates of other calendars in a search."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manara.identity.numbers import stated_identifier
from manara.identity.screening.documents import compare, one_slip
from manara.identity.screening.index import Hit, Index
from manara.identity.screening.query import NameEntry, Query

# Invented people, firms and vessels; numbers are examples of the standards.
LIST = [
    NameEntry(
        "p1", "Mohamed Benali", "person", birth_dates=("1981-08-03",),
        documents=("passport:dz:123456789", "phone:+442079460018"),
        places=("Qandahar, Afghanistan",), addresses=("12 Cedar Street, 75011 Paris",),
    ),
    NameEntry("p2", "Karim Haddad", "person", places=("Kabul, Afghanistan",)),
    NameEntry("p3", "Karim Haddad", "person", places=("Herat, Afghanistan",)),
    NameEntry("v1", "Sea Heron", "vessel", documents=("imo:9074729",)),
    NameEntry("v2", "Sea Heron", "vessel"),
    NameEntry("c1", "Orient Cedar Trading LLC", "organisation", documents=("reg:ae:778899",)),
    NameEntry("b1", "", documents=("iban:GB82WEST12345698765432",)),
]  # fmt: skip
LIST += [NameEntry(f"n{at}", f"Nobody N{at}", addresses=(f"{at} Cedar Street",)) for at in range(9)]


@pytest.fixture(scope="module")
def index() -> Index:
    return Index.build(LIST)


def found(index: Index, name: str, entity: str, **more: object) -> Hit:
    hits = index.search(Query(name, **more), limit=20)  # type: ignore[arg-type]
    return next(hit for hit in hits if hit.entity_id == entity)


def keys(*texts: str) -> tuple[str, ...]:
    return tuple(stated_identifier(text).key for text in texts)


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("GB82 WEST 1234 5698 7654 32", "b1"),
        ("IMO 9074729", "v1"),
        ("passport:DZ:123456789", "p1"),
        ("passport:123 456 789", "p1"),
        ("123456789", "p1"),
        ("+44 20 7946 0018", "p1"),
        ("778899", "c1"),
    ],
)
def test_a_number_alone_finds_whose_it_is(index: Index, text: str, entity: str) -> None:
    (hit,) = [h for h in index.search(Query("", documents=keys(text))) if h.probability > 0.5]
    assert hit.entity_id == entity
    assert [step.field for step in hit.explanation] == ["document"]


def test_what_has_no_name_is_called_by_its_number(index: Index) -> None:
    assert found(index, "", "b1", documents=keys("GB82WEST12345698765432")).name == (
        "GB82WEST12345698765432"
    )


def test_the_surer_the_number_the_surer_the_hit(index: Index) -> None:
    def sure(text: str) -> float:
        return found(index, "Somebody Else", "p1", documents=keys(text)).probability

    issuer, unsaid, phone = map(sure, ("passport:DZ:123456789", "123456789", "+442079460018"))
    assert issuer > unsaid > phone
    assert sure("passport:FR:123456789") < phone  # another country's passport


def test_a_number_with_one_holder_finds_whatever_the_names_say(index: Index) -> None:
    name = "Somebody With Quite Another And Longer Name"
    hit = found(index, name, "p1", documents=keys("123456789"))
    assert hit.probability > 0.5
    assert found(index, name, "p1", documents=keys("+442079460018")).probability < 0.5


def test_two_vessel_numbers_are_two_vessels(index: Index) -> None:
    other = keys("IMO 9241061")
    assert found(index, "Sea Heron", "v1", documents=other).probability < (
        found(index, "Sea Heron", "v2", documents=other).probability
    )
    against = found(index, "Sea Heron", "v1", documents=other).explanation[-1]
    assert str(against).startswith("IMO number 9241061: the list states 9074729, different number")


def test_another_passport_says_nothing(index: Index) -> None:
    bare = found(index, "Mohamed Benali", "p1").score
    other = keys("passport:DZ:999888777")
    assert found(index, "Mohamed Benali", "p1", documents=other).score == bare


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("passport:DZ:123456780", "one digit differs"),
        ("passport:DZ:123465789", "two digits exchanged"),
        ("213456789", "two digits exchanged"),
    ],
)
def test_a_slip_in_a_number_speaks_for_it(index: Index, number: str, told: str) -> None:
    hit = found(index, "Mohamed Benali", "p1", documents=keys(number))
    assert hit.score > found(index, "Mohamed Benali", "p1").score
    assert told in str(hit.explanation[-1])


def test_a_failing_check_digit_is_told(index: Index) -> None:
    hit = found(index, "Sea Heron", "v1", documents=keys("IMO 9074792"))
    assert "its check digit fails: likely a typing error" in str(hit.explanation[-1])
    assert hit.explanation[-1].weight > 0


def test_a_slip_finds_without_a_name(index: Index) -> None:
    assert index.search(Query("", documents=keys("passport:DZ:123456798")))[0].entity_id == "p1"


@given(st.text("0123456789", min_size=7, max_size=12), st.data())
def test_every_slip_is_found(number: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(number) - 1))
    digit = data.draw(st.sampled_from("0123456789".replace(number[at], "")))
    other = number[:at] + digit + number[at + 1 :]
    if at and number[at] != number[at - 1] and data.draw(st.booleans()):
        other = number[: at - 1] + number[at] + number[at - 1] + number[at + 1 :]
    assert one_slip(number, other)
    small = Index.build([NameEntry("a", "", documents=(f"passport:fr:{number}",))])
    assert small.search(Query("", documents=(f"passport:fr:{other}",)))[0].entity_id == "a"


def test_numbers_that_agree_are_counted_once() -> None:
    asked = ("passport:dz:123456789", "phone:+442079460018")
    (pair,) = compare(asked, asked)
    assert pair.asked == asked[0]


def test_a_birth_place_tells_namesakes_apart(index: Index) -> None:
    for place in ("Herat", "هرات", "Hirat, Afghanistan"):
        here = found(index, "Karim Haddad", "p3", places=(place,)).score
        assert here > found(index, "Karim Haddad", "p3").score
        assert here > found(index, "Karim Haddad", "p2", places=(place,)).score


def test_another_birth_place_speaks_slightly_against(index: Index) -> None:
    bare = found(index, "Karim Haddad", "p2").score
    assert bare > found(index, "Karim Haddad", "p2", places=("Lima",)).score > bare - 1
    # What the list does not state says nothing.
    assert found(index, "Sea Heron", "v2", places=("Lima",)).score == (
        found(index, "Sea Heron", "v2").score
    )


def test_an_address_agrees_by_its_rare_words(index: Index) -> None:
    bare = found(index, "Mohamed Benali", "p1").score

    def gain(address: str) -> float:
        return found(index, "Mohamed Benali", "p1", addresses=(address,)).score - bare

    assert gain("75011 PARIS, Cedar Str. 12") > gain("75011 Paris") > 0
    assert gain("Cedar Street, Lima 15001, Peru") < gain("75011 Paris")
    assert gain("Calle Sol 4, Lima") == 0


def test_dates_of_other_calendars(index: Index) -> None:
    bare = found(index, "Mohamed Benali", "p1").score
    for stated in ("1360/05/12 SH", "1360", "1401 AH", "۱۳۶۰/۵/۱۲"):
        hit = found(index, "Mohamed Benali", "p1", birth_date=stated)
        assert hit.score > bare
        assert "read as" in " ".join(map(str, hit.explanation))
    assert found(index, "Mohamed Benali", "p1", birth_date="1330 SH").score < bare


def test_all_of_it_survives_a_file_and_an_update(index: Index, tmp_path: Path) -> None:
    path = tmp_path / "lists.idx"
    index.updated([NameEntry("x1", "", documents=("imo:9241061",), places=("Lima",))]).save(path)
    opened = Index.open(path).updated([NameEntry("x2", "Rania Boustani")])
    assert opened.search(Query("", documents=("imo:9241061",)))[0].entity_id == "x1"
    assert opened.search(Query("", documents=("imo:9074729",)))[0].entity_id == "v1"
    place = {"places": ("Herat",)}
    assert found(opened, "Karim Haddad", "p3", **place).score == pytest.approx(
        found(index, "Karim Haddad", "p3", **place).score
    )
    gone = opened.updated([], ["v1"])
    assert gone.search(Query("", documents=("imo:9074729",))) == []

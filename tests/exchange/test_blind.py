"""Blind questions: what each side learns, who may ask, and how often."""

from __future__ import annotations

import hashlib
import json
import random
from base64 import urlsafe_b64encode
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
import rfc8785
from voprf import ristretto

from manara.exchange.blind import (
    KEYS,
    Answerer,
    Common,
    Person,
    Table,
    answering,
    ask,
    epoch_of,
    kept_table,
    make_table,
    person_of,
    question,
    question_keys,
    serial,
    table_keys,
    take_table,
)
from manara.exchange.blind.oprf import Blinding, Evaluator
from manara.exchange.node import Node, today
from manara.exchange.partners import Partner
from manara.exchange.seal import read, signed
from manara.identity import identifier_key
from manara.model import ExchangeError, Handling, NotFoundError, UsageError
from manara.store.log import entry_of
from tests.exchange.conftest import NewNode, Said, hold, meet

PURPOSE = "investigation"
PASSPORT = identifier_key("passportNumber", "K1234567", "")
YASMIN = Person(("Yasmin Ostrova",), ("1961-04-12",), (PASSPORT,), ("Estvale",))

# RFC 9497, appendix A.1.2: ristretto255-SHA512, VOPRF mode.
SEED, INFO = b"\xa3" * 32, b"test key"
PUBLIC = "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e"
VECTORS = [
    (
        "00",
        "863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945",
        "aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e",
        "b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7d"
        "a4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c",
    ),
    (
        "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a",
        "cc0b2a350101881d8a4cba4c80241d74fb7dcbfde4a61fde2f91443c2bf9ef0c",
        "60a59a57208d48aca71e9e850d22674b611f752bed48b36f7a91b372bd7ad468",
        "8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60"
        "356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6",
    ),
]
# The first and second of test vector 3, evaluated together.
BATCH = [
    VECTORS[0][1:3],
    (
        "90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bbbadac751e654",
        "cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db920b7eee36a2a",
    ),
]


def test_keys_and_values_are_those_of_the_standard() -> None:
    evaluator = Evaluator(SEED, INFO)
    assert evaluator.public.hex() == PUBLIC
    for text, blinded, evaluated, output in VECTORS:
        assert evaluator.output(bytes.fromhex(text)).hex() == output
        assert evaluator.evaluate(bytes.fromhex(blinded))[64:].hex() == evaluated
    together = evaluator.evaluate(bytes.fromhex("".join(blinded for blinded, _ in BATCH)))
    assert together[64:].hex() == "".join(evaluated for _, evaluated in BATCH)


def test_a_blinded_value_comes_out_as_the_known_one() -> None:
    evaluator, texts = Evaluator(SEED, INFO), [b"\0", b"\x5a" * 17, b"third"]
    first, second = Blinding(texts), Blinding(texts)
    assert first.elements != second.elements
    for blinding in (first, second):
        values = blinding.finish(evaluator.evaluate(blinding.elements), evaluator.public)
        assert values == [evaluator.output(text) for text in texts]
        assert values[0].hex() == VECTORS[0][3]


@pytest.mark.filterwarnings("ignore")
def test_an_answer_with_another_key_is_seen() -> None:
    evaluator, other = Evaluator(SEED, INFO), Evaluator(SEED, b"other")
    blinding = Blinding([b"one", b"two"])
    with pytest.raises(ExchangeError) as refused:
        blinding.finish(other.evaluate(blinding.elements), evaluator.public)
    assert refused.value.rule == "second-key"
    swapped = evaluator.evaluate(blinding.elements[32:] + blinding.elements[:32])
    with pytest.raises(ExchangeError):
        blinding.finish(swapped, evaluator.public)
    for spoilt in (b"", b"x", evaluator.evaluate(blinding.elements)[:-32], bytes(128)):
        with pytest.raises(ExchangeError):
            blinding.finish(spoilt, evaluator.public)


@pytest.mark.parametrize("elements", [bytes(32), b"\xff" * 32, b"short"], ids=["0", "ff", "short"])
def test_what_is_no_element_is_refused(elements: bytes) -> None:
    with pytest.raises(ExchangeError, match="invalid"):
        Evaluator(SEED, INFO).evaluate(elements)


def meets(asked: Person, known: Person) -> list[str]:
    """The kinds of key by which a person asked for meets one that is known."""
    table = table_keys(known, Common.of([known]))
    return [key.kind for key in question_keys(asked) if key.text in table]


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (Person(("OSTROVA, Yasmin",), ("1961-04-12",)), "name and date"),
        (Person(("Yasmin Ostrova",), ("1961-05-12",)), "name and date"),
        (Person(("Yasmin Ostrova",), ("1961-12-04",)), "word and date"),
        (Person(("Yasmin Ostrova",), ("1961-04-21",)), "word and date"),
        (Person(("Yasmin Ostrova",), ("1916-04-12",)), "word and date"),
        (Person(("Yasmin Ostriva",), ("1971-04-12",)), "word and date"),
        (Person(("Ostrova",), ("1961-04-12",)), "beginning and date"),
        (Person(("Yaamin Oztrova",), ("1961-04-12",)), "endings and date"),
        (Person(("Yásmin Óstrova",), ("1961-04-12",)), "beginning and date"),
        (Person(("Yassmine Ostrowa",), ("1961-04-12",)), "word and date"),
        (Person(("Ясмин Острова",), ("1961-04-12",)), "name and date"),
        (Person(("Ясмин Петренко",), ("1961-04-12",)), "word and date"),
        (Person(("Yamsni Ostrwoav",), ("1961-04-12",)), "beginning and date"),
        (Person(("Yasmin Ostrova",), ("1961",)), "name and year"),
        (Person(("Yasmin Ostrova",), (), (), ("ESTVALE",)), "name and place"),
        (Person(("Somebody Else",), ("1980-01-01",), (PASSPORT,)), "number"),
    ],
    ids=lambda each: each if isinstance(each, str) else f"{each.names[0]} {each.births}",
)
def test_what_is_spelt_otherwise_still_meets(asked: Person, kind: str) -> None:
    assert kind in meets(asked, YASMIN)


@pytest.mark.parametrize(
    "asked",
    [
        Person(("Yasmin Ostrova",)),
        Person(("Yasmin Ostrova",), ("1973-09-30",)),
        Person(("Milena Dorvan",), ("1961-04-12",)),
        Person(("Yasmin Petrenko",), ("1961",), (), ("Estvale",)),
    ],
    ids=["name alone", "another date", "another name", "half the name"],
)
def test_others_do_not_meet(asked: Person) -> None:
    assert meets(asked, YASMIN) == []


def test_what_many_have_in_common_is_on_no_list() -> None:
    """Of 100 who share a word only those stay askable whose whole name is rare."""
    others = ("Karl", "Dina", "Bruno", "Milena", "Rosa", "Tarik", "Ludmila", "Ennio", "Siham")
    crowd = [
        Person((f"Maria {others[n % 9]}",), (f"19{n % 50 + 40}-{n % 12 + 1:02}-{n % 27 + 1:02}",))
        for n in range(100)
    ]
    few, many = Common.of(crowd[:5]), Common.of(crowd)
    assert max(many.shared.values()) == 100
    assert table_keys(crowd[0], many) < table_keys(crowd[0], few)
    stranger = Person(("Maria Petrenko",), crowd[0].births)
    asked = {key.text for key in question_keys(stranger)}
    assert asked & table_keys(crowd[0], few)
    assert not asked & table_keys(crowd[0], many)
    assert {key.text for key in question_keys(crowd[0])} & table_keys(crowd[0], many)


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (Person(("OSTROVA, Yasmin",), ("1961-04-12",)), "name and date"),
        (Person(("Yasmin Ostrova",), ("1961-05-12",)), "name and date"),
        (Person(("Yasmin Ostrova",), ("1961-04-21",)), "name and date"),
        (Person(("Yasmin Ostrova",), ("1971-04-12",)), "name and date"),
        (Person(("Yasmin Ostrova",), ("1961-12-04",)), "word and date"),
        (Person(("Yasmin Oztriva",), ("1961-04-12",)), "word and date"),
        (Person(("Yaamin Oztrova",), ("1961-04-12",)), "endings and date"),
        (Person(("Ясмин Острова",), ("1961-12-04",)), "name and date"),
        (Person(("Yasmin Ostrova",), (), (), ("ESTVALE",)), "name and place"),
        (Person(("Ostrova",), ("1961-04-12",)), ""),
        (Person(("Yasmin Ostrenko",), ("1971-04-12",)), ""),
    ],
    ids=lambda each: each if isinstance(each, str) else f"{each.names[0]} {each.births}",
)
def test_on_a_long_list_parts_of_names_stand_with_whole_dates(asked: Person, kind: str) -> None:
    table = table_keys(YASMIN, Common({}, long=True))
    keys = question_keys(asked, long=True)
    assert len(keys) == KEYS
    met = {key.kind for key in keys if key.text in table}
    assert kind in met if kind else not met


def test_a_table_says_whether_it_is_long(
    pair: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    north, east = pair
    monkeypatch.setattr("manara.exchange.blind.keys._LONG_LIST", 0)
    long = table_of(north, east)
    assert long.long
    mistaken = Person(("Yasmin Ostrova",), ("1961-05-12",))
    asking = ask(north, long, mistaken, case="C-1", basis="treaty", officers=["ana", "carl"])
    match = asking.read(Answerer(east).answer(asking.message), by="ana")
    assert match.agreed == ["name and date"]


def test_an_arabic_name_meets_its_latin_spelling() -> None:
    known = Person(("Muhammad Abd al-Rahman al-Masri",), ("1970-02-03",))
    assert meets(Person(("محمد عبد الرحمن المصري",), ("1970-02-03",)), known)


def test_every_question_has_as_many_keys() -> None:
    for person in (
        YASMIN,
        Person(("Ana",)),
        Person(("a b c d e f g",), ("1990-01-01",), ("x",) * 9),
    ):
        keys = question_keys(person)
        assert len(keys) == KEYS == len({key.text for key in keys})


@pytest.fixture
def pair(new_node: NewNode) -> tuple[Node, Node]:
    """North asks, east knows Yasmin (and, for itself only, Milena)."""
    north, east = new_node("north.example"), new_node("east.example")
    meet(north, east, questions=3, by_officer=2)
    said = [
        Said("p-1", "name", "Yasmin Ostrova"),
        Said("p-1", "birthDate", "1961-04-12"),
        Said("doc-1", "holder", "p-1", "Passport"),
        Said("doc-1", "number", "K1234567", "Passport"),
    ]
    hold(east, "watch", Handling.of("GREEN"), said)
    secret = [Said("p-2", "name", "Milena Dorvan"), Said("p-2", "birthDate", "1975-06-07")]
    hold(east, "own", Handling.of("AMBER+STRICT"), secret)
    return north, east


def table_of(north: Node, east: Node) -> Table:
    return take_table(north, make_table(east, north.id, PURPOSE, today(), by="bo"), by="ana")


def put(
    north: Node, table: Table, person: Person = YASMIN, officer: str = "ana", **more: Any
) -> Any:
    return ask(
        north, table, person, case="N-7", basis="treaty art. 4", officers=[officer, "carl"], **more
    )


def actions(node: Node) -> list[str]:
    return [entry_of(line).action for line in node.log.lines()]


def test_the_asker_learns_hit_or_no_hit(pair: tuple[Node, Node]) -> None:
    north, east = pair
    table = table_of(north, east)
    answerer = Answerer(east)
    asked = put(north, table)
    match = asked.read(answerer.answer(asked.message), by="ana")
    assert match.hit
    assert match.strong
    assert match.agreed == ["number", "name and date", "beginning and date", "word and date"]
    other = put(north, table, Person(("Yasmin Petrova",), ("1962-05-13",)))
    assert not other.read(answerer.answer(other.message), by="ana").hit
    assert actions(north)[-4:] == ["ask", "learn", "ask", "learn"]
    assert actions(east)[-2:] == ["answer", "answer"]


def test_one_word_with_a_date_is_a_hint_only(pair: tuple[Node, Node]) -> None:
    north, east = pair
    asked = put(north, table_of(north, east), Person(("Yasmin Petrenko",), ("1961-04-12",)))
    match = asked.read(Answerer(east).answer(asked.message), by="ana")
    assert (match.hit, match.strong) == (True, False)


def test_nobody_is_found_whom_the_rules_keep_from_the_asker(pair: tuple[Node, Node]) -> None:
    north, east = pair
    asked = put(north, table_of(north, east), Person(("Milena Dorvan",), ("1975-06-07",)))
    assert not asked.read(Answerer(east).answer(asked.message), by="ana").hit


THINGS = [
    Said("f-1", "make", "Norvik Arms", "Firearm"),
    Said("f-1", "serialNumber", "AB-4471", "Firearm"),
    Said("v-1", "name", "Sea Lark", "Vessel"),
    Said("v-1", "imoNumber", "9074729", "Vessel"),
    Said("a-1", "iban", "GB82WEST12345698765432", "BankAccount"),
    Said("x-1", "number", "ZZ778899", "Passport"),
    Said("x-1", "country", "fr", "Passport"),
    Said("c-1", "name", "Lark Trading", "Company"),
    Said("c-1", "phone", "+33142278186", "Company"),
]


@pytest.mark.parametrize(
    ("number", "agreed"),
    [
        (serial("NORVIK ARMS", "AB4471"), ["number"]),
        (serial("Other Arms", "AB4471"), []),
        ("serial:ab4471", []),
        ("imo:9074729", ["number"]),
        ("iban:GB82WEST12345698765432", ["number"]),
        ("no:zz778899", ["number"]),
        ("passport:fr:zz778899", ["number"]),
        ("passport:fr:zz778898", []),
        ("phone:+33142278186", ["shared number"]),
    ],
)
def test_things_are_asked_for_by_their_numbers(
    pair: tuple[Node, Node], number: str, agreed: list[str]
) -> None:
    north, east = pair
    hold(east, "things", Handling.of("GREEN"), THINGS)
    asked = put(north, table_of(north, east), Person((), numbers=(number,)))
    match = asked.read(Answerer(east).answer(asked.message), by="ana")
    assert (match.agreed, match.strong) == (agreed, agreed == ["number"])


def test_what_is_known_of_an_entity_is_what_is_asked_by(pair: tuple[Node, Node]) -> None:
    _, east = pair
    hold(east, "things", Handling.of("GREEN"), [*THINGS, Said("u-1", "name", "Nothing", "Company")])
    view = east.workspace.view()
    assert person_of(view, "p-1") == Person(("Yasmin Ostrova",), ("1961-04-12",), (PASSPORT,))
    assert person_of(view, "f-1") == Person((), numbers=(serial("norvik arms", "ab 4471"),))
    with pytest.raises(NotFoundError):
        person_of(view, "p-99")
    with pytest.raises(UsageError, match="number"):
        person_of(view, "u-1")


def test_a_table_is_kept_until_the_next(pair: tuple[Node, Node]) -> None:
    north, east = pair
    with pytest.raises(NotFoundError, match="no table"):
        kept_table(north, east.id, PURPOSE)
    table = table_of(north, east)
    assert kept_table(north, east.id, PURPOSE) == table
    with pytest.raises(NotFoundError):
        kept_table(north, east.id, "another purpose")


def test_neither_question_nor_log_names_the_person(pair: tuple[Node, Node]) -> None:
    north, east = pair
    asked = put(north, table_of(north, east))
    answer = Answerer(east).answer(asked.message)
    told = asked.message + answer + b"".join(east.log.lines()) + b"".join(north.log.lines())
    for part in ("Yasmin", "Ostrova", "1961", "K1234567"):
        assert part.encode() not in told
    again = put(north, table_of(north, east))
    assert (
        read(again.message, "manara-question")["elements"]
        != read(asked.message, "manara-question")["elements"]
    )


def test_an_auditor_can_have_the_question_opened(pair: tuple[Node, Node]) -> None:
    north, east = pair
    asked = put(north, table_of(north, east))
    Answerer(east).answer(asked.message)
    hashed = urlsafe_b64encode(hashlib.sha256(rfc8785.dumps(asked.opening)).digest())
    (line,) = [each for each in map(entry_of, east.log.lines()) if each.action == "answer"]
    assert line.detail["person"] == hashed.rstrip(b"=").decode()
    assert asked.opening[1][0] == ["Yasmin Ostrova"]


def test_a_question_and_an_answer_are_short(pair: tuple[Node, Node]) -> None:
    north, east = pair
    asked = put(north, table_of(north, east))
    assert len(asked.message) <= 1024
    assert len(Answerer(east).answer(asked.message)) <= 1024


def refused(answerer: Answerer, message: bytes, **more: Any) -> str:
    with pytest.raises(ExchangeError) as error:
        answerer.answer(message, **more)
    return error.value.rule


def test_a_question_is_answered_once(pair: tuple[Node, Node]) -> None:
    north, east = pair
    asked = put(north, table_of(north, east))
    answerer = Answerer(east)
    answerer.answer(asked.message)
    assert refused(answerer, asked.message) == "replay"
    # Another process, which reads it from the log.
    assert refused(Answerer(Node(east.workspace)), asked.message) == "replay"
    assert actions(east)[-2:] == ["deny", "deny"]


def test_limits_hold_by_officer_by_partner_and_across_processes(pair: tuple[Node, Node]) -> None:
    north, east = pair
    table, answerer = table_of(north, east), Answerer(east)
    for _ in range(2):
        answerer.answer(put(north, table).message)
    assert refused(answerer, put(north, table).message) == "limit"
    other = Answerer(Node(east.workspace))
    other.answer(put(north, table, officer="dora").message)
    assert refused(answerer, put(north, table, officer="eli").message) == "limit"
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    if epoch_of(tomorrow.date()) == table.epoch:
        late = put(north, table, expires=tomorrow + timedelta(hours=1))
        answerer.answer(late.message, now=tomorrow)


def test_a_question_is_in_the_log_before_it_is_answered(
    pair: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    north, east = pair
    asked = put(north, table_of(north, east))

    def evaluator(*about: object) -> Any:
        assert actions(east)[-1] == "answer"
        raise ExchangeError("stop here", rule="test")

    monkeypatch.setattr(answering, "evaluator", evaluator)
    assert refused(Answerer(east), asked.message) == "test"


def test_expired_foreign_and_unsigned_questions_are_refused_by_name(
    pair: tuple[Node, Node], new_node: NewNode
) -> None:
    north, east = pair
    table, answerer = table_of(north, east), Answerer(east)
    now = datetime.now(UTC)
    asked = put(north, table)
    assert refused(answerer, asked.message, now=now + timedelta(hours=2)) == "expired"
    assert (
        refused(answerer, put(north, table, expires=now + timedelta(days=3)).message) == "expired"
    )
    message = read(asked.message, "manara-question")
    assert refused(answerer, json.dumps(message | {"case": "other"}).encode()) == "signature"
    del message["signature"]

    def changed(**change: object) -> str:
        return refused(answerer, signed(message | change, north.keys.signing))

    assert changed(to="quen.example") == "recipient"
    assert changed(epoch="1999-01") == "expired"
    assert changed(case="") == "agreement"
    assert changed(basis="") == "agreement"
    assert changed(officers=[]) == "officers"
    assert changed(elements="") == "form"
    assert changed(elements="A" * 342) == "form"
    assert changed(nonce=7) == "form"
    assert changed(**{"from": "nobody.example"}) == "partner"
    for data in (b"", b"{}", b"[]", b"\xff", b'{"type":"manara-question"}'):
        assert refused(answerer, data) in ("form", "partner")
    stranger = new_node("quen.example")
    meet(stranger, north)
    assert refused(answerer, signed(message, stranger.keys.signing)) == "signature"
    assert actions(east).count("answer") == 1  # what is no element was noticed after the log


def test_a_purpose_and_a_second_officer_are_asked_for(pair: tuple[Node, Node]) -> None:
    north, east = pair
    table = table_of(north, east)
    terms = {"questions": 9, "by_officer": 9}
    east.agree(Partner(north.keys.card, purposes=["training"], **terms), by="bo")
    assert refused(Answerer(east), put(north, table).message) == "agreement"
    with pytest.raises(ExchangeError, match="was not agreed"):
        make_table(east, north.id, PURPOSE, today(), by="bo")
    east.agree(Partner(north.keys.card, four_eyes=True, **terms), by="bo")
    Answerer(east).answer(put(north, table).message)
    assert refused(Answerer(east), put(north, table, officer="carl").message) == "officers"


def test_a_question_needs_something_to_ask_by(pair: tuple[Node, Node]) -> None:
    north, east = pair
    table = table_of(north, east)
    with pytest.raises(UsageError, match="nothing to ask by"):
        put(north, table, Person(("Yasmin Ostrova",)))
    with pytest.raises(UsageError, match="a case and an officer"):
        ask(north, table, YASMIN, case="", basis="b", officers=["ana"])


def test_a_second_key_is_seen_in_answers_and_in_tables(
    pair: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    north, east = pair
    table = table_of(north, east)
    asked = put(north, table)
    other = Evaluator(b"\1" * 32, b"second")
    with monkeypatch.context() as patched:
        patched.setattr(answering, "evaluator", lambda *about: other)
        answer = Answerer(east).answer(asked.message)
    with pytest.raises(ExchangeError) as seen:
        asked.read(answer, by="ana")
    assert seen.value.rule == "second-key"
    with monkeypatch.context() as patched:
        patched.setattr("manara.exchange.blind.table.evaluator", lambda *about: other)
        with pytest.raises(ExchangeError, match="another key than the table"):
            table_of(north, east)
    assert table_of(north, east).public == table.public


def test_an_answer_to_another_question_is_refused(pair: tuple[Node, Node]) -> None:
    north, east = pair
    table, answerer = table_of(north, east), Answerer(east)
    first, second = put(north, table), put(north, table)
    answer = answerer.answer(first.message)
    with pytest.raises(ExchangeError, match="another question"):
        second.read(answer, by="ana")
    with pytest.raises(ExchangeError, match="does not hold"):
        first.read(
            json.dumps(read(answer, "manara-answer") | {"evaluation": "AA"}).encode(), by="a"
        )


def test_each_partner_purpose_and_month_has_a_key_of_its_own(pair: tuple[Node, Node]) -> None:
    _, east = pair
    keys = {
        answering.evaluator(east, partner, purpose, epoch).public
        for partner in ("north.example", "quen.example")
        for purpose in (PURPOSE, "training")
        for epoch in ("2026-11", "2026-12")
    }
    assert len(keys) == 8
    assert epoch_of(date(2026, 3, 9)) == "2026-03"


def test_a_table_does_not_tell_how_many_it_holds(pair: tuple[Node, Node]) -> None:
    north, east = pair
    before = len(table_of(north, east))
    hold(east, "more", Handling.of("GREEN"), [Said("p-3", "name", "Dario Venn"),
                                              Said("p-3", "birthDate", "1980-01-02")])  # fmt: skip
    assert len(table_of(north, east)) == before == 1024


def test_a_dictionary_gives_away_no_more_than_the_limit(new_node: NewNode) -> None:
    """An attacker with everybody's data, the list among them, packs a key a person."""
    chance = random.Random(5)
    north, east = new_node("north.example"), new_node("east.example")
    meet(north, east, questions=2, by_officer=2)
    sounds = [f"{one}a{two}o{three}i" for one, two, three in product("bdklmnr", repeat=3)]
    people = [
        (f"{sounds[n]} {sounds[-n]}", f"19{chance.randrange(40, 99)}-05-06")
        for n in range(20 * KEYS)
    ]
    listed = people[: 10 * KEYS]
    said = [Said(f"p-{n}", prop, value) for n, (name, born) in enumerate(listed)
            for prop, value in (("name", name), ("birthDate", born))]  # fmt: skip
    hold(east, "watch", Handling.of("GREEN"), said)
    table = table_of(north, east)
    answerer, learned, answered = Answerer(east), 0, 0
    # Without evaluations the table tells nothing, whatever key is tried.
    guess = Evaluator(b"\2" * 32, b"guess")
    assert not any(
        guess.output(text.encode()) in table for name, born in people[:20]
        for text in table_keys(Person((name,), (born,)), Common({}))
    )  # fmt: skip
    for start in range(0, len(people), KEYS):
        packed = [question_keys(Person((n,), (b,)))[0] for n, b in people[start : start + KEYS]]
        asked = put(north, table)
        blinding = Blinding([key.text.encode() for key in packed])
        message = read(asked.message, "manara-question")
        del message["signature"]
        message["elements"] = question.base64url(blinding.elements)
        try:
            answer = answerer.answer(signed(message, north.keys.signing))
        except ExchangeError as error:
            assert error.rule == "limit"
            continue
        answered += 1
        evaluation = question.unbase64url(read(answer, "manara-answer")["evaluation"])
        values = blinding.finish(evaluation, table.public)
        learned += sum(value in table for value in values)
    assert answered == 2
    assert 0 < learned <= 2 * KEYS


def test_the_library_is_the_one_the_wrapper_was_written_for() -> None:
    # A false proof ends in a panic there; should that become an exception, the wrapper holds too.
    assert ristretto.Evaluator.from_seed(SEED, INFO).public_key.serialize().hex() == PUBLIC

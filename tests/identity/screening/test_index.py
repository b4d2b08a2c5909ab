"""The screening index: who is found, in which order, from which edition."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manara.identity.screening import segment as store
from manara.identity.screening.index import Hit, Index
from manara.identity.screening.prepare import LEAST_HELD, Preparer
from manara.identity.screening.query import NameEntry, Query, hash_of
from manara.model import FormatError

# Invented people.
LIST = [
    NameEntry("p1", "Mohamed Benali", "person", birth_dates=("1970-03-04",), list="L", edition="1"),
    NameEntry("p1", "محمد بن علي", "person", list="L", edition="1"),
    NameEntry("p2", "Karim Haddad", "person", countries=("dz",), genders=("male",)),
    NameEntry("p3", "Abdel Rahman Kassem", "person"),
    NameEntry("p4", "João da Silva Pereira", "person", documents=("X1234567",)),
    NameEntry("p5", "Ольга Сергеевна Кузнецова", "person"),
    NameEntry("p6", "Hélène Lefèvre", "person", genders=("female",)),
    NameEntry("p7", "Karim Mansour", "person"),
    NameEntry("o1", "Orient Cedar Trading LLC", "organisation"),
]


@pytest.fixture(scope="module")
def index() -> Index:
    return Index.build(LIST)


def best(index: Index, name: str, **more: object) -> Hit:
    return index.search(Query(name, **more))[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "entity"),
    [
        ("Mohamed Benali", "p1"),
        ("BENALI, Mohammed", "p1"),
        ("محمد بنعلي", "p1"),
        ("Karim Hadad", "p2"),
        ("Krim Haddad", "p2"),
        ("كريم حداد", "p2"),
        ("Haddad K.", "p2"),
        ("KarimHaddad", "p2"),
        ("Abdurrahman Qasim", "p3"),
        ("عبدالرحمن قاسم", "p3"),
        ("Joao Silva Pereira", "p4"),
        ("Olga Sergeevna Kuznetsova", "p5"),
        ("Helene Lefevre", "p6"),
        ("Orient Cedar Trading", "o1"),
    ],
)
def test_the_right_entity_comes_first(index: Index, name: str, entity: str) -> None:
    hit = best(index, name)
    assert hit.entity_id == entity
    assert hit.probability > 0.5


@pytest.mark.parametrize("name", ["", "   ", "...", "\u202e\u200f", "\x00", "Zzyzx", "ب", "7"])
def test_nothing_is_found_for_nothing(index: Index, name: str) -> None:
    assert [hit for hit in index.search(Query(name)) if hit.probability > 0.5] == []


def test_an_empty_index_answers() -> None:
    empty = Index.build([])
    assert empty.search(Query("Karim Haddad", documents=("X1",))) == []
    assert len(empty) == 0
    later = empty.updated([NameEntry("a", "Karim Haddad")])
    assert best(later, "Karim Haddad").entity_id == "a"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_any_text_gets_an_answer(index: Index, text: str) -> None:
    for hit in index.search(Query(text, birth_date=text[:10], countries=(text[:2],))):
        assert 0 < hit.probability < 1
        assert all(str(step) for step in hit.explanation)


def test_a_name_of_megabytes_is_answered_quickly(index: Index) -> None:
    assert best(index, "Karim Haddad " + "x" * 5_000_000).entity_id == "p2"
    assert len(index.search(Query("a b c d e f g h " * 100_000))) <= 10


def test_an_exact_name_is_surer_than_a_likeness_than_a_part(index: Index) -> None:
    asked = ["Karim Haddad", "Karim Hadad", "Haddad", "Karim Haddad Boulos", "Karim Boulos"]
    odds = [
        next((h.probability for h in index.search(Query(name)) if h.entity_id == "p2"), 0.0)
        for name in asked
    ]
    assert odds[0] > odds[1] > odds[3] > odds[4]
    assert odds[0] > odds[2] > odds[4]


def test_other_evidence_raises_and_lowers(index: Index) -> None:
    bare = best(index, "Mohamed Benali").probability
    assert best(index, "Mohamed Benali", birth_date="1970-03-04").probability > bare
    assert best(index, "Mohamed Benali", birth_date="1970-04-03").probability > bare
    assert best(index, "Mohamed Benali", birth_date="1970").probability > bare
    assert best(index, "Mohamed Benali", birth_date="1993-11-20").probability < bare
    bare = best(index, "Karim Haddad").probability
    assert best(index, "Karim Haddad", countries=("DZ",)).probability > bare
    assert best(index, "Karim Haddad", countries=("pe",)).probability < bare
    assert best(index, "Karim Haddad", gender="female").probability < bare
    assert best(index, "Karim Haddad", kind="vessel").probability < bare


def test_a_document_finds_whom_the_name_does_not(index: Index) -> None:
    hit = best(index, "Someone Else", documents=("X1234567",))
    assert (hit.entity_id, hit.explanation[-1].field) == ("p4", "document")


def test_an_entity_is_one_hit_with_its_best_name(index: Index) -> None:
    hits = index.search(Query("محمد بن علي"))
    assert [hit.entity_id for hit in hits].count("p1") == 1
    assert hits[0].name == "محمد بن علي"
    assert (hits[0].list, hits[0].edition) == ("L", "1")


def test_hits_are_ordered_and_limited(index: Index) -> None:
    hits = index.search(Query("Karim Haddad"))
    assert [h.probability for h in hits] == sorted((h.probability for h in hits), reverse=True)
    assert len(index.search(Query("Karim"), limit=1)) == 1


def test_the_file_answers_as_the_index_does(index: Index, tmp_path: Path) -> None:
    path = tmp_path / "lists.idx"
    index.updated([NameEntry("n1", "Rania Boustani")], ["p7"]).save(path)
    opened = Index.open(path)
    for name in ("Mohamed Benali", "Rania Boustany", "Karim Mansour", "عبدالرحمن قاسم"):
        expected = index.updated([NameEntry("n1", "Rania Boustani")], ["p7"]).search(Query(name))
        assert [(h.entity_id, h.score) for h in opened.search(Query(name))] == [
            (h.entity_id, h.score) for h in expected
        ]
    assert opened.editions == (("", ""), ("L", "1"))


def test_an_index_that_has_learned_answers_the_same(tmp_path: Path) -> None:
    held = ["Karim", "كريم", "Kareem", "Mansour", "Mansur"]
    names = [f"{first} {last}" for first in held[:3] for last in held[3:]] * LEAST_HELD
    plain = Index.build([*LIST, *(NameEntry(f"k{at}", name) for at, name in enumerate(names))])
    plain.learned().save(tmp_path / "learned")
    learned = Index.open(tmp_path / "learned")
    moved = [one.updated([NameEntry("p8", "Karem Mansoor")], ["k0"]) for one in (plain, learned)]
    for asked in ("Karim Haddad", "كريم منصور", "Karem Mansour", "Mansur", "Mohamed Benali"):
        for one, other in ((plain, learned), moved):
            answers = [
                [(hit.entity_id, hit.score, hit.told) for hit in index.search(Query(asked))]
                for index in (one, other)
            ]
            assert answers[0] == answers[1]
            assert answers[0]


def test_neighbours_are_kept_of_words_that_many_names_hold() -> None:
    names = ["Karim Benali"] * LEAST_HELD + ["Haddad Kassem"] * (LEAST_HELD - 1)
    segment = store.build([NameEntry(f"e{at}", name) for at, name in enumerate(names)])
    preparer = Preparer(segment)
    held = {word: preparer.known(10).of(hash_of(word)) for word in ("karim", "benali", "haddad")}
    assert held["haddad"] is None
    for word in ("karim", "benali"):
        found = held[word]
        assert found is not None
        words, shares = found
        assert [segment.word_text.at(at) for at in words.tolist()] == [word]
        assert shares.tolist() == [0.0]
    assert len(preparer.known(1).hashes) == 1


@pytest.mark.parametrize("damage", [b"", b"not an index at all", b"MANARA\x00\x01\xff\xff\xff"])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "damaged.idx"
    path.write_bytes(damage)
    with pytest.raises(FormatError, match="build the index again"):
        Index.open(path)


def test_a_file_cut_short_is_refused(index: Index, tmp_path: Path) -> None:
    path = tmp_path / "cut.idx"
    index.save(path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(FormatError, match="damaged"):
        Index.open(path)


def test_an_update_leaves_the_old_edition_as_it_was(index: Index) -> None:
    new = index.updated(
        [NameEntry("p7", "Karim Nasser", list="L", edition="2"), NameEntry("n1", "Rania Boustani")],
        ["p2", "unknown"],
    )
    assert len(index) == len(LIST)
    assert best(index, "Karim Haddad").entity_id == "p2"
    assert "p2" not in {hit.entity_id for hit in new.search(Query("Karim Haddad"))}
    changed = best(new, "Karim Nasser")
    assert (changed.entity_id, changed.name, changed.edition) == ("p7", "Karim Nasser", "2")
    assert all(hit.name != "Karim Mansour" for hit in new.search(Query("Karim Mansour")))
    assert len(new) == len(LIST)  # one gone, one new, one replaced
    again = new.updated([], ["n1"])
    assert best(again, "Karim Nasser").entity_id == "p7"
    assert all(hit.entity_id != "n1" for hit in again.search(Query("Rania Boustani")))


def test_what_is_known_survives_an_update(index: Index) -> None:
    known = (("1980-02",), ("lb",), ("female",), ("D9",))
    one = index.updated([NameEntry("n1", "Rania Boustani", "person", True, *known)])
    two = one.updated([NameEntry("n2", "Sami Khalaf")])
    query = Query("Rania Boustani", "1980-02", ("lb",), "female", ("D9",))
    assert two.search(query)[0].score == pytest.approx(one.search(query)[0].score)


def test_order_of_loading_does_not_matter(index: Index) -> None:
    other = Index.build(reversed(LIST))
    for name in ("Mohammed Benali", "Karim", "Olga Kuznetsova"):
        assert {(h.entity_id, h.probability) for h in index.search(Query(name))} == {
            (h.entity_id, h.probability) for h in other.search(Query(name))
        }


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_many_queries_answer_as_one_by_one(index: Index, threads: int) -> None:
    queries = [Query(entry.name) for entry in LIST] * 20
    expected = [[(h.entity_id, h.score) for h in index.search(query)] for query in queries]
    found = index.search_many(iter(queries), threads=threads)
    assert [[(h.entity_id, h.score) for h in hits] for hits in found] == expected


def test_frequent_words_are_not_cut() -> None:
    """The one who has both frequent words is found among thousands that have one of them."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    others = [f"{a}o{b}i{c}" for a in letters for b in letters for c in letters]
    crowd = [NameEntry(f"a{i}", f"Karim {other}") for i, other in enumerate(others)]
    crowd += [NameEntry(f"b{i}", f"{other} Haddad") for i, other in enumerate(others)]
    index = Index.build([*crowd * 2, NameEntry("both", "Karim Haddad"), *crowd])
    assert best(index, "Karim Haddad").entity_id == "both"
    assert best(index, "Hadad Kareem").entity_id == "both"


def test_a_likeness_says_less_the_more_strangers_are_as_near() -> None:
    few = Index.build([NameEntry("a", "Tarvonel Osk"), NameEntry("b", "Quim Belaras")])
    near = ("Tarvanel", "Tarvinel", "Tarvenel", "Tarvunel")
    crowd = [NameEntry(f"{at}", f"{near[at % 4]} Belaras") for at in range(200)]
    many = Index.build([NameEntry("a", "Tarvonel Osk"), *crowd])
    found = [best(index, "Tarvynel Osk") for index in (few, many)]
    assert [hit.entity_id for hit in found] == ["a", "a"]
    assert found[1].score < found[0].score


def test_of_one_syllable_words_the_first_announces_the_next() -> None:
    """Meeting Kim and Jin proves less where few names are made of such words, as both go along."""
    others = [NameEntry(f"o{at}", f"Karsten{at} Oldenboor{at}") for at in range(3000)]
    alike = [NameEntry(f"s{at}", "Bok Hwan") for at in range(3000)]
    rare = Index.build([NameEntry("k", "Kim Jin Su"), *others])
    usual = Index.build([NameEntry("k", "Kim Jin Su"), *alike])
    assert best(rare, "Kim Jin Su").score < best(usual, "Kim Jin Su").score


def test_a_longer_list_makes_a_hit_less_sure(index: Index) -> None:
    more = [NameEntry(f"x{at}", f"Zorbek{at} Vuntalli{at}") for at in range(5000)]
    short, long = (best(found, "Karim Hadad") for found in (index, Index.build([*LIST, *more])))
    assert short.entity_id == long.entity_id == "p2"
    assert long.score >= short.score
    assert long.probability < short.probability


@pytest.mark.parametrize("name", ["Bak Hyun-u", "PARK, Hyeonu", "Pak Hyon U", "Park Hyunwoo"])
def test_usual_spellings_of_a_korean_name_are_found(name: str) -> None:
    listed = [NameEntry("k", name, "person"), NameEntry("o", "Choi Min-a", "person"), *LIST]
    hit = best(Index.build(listed), "박현우")
    assert hit.entity_id == "k"
    assert hit.probability > 0.4


@pytest.mark.parametrize(
    ("asked", "listed"),
    [("Ramitarkhloufi", "Rami Tarkhloufi"), ("Olav Patr uskev", "Olav Patruskev")],
)
def test_a_space_too_many_or_too_few_is_seen_though_a_half_is_near(asked: str, listed: str) -> None:
    index = Index.build([NameEntry("r", listed, "person"), *LIST])
    assert best(index, asked).entity_id == "r"
    assert best(index, asked).probability > 0.5


def test_words_written_as_one_meet_across_scripts() -> None:
    listed = [NameEntry("m", "Mohammad Bagher Zargarani", "person"), *LIST]
    apart = best(Index.build(listed), "محمد باقر زرگرانی")
    glued = best(Index.build(listed), "محمدباقر زرگرانی")
    assert (apart.entity_id, glued.entity_id) == ("m", "m")
    assert glued.score > apart.score - 12
    assert any("spacing" in str(step) for step in glued.explanation)


def test_a_korean_name_says_less_the_more_koreans_bear_it() -> None:
    """Each stands on the list once; Kim is a family name of one Korean in five, Yeo of few."""
    index = Index.build([NameEntry("k", "Kim Young Su"), NameEntry("y", "Yeo Gyu Chan"), *LIST])
    usual, rare = best(index, "김영수"), best(index, "여규찬")
    assert (usual.entity_id, rare.entity_id) == ("k", "y")
    assert usual.score < rare.score


def test_german_letters_are_not_read_in_korean_names() -> None:
    """Jong-su is no Yong-su, though a German j is a y."""
    index = Index.build([NameEntry("k", "Park Jong-su", "person"), *LIST])
    assert best(index, "박영수").score < best(index, "박종수").score - 5


@pytest.mark.parametrize(
    ("asked", "listed"),
    [("자오밍쥔", "Zhao Mingjun"), ("쑨메이", "Sun Mei"), ("리바오룽", "Li Baolong")],
)
def test_chinese_names_in_hangul_are_taken_apart(asked: str, listed: str) -> None:
    index = Index.build([NameEntry("c", listed, "person"), *LIST])
    assert best(index, asked).entity_id == "c"
    assert best(index, asked).probability > 0.1


def test_a_popular_name_says_less_than_the_list_knows() -> None:
    """Both stand on the list once, but the world is full of people called Maria Garcia."""
    others = [NameEntry(f"o{at}", f"Karsten{at} Oldenboor{at}") for at in range(3000)]
    listed = [NameEntry("m", "Maria Garcia"), NameEntry("z", "Morvia Gartema"), *others]
    index = Index.build(listed)
    assert best(index, "Maria Garcia").score < best(index, "Morvia Gartema").score


def test_a_common_korean_name_alone_is_no_alert_but_with_a_birth_date_it_is() -> None:
    others = [NameEntry(f"o{at}", f"Karsten{at} Oldenboor{at}") for at in range(12_000)]
    korean = [NameEntry(f"k{at}", f"Kim {word}") for at, word in enumerate(("Chol Su", "Yong Ho"))]
    index = Index.build(
        [*korean, NameEntry("k", "Kim Yong Sik", birth_dates=("1961-05-07",)), *others]
    )
    alone, dated = best(index, "김영식"), best(index, "김영식", birth_date="1961-05-07")
    assert alone.entity_id == dated.entity_id == "k"
    assert alone.probability < 0.5 < dated.probability


@pytest.mark.parametrize(
    ("asked", "listed"), [("네투 바후스", "Neto Barros"), ("아리프 위리외", "Arif Yrjö")]
)
def test_names_from_elsewhere_are_found_by_their_korean_spelling(asked: str, listed: str) -> None:
    index = Index.build([NameEntry("n", listed, "person"), *LIST])
    assert best(index, asked).entity_id == "n"
    assert best(index, asked).probability > 0.15


def test_a_firm_asked_for_in_two_words_is_found_in_one() -> None:
    index = Index.build([NameEntry("f", "Quistborvel Trading Ltd", "organisation"), *LIST])
    assert best(index, "Quist Borvel Trading Ltd", kind="organisation").entity_id == "f"
    hit = best(index, "Quist Borvel", kind="organisation")
    assert hit.entity_id == "f"
    assert sum(step.weight for step in hit.explanation) == pytest.approx(hit.score, abs=1e-3)


def test_a_short_form_of_a_given_name_is_a_likeness_of_it() -> None:
    index = Index.build([NameEntry("b", "Robert Tarkhloufi", "person"), *LIST])
    whole, short, other = (best(index, f"{n} Tarkhloufi").score for n in ("Robert", "Bob", "Jan"))
    assert whole > short > other + 5

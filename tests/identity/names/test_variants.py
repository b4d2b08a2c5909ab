"""Name groups: forms of one name share a number, other names and unknown words do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manara.identity.names import name_tokens
from manara.identity.names.variants import group_of, groups_of, word_hash


def of(name: str) -> int:
    (word,) = name_tokens(name)
    return group_of(word)


@pytest.mark.parametrize(
    "forms",
    [
        ("Mohammed", "Muhammad", "Mohamed", "محمد", "Мухаммад"),
        ("Hussein", "Hossein", "Husayn", "حسين", "Хусейн"),
        ("Ivan", "Иван"),
        ("Kim", "김", "Ким"),
    ],
)
def test_forms_of_one_name_share_a_group(forms: tuple[str, ...]) -> None:
    numbers = {of(form) for form in forms}
    assert len(numbers) == 1
    assert numbers != {0}


def test_other_names_are_in_other_groups() -> None:
    assert len({of("Mohammed"), of("Hussein"), of("Ivan"), of("Kim")}) == 4


@pytest.mark.parametrize("word", ["", "qzxvqzxv", "zzkpwyrt", "\ud800"])
def test_unknown_words_are_in_no_group(word: str) -> None:
    assert group_of(word) == 0


def test_hash_is_four_bytes_of_blake2b() -> None:
    # RFC 7693 BLAKE2b-32 of "abc", from an independent implementation (b2sum --length=32).
    assert word_hash("abc") == 0x63906248


@given(st.text(max_size=20))
def test_any_word_has_a_number(word: str) -> None:
    assert group_of(word) >= 0


def test_many_groups_are_those_of_each_word() -> None:
    words = ["mohammed", "xqzzt", "bank", "محمد"]
    found = groups_of(words).tolist()
    assert found == list(map(group_of, words))
    assert found[0] == found[3] != found[1] == 0

from __future__ import annotations

import random
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from manara.identity import clusters
from manara.model import Judgement, Verdict
from tests.identity.facts import AT


def judgement(
    left: str, right: str, verdict: Verdict, score: float = 0.9, human: bool = False, day: int = 0
) -> Judgement:
    return Judgement(
        left, right, verdict, score, ("test",), "a rule", human, AT + timedelta(days=day)
    )


SAME, APART = Verdict.POSITIVE, Verdict.NEGATIVE


def test_positive_pairs_join_into_the_smallest_id() -> None:
    found = clusters([judgement("c", "b", SAME), judgement("b", "a", SAME)])
    assert found == {"a": "a", "b": "a", "c": "a"}


def test_unsure_and_negative_pairs_join_nothing() -> None:
    assert clusters([judgement("a", "b", Verdict.UNSURE), judgement("b", "c", APART)]) == {}


def test_a_person_beats_the_machine_on_the_pair() -> None:
    machine = judgement("a", "b", SAME, 0.99, day=9)
    assert clusters([judgement("b", "a", APART, human=True), machine]) == {}
    against = judgement("a", "b", APART, day=9)
    assert clusters([judgement("a", "b", SAME, human=True), against]) == {"a": "a", "b": "a"}


def test_the_later_of_two_human_judgements_counts() -> None:
    first = judgement("a", "b", APART, human=True, day=1)
    second = judgement("a", "b", SAME, human=True, day=2)
    assert clusters([second, first]) == {"a": "a", "b": "a"}


def test_what_a_person_set_apart_is_not_joined_through_a_third() -> None:
    found = clusters(
        [
            judgement("a", "b", SAME, 0.99),
            judgement("b", "c", SAME, 0.80),
            judgement("a", "c", APART, human=True),
        ]
    )
    assert found == {"a": "a", "b": "a"}  # the weaker tie gives way


def test_a_contradiction_is_not_joined_through_a_third_but_a_person_may() -> None:
    judgements = [
        judgement("a", "b", SAME, 0.99),
        judgement("b", "c", SAME, 0.80),
        judgement("a", "c", APART),
    ]
    assert clusters(judgements) == {"a": "a", "b": "a"}
    judgements[1] = judgement("b", "c", SAME, human=True)
    assert clusters(judgements) == {"b": "b", "c": "b"}  # the person's tie, not the machine's
    judgements[0] = judgement("a", "b", SAME, human=True)
    assert clusters(judgements) == {"a": "a", "b": "a", "c": "a"}


pairs = st.lists(
    st.tuples(
        st.sampled_from("abcdefgh"),
        st.sampled_from("abcdefgh"),
        st.sampled_from(list(Verdict)),
        st.sampled_from([0.5, 0.8, 0.95]),
        st.booleans(),
    ).filter(lambda pair: pair[0] != pair[1]),
    max_size=30,
)


@given(pairs, st.integers(0, 1000))
def test_any_order_gives_one_partition_that_respects_people(
    drawn: list[tuple[str, str, Verdict, float, bool]], seed: int
) -> None:
    judgements = [
        judgement(left, right, verdict, score, human, day)
        for day, (left, right, verdict, score, human) in enumerate(drawn)
    ]
    found = clusters(judgements)
    shuffled = judgements.copy()
    random.Random(seed).shuffle(shuffled)
    assert clusters(shuffled) == found
    latest = {j.pair: j.verdict for j in judgements if j.human}
    for (left, right), verdict in latest.items():
        if verdict is APART:
            assert found.get(left, left) != found.get(right, right)
    for member, canonical in found.items():
        assert canonical <= member
        assert found[canonical] == canonical

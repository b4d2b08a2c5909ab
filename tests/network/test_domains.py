"""Crime domains: a closed list that fits its standards, profiles that can be checked by hand."""

from __future__ import annotations

import re

import pytest
from scipy.stats import beta

from manara.model import EuropolGrade, Grade, UsageError
from manara.model.vocabulary import vocabulary
from manara.network.domains import Indication, domains, profile, strengths, weight
from tests.conftest import ROOT

A1, B2, E3 = (Grade.parse(text) for text in ("A1", "B2", "E3"))


def test_the_list_fits_the_standards_it_maps_to() -> None:
    known = vocabulary()["Person"]["topics"]
    for id_, domain in domains().items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", id_)
        assert domain.iccs
        # Sections 01 to 11 of level 2 to 4: two digits for each of the first levels, then one.
        assert all(re.fullmatch(r"(0[1-9]|1[01])0[1-9]\d{0,2}", code) for code in domain.iccs)
        assert all(known.clean(topic) == topic for topic in domain.topics)
        for table in (domain.topics, domain.programs, domain.keywords):
            assert all(0 < strength <= 1 for strength in table.values())


def test_the_reference_lists_what_the_list_holds() -> None:
    text = (ROOT / "docs/reference/crime-domains.md").read_text("utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \| ([^|]+) \| ([\d, ]+) \|", text, re.MULTILINE)
    assert [(id_, name, codes.split(", ")) for id_, name, codes in rows] == [
        (id_, domain.name, list(domain.iccs)) for id_, domain in domains().items()
    ]


def test_one_sure_fact_leaves_half_unknown() -> None:
    found = profile([Indication("f1", "list one", "topic", "crime.terror", A1)])
    share = found.shares["terrorism"]
    assert share.mean == found.unknown == 0.5
    # Beta(1, 1) is uniform.
    assert (share.low, share.high) == (pytest.approx(0.05), pytest.approx(0.95))
    assert share.facts == ("f1",)


def test_facts_of_several_origins_add_up_and_those_of_one_do_not() -> None:
    one = Indication("f1", "list one", "topic", "crime.terror", A1)
    same = Indication("f2", "list one", "program", "FTO", A1)
    other = Indication("f3", "list two", "program", "al-qaida", A1)
    assert profile([one, same]).shares["terrorism"].mean == 0.5
    assert profile([one, same]).shares["terrorism"].facts == ("f1", "f2")
    both = profile([one, same, other]).shares["terrorism"]
    assert both.mean == pytest.approx(2 / 3)
    assert (both.low, both.high) == pytest.approx(beta(2, 1).interval(0.9))


def test_what_a_fact_leaves_open_is_unknown() -> None:
    found = profile([Indication("f1", "list one", "topic", "crime.fin", A1)])
    assert found.shares["laundering"].mean == pytest.approx(0.25)
    assert found.unknown == pytest.approx(0.75)


def test_a_worse_grade_says_less_and_a_worthless_one_nothing() -> None:
    means = [
        profile([Indication("f", "o", "domain", "arms", grade)]).shares["arms"].mean
        for grade in (A1, B2, None)
    ]
    assert means == sorted(means, reverse=True)
    assert means[1] == pytest.approx(0.64 / 1.64)
    assert weight(None) == weight(Grade("F", 6)) == 0.25
    # 4x4's X4 says that neither source nor information can be judged, as the Admiralty's F6 does.
    assert weight(EuropolGrade.parse("X4")) == weight(None)
    worthless = profile([Indication("f", "o", "domain", "arms", E3)])
    assert (dict(worthless.shares), worthless.unknown, worthless.unread) == ({}, 1.0, ("f",))


def test_a_tag_alone_is_nothing_but_supports_what_else_is_there() -> None:
    tag = Indication("t", "a.analyst", "tag", "drugs", A1)
    assert profile([tag]).unknown == 1.0
    assert profile([tag]).unread == ("t",)
    seizure = Indication("e", "seizure 7", "domain", "drugs", B2)
    assert profile([tag, seizure]).shares["drugs"].mean == pytest.approx(1.64 / 2.64)


def test_words_are_found_whole_and_in_several_domains() -> None:
    text = "Suspected of MONEY LAUNDERING for cartels; seized: cocaine, forged passports."
    assert strengths("keyword", text) == {
        "laundering": 1.0,
        "organised-crime": 0.6,
        "drugs": 0.9,
        "forgery": 1.0,
    }
    assert strengths("keyword", "a fraudulent cartelisation, the Kidnapperson") == {}


def test_the_whole_is_one() -> None:
    found = profile(
        [
            Indication("f1", "list one", "program", "SDGT", B2),
            Indication("f2", "list two", "keyword", "arms trafficking and cocaine", None),
            Indication("f3", "report 3", "domain", "cyber", A1),
        ]
    )
    assert sum(share.mean for share in found.shares.values()) + found.unknown == pytest.approx(1)
    assert all(share.low <= share.mean <= share.high for share in found.shares.values())
    assert list(found.shares) == sorted(found.shares, key=lambda d: -found.shares[d].mean)


def test_a_domain_that_is_not_on_the_list_is_refused() -> None:
    with pytest.raises(UsageError, match="piracy"):
        profile([Indication("f", "o", "domain", "piracy")])

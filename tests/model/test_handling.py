"""Handling rules against a naive oracle, the laws of the join, TLP labels and Europol's codes.

The oracle knows nothing of joins: it keeps every condition that every originator wrote in one list
and asks them one by one, over a universe small enough to ask everything.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from manara.model import (
    CRIME_PURPOSES,
    NOT_IN_COURT,
    OPEN,
    PURPOSES,
    Handling,
    Recipient,
    Relation,
    Tlp,
    UsageError,
    from_europol,
    to_europol,
)

# --- the universe -----------------------------------------------------------------------------

LABELS = ["TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"]
GROUPS = frozenset({"فريق-مشترك"})
RECIPIENTS = [
    Recipient("amina", "home", Relation.ORGANISATION),
    Recipient("bilal", "home", Relation.ORGANISATION, GROUPS),
    Recipient("home", "home", Relation.ORGANISATION),
    Recipient("chloé", "sûreté", Relation.CLIENT, GROUPS),
    Recipient("dario", "sûreté", Relation.COMMUNITY),
    Recipient("sûreté", "sûreté", Relation.CLIENT),
    Recipient("emeka", "customs", Relation.COMMUNITY, GROUPS),
    Recipient("فريق-مشترك", "customs", Relation.COMMUNITY, GROUPS),
    Recipient("customs", "customs", Relation.COMMUNITY),
    Recipient("passer-by", "", Relation.PUBLIC),
]
NAMES = ["amina", "chloé", "emeka", "home", "sûreté", "customs", "فريق-مشترك", "passer-by"]
ORIGINATORS = ["home", "sûreté", "customs"]
PURPOSES_ASKED = ["investigation", "prosecution", "training"]
DAYS = [date(2027, 1, 31), date(2027, 2, 1), date(2028, 2, 29)]
CONSENTS = [[], ["sûreté"], ["sûreté", "customs", "home"]]
QUESTIONS = list(product(RECIPIENTS, PURPOSES_ASKED, DAYS, CONSENTS))


def subsets(values: list[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), unique=True, max_size=len(values))


# What one originator writes. Restrictions are left out often, so that late rules get to decide.
WRITTEN = st.fixed_dictionaries(
    {
        "tlp": st.sampled_from(LABELS),
        "releasable_to": st.none() | subsets(NAMES),
        "consent": st.just([]) | subsets(ORIGINATORS),
        "purposes": st.none() | subsets(PURPOSES_ASKED),
        "retain_until": st.none() | st.sampled_from(DAYS),
        "caveats": st.just([]) | subsets([NOT_IN_COURT, "à vérifier", "للاطلاع فقط"]),
    }
)
RULES = st.lists(WRITTEN, max_size=4).map(
    lambda written: Handling.join_all(Handling.of(**one) for one in written)
)

# --- the oracle -------------------------------------------------------------------------------

ADMITTED = {
    "TLP:CLEAR": ["PUBLIC", "COMMUNITY", "CLIENT", "ORGANISATION"],
    "TLP:GREEN": ["COMMUNITY", "CLIENT", "ORGANISATION"],
    "TLP:AMBER": ["CLIENT", "ORGANISATION"],
    "TLP:AMBER+STRICT": ["ORGANISATION"],
    "TLP:RED": [],
}
ORDER = ["retention", "audience", "releasable-to", "consent", "purpose", "caveat"]


def clauses(written: dict[str, Any]) -> list[tuple[str, Any]]:
    """Every condition one originator wrote, as (rule, what it asks for)."""
    found: list[tuple[str, Any]] = []
    if written["retain_until"] is not None:
        found.append(("retention", written["retain_until"]))
    if written["releasable_to"] is None:
        found.append(("audience", written["tlp"]))
    else:
        found.append(("releasable-to", (written["tlp"], written["releasable_to"])))
    found += [("consent", originator) for originator in written["consent"]]
    if written["purposes"] is not None:
        found.append(("purpose", written["purposes"]))
    return found + [("caveat", caveat) for caveat in written["caveats"]]


def met(clause: tuple[str, Any], who: Recipient, purpose: str, on: date, said_yes: Any) -> bool:
    rule, asked = clause
    if rule == "retention":
        return not on > asked
    if rule == "audience":
        return who.relation.name in ADMITTED[asked]
    if rule == "releasable-to":
        level, names = asked
        if level == "TLP:RED":
            person = who.id != who.organisation and who.id not in who.groups
            return person and who.id in names
        return any(name in names for name in [who.id, who.organisation, *who.groups])
    if rule == "consent":
        at_home = who.relation.name == "ORGANISATION"
        return at_home or asked in said_yes or asked in (who.id, who.organisation)
    if rule == "purpose":
        return purpose in asked
    return not (asked == "NOT_IN_COURT" and purpose == "prosecution")


def oracle(conditions: list[tuple[str, Any]], *question: Any) -> tuple[bool, str]:
    broken = [rule for rule, asked in conditions if not met((rule, asked), *question)]
    return (False, min(broken, key=ORDER.index)) if broken else (True, "permitted")


def test_permits_agrees_with_the_oracle_on_every_question() -> None:
    asked: Counter[tuple[bool, str]] = Counter()
    disagreements = []

    @settings(max_examples=120, deadline=None, derandomize=True, database=None)
    @given(st.lists(WRITTEN, max_size=4))
    def ask(written: list[dict[str, Any]]) -> None:
        joined = Handling.join_all(Handling.of(**one) for one in written)
        conditions = [clause for one in written for clause in clauses(one)]
        for question in QUESTIONS:
            permitted, rule, reason = joined.permits(*question)
            if (permitted, rule) != oracle(conditions, *question):
                disagreements.append((written, question, rule))
            assert reason.endswith(".")
            asked[permitted, rule] += 1

    ask()
    assert asked.total() >= 10_000
    assert disagreements == []
    # The questions would prove little if some rule never got to decide.
    decided = {rule for _, rule in asked if asked[False, rule] or rule == "permitted"}
    assert decided == {*ORDER, "permitted"}
    assert all(count >= 50 for count in asked.values()), asked


# --- the laws ---------------------------------------------------------------------------------

LAWS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@LAWS
@given(RULES, RULES, RULES)
def test_join_is_a_semilattice_with_open_at_the_bottom(
    one: Handling, two: Handling, three: Handling
) -> None:
    assert (one | two) | three == one | (two | three)
    assert one | two == two | one
    assert one | one == one
    assert one | OPEN == one
    assert (one | two).id == (two | one).id
    assert one | (one | two) == one | two


@LAWS
@given(RULES, RULES)
def test_join_permits_exactly_what_both_permit(one: Handling, two: Handling) -> None:
    joined = one | two
    for question in QUESTIONS:
        both = one.permits(*question).permitted and two.permits(*question).permitted
        assert joined.permits(*question).permitted == both, question


@LAWS
@given(RULES)
def test_a_rule_survives_json_and_keeps_its_identity(rule: Handling) -> None:
    again = Handling.from_dict(json.loads(json.dumps(rule.to_dict())))
    assert again == rule
    assert again.id == rule.id
    assert hash(again) == hash(rule)


@LAWS
@given(RULES, RULES)
def test_different_rules_have_different_ids(one: Handling, two: Handling) -> None:
    assert (one == two) == (one.id == two.id)


@LAWS
@given(RULES)
def test_open_permits_everything_and_every_rule_less(rule: Handling) -> None:
    assert all(OPEN.permits(*question).permitted for question in QUESTIONS[:30])
    assert rule.tlp == (rule | OPEN).tlp
    assert rule.floor <= rule.tlp


# --- examples that the meaning stands on --------------------------------------------------------

DAY = date(2027, 2, 1)
PARTNER = Recipient("dario", "sûreté", Relation.COMMUNITY)


def test_names_take_the_place_of_the_level_but_not_in_a_join() -> None:
    named = Handling.of("TLP:AMBER", releasable_to=["sûreté"])
    assert named.permits(PARTNER, "investigation", DAY).permitted
    joined = named | Handling.of("TLP:AMBER")
    assert joined.permits(PARTNER, "investigation", DAY)[:2] == (False, "audience")


def test_a_recipient_on_both_lists_under_different_names_may_have_the_join() -> None:
    joined = Handling.of("AMBER", releasable_to=["sûreté"]) | Handling.of(
        "AMBER", releasable_to=["فريق-مشترك"]
    )
    member = Recipient("chloé", "sûreté", Relation.CLIENT, GROUPS)
    assert joined.permits(member, "investigation", DAY).permitted
    assert not joined.permits(PARTNER, "investigation", DAY).permitted


def test_red_goes_to_persons_only() -> None:
    rule = Handling.of("RED", releasable_to=["dario", "sûreté", "customs"])
    assert rule.permits(PARTNER, "investigation", DAY).permitted
    for other in (
        Recipient("farid", "sûreté", Relation.ORGANISATION),
        Recipient("sûreté", "sûreté", Relation.ORGANISATION),
        Recipient("customs", "x", Relation.ORGANISATION, frozenset({"customs"})),
    ):
        assert rule.permits(other, "investigation", DAY).rule == "releasable-to"
    unnamed = Handling.of(Tlp.RED)
    assert not unnamed.permits(RECIPIENTS[0], "investigation", DAY).permitted


def test_retention_lasts_to_the_end_of_its_last_day() -> None:
    rule = Handling.of("CLEAR", retain_until=DAY)
    assert rule.permits(PARTNER, "training", DAY).permitted
    denied = rule.permits(PARTNER, "training", date(2027, 2, 2))
    assert denied == (False, "retention", "It had to be deleted after 2027-02-01.")


def test_reasons_are_sentences_for_an_officer() -> None:
    strict = Handling.of("AMBER+STRICT").permits(PARTNER, "investigation", DAY)
    assert strict.reason == (
        "TLP:AMBER+STRICT information may not leave our own organisation; "
        "dario is of the community, not a client."
    )
    asked = Handling.of("GREEN", consent=["customs", "sûreté"])
    assert asked.permits(PARTNER, "training", DAY).reason == "Consent is missing from customs."
    none = Handling.of("CLEAR", purposes=[]).permits(PARTNER, "training", DAY)
    assert none.reason == "It may be used for no purpose at all, not for training."


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("TLP:CLEAR", Tlp.CLEAR),
        ("TLP:WHITE", Tlp.CLEAR),
        ("white", Tlp.CLEAR),
        (" tlp:green ", Tlp.GREEN),
        ("AMBER", Tlp.AMBER),
        ("tlp:amber+strict", Tlp.AMBER_STRICT),
        ("TLP:RED", Tlp.RED),
    ],
)
def test_tlp_labels_are_read(text: str, level: Tlp) -> None:
    assert Tlp.parse(text) is level


def test_tlp_labels_are_written_as_the_standard_has_them_and_rise() -> None:
    assert [level.label for level in sorted(Tlp)] == LABELS


@pytest.mark.parametrize("text", ["", "TLP:", "TLP:AMBER STRICT", "SECRET", "أحمر"])
def test_other_labels_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a TLP level"):
        Tlp.parse(text)


@pytest.mark.parametrize(
    "values",
    [
        {"tlp": "AMBER", "releasable_to": "sûreté"},
        {"tlp": "AMBER", "releasable_to": [""]},
        {"tlp": "AMBER", "consent": [" customs"]},
        {"tlp": "AMBER", "purposes": [None]},
        {"tlp": "AMBER", "retain_until": "2027-02-01"},
        {"tlp": "AMBER", "retain_until": datetime(2027, 2, 1, tzinfo=UTC)},
        {"tlp": 2},
    ],
)
def test_rules_of_the_wrong_kind_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Handling.of(**values)


@pytest.mark.parametrize(
    ("tlp", "floor", "individuals"),
    [
        (Tlp.AMBER, Tlp.CLEAR, None),
        (Tlp.GREEN, Tlp.AMBER, None),
        (Tlp.AMBER, Tlp.AMBER, frozenset({"dario"})),
    ],
)
def test_levels_that_contradict_each_other_are_refused(
    tlp: Tlp, floor: Tlp, individuals: frozenset[str] | None
) -> None:
    with pytest.raises(UsageError, match="contradicts itself"):
        Handling(tlp=tlp, floor=floor, individuals=individuals)


def test_a_red_rule_that_names_no_person_binds_everyone() -> None:
    with pytest.raises(UsageError, match="contradicts itself"):
        Handling(tlp=Tlp.RED, releasable_to=frozenset({frozenset({"sûreté"})}))


@pytest.mark.parametrize("key", ["tlp", "floor", "individuals", "purposes", "retain_until"])
def test_a_stored_rule_that_lost_a_key_is_refused(key: str) -> None:
    stored = Handling.of("GREEN").to_dict()
    del stored[key]
    with pytest.raises(UsageError, match=f"missing or unknown: {key}"):
        Handling.from_dict(stored)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("tlp", None),
        ("floor", "PINK"),
        ("releasable_to", ["sûreté"]),
        ("consent", None),
        ("retain_until", "yesterday"),
        ("more", 1),
    ],
)
def test_a_stored_rule_that_was_damaged_is_refused(key: str, value: object) -> None:
    with pytest.raises(UsageError):
        Handling.from_dict(Handling.of("GREEN").to_dict() | {key: value})


def test_a_question_must_be_complete() -> None:
    with pytest.raises(UsageError):
        OPEN.permits(PARTNER, "", DAY)
    with pytest.raises(UsageError, match="is not a date"):
        OPEN.permits(PARTNER, "training", datetime(2027, 2, 1, tzinfo=UTC))
    with pytest.raises(UsageError):
        OPEN.permits(PARTNER, "training", DAY, "customs")


# --- Europol's codes ----------------------------------------------------------------------------


def test_europol_codes_come_in() -> None:
    rule = from_europol(["h1", "H2", "H3"], provider="sûreté", text="عدم الاتصال بالمصدر")
    assert rule.consent == {"sûreté"}
    assert rule.caveats == {NOT_IN_COURT, "عدم الاتصال بالمصدر"}
    assert rule.purposes == CRIME_PURPOSES
    assert rule.tlp is Tlp.GREEN
    customs = Recipient("emeka", "customs", Relation.COMMUNITY)
    assert rule.permits(customs, "investigation", DAY).rule == "consent"
    assert rule.permits(customs, "investigation", DAY, ["sûreté"]).permitted
    assert rule.permits(customs, "prosecution", DAY, ["sûreté"]).rule == "caveat"
    assert rule.permits(customs, "training", DAY, ["sûreté"]).rule == "purpose"


@pytest.mark.parametrize(
    ("codes", "text"),
    [([], ""), (["H4"], ""), (["H3"], " "), (["H0"], "words"), ("H0", "")],
)
def test_impossible_europol_codes_are_refused(codes: Any, text: str) -> None:
    with pytest.raises(UsageError):
        from_europol(codes, provider="sûreté", text=text)


@pytest.mark.parametrize("codes", [("H0",), ("H1",), ("H2",), ("H1", "H2"), ("H1", "H2", "H3")])
def test_europol_codes_go_out_as_they_came_in(codes: tuple[str, ...]) -> None:
    text = "à détruire après usage" if "H3" in codes else ""
    rule = from_europol(codes, provider="sûreté", text=text)
    assert to_europol(rule, provider="sûreté") == (codes, text, ())


def test_what_europol_codes_cannot_say_goes_out_in_words() -> None:
    rule = Handling.of("RED", releasable_to=["dario"]) | Handling.of(
        "AMBER",
        releasable_to=["sûreté", "customs"],
        consent=["home", "customs"],
        purposes=["prevention", "training"],
        retain_until=DAY,
        caveats=["à vérifier"],
    )
    marking = to_europol(rule | Handling.of("AMBER"), provider="home")
    assert marking.codes == ("H2", "H3")
    assert marking.words_only == (
        "consent to pass on is also needed from customs",
        "TLP:RED",
        "audience of TLP:AMBER also for those named",
        "only for the persons dario",
        "only for customs, sûreté",
        "only for the purposes prevention, training",
        "delete after 2027-02-01",
    )
    assert marking.text == "; ".join(["à vérifier", *marking.words_only])


@LAWS
@given(RULES)
def test_europol_codes_widen_nothing_unless_words_say_so(rule: Handling) -> None:
    marking = to_europol(rule, provider="home")
    if marking.words_only:
        assert "H3" in marking.codes
        return
    again = from_europol(marking.codes, provider="home", text=marking.text)
    for question in QUESTIONS:
        if again.permits(*question).permitted:
            assert rule.permits(*question).permitted, question


def test_purposes_are_explained() -> None:
    assert PURPOSES.keys() > CRIME_PURPOSES
    assert all(meaning for meaning in PURPOSES.values())


def test_the_worked_examples_of_the_handbook_hold() -> None:
    north = frozenset({"north"})
    chloe = Recipient("chloé", "sûreté", Relation.COMMUNITY, north)
    customs = Recipient("desk", "customs", Relation.COMMUNITY)
    phone, vehicle = Handling.of("AMBER", releasable_to=["customs"]), Handling.of("AMBER")
    lists = Handling.of("AMBER", releasable_to=["sûreté"]) | Handling.of(
        "AMBER", releasable_to=["north"]
    )
    asked = Handling.of("GREEN", consent=["sûreté"]) | Handling.of("GREEN", consent=["customs"])
    kept = Handling.of("CLEAR", retain_until=date(2027, 2, 1))
    h1 = from_europol(["H1"], provider="sûreté")
    answers = [
        (phone.permits(customs, "investigation", DAY), "permitted"),
        (vehicle.permits(customs, "investigation", DAY), "audience"),
        ((phone | vehicle).permits(customs, "investigation", DAY), "audience"),
        (lists.permits(chloe, "investigation", DAY), "permitted"),
        (lists.permits(PARTNER, "investigation", DAY), "releasable-to"),
        (asked.permits(PARTNER, "investigation", DAY), "consent"),
        (asked.permits(PARTNER, "investigation", DAY, ["customs"]), "permitted"),
        (kept.permits(PARTNER, "investigation", date(2027, 2, 1)), "permitted"),
        (kept.permits(PARTNER, "investigation", date(2027, 2, 2)), "retention"),
        (h1.permits(PARTNER, "investigation", DAY), "permitted"),
        (h1.permits(PARTNER, "prosecution", DAY), "caveat"),
    ]
    assert [answer.rule for answer, _ in answers] == [rule for _, rule in answers]


@pytest.mark.parametrize(
    ("rule", "label"),
    [
        (OPEN, "TLP:CLEAR"),
        (Handling.of("AMBER+STRICT"), "TLP:AMBER+STRICT"),
        (Handling.of("AMBER", releasable_to=["b", "a"]), "TLP:AMBER, only to a or b"),
        (Handling.of("RED", releasable_to=[]), "TLP:RED, only to nobody"),
        (
            Handling.of(
                "GREEN",
                consent=["x"],
                purposes=["training"],
                retain_until=date(2027, 1, 2),
                caveats=[NOT_IN_COURT],
            ),
            "TLP:GREEN, consent of x, for training, until 2027-01-02, NOT_IN_COURT",
        ),
    ],
)
def test_a_rule_in_one_line(rule: Handling, label: str) -> None:
    assert rule.label == label

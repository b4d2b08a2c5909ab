"""Nothing goes out as STIX that may not, and no handling rule gets looser on the way."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manara.formats import stix
from manara.model import (
    EXISTS,
    Handling,
    Recipient,
    Relation,
    Tlp,
)
from manara.pipeline.stix_export import Release

from .stix_world import (
    Lake,
    by_entity,
    fact,
    made,
    read_back,
    written,
)

WHO = ("a.example", "b.example", "c.example", "team")
FOR = ("investigation", "prosecution", "analysis")
subsets = st.frozensets(st.sampled_from(WHO), max_size=3)
rules = st.builds(
    lambda tlp, to, consent, purposes, until, caveats: Handling.of(
        tlp,
        releasable_to=to,
        consent=consent,
        purposes=purposes,
        retain_until=until,
        caveats=caveats,
    ),
    st.sampled_from(list(Tlp)),
    st.none() | subsets,
    subsets,
    st.none() | st.frozensets(st.sampled_from(FOR), max_size=2),
    st.sampled_from([None, date(2020, 1, 1), date(2199, 1, 1)]),
    st.frozensets(st.sampled_from(["NOT_IN_COURT", "ask first"]), max_size=2),
)
mixed = rules | st.builds(lambda one, other: one | other, rules, rules)
entities = st.sampled_from(["p0", "p1", "c0"])
values = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8
)


@st.composite
def lakes(draw: st.DrawFn) -> tuple[Lake, dict[str, Handling]]:
    known = draw(st.lists(mixed, min_size=1, max_size=4))
    facts = []
    for _ in range(draw(st.integers(1, 8))):
        entity, rule = draw(entities), draw(st.sampled_from(known))
        schema = "Person" if entity.startswith("p") else "Company"
        facts.append(
            fact(entity, schema, draw(st.sampled_from(["name", "alias"])), draw(values), rule)
        )
    if draw(st.booleans()):
        rule = draw(st.sampled_from(known))
        facts += [fact("o", "Ownership", prop, draw(entities), rule) for prop in ("owner", "asset")]
    unique = {one.id: one for one in facts}
    return Lake(*unique.values(), rules=tuple(known)), {rule.id: rule for rule in known}


recipients = st.builds(
    lambda name, relation, groups: Recipient(name, name, relation, groups),
    st.sampled_from(WHO[:3]),
    st.sampled_from(list(Relation)),
    st.frozensets(st.just("team")),
)


def may_go(rule: Handling, who: Recipient, purpose: str, consents: frozenset[str]) -> bool:
    """The rules of disclosure in their plain reading, without the code under test."""
    furthest = {Tlp.CLEAR: 0, Tlp.GREEN: 1, Tlp.AMBER: 2, Tlp.AMBER_STRICT: 3, Tlp.RED: 9}
    names = {who.id, who.organisation, *who.groups}
    ours = who.relation == Relation.ORGANISATION
    return (
        (rule.retain_until is None or date.today() <= rule.retain_until)
        and who.relation >= furthest[rule.floor]
        and rule.individuals is None  # recipients here are organisations, never persons
        and all(names & allowed for allowed in rule.releasable_to)
        and (ours or rule.consent <= consents | {who.id, who.organisation})
        and (rule.purposes is None or purpose in rule.purposes)
        and not (purpose == "prosecution" and "NOT_IN_COURT" in rule.caveats)
    )


@settings(max_examples=150, deadline=None)
@given(lakes(), recipients, st.sampled_from(FOR), subsets)
def test_nothing_goes_that_may_not_and_no_rule_gets_looser(
    tmp_path_factory: pytest.TempPathFactory,
    lake: tuple[Lake, dict[str, Handling]],
    who: Recipient,
    purpose: str,
    consents: frozenset[str],
) -> None:
    view, known = lake
    objects, left = made(view, Release((who,), purpose, consents))
    allowed = {f for f in view.facts() if may_go(known[f.handling_id], who, purpose, consents)}
    ids = {key: one["id"] for key, one in by_entity(objects).items()}
    ends = [f for f in allowed if f.entity_id == "o"]
    # A reference goes if what it names goes, a tie if both of its ends do.
    if len(ends) == 2 and not all(f.value in ids for f in ends):
        allowed -= set(ends)
    allowed = {f for f in allowed if f.entity_id != "o" or f.value in ids}
    path = written(objects, tmp_path_factory.mktemp("out"))
    stated = {
        (s.entity_id, s.prop, s.value)
        for r in read_back(path)
        for s in r.stated
        if s.prop != EXISTS
    }
    expected = {(ids[f.entity_id], f.prop, ids.get(f.value, f.value)) for f in allowed}
    assert stated == expected
    assert {f.id for f in view.facts()} == {f.id for f in allowed} | {one.thing for one in left}
    assert stix.marking(path) == Handling.join_all(known[f.handling_id] for f in allowed)
    for one in objects:
        about = [f for f in allowed if ids[f.entity_id] == one.data["id"]]
        assert one.rule == Handling.join_all(known[f.handling_id] for f in about)

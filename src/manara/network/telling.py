"""What the network's leads say, each as sentences that can be told in any language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from manara.graph import Statement
from manara.model import Finding, Severity, Text, counted, phrase, steps_of
from manara.network.activity import Activity, Incident
from manara.network.confidence import UNGRADED, Backing, tie_confidence
from manara.network.converge import Bridge, Settings
from manara.network.domains import DomainProfile, domains
from manara.network.link import Closeness, Link, Side
from manara.network.link import Standing as Shown
from manara.network.trend import Trend

#: A finding rests on more facts than anybody will read; the first of each kind are told.
TOLD = 12

_CLOSE: Mapping[Closeness, Text] = {
    Closeness.NONE: phrase("none"),
    Closeness.CONTACT: phrase("contact"),
    Closeness.TRANSACTION: phrase("transaction"),
    Closeness.SHARED_MEMBER: phrase("shared member"),
    Closeness.MERGER: phrase("merger"),
}
_SHOWN: Mapping[Shown, Text] = {
    Shown.NONE: phrase("not shown"),
    Shown.SUSPECTED: phrase("suspected"),
    Shown.REPORTED: phrase("reported"),
    Shown.PROVEN: phrase("proven"),
}
_SIDES: Mapping[str, Text] = {
    "crime": phrase("crime"),
    "terror": phrase("terror"),
    "separatist": phrase("separatist"),
}
MORE = phrase("more incidents")
WIDER = phrase("a larger share of incidents outside its main crime")

_Steps = list[tuple[Text, Sequence[str]]]


def bridge(
    activity: Activity,
    one: Bridge,
    others: Sequence[tuple[str, list[str]]],
    settings: Settings,
    names: Mapping[str, str],
) -> Finding:
    """Return that somebody is tied to other domains more than chance gives."""
    mine = activity.profiles[one.id]
    told = others[:TOLD]
    own = _facts(mine)[:TOLD]
    ties = unique(fact for _, facts in told for fact in facts)
    theirs = unique(fact for entity, _ in told for fact in _facts(activity.profiles[entity])[:2])
    listed: tuple[Text, ...] | Text = tuple(
        phrase("{name} ({domain})", name=names[entity], domain=phrase(main(activity, entity)))
        for entity, _ in told
    )
    if left := len(others) - len(told):
        listed = counted("{names:;}, and {num} more", "{names:;}, and {num} more",
                         left, names=listed)  # fmt: skip
    steps: _Steps = [
        (phrase("{name} is known for {domains:and}.", name=names[one.id], domains=_domains(mine)),
         own),
        (counted("It is tied to {num} known for other crimes: {others:;}.",
                 "It is tied to {num} known for other crimes: {others:;}.",
                 len(others), others=listed), ties),
        (phrase("What those are known for rests on their own listings and incidents."), theirs),
        (phrase("By chance, with everyone's number of ties and the ties between every two domains "
                "kept, {expected:.1f} such ties were to be expected and {seen:.1f} are there "
                "(p = {p:.2g}; about {untrue:.0%} of findings as striking are false).",
                expected=one.expected, seen=one.cross, p=one.p, untrue=one.q), ()),
        (phrase("With {share:.0%} of the domains drawn anew, as if they were wrong, it is found "
                "again in {stands:.0%} of draws.",
                share=settings.label_error, stands=one.stands), ()),
        (phrase("It may have an innocent reason: a common name, an address many share, kin, or a "
                "source that looks for such ties only where it knows of crime."), ()),
    ]  # fmt: skip
    return _finding(
        "network.convergence",
        (one.id,),
        (1 - one.q) * one.stands,
        Severity.HIGH if _terror(mine) else Severity.MEDIUM,
        phrase("{name} joins {domains:and} with other crimes",
               name=names[one.id], domains=_domains(mine)),
        steps,
    )  # fmt: skip


def overlap(entity: str, incidents: Sequence[Incident], names: Mapping[str, str]) -> Finding:
    """Return that somebody stands behind incidents that belong to several domains."""
    name = names[entity]
    steps: _Steps = [
        (
            phrase(
                "{title}, {day:%d %B %Y}, belongs to {domains:and}, and {name} is suspected of it "
                "or claims it.",
                title=incident.title,
                day=incident.time,
                domains=_phrases(incident.domains),
                name=name,
            ),
            (incident.id,),
        )
        for incident in incidents[:TOLD]
    ]
    doubt = phrase("An incident's domains are its reporter's; read the report itself first.")
    steps.append((doubt, ()))
    graded = [Backing(one.dataset, one.grade or UNGRADED) for one in incidents]
    kinds = {domain for one in incidents for domain in one.domains}
    return _finding(
        "network.event-overlap",
        (entity,),
        tie_confidence(graded),
        Severity.HIGH if "terrorism" in kinds else Severity.MEDIUM,
        phrase("{name} stands behind incidents that join {domains:and}",
               name=name, domains=_phrases(sorted(kinds))),
        steps,
    )  # fmt: skip


def linked(
    activity: Activity,
    one: Side,
    other: Side,
    found: Link,
    ties: Sequence[tuple[Statement, str]],
    names: Mapping[str, str],
) -> Finding:
    """Return that two sides of different kinds are tied, directly or over a third."""
    a, b = names[one.entity], names[other.entity]
    backings = [
        Backing(activity.publisher[said.dataset], activity.grade[said.dataset] or UNGRADED)
        for said, _ in ties
    ]
    said_by = unique(fact for said, _ in ties for fact in said.evidence)
    close, shown = _CLOSE[found.closeness], _SHOWN[found.standing]
    steps: _Steps = [
        (_known(a, one), one.facts[:TOLD]),
        (_known(b, other), other.facts[:TOLD]),
        (_tied(ties, backings, names), said_by[:TOLD]),
        (phrase("The tie is graded as {closeness} and it is {standing}.",
                closeness=close, standing=shown), ()),
    ]  # fmt: skip
    if found.missing:
        lacks = phrase("To be called proven it lacks {missing:and}.", missing=found.missing)
        steps.append((lacks, ()))
    sure = activity.profiles
    return _finding(
        "network.link",
        (one.entity, other.entity),
        tie_confidence(backings)
        * sure[one.entity].shares[one.domain].mean
        * sure[other.entity].shares[other.domain].mean,
        Severity.CRITICAL if found.standing is Shown.PROVEN else Severity.HIGH,
        phrase("{closeness:cap} of {one} and {other}, {standing}: {a} and {b}", closeness=close,
               one=_SIDES[one.kind], other=_SIDES[other.kind], standing=shown, a=a, b=b),
        steps,
    )  # fmt: skip


def grown(
    kind: str,
    entity: str,
    incidents: Sequence[Incident],
    trend: Trend,
    what: Text,
    names: Mapping[str, str],
) -> Finding:
    """Return that somebody's incidents grow or spread: ``what`` is `MORE` or `WIDER`."""
    name, (one, other) = names[entity], trend.periods[-2:]
    steps: _Steps = [
        (counted("{num} incident is laid to {name}.", "{num} incidents are laid to {name}.",
                 len(incidents), name=name), [one.id for one in incidents[-TOLD:]]),
        (phrase("In the last two years {seen} against {expected:.1f} expected and {seen_last} "
                "against {expected_last:.1f} expected, that is {what} (p = {p:.2g} and "
                "{p_last:.2g}), given how much each source reported.",
                seen=one.observed, expected=one.expected, seen_last=other.observed,
                expected_last=other.expected, what=what, p=one.p_more, p_last=other.p_more), ()),
        (phrase("A change in how incidents are reported or laid to groups looks the same."), ()),
    ]  # fmt: skip
    chance = float(np.prod([one.p_more, other.p_more]))
    title = phrase("{name}: {what}", name=name, what=what)
    return _finding(kind, (entity,), 1 - chance, Severity.MEDIUM, title, steps)


def main(activity: Activity, entity: str) -> str:
    """Return the domain that somebody is most probably active in."""
    return next(iter(activity.profiles[entity].shares), "unknown")


def unique(items: Iterable[str]) -> list[str]:
    """Return each item once, in their order."""
    return list(dict.fromkeys(items))


def _known(name: str, side: Side) -> Text:
    domain = (phrase(domains()[side.domain].name),)
    return phrase("{name} is known for {domains:and}.", name=name, domains=domain)


def _tied(
    ties: Sequence[tuple[Statement, str]], backings: Sequence[Backing], names: Mapping[str, str]
) -> Text:
    kinds = _phrases(sorted({said.kind for said, _ in ties}))
    sources = tuple(sorted({backing.source for backing in backings}))
    if through := tuple(sorted({names[by] for _, by in ties if by})):
        return phrase(
            "They are tied through {through:and}: {kinds:and}, as {sources:and} states.",
            through=through, kinds=kinds, sources=sources,
        )  # fmt: skip
    return phrase("They are tied: {kinds:and}, as {sources:and} states.",
                  kinds=kinds, sources=sources)  # fmt: skip


def _finding(
    kind: str,
    subjects: tuple[str, ...],
    score: float,
    severity: Severity,
    title: Text,
    steps: Iterable[tuple[Text, Iterable[str]]],
) -> Finding:
    numbered = steps_of(steps)
    evidence = unique(fact for step in numbered for fact in step.evidence)
    score = round(score, 6)
    return Finding(kind, subjects, score, severity, str(title), numbered, tuple(evidence), title)


def _facts(known: DomainProfile) -> list[str]:
    return unique(fact for share in known.shares.values() for fact in share.facts)


def _domains(known: DomainProfile) -> tuple[Text, ...]:
    return _phrases([domains()[one].name for one in list(known.shares)[:2]]) or (phrase("crime"),)


def _phrases(texts: Iterable[str]) -> tuple[Text, ...]:
    return tuple(phrase(text) for text in texts)


def _terror(known: DomainProfile) -> bool:
    return bool({"terrorism", "terrorist-financing"}.intersection(known.shares))

"""Crime domains, and how probable it is that somebody is active in each, from graded sources."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

import msgspec
import yaml
from scipy.special import betaincinv

from manara.model import EuropolGrade, Grade, UsageError

#: What a fact of each grade counts for, in facts beyond doubt. No standard states figures; these
#: keep the order of the Admiralty code, and "cannot be judged" halfway.
RELIABILITY_WEIGHT: Mapping[str, float] = {
    "A": 1.0,
    "B": 0.8,
    "C": 0.6,
    "D": 0.3,
    "E": 0.0,
    "F": 0.5,
}
CREDIBILITY_WEIGHT: Mapping[int, float] = {1: 1.0, 2: 0.8, 3: 0.5, 4: 0.2, 5: 0.0, 6: 0.5}
#: What is not known of anybody, in facts beyond doubt: one such fact alone leaves half unknown.
IGNORANCE = 1.0
#: Grade of what has none.
UNGRADED = Grade("F", 6)

Kind = Literal["domain", "topic", "program", "keyword", "tag"]


class Domain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A crime domain.

    Attributes:
        name: what it is, in words.
        iccs: sections of the International Classification of Crime for Statistical Purposes.
        topics: FollowTheMoney topics that speak for it, with their strength, 0..1.
        programs: sanctions programmes that do.
        keywords: words in reasons and reports that do.
    """

    name: str
    iccs: tuple[str, ...]
    topics: dict[str, float]
    programs: dict[str, float]
    keywords: dict[str, float]


@cache
def domains() -> Mapping[str, Domain]:
    """Return the closed list of crime domains by id, such as ``arms``."""
    raw = files("manara.network").joinpath("domains.yaml").read_bytes()
    return msgspec.convert(yaml.load(raw, yaml.CSafeLoader), dict[str, Domain])


@dataclass(frozen=True, slots=True)
class Indication:
    """Something a source says that speaks for crime domains.

    Attributes:
        fact: id of the fact or event that says it.
        origin: what it is independent of others by: the publisher of a list, the event itself.
            Indications of one origin count once for each domain.
        kind: ``domain`` (a domain's id, as events state it), ``topic``, ``program``, ``keyword``
            (a text to be searched), or ``tag``: a domain that a person set by hand.
        value: the topic, programme, text or domain.
        grade: of the statement, in the Admiralty code or Europol's 4x4; None counts as F6.
    """

    fact: str
    origin: str
    kind: Kind
    value: str
    grade: Grade | EuropolGrade | None = None


class Share(NamedTuple):
    """How probable a domain is.

    Attributes:
        mean: its probability.
        low: lower end of the 90 % interval.
        high: upper end.
        facts: ids of the facts and events it rests on.
    """

    mean: float
    low: float
    high: float
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DomainProfile:
    """In which crime domains somebody is active, as a probability vector.

    Attributes:
        shares: by domain, the most probable first; domains that nothing speaks for are left out.
        unknown: what is missing to 1.
        unread: ids of facts that say nothing: unknown words, worthless grades, tags alone.
    """

    shares: Mapping[str, Share]
    unknown: float
    unread: tuple[str, ...]


def strengths(kind: Kind, value: str) -> dict[str, float]:
    """Return how strongly a topic, programme, text or domain speaks for each domain, 0..1.

    Raises:
        UsageError: it names a domain that is not on the list.
    """
    known = domains()
    if kind in {"domain", "tag"}:
        if value not in known:
            raise UsageError(
                "no such crime domain", where=value, remedy=f"one of {', '.join(known)}"
            )
        return {value: 1.0}
    if kind == "keyword":
        found: dict[str, float] = {}
        for pattern, domain, strength in _keywords():
            if pattern.search(value.casefold()):
                found[domain] = max(strength, found.get(domain, 0.0))
        return found
    key = value.strip().casefold()
    tables = {id_: one.topics if kind == "topic" else one.programs for id_, one in known.items()}
    return {
        id_: strength
        for id_, table in tables.items()
        for name, strength in table.items()
        if name.casefold() == key
    }


def weight(grade: Grade | EuropolGrade | None) -> float:
    """Return what a fact of a grade counts for, in facts beyond doubt, 0..1."""
    judged = grade.to_admiralty()[0] if isinstance(grade, EuropolGrade) else grade or UNGRADED
    return RELIABILITY_WEIGHT[judged.reliability] * CREDIBILITY_WEIGHT[judged.credibility]


def profile(indications: Iterable[Indication]) -> DomainProfile:
    """Return in which domains somebody is active: the posterior of a Dirichlet distribution.

    Each origin gives a domain the greatest weight of its facts times their strength; what a fact
    leaves open goes to the unknown, with one fact's worth of ignorance to begin with. The interval
    of a domain is that of its Beta marginal. A tag set by hand counts only where something else
    speaks for the domain too.

    Raises:
        UsageError: an indication names a domain that is not on the list.
    """
    given: dict[str, dict[str, float]] = defaultdict(dict)
    total: dict[str, float] = defaultdict(float)
    facts: dict[str, dict[str, None]] = defaultdict(dict)
    unread: dict[str, None] = {}
    supported: set[str] = set()
    for one in sorted(indications, key=lambda one: (one.kind == "tag", one.origin, one.fact)):
        says = {d: s for d, s in strengths(one.kind, one.value).items() if weight(one.grade) * s}
        if one.kind == "tag":
            says = {d: s for d, s in says.items() if d in supported}
        if not says:
            unread[one.fact] = None
            continue
        supported.update(says)
        total[one.origin] = max(total[one.origin], weight(one.grade))
        for domain, strength in says.items():
            part = weight(one.grade) * strength
            given[one.origin][domain] = max(part, given[one.origin].get(domain, 0.0))
            facts[domain][one.fact] = None
    open_ = sum(max(0.0, total[origin] - sum(says.values())) for origin, says in given.items())
    mass: dict[str, float] = defaultdict(float)
    for says in given.values():
        for domain, part in says.items():
            mass[domain] += part
    whole = IGNORANCE + open_ + sum(mass.values())
    shares = {
        domain: _share(part, whole, tuple(facts[domain]))
        for domain, part in sorted(mass.items(), key=lambda item: (-item[1], item[0]))
    }
    return DomainProfile(shares, (IGNORANCE + open_) / whole, tuple(unread))


def _share(part: float, whole: float, facts: tuple[str, ...]) -> Share:
    low, high = (float(betaincinv(part, whole - part, end)) for end in (0.05, 0.95))
    return Share(part / whole, low, high, facts)


@cache
def _keywords() -> tuple[tuple[re.Pattern[str], str, float], ...]:
    """Return every keyword as a pattern of whole words, a plural allowed."""
    return tuple(
        (re.compile(rf"(?<!\w){re.escape(word.casefold())}s?(?!\w)"), id_, strength)
        for id_, one in domains().items()
        for word, strength in one.keywords.items()
    )

"""Who is the same across lists: the first rules, strict enough to be right without asking.

Two entities are one when they share a strong number, or a whole name with a compatible birth date
or country, and nothing contradicts it. Every verdict says why. Names that differ in spelling or
script are left to the screening engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from manara.identity.candidates import Candidates, Key, identifiers
from manara.identity.evidence import Agreement, Profile, compare_dates, compare_sets, same_kind
from manara.model import Fact, Judgement, Verdict

#: How sure each rule is. The order matters (stronger pairs are joined first); the values are the
#: rules' rank, not yet measured probabilities.
WORLDWIDE, NATIONAL, NAME_AND_BIRTH, NAME_AND_COUNTRY = 0.99, 0.97, 0.95, 0.80


def judge(facts: Iterable[Fact], at: datetime) -> Iterator[Judgement]:
    """Yield a verdict for each pair of entities that share a strong number or a whole name.

    Args:
        facts: current facts with the properties of `candidates.props`, in any order.
        at: time of the judgement, UTC.

    Yields:
        POSITIVE where the rules find one thing, UNSURE where something is shared but not enough,
        NEGATIVE where something contradicts; in order of the pair's ids.
    """
    candidates = Candidates(facts)
    for left, right, keys in candidates.pairs():
        one, other = candidates.profiles[left], candidates.profiles[right]
        verdict, score, rule, reason = _compare(candidates, one, other, keys)
        yield Judgement(
            left=left,
            right=right,
            verdict=verdict,
            score=score,
            reason=tuple(reason),
            by=rule,
            at=at,
            human=False,
        )


def _compare(
    candidates: Candidates, one: Profile, other: Profile, keys: tuple[Key, ...]
) -> tuple[Verdict, float, str, list[str]]:
    """Return verdict, score, rule and reasons for a pair that shares these keys."""
    reason = [_shared(key) for key in keys]
    against = _contradictions(one, other)
    if against:
        return Verdict.NEGATIVE, 0.0, "contradiction", reason + against
    numbers = [key for key in keys if key.prop != "name"]
    if any(identifiers()[key.prop].worldwide for key in numbers):
        return Verdict.POSITIVE, WORLDWIDE, "worldwide-number", reason
    birth = compare_dates(one.birth_dates, other.birth_dates)
    country = compare_sets(one.countries, other.countries)
    supports = _supports(one, other, birth, country)
    named = any(key.prop == "name" for key in keys)
    if numbers and _issued_alike(one, other, numbers, country, named=named):
        if birth is Agreement.AGREE or one.tokens() & other.tokens():
            return Verdict.POSITIVE, NATIONAL, "national-number", reason + supports
        return Verdict.UNSURE, 0.5, "national-number", [*reason, "nothing else agrees"]
    if named and one.datasets & other.datasets:
        return Verdict.UNSURE, 0.4, "same-name", [*reason, "one publisher lists them apart"]
    if named and _full_name(keys) and birth is Agreement.AGREE:
        return Verdict.POSITIVE, NAME_AND_BIRTH, "name-and-birth-date", reason + supports
    if named and _full_name(keys) and country is Agreement.AGREE:
        if any(candidates.namesakes(key) for key in keys if key.prop == "name"):
            return Verdict.UNSURE, 0.4, "same-name", [*reason, "several carry this name"]
        return Verdict.POSITIVE, NAME_AND_COUNTRY, "name-and-country", reason + supports
    return Verdict.UNSURE, 0.4, "same-name", [*reason, "no birth date or country to confirm it"]


def _contradictions(one: Profile, other: Profile) -> list[str]:
    """Return what speaks against the two being one, in words."""
    against = []
    if not same_kind(one.schema, other.schema):
        against.append(f"one is a {one.schema}, the other a {other.schema}")
    if compare_dates(one.birth_dates, other.birth_dates) is Agreement.CONTRADICT:
        dates = f"{_list(one.birth_dates)} against {_list(other.birth_dates)}"
        against.append(f"birth dates differ: {dates}")
    if compare_sets(one.genders, other.genders) is Agreement.CONTRADICT:
        against.append("genders differ")
    for prop in sorted(one.numbers.keys() & other.numbers.keys()):
        if compare_sets(one.numbers[prop], other.numbers[prop]) is Agreement.CONTRADICT:
            numbers = f"{_list(one.numbers[prop])} against {_list(other.numbers[prop])}"
            against.append(f"different {prop}: {numbers}")
    return against


def _supports(one: Profile, other: Profile, birth: Agreement, country: Agreement) -> list[str]:
    """Return what else agrees, in words."""
    supports = []
    if birth is Agreement.AGREE:
        dates = f"{_list(one.birth_dates)} and {_list(other.birth_dates)}"
        supports.append(f"compatible birth dates: {dates}")
    if country is Agreement.AGREE:
        supports.append(f"shared country: {_list(one.countries & other.countries)}")
    return supports


def _issued_alike(
    one: Profile, other: Profile, numbers: list[Key], country: Agreement, *, named: bool
) -> bool:
    """Return whether a shared national number can be one number, issued by one country.

    The issuers decide where both sources state them. Else the countries of the two entities do,
    unless they share a whole name: offices move, and sources pick different addresses.
    """
    alike = {
        compare_sets(one.issuers.get(key.value, set()), other.issuers.get(key.value, set()))
        for key in numbers
    }
    if alike == {Agreement.CONTRADICT}:
        return False
    return named or Agreement.AGREE in alike or country is not Agreement.CONTRADICT


def _full_name(keys: tuple[Key, ...]) -> bool:
    """Return whether a shared name has two words or more; single words are too common."""
    return any(key.prop == "name" and " " in key.value for key in keys)


def _shared(key: Key) -> str:
    what = "same name" if key.prop == "name" else f"same {key.prop}"
    return f"{what}: {key.value}"


def _list(values: Iterable[str]) -> str:
    return ", ".join(sorted(values))

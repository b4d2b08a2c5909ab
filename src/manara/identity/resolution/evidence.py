"""What two entities' facts say about their being one: for and against, field by field, in nats.

A weight is a log-likelihood ratio (Fellegi and Sunter 1969): positive where what is seen is
likelier if the two are one, negative where it is likelier by chance. These weights ship with the
program, since a workspace has no labels to learn them from; only how rare names are is learnt from
it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import exp, log
from typing import NamedTuple

from manara.identity.names import name_key
from manara.identity.resolution.alignment import worth
from manara.identity.resolution.naming import WEAK_LESS, Fit, NameBook
from manara.identity.resolution.profiles import Number, Profile, identifiers, same_kind
from manara.identity.screening.evidence import (
    OTHER_DATE,
    SAME_COUNTRY,
    SAME_DAY,
    SAME_GENDER,
    SAME_MONTH,
    SAME_YEAR,
    SWAPPED,
    date_evidence,
)
from manara.identity.screening.query import pack_date
from manara.model import Verdict

#: Log-odds that two entities which share a key are one before anything is compared: some one in
#: 160,000, which is rarer than they are on lists, because a name that is rare here may be common
#: in the world.
PRIOR = -12.0
#: The probability from which two are taken to be one. High, because a wrong merge puts one
#: person's crimes on another; what lies below is asked of a person. Namesakes of two common words
#: and one country lie below it on the published lists, those of two rare words above it.
MERGE = 0.95
#: The probability from which a person is asked.
REVIEW = 0.10
#: The most and the least that names say: two rare words prove no more than this, and things are
#: renamed.
_NAME_MOST, _NAME_LEAST = 16.0, -6.0
#: The most that a weak alias says.
_WEAK_MOST = 8.0
#: A whole name, word for word: less often chance than as many words that meet one by one.
_WHOLE = 2.0
#: From this much left over on both sides, names contradict: brothers and sisters, daughters of one
#: company. They are never joined without a number.
_CONTRADICTED = 3.0
#: Nothing but the name agrees: namesakes are about as common as listings without particulars.
_HOMONYM = -4.0
#: One publisher lists the two apart, which it had reason for.
_LISTED_APART = -8.0
#: Numbers: unique by a standard, issued by an office, and each further number of that kind.
_WORLDWIDE, _NATIONAL, _FURTHER = 25.0, 14.0, 6.0
#: Telephone or mail address, postal address, birth place; the last also where it differs.
_CONTACT, _BIRTH_PLACE, _OTHER_PLACE = 8.0, 2.0, -0.5
#: A postal address that is the same in part, and one whose words are all in the other, the number
#: of the house among them.
_STREET, _HOUSE = 4.0, 7.0
#: Different numbers of a kind that one person may have several of in a life, none the same.
_OTHER_NUMBER = -2.5
_OTHER_COUNTRY = -1.5
#: Fewer words are a town or a country, not an address.
_ADDRESS_WORDS = 4
#: Dates that differ by a slip or a year say little here: brothers and cousins are as near.
_SLIP, _SAME_YEAR_ONLY = 1.0, -2.0
#: Widest span of years that a list states for one birth date it does not know exactly, taken from
#: the ranges on the published UN and OFAC lists; wider ones are alternatives.
_RANGE = 5
#: Entities that share a contact from which it says nothing.
_CROWD = 1000.0


class Reason(NamedTuple):
    """What one field says: the field, what was found in words, and its weight in nats."""

    field: str
    text: str
    weight: float

    def __str__(self) -> str:
        """Return it as a reader wants it, weight last."""
        return f"{self.text} ({self.weight:+.1f})" if self.weight else self.text


class Finding(NamedTuple):
    """What was found about a pair.

    Attributes:
        verdict: whether they are one.
        probability: that they are, 0..1.
        reasons: what was compared, strongest first.
    """

    verdict: Verdict
    probability: float
    reasons: tuple[Reason, ...]


class Counts(NamedTuple):
    """What must be known of all entities to judge two of them.

    Attributes:
        namesakes: keys of names that one dataset gives to two entities.
        contacts: how many entities have each contact.
    """

    namesakes: frozenset[str]
    contacts: Mapping[tuple[str, str], int]


def bars(one: Profile, other: Profile) -> list[Reason]:
    """Return what rules out that two entities are one."""
    found = []
    if not same_kind(one.schema, other.schema):
        found.append(Reason("schema", f"one is a {one.schema}, the other a {other.schema}", 0.0))
    if _date_weight(one.dates, other.dates) <= OTHER_DATE:
        dates = f"{_list(one.dates)} against {_list(other.dates)}"
        found.append(Reason("birthDate", f"birth dates differ: {dates}", 0.0))
    if one.genders and other.genders and not one.genders & other.genders:
        found.append(Reason("gender", "genders differ", 0.0))
    for prop in sorted({n.prop for n in one.numbers} & {n.prop for n in other.numbers}):
        ours, theirs = _values(one, prop), _values(other, prop)
        if identifiers()[prop].single and not ours & theirs:
            numbers = f"{_list(ours)} against {_list(theirs)}"
            found.append(Reason(prop, f"different {prop}: {numbers}", 0.0))
    ours, theirs = one.generations(), other.generations()
    if ours and theirs and not ours & theirs:
        found.append(
            Reason("name", f"generations differ: {_list(ours)} against {_list(theirs)}", 0.0)
        )
    return found


def weigh(one: Profile, other: Profile, fit: Fit, book: NameBook, counts: Counts) -> Finding:
    """Return what was found about two entities.

    Args:
        one: the one entity.
        other: the other.
        fit: how their names fit.
        book: their names.
        counts: what must be known of all entities.
    """
    numbers = _numbers(one, other, named=_alike(fit))
    named = _names(one, other, fit, book)
    facts = [
        *_dates(one, other),
        *_countries(one, other),
        *_genders(one, other),
        *_contacts(one, other, counts),
    ]
    against = bars(one, other)
    reasons = [*numbers, *named, *facts]
    confirmed = {r.field for r in [*numbers, *facts] if r.weight > 0}
    reasons += _other_numbers(one, other)
    if not numbers and one.datasets & other.datasets:
        reasons.append(Reason("dataset", "one publisher lists them apart", _LISTED_APART))
    if not confirmed - {"gender", "birthPlace"}:
        reasons.append(Reason("", "nothing else agrees", _HOMONYM))
    elif _only_country(confirmed) and _has_namesakes(fit, book, counts):
        reasons.append(Reason("", "several carry this name", _HOMONYM))
    odds = PRIOR + sum(reason.weight for reason in reasons)
    probability = 1.0 / (1.0 + exp(-min(max(odds, -60.0), 12.0)))
    ordered = tuple(sorted(reasons, key=lambda reason: -abs(reason.weight)))
    if against:
        return Finding(Verdict.NEGATIVE, 0.0, (*against, *ordered))
    if probability >= MERGE and _merges(one, other, fit, confirmed, book):
        return Finding(Verdict.POSITIVE, probability, ordered)
    return Finding(Verdict.UNSURE, min(probability, MERGE), ordered)


def _merges(one: Profile, other: Profile, fit: Fit, confirmed: set[str], book: NameBook) -> bool:
    """Return whether a pair may be one beside its probability: a shared name is never enough."""
    numbers = confirmed & identifiers().keys()
    if any(identifiers()[prop].worldwide for prop in numbers):
        return True
    if numbers:
        # An owner's number stands on all their businesses, which one publisher lists apart.
        if one.datasets & other.datasets and not _alike(fit) and "birthDate" not in confirmed:
            return fit.left < 0
        return "birthDate" in confirmed or bool(one.tokens() & other.tokens()) or fit.left < 0
    if fit.left < 0 or fit.against >= _CONTRADICTED:
        return False
    if _only_country(confirmed) and " " not in name_key(book.texts[fit.left]):
        return False
    return bool(confirmed - {"gender", "birthPlace"}) and not one.datasets & other.datasets


def _only_country(confirmed: set[str]) -> bool:
    return not confirmed - {"gender", "birthPlace", "country"}


def _alike(fit: Fit) -> bool:
    return fit.left >= 0 and worth(*fit[:3]) > 0


def _names(one: Profile, other: Profile, fit: Fit, book: NameBook) -> list[Reason]:
    if fit.left < 0:
        return []
    # The limit is on what equal words prove; what likeness loses counts in full.
    agreeing = min(fit.agreeing + fit.lost, _NAME_MOST) - fit.lost
    nats = worth(agreeing, fit.against, fit.omitted)
    # With many names on both sides some pair resembles by chance; half of them are variants.
    nats -= 0.5 * log(len(one.names) * len(other.names))
    left, right = book.texts[fit.left], book.texts[fit.right]
    whole = name_key(left) == name_key(right)
    nats += _WHOLE if whole and " " in name_key(left) else 0.0
    most = _NAME_MOST
    weak = book.weak[fit.left] or book.weak[fit.right]
    if weak:
        nats, most = nats - WEAK_LESS, _WEAK_MOST
    nats = min(max(nats, _NAME_LEAST), most)
    if whole:
        text = f"same name: {left}" if left == right else f"same name: {left} = {right}"
    elif nats <= 0:
        text = f"names differ: {left} against {right}"
    else:
        text = f"names alike: {left} ~ {right}"
    return [Reason("name", text + (" (a weak alias)" if weak else ""), round(nats, 1))]


def _has_namesakes(fit: Fit, book: NameBook, counts: Counts) -> bool:
    keys = {name_key(book.texts[place]) for place in fit[4:] if place >= 0}
    return bool(keys & counts.namesakes)


def _numbers(one: Profile, other: Profile, *, named: bool) -> list[Reason]:
    """Return what shared numbers say; a number two countries issued is two numbers."""
    found: list[Reason] = []
    national: set[str] = set()
    for number in sorted(one.numbers.keys() & other.numbers.keys()):
        text = f"same {number.prop}: {number.value}"
        if identifiers()[number.prop].worldwide:
            found.append(Reason(number.prop, text, _WORLDWIDE))
        elif _issued_alike(one, other, number, named=named):
            # One number under two headings is one number.
            weight = 0.0 if number.value in national else _FURTHER if national else _NATIONAL
            found.append(Reason(number.prop, text, weight))
            national.add(number.value)
    return found


def _other_numbers(one: Profile, other: Profile) -> list[Reason]:
    """Return what it says that both have a number of one kind, and not the same."""
    found = []
    for prop in sorted({n.prop for n in one.numbers} & {n.prop for n in other.numbers}):
        rule, ours, theirs = identifiers()[prop], _values(one, prop), _values(other, prop)
        if not rule.single and not rule.worldwide and not ours & theirs:
            text = f"different {prop}: {_list(ours)} and {_list(theirs)}"
            found.append(Reason(prop, text, _OTHER_NUMBER))
    return found


def _issued_alike(one: Profile, other: Profile, number: Number, *, named: bool) -> bool:
    """Return whether a shared national number can be one number, issued by one country.

    The issuers decide where both sources state them. Else the countries of the two entities do,
    unless their names are alike: offices move, and sources pick different addresses.
    """
    ours, theirs = one.numbers[number], other.numbers[number]
    if ours and theirs:
        return bool(ours & theirs)
    apart = one.countries and other.countries and not one.countries & other.countries
    return named or not apart


def _dates(one: Profile, other: Profile) -> list[Reason]:
    if not one.dates or not other.dates:
        return []
    weight = _date_weight(one.dates, other.dates)
    dates = f"{_list(one.dates)} and {_list(other.dates)}"
    if weight > _SLIP:
        return [Reason("birthDate", f"compatible birth dates: {dates}", weight)]
    text = "nearly the same birth date" if weight > 0 else "birth dates differ"
    # A near miss is no confirmation.
    return [Reason("birth dates", f"{text}: {dates}", weight)] if weight > OTHER_DATE else []


def _date_weight(left: Iterable[str], right: Iterable[str]) -> float:
    """Return what two sets of dates say: the best pair counts; `OTHER_DATE` rules a match out.

    Several bare years on one side ("between 1983 and 1986") are a range: a date inside it does not
    contradict, and agrees if the range is narrow.
    """
    ours, theirs = (
        {p for d in left if (p := pack_date(d))},
        {p for d in right if (p := pack_date(d))},
    )
    if not ours or not theirs:
        return 0.0
    best = max(float(date_evidence(a, b)) for a in ours for b in theirs)
    if best >= SAME_YEAR * 0.6 and best in (SAME_DAY, SAME_MONTH, SAME_YEAR, SWAPPED, 1.5):
        return best
    inside = max(_inside(ours, theirs), _inside(theirs, ours))
    if inside >= 0.0:
        return inside
    if best >= 0:
        return _SLIP
    return best if best > OTHER_DATE else OTHER_DATE


def _inside(days: set[int], years: set[int]) -> float:
    """Return what days say that may lie in a range of years, -1 if they do not."""
    if len(years) < 2 or any(year % 10000 for year in years):
        return -1.0
    first, last = min(years) // 10000, max(years) // 10000
    if not any(first <= day // 10000 <= last for day in days):
        return -1.0
    return 1.5 if last - first <= _RANGE else 0.0


def _countries(one: Profile, other: Profile) -> list[Reason]:
    if not one.countries or not other.countries:
        return []
    shared = one.countries & other.countries
    if shared:
        return [Reason("country", f"shared country: {_list(shared)}", SAME_COUNTRY)]
    countries = f"{_list(one.countries)} and {_list(other.countries)}"
    return [Reason("country", f"no shared country: {countries}", _OTHER_COUNTRY)]


def _genders(one: Profile, other: Profile) -> list[Reason]:
    shared = one.genders & other.genders
    return [Reason("gender", f"same gender: {_list(shared)}", SAME_GENDER)] if shared else []


def _contacts(one: Profile, other: Profile, counts: Counts) -> list[Reason]:
    found = []
    for prop, value in sorted(one.contacts & other.contacts):
        if prop in ("phone", "email"):
            weight = _CONTACT * _telling(counts, prop, value)
            found.append(Reason(prop, f"same {prop}: {value}", round(weight, 1)))
    address = _nearest(one, other, "address")
    if address and address[0] >= 0.6 and _is_address(address[1]):
        whole = address[0] == 1.0 and any(letter.isdigit() for letter in address[1])
        house = whole or _same_house(one, other, address[1])
        weight = (_HOUSE if house else _STREET) * _telling(counts, "address", address[1])
        found.append(Reason("address", f"same address: {address[1]}", round(weight, 1)))
    place = _nearest(one, other, "birthPlace")
    if place and place[0] >= 0.5:
        found.append(Reason("birthPlace", f"same birth place: {place[1]}", _BIRTH_PLACE))
    elif place:
        found.append(Reason("birthPlace", f"other birth place: {place[1]}", _OTHER_PLACE))
    return found


def _numbers_in(address: str) -> set[str]:
    return {word for word in address.split() if word.isdigit()}


def _is_address(text: str) -> bool:
    """Return whether a text has more than a town or country: words enough, or two numbers."""
    return len(text.split()) >= _ADDRESS_WORDS - (len(_numbers_in(text)) > 1)


def _same_house(one: Profile, other: Profile, address: str) -> bool:
    """Return whether all numbers of an address, two or more, stand in one of both entities.

    The house and the postcode are one then, though one source adds a building or another district.
    """
    numbers = _numbers_in(address)
    both = (
        any(prop == "address" and numbers <= _numbers_in(value) for prop, value in each.contacts)
        for each in (one, other)
    )
    return len(numbers) > 1 and all(both)


def _telling(counts: Counts, prop: str, value: str) -> float:
    """Return how far a contact tells entities apart, 1 for one that only two have, else less."""
    others = max(counts.contacts.get((prop, value), 2) - 1, 1)
    return max(0.0, 1.0 - log(others) / log(_CROWD))


def _nearest(one: Profile, other: Profile, prop: str) -> tuple[float, str] | None:
    """Return how alike the nearest two addresses or places are, 0..1, and the one of them."""
    ours = [value for kind, value in one.contacts if kind == prop]
    theirs = [value for kind, value in other.contacts if kind == prop]
    return max(((_overlap(a, b), min(a, b)) for a in ours for b in theirs), default=None)


def _overlap(left: str, right: str) -> float:
    """Return the share of the shorter text's words in the other; numbers must not all differ."""
    ours, theirs = set(left.split()), set(right.split())
    numbers = ({w for w in ours if w.isdigit()}, {w for w in theirs if w.isdigit()})
    if numbers[0] and numbers[1] and not numbers[0] & numbers[1]:
        return 0.0
    return len(ours & theirs) / min(len(ours), len(theirs))


def _values(profile: Profile, prop: str) -> set[str]:
    return {number.value for number in profile.numbers if number.prop == prop}


def _list(values: Iterable[str]) -> str:
    return ", ".join(sorted(values))

"""How good screening is: of travellers, parties of payments and log lines, beside the answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from manara.exercise.manifest import Filed
from manara.exercise.scoring.capabilities import LISTS, TRAVEL, Measure, measure, people_of
from manara.exercise.scoring.results import Alert, Found
from manara.exercise.scoring.truth import Thing, Truth

#: Formats whose payments name both sides.
_NAMING = ("iso20022", "goaml")
_NAMES = {"travellers": "traveller alerts", "payments": "payment alerts"}


def screening_measures(
    truth: Truth, found: Sequence[Found], manifests: Mapping[str, Sequence[Filed]]
) -> list[Measure]:
    """Return how much screening met, and how many of its alerts are so.

    To meet are, for each state, the records of travellers, and the accounts in messages and reports
    of payments, of persons whom its own police or courts name, each once. An alert is right if who
    travels or owns the account is whom the list means.

    Args:
        truth: the answers.
        found: what the nodes recorded.
        manifests: the files of each state.
    """
    tally = {what: Counter[str]() for what in _NAMES}
    for one in found:
        for what, wanted in zip(_NAMES, _wanted(truth, one.state, manifests), strict=True):
            alerts = [alert for alert in one.alerts if alert.what == what]
            right = [alert for alert in alerts if _right(truth, alert)]
            met = {alert.asked.written for alert in right}
            tally[what] += Counter(there=len(wanted), found=len(met & wanted))
            tally[what] += Counter(said=len(alerts), right=len(right))
    return [
        measure(name, *(tally[what][key] for key in ("found", "there", "right", "said")))
        for what, name in _NAMES.items()
    ]


def sightings_measure(truth: Truth, found: Sequence[Found]) -> Measure:
    """Return how many log lines that show a sign of an indicator of their state were found.

    Args:
        truth: the answers.
        found: what the nodes recorded.
    """
    bad = {
        (written[0], of[1], written[1]) for written, of in truth.records.items() if of[0] == "sign"
    }
    named: dict[tuple[str, int], set[str]] = defaultdict(set)
    for state, sign, indicator in bad:
        named[state, sign].add(indicator)
    there = {
        (line, indicator)
        for line, sign in truth.signs.items()
        for indicator in named.get((line[0], sign), ())
    }
    said = {
        ((one.state, line.file, line.at), sighted.indicator.record)
        for one in found
        for sighted in one.sighted
        for line in sighted.lines
    }
    right = len(said & there)
    return measure("indicators in logs", right, len(there), right, len(said))


def _wanted(
    truth: Truth, state: str, manifests: Mapping[str, Sequence[Filed]]
) -> Iterator[set[tuple[str, str]]]:
    """Yield the records of travellers to meet, and those of accounts."""
    named = {truth.records[written] for written in people_of(truth, state, LISTS)}
    travelling = people_of(truth, state, TRAVEL)
    yield {written for written in travelling if truth.records[written] in named}
    files = {one.file for one in manifests[state] if one.format.startswith(_NAMING)}
    yield {
        written
        for written, of in truth.records.items()
        if written[0] == state
        and of[0] == "account"
        and truth.owners.get(of[1]) in named
        and not files.isdisjoint(truth.files[written])
    }


def _right(truth: Truth, alert: Alert) -> bool:
    asked = truth.records.get(alert.asked.written)
    who = truth.owners.get(asked[1]) if asked and asked[0] == "account" else asked
    listed = Counter[Thing](
        truth.records[place.written]
        for place in alert.listed
        if not LISTS.isdisjoint(truth.holders.get(place.written, ()))
    )
    return bool(listed) and listed.most_common(1)[0][0] == who

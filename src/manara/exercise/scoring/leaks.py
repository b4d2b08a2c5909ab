"""The leak audit: each fact that left a node against the rule of the file that it stands in.

The rules are those laid down in the manifests, and what they mean is said here anew, after FIRST's
definitions of the Traffic Light Protocol 2.0, not by the code that let the facts go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from manara.exercise.manifest import Filed
from manara.exercise.scoring.results import Left
from manara.exercise.scoring.truth import Truth

#: Levels under which something may go to the partners of an alliance, a community.
_TO_PARTNERS = frozenset({"CLEAR", "GREEN"})


class Leaks(msgspec.Struct, frozen=True):
    """What left the nodes.

    Attributes:
        left: facts that left a node.
        checked: those whose rule is known.
        against: those that left against it, or of which no rule is known, in words.
        by_state: facts that left, by code of the state and recipient.
    """

    left: int
    checked: int
    against: list[str]
    by_state: dict[str, dict[str, int]]


def audit(truth: Truth, left: Sequence[Left], rules: Mapping[str, Sequence[Filed]]) -> Leaks:
    """Return what left the nodes against a rule.

    A fact without a file, which a partner told, is looked up by its record; then every file that
    the record stands in must let it go. What goes back to whom it came from tells nothing new.

    Args:
        truth: the answers, for the files that records stand in.
        left: the facts that left.
        rules: the manifests by state.
    """
    handling = {(state, one.file): one.handling for state, files in rules.items() for one in files}
    checked, against = 0, []
    by_state: dict[str, dict[str, int]] = {}
    for one in left:
        origin = one.origin.split(".")[0].upper()
        files = {one.file} if one.file else truth.files.get((origin, one.record), set())
        known = [handling[origin, file] for file in files if (origin, file) in handling]
        state = one.node.split(".")[0].upper()
        counts = by_state.setdefault(state, {})
        counts[one.to] = counts.get(one.to, 0) + 1
        if one.to == one.origin:
            checked += 1
            continue
        what = f"{one.node} to {one.to}, {one.day}: {one.record} {one.prop}"
        if not known:
            against.append(f"{what}: nobody laid down a rule for it")
            continue
        checked += 1
        against += [f"{what}: {why}" for rule in known if (why := objection(rule, one))]
    return Leaks(len(left), checked, against, by_state)


def objection(rule: Mapping[str, Any], left: Left) -> str:
    """Return why a rule lets a fact not go to a partner; ``""`` if it does."""
    if not all(left.to in names for names in rule["releasable_to"]):
        return f"only for {', '.join(sorted(set().union(*rule['releasable_to'])))}"
    level = str(rule["floor"]).upper().removeprefix("TLP:")
    if level not in _TO_PARTNERS or rule["individuals"] is not None:
        return f"TLP:{level} stays in the house"
    if rule["purposes"] is not None and left.purpose not in rule["purposes"]:
        return f"not for {left.purpose}"
    if rule["consent"] and left.node != left.origin:
        return "without its originator's consent"
    return ""

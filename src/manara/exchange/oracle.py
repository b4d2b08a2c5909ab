"""Did anything leave against a rule? Every fact that left is asked about anew.

It knows the rules as they were laid down, not as the store or a package has them, and follows them
from node to node by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import msgspec

from manara.exchange.node import Node
from manara.exchange.package import KIND, Package, tellings
from manara.model import Handling

_Place = tuple[str, str, str]


class Checked(NamedTuple):
    """What an `Oracle` found.

    Attributes:
        left: how many facts and events left a node.
        against: those that left against a rule, or under a looser one, in words.
    """

    left: int
    against: list[str]


class Oracle:
    """Follows what leaves the nodes of a demonstration.

    Args:
        nodes: all nodes by id: it opens what they seal.
        laid_down: the rule of each fact, by node, entity, property and value; of each event by
            what `TellingEvent.place` gives.
    """

    def __init__(
        self, nodes: Mapping[str, Node], laid_down: Mapping[str, Mapping[_Place, Handling]]
    ) -> None:
        self._nodes = nodes
        self._rules = {
            (node, node, *place): rule
            for node, known in laid_down.items()
            for place, rule in known.items()
        }
        self._seen: set[bytes] = set()
        self._left = 0
        self._against: list[str] = []

    def learn(self, node: str, place: _Place, rule: Handling) -> None:
        """Hear of a fact that a node lays down later."""
        self._rules[(node, node, *place)] = rule

    def see(self, sealed: bytes, to: str, on: date) -> None:
        """Look into a message that leaves for a node; a second attempt to hand it over is one."""
        if sealed in self._seen:
            return
        self._seen.add(sealed)
        plain = self._nodes[to].keys.open(sealed, to)
        if msgspec.json.decode(plain)["type"] != KIND:
            return
        package = msgspec.json.decode(plain, type=Package)
        partner = self._nodes[package.sender].partners.get(to)
        for carried in package.objects:
            origin = carried.object.body.origin
            for told, travels in tellings(carried, self._nodes[origin].keys.card):
                self._left += 1
                place = (origin, *told.place)
                rule = self._rules.get((package.sender, *place))
                what = f"{package.sender} to {to}: {told.what}"
                if rule is None:
                    self._against.append(f"{what}: it did not know this")
                    continue
                answer = rule.permits(partner.recipient, package.purpose, on, package.consents)
                if not answer.permitted:
                    self._against.append(f"{what}: {answer.reason}")
                if rule | travels != travels:
                    self._against.append(f"{what}: travels under a looser rule")
                self._rules[(to, *place)] = travels

    @property
    def found(self) -> Checked:
        """What was found so far."""
        return Checked(self._left, self._against)

"""What a node of an exercise knows of people, to ask by and to answer by."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property

from manara.exchange.blind import (
    Common,
    Person,
    allowed,
    persons_by_id,
    question_keys,
    table_keys,
)
from manara.exchange.node import today
from manara.exercise.running.nodes import PURPOSE, Site
from manara.exercise.running.record import Records


class Listed:
    """People by the ids of their entities, and the keys they are found by.

    Args:
        people: by id.
    """

    def __init__(self, people: Mapping[str, Person]) -> None:
        self.people = people

    @cached_property
    def common(self) -> Common:
        """What they have in common."""
        return Common.of(self.people.values())

    @cached_property
    def keys(self) -> Mapping[str, set[str]]:
        """The keys of each."""
        return {entity: table_keys(each, self.common) for entity, each in self.people.items()}


class Known:
    """What a node knows of people, read once for all who ask on a day; taken anew once it is told.

    Args:
        site: the node.
    """

    def __init__(self, site: Site) -> None:
        self.site, self.view = site, site.workspace.view()
        self._listed: dict[frozenset[str], Listed] = {}

    @cached_property
    def records(self) -> Records:
        """What tells in which record something stands; of no node but this one."""
        return self.site.records(self.view, [self.site.id])

    def under(self, rules: Collection[str]) -> Listed:
        """Return whom facts under some rules tell of."""
        of = frozenset(rules)
        if of not in self._listed:
            self._listed[of] = Listed(dict(persons_by_id(self.view, of)))
        return self._listed[of]

    def told_to(self, partner: str) -> Listed:
        """Return whom a partner may be told of."""
        to = self.site.node.partners.get(partner)
        return self.under(allowed(self.view, to, PURPOSE, today()))

    def asked(self) -> dict[str, Person]:
        """Return whom the node can ask about: all it knows something to ask by of."""
        everybody = self.under(self.view.handlings()).people
        return {one: person for one, person in everybody.items() if question_keys(person)[0].kind}

"""Levels of the Traffic Light Protocol 2.0 and the recipients they speak of.

The levels and their audiences are those of FIRST's standard definitions, version 2.0 (August 2022).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from manara.model._check import check_text, check_texts
from manara.model.errors import UsageError


class Tlp(IntEnum):
    """A level of the Traffic Light Protocol 2.0, from open to closed."""

    CLEAR = 0
    GREEN = 1
    AMBER = 2
    AMBER_STRICT = 3
    RED = 4

    @property
    def label(self) -> str:
        """The level as the standard writes it, such as ``TLP:AMBER+STRICT``."""
        return "TLP:" + self.name.replace("_", "+")

    @classmethod
    def parse(cls, text: str) -> Tlp:
        """Return the level of a label, with or without ``TLP:``, in any case.

        ``WHITE`` of TLP 1.0 is read as ``CLEAR``.

        Raises:
            UsageError: the text is no TLP label.
        """
        name = text.strip().upper().removeprefix("TLP:")
        for level in cls:
            if name == level.label.removeprefix("TLP:"):
                return level
        if name == "WHITE":
            return cls.CLEAR
        raise UsageError(
            "not a TLP level",
            where=repr(text),
            remedy="use " + ", ".join(level.label for level in cls),
        )


class Relation(IntEnum):
    """How close a recipient stands to the organisation whose node holds the data."""

    PUBLIC = 0
    COMMUNITY = 1
    CLIENT = 2
    ORGANISATION = 3


#: The audience rule of each level: the most distant relation it admits; None admits nobody.
AUDIENCE: Mapping[Tlp, tuple[Relation | None, str]] = {
    Tlp.CLEAR: (Relation.PUBLIC, "may go to anyone"),
    Tlp.GREEN: (Relation.COMMUNITY, "may not leave the community"),
    Tlp.AMBER: (Relation.CLIENT, "may go only to our own organisation and its clients"),
    Tlp.AMBER_STRICT: (Relation.ORGANISATION, "may not leave our own organisation"),
    Tlp.RED: (None, "may go to nobody beyond the persons it was given to"),
}

#: How an officer would put each relation.
STANDING: Mapping[Relation, str] = {
    Relation.PUBLIC: "outside the community",
    Relation.COMMUNITY: "of the community, not a client",
    Relation.CLIENT: "a client, not of our own organisation",
    Relation.ORGANISATION: "of our own organisation",
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """Someone to whom information might be shown or sent.

    Attributes:
        id: the recipient's own id; one that equals ``organisation`` stands for all of it.
        organisation: id of the organisation the recipient belongs to, ``""`` for none.
        relation: how close it stands to the node that holds the data.
        groups: ids of the groups it belongs to, such as a joint investigation team.
    """

    id: str
    organisation: str
    relation: Relation
    groups: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        check_text("recipient", self.id)
        check_texts(f"groups of {self.id}", self.groups)
        if not isinstance(self.relation, Relation):
            raise UsageError(
                f"{self.relation!r} is not a Relation",
                where=f"recipient {self.id}",
                remedy="use a Relation member",
            )

    @property
    def names(self) -> frozenset[str]:
        """Everything a list of recipients may call this one by."""
        return self.groups | {self.id, self.organisation}

    @property
    def is_person(self) -> bool:
        """Whether the id stands for one person rather than an organisation or a group."""
        return self.id != self.organisation and self.id not in self.groups

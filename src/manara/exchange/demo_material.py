"""What the three invented agencies of the demonstration know at its beginning; nobody is real."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from manara.model import Handling


class Agency(NamedTuple):
    """An invented agency.

    Attributes:
        id: of its node.
        name: what people call it.
        holds: its facts as entity, property and value, by the rule they are under.
    """

    id: str
    name: str
    holds: tuple[tuple[Handling, tuple[tuple[str, str, str], ...]], ...]


CUSTOMS, POLICE, FINANCE = "lantern.example", "estvale.example", "quen.example"

_GREEN = Handling.of("GREEN")

AGENCIES = (
    Agency(
        CUSTOMS,
        "Lantern Bay Customs",
        (
            (
                _GREEN,
                (
                    ("p-17", "name", "Maris Toveld"),
                    ("p-17", "birthDate", "1979-03-08"),
                    ("p-17", "passportNumber", "LB4471902"),
                ),
            ),
            (
                Handling.of("GREEN", retain_until=date(2999, 12, 31)),
                (("p-17", "notes", "crossed on the night ferry"),),
            ),
            (
                Handling.of("GREEN", releasable_to={POLICE}),
                (("p-17", "alias", "the Chandler"),),
            ),
            (
                Handling.of("AMBER+STRICT"),
                (("p-17", "description", "named by an informant in the harbour"),),
            ),
        ),
    ),
    Agency(
        POLICE,
        "Estvale Police",
        (
            (_GREEN, (("e-4", "name", "Ruben Falk"), ("e-4", "birthDate", "1984-10-30"))),
            (Handling.of("GREEN", purposes={"training"}), (("e-4", "notes", "course material"),)),
        ),
    ),
    Agency(
        FINANCE,
        "Quen Financial Intelligence",
        ((_GREEN, (("a-9", "name", "Toveld Maris"), ("a-9", "country", "fr"))),),
    ),
)

#: What customs find out later: the passport number was misread.
CORRECTED = ("p-17", "passportNumber", "LB4471920")

"""What a plot leaves behind in a world, so that it can be scored: its members and its patterns."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec


class Pattern(msgspec.Struct, frozen=True):
    """Payments that show something together; their rows carry its number.

    Attributes:
        number: as in the column ``pattern`` of the payments, new in the whole world.
        shows: what an analyst would call it, as ``collection`` or ``ring``.
        accounts: rows of the accounts that it is about.
    """

    number: int
    shows: str
    accounts: tuple[int, ...]


class Planted(msgspec.Struct, frozen=True):
    """A plot, or a decoy, as it was planted.

    People are rows of ``people``; companies are ``~row`` of ``companies``.

    Attributes:
        kind: key of `manara.exercise.plots.PLOTS`.
        number: as in the column ``plot`` of the tables.
        planted: the day on which it comes to its end; who finds it later is too late.
        begins: the day of its first trace.
        decoy: whether it is innocent and only looks like the kind.
        difficulty: ``easy``, ``medium`` or ``hard``.
        roles: its members by what they do.
        bridges: pairs of members whose tie joins two crimes, and that somebody should find.
        patterns: what its payments show.
        accounts: rows of the accounts of its members.
        firearms: rows of the firearms that left the legal chain.
        signs: numbers of the signs that it leaves in logs.
        seen: codes of the states whose registers show each role.
    """

    kind: str
    number: int
    planted: date
    begins: date
    decoy: bool
    difficulty: str
    roles: dict[str, tuple[int, ...]]
    bridges: tuple[tuple[int, int], ...] = ()
    patterns: tuple[Pattern, ...] = ()
    accounts: tuple[int, ...] = ()
    firearms: tuple[int, ...] = ()
    signs: tuple[int, ...] = ()
    seen: dict[str, tuple[str, ...]] = {}

    @property
    def members(self) -> tuple[int, ...]:
        """Everybody in it, each once, sorted."""
        return tuple(sorted({one for people in self.roles.values() for one in people}))

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values for ``truth/plots.json``."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain | {"members": list(self.members)}

"""Scenarios: the invented states of an exercise, read from data files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from manara.model import NotFoundError

_HERE = Path(__file__).parent
_SCENARIOS = _HERE / "scenarios"


class Rule(msgspec.Struct, frozen=True):
    """Who may see what an agency holds, where that is more than a level.

    Attributes:
        tlp: the level.
        releasable_to: codes of the states that may have it, whatever the level; empty for none.
        purposes: what it may be used for; empty for anything.
    """

    tlp: str
    releasable_to: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()


class City(msgspec.Struct, frozen=True):
    """A city on the invented map; its number is its place in `Scenario.cities`.

    Attributes:
        share: of the people of its state.
        lat, lon: in degrees, in open ocean: no place of the real world is near.
        port, airport: whether it has one.
    """

    name: str
    share: float
    lat: float
    lon: float
    port: bool = False
    airport: bool = False
    state: int = -1


class Bank(msgspec.Struct, frozen=True):
    """Who keeps accounts; its number is its place in `Scenario.banks`.

    Attributes:
        kind: ``bank``, ``mobile`` (mobile money) or ``wallet`` (virtual assets).
        code: as banks write it in messages, in the manner of ISO 9362.
    """

    name: str
    code: str
    kind: str = "bank"
    share: float = 1.0
    state: int = -1


class Post(msgspec.Struct, frozen=True):
    """A border post; its number is its place in `Scenario.posts`.

    Attributes:
        states: codes of the two states it stands between; one for a port or airport.
        kind: ``land``, ``sea`` or ``air``.
        share: of all crossings.
    """

    name: str
    states: tuple[str, ...]
    city: str
    kind: str
    share: float


class State(msgspec.Struct, frozen=True):
    """One of the states; its number is its place in `Scenario.states`.

    Attributes:
        code: of the user-assigned range of ISO 3166-1.
        currency: a code of the X range of ISO 4217 that is unassigned, for tests only.
        rate: how many units of its currency one unit of the first state's currency buys.
        habit: ``fr`` or ``en``: after which language its offices write names in Latin letters.
        script: ``latin`` or ``native``: what its police writes names in.
        cultures: share of its people by culture.
        flag: three colours, from the hoist.
        income: median of monthly salaries, in units of its currency.
        handling: rules of its agencies, where they are not those of the scenario.
    """

    code: str
    name: str
    people: float
    currency: str
    rate: float
    habit: str
    script: str
    cultures: dict[str, float]
    flag: tuple[str, str, str]
    income: float
    phone: str
    cities: tuple[City, ...]
    banks: tuple[Bank, ...]
    handling: dict[str, str | Rule] = {}


class PlotSpec(msgspec.Struct, frozen=True):
    """One plot or decoy to plant.

    Attributes:
        kind: key of `manara.exercise.plots.PLOTS`.
        planted: the day on which it would come to its end.
        states: codes of the states it plays in.
        visible: codes of the states whose registers show part of it.
        decoy: whether it is innocent and only looks like the kind.
        difficulty: ``easy``, ``medium`` or ``hard``.
        values: parameters of the kind.
    """

    kind: str
    planted: date
    states: tuple[str, ...]
    visible: tuple[str, ...] = ()
    decoy: bool = False
    difficulty: str = "medium"
    values: dict[str, Any] = {}


class Culture(msgspec.Struct, frozen=True):
    """Names of one culture, most frequent first, each in its script and in two Latin spellings.

    Attributes:
        male, female, family: in the culture's own script (left out where that is Latin), as French
            and as English offices write it (left out where that is the same).
        particles: what families put before a name of the table, with the share of families.
        parts: syllables that rare families are made of, first, middle and last.
        patronym: whether the father's name is part of a full name.
    """

    male: tuple[tuple[str, ...], ...]
    female: tuple[tuple[str, ...], ...]
    family: tuple[tuple[str, ...], ...]
    parts: tuple[tuple[tuple[str, ...], ...], ...]
    particles: tuple[tuple[str, str, str, float], ...] = ()
    patronym: bool = False


class Size(msgspec.Struct, frozen=True):
    """How large a world is, in people and in rows of its whole time."""

    people: int
    payments: int
    crossings: int


class Scenario(msgspec.Struct, frozen=True):
    """All that is told beforehand about a world.

    Attributes:
        sizes: by name.
        habits: rates of what people do, each with its unit in the file.
        noise: chance of each error in a record, by agency and kind of error.
        sources: where the rates come from.
        handling: TLP or rule of what an agency holds, where it is not AMBER.
    """

    name: str
    title: str
    start: date
    end: date
    states: tuple[State, ...]
    posts: tuple[Post, ...]
    sizes: dict[str, Size]
    habits: dict[str, float]
    noise: dict[str, dict[str, float]]
    sources: dict[str, str]
    handling: dict[str, str | Rule] = {}
    plots: tuple[PlotSpec, ...] = ()

    @property
    def cities(self) -> tuple[City, ...]:
        """All cities, state by state."""
        return tuple(city for state in self.states for city in state.cities)

    @property
    def banks(self) -> tuple[Bank, ...]:
        """All banks, mobile-money houses and exchanges, state by state."""
        return tuple(bank for state in self.states for bank in state.banks)

    @property
    def cultures(self) -> Mapping[str, Culture]:
        """The name tables of all cultures of the scenario, in the order of their numbers."""
        names = dict.fromkeys(name for state in self.states for name in state.cultures)
        return {name: culture(name) for name in names}

    def rule(self, state: int, agency: str) -> Rule:
        """Return the rule of what an agency of a state holds."""
        told = self.states[state].handling.get(agency) or self.handling.get(agency, "AMBER")
        return Rule(told) if isinstance(told, str) else told

    def state(self, code: str) -> int:
        """Return the number of a state by its code.

        Raises:
            ValueError: the scenario has no such state.
        """
        return [state.code for state in self.states].index(code)


def scenarios() -> tuple[str, ...]:
    """Return the names of the scenarios that are part of Manara."""
    found = (path.stem for path in _SCENARIOS.glob("*.yaml"))
    return tuple(sorted(name for name in found if not name.endswith(".plots")))


def read_scenario(name: str) -> Scenario:
    """Return a scenario.

    What it plants stands beside it, in ``NAME.plots.yaml``.

    Args:
        name: one of `scenarios`.

    Raises:
        NotFoundError: there is no such scenario.
    """
    if name not in scenarios():
        raise NotFoundError(
            "no such scenario", where=name, remedy=f"there are {', '.join(scenarios())}"
        )
    told = _yaml(_SCENARIOS / f"{name}.yaml")
    for number, state in enumerate(told["states"]):
        for part in (*state["cities"], *state["banks"]):
            part["state"] = number
    planted = _SCENARIOS / f"{name}.plots.yaml"
    told["plots"] = _yaml(planted)["plots"] if planted.exists() else []
    return msgspec.convert({"name": name} | told, Scenario)


@cache
def culture(name: str) -> Culture:
    """Return the names of a culture."""
    return msgspec.convert(_yaml(_HERE / "names" / f"{name}.yaml"), Culture)


def _yaml(path: Path) -> Any:
    with path.open(encoding="utf-8") as file:
        return yaml.load(file, yaml.CSafeLoader)

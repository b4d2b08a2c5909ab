"""What lies in the folder of an exercise: its calendar, and which agency's file is known when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from manara.model import FormatError, Handling, UsageError

_Kind = TypeVar("_Kind")


class Filed(msgspec.Struct, frozen=True):
    """A file of an agency.

    Attributes:
        file: its path in the folder of its state.
        agency: whose it is.
        known: the day on which the state's node gets it.
        handling: the rule it comes under, as `manara.model.Handling.to_dict` writes it.
        format: name of its format, told to readers only: files are recognised by their content.
        mapping: the mapping that a table is read by, a path in the folder of its state.
        dataset: the dataset it is an edition of; ``""`` for what the file or mapping says.
    """

    file: str
    agency: str
    known: date
    handling: dict[str, Any]
    format: str = ""
    mapping: str = ""
    dataset: str = ""

    @property
    def rule(self) -> Handling:
        """The rule as it was laid down."""
        return Handling.from_dict(self.handling)


class Exercise(msgspec.Struct, frozen=True):
    """An exercise as ``exercise.json`` describes it.

    Attributes:
        scenario: name of the scenario.
        seed: of all chance.
        size: ``small``, ``medium`` or ``large``.
        start: first day of the calendar.
        end: last day of the calendar.
        states: names of the states by their codes.
    """

    scenario: str
    seed: int
    size: str
    start: date
    end: date
    states: Mapping[str, str]


def read_exercise(folder: Path) -> Exercise:
    """Return the exercise in a folder.

    Raises:
        UsageError: there is none.
    """
    return _read(folder / "exercise.json", Exercise)


def is_played(workspace: Path) -> bool:
    """Return whether the folder of a workspace is that of an exercise that is played."""
    home = workspace.parent
    return home.name == "play" and (home.parent / "exercise.json").exists()


def read_manifest(folder: Path, state: str) -> list[Filed]:
    """Return the files of a state in the order in which they become known.

    Raises:
        UsageError: there is no manifest of it.
    """
    found = _read(folder / "nodes" / state / "manifest.json", list[Filed])
    return sorted(found, key=lambda one: (one.known, one.file))


def arriving(files: Iterable[Filed], last: date, day: date) -> list[Filed]:
    """Return the files that become known after one day and until another."""
    return [one for one in files if last < one.known <= day]


def _read(path: Path, kind: type[_Kind]) -> _Kind:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise UsageError(
            "no exercise in it", where=str(path.parent),
            remedy="`manara exercise new` makes one",
        ) from error  # fmt: skip
    except msgspec.DecodeError as error:
        raise FormatError(f"is not as an exercise writes it: {error}", where=str(path)) from error

"""What stands in names beside the name: particles, honorifics, legal forms (``forms.yaml``)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

import yaml

from manara.identity.names import name_tokens

Kind = Literal["person", "organisation", "vessel", ""]
Role = Literal["name", "particle", "honorific", "initial", "legal", "number", "joined"]

LONGEST_PHRASE = 7


class Part(NamedTuple):
    """A word as it stands in a name, in its one form; `written` is what it was."""

    text: str
    role: Role
    written: str = ""


@cache
def _raw() -> dict[str, dict[str, str]]:
    text = files("manara.identity.names").joinpath("forms.yaml").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, str]] = yaml.load(text, Loader=_loader())  # noqa: S506
    return loaded


def _loader() -> Any:
    """Return PyYAML's safe loader, the one in C where it is built."""
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def phrases(section: str) -> dict[tuple[str, ...], str]:
    """Return the one form of each spelling (as words) in a section of ``forms.yaml``."""
    return {
        name_tokens(spelling): form
        for form, spellings in _raw()[section].items()
        for spelling in spellings.split(", ")
    }


def longest(tokens: list[str], start: int, section: str) -> tuple[str, int]:
    """Return the form of the longest phrase that starts here and its number of words, or 0."""
    known = phrases(section)
    for width in range(min(LONGEST_PHRASE, len(tokens) - start), 0, -1):
        form = known.get(tuple(tokens[start : start + width]))
        if form is not None:
            return form, width
    return "", 0


def plain_part(token: str) -> Part:
    """Return a word that is nothing but itself."""
    return Part(token, "number" if token.isdecimal() else "name")

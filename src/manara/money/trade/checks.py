"""What declarations are looked at for, and the codes and words that matter, as data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec
import yaml

from manara.model import UsageError
from manara.money.typology import Prior


class _Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record of a data file; a misspelt key is an error."""


class Limit(_Data, frozen=True):
    """A threshold, and why it lies there."""

    value: float
    reason: str


class Check(_Data, frozen=True):
    """One thing that declarations are looked at for.

    Attributes:
        version: to be raised with every change.
        title: it in a few words.
        severity: of its findings.
        prior: how likely a finding is true before anybody looked, and how that is known.
        sources: keys of the file's sources.
        limits: thresholds by name.
        innocent: explanations to rule out first.
    """

    version: int
    title: str
    severity: Literal["low", "medium", "high", "critical"]
    prior: Prior
    sources: tuple[str, ...]
    limits: dict[str, Limit]
    innocent: tuple[str, ...]

    def __getitem__(self, name: str) -> float:
        """Return a threshold."""
        return self.limits[name].value


class Group(_Data, frozen=True):
    """Controlled or sensitive goods.

    Attributes:
        title: what they are.
        source: key of the file's sources.
        alone: whether the code alone is reason to look, without another finding.
        codes: prefixes of Harmonized System codes.
    """

    title: str
    source: str
    alone: bool
    codes: tuple[str, ...]


class Codes(_Data, frozen=True):
    """The content of ``codes.yaml``."""

    version: int
    groups: dict[str, Group]
    lawful_chapters: dict[str, tuple[str, ...]]
    invoice_words: frozenset[str]
    joining_words: frozenset[str]
    goods_words: frozenset[str]


class _File(_Data, frozen=True):
    version: int
    sources: dict[str, str]
    checks: dict[str, Check]


def checks() -> Mapping[str, Check]:
    """Return the checks by name, in their order."""
    return _checks_file().checks


def sources() -> Mapping[str, str]:
    """Return what each key of a source stands for."""
    return _checks_file().sources


@cache
def codes() -> Codes:
    """Return the codes and words."""
    return msgspec.convert(_yaml("codes.yaml"), Codes)


def chosen(names: str | None) -> tuple[str, ...]:
    """Return the names of the checks asked for.

    Args:
        names: names with commas between; None for all.

    Raises:
        UsageError: there is none of such a name.
    """
    if names is None:
        return tuple(checks())
    asked = tuple(dict.fromkeys(name.strip() for name in names.split(",")))
    for name in asked:
        if name not in checks():
            raise UsageError("no such check", where=name, remedy=f"one of {', '.join(checks())}")
    return asked


def group_of(code: str) -> str | None:
    """Return the group of controlled goods that a code belongs to, None if to none."""
    by_prefix = _prefixes()
    for length in range(len(code), 1, -1):
        if found := by_prefix.get(code[:length]):
            return found
    return None


@cache
def chapter_titles() -> Mapping[str, str]:
    """Return the text of each chapter of the Harmonized System."""
    titles: dict[str, str] = _yaml("chapters.yaml")
    return titles


@cache
def _prefixes() -> Mapping[str, str]:
    return {code: name for name, group in codes().groups.items() for code in group.codes}


@cache
def _checks_file() -> _File:
    found = msgspec.convert(_yaml("checks.yaml"), _File)
    unknown = {key for one in found.checks.values() for key in one.sources} - found.sources.keys()
    if unknown:
        raise UsageError(f"no source called {', '.join(sorted(unknown))}", where="checks.yaml")
    return found


def _yaml(name: str) -> Any:
    text = files("manara.money.trade").joinpath(name).read_text(encoding="utf-8")
    return yaml.safe_load(text)

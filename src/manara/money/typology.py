"""Typologies: how financing and laundering look in payments, as data.

A typology is a YAML file: what it is and who described it, thresholds on `FEATURES` with the reason
for each, innocent explanations, and payments it must and must not find.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
import yaml

from manara.model import Text, UsageError, phrase
from manara.money.features import FEATURES, LEGS, amount

#: Half a span is at least a day, and a span of years is a profile and no pattern.
_SHORTEST, _LONGEST = 2, 366

#: What a threshold is: the least value that meets it, or the greatest.
BOUNDS: tuple[Literal["at_least"], Literal["at_most"]] = ("at_least", "at_most")

#: Thresholds, by feature and then by one of `BOUNDS`.
Limits: TypeAlias = Mapping[str, Mapping[str, float]]


class _Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record of a data file; a misspelt key is an error."""


class Condition(_Data, frozen=True):
    """A threshold.

    Attributes:
        feature: a key of `FEATURES`.
        at_least: least value that meets it.
        at_most: greatest value that meets it.
        reason: why it is there and where it lies.
    """

    feature: str
    at_least: float | None = None
    at_most: float | None = None
    reason: str = ""

    def met(self, row: Mapping[str, Any]) -> bool:
        """Return whether a row of features meets it; what is not known does not."""
        value = row[self.feature]
        return (
            value is not None
            and (self.at_least is None or value >= self.at_least)
            and (self.at_most is None or value <= self.at_most)
        )

    @property
    def sql(self) -> str:
        """The condition as SQL over the columns of the features."""
        bounds = ((">=", self.at_least), ("<=", self.at_most))
        return " AND ".join(f"{self.feature} {op} {x!r}" for op, x in bounds if x is not None)

    @property
    def bound(self) -> Text:
        """The threshold in words."""
        least, most = (amount(self.feature, x or 0.0) for x in (self.at_least, self.at_most))
        if self.at_least is None:
            return phrase("at most {most}", most=most)
        if self.at_most is None:
            return phrase("at least {least}", least=least)
        return phrase("at least {least} and at most {most}", least=least, most=most)


class Prior(_Data, frozen=True):
    """How likely a hit is true before anybody looked, and how that is known."""

    score: float
    reason: str


class Case(_Data, frozen=True):
    """Invented payments that a typology must find, or must not.

    Attributes:
        name: what they show.
        finds: accounts found, none for an innocent case.
        payments: lines ``day payer payee sum [instrument [purpose]]``; ``{1-12}`` in a line makes
            twelve of it, ``-`` is a party without an account.
    """

    name: str
    finds: tuple[str, ...]
    payments: str


class Typology(_Data, frozen=True):
    """How one way of financing or laundering looks in payments.

    Attributes:
        id: its name; the kind of its leads is ``money.`` and this.
        version: to be raised with every change.
        title: it in a few words.
        description: what happens, and what this can and cannot see of it.
        sources: public papers that describe it.
        days: length of the span looked at; spans overlap by half.
        severity: of its leads: low, medium, high or critical.
        prior: how likely a hit is true.
        conditions: all must be met.
        evidence: which payments show it: keys of `LEGS`.
        innocent: names of innocent explanations to weigh.
        cases: payments it must and must not find.
        lang: code of the language that it is written in.
        translations: its title and reasons in other languages: by code, then by the words here.
    """

    id: str
    version: int
    title: str
    description: str
    sources: tuple[str, ...]
    days: int
    severity: Literal["low", "medium", "high", "critical"]
    prior: Prior
    conditions: tuple[Condition, ...]
    evidence: tuple[str, ...]
    innocent: tuple[str, ...]
    cases: tuple[Case, ...]
    lang: Annotated[str, msgspec.Meta(pattern="^[a-z]{2,3}$")] = "en"
    translations: Mapping[str, Mapping[str, str]] = {}

    @property
    def texts(self) -> tuple[str, ...]:
        """All of it that leads tell."""
        return (self.title, self.prior.reason, *(each.reason for each in self.conditions))

    def say(self, text: str) -> Text:
        """Return one of its `texts`, to be told in every language in which it is known."""
        others = {code: of[text] for code, of in self.translations.items() if text in of}
        return Text(text, lang=self.lang, others=others)


class Innocent(_Data, frozen=True):
    """An innocent explanation; it fits as far as its signs are there.

    Attributes:
        text: it in a sentence.
        signs: conditions, all of one weight; without the first it does not fit at all.
        months: months of the Islamic calendar that count as one more sign; empty for none.
    """

    text: str
    signs: tuple[Condition, ...]
    months: tuple[int, ...] = ()


def parse(text: str, where: str) -> Typology:
    """Return the typology that a YAML text states.

    Args:
        text: the YAML.
        where: its file, for messages.

    Raises:
        UsageError: it is not one, with what is wrong.
    """
    try:
        found = msgspec.convert(_yaml(text), Typology)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise UsageError(
            f"not a typology: {error}",
            where=where,
            remedy="see the typologies that come with Manara for the form",
        ) from error
    for fault in _faults(found):
        raise UsageError(fault, where=f"{where}, typology {found.id}", remedy="mend the file")
    return found


def load(path: Path) -> Typology:
    """Return the typology in a file.

    Raises:
        UsageError: see `parse`.
    """
    try:
        return parse(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot be read: {error}", where=str(path)) from error


@cache
def shipped() -> Mapping[str, Typology]:
    """Return the typologies that come with Manara, by id."""
    folder = files("manara.money").joinpath("typologies")
    names = sorted(each.name for each in folder.iterdir() if each.name.endswith(".yaml"))
    found = (parse(folder.joinpath(name).read_text(encoding="utf-8"), name) for name in names)
    return {one.id: one for one in found}


@cache
def innocents() -> Mapping[str, Innocent]:
    """Return the innocent explanations, by name."""
    text = files("manara.money").joinpath("innocent.yaml").read_text(encoding="utf-8")
    return msgspec.convert(_yaml(text)["explanations"], dict[str, Innocent])


@cache
def reporting_lines() -> Mapping[str, float]:
    """Return the sum from which cash must be reported, by currency."""
    text = files("manara.money").joinpath("reporting.yaml").read_text(encoding="utf-8")
    return {code: float(line["sum"]) for code, line in _yaml(text)["lines"].items()}


def chosen(
    off: Iterable[str] = (), own: Sequence[str] = (), limits: Mapping[str, Limits] | None = None
) -> list[Typology]:
    """Return the typologies in force.

    Args:
        off: ids of those switched off.
        own: YAML texts of typologies that are added, or stand in the place of one of the same id.
        limits: thresholds that stand in the place of a typology's own, by its id.

    Raises:
        UsageError: one cannot be read, or there is none of such an id.
    """
    found = dict(shipped())
    for text in own:
        one = parse(text, "the workspace's typologies")
        found[one.id] = one
    unknown = set(off) - found.keys()
    if unknown:
        raise UsageError(
            "no such typology", where=", ".join(sorted(unknown)), remedy=", ".join(sorted(found))
        )
    settled = limits or {}
    return [
        limited(one, settled.get(key, {}))
        for key, one in sorted(found.items())
        if key not in set(off)
    ]


def limited(one: Typology, limits: Limits) -> Typology:
    """Return a typology with thresholds in the place of its own; those it has not are left out."""
    conditions = []
    for each in one.conditions:
        of = limits.get(each.feature, {})
        bounds = {
            name: of[name] for name in BOUNDS if name in of and getattr(each, name) is not None
        }
        conditions.append(msgspec.structs.replace(each, **bounds))
    return msgspec.structs.replace(one, conditions=tuple(conditions))


def check_limits(one: Typology, limits: Limits) -> None:
    """Refuse thresholds that a typology does not have, or that nothing could meet.

    Raises:
        UsageError: they are such.
    """
    has = {(each.feature, name) for each in one.conditions for name in BOUNDS
           if getattr(each, name) is not None}  # fmt: skip
    for feature, of in limits.items():
        for name, value in of.items():
            where = f"{one.id}, {feature} {name}"
            if (feature, name) not in has:
                known = ", ".join(sorted(" ".join(each) for each in has))
                raise UsageError("is no threshold of it", where=where[:200], remedy=known)
            most = 1.0 if feature.endswith("_share") else math.inf
            if not (math.isfinite(value) and 0 <= value <= most):
                raise UsageError(f"is not from 0 to {most:g}", where=where, remedy="change it")
    for each in limited(one, limits).conditions:
        if each.at_least is not None and each.at_most is not None and each.at_least > each.at_most:
            raise UsageError("at_least is above at_most", where=f"{one.id}, {each.feature}")


def _yaml(text: str) -> Any:
    # The loader in C is some ten times quicker; it is missing where libyaml is.
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506


def _faults(one: Typology) -> Iterable[str]:
    """Yield what is wrong with a typology."""
    for condition in one.conditions:
        if condition.feature not in FEATURES:
            yield f"no feature is called {condition.feature}"
        if condition.at_least is None and condition.at_most is None:
            yield f"{condition.feature} has neither at_least nor at_most"
        if not condition.reason:
            yield f"no reason is given for the threshold on {condition.feature}"
    if not one.conditions or not one.sources:
        yield "a typology needs conditions and sources"
    if unknown := set(one.evidence) - LEGS.keys() or set(one.innocent) - innocents().keys():
        yield f"unknown: {', '.join(sorted(unknown))}"
    for code, of in one.translations.items():
        if strange := sorted(of.keys() - set(one.texts)):
            yield f"the translations into {code} are of what it does not say: {strange[0]!r}"
    if not one.evidence:
        yield "no evidence is named"
    if not _SHORTEST <= one.days <= _LONGEST:
        yield f"days is not from {_SHORTEST} to {_LONGEST}"
    if not 0 < one.prior.score < 1:
        yield "the prior's score is not between 0 and 1"

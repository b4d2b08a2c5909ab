"""Sentences that come in English only, told in the reader's language where a template fits.

Judgements keep their reasons as sentences, and errors are raised far below the pages. What is heard
here is only shown: nothing is decided by it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from markupsafe import Markup

from manara.console.pages.heard_words import ERRORS, REASONS
from manara.console.pages.languages import Tongue
from manara.console.pages.words import prop_label, schema_label
from manara.model import vocabulary

_WEIGHT = re.compile(r"(.*) \(([+-]\d+\.\d)\)", re.DOTALL)
_GAP = re.compile(r"\{\d\}")


class _Template(NamedTuple):
    """A sentence with gaps, and what finds what stands in them."""

    text: str
    pattern: re.Pattern[str]


def heard(text: str, spoken: Tongue) -> str:
    """Return an English sentence of the inside in another language, ``""`` if none is known."""
    if spoken.code == "en":
        return ""
    if weighed := _WEIGHT.fullmatch(text):
        told = heard(weighed[1], spoken)
        return told and f"{told} ({spoken.written(float(weighed[2]), '+.1f')})"
    if text in _plain():
        return spoken.say(text)
    for template in _gapped():
        if found := template.pattern.fullmatch(text):
            parts = (_part(each, spoken) for each in found.groups())
            return spoken.say(template.text).format(*parts)
    return ""


def heard_html(text: str, spoken: Tongue) -> Markup:
    """Return it as markup, marked as English where no other words are known."""
    if told := heard(text, spoken):
        return Markup('<bdi dir="{}">{}</bdi>').format(spoken.direction, told)
    return Markup('<bdi lang="en" dir="ltr">{}</bdi>').format(text)


def _part(text: str, spoken: Tongue) -> str:
    """Return what stands in a gap: a sentence, the name of a property or schema, or a value."""
    if told := heard(text, spoken):
        return told
    if text in _properties():
        return spoken.say(prop_label(text))
    if text in vocabulary().schemata:
        return spoken.say(schema_label(text))
    return spoken.written(text, "")


@cache
def _properties() -> frozenset[str]:
    return frozenset(name for one in vocabulary().schemata.values() for name in one.properties)


@cache
def _plain() -> frozenset[str]:
    return frozenset(one for one in (*REASONS, *ERRORS) if not _GAP.search(one))


@cache
def _gapped() -> tuple[_Template, ...]:
    """Return the templates with gaps: those that begin with words, those that say most, first."""
    known = [one for one in (*REASONS, *ERRORS) if _GAP.search(one)]
    known.sort(key=lambda one: (one.startswith("{"), -len(_GAP.sub("", one))))
    return tuple(
        _Template(one, re.compile("(.+?)".join(map(re.escape, _GAP.split(one))), re.DOTALL))
        for one in known
    )

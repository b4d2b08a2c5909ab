"""Sentences that come in English only, told in the reader's language where a template fits.

Judgements keep their reasons as sentences, and errors are raised far below the pages. What is heard
here is only shown: nothing is decided by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from markupsafe import Markup

from manara.console.pages.heard_words import ERRORS, REASONS
from manara.console.pages.languages import Tongue
from manara.console.pages.words import prop_label, schema_label

_WEIGHT = re.compile(r"(.*) \(([+-]\d+\.\d)\)", re.DOTALL)
_GAP = re.compile(r"\{(\w+)\}")


class _Template(NamedTuple):
    """A sentence with gaps, and what finds what stands in them."""

    text: str
    gaps: tuple[str, ...]
    pattern: re.Pattern[str]


def heard(text: str, spoken: Tongue) -> str:
    """Return an English sentence of the inside in another language, ``""`` if none is known."""
    if spoken.code == "en":
        return ""
    if weighed := _WEIGHT.fullmatch(text):
        told, weight = heard(weighed[1], spoken), spoken.written(float(weighed[2]), "+.1f")
        # Its sign stands on the left everywhere.
        shown = f"\u2066{weight}\u2069" if spoken.direction == "rtl" else weight
        return told and f"{told} ({shown})"
    if text in _plain():
        return spoken.say(text)
    for template in _gapped():
        if found := template.pattern.fullmatch(text):
            parts = zip(template.gaps, found.groups(), strict=True)
            words = {gap: _part(gap, value, spoken) for gap, value in parts}
            return _filled(spoken.say(template.text), words)
    return ""


def heard_html(text: str, spoken: Tongue) -> Markup:
    """Return it as markup, marked as English where no other words are known."""
    if told := heard(text, spoken):
        return Markup('<bdi dir="{}">{}</bdi>').format(spoken.direction, told)
    return Markup('<bdi lang="en" dir="ltr">{}</bdi>').format(text)


def _filled(template: str, told: Mapping[str, str]) -> str:
    return _GAP.sub(lambda gap: told[gap[1]], template)


def _part(gap: str, text: str, spoken: Tongue) -> str:
    """Return what stands in a gap: by the gap's name a word of the vocabulary, or a sentence."""
    if gap.startswith("prop"):
        return spoken.say(prop_label(text))
    if gap.startswith("schema"):
        return spoken.say(schema_label(text))
    told = heard(text, spoken) if gap.startswith("text") else ""
    return told or spoken.written(text, "")


@cache
def _plain() -> frozenset[str]:
    return frozenset(one for one in (*REASONS, *ERRORS) if not _GAP.search(one))


@cache
def _gapped() -> tuple[_Template, ...]:
    """Return the templates with gaps: those that begin with words, those that say most, first."""
    known = [one for one in (*REASONS, *ERRORS) if _GAP.search(one)]
    known.sort(key=lambda one: (one.startswith("{"), -len(_GAP.sub("", one))))
    return tuple(map(_template, known))


def _template(text: str) -> _Template:
    between = map(re.escape, _GAP.sub("\0", text).split("\0"))
    pattern = re.compile("(.+?)".join(between), re.DOTALL)
    return _Template(text, tuple(_GAP.findall(text)), pattern)

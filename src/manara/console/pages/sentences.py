"""Sentences on a page: those known in another language only are marked as of that language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from markupsafe import Markup, escape

from manara.console.pages.languages import Tongue
from manara.model import Finding, Step, Text

# Private signs around what is foreign; markup is made of them after all else is escaped.
_OPEN, _CODE, _CLOSE = "\ue000", "\ue001", "\ue002"
_OPENING = re.compile(f"{_OPEN}([a-z]{{2,3}}){_CODE}")
_SIGNS = str.maketrans("", "", _OPEN + _CODE + _CLOSE)


class _Marking:
    """A language that marks what it has only in another one."""

    def __init__(self, spoken: Tongue) -> None:
        self.code, self._spoken = spoken.code, spoken

    def template(self, one: str, many: str, num: int) -> str:
        return self._spoken.template(one, many, num)

    def written(self, value: str | float | date, spec: str) -> str:
        plain = value.translate(_SIGNS) if isinstance(value, str) else value
        return self._spoken.written(plain, spec)

    def listed(self, parts: Sequence[str], spec: str) -> str:
        return self._spoken.listed(parts, spec)

    def foreign(self, text: str, lang: str) -> str:
        return f"{_OPEN}{lang}{_CODE}{text.translate(_SIGNS)}{_CLOSE}"


def sentence_html(text: Text, spoken: Tongue) -> Markup:
    """Return a sentence as markup; what is in another language bears its ``lang``."""
    told = str(escape(text.told(_Marking(spoken))))
    marked = _OPENING.sub(r'<bdi lang="\1">', told).replace(_CLOSE, "</bdi>")
    return Markup(marked)  # noqa: S704 (escaped above)


def told_html(one: Finding | Step, spoken: Tongue) -> Markup:
    """Return a lead's title or a step of it as markup."""
    if one.words:
        told = sentence_html(one.words, spoken)
        return Markup('<bdi dir="{}">{}</bdi>').format(spoken.direction, told)
    return Markup('<bdi lang="en" dir="ltr">{}</bdi>').format(spoken.told(one))


def strange(finding: Finding, spoken: Tongue) -> bool:
    """Return whether some of what a lead says is not known in a language."""
    steps = (_strange(step, spoken) for step in finding.explanation)
    return _strange(finding, spoken) or any(steps)


def _strange(one: Finding | Step, spoken: Tongue) -> bool:
    if one.words:
        return _OPEN in one.words.told(_Marking(spoken))
    return spoken.code != "en"

"""Whether what leads say can be told in every language."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

from manara.model import Finding, Text
from manara.model.text import Arg

SCRIPTS = Path(__file__).parents[1] / "scripts"


def lead_texts() -> ModuleType:
    """Return the script that keeps the catalogues of leads."""
    return _script("lead_texts")


def programme_texts() -> ModuleType:
    """Return the script that keeps the catalogues of risk programmes."""
    lead_texts()  # it uses
    return _script("programme_texts")


@cache
def _script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@cache
def known() -> frozenset[str]:
    """Return the templates that all catalogues have."""
    told = [{_one(each.id) for each in lead_texts().catalogue(code)} for code in ("fr", "ar")]
    return frozenset(set.intersection(*told))


def check_spoken(findings: Iterable[Finding]) -> None:
    """Check that all that findings say can be told otherwise, and is in English what it was."""
    for finding in findings:
        said = [(finding.title, finding.words)]
        said += [(step.text, step.words) for step in finding.explanation]
        for english, words in said:
            assert words is not None, english
            assert str(words) == english
            assert set(_templates(words)) <= known(), english


def check_templates(words: Text) -> None:
    """Check that a sentence can be told otherwise."""
    assert set(_templates(words)) <= known(), str(words)


def _templates(arg: Arg) -> Iterator[str]:
    if isinstance(arg, Text):
        yield arg.one
        arg = tuple(arg.args.values())
    if isinstance(arg, tuple):
        for one in arg:
            yield from _templates(one)


def _one(key: str | tuple[str, ...] | list[str]) -> str:
    return key if isinstance(key, str) else key[0]

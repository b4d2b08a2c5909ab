"""What payments say they are for: topics of purpose texts in several languages.

The words and codes of each topic stand in ``topics.yaml``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import yaml

_WORD = re.compile(r"\w+")


@cache
def topics() -> tuple[str, ...]:
    """Return the names of the topics in their order."""
    return tuple(_loaded())


def topics_in(text: str | None, code: str | None) -> frozenset[str]:
    """Return the topics that a purpose is about.

    Args:
        text: the purpose in the payer's words, any language and script.
        code: ISO 20022 purpose code.
    """
    found = set(_codes().get(code or "", ()))
    words = _words(text or "")
    phrases = _phrases()
    for at, word in enumerate(words):
        for phrase, topic in phrases.get(word, ()):
            if tuple(words[at : at + len(phrase)]) == phrase:
                found.add(topic)
    return frozenset(found)


def with_topics(payments: pa.Table) -> pa.Table:
    """Return payments with a column of truth values ``is_TOPIC`` for each topic."""
    texts, text_at = _distinct(payments["purpose"])
    codes, code_at = _distinct(payments["purpose_code"])
    pairs, place = np.unique(text_at * len(codes) + code_at, return_inverse=True)
    found = [topics_in(texts[pair // len(codes)], codes[pair % len(codes)]) for pair in pairs]
    for topic in topics():
        marks = np.array([topic in one for one in found], dtype=bool)
        payments = payments.append_column(f"is_{topic}", pa.array(marks[place]))
    return payments


def _distinct(column: pa.ChunkedArray) -> tuple[list[str | None], np.ndarray]:
    """Return the values of a column, null among them, and for each row the place of its own."""
    values = pc.unique(column)
    return values.to_pylist(), pc.index_in(column, values).to_numpy().astype(np.int64)


@cache
def _loaded() -> Mapping[str, Mapping[str, Collection[object]]]:
    text = files("manara.money").joinpath("topics.yaml").read_text(encoding="utf-8")
    loaded: Mapping[str, Mapping[str, Collection[object]]] = yaml.safe_load(text)["topics"]
    return loaded


@cache
def _codes() -> Mapping[str, tuple[str, ...]]:
    codes: dict[str, tuple[str, ...]] = {}
    for topic, of in _loaded().items():
        for code in of["codes"]:
            codes[str(code)] = (*codes.get(str(code), ()), topic)
    return codes


@cache
def _phrases() -> Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]:
    """Return the phrases of all topics by their first word."""
    phrases: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {}
    for topic, of in _loaded().items():
        languages = of["words"]
        assert isinstance(languages, dict)  # noqa: S101
        for spelt in (str(one) for words in languages.values() for one in words):
            words = tuple(_words(spelt))
            phrases[words[0]] = (*phrases.get(words[0], ()), (words, topic))
    return phrases


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return _WORD.findall("".join(c for c in plain if not unicodedata.combining(c) and c != "ـ"))

"""What payments say they are for: topics of purpose texts in several languages.

The words and codes of each topic stand in ``topics.yaml``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import yaml

_WORD = re.compile(r"\w+")

#: A code of the Harmonized System in a text: behind words that announce it, or with two points or
#: more, as tariffs print it. With one point it may be a sum: 9302.00.
_HS = re.compile(
    r"(?:\b(?:HS|HTS|HSN|TARIC|NCM|GTIP|GTİP|ТН\s?ВЭД)(?:[ -]?(?:code|no|nr|kodu|код))?"
    r"|\b(?:tariff|commodity) code|\bcode SH)[\s:.#№-]{0,3}(\d{2}(?:[ .]?\d{2}){1,4})\b"
    r"|\b(\d{4}(?:\.\d{2}){2,3})\b",
    re.IGNORECASE,
)


class Goods(NamedTuple):
    """Goods that a payment speaks of and that somebody should look at.

    Attributes:
        topic: the topic they belong to.
        found: what stands in the payment.
        rule: why it was found.
    """

    topic: str
    found: str
    rule: str


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


def goods_in(text: str, hs_codes: Collection[str] = ()) -> list[Goods]:
    """Return the goods of topics marked ``goods`` that a text names, by word or by code, each once.

    Args:
        text: in any language and script.
        hs_codes: codes of the Harmonized System stated beside it, with or without points.
    """
    marked = {topic: of for topic, of in _loaded().items() if of.get("goods")}
    found: dict[tuple[str, str], Goods] = {}
    words = _words(text)
    for at, word in enumerate(words):
        for phrase, topic in _phrases().get(word, ()):
            if topic in marked and tuple(words[at : at + len(phrase)]) == phrase:
                told = " ".join(phrase)
                languages = [one for one, of in marked[topic]["words"].items() if _among(told, of)]
                rule = f"a term of the topic {topic} ({', '.join(languages)})"
                found.setdefault((topic, told), Goods(topic, told, rule))
    for code in (*hs_codes, *(one[1] or one[2] for one in _HS.finditer(text))):
        digits = re.sub(r"\D", "", code)
        for topic, of in marked.items():
            for prefix in of["hs"]:
                if digits.startswith(prefix):
                    rule = f"HS code under {prefix}, of the topic {topic}"
                    found.setdefault((topic, digits), Goods(topic, digits, rule))
    return list(found.values())


def version() -> str:
    """Return the version of the words and codes."""
    return str(_file()["version"])


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
def _file() -> Mapping[str, Any]:
    text = files("manara.money").joinpath("topics.yaml").read_text(encoding="utf-8")
    loaded: Mapping[str, Any] = yaml.safe_load(text)
    return loaded


def _loaded() -> Mapping[str, Mapping[str, Any]]:
    topics: Mapping[str, Mapping[str, Any]] = _file()["topics"]
    return topics


def _among(phrase: str, spelt: Collection[object]) -> bool:
    return any(" ".join(_words(str(one))) == phrase for one in spelt)


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

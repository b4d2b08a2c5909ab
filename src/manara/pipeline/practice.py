"""Documents of good practice: which there are, and what one says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from manara.identity import name_tokens
from manara.model import NotFoundError
from manara.store import View

_SCHEMA = "GoodPractice"
_PROPS = (
    "name", "practiceId", "practiceKind", "practiceVersion", "language", "date", "author",
    "keywords", "summary", "bodyText",
)  # fmt: skip
#: How much more a word counts where it tells what the whole is about.
_WEIGHTS = {"name": 5, "keywords": 5, "practiceId": 5, "summary": 2, "bodyText": 1}


@dataclass(frozen=True, slots=True)
class Practice:
    """A document of good practice in one language.

    Attributes:
        entity: its id.
        practice: id that its translations share.
        kind: ``playbook``, ``indicators``, ``lesson`` or ``guidance``.
        language: ISO 639-3 code.
        version: as its author counts.
        date: of this version, ISO 8601.
        title: its title.
        summary: it in a sentence or two.
        author: who wrote it.
        keywords: what it is about.
        handling: label of the rule it is under.
        body: the text, Markdown.
    """

    entity: str
    practice: str
    kind: str
    language: str
    version: str
    date: str
    title: str
    summary: str
    author: str
    keywords: tuple[str, ...]
    handling: str
    body: str


def practices(view: View, words: str = "", language: str = "") -> list[Practice]:
    """Return the documents of good practice, the best answer to some words first.

    Args:
        view: what is known.
        words: all of them must occur, in any order; without any, all documents, by id.
        language: only those in this language, ISO 639-1 or 639-3.
    """
    wanted = name_tokens(words)
    found = [
        (score, one)
        for one in _documents(view)
        if (score := _score(one, wanted)) and language in ("", one.language, one.language[:2])
    ]
    found.sort(key=lambda each: (-each[0], each[1].practice, each[1].language))
    return [one for _, one in found]


def practice(view: View, which: str, language: str = "") -> Practice:
    """Return one document, in a language if it is there in it, else in English or what there is.

    Args:
        view: what is known.
        which: id of the document, in all languages or in one.
        language: the language wanted.

    Raises:
        NotFoundError: there is none.
    """
    found = [one for one in _documents(view) if which in (one.practice, one.entity)]
    if not found:
        raise NotFoundError(
            "no such document of good practice", where=which, remedy="`manara practice list`"
        )
    return min(
        found,
        key=lambda one: (
            one.entity != which,
            language not in (one.language, one.language[:2]),
            one.language != "eng",
            one.language,
        ),
    )


def _documents(view: View) -> Iterator[Practice]:
    labels = view.handling_labels()
    facts = (fact for fact in view.facts(props=_PROPS) if fact.schema == _SCHEMA)
    for entity, group in groupby(facts, key=attrgetter("entity_id")):
        known = list(group)
        text = {fact.prop: fact.value for fact in known}
        yield Practice(
            entity,
            text.get("practiceId", entity),
            text.get("practiceKind", ""),
            text.get("language", ""),
            text.get("practiceVersion", ""),
            text.get("date", ""),
            text.get("name", ""),
            text.get("summary", ""),
            text.get("author", ""),
            tuple(fact.value for fact in known if fact.prop == "keywords"),
            labels[known[0].handling_id],
            text.get("bodyText", ""),
        )


def _score(one: Practice, wanted: tuple[str, ...]) -> int:
    """Return how well a document answers: 0 if a word is missing, 1 where nothing is asked."""
    texts = {
        "name": one.title, "keywords": " ".join(one.keywords), "practiceId": one.practice,
        "summary": one.summary, "bodyText": one.body,
    }  # fmt: skip
    words = {prop: set(name_tokens(text)) for prop, text in texts.items()}
    scores = [
        sum(weight for prop, weight in _WEIGHTS.items() if word in words[prop]) for word in wanted
    ]
    return sum(scores) + 1 if all(scores) else 0

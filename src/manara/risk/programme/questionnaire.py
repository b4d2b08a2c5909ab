"""The site-security assessment: questions, answers with evidence, scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import msgspec
import yaml

from manara.model import Reject

#: From this score on an answer claims more than can be seen at a glance: it needs evidence.
CLAIM = 2

#: What a claim without evidence counts for.
UNPROVEN = 1

#: Languages that the questions are put in beside English.
LANGUAGES = ("fr", "ar")


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question.

    Attributes:
        id: its name in workbooks.
        ask: the question.
        ask_more: what a good answer has.
        evidence: what shows it.
        weight: against other questions of its category.
    """

    id: str
    ask: str
    ask_more: str
    evidence: str
    weight: int = 1


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of the scale."""

    score: int
    says: str


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Questions on one subject."""

    id: str
    title: str
    questions: tuple[Question, ...]


class Questions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All questions and the scale of their answers."""

    version: int
    scale: tuple[Step, ...]
    categories: tuple[Category, ...]


class Answer(NamedTuple):
    """One answer.

    Attributes:
        site: that it is about.
        question: id of the question.
        score: 0..4; None where the question does not apply.
        evidence: what shows it, in the assessor's words; a file, a date, a document.
    """

    site: str
    question: str
    score: int | None
    evidence: str


class Line(NamedTuple):
    """What somebody wrote beside one question, whether it can be used or not.

    Attributes:
        answer: ``0`` to ``4``, ``n``, or ``""`` for none yet.
        evidence: what shows it.
        remark: whatever else there is to say.
    """

    answer: str = ""
    evidence: str = ""
    remark: str = ""


#: Lines by site and question.
Lines = Mapping[tuple[str, str], Line]


class Assessment(NamedTuple):
    """The answers of one assessor.

    Attributes:
        assessor: who.
        day: when.
        answers: theirs; questions without one are left out.
        rejects: what could not be used.
        source: name of the file.
        lines: all that stands there.
    """

    assessor: str
    day: date
    answers: tuple[Answer, ...]
    rejects: tuple[Reject, ...]
    source: str
    lines: Lines


class Protection(msgspec.Struct, frozen=True):
    """How well a site is protected; shares 0..1.

    Attributes:
        site: the site.
        score: mean of the categories, with evidence; None if nothing was answered.
        stated: the same if every claim were believed.
        categories: score of each category, None if nothing of it was answered.
        answered: share of questions answered, or said not to apply.
        assessors: whose answers these are.
        agreement: Krippendorff's alpha between them; None for one assessor.
        day: of the oldest of these assessments.
        gaps: questions whose answer is 0, gravest first.
        unproven: questions whose answer claims more than it shows.
    """

    site: str
    score: float | None
    stated: float | None
    categories: dict[str, float | None]
    answered: float
    assessors: tuple[str, ...]
    agreement: float | None
    day: date | None
    gaps: tuple[str, ...]
    unproven: tuple[str, ...]


@cache
def questions(language: str = "") -> Questions:
    """Return the questions that come with Manara, in English or in a language that they speak.

    Args:
        language: ``fr`` or ``ar``; anything else is English. Ids and weights are those of English.
    """
    name = f"questions.{language}.yaml" if language in LANGUAGES else "questions.yaml"
    text = files("manara.risk.programme").joinpath(name).read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return msgspec.convert(yaml.load(text, Loader=loader), Questions)  # noqa: S506


def protection(site: str, assessments: Sequence[Assessment]) -> Protection:
    """Return how well a site is protected as its assessors say, each counted alike.

    A category's score is the mean of its answers by weight, over 4; the site's is the mean of its
    categories. Evidence decides what a claim is worth.
    """
    from manara.risk.programme.agreement import krippendorff

    own = [
        (one, {answer.question: answer for answer in one.answers if answer.site == site})
        for one in assessments
    ]
    own = [(one, answers) for one, answers in own if answers]
    everything = [one for category in questions().categories for one in category.questions]
    parts = {
        category.id: _mean([_category(category, answers, True) for _, answers in own])
        for category in questions().categories
    }
    stated = [
        _mean([_category(category, answers, False) for _, answers in own])
        for category in questions().categories
    ]
    met = {question for _, answers in own for question in answers}
    table = [[(a[q.id].score if q.id in a else None) for q in everything] for _, a in own]
    heavy = sorted(everything, key=lambda one: -one.weight)
    return Protection(
        site=site,
        score=_mean(list(parts.values())),
        stated=_mean(stated),
        categories=parts,
        answered=len(met) / len(everything),
        assessors=tuple(one.assessor for one, _ in own),
        agreement=krippendorff(table) if len(own) > 1 else None,
        day=min((one.day for one, _ in own), default=None),
        gaps=tuple(q.id for q in heavy if any(_score(a, q.id) == 0 for _, a in own)),
        unproven=tuple(q.id for q in heavy if any(_claims(a.get(q.id)) for _, a in own)),
    )


def _score(answers: dict[str, Answer], question: str) -> int | None:
    return answers[question].score if question in answers else None


def _claims(answer: Answer | None) -> bool:
    return bool(answer and answer.score and answer.score >= CLAIM and not answer.evidence)


def _category(category: Category, answers: dict[str, Answer], proven: bool) -> float | None:
    total = weight = 0.0
    for asked in category.questions:
        answer = answers.get(asked.id)
        if answer is None or answer.score is None:
            continue
        score = UNPROVEN if proven and _claims(answer) else answer.score
        total += asked.weight * score
        weight += asked.weight
    top = max(step.score for step in questions().scale)
    return total / weight / top if weight else None


def _mean(values: Sequence[float | None]) -> float | None:
    given = [one for one in values if one is not None]
    return sum(given) / len(given) if given else None

"""The site-security assessment: questions out as a workbook, answers with evidence in, scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import yaml

from manara.formats import workbook
from manara.formats.delimited import Row
from manara.model import FormatError, Reject
from manara.risk.programme.sites import Site

#: From this score on an answer claims more than can be seen at a glance: it needs evidence.
_CLAIM = 2

#: What a claim without evidence counts for.
_UNPROVEN = 1

_HEADINGS = ("site", "name", "question", "category", "ask", "look for", "evidence asked for",
             "answer", "evidence", "remark")  # fmt: skip
_WIDTHS = (12, 24, 9, 12, 44, 38, 34, 9, 40, 30)


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


class Assessment(NamedTuple):
    """The answers of one assessor.

    Attributes:
        assessor: who.
        day: when.
        answers: theirs; questions without one are left out.
        rejects: what could not be used.
        source: name of the file.
    """

    assessor: str
    day: date
    answers: tuple[Answer, ...]
    rejects: tuple[Reject, ...]
    source: str


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
def questions() -> Questions:
    """Return the questions that come with Manara."""
    text = files("manara.risk.programme").joinpath("questions.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return msgspec.convert(yaml.load(text, Loader=loader), Questions)  # noqa: S506


def write_workbook(path: Path, sites: Sequence[Site], assessor: str = "") -> None:
    """Write a workbook to fill in: every question for every site.

    Args:
        path: where to.
        sites: to be assessed; with none, the questions stand there for a site to be named.
        assessor: who will fill it in.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    book.remove(book.worksheets[0])
    about, sheet = book.create_sheet("about"), book.create_sheet("answers")
    told = [("what", "value"), ("assessor", assessor), ("date", ""),
            ("version", str(questions().version))]  # fmt: skip
    told += [(f"answer {step.score}", step.says) for step in questions().scale]
    told += [("answer n", "does not apply here")]
    told += [("evidence", f"an answer of {_CLAIM} or more without evidence counts as {_UNPROVEN}")]
    for row, cells in enumerate(told, 1):
        for column, text in enumerate(cells, 1):
            _write(about.cell(row, column), text)
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 14, 70
    for column, text in enumerate(_HEADINGS, 1):
        cell = sheet.cell(1, column, text)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="D9E5EC")
        sheet.column_dimensions[get_column_letter(column)].width = _WIDTHS[column - 1]
    row = 1
    for one in sites or (None,):
        for category in questions().categories:
            for asked in category.questions:
                row += 1
                whose = (one.site, one.title) if one else ("", "")
                words = (category.title, asked.ask + "?", asked.ask_more, asked.evidence)
                texts = (*whose, asked.id, *words)
                for column, text in enumerate(texts, 1):
                    cell = sheet.cell(row, column)
                    _write(cell, text)
                    cell.alignment = Alignment(wrap_text=True, vertical="top")
    allowed = ",".join([*(str(step.score) for step in questions().scale), "n"])
    choice = DataValidation(type="list", formula1=f'"{allowed}"', allow_blank=True)
    sheet.add_data_validation(choice)
    choice.add(f"H2:H{row}")
    sheet.freeze_panes, sheet.auto_filter.ref = "A2", f"A1:J{row}"
    book.active = 1
    book.save(path)


def _write(cell: Any, text: str) -> None:
    cell.value = text
    # A name that begins with = is a name, not a formula.
    cell.data_type = "s"


def read_workbook(path: Path, sites: Iterable[str]) -> Assessment:
    """Return the answers in a filled workbook.

    Args:
        path: of it.
        sites: names of the sites that there are.

    Raises:
        FormatError: no assessor, no date, questions of another version, or no such sheets.
    """
    known = set(sites)
    asked = {one.id for category in questions().categories for one in category.questions}
    answers: dict[tuple[str, str], Answer] = {}
    rejects: list[Reject] = []
    with workbook.opened(path) as book:
        if not {"about", "answers"} <= set(book.names):
            raise FormatError(
                "no sheets about and answers",
                where=path.name,
                remedy="fill in the workbook that manara risk questionnaire writes",
            )
        about = {
            row.values.get("what", ""): row.values.get("value", "").strip()
            for row in book.rows("about")
            if isinstance(row, Row)
        }
        assessor, day = _about(about, path.name)
        for row in book.rows("answers"):
            found = row if isinstance(row, Reject) else _answer(row, known, asked)
            if isinstance(found, Answer) and (found.site, found.question) in answers:
                found = Reject(found.site, "key", f"{found.question} answered twice", "")
            if isinstance(found, Reject):
                rejects.append(found)
            elif found:
                answers[found.site, found.question] = found
    return Assessment(assessor, day, tuple(answers.values()), tuple(rejects), path.name)


def _about(about: dict[str, str], name: str) -> tuple[str, date]:
    if about.get("version") != str(questions().version):
        raise FormatError(
            f"questions of version {about.get('version') or 'none'}, not {questions().version}",
            where=f"{name}, sheet about",
            remedy="fill in a workbook of this version",
        )
    if not about.get("assessor"):
        raise FormatError("no assessor", where=f"{name}, sheet about")
    try:
        return about["assessor"], date.fromisoformat(about.get("date", "")[:10])
    except ValueError:
        raise FormatError("no date YYYY-MM-DD", where=f"{name}, sheet about") from None


def _answer(row: Row, sites: set[str], asked: set[str]) -> Answer | Reject | None:
    values = {name: text.strip() for name, text in row.values.items()}
    text = values.get("answer", "").lower()
    if not text:
        return None
    for column, among in (("site", sites), ("question", asked)):
        if values.get(column) not in among:
            return Reject(row.at(column), column, f"no such {column}", values.get(column, ""))
    scores = {str(step.score): step.score for step in questions().scale}
    if text != "n" and text not in scores:
        return Reject(row.at("answer"), "answer", "not 0 to 4, nor n", text)
    return Answer(values["site"], values["question"], scores.get(text), values.get("evidence", ""))


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
    return bool(answer and answer.score and answer.score >= _CLAIM and not answer.evidence)


def _category(category: Category, answers: dict[str, Answer], proven: bool) -> float | None:
    total = weight = 0.0
    for asked in category.questions:
        answer = answers.get(asked.id)
        if answer is None or answer.score is None:
            continue
        score = _UNPROVEN if proven and _claims(answer) else answer.score
        total += asked.weight * score
        weight += asked.weight
    top = max(step.score for step in questions().scale)
    return total / weight / top if weight else None


def _mean(values: Sequence[float | None]) -> float | None:
    given = [one for one in values if one is not None]
    return sum(given) / len(given) if given else None

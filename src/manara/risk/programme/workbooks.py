"""Questionnaires as workbooks: written to be filled in, read, and changed question by question."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from manara.formats import workbook
from manara.formats.delimited import Row
from manara.model import FormatError, Reject, UsageError
from manara.risk.programme.folder import FILLED, SITES, Folder
from manara.risk.programme.questionnaire import (
    CLAIM,
    UNPROVEN,
    Answer,
    Assessment,
    Line,
    Lines,
    Questions,
    questions,
)
from manara.risk.programme.sites import Site, read_sites

_HEADINGS = ("site", "name", "question", "category", "ask", "look for", "evidence asked for",
             "answer", "evidence", "remark")  # fmt: skip
_WIDTHS = (12, 24, 9, 12, 44, 38, 34, 9, 40, 30)


#: Column of the answers, and those that are numbers.
_ANSWER = _HEADINGS.index("answer") + 1
_SCORES = frozenset("01234")

#: What no cell of a workbook may hold (ECMA-376: characters of XML 1.0).
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def write_workbook(
    path: Path | BinaryIO,
    sites: Sequence[Site],
    assessor: str = "",
    *,
    day: date | None = None,
    lines: Lines | None = None,
    language: str = "",
) -> None:
    """Write a workbook to fill in: every question for every site.

    Args:
        path: where to, or a file that is open.
        sites: to be assessed; with none, the questions stand there for a site to be named.
        assessor: who will fill it in.
        day: when that was done.
        lines: what has been filled in; those of other sites and questions come last.
        language: of the questions, see `questions`.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    book.remove(book.worksheets[0])
    about, sheet = book.create_sheet("about"), book.create_sheet("answers")
    for row, cells in enumerate(_told(assessor, day, questions(language)), 1):
        for column, text in enumerate(cells, 1):
            _write(about.cell(row, column), text)
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 14, 70
    for column, text in enumerate(_HEADINGS, 1):
        cell = sheet.cell(1, column, text)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="D9E5EC")
        sheet.column_dimensions[get_column_letter(column)].width = _WIDTHS[column - 1]
    # One style for all: to make it anew for each cell takes most of the time.
    style, row = _wrapped(sheet), 1
    for row, texts in enumerate(_rows(sites, lines or {}, questions(language)), 2):
        for column, text in enumerate(texts, 1):
            cell = sheet.cell(row, column)
            if text in _SCORES and column == _ANSWER:
                cell.value = int(text)
            elif text:
                _write(cell, text)
            cell._style = style
    allowed = ",".join([*(str(step.score) for step in questions().scale), "n"])
    choice = DataValidation(type="list", formula1=f'"{allowed}"', allow_blank=True)
    sheet.add_data_validation(choice)
    choice.add(f"H2:H{row}")
    sheet.freeze_panes, sheet.auto_filter.ref = "A2", f"A1:J{row}"
    book.active = 1
    book.save(path)


def _wrapped(sheet: Any) -> Any:
    """Return the style of a cell whose text wraps."""
    from openpyxl.styles import Alignment

    cell = sheet.cell(2, 1)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell._style


def _told(assessor: str, day: date | None, asked: Questions) -> Iterator[tuple[str, str]]:
    """Yield the rows of the sheet ``about``."""
    yield from (("what", "value"), ("assessor", assessor), ("date", day.isoformat() if day else ""))
    yield "version", str(asked.version)
    yield from ((f"answer {step.score}", step.says) for step in asked.scale)
    yield "answer n", "does not apply here"
    yield "evidence", f"an answer of {CLAIM} or more without evidence counts as {UNPROVEN}"


def _rows(sites: Sequence[Site], lines: Lines, asked: Questions) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the sheet ``answers``."""
    left = dict(lines)
    for one in sites or (None,):
        site, title = (one.site, one.title) if one else ("", "")
        for category in asked.categories:
            for each in category.questions:
                words = (category.title, each.ask + "?", each.ask_more, each.evidence)
                yield site, title, each.id, *words, *left.pop((site, each.id), Line())
    for (site, question), line in left.items():
        yield site, "", question, "", "", "", "", *line


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
    lines: dict[tuple[str, str], Line] = {}
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
            if isinstance(row, Row) and (line := _line(row)) != Line():
                key = (row.values.get("site", "").strip(), row.values.get("question", "").strip())
                lines.setdefault(key, line)
            found = row if isinstance(row, Reject) else _answer(row, known, asked)
            if isinstance(found, Answer) and (found.site, found.question) in answers:
                found = Reject(found.site, "key", f"{found.question} answered twice", "")
            if isinstance(found, Reject):
                rejects.append(found)
            elif found:
                answers[found.site, found.question] = found
    told = tuple(answers.values())
    return Assessment(assessor, day, told, tuple(rejects), path.name, lines)


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


def _line(row: Row) -> Line:
    return Line(*(row.values.get(name, "").strip() for name in ("answer", "evidence", "remark")))


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


def file_of(folder: Folder, assessor: str) -> Path:
    """Return where the answers of an assessor are kept."""
    return folder.file(FILLED) / (re.sub(r"[^\w-]+", "_", assessor) + ".xlsx")


def put_lines(
    folder: Folder, assessor: str, changed: Mapping[tuple[str, str], Line], day: date
) -> None:
    """Change what an assessor wrote beside some questions.

    It goes into the workbook that the assessor would fill in: the two ways are one.

    Args:
        folder: of the programme.
        assessor: who answers.
        changed: new lines, by site and question; an empty one takes what is there away.
        day: of today.

    Raises:
        FormatError: the workbook that is there cannot be read.
        UsageError: it is another assessor's, whose name differs in signs only.
    """
    path = file_of(folder, assessor)
    with folder.locked():
        sites, _ = read_sites(folder.file(SITES))
        names = [one.site for one in sites]
        before = read_workbook(path, names) if path.exists() else None
        if before and before.assessor != assessor:
            told = f"kept in the file of {before.assessor}"
            raise UsageError(told, where=assessor, remedy="assessors need names that differ more")
        kept = dict(before.lines) if before else {}
        for key, line in changed.items():
            kept[key] = Line(*(_UNFIT.sub("", text).strip() for text in line))
        kept = {key: line for key, line in kept.items() if line != Line()}
        part = path.with_suffix(".part")
        write_workbook(part, sites, assessor, day=day, lines=kept)
        part.replace(path)

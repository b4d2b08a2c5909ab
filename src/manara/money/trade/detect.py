"""Leads from the declarations of a workspace, with the payments beside them."""

from __future__ import annotations

import hashlib
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from importlib.resources import files
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from manara.model import Decision, Finding, Remark, Text, counted, phrase, steps_of
from manara.money.book import PAYMENTS, Book, book_of
from manara.money.past import WEIGHT, lead_and_day
from manara.money.trade.checks import checks, chosen
from manara.money.trade.examining import examine
from manara.money.trade.finding import MOST_EVIDENCE, TradeFinding, sum_of
from manara.money.trade.naming import named
from manara.money.trade.rates import UNKNOWN, rates_of, rates_of_file
from manara.money.trade.reading import COLUMNS, Declarations, declarations_of
from manara.store import View, Workspace

#: Every check, without exchange rates. ``off`` lists checks that are switched off, ``rates`` holds
#: units for one euro by day by currency.
SETTINGS: Mapping[str, Any] = {"off": [], "rates": {}}
#: The exchange rates of a workspace, a file in its folder; see `rates_of_file`.
FILE = "rates.csv"

_CURRENCIES = """
SELECT currency, min("time") AS first, max("time") AS last FROM (
    SELECT currency, "time" FROM declarations UNION ALL SELECT currency, "time" FROM payments) AS m
GROUP BY currency
"""

_DECLARATIONS = """
SELECT d.id, CAST(d."time" AS DATE) AS date,
    coalesce(e.canonical_id, d.exporter) AS exporter,
    coalesce(i.canonical_id, d.importer) AS importer, d.hs_code,
    CAST(d.value AS DOUBLE) AS value, d.currency, d.net_weight AS net_weight_kg,
    d.origin, d.destination, d.direction, d.description, d.invoice, d.transport_document,
    d.exporter_business, d.importer_business, d.exporter_country, d.importer_country,
    coalesce(b.canonical_id, d.broker) AS broker, d.broker_country, d.reference
FROM declarations AS d
LEFT JOIN clusters AS e ON e.entity_id = d.exporter
LEFT JOIN clusters AS i ON i.entity_id = d.importer
LEFT JOIN clusters AS b ON b.entity_id = d.broker
ORDER BY d."time", d.id
"""
_NO_PAYMENTS = f"{PAYMENTS}LIMIT 0"
_COMPANIES = ("exporter", "importer", "broker")
_PARTIES = ("source", "target", "payer", "payee")
#: A mark stands for an id in the words of a check, so that no id is mistaken for another's part.
_MARK = re.compile("\ue000([0-9]+)\ue001")
_ALIKE = 3


class _Marked(NamedTuple):
    """Declarations and payments with marks in the place of ids, and the ids by mark."""

    declarations: Declarations
    book: Book
    ids: Sequence[str]
    said: Mapping[str, str]


def version() -> str:
    """Return the version of the detector: another when any data file that ships is another."""
    told = hashlib.blake2b(digest_size=4)
    for file in sorted(files("manara.money.trade").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".yaml"):
            told.update(file.read_bytes())
    return f"3-{told.hexdigest()}"


def configured(workspace: Workspace) -> dict[str, Any]:
    """Return the settings of a workspace: the rates in its `FILE` that its events may need.

    Raises:
        FormatError: the file is not of the form that `rates_of_file` reads.
    """
    path = workspace.root / FILE
    if not path.exists():
        return {}
    rates = rates_of_file(path)
    rows = workspace.view().sql(_CURRENCIES).to_pylist()
    if not rows:
        return {}
    first, last = min(row["first"] for row in rows), max(row["last"] for row in rows)
    days = [day.toordinal() - date(1970, 1, 1).toordinal() for day in (first, last)]
    return {"rates": rates.between((row["currency"] for row in rows), *days).plain()}


def find(
    view: View, *, off: Sequence[str] = (), rates: Mapping[str, Mapping[str, float]] | None = None
) -> Iterator[Finding | Remark]:
    """Yield what the checks find in a view's declarations and payments, and what they cannot check.

    What one check finds of the same companies is one finding.

    Args:
        view: what is known.
        off: names of checks that are switched off.
        rates: exchange rates, units for one euro by day by currency; without, nothing is converted.
    """
    rows = view.sql(_DECLARATIONS)
    if not len(rows):
        return
    chosen(",".join(off) or None)
    # Payments are looked at for the invoices they name.
    are_named = rows["invoice"].null_count < len(rows)
    marked = _marked(rows, book_of(view) if are_named else Book(view.sql(_NO_PAYMENTS)))
    asked = [name for name in checks() if name not in off]
    payments = marked.book if len(marked.book.payments) else None
    groups: dict[tuple[str, tuple[str, ...]], list[TradeFinding]] = defaultdict(list)
    found = examine(marked.declarations, payments, asked, rates_of(rates) if rates else UNKNOWN)
    for one in found.findings:
        groups[one.finding.kind, tuple(sorted(one.finding.subjects))].append(one)
    telling = _Telling(view, marked, groups)
    yield from telling.findings()
    for name, why in found.not_checked:
        yield Remark(f"{name}: {telling.called(why)}")


def _marked(rows: pa.Table, book: Book) -> _Marked:
    """Return declarations as the checks take them, and payments, with marks for ids."""
    columns = [rows[name] for name in ("id", *_COMPANIES)]
    columns += [book.payments[name] for name in _PARTIES]
    chunks = [chunk for column in columns for chunk in column.chunks]
    ids = pc.unique(pa.chunked_array(chunks, pa.string())).drop_null()
    ids = ids.take(pc.sort_indices(ids))
    marks = pa.array([f"\ue000{number}\ue001" for number in range(len(ids))], pa.string())

    def with_marks(table: pa.Table, names: Iterable[str]) -> pa.Table:
        for name in names:
            column = marks.take(pc.index_in(table[name], ids).combine_chunks())
            table = table.set_column(table.column_names.index(name), name, column)
        return table

    references = zip(rows["id"].to_pylist(), rows["reference"].to_pylist(), strict=True)
    said = {one: reference or one[:8] for one, reference in references}
    given = with_marks(rows.select(list(COLUMNS)), ("id", *_COMPANIES))
    payments = with_marks(book.payments, _PARTIES)
    return _Marked(declarations_of(given), Book(payments), ids.to_pylist(), said)


class _Telling:
    """What is needed to put what the checks found into words of the workspace."""

    def __init__(
        self,
        view: View,
        marked: _Marked,
        groups: Mapping[tuple[str, tuple[str, ...]], Sequence[TradeFinding]],
    ) -> None:
        self._marked, self._groups = marked, groups
        subjects = {self._id(one) for _, each in groups for one in each}
        self._names = view.captions(subjects)
        self._paid = _Beside(marked)
        leads, decisions = list(view.leads("trade", ended=True)), view.decisions()
        #: What was decided, by kind and subjects.
        self._decided: dict[str, dict[tuple[str, ...], Decision]] = defaultdict(dict)
        for lead in leads:
            decision = decisions.get(lead.id)
            if decision and decision.outcome in ("confirmed", "dismissed"):
                of = tuple(sorted(lead.finding.subjects))
                self._decided[lead.finding.kind][of] = decision

    def findings(self) -> Iterator[Finding]:
        """Yield each group as one finding."""
        for (kind, subjects), group in self._groups.items():
            first = group[0].finding
            texts = [*self._what(group), *self._beside(group)]
            texts += [(text, ()) for text in self._trust(kind, subjects, group)]
            evidence = tuple(dict.fromkeys(one for _, shown in texts for one in shown))
            evidence = evidence[:MOST_EVIDENCE]
            kept = set(evidence)
            title = self._said(first.words or phrase(first.title))
            yield Finding(
                kind,
                tuple(self._id(one) for one in first.subjects),
                round(self._rate(kind), 6),
                first.severity,
                str(title),
                steps_of((text, [one for one in shown if one in kept]) for text, shown in texts),
                evidence,
                title,
            )

    def _what(self, group: Sequence[TradeFinding]) -> Iterator[tuple[Text, tuple[str, ...]]]:
        """Yield the steps of the finding with most at stake, and the first of each other."""
        for number, one in enumerate(group):
            # The last tells the prior, which is told here with what was decided.
            steps = one.finding.explanation[:-1]
            for step in steps if number == 0 else steps[:1]:
                yield self._said(step.words or phrase(step.text)), self._events(step.evidence)
            yield _all(one), self._events(one.finding.evidence)
        if len(group) > 1:
            yield (
                counted(
                    "In all {num} finding of this check about them.",
                    "In all {num} findings of this check about them.",
                    len(group),
                ),
                (),
            )

    def _beside(self, group: Sequence[TradeFinding]) -> Iterator[tuple[Text, tuple[str, ...]]]:
        """Yield the payments for what is declared, where the check did not look at payments."""
        if not any(one.payments for one in group):
            ids = self._paid.of([each for one in group for each in one.declarations])
            if ids:
                named = phrase("Payments that name the invoices of these declarations: {count:,}.",
                               count=len(ids))  # fmt: skip
                yield named, ids

    def _trust(
        self, kind: str, subjects: tuple[str, ...], group: Sequence[TradeFinding]
    ) -> Iterator[Text]:
        """Yield how far to trust it, what was decided before, and what to rule out."""
        check = checks()[kind.removeprefix("trade.")]
        innocent: Text = phrase(group[0].innocent[0])
        for text in group[0].innocent[1:]:
            innocent = phrase("{one} {other}", one=innocent, other=phrase(text))
        yield phrase("First rule out: {innocent}", innocent=innocent)
        decided = self._decided[kind]
        score = phrase(
            "Of findings like this, {share:.0%} are taken to be true, a prior set by hand: "
            "{reason}",
            share=check.prior.score, reason=phrase(check.prior.reason),
        )  # fmt: skip
        if decided:
            score = counted(
                "{score}; with the {num} decided here, {rate:.0%}",
                "{score}; with the {num} decided here, {rate:.0%}",
                len(decided), score=score, rate=self._rate(kind),
            )  # fmt: skip
            if alike := self._alike(kind, subjects):
                yield phrase("The most similar that were decided on: {leads}.", leads=alike)
        yield phrase("{score}. What was found is a reason to ask, not a proof.", score=score)

    def _rate(self, kind: str) -> float:
        """Return the share of findings of a check that are true, as leads of typologies do."""
        decided = self._decided[kind].values()
        confirmed = sum(one.outcome == "confirmed" for one in decided)
        prior = checks()[kind.removeprefix("trade.")].prior.score
        return (WEIGHT * prior + confirmed) / (WEIGHT + len(decided))

    def _alike(self, kind: str, subjects: tuple[str, ...]) -> tuple[Text, ...]:
        """Return the decided leads of a kind with the likest money at stake."""

        def stake(of: tuple[str, ...]) -> float:
            return math.log1p(sum(one.stake for one in self._groups[kind, of]))

        ids = {of: tuple(sorted(map(self._id, of))) for known, of in self._groups if known == kind}
        known = {of: self._decided[kind][each] for of, each in ids.items()
                 if each in self._decided[kind] and of != subjects}  # fmt: skip
        nearest = sorted(known, key=lambda of: (abs(stake(of) - stake(subjects)), of))[:_ALIKE]
        return tuple(lead_and_day(known[of]) for of in nearest)

    def _id(self, mark: str) -> str:
        return _ids_of(self._marked, mark)

    def _said(self, text: Text) -> Text:
        """Return a text with names of the lead's companies, and numbers of declarations."""
        return text.mapped(self.called)

    def called(self, words: str) -> str:
        """Return words with names of companies and numbers of declarations for marks."""

        def name(match: re.Match[str]) -> str:
            one = self._marked.ids[int(match[1])]
            return self._names.get(one) or self._marked.said.get(one) or one

        return _MARK.sub(name, words)

    def _events(self, evidence: Iterable[str]) -> tuple[str, ...]:
        return tuple(_ids_of(self._marked, one.partition(":")[2]) for one in evidence)


def _all(one: TradeFinding) -> Text:
    """Return how much shows a finding, with the money at stake."""
    parts = []
    if one.declarations:
        parts.append(phrase("declarations that show it: {count:,}", count=len(one.declarations)))
    if one.payments:
        parts.append(phrase("payments that show it: {count:,}", count=len(one.payments)))
    if one.stake:
        parts.append(phrase("at stake: {sum}", sum=sum_of(one.stake, one.currency)))
    return phrase("{first:cap}{others}.", first=parts[0], others=_after(parts[1:]))


def _after(parts: Sequence[Text]) -> Text | str:
    return phrase("; {parts:;}", parts=tuple(parts)) if parts else ""


class _Beside:
    """The payments that name the invoices of declarations and are between their companies."""

    def __init__(self, marked: _Marked) -> None:
        self._marked = marked
        payments = marked.book.payments
        ends = [pc.coalesce(payments[one], payments[two]).to_pylist()
                for one, two in (("payer", "source"), ("payee", "target"))]  # fmt: skip
        between = dict(zip(payments["id"].to_pylist(), zip(*ends, strict=True), strict=True))
        self._paid: dict[str, list[tuple[str, set[str]]]] = defaultdict(list)
        for row in named(payments).to_pylist():
            self._paid[row["number"]].append((row["payment"], set(between[row["payment"]])))
        table = marked.declarations.table.select(["id", "invoice", "exporter", "importer"])
        self._declared = {row["id"]: row for row in table.to_pylist() if row["invoice"]}

    def of(self, declarations: Iterable[str]) -> tuple[str, ...]:
        """Return the payments for these declarations, each once."""
        rows = (self._declared[one] for one in declarations if one in self._declared)
        found = [
            payment
            for row in rows
            for payment, ends in self._paid.get(row["invoice"], ())
            if ends & {row["exporter"], row["importer"]}
        ]
        return tuple(dict.fromkeys(found))


def _ids_of(marked: _Marked, text: str) -> str:
    """Return the id that a mark stands for; what is no mark is an id already."""
    found = _MARK.fullmatch(text)
    return marked.ids[int(found[1])] if found else text

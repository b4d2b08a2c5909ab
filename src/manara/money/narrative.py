"""The narrative of a suspicious-transaction report: numbered sentences, each with its evidence.

A sentence says only what payments or facts show, and a step of a lead without evidence, such as a
conclusion or a score, is not written: whoever approves the report draws the conclusions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from decimal import Decimal, localcontext
from gettext import gettext as _
from gettext import ngettext
from typing import NamedTuple

from manara.formats.goaml_report import fitted
from manara.model import Finding

#: Most characters of a name or a purpose within a sentence, and of a sentence.
_NAME, _PURPOSE, _SENTENCE = 100, 140, 900
#: Characters kept free for saying what was left out.
_TAIL = 330
_DIGITS = 80


class Told(NamedTuple):
    """A payment as the narrative tells it.

    Attributes:
        id: its event.
        number: number of its transaction in the report.
        time: when.
        payer: name of who pays, ``""`` where not known.
        payee: name of who is paid, ``""`` where not known.
        amount: the sum.
        currency: of the sum.
        purpose: in the payer's words.
        naming: ids of the facts that say who payer and payee are.
    """

    id: str
    number: str
    time: datetime
    payer: str
    payee: str
    amount: Decimal
    currency: str
    purpose: str
    naming: tuple[str, ...] = ()


class Known(NamedTuple):
    """What is known of somebody the lead is about.

    Attributes:
        name: the name.
        particulars: what is known, in words, each with the facts that state it.
    """

    name: str
    particulars: tuple[tuple[str, tuple[str, ...]], ...]


class Sentence(NamedTuple):
    """One sentence.

    Attributes:
        number: its place, from 1.
        text: the sentence.
        evidence: ids of the payments and facts that show it, at least one.
    """

    number: int
    text: str
    evidence: tuple[str, ...]


class Narrative(NamedTuple):
    """A narrative.

    Attributes:
        sentences: in their order.
        left_out: ids of the payments that no sentence of their own tells, for length.
        steps_left_out: numbers of the lead's steps that are left out for length.
    """

    sentences: tuple[Sentence, ...]
    left_out: tuple[str, ...]
    steps_left_out: tuple[int, ...]

    @property
    def text(self) -> str:
        """All sentences, each behind its number."""
        return " ".join(f"[{one.number}] {one.text}" for one in self.sentences)


class _Draft:
    """Sentences put together as long as there is room."""

    def __init__(self, longest: int) -> None:
        self._room = longest
        self.sentences: list[Sentence] = []

    def add(self, text: str, evidence: Sequence[str], reserve: int) -> bool:
        """Add a sentence that leaves so many characters free; return whether it had room."""
        number = len(self.sentences) + 1
        told = fitted(text, _SENTENCE + 1)
        size = len(f" [{number}] {told}")
        if not told or len(told) > _SENTENCE or size + reserve > self._room:
            return False
        self._room -= size
        self.sentences.append(Sentence(number, told, tuple(dict.fromkeys(evidence))))
        return True


def narrative(
    finding: Finding,
    payments: Sequence[Told],
    known: Sequence[Known],
    longest: int,
    *,
    without: Collection[int] = (),
) -> Narrative:
    """Return the narrative of a lead.

    Args:
        finding: what was found; of its explanation the steps with evidence that is here are told.
        payments: the payments of the report, at least one.
        known: what is known of those it is about.
        longest: most characters it may have, at least 500.
        without: numbers of steps that are not told.
    """
    draft = _Draft(longest)
    here = {one.id for one in payments}.union(
        fact for one in known for _text, facts in one.particulars for fact in facts
    )
    draft.add(_overview(payments), [one.id for one in payments], _TAIL)
    for somebody in known:
        for text, facts in _particulars(somebody):
            draft.add(text, facts, _TAIL)
    steps_left_out = []
    for step in finding.explanation:
        shown = [one for one in step.evidence if one in here and step.number not in without]
        if shown and not draft.add(_ended(step.text), shown, _TAIL):
            steps_left_out.append((step.number, shown))
    largest = sorted(payments, key=lambda one: (-one.amount, one.time, one.id))
    told = 0
    for at, one in enumerate(largest):
        last = at == len(largest) - 1 and not steps_left_out
        if not draft.add(_payment(one), [one.id, *one.naming], 0 if last else _TAIL):
            break
        told += 1
    left_out = [one.id for one in largest[told:]]
    if left_out:
        draft.add(_cut(len(left_out), len(payments)), left_out, 0)
    if steps_left_out:
        text = _("Left out for length: steps %(steps)s of the explanation of %(lead)s.")
        steps = ", ".join(str(number) for number, _shown in steps_left_out[:10])
        shown = [one for _number, of in steps_left_out for one in of]
        draft.add(text % {"steps": steps, "lead": finding.id}, shown, 0)
    numbers = tuple(number for number, _shown in steps_left_out)
    return Narrative(tuple(draft.sentences), tuple(left_out), numbers)


def _overview(payments: Sequence[Told]) -> str:
    first, last = min(one.time for one in payments), max(one.time for one in payments)
    sums: dict[str, Decimal] = defaultdict(Decimal)
    with localcontext(prec=_DIGITS):
        for one in payments:
            sums[one.currency] += one.amount
    told = ", ".join(f"{sum_text(total)} {code}" for code, total in sorted(sums.items())[:5])
    more = _(" and other currencies") if len(sums) > 5 else ""
    text = ngettext(
        "This report is of one payment on %(first)s, of %(sums)s.",
        "This report is of %(count)s payments from %(first)s to %(last)s, together %(sums)s.",
        len(payments),
    )
    return text % {
        "count": f"{len(payments):,}",
        "first": f"{first:%Y-%m-%d}",
        "last": f"{last:%Y-%m-%d}",
        "sums": told + more,
    }


def _particulars(one: Known) -> Iterator[tuple[str, list[str]]]:
    """Yield what is known of somebody, in sentences of some particulars each."""
    told = list(one.particulars)
    for start in range(0, len(told), 6):
        part = told[start : start + 6]
        text = "; ".join(fitted(words, _PURPOSE) for words, _facts in part)
        yield f"{fitted(one.name, _NAME)}: {text}.", [fact for _, facts in part for fact in facts]


def _payment(one: Told) -> str:
    text = _(
        "On %(day)s %(payer)s paid %(payee)s %(sum)s %(currency)s (transaction %(number)s)%(for)s."
    )
    purpose = fitted(one.purpose, _PURPOSE)
    return text % {
        "day": f"{one.time:%Y-%m-%d}",
        "payer": fitted(one.payer, _NAME) or _("somebody not known"),
        "payee": fitted(one.payee, _NAME) or _("somebody not known"),
        "sum": sum_text(one.amount),
        "currency": one.currency,
        "number": one.number,
        "for": _(', stated as "%s"') % purpose if purpose else "",
    }


def _cut(left_out: int, all_: int) -> str:
    text = _(
        "%(left)s of the %(all)s payments, the smaller ones, are not told one by one here; each "
        "stands among the transactions of this report."
    )
    return text % {"left": f"{left_out:,}", "all": f"{all_:,}"}


def _ended(text: str) -> str:
    return text if text.rstrip().endswith((".", "!", "?")) else f"{text.rstrip()}."


def sum_text(amount: Decimal) -> str:
    """Return a sum with two decimals, or as many as it has."""
    whole, _point, part = f"{amount:,f}".partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"

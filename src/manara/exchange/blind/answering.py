"""Answering blind questions: who may ask, how often, and never without a line in the log."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from weakref import WeakKeyDictionary

import msgspec

from manara.exchange.blind.question import ANSWER, KIND, LONGEST, Question, elements_of
from manara.exchange.blind.table import epoch_of, evaluator
from manara.exchange.node import Node
from manara.exchange.partners import Partner
from manara.exchange.seal import base64url, read, signed
from manara.model import ExchangeError
from manara.store import Entry
from manara.store.log import entry_of

_ANSWER = "answer"
_MARK = b'"action":"answer"'


class _Answered:
    """What a node answered, as far as its audit log was read: how far, and what stands there."""

    def __init__(self) -> None:
        self.read = 0
        self.nonces: set[tuple[str, str]] = set()
        self.by_day: Counter[tuple[str, ...]] = Counter()


#: By node, so that the log is not read again for each question; changed under the log's lock only.
_ANSWERED: WeakKeyDictionary[Node, _Answered] = WeakKeyDictionary()


class Answerer:
    """Answers the questions of partners; what was answered before is read from the audit log.

    Several processes may answer for one node: each looks at what the others wrote.

    Args:
        node: this node.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._answered = _ANSWERED.setdefault(node, _Answered())

    def answer(self, data: bytes, *, now: datetime | None = None) -> bytes:
        """Return the signed answer to a question.

        The answer tells this node nothing, and the question is in the log before it is made.

        Args:
            data: the question as it came.
            now: the time; the present by default.

        Raises:
            ExchangeError: it may not be answered; ``rule`` says why: ``form``, ``partner``,
                ``signature``, ``recipient``, ``expired``, ``agreement``, ``officers``, ``replay``
                or ``limit``.
        """
        now = now or datetime.now(UTC)
        node = self._node
        asker = ""
        try:
            message = read(data, KIND)
            asker = str(message.get("from"))
            partner = node.partners.known(asker, KIND)
            partner.card.check(message, now.date())
            try:
                question = msgspec.convert(message, Question)
            except msgspec.ValidationError as error:
                raise ExchangeError(str(error), rule="form", where=KIND) from error
            self._check(question, partner, now)
            elements = elements_of(question)
            with node.log.adding() as add:
                self._follow()
                left = self._limit(question, partner, now)
                add([_entry(question, now)])
            key = evaluator(node, partner.id, question.purpose, question.epoch)
            evaluation = key.evaluate(elements)
        except ExchangeError as error:
            node.note(asker[:64], "deny", KIND, rule=error.rule)
            raise
        told = {
            "type": ANSWER,
            "question": question.nonce,
            "from": node.id,
            "to": partner.id,
            "evaluation": base64url(evaluation),
            "left": left,
        }
        return signed(told, node.keys.signing)

    def _check(self, question: Question, partner: Partner, now: datetime) -> None:
        if question.owner != self._node.id:
            raise ExchangeError(f"is for {question.owner}", rule="recipient", where=KIND)
        if question.expires.tzinfo is None or not now <= question.expires <= now + LONGEST:
            raise ExchangeError(
                f"could be answered until {question.expires}", rule="expired", where=KIND
            )
        if question.epoch != epoch_of(now.date()):
            raise ExchangeError(
                f"is for the table of {question.epoch}", rule="expired", where=KIND,
                remedy="ask for the table of this month",
            )  # fmt: skip
        if not (partner.agreed(question.purpose) and question.case and question.basis):
            raise ExchangeError(
                f"{question.purpose} was not agreed, or there is no case or legal basis",
                rule="agreement",
                where=partner.id,
            )
        needed = 2 if partner.four_eyes else 1
        if len(set(filter(None, question.officers))) < needed:
            raise ExchangeError(
                f"{needed} officers must stand behind it", rule="officers", where=partner.id
            )

    def _limit(self, question: Question, partner: Partner, now: datetime) -> int:
        """Return how many more may be put today; raise if it was put before or is one too many."""
        if (partner.id, question.nonce) in self._answered.nonces:
            raise ExchangeError("was answered before", rule="replay", where=KIND)
        day, officer = now.date().isoformat(), question.officers[0]
        limits = (
            (self._answered.by_day[partner.id, day], partner.questions, partner.id),
            (self._answered.by_day[partner.id, day, officer], partner.by_officer, officer),
        )
        for asked, most, who in limits:
            if asked >= most:
                raise ExchangeError(
                    f"{who} has put the {most} questions of the day", rule="limit", where=partner.id
                )
        return min(most - asked for asked, most, _ in limits) - 1

    def _follow(self) -> None:
        """Count what the log says was answered since last time, by whichever process."""
        answered, size = self._answered, self._node.log.size
        for line in self._node.log.lines(answered.read, size):
            # The log is mostly of other things, and canonical JSON has one spelling.
            if _MARK in line and (known := entry_of(line)).action == _ANSWER:
                asker, officer = str(known.detail["asker"]), str(known.detail["officer"])
                day = known.at.date().isoformat()
                answered.nonces.add((asker, known.thing))
                answered.by_day[asker, day] += 1
                answered.by_day[asker, day, officer] += 1
        answered.read = size


def _entry(question: Question, now: datetime) -> Entry:
    detail: dict[str, str | int | bool | list[str] | None] = {
        "asker": question.asker,
        "officer": question.officers[0],
        "officers": question.officers,
        "case": question.case,
        "purpose": question.purpose,
        "basis": question.basis,
        "person": question.person,
    }
    return Entry(now, question.asker, _ANSWER, question.nonce, detail)

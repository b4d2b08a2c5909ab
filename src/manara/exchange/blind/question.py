"""Blind questions: "do you know this one?", asked without saying whom.

The asker signs why it asks (case, purpose, legal basis, officers) and blinds the keys of the
person; the owner checks its right to ask, writes the question into its log, and evaluates; the
asker unblinds and looks into the table it has. Only the asker learns whether there was a hit.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from manara.exchange.blind.keys import KEYS, STRONG, Person, question_keys
from manara.exchange.blind.oprf import ELEMENT, Blinding
from manara.exchange.blind.table import Table
from manara.exchange.node import Node, today
from manara.exchange.seal import base64url, read, signed, unbase64url
from manara.model import ExchangeError, UsageError
from manara.store.signing import canonical

KIND, ANSWER = "manara-question", "manara-answer"
#: Longest time a question may be put, so that nonces need not be remembered for ever.
LONGEST = timedelta(days=1)


class Question(msgspec.Struct, frozen=True, rename={"asker": "from", "owner": "to"}):
    """A question without its signature.

    Attributes:
        asker: id of the node that asks.
        owner: id of the node that is asked.
        case: reference of the asker's case.
        purpose: what the answer is for.
        basis: the law or agreement it is asked under.
        officers: who asks, and who approved it.
        epoch: of the table that the asker has.
        expires: when it may no longer be answered.
        nonce: by which it is known; no two questions have the same.
        person: hash of the salted person, which an auditor can have opened at the asker.
        elements: the blinded keys, base64url.
    """

    asker: str
    owner: str
    case: str
    purpose: str
    basis: str
    officers: list[str]
    epoch: str
    expires: datetime
    nonce: str
    person: str
    elements: str


class Match(NamedTuple):
    """What the asker learns.

    Attributes:
        hit: whether the owner knows such a person.
        agreed: which kinds of key agreed, the most telling first; see `keys.Key`.
        left: how many more questions the owner answers this officer today; None if it did not say.
    """

    hit: bool
    agreed: list[str]
    left: int | None = None

    @property
    def strong(self) -> bool:
        """Whether a number, or the whole name with a date or place agreed, not one word of it."""
        return not STRONG.isdisjoint(self.agreed)


class Asking:
    """A question that is waiting for its answer; it lives as long as this process.

    Attributes:
        message: the signed question, for the owner.
        opening: salt and person, by which an auditor can check whom the question was about.
    """

    def __init__(
        self, node: Node, table: Table, message: bytes, opening: list[Any], blinding: Blinding,
        kinds: list[str], nonce: str,
    ) -> None:  # fmt: skip
        self.message = message
        self.opening = opening
        self._node = node
        self._table = table
        self._blinding = blinding
        self._kinds = kinds
        self._nonce = nonce

    def read(self, answer: bytes, *, by: str) -> Match:
        """Return what the answer to this question is.

        Raises:
            ExchangeError: it is not the owner's, answers another question, or was made with
                another key than the table's.
        """
        partner = self._node.partners.get(self._table.owner)
        try:
            message = read(answer, ANSWER)
            partner.card.check(message, today())
            if (message.get("question"), message.get("to")) != (self._nonce, self._node.id):
                raise ExchangeError("answers another question", rule="replay", where=partner.id)
            values = self._blinding.finish(_bytes(message.get("evaluation")), self._table.public)
        except ExchangeError as error:
            self._node.note(by, "refuse", self._nonce, sender=partner.id, rule=error.rule)
            raise
        agreed = [
            kind
            for kind, value in zip(self._kinds, values, strict=True)
            if kind and value in self._table
        ]
        self._node.note(by, "learn", self._nonce, hit=bool(agreed))
        left = message.get("left")
        told = left if isinstance(left, int) else None
        return Match(bool(agreed), list(dict.fromkeys(agreed)), told)


def ask(
    node: Node, table: Table, person: Person, *, case: str, basis: str, officers: list[str],
    expires: datetime | None = None,
) -> Asking:  # fmt: skip
    """Return a question to the owner of a table, for the table's purpose.

    That it is asked is in the audit log by then: the case, not the person.

    Args:
        node: this node.
        table: the owner's, as `take_table` gave it.
        person: who is asked for.
        case: reference of the case.
        basis: the law or agreement it is asked under.
        officers: who asks, first, and who approved it.
        expires: until when it may be answered; an hour from now by default.

    Raises:
        UsageError: nobody asks, there is no case, or the person has nothing to ask by.
    """
    keys = question_keys(person, long=table.long)
    if not (case and officers and all(officers)):
        raise UsageError("a question needs a case and an officer", where=table.owner)
    if not keys[0].kind:
        raise UsageError(
            "nothing to ask by", where=table.owner,
            remedy="give a name with a date or place of birth, or the number of a document",
        )  # fmt: skip
    blinding = Blinding([key.text.encode() for key in keys])
    opening = [base64url(secrets.token_bytes(16)), [list(part) for part in person]]
    question = Question(
        node.id,
        table.owner,
        case,
        table.purpose,
        basis,
        officers,
        table.epoch,
        expires or datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1),
        secrets.token_urlsafe(12),
        base64url(hashlib.sha256(canonical(opening)).digest()),
        base64url(blinding.elements),
    )
    node.note(
        officers[0],
        "ask",
        question.nonce,
        to=table.owner,
        case=case,
        purpose=table.purpose,
        officers=officers,
        person=question.person,
    )
    message = signed({"type": KIND, **msgspec.to_builtins(question)}, node.keys.signing)
    return Asking(
        node, table, message, opening, blinding, [key.kind for key in keys], question.nonce
    )


def elements_of(question: Question) -> bytes:
    """Return the blinded keys of a question.

    Raises:
        ExchangeError: they are not `KEYS`.
    """
    data = _bytes(question.elements)
    if len(data) != KEYS * ELEMENT:
        raise ExchangeError(f"has not {KEYS} keys", rule="form", where=KIND)
    return data


def _bytes(text: object) -> bytes:
    try:
        return unbase64url(str(text))
    except ValueError as error:
        raise ExchangeError("is no base64url", rule="form", where=KIND) from error

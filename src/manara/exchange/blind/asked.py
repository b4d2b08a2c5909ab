"""Blind questions that officers put from the console: what was asked, by whom, what came of it.

They stay in the asker's own workspace; the audit log has the case and a hash, never the person.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from manara.exchange.blind.keys import Person
from manara.exchange.blind.question import ask
from manara.exchange.blind.table import kept_table
from manara.exchange.delivery import ask_over
from manara.exchange.node import Node
from manara.model import ExchangeError, ManaraError, NotFoundError
from manara.store.files import replacing

WAITING, APPROVED, HIT, NO_HIT, FAILED = "waiting", "approved", "hit", "no hit", "failed"


class Put(msgspec.Struct, frozen=True):
    """A question as its officer put it.

    Attributes:
        id: by which it is known here.
        by: the officer.
        to: id of the partner.
        purpose: what the answer is for.
        basis: the law or agreement it is asked under.
        case: reference of the case.
        person: names, dates of birth, numbers and places that are asked by.
        entity: the entity that these are of, or ``""``.
        at: when.
        state: ``waiting`` for a second officer, ``approved``, ``hit``, ``no hit`` or ``failed``.
        second: the officer who approved it, or ``""``.
        agreed: kinds of key that agreed.
        strong: whether one of them says much by itself.
        left: how many more questions the partner answers today, if it said so.
        problem: why it failed.
        opening: salt and person, by which an auditor can check whom it was about.
    """

    id: str
    by: str
    to: str
    purpose: str
    basis: str
    case: str
    person: list[list[str]]
    entity: str
    at: datetime
    state: str
    second: str = ""
    agreed: list[str] = []
    strong: bool = False
    left: int | None = None
    problem: str = ""
    opening: list[Any] = []


def put_question(
    node: Node, to: str, person: Person, *, by: str, purpose: str, basis: str, case: str,
    entity: str = "",
) -> Put:  # fmt: skip
    """Return a question, kept; where four eyes were agreed it waits for `approve_question`.

    Raises:
        NotFoundError: there is no such partner, or no table of it for the purpose.
    """
    partner = node.partners.get(to)
    kept_table(node, to, purpose)
    state = WAITING if partner.four_eyes else APPROVED
    asked = [list(part) for part in person]
    made = Put(
        secrets.token_hex(16), by, to, purpose, basis, case, asked, entity, datetime.now(UTC), state
    )
    _keep(node, made)
    return made


def approve_question(node: Node, question_id: str, *, by: str) -> Put:
    """Approve another officer's question and return it.

    Raises:
        ExchangeError: it is the same officer, or does not wait.
        NotFoundError: there is none of this id.
    """
    known = question_of(node, question_id)
    if known.state != WAITING or known.by == by:
        node.note(by, "deny", known.id, to=known.to, rule="four-eyes")
        raise ExchangeError(
            "it takes a second officer, other than who put it", rule="four-eyes", where=known.id
        )
    known = replace(known, state=APPROVED, second=by)
    _keep(node, known)
    return known


def put_over(
    node: Node, question_id: str, over: Callable[[Node, str, bytes], bytes] | None = None
) -> Put:
    """Put an approved question to the partner; return it with its answer.

    Args:
        node: this node.
        question_id: of the question.
        over: what hands a question to a partner and returns the answer; None for the network.
    """
    known = question_of(node, question_id)
    if known.state != APPROVED:
        return known
    names, births, numbers, places = map(tuple, known.person)
    try:
        asking = ask(
            node, kept_table(node, known.to, known.purpose), Person(names, births, numbers, places),
            case=known.case, basis=known.basis, officers=[known.by, *filter(None, [known.second])],
        )  # fmt: skip
        match = asking.read((over or ask_over)(node, known.to, asking.message), by=known.by)
    except ManaraError as error:
        known = replace(known, state=FAILED, problem=str(error))
    else:
        known = replace(
            known, state=HIT if match.hit else NO_HIT, agreed=match.agreed, strong=match.strong,
            left=match.left, opening=asking.opening,
        )  # fmt: skip
    _keep(node, known)
    return known


def question_of(node: Node, question_id: str) -> Put:
    """Return a question by its id.

    Raises:
        NotFoundError: there is none.
    """
    for known in questions(node):
        if known.id == question_id:
            return known
    raise NotFoundError("no such question", where=question_id[:80])


def questions(node: Node) -> Iterator[Put]:
    """Yield the questions that were put, the newest first."""
    folder = _folder(node)
    found = [msgspec.json.decode(path.read_bytes(), type=Put) for path in folder.glob("*.json")]
    yield from sorted(found, key=lambda known: (known.at, known.id), reverse=True)


def _keep(node: Node, known: Put) -> None:
    folder = _folder(node)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with replacing(folder / f"{known.id}.json") as partial:
        partial.write_bytes(msgspec.json.encode(known))


def _folder(node: Node) -> Path:
    return node.workspace.root / "exchange" / "questions"

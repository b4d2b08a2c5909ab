"""Requests for information, messages, refusals and feedback: what is said besides facts.

The answer to a request is a package that names it, a message that does, or a refusal with the
rule. A package or message that answers nothing is a spontaneous one.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec

from manara.exchange.node import Node, today
from manara.exchange.outbox import Outbox
from manara.exchange.receipts import receipt
from manara.exchange.resealing import sealed_twice
from manara.exchange.seal import digest, read, signed
from manara.model import ExchangeError, NotFoundError, UsageError
from manara.store.files import replacing

KIND = "manara-letter"
#: What a letter may be, and how useful an answer may have been.
REQUEST, MESSAGE, REFUSAL, FEEDBACK = "request", "message", "refusal", "feedback"
#: Letters that a second officer must approve where four eyes were agreed.
_TWO = frozenset({REQUEST, MESSAGE})
USEFUL = ("yes", "partly", "no")

_Text = Annotated[str, msgspec.Meta(max_length=10_000)]


class Letter(msgspec.Struct, frozen=True, rename={"sender": "from", "receiver": "to"}):
    """A letter without its signature.

    Attributes:
        id: of the letter.
        kind: ``request``, ``message``, ``refusal`` or ``feedback``.
        sender: id of the node that writes.
        receiver: id of the node that it is for.
        officers: who wrote and who approved it.
        made: when.
        about: id of the request or package that it is about; ``""`` for a message that answers
            nothing.
        subjects: of a request: the entities asked for, each as its origin and the id there.
        text: what is asked or told, in words.
        purpose: of a request or message: what it may be used for.
        basis: the law or agreement it is asked under.
        case: reference of the asker's case.
        deadline: until when an answer is of use.
        rule: of a refusal: which rule stands against it.
        useful: of feedback: a value of `USEFUL`.
    """

    id: str
    kind: str
    sender: str
    receiver: str
    officers: list[str]
    made: datetime
    about: str = ""
    subjects: list[tuple[str, str]] = []
    text: _Text = ""
    purpose: str = ""
    basis: str = ""
    case: str = ""
    deadline: date | None = None
    rule: str = ""
    useful: str = ""


def write_letter(node: Node, to: str, kind: str, *, by: str, **content: Any) -> tuple[Letter, bool]:
    """Return a letter and whether it goes: it is in the outbox then, and in the log before.

    Where four eyes were agreed, a request or message waits until `approve`.

    Args:
        node: this node.
        to: id of the partner.
        kind: ``request``, ``message``, ``refusal`` or ``feedback``.
        by: the officer who writes.
        content: other attributes of `Letter`.

    Raises:
        NotFoundError: there is no such partner.
        UsageError: something that such a letter needs is missing.
    """
    partner = node.partners.get(to)
    letter = Letter(
        secrets.token_hex(16), kind, node.id, to, [by], datetime.now(UTC), **content
    )  # fmt: skip
    _complete(letter)
    if kind in _TWO and not partner.agreed(letter.purpose):
        raise ExchangeError(f"{letter.purpose} was not agreed with it", rule="agreement", where=to)
    if kind in _TWO and partner.four_eyes:
        node.note(by, "prepare", letter.id, to=to, kind=kind)
        _keep(node, letter)
        return letter, False
    _post(node, letter, by)
    return letter, True


def approve(node: Node, letter_id: str, *, by: str) -> Letter:
    """Let a request or message go that waits for a second officer, and return it.

    Raises:
        ExchangeError: it is the same officer.
        NotFoundError: no such request waits.
    """
    letter = letter_of(node, letter_id, kinds=_TWO)
    if letter.sender != node.id or _went(node, letter):
        raise NotFoundError("does not wait for anybody", where=letter.id)
    if by in letter.officers:
        node.note(by, "deny", letter.id, to=letter.receiver, rule="four-eyes")
        raise ExchangeError(
            "it takes a second officer, other than who wrote it", rule="four-eyes", where=letter.id
        )
    letter = msgspec.structs.replace(letter, officers=[*letter.officers, by])
    _post(node, letter, by)
    return letter


def take_letter(node: Node, plain: bytes, *, by: str) -> bytes:
    """Take a letter in, and return the receipt for it; once more changes nothing.

    Raises:
        ExchangeError: it is for another node, or is not signed by a partner.
    """
    message = read(plain, KIND)
    partner = node.partners.known(str(message.get("from")), KIND)
    sender = partner.id
    partner.card.check(message, today())
    try:
        letter = msgspec.convert(message, Letter)
        _complete(letter)
    except (msgspec.ValidationError, UsageError) as error:
        raise ExchangeError(str(error), rule="form", where=KIND) from error
    if letter.receiver != node.id:
        raise ExchangeError(f"is for {letter.receiver}", rule="recipient", where=KIND)
    if letter.kind == REFUSAL or (letter.kind == MESSAGE and letter.about):
        asked = letter_of(node, letter.about, node.id)
        if asked.receiver != sender:
            raise ExchangeError("answers another's request", rule="request", where=KIND)
    present = _path(node, letter.id)
    if present.exists() and present.read_bytes() != msgspec.json.encode(letter):
        raise ExchangeError("came before with another content", rule="replay", where=KIND)
    node.note(
        by, "receive", letter.id, sender=sender, kind=letter.kind, about=letter.about,
        purpose=letter.purpose, case=letter.case, sha256=digest(plain),
    )  # fmt: skip
    _keep(node, letter)
    return receipt(node, letter.id, plain, sender)


def subjects_for(node: Node, to: str, entities: Iterable[str]) -> list[tuple[str, str]]:
    """Return entities as a request names them: each by its origin and the id there."""
    known = [each for each in node.partners.all() if each == to]
    return [
        next(((n, each[len(n) + 1 :]) for n in known if each.startswith(f"{n}:")), (node.id, each))
        for each in entities
    ]


def letters(node: Node) -> Iterator[Letter]:
    """Yield the letters that were written and that came, oldest first."""
    folder = _path(node, "").parent
    found = [msgspec.json.decode(path.read_bytes(), type=Letter) for path in folder.glob("*.json")]
    yield from sorted(found, key=lambda letter: (letter.made, letter.id))


def letter_of(
    node: Node, letter_id: str, sender: str = "", kinds: Collection[str] = (REQUEST,)
) -> Letter:
    """Return a request by its id, or by the first characters of it.

    Args:
        node: this node.
        letter_id: the id.
        sender: only of this node.
        kinds: of which kinds it may be.

    Raises:
        NotFoundError: there is none, or more than one.
    """
    found = [
        each
        for each in letters(node)
        if each.kind in kinds and each.id.startswith(letter_id) and sender in ("", each.sender)
    ]
    if len(found) != 1:
        raise NotFoundError(
            "several requests begin so" if found else "no such request",
            where=letter_id,
            remedy="`manara request list` lists them",
        )
    return found[0]


def states(node: Node) -> list[tuple[Letter, str, Letter | None]]:
    """Return each request, what has become of it, and the last letter about it.

    That is ``waiting`` (for a second officer), ``open``, ``overdue``, ``answered`` or ``refused``.
    """
    every = list(letters(node))
    log = list(node.noted("import", "release", REQUEST, MESSAGE, "receive"))
    answered = {
        (each.detail.get("answers"), each.detail.get("sender") or each.detail.get("to"))
        for each in log
        if each.action in ("import", "release")
    }
    went = {each.thing for each in log if each.action in (REQUEST, MESSAGE, "receive")}
    rows = []
    for letter in every:
        if letter.kind != REQUEST:
            continue
        said = (each for each in every if each.about == letter.id)
        about = [each for each in said if each.kind not in _TWO or each.id in went]
        if letter.id not in went:
            state = "waiting"
        elif any(each.kind == REFUSAL for each in about):
            state = "refused"
        elif any(each.kind == MESSAGE for each in about) or answered & {
            (letter.id, letter.sender),
            (letter.id, letter.receiver),
        }:
            state = "answered"
        else:
            late = letter.deadline and letter.deadline < today()
            state = "overdue" if late else "open"
        rows.append((letter, state, about[-1] if about else None))
    return rows


def _complete(letter: Letter) -> None:
    """Raise if a letter lacks what its kind needs."""
    needed: dict[str, Any] = {
        REQUEST: letter.purpose and letter.case and letter.basis
        and (letter.subjects or letter.text),
        MESSAGE: letter.purpose and letter.text.strip(),
        REFUSAL: letter.about and letter.rule,
        FEEDBACK: letter.about and letter.useful in USEFUL,
    }  # fmt: skip
    if not needed.get(letter.kind):
        raise UsageError(
            "something is missing",
            where=letter.kind,
            remedy="a request needs a purpose, a case, a legal basis and whom or what it asks for; "
            "a message a purpose and words; a refusal a rule; feedback yes, partly or no",
        )


def _went(node: Node, letter: Letter) -> bool:
    return any(each.thing == letter.id for each in node.noted(letter.kind))


def _post(node: Node, letter: Letter, by: str) -> None:
    partner = node.partners.get(letter.receiver)
    plain = signed({"type": KIND, **msgspec.to_builtins(letter)}, node.keys.signing)
    node.note(
        by, letter.kind, letter.id, to=partner.id, about=letter.about, purpose=letter.purpose,
        basis=letter.basis, case=letter.case, rule=letter.rule, sha256=digest(plain),
    )  # fmt: skip
    _keep(node, letter)
    Outbox(node.workspace).put(partner.id, *sealed_twice(node, plain, partner))


def _keep(node: Node, letter: Letter) -> None:
    path = _path(node, letter.id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with replacing(path) as partial:
        partial.write_bytes(msgspec.json.encode(letter))


def _path(node: Node, letter_id: str) -> Path:
    # An id comes from a partner: what names the file is ours.
    return node.workspace.root / "exchange" / "letters" / f"{digest(letter_id.encode())}.json"

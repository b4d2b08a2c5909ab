"""From what may go to a sealed package: prepared by one officer, released by another."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from manara.exchange.letters import letter_of
from manara.exchange.node import Node, today
from manara.exchange.package import Package
from manara.exchange.packing import pack
from manara.exchange.resealing import sealed_twice
from manara.exchange.seal import digest
from manara.exchange.selection import Request, Selection, select
from manara.exchange.sent import Recalls, keep_sealed, keep_sent, sent_of
from manara.model import ExchangeError, NotFoundError, UsageError
from manara.store.files import replacing


class Draft(msgspec.Struct, frozen=True):
    """What an officer prepared, waiting to be released.

    Attributes:
        id: of the package it will be.
        request: what is to be sent.
        by: the officer who prepared it.
        digest: `Selection.digest` of what was shown to that officer.
        made: when; None where it was not noted.
        refused_by: the officer who refused to release it, or ``""``.
        ground: why.
    """

    id: str
    request: Request
    by: str
    digest: str
    made: datetime | None = None
    refused_by: str = ""
    ground: str = ""


class Released(NamedTuple):
    """A package that may be handed over.

    Attributes:
        id: of the package.
        to: id of the partner.
        sealed: the package, for its receiver's eyes.
        own: the same for this node, kept while it waits; see `Outbox.put`.
        selection: what is in it and what is not.
    """

    id: str
    to: str
    sealed: bytes
    own: bytes
    selection: Selection


def preview(node: Node, request: Request) -> Selection:
    """Return what of a request would go to the partner today and what would not; nothing is kept.

    Raises:
        ExchangeError: the purpose was not agreed with the partner.
        NotFoundError: there is no such partner, entity or lead.
    """
    partner = node.partners.get(request.to)
    return select(node.workspace.view(), request, partner, node.id, today(), Recalls(node))


def prepare(node: Node, request: Request, *, by: str) -> tuple[Draft, Selection]:
    """Return a draft of a package with what would go and what would not.

    Raises:
        ExchangeError: nothing of it may go, or the purpose was not agreed.
        NotFoundError: there is no such partner, entity, lead or request of the partner.
    """
    if request.answers:
        asked = letter_of(node, request.answers, request.to)
        request = msgspec.structs.replace(request, answers=asked.id)
    selection = _selected(node, request, by)
    draft = Draft(secrets.token_hex(16), request, by, selection.digest, datetime.now(UTC))
    node.note(by, "prepare", draft.id, **_told(request, selection))
    _keep(node, draft)
    return draft, selection


def release(node: Node, draft_id: str, *, by: str) -> Released:
    """Return the package of a draft; that it was released is in the audit log by then.

    Args:
        node: this node.
        draft_id: of the draft, or the first characters of it.
        by: the officer who releases it.

    Raises:
        ExchangeError: it takes a second officer, or what may go has changed since.
        NotFoundError: there is no such draft.
    """
    # Nobody else releases the same draft meanwhile.
    with node.workspace.writing():
        return _released(node, *_draft(node, draft_id), by)


def refuse(node: Node, draft_id: str, ground: str, *, by: str) -> Draft:
    """Refuse to release a draft, which stays to be looked at, and return it.

    Raises:
        NotFoundError: there is no such draft.
        UsageError: no ground is given.
    """
    if not ground.strip():
        raise UsageError("no ground", where=draft_id, remedy="say why it may not go")
    with node.workspace.writing():
        _, draft = _draft(node, draft_id)
        draft = msgspec.structs.replace(draft, refused_by=by, ground=ground)
        node.note(by, "deny", draft.id, to=draft.request.to, rule="officer", reason=ground)
        _keep(node, draft)
    return draft


def drafts(node: Node, *, refused: bool = False) -> list[Draft]:
    """Return what waits to be released, by id; or what an officer refused to release."""
    folder = _draft_path(node, "").parent
    known = (_read_draft(path) for path in sorted(folder.glob("*.json")))
    return [draft for draft in known if bool(draft.refused_by) == refused]


def _released(node: Node, path: Path, draft: Draft, by: str) -> Released:
    partner = node.partners.get(draft.request.to)
    selection = _selected(node, draft.request, by)
    stopped = ""
    if partner.four_eyes and by == draft.by:
        stopped, rule = "it takes a second officer, other than who prepared it", "four-eyes"
    elif selection.digest != draft.digest:
        stopped, rule = "what may go has changed since it was prepared", "changed"
    if stopped:
        node.note(by, "deny", draft.id, to=partner.id, rule=rule)
        raise ExchangeError(stopped, rule=rule, where=draft.id, remedy="prepare it anew")
    plain = pack(node, draft.id, draft.request, selection, [draft.by, by])
    sent = sent_of(msgspec.json.decode(plain, type=Package))
    keep_sent(node.workspace, sent)
    node.note(
        by,
        "release",
        draft.id,
        prepared_by=draft.by,
        sha256=digest(plain),
        **_told(draft.request, selection),
    )
    sealed, own = sealed_twice(node, plain, partner)
    keep_sealed(node.workspace, sent, sealed)
    path.unlink()
    return Released(draft.id, partner.id, sealed, own, selection)


def _selected(node: Node, request: Request, by: str) -> Selection:
    """Return what may go; that nothing may is noted in the log and raised."""
    try:
        selection = preview(node, request)
        if not selection:
            held = ", ".join(selection.held_by_rule())
            first = selection.held[0].reason if selection.held else ""
            raise ExchangeError(
                f"nothing of it may go to {request.to}: {held}. {first}",
                rule=selection.held[0].rule if selection.held else "nothing",
            )
    except ExchangeError as error:
        node.note(by, "deny", request.to, purpose=request.purpose, rule=error.rule)
        raise
    return selection


def _told(request: Request, selection: Selection) -> dict[str, str | int | list[str]]:
    return {
        "to": request.to,
        "purpose": request.purpose,
        "basis": request.basis,
        "case": request.case,
        "consents": request.consents,
        "answers": request.answers,
        "facts": len(selection.facts),
        "events": len(selection.events),
        "leads": len(selection.leads),
        "held": selection.held_by_rule(),
        "content": selection.digest,
    }


def _draft_path(node: Node, draft_id: str) -> Path:
    return node.workspace.root / "exchange" / "drafts" / f"{draft_id}.json"


def _draft(node: Node, draft_id: str) -> tuple[Path, Draft]:
    found = [draft for draft in drafts(node) if draft.id.startswith(draft_id)]
    if len(found) != 1:
        raise NotFoundError(
            "several drafts begin so" if found else "no such draft",
            where=draft_id,
            remedy="`manara package drafts` lists them",
        )
    return _draft_path(node, found[0].id), found[0]


def _keep(node: Node, draft: Draft) -> None:
    path = _draft_path(node, draft.id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with replacing(path) as partial:
        partial.write_bytes(msgspec.json.encode(draft))


def _read_draft(path: Path) -> Draft:
    return msgspec.json.decode(path.read_bytes(), type=Draft)

"""What was sent to whom, and what was taken back: kept so that a recall finds every receiver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from manara.exchange.events import TellingEvent
from manara.exchange.node import Node
from manara.exchange.outbox import mark_of
from manara.exchange.package import FACTS, Package, Recalled, Told, told_in
from manara.store import Workspace
from manara.store.files import replacing


class SentFact(msgspec.Struct, frozen=True, array_like=True):
    """A fact or event in a package that was sent.

    Attributes:
        origin: id of the node whose fact it is.
        id: what that node knows it by.
        entity: what that node calls the entity.
        prop: the property.
        parties: of an event, what that node calls the entities in it; it has no ``entity``, and
            its table stands for the property.
    """

    origin: str
    id: str
    entity: str
    prop: str
    parties: list[str] = []

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by everywhere."""
        return self.origin, self.id


class Sent(msgspec.Struct, frozen=True):
    """A package that was sent; it holds ids, not what they stand for.

    Attributes:
        id: of the package.
        to: id of the partner.
        purpose: see `manara.exchange.Request`, as the next three.
        basis: see there.
        case: see there.
        consents: see there.
        at: when.
        facts: the facts in it.
        recalls: origin and id of each fact that it takes back.
        cause: id of the recall that this one passes on, and of the node that it came from.
        answered: when the partner confirmed it, ISO 8601, or ``""``.
        taken: how many facts and events the partner took in.
        message: beginning of the SHA-256 of what was sealed, by which the outbox knows it.
        officers: who prepared and who released it.
        answers: id of the request that it answers, or ``""``.
        recalled: how many facts went there.
        passed: ids of the nodes that the partner has passed the recall to.
        waiting: those of them that have not answered.
    """

    id: str
    to: str
    purpose: str
    basis: str
    case: str
    consents: list[str]
    at: datetime
    facts: list[SentFact]
    recalls: list[tuple[str, str]] = []
    cause: tuple[str, str] = ("", "")
    answered: str = ""
    recalled: int = 0
    passed: list[str] = []
    waiting: list[str] = []
    taken: int = 0
    message: str = ""
    officers: list[str] = []
    answers: str = ""

    @property
    def confirmed_at(self) -> datetime | None:
        """When the partner confirmed it, as it says; None if it did not, or says no time."""
        try:
            at = datetime.fromisoformat(self.answered)
        except ValueError:
            return None
        return at.astimezone(UTC) if at.tzinfo else None


class Recalls:
    """Facts that were taken back: this node's own and those of others.

    An originator is called by its id if it is a partner or this node itself; of any other nothing
    but a key is known, so it is that key that must have signed.

    Args:
        node: this node.
    """

    def __init__(self, node: Node) -> None:
        self._workspace = node.workspace
        self._path = node.workspace.root / "exchange" / "recalls.json"
        self._met = {node.id, *node.partners.all()}
        self._known = self._read()

    def who(self, origin: str, root: str) -> str:
        """Return what an originator is called, by its id and the first of its keys, `Card.root`."""
        return origin if origin in self._met else f"{origin} {root}"

    def dead(self, who: str, fact: str, first_seen: datetime) -> bool:
        """Return whether a fact was taken back after its originator first recorded it."""
        at = self._known.get((who, fact))
        return at is not None and (not first_seen.tzinfo or first_seen <= at)

    def add(self, who: str, recalled: Iterable[Recalled]) -> None:
        """Remember what an originator took back."""
        with self._workspace.writing():
            self._known = self._read()
            for each in recalled:
                key = (who, each.fact)
                self._known[key] = max(each.at, self._known.get(key, each.at))
            rows = [(*key, at) for key, at in sorted(self._known.items())]
            _write(self._path, msgspec.json.encode(rows))

    def _read(self) -> dict[tuple[str, str], datetime]:
        kept = self._path.read_bytes() if self._path.exists() else b"[]"
        known = msgspec.json.decode(kept, type=list[tuple[str, str, datetime]])
        return {(who, fact): at for who, fact, at in known}


def sent_of(package: Package, cause: tuple[str, str] = ("", "")) -> Sent:
    """Return what is to be remembered of a package that is sent now."""
    facts = [
        _sent_fact(each.object.body.origin, told)
        for each in package.objects
        if each.object.body.kind in FACTS
        for told in told_in(each.object, each.object.values)
    ]
    recalls = [
        (each.body.origin, value["fact"]) for each in package.recalls for value in each.values
    ]
    return Sent(
        package.id, package.receiver, package.purpose, package.basis, package.case,
        package.consents, datetime.now(UTC), facts, recalls, cause,
        officers=package.officers, answers=package.answers,
    )  # fmt: skip


def _sent_fact(origin: str, told: Told) -> SentFact:
    if isinstance(told, TellingEvent):
        return SentFact(origin, told.id, "", told.table, told.parties)
    return SentFact(origin, told.id, told.entity, told.prop)


def keep_sent(workspace: Workspace, sent: Sent) -> None:
    """Remember a package that is sent, or what became of it."""
    _write(_folder(workspace) / f"{sent.id}.json", msgspec.json.encode(sent))


def keep_sealed(workspace: Workspace, sent: Sent, sealed: bytes) -> None:
    """Remember by what the outbox will know a package that is sent."""
    keep_sent(workspace, msgspec.structs.replace(sent, message=mark_of(sealed)))


def sent_by_id(workspace: Workspace, package_id: str) -> Sent | None:
    """Return what is remembered of a package that was sent; None if there is none of this id."""
    path = _folder(workspace) / f"{package_id}.json"
    return msgspec.json.decode(path.read_bytes(), type=Sent) if path.is_file() else None


def sent_ids(workspace: Workspace) -> set[str]:
    """Return the ids of the packages that were sent."""
    return {path.stem for path in _folder(workspace).glob("*.json")}


def all_sent(workspace: Workspace) -> Iterator[Sent]:
    """Yield the packages that were sent, oldest first."""
    found = [
        msgspec.json.decode(path.read_bytes(), type=Sent)
        for path in _folder(workspace).glob("*.json")
    ]
    yield from sorted(found, key=lambda sent: (sent.at, sent.id))


def _folder(workspace: Workspace) -> Path:
    return workspace.root / "exchange" / "sent"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with replacing(path) as partial:
        partial.write_bytes(content)

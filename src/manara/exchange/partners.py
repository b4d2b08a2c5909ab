"""Partner nodes: who they are, how close they stand, and what was agreed with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import msgspec

from manara.exchange.card import Card
from manara.exchange.heads import Head
from manara.model import (
    ExchangeError,
    Handling,
    NotFoundError,
    Recipient,
    Relation,
    Tlp,
    UsageError,
)
from manara.store import Workspace
from manara.store.files import replacing

#: Form of messages that this release reads and writes. The second brought events into packages and
#: announcements of new keys; releases before it say no form, and are taken to read the first.
FORM, FIRST_FORM = 2, 1

#: What a partner may do with what it gets, beyond using it itself for the purpose it got it for:
#: nothing, pass it on with our consent, or what the rules that it came under allow.
ONWARD = ("none", "ask", "free")


class Partner(msgspec.Struct, frozen=True):
    """A node that information is exchanged with.

    Attributes:
        card: who it is.
        relation: how close it stands: ``community``, ``client``, ``organisation`` or ``public``.
        groups: groups it belongs to that handling rules may name.
        purposes: purposes agreed with it; empty for any.
        onward: a value of `ONWARD`.
        four_eyes: whether a second officer must release what goes to it.
        questions: how many blind questions a day it may put.
        by_officer: how many of them one officer of it may put.
        address: where it takes messages, such as ``https://unit.example:8443``, or ``""``.
        certificate: the one it shows there and here, as PEM, or ``""``.
        former_certificate: the one before, which counts as long as the key before does.
        format: the newest form of messages that it said it reads; 0 before it said any.
        head: its audit log as it last showed it.
        shown: size of our audit log as it last confirmed it.
    """

    card: Card
    relation: str = "community"
    groups: list[str] = []
    purposes: list[str] = []
    onward: str = "ask"
    four_eyes: bool = False
    questions: int = 0
    by_officer: int = 0
    address: str = ""
    certificate: str = ""
    former_certificate: str = ""
    format: int = 0
    head: Head | None = None
    shown: int = 0

    @property
    def id(self) -> str:
        """What it is called by."""
        return self.card.id

    @property
    def recipient(self) -> Recipient:
        """What handling rules are asked about."""
        relation = Relation[self.relation.upper()]
        return Recipient(self.id, self.id, relation, frozenset(self.groups))

    def pinned(self, on: date) -> list[str]:
        """Return the certificates that it may show on a day."""
        overlap = self.card.overlap
        former = self.former_certificate if overlap and on <= overlap else ""
        return list(filter(None, (self.certificate, former)))

    def reads(self, form: int) -> bool:
        """Return whether it reads a form of messages, as far as it has said."""
        return not self.format or self.format >= form

    def agreed(self, purpose: str) -> bool:
        """Return whether anything at all may go to it for a purpose."""
        return not self.purposes or purpose in self.purposes

    def travelling(self, rule: Handling, purpose: str, sender: str) -> Handling:
        """Return the rule that information travels to it under, never a looser one.

        It may be used for the stated purpose only, and passed on as was agreed. What is TLP:CLEAR
        may go to anyone, and travels as it is.
        """
        if rule.tlp is Tlp.CLEAR:
            return rule
        bound = Handling(
            releasable_to=frozenset({frozenset({self.id})} if self.onward == "none" else ()),
            consent=frozenset({sender} if self.onward == "ask" else ()),
            purposes=frozenset({purpose}),
        )
        return rule | bound


class Partners:
    """The partners of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._path = workspace.root / "exchange" / "partners.json"
        self._read: tuple[tuple[int, int], dict[str, Partner]] | None = None

    def all(self) -> dict[str, Partner]:
        """Return them by id, in order."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return {}
        # Each change makes another file, so what was read of this one still holds.
        state, read = (found.st_ino, found.st_mtime_ns), self._read
        if not read or read[0] != state:
            known = msgspec.json.decode(self._path.read_bytes(), type=list[Partner])
            self._read = read = (state, {partner.id: partner for partner in known})
        return dict(read[1])

    def get(self, partner_id: str) -> Partner:
        """Return a partner.

        Raises:
            NotFoundError: there is none of this id.
        """
        known = self.all()
        if partner_id not in known:
            raise NotFoundError(
                "no such partner", where=partner_id, remedy="`manara partner list` lists them"
            )
        return known[partner_id]

    def known(self, partner_id: str, what: str) -> Partner:
        """Return the partner that a message says it is from.

        Args:
            partner_id: what it says.
            what: kind of the message.

        Raises:
            ExchangeError: there is none of this id.
        """
        known = self.all()
        if partner_id not in known:
            raise ExchangeError(
                f"{partner_id} is not a partner", rule="partner", where=what,
                remedy="`manara partner add` its card first",
            )  # fmt: skip
        return known[partner_id]

    def put(self, partner: Partner) -> None:
        """Add a partner, or put it in the place of the one with its id.

        Raises:
            UsageError: its relation, onward rule or a limit is none.
        """
        if partner.relation.upper() not in Relation.__members__:
            raise UsageError("is no relation", where=partner.relation)
        if partner.onward not in ONWARD:
            raise UsageError("is no onward rule", where=partner.onward, remedy=", ".join(ONWARD))
        if min(partner.questions, partner.by_officer) < 0:
            raise UsageError("fewer than no questions", where=partner.id)
        self._change(lambda known: known | {partner.id: partner})

    def remove(self, partner_id: str) -> None:
        """Forget a partner: nothing more goes to it or is taken from it.

        Raises:
            NotFoundError: there is none of this id.
        """
        self.get(partner_id)
        self._change(lambda known: {k: v for k, v in known.items() if k != partner_id})

    def _change(self, change: Callable[[dict[str, Partner]], dict[str, Partner]]) -> None:
        with self._workspace.writing():
            changed = change(self.all())
            self._path.parent.mkdir(exist_ok=True, mode=0o700)
            with replacing(self._path) as path:
                ordered = [changed[each] for each in sorted(changed)]
                path.write_bytes(msgspec.json.encode(ordered) + b"\n")

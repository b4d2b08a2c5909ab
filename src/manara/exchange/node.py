"""One node of the exchange: a workspace with its keys, its partners and its audit log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

from msgspec.structs import replace

from manara.exchange.keys import NodeKeys
from manara.exchange.partners import Partner, Partners
from manara.exchange.tls import fingerprint, make_certificate
from manara.model import ExchangeError
from manara.store import AuditLog, Entry, Workspace
from manara.store.log import entry_of


class Node:
    """What a workspace needs to deal with others.

    Args:
        workspace: the workspace.

    Attributes:
        workspace: the workspace.
        partners: whom it deals with.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.partners = Partners(workspace)
        self._loaded: tuple[int, NodeKeys] | None = None

    @property
    def key_folder(self) -> Path:
        """Where its private keys and its certificate are."""
        return self.workspace.root / "keys"

    @property
    def keys(self) -> NodeKeys:
        """Its private keys, also where another process has put new ones into their place.

        Raises:
            NotFoundError: it has none yet.
        """
        try:
            changed = self.key_folder.stat().st_mtime_ns
        except FileNotFoundError:
            changed = 0
        if not self._loaded or self._loaded[0] != changed:
            self._loaded = (changed, NodeKeys.load(self.key_folder))
        return self._loaded[1]

    @cached_property
    def log(self) -> AuditLog:
        """Its audit log."""
        return AuditLog(self.workspace.root / "log")

    @property
    def id(self) -> str:
        """What partners call it."""
        return self.keys.card.id

    def note(
        self, by: str, action: str, thing: str, **detail: str | int | bool | list[str] | None
    ) -> int:
        """Write a line into the audit log, down to the disk, and return its place."""
        return self.log.append([Entry(datetime.now(UTC), by, action, thing, detail)])[0]

    def noted(self, *actions: str) -> Iterator[Entry]:
        """Yield the lines of the audit log that tell of some actions, oldest first."""
        # The log is mostly of other things, and canonical JSON has one spelling.
        marks = [f'"action":"{action}"'.encode() for action in actions]
        for line in self.log.lines():
            if any(mark in line for mark in marks) and (entry := entry_of(line)).action in actions:
                yield entry

    def identify(self, node: str, name: str, *, by: str) -> NodeKeys:
        """Make the node's identity and return its keys.

        Raises:
            UsageError: it has one, or the id is not well formed.
        """
        keys = NodeKeys.create(self.key_folder, node, name)
        self.note(by, "identify", node, fingerprint=keys.card.fingerprint)
        return keys

    def certify(self, *, by: str) -> bytes:
        """Make the certificate that the node shows on the network, and return it as PEM."""
        pem = make_certificate(self.id, self.key_folder)
        self.note(by, "certificate", self.id, fingerprint=fingerprint(pem))
        return pem

    def agree(self, partner: Partner, *, by: str) -> None:
        """Deal with a partner from now on, or under changed terms; what its log showed is kept.

        A card that it had before it renewed its keys does not take the place of its new one.

        Raises:
            ExchangeError: it is this node itself, or the card is of a key that was lost.
            UsageError: its terms or its certificate are none.
        """
        if partner.id == self.id:
            raise ExchangeError("is this node itself", rule="partner", where=partner.id)
        before = self.partners.all().get(partner.id)
        if before and before.card.follows(partner.card):
            partner = replace(partner, card=before.card)
        if before and before.card.voids(partner.card):
            raise ExchangeError(
                "its key was lost or stolen", rule="signature", where=partner.id,
                remedy="have its present card",
            )  # fmt: skip
        self.note(
            by,
            "partner",
            partner.id,
            fingerprint=partner.card.fingerprint,
            relation=partner.relation,
            groups=partner.groups,
            purposes=partner.purposes,
            onward=partner.onward,
            four_eyes=partner.four_eyes,
            questions=partner.questions,
            by_officer=partner.by_officer,
            address=partner.address,
            certificate=fingerprint(partner.certificate) if partner.certificate else "",
        )
        if before and before.card == partner.card:
            former = before.former_certificate
            if partner.certificate not in (before.certificate, former):
                former = ""
            partner = replace(
                partner, head=before.head, shown=before.shown, former_certificate=former,
                format=before.format,
            )  # fmt: skip
        self.partners.put(partner)

    def part(self, partner_id: str, *, by: str) -> None:
        """Deal with a partner no longer.

        Raises:
            NotFoundError: there is none of this id.
        """
        self.partners.get(partner_id)
        self.note(by, "part", partner_id)
        self.partners.remove(partner_id)


def today() -> date:
    """Return the day in UTC."""
    return datetime.now(UTC).date()

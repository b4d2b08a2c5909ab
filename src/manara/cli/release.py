"""Options that say what is to go out, to whom and for what, and how what stays is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import click
import msgspec

from manara.formats.stix_write import LeftOut
from manara.model import Recipient, Relation, UsageError
from manara.pipeline.stix_export import Release, Selection

_SELECTION = (
    click.option("--dataset", "datasets", multiple=True, help="Only of this dataset; repeatable."),
    click.option("--entity", "entities", multiple=True, metavar="ENTITY",
                 help="Only this entity and what is one link away; repeatable."),
    click.option("--lead", "leads", multiple=True, metavar="LEAD",
                 help="Only this lead, its subjects and its events; repeatable."),
)  # fmt: skip
_PURPOSE = (
    click.option("--purpose", help="What it is to be used for, such as investigation."),
    click.option("--consent", "consents", multiple=True, metavar="ORIGINATOR",
                 help="An originator that has consented; repeatable."),
    click.option("--left-out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
                 help="Write what stays, and why, as JSON lines."),
)  # fmt: skip
_RECIPIENT = (
    click.option("--recipient", metavar="ID", help="To whom it is to go."),
    click.option("--organisation", default="", help="The recipient's organisation, if not itself."),
    click.option("--relation", type=click.Choice([each.name.lower() for each in Relation]),
                 default="community", show_default=True,
                 help="How close the recipient stands to us."),
    click.option("--group", "groups", multiple=True,
                 help="A group the recipient belongs to; repeatable."),
)  # fmt: skip


class Asked(NamedTuple):
    """What the options of a release say."""

    recipient: str | None
    organisation: str
    relation: str
    groups: tuple[str, ...]
    purpose: str | None
    consents: tuple[str, ...]

    def release(self) -> Release | None:
        """Return to whom it goes and for what, None if it is not said.

        Raises:
            UsageError: there is only one of recipient and purpose, or something only they need.
        """
        if bool(self.recipient) != bool(self.purpose) or (
            not self.recipient and (self.organisation or self.groups or self.consents)
        ):
            raise UsageError(
                "--recipient and --purpose go together", remedy="say to whom it goes and for what"
            )
        if not self.recipient or not self.purpose:
            return None
        recipient = Recipient(
            self.recipient,
            self.organisation or self.recipient,
            Relation[self.relation.upper()],
            frozenset(self.groups),
        )
        return Release((recipient,), self.purpose, frozenset(self.consents))


def selection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what goes out."""
    return _added(command, _SELECTION)


def purpose_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say for what it goes out."""
    return _added(command, _PURPOSE)


def recipient_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say to whom it goes out."""
    return _added(command, _RECIPIENT)


def take_selection(settings: dict[str, Any]) -> Selection:
    """Take the options of `selection_options` out of a command's settings."""
    return Selection(*(settings.pop(name) for name in ("datasets", "entities", "leads")))


def take_asked(settings: dict[str, Any]) -> Asked:
    """Take the options of a release out of a command's settings."""
    return Asked(**{name: settings.pop(name) for name in Asked._fields})


class Left:
    """Is told what stays; counts it, and writes it to a file if there is one."""

    def __init__(self, file: BinaryIO | None) -> None:
        self._file = file
        self._counts: Counter[str] = Counter()

    def __call__(self, one: LeftOut) -> None:
        """Note one thing that stays."""
        self._counts[one.rule] += 1
        if self._file:
            self._file.write(msgspec.json.encode(one._asdict()) + b"\n")

    def counts(self) -> dict[str, int]:
        """Return how many things stay, by the rule that keeps them."""
        return dict(sorted(self._counts.items()))

    def tell(self) -> None:
        """Print on standard error how many things stay, by rule."""
        if self._counts:
            told = ", ".join(f"{rule} {count:,}" for rule, count in self.counts().items())
            click.echo(f"manara: left out: {told}", err=True)


def _added(command: Callable[..., Any], options: tuple[Any, ...]) -> Callable[..., Any]:
    for option in reversed(options):
        command = option(command)
    return command

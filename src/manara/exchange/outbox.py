"""What waits to go to partners, whichever way it goes: by network, stick or one-way line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from manara.store import Workspace
from manara.store.files import replacing


class Waiting(NamedTuple):
    """A message that waits.

    Attributes:
        to: id of the partner.
        name: of its file: its place in the order, and a hash of it.
        path: its file.
    """

    to: str
    name: str
    path: Path

    @property
    def own(self) -> Path:
        """The file with what it says, sealed for this node itself, if that is kept."""
        return self.path.with_suffix(".own")


def mark_of(message: bytes) -> str:
    """Return what stands for a message in the name of its file."""
    return hashlib.sha256(message).hexdigest()[:16]


class Outbox:
    """The messages that wait, by partner, in the order they were put in.

    Args:
        workspace: the workspace.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._folder = workspace.root / "exchange" / "outbox"

    def put(self, to: str, message: bytes, own: bytes = b"") -> None:
        """Let a message wait; the same once more changes nothing.

        Args:
            to: id of the partner.
            message: the message, sealed for the partner.
            own: what it says, sealed for this node, so that it can be sealed anew.
        """
        folder = self._folder / to
        with self._workspace.writing():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            mark = mark_of(message)
            present = sorted(path.name for path in folder.glob("*.message"))
            if any(mark in name for name in present):
                return
            number = int(present[-1].split("-")[0]) + 1 if present else 1
            _write(folder / f"{number:08d}-{mark}.message", message, own)

    def replace(self, message: Waiting, anew: bytes, own: bytes) -> Waiting:
        """Put a message into the place of one that waits, and return it as it waits then."""
        number = message.name.partition("-")[0]
        path = message.path.with_name(f"{number}-{mark_of(anew)}.message")
        with self._workspace.writing():
            _write(path, anew, own)
            self.done(message)
        return Waiting(message.to, path.name, path)

    def waiting(self) -> Iterator[Waiting]:
        """Yield what waits, by partner, in order."""
        for path in sorted(self._folder.glob("*/*.message")):
            yield Waiting(path.parent.name, path.name, path)

    def done(self, message: Waiting) -> None:
        """Forget a message that was handed over."""
        message.path.unlink(missing_ok=True)
        message.own.unlink(missing_ok=True)


def _write(path: Path, message: bytes, own: bytes) -> None:
    if own:
        with replacing(path.with_suffix(".own")) as partial:
            partial.write_bytes(own)
    with replacing(path) as partial:
        partial.write_bytes(message)

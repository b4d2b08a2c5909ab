"""The audit log: entries that nobody can change, drop or reorder without a partner noticing.

Three files in a folder, which only ever grow:

* ``entries.jsonl``: the entries, one a line, canonical JSON (RFC 8785);
* ``nodes``: the hashes of the Merkle tree over these lines, in the order of `merkle.nodes_of`;
* ``ends``: where each line ends, 8 bytes each. An entry is in the log once its end is.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from manara.model import WorkspaceError
from manara.store.files import sync
from manara.store.merkle import SIZE, Tree, leaf_hash, node_count, nodes_of

_END = 8


class Entry(msgspec.Struct, frozen=True):
    """One line of the log.

    Attributes:
        at: when, UTC.
        by: the person or account.
        action: what was done, such as ``release`` or ``import``.
        thing: to what, such as the id of a package.
        detail: particulars; keys in ASCII, numbers whole, since fractions have no one spelling.
    """

    at: datetime
    by: str
    action: str
    thing: str
    detail: dict[str, str | int | bool | list[str] | None]


_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder(Entry).decode


def entry_of(line: bytes) -> Entry:
    """Return the entry that a line of the log states.

    Raises:
        WorkspaceError: it states none.
    """
    try:
        return _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WorkspaceError(f"is no entry: {error}", where="audit log") from error


class _State(NamedTuple):
    """Number of entries, where the last ends, and the roots of the tree's full subtrees."""

    size: int
    end: int
    peaks: list[bytes]


class AuditLog:
    """An append-only log in a folder; any number of threads and processes may use it at a time.

    Args:
        folder: made if it does not exist. What a killed process left half written is cut off: it
            was never acknowledged.

    Raises:
        WorkspaceError: the log is shorter than it was, or cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._entries, self._nodes, self._ends = (
            folder / name for name in ("entries.jsonl", "nodes", "ends")
        )
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._known = _State(-1, 0, [])
        with self._locked():
            for path in (self._entries, self._nodes, self._ends):
                path.touch(mode=0o600)
            self._state()

    @property
    def size(self) -> int:
        """Number of entries at this moment."""
        return self._ends.stat().st_size // _END

    @property
    def tree(self) -> Tree:
        """The tree over all entries at this moment."""
        size = self.size
        if not size:
            return Tree(b"", 0)
        with self._nodes.open("rb") as file:
            return Tree(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), size)

    def append(self, entries: Iterable[Entry]) -> range:
        """Add entries and return their places; they are on disk when this returns.

        A kill in between leaves none of them, or all.

        Raises:
            WorkspaceError: they cannot be written.
        """
        with self.adding() as add:
            return add(entries)

    @contextmanager
    def adding(self) -> Iterator[Callable[[Iterable[Entry]], range]]:
        """Yield a function that does what `append` does; nobody else adds during the block.

        So what the block has read of the log still holds when it adds to it.
        """
        with self._locked():
            yield self._add

    def lines(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the entries from one place to before another as their lines, without line end."""
        stop = self.size if stop is None else min(stop, self.size)
        with self._entries.open("rb") as file:
            file.seek(self._end(start))
            for _ in range(stop - start):
                yield file.readline().removesuffix(b"\n")

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the log: an entry that the tree is not of."""
        tree = self.tree
        for at, line in enumerate(self.lines()):
            if leaf_hash(line) != tree.leaf(at):
                yield f"audit log: entry {at} is not what was written"
                return
        if nodes_of(map(leaf_hash, self.lines()), 0, []) != self._nodes.read_bytes():
            yield "audit log: its tree is not of its entries"

    def _add(self, entries: Iterable[Entry]) -> range:
        start, end, peaks = self._state()
        lines = [_encode(entry) + b"\n" for entry in entries]
        ends = bytearray()
        for line in lines:
            end += len(line)
            ends += end.to_bytes(_END, "big")
        # Until all is written, nobody knows what state the files are in.
        self._known = _State(-1, 0, [])
        nodes = nodes_of((leaf_hash(line[:-1]) for line in lines), start, peaks)
        # The ends last: by them the entries are in the log.
        for path, content in (
            (self._entries, b"".join(lines)),
            (self._nodes, nodes),
            (self._ends, ends),
        ):
            _extend(path, content)
        self._known = _State(start + len(lines), end, peaks)
        return range(start, start + len(lines))

    def _end(self, count: int) -> int:
        """Return where the first entries end, in bytes."""
        if not count:
            return 0
        with self._ends.open("rb") as file:
            file.seek((count - 1) * _END)
            return int.from_bytes(file.read(_END), "big")

    def _state(self) -> _State:
        """Return what the log has come to, after cutting off what a killed process left."""
        size = self.size
        known = self._known
        if known.size != size:
            known = _State(size, self._end(size), [])
        for path, length in (
            (self._ends, size * _END),
            (self._nodes, node_count(size) * SIZE),
            (self._entries, known.end),
        ):
            present = path.stat().st_size
            if present < length:
                raise WorkspaceError(
                    f"has lost {length - present} bytes",
                    where=str(path),
                    remedy="restore it from a copy; partners that hold a signed head can tell "
                    "whether the copy is whole",
                )
            if present > length:
                os.truncate(path, length)
        if known is not self._known:
            known.peaks.extend(self.tree.peaks())
            self._known = known
        return known

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._folder / "lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _extend(path: Path, content: bytes | bytearray) -> None:
    """Write at the end of a file, down to the disk."""
    try:
        with path.open("ab") as file:
            file.write(content)
            file.flush()
            sync(file.fileno())
    except OSError as error:
        raise WorkspaceError(
            f"cannot be written: {error.strerror}", where=str(path), remedy="make room for it"
        ) from error

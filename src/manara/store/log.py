"""The audit log: entries that nobody can change, drop or reorder without a partner noticing.

Three files in a folder, which only ever grow:

* ``entries.jsonl``: the entries, one a line, canonical JSON (RFC 8785). An entry is in the log once
  its line is whole on disk;
* ``nodes``: the hashes of the Merkle tree over these lines, in the order of `merkle.nodes_of`;
* ``ends``: where each line ends, 8 bytes each.

Only the first waits for the disk. The others are made of it, and made anew as far as a loss of
power took them.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from bisect import bisect_right
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
#: What a batch of several lines begins with until all of it is written; no line holds it.
_UNFINISHED = b"\0"


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
            was never acknowledged. What it left whole stays.

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
        return self._tree(self.size)

    def _tree(self, size: int) -> Tree:
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

        So what the block has read of the log still holds when it adds to it, what a killed process
        left whole included.
        """
        with self._locked():
            self._state()
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
        start, at, peaks = self._state()
        lines = [_encode(entry) + b"\n" for entry in entries]
        if not lines:
            return range(start, start)
        ends, end = bytearray(), at
        for line in lines:
            end += len(line)
            ends += end.to_bytes(_END, "big")
        # Until all is written, nobody knows what state the files are in.
        self._known = _State(-1, 0, [])
        self._write(lines, at)
        nodes = nodes_of((leaf_hash(line[:-1]) for line in lines), start, peaks)
        _extend(self._nodes, nodes)
        _extend(self._ends, ends)
        self._known = _State(start + len(lines), end, peaks)
        return range(start, start + len(lines))

    def _write(self, lines: list[bytes], at: int) -> None:
        """Write lines at a place, the end of the file, down to the disk."""
        content = b"".join(lines)
        try:
            with self._entries.open("r+b") as file:
                file.seek(at)
                if len(lines) > 1:
                    file.write(_UNFINISHED + content[1:])
                    file.seek(at)
                    content = content[:1]
                file.write(content)
                file.flush()
                sync(file.fileno())
        except OSError as error:
            raise _unwritten(self._entries, error) from error

    def _end(self, count: int) -> int:
        """Return where the first entries end, in bytes."""
        if not count:
            return 0
        with self._ends.open("rb") as file:
            file.seek((count - 1) * _END)
            return int.from_bytes(file.read(_END), "big")

    def _state(self) -> _State:
        """Return what the log has come to, after mending what a kill or a loss of power left."""
        known, told = self._known, self._entries.stat().st_size
        nodes, ends = self._nodes.stat().st_size, self._ends.stat().st_size
        size = known.size
        if (size * _END, node_count(max(size, 0)) * SIZE, known.end) == (ends, nodes, told):
            return known
        whole = bisect_right(range(1, ends // _END + 1), nodes, key=lambda n: node_count(n) * SIZE)
        end = self._end(whole)
        if told < end:
            raise WorkspaceError(
                f"has lost {end - told} bytes",
                where=str(self._entries),
                remedy="restore it from a copy; partners that hold a signed head can tell "
                "whether the copy is whole",
            )
        os.truncate(self._ends, whole * _END)
        os.truncate(self._nodes, node_count(whole) * SIZE)
        self._known = self._mended(_State(whole, end, self._tree(whole).peaks()))
        return self._known

    def _mended(self, known: _State) -> _State:
        """Return the state with the whole lines behind the last known end; cut off what follows."""
        size, end, peaks = known
        leaves, ends = list[bytes](), bytearray()
        with self._entries.open("rb") as file:
            file.seek(end)
            for line in file:
                # After a loss of power zeros may stand wherever a page did not reach the disk.
                if _UNFINISHED in line or not line.endswith(b"\n"):
                    break
                end += len(line)
                leaves.append(leaf_hash(line[:-1]))
                ends += end.to_bytes(_END, "big")
        os.truncate(self._entries, end)
        _extend(self._nodes, nodes_of(leaves, size, peaks))
        _extend(self._ends, ends)
        return _State(size + len(leaves), end, peaks)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._folder / "lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _extend(path: Path, content: bytearray) -> None:
    """Write at the end of a file that can be made anew."""
    try:
        with path.open("ab", buffering=0) as file:
            file.write(content)
    except OSError as error:
        raise _unwritten(path, error) from error


def _unwritten(path: Path, error: OSError) -> WorkspaceError:
    return WorkspaceError(
        f"cannot be written: {error.strerror}", where=str(path), remedy="make room for it"
    )

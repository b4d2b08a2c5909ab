"""Merkle trees as in RFC 9162 (and RFC 6962, which has the same tree): roots, proofs, checks.

A partner that keeps nothing but the root over the first *m* entries of a log can check, with a
proof of a few hashes, that a later root is of the same entries with others behind them, and that
a certain entry is among them. Everything here is a pure function of its arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from mmap import mmap

#: Root of the tree without entries: the hash of nothing.
EMPTY = sha256(b"").digest()
#: Length of a hash in bytes.
SIZE = 32


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry (RFC 9162, section 2.1.1)."""
    return sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 9162, section 2.1.1)."""
    return sha256(b"\1" + left + right).digest()


def node_count(leaves: int) -> int:
    """Return how many hashes `nodes_of` gives for this many leaves."""
    return 2 * leaves - leaves.bit_count()


def nodes_of(leaves: Iterable[bytes], before: int, peaks: list[bytes]) -> bytearray:
    """Return the hashes that leaves add to a tree, in the order in which they are complete.

    That is each leaf, followed by every subtree that is full with it (post-order), so that a file
    of them only ever grows.

    Args:
        leaves: hashes of the entries that are added.
        before: how many leaves the tree has.
        peaks: roots of its full subtrees, the largest first; brought up to date.
    """
    added, count, sha = bytearray(), before, sha256
    for node in leaves:
        added += node
        rest = count
        # Runs for every entry: what node_hash does, without calling it.
        while rest & 1:
            node = sha(b"\1" + peaks.pop() + node).digest()
            added += node
            rest >>= 1
        peaks.append(node)
        count += 1
    return added


class Tree:
    """The tree over the first entries of a log.

    Args:
        nodes: its hashes in the order of `nodes_of`, others may follow.
        size: number of entries.
    """

    def __init__(self, nodes: bytes | mmap, size: int) -> None:
        self._nodes = nodes
        self.size = size

    @classmethod
    def of(cls, entries: Iterable[bytes]) -> Tree:
        """Return the tree over entries, in memory."""
        leaves = [leaf_hash(entry) for entry in entries]
        return cls(bytes(nodes_of(leaves, 0, [])), len(leaves))

    def leaf(self, index: int) -> bytes:
        """Return the hash of an entry by its place, counted from 0."""
        return self._root(index, index + 1)

    def root(self, size: int | None = None) -> bytes:
        """Return the root over the first entries, over all of them by default.

        Raises:
            IndexError: there are fewer.
        """
        size = self._within(self.size if size is None else size, self.size)
        return self._root(0, size) if size else EMPTY

    def peaks(self) -> list[bytes]:
        """Return the roots of the full subtrees, the largest first."""
        found, start = [], 0
        for height in reversed(range(self.size.bit_length())):
            if self.size >> height & 1:
                found.append(self._root(start, start + (1 << height)))
                start += 1 << height
        return found

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the proof that an entry is among the first ones (RFC 9162, section 2.1.3.1).

        Args:
            index: its place, counted from 0.
            size: how many entries the root is over; all by default.

        Raises:
            IndexError: it is not among them.
        """
        size = self._within(self.size if size is None else size, self.size)
        if not 0 <= index < size:
            raise IndexError(f"entry {index} is not among the first {size}")
        path, start, stop = [], 0, size
        while stop - start > 1:
            middle = start + _split(stop - start)
            if index < middle:
                path.append(self._root(middle, stop))
                stop = middle
            else:
                path.append(self._root(start, middle))
                start = middle
        return path[::-1]

    def consistency(self, first: int, second: int | None = None) -> list[bytes]:
        """Return the proof that a tree only grew (RFC 9162, section 2.1.4.1).

        Args:
            first: number of entries of the earlier tree.
            second: number of entries of the later one; all by default.

        Raises:
            IndexError: the log has fewer, or they are the wrong way round.
        """
        second = self._within(self.size if second is None else second, self.size)
        first = self._within(first, second)
        if first in (0, second):
            return []
        path, start, stop = [], 0, second
        while first != stop:
            middle = start + _split(stop - start)
            if first <= middle:
                path.append(self._root(middle, stop))
                stop = middle
            else:
                path.append(self._root(start, middle))
                start = middle
        return ([self._root(start, stop)] if start else []) + path[::-1]

    def _root(self, start: int, stop: int) -> bytes:
        """Return the root over the entries of a range that the tree's definition makes."""
        width = stop - start
        if width & (width - 1) == 0:
            at = SIZE * (node_count(stop - 1) + width.bit_length() - 1)
            return self._nodes[at : at + SIZE]
        middle = start + _split(width)
        return node_hash(self._root(start, middle), self._root(middle, stop))

    @staticmethod
    def _within(size: int, most: int) -> int:
        if not 0 <= size <= most:
            raise IndexError(f"{size} is not between 0 and {most} entries")
        return size


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Return whether a proof shows an entry in a tree (RFC 9162, section 2.1.3.2).

    Args:
        leaf: hash of the entry.
        index: its place, counted from 0.
        size: number of entries of the tree.
        proof: what `Tree.inclusion` gave.
        root: root of the tree.
    """
    if not 0 <= index < size or any(len(each) != SIZE for each in proof):
        return False
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(
    first: int, second: int, proof: Sequence[bytes], first_root: bytes, second_root: bytes
) -> bool:
    """Return whether a proof shows that a tree only grew (RFC 9162, section 2.1.4.2).

    Args:
        first: number of entries of the earlier tree.
        second: number of entries of the later tree.
        proof: what `Tree.consistency` gave.
        first_root: root of the earlier tree.
        second_root: root of the later tree.
    """
    if not 0 <= first <= second or any(len(each) != SIZE for each in proof):
        return False
    if first == second:
        return not proof and first_root == second_root
    if first == 0:
        return not proof and first_root == EMPTY
    path = list(proof) if first & (first - 1) else [first_root, *proof]
    if not path:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _split(width: int) -> int:
    """Return the largest power of two below a width of two or more."""
    return 1 << (width - 1).bit_length() - 1

"""Merkle trees against published vectors and a recursive twin written after RFC 9162."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manara.store.merkle import Tree, leaf_hash, verify_consistency, verify_inclusion

# The entries, roots and proofs that Certificate Transparency's implementations test with
# (transparency-dev/merkle, testonly/constants.go).
ENTRIES = [
    bytes.fromhex(each)
    for each in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    0: [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    5: [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
CONSISTENCY = {
    (2, 8): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}

Entries = list[bytes]
entries = st.lists(st.binary(max_size=4), max_size=40)


def split(count: int) -> int:
    width = 1
    while width * 2 < count:
        width *= 2
    return width


def naive_root(d: Entries) -> bytes:
    """MTH of RFC 9162, section 2.1.1."""
    if not d:
        return sha256(b"").digest()
    if len(d) == 1:
        return sha256(b"\x00" + d[0]).digest()
    k = split(len(d))
    return sha256(b"\x01" + naive_root(d[:k]) + naive_root(d[k:])).digest()


def naive_path(m: int, d: Entries) -> list[bytes]:
    """PATH of RFC 9162, section 2.1.3.1."""
    if len(d) == 1:
        return []
    k = split(len(d))
    if m < k:
        return [*naive_path(m, d[:k]), naive_root(d[k:])]
    return [*naive_path(m - k, d[k:]), naive_root(d[:k])]


def naive_subproof(m: int, d: Entries, whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 9162, section 2.1.4.1."""
    if m == len(d):
        return [] if whole else [naive_root(d)]
    k = split(len(d))
    if m <= k:
        return [*naive_subproof(m, d[:k], whole), naive_root(d[k:])]
    return [*naive_subproof(m - k, d[k:], False), naive_root(d[:k])]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    assert Tree.of(ENTRIES[:size]).root().hex() == ROOTS[size]
    assert Tree.of(ENTRIES).root(size).hex() == ROOTS[size]


@pytest.mark.parametrize("index", INCLUSION)
def test_inclusion_proofs_are_those_of_certificate_transparency(index: int) -> None:
    proof = Tree.of(ENTRIES).inclusion(index)
    assert [each.hex() for each in proof] == INCLUSION[index]


@pytest.mark.parametrize(("first", "second"), CONSISTENCY)
def test_consistency_proofs_are_those_of_certificate_transparency(first: int, second: int) -> None:
    proof = Tree.of(ENTRIES).consistency(first, second)
    assert [each.hex() for each in proof] == CONSISTENCY[first, second]


def test_the_proofs_of_the_seven_leaves_in_the_standard() -> None:
    # RFC 6962, section 2.1.3: d0 is proved by b, h, l; d6 by i, k; 3, 4 and 6 leaves by the
    # nodes named there.
    seven = [b"0", b"1", b"2", b"3", b"4", b"5", b"6"]
    a, b, c, d, _, f, j = (leaf_hash(each) for each in seven)

    def node(left: bytes, right: bytes) -> bytes:
        return sha256(b"\x01" + left + right).digest()

    g, h, i = node(a, b), node(c, d), node(leaf_hash(b"4"), f)
    k = node(g, h)
    inner = node(i, j)
    tree = Tree.of(seven)
    assert tree.inclusion(0) == [b, h, inner]
    assert tree.inclusion(3) == [c, g, inner]
    assert tree.inclusion(4) == [f, j, k]
    assert tree.inclusion(6) == [i, k]
    assert tree.consistency(3) == [c, d, g, inner]
    assert tree.consistency(4) == [inner]
    assert tree.consistency(6) == [i, j, k]


@given(entries)
def test_roots_and_proofs_are_those_of_the_definition(d: Entries) -> None:
    tree = Tree.of(d)
    assert tree.root() == naive_root(d)
    for index in range(len(d)):
        assert tree.inclusion(index) == naive_path(index, d)
    for first in range(1, len(d)):
        assert tree.consistency(first) == naive_subproof(first, d, True)


@given(entries, st.data())
def test_what_is_true_is_proved(d: Entries, data: st.DataObject) -> None:
    tree = Tree.of(d)
    second = data.draw(st.integers(0, len(d)))
    first = data.draw(st.integers(0, second))
    proof = tree.consistency(first, second)
    assert verify_consistency(first, second, proof, naive_root(d[:first]), naive_root(d[:second]))
    if first < second:
        proof = tree.inclusion(first, second)
        assert verify_inclusion(leaf_hash(d[first]), first, second, proof, tree.root(second))


@given(st.lists(st.binary(max_size=3), min_size=2, max_size=30, unique=True), st.data())
def test_a_changed_history_is_never_consistent(d: Entries, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, len(d)))
    other = list(d)
    at = data.draw(st.integers(0, first - 1))
    match data.draw(st.sampled_from(["change", "drop", "swap"])):
        case "change":
            other[at] += b"!"
        case "drop":
            del other[at]
            other.append(b"****")
        case "swap":
            to = data.draw(st.integers(0, len(d) - 1).filter(lambda place: place != at))
            other[at], other[to] = other[to], other[at]
    forged = Tree.of(other)
    proof = forged.consistency(first)
    assert not verify_consistency(first, len(d), proof, naive_root(d[:first]), forged.root())
    # Nor does the honest proof, or one of the honest parts, help the forger.
    honest = Tree.of(d).consistency(first)
    assert not verify_consistency(first, len(d), honest, naive_root(d[:first]), forged.root())


@given(st.lists(st.binary(max_size=3), min_size=2, max_size=20), st.data())
def test_a_spoilt_proof_proves_nothing(d: Entries, data: st.DataObject) -> None:
    tree = Tree.of(d)
    index = data.draw(st.integers(0, len(d) - 1))
    leaf, proof, root = leaf_hash(d[index]), tree.inclusion(index), tree.root()
    spoilt = [
        proof[:-1],
        [*proof, bytes(32)],
        [bytes(32), *proof[1:]],
        [proof[0][:31], *proof[1:]],
    ]
    for each in spoilt:
        assert not verify_inclusion(leaf, index, len(d), each, root)
    assert not verify_inclusion(leaf, index, len(d) * 2 + 1, proof, root)
    assert not verify_inclusion(leaf, -1, len(d), proof, root)
    assert not verify_inclusion(leaf, len(d), len(d), proof, root)
    first = data.draw(st.integers(1, len(d) - 1))
    proof = tree.consistency(first)
    for each in (proof[:-1], [*proof, bytes(32)], [bytes(32), *proof[1:]]):
        assert not verify_consistency(first, len(d), each, tree.root(first), root)
    assert not verify_consistency(len(d), first, proof, root, tree.root(first))


def test_places_outside_the_log_have_no_proof() -> None:
    tree = Tree.of(ENTRIES)
    for ask in (
        lambda: tree.inclusion(8),
        lambda: tree.inclusion(-1),
        lambda: tree.consistency(5, 4),
        lambda: tree.root(9),
    ):
        with pytest.raises(IndexError):
            ask()

"""Numbers of a segment's entities: who holds one, who holds one like it, who cannot hold it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

import numpy as np

from manara.identity.checks import keeps_check_digits
from manara.identity.names.keys import number_key
from manara.identity.numbers import kinds, label, parts
from manara.identity.screening.evidence import SAME_DOCUMENT
from manara.identity.screening.kernels import I32, I64, U8, U64
from manara.identity.screening.query import hash_of
from manara.model.text import Text, phrase

#: Equal numbers of which a side does not state the kind or the issuer. Eight digits agree by chance
#: once in 10^8, 18 nats, and what is looked for on a list is seldom of two schemes: little less
#: than `SAME_DOCUMENT`.
UNSAID = 28.0
#: Other evidence says no less beside a number that has one holder: people use false names.
LEAST_BESIDE = -12.0
#: Equal numbers that several may use: an e-mail address rather has one user than a telephone.
SHARED = {"email": 18.0}
SHARED_OTHERWISE = 14.0
#: Equal numbers shorter than counts, or issued by two countries: mostly chance.
WEAK = 6.0
#: What each digit says of a number whose issuer nobody names (ln 10), beyond the fewest that count.
DIGIT = 2.3
#: One digit differs, or two are exchanged: four of five errors of typists (Damerau 1964), though
#: numbers issued one after the other are alike too. More if the query's check digit fails, so that
#: an error is certain.
NEAR, NEAR_WRONG = 5.0, 9.0
#: Two different numbers of a kind of which a thing has one: an error in some 400 listings at most.
DIFFERENT = -6.0

#: What holders may have several of; the things themselves have one.
_OF_THINGS = frozenset({"wallet", "iban", "isin"})
#: Fewest characters of a number for which one that differs tells something.
_NEAR_FROM = 7
#: Most: longer ones are copied, not typed.
_NEAR_TO = 34

How = Literal["same number", "one digit differs", "different number"]


class Documents(NamedTuple):
    """The `d` numbers of a segment's `e` entities.

    Attributes:
        data: UTF-8 bytes of their keys, one after the other.
        start: [d + 1] first byte of each.
        owner: [d] whose it is, ascending.
        own: [e + 1] first number of each entity.
        hash: [2d] hashes of whole keys and of bare numbers, ascending.
        hashed: [2d] the number of each hash.
        half: hashes of the halves of numbers that can be misread, ascending.
        halved: the number of each.
    """

    data: U8
    start: I64
    owner: I32
    own: I64
    hash: U64
    hashed: I32
    half: U64
    halved: I32

    def key(self, at: int) -> str:
        """Return one of the keys."""
        return self.data[self.start[at] : self.start[at + 1]].tobytes().decode("utf-8", "replace")

    def of(self, entity: int) -> list[str]:
        """Return the keys of an entity's numbers."""
        return [self.key(at) for at in range(self.own[entity], self.own[entity + 1])]


class Compared(NamedTuple):
    """What a number asked for and a number of an entity say.

    Attributes:
        asked: key of the query's number.
        found: key of the list's number.
        how: in which way they meet.
        weight: in nats.
    """

    asked: str
    found: str
    how: How
    weight: float

    @property
    def words(self) -> Text:
        """It as a sentence."""
        kind, issuer, number = parts(self.asked)
        other, _, theirs = parts(self.found)
        name = Text(label(other if kind == "no" else kind))
        if self.how == "same number":
            said = phrase("{name} {number}: same", name=name, number=number)
        else:
            swapped = self.weight > 0 and sorted(number) == sorted(theirs)
            how = phrase("two digits exchanged") if swapped else Text(self.how)
            said = phrase("{name} {number}: the list states {theirs}, {how}",
                          name=name, number=number, theirs=theirs, how=how)  # fmt: skip
        if keeps_check_digits(kind, issuer, number) is False:
            return phrase("{said}; its check digit fails: likely a typing error", said=said)
        return said


def build_documents(held: Iterable[tuple[int, str]], entities: int) -> Documents:
    """Return the numbers of a segment.

    Args:
        held: (entity, key) pairs.
        entities: how many entities the segment has.
    """
    pairs = sorted(set(held))
    raw = [key.encode("utf-8", "surrogatepass") for _, key in pairs]
    owner = np.array([entity for entity, _ in pairs], np.int32)
    start = np.cumsum([0, *map(len, raw)], dtype=np.int64)
    hashes, hashed = list[np.uint64](), list[int]()
    halves, halved = list[np.uint64](), list[int]()
    for at, (_, key) in enumerate(pairs):
        found = {hash_of(key), hash_of(_bare(key))}
        hashes += found
        hashed += [at] * len(found)
        for half in _halves(key):
            halves.append(hash_of(half))
            halved.append(at)
    hash_, hashed_ = _by_hash(hashes, hashed)
    half_, halved_ = _by_hash(halves, halved)
    return Documents(
        np.frombuffer(b"".join(raw), np.uint8), start, owner,
        np.searchsorted(owner, np.arange(entities + 1)).astype(np.int64),
        hash_, hashed_, half_, halved_,
    )  # fmt: skip


def _by_hash(hashes: list[np.uint64], values: list[int]) -> tuple[U64, I32]:
    keys = np.array(hashes, np.uint64)
    order = np.argsort(keys, kind="stable")
    return keys[order], np.array(values, np.int32)[order]


def _bare(key: str) -> str:
    """Return the number alone, which meets one whose kind or issuer is unknown."""
    return number_key(parts(key)[2])


def _halves(key: str) -> tuple[str, ...]:
    """Return both ends of a number that can be misread: one slip leaves one of them as it is.

    Two neighbours exchanged in the middle touch the character that stands in neither end.
    """
    kind, _, number = parts(key)
    if not _can_be_misread(kind, number):
        return ()
    middle = len(number) // 2
    return f"{kind}<{number[:middle]}", f"{kind}>{len(number)}{number[middle + 1 :]}"


def _can_be_misread(kind: str, number: str) -> bool:
    unique = kinds()[kind].unique
    return unique in ("world", "issuer") and _NEAR_FROM <= len(number) <= _NEAR_TO


def holders(documents: Documents, asked: Iterable[str]) -> list[int]:
    """Return the entities that hold one of these numbers, or one that differs in one digit."""
    found: set[int] = set()
    for key in asked:
        for value in {hash_of(key), hash_of(_bare(key))}:
            for at in _run(documents.hash, documents.hashed, value):
                found.add(int(documents.owner[at]))
        number = parts(key)[2]
        for half in _halves(key):
            for at in _run(documents.half, documents.halved, hash_of(half)):
                if one_slip(number, parts(documents.key(at))[2]):
                    found.add(int(documents.owner[at]))
    return sorted(found)


def _run(keys: U64, values: I32, value: np.uint64) -> list[int]:
    first, last = (int(np.searchsorted(keys, value, side)) for side in ("left", "right"))
    found: list[int] = values[first:last].tolist()
    return found


def one_slip(one: str, other: str) -> bool:
    """Return whether two texts of one length differ in one place or two exchanged neighbours."""
    if len(one) != len(other):
        return False
    apart = [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(apart) == 2 and apart[1] == apart[0] + 1:
        return one[apart[0]] == other[apart[1]] and one[apart[1]] == other[apart[0]]
    return len(apart) == 1


def compare(asked: Iterable[str], held: Iterable[str]) -> tuple[Compared, ...]:
    """Return what the numbers of a query and those of an entity say.

    Several that agree are no further evidence: whoever copied one copied the others. So the
    strongest that agrees counts alone; only where none agrees do others count against.
    """
    held = list(held)
    found = [pair for key in asked for other in held if (pair := _compared(key, other))]
    agreeing = [pair for pair in found if pair.weight > 0]
    if agreeing:
        return (max(agreeing, key=lambda pair: (pair.weight, pair.found)),)
    return tuple(found[:1])


def _compared(asked: str, held: str) -> Compared | None:
    kind, issuer, number = parts(asked)
    other, theirs, against = parts(held)
    if number_key(number) == number_key(against):
        return Compared(asked, held, "same number", _same(kind, issuer, other, theirs, number))
    rule = kinds()[kind]
    if not (kind == other or "no" in (kind, other)) or (issuer and theirs and issuer != theirs):
        return None
    wrong = keeps_check_digits(kind, issuer, number) is False
    right = keeps_check_digits(kind, theirs, against) is True and not wrong
    single = rule.single and kind not in _OF_THINGS
    if _can_be_misread(kind, number) and one_slip(number, against) and not (single and right):
        return Compared(asked, held, "one digit differs", NEAR_WRONG if wrong else NEAR)
    single = single and kind == other
    return Compared(asked, held, "different number", DIFFERENT) if single and not wrong else None


def _same(kind: str, issuer: str, other: str, theirs: str, number: str) -> float:
    """Return what one number on both sides says."""
    rule = kinds()[kind if other == "no" else other]
    uniques = {rule.unique, kinds()[kind].unique}
    if len(number) < rule.least:
        return WEAK
    if "weak" in uniques:
        return max(WEAK, min(UNSAID, DIGIT * (len(number) - rule.least)))
    if "shared" in uniques:
        return SHARED.get(rule.kind, SHARED_OTHERWISE)
    if issuer and theirs and issuer != theirs and kind != "wallet":
        return WEAK
    if kind == other and (rule.worldwide or (issuer and theirs)):
        return SAME_DOCUMENT
    return UNSAID

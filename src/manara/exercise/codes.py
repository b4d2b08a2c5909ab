"""The words behind the small numbers of a world's tables, and the numbers behind the words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

#: What a number in such a column stands for, by its place. New words go to the end: the numbers of
#: the others must not change.
CODES: Mapping[str, tuple[str, ...]] = {
    "sex": ("female", "male"),
    "occupation": (
        *("none", "child", "student", "farmer", "labourer", "shopkeeper", "trader", "clerk"),
        *("teacher", "nurse", "driver", "sailor", "miner", "soldier", "police", "civil servant"),
        *("engineer", "cleric", "mechanic", "money changer", "printer", "charity worker"),
        *("customs agent", "pilot", "pensioner"),
    ),
    "company": (
        *("shop", "trader", "charity", "exchange", "hawala", "transport", "mine", "farm"),
        *("factory", "school", "clinic", "utility", "landlord", "telecom", "airline", "state"),
        *("printer", "gunsmith", "broker", "hotel"),
    ),
    "relation": (
        *("spouse", "parent", "sibling", "cousin", "friend", "neighbour", "colleague"),
        *("employee", "director", "owner", "member", "agent"),
    ),
    "account": ("bank", "mobile", "wallet"),
    "channel": ("transfer", "mobile", "cash", "card", "remittance", "swift", "crypto"),
    "purpose": (
        *("salary", "rent", "shop", "utility", "remittance", "family", "wholesale", "fee"),
        *("donation", "school", "savings", "cash in", "cash out", "trade", "tax", "other"),
    ),
    "document": ("passport", "id", "residence", "vehicle", "seaman", "licence"),
    "direction": ("entry", "exit"),
    "firearm": (
        "made",
        "imported",
        "issued",
        "transferred",
        "lost",
        "stolen",
        "seized",
        "returned",
    ),
    "incident": (
        *("robbery", "armed attack", "explosion", "kidnapping", "extortion", "smuggling"),
        *("arms seizure", "drug seizure", "fraud", "protest", "cyber attack"),
    ),
    "group": ("armed group", "gang", "separatists", "smugglers", "cyber gang", "protest movement"),
    "sighting": ("ip", "domain", "wallet", "phone", "hash"),
    "mention": (
        *("suspect", "wanted", "witness", "victim", "missing", "sanctioned", "str", "complainant"),
        *("arrested", "convicted"),
    ),
    "agency": (
        *("police", "register", "bank", "mobile", "fiu", "customs", "border", "carrier"),
        *("arms", "depot", "cert", "sites", "justice"),
    ),
    "site": (
        *("market", "port", "airport", "depot", "power", "water", "school", "hospital", "bridge"),
        *("government", "worship", "stadium"),
    ),
}


@cache
def code(column: str, word: str) -> int:
    """Return the number that stands for a word.

    Args:
        column: a key of `CODES`, as ``purpose``.
        word: as ``salary``.

    Raises:
        KeyError: there is no such column.
        ValueError: the column has no such word.
    """
    return CODES[column].index(word)


def word(column: str, number: int) -> str:
    """Return the word that a number stands for; ``""`` for -1."""
    return CODES[column][number] if number >= 0 else ""

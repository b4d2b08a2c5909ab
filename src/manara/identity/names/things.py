"""What is peculiar to the names of vessels: numerals and former names."""

from __future__ import annotations

import re

_ROMAN = re.compile(r"(x{0,3})(ix|iv|v?i{0,3})")
_VALUES = {"i": 1, "v": 5, "x": 10}
#: Words before a former name.
FORMER = frozenset({"ex", "formerly", "fka"})


def numeral(token: str) -> str:
    """Return a Roman numeral of two letters or more in digits, any other word as it is."""
    found = _ROMAN.fullmatch(token) if len(token) > 1 else None
    if found is None:
        return token
    values = [_VALUES[letter] for letter in token]
    after = [*values[1:], 0]
    return str(sum(-v if v < n else v for v, n in zip(values, after, strict=True)))

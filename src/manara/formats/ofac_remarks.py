"""The remarks of OFAC's CSV files: labelled values in one text, taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from manara.formats.ofac_party import Item
from manara.formats.ofac_terms import (
    DESIGNATION,
    DOCUMENTS,
    PARTIES,
    PROPERTIES,
    SECURITIES,
    WALLET,
)

#: The office cuts remarks after 1000 characters and goes on in a file of comments; the limit here
#: leaves room for the white space that has been collapsed. A whole remark ends with a full stop.
_LIMIT = 900


def _either(labels: list[str]) -> str:
    return "|".join(re.escape(label) for label in sorted(labels, key=len, reverse=True))


# Neither opens a remark: positions and names have columns of their own.
_LABELS = [
    label
    for label in (*PROPERTIES, *DOCUMENTS, *PARTIES, *SECURITIES)
    if label not in {"title", "issuer name"}
]
_ITEM = re.compile(
    rf"(?:alt\. )?(?P<label>{_either(_LABELS)}|{WALLET}(?: - \w+)?):?\s+(?P<value>\S.*)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    rf"(?:alt\. )?(?P<label>(?:{_either(list(DESIGNATION))})"
    r"(?:[^:(]*?\([^)]*\)(?=:? \d)|.*?(?=:\s| -\s)))(?::| -)?\s+(?P<value>.+)",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(
    r"(?P<value>.+?)(?: \((?P<country>[^()]*(?:\([^()]*\))?[^()]*)\))?"
    r"(?: issued (?P<issued>[\w ]*?\d{4}))?(?: expires (?P<expires>[\w ]*?\d{4}))?"
)


def items(remarks: str, locator: str, *, continued: bool = False) -> Iterator[Item]:
    """Yield each labelled value of a remark; what has no known label is passed over.

    Args:
        remarks: the text, white space collapsed.
        locator: where it stands.
        continued: whether it goes on from another file, so that its first part has lost its label.
    """
    parts = [part.strip() for part in remarks.split(";")]
    if continued:
        parts = parts[1:]
    if len(remarks) >= _LIMIT and not remarks.endswith("."):
        parts = parts[:-1]  # cut off in the middle of a value
    for part in parts:
        if found := _ITEM.fullmatch(part.removesuffix(".")):
            if found["label"].lower() in DOCUMENTS and not re.search(r"\d", found["value"]):
                continue  # a sentence about a passport, not the number of one
            yield _item(found["label"], found["value"], locator, part)
        elif found := _SENTENCE.fullmatch(part):
            yield Item(found["label"], found["value"], locator, original=part)


def _item(label: str, value: str, locator: str, part: str) -> Item:
    if label.lower() in {"a.k.a.", "f.k.a."}:
        return Item(label, value.strip("'\""), locator, original=part)
    document = _DOCUMENT.fullmatch(value) if label.lower() in DOCUMENTS else None
    if document is None:
        return Item(label, value, locator, original=part)
    stated = {name: text or "" for name, text in document.groupdict().items()}
    return Item(label, locator=locator, original=part, **stated)

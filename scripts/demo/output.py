"""Writing files byte for byte the same on every machine."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from demo.party import FICTION

XSI = "http://www.w3.org/2001/XMLSchema-instance"


def sub(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    """Return a new child element; ``_`` in an attribute's name stands for ``-``."""
    named = {name.replace("_", "-"): value for name, value in attributes.items()}
    child = ET.SubElement(parent, tag, named)
    child.text = text or None
    return child


def optional(parent: ET.Element, tag: str, text: str) -> None:
    """Add a child element if there is a text for it."""
    if text:
        sub(parent, tag, text)


def write_xml(path: Path, root: ET.Element) -> None:
    """Write an XML file in UTF-8 that says in a comment that it is fiction."""
    ET.indent(root, "")
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- {FICTION} -->\n'
    write_text(path, head + ET.tostring(root, encoding="unicode") + "\n")


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with its line ends as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def csv_text(
    rows: Iterable[Sequence[str]],
    *,
    separator: str = ",",
    quote_all: bool = False,
    line_end: str = "\r\n",
) -> str:
    """Return rows as separated values."""
    out = io.StringIO(newline="")
    csv.writer(
        out,
        delimiter=separator,
        quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL,
        lineterminator=line_end,
    ).writerows(rows)
    return out.getvalue()

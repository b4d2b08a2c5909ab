"""Write ``identity/names/data/han.tsv``: the Mandarin reading of each Han character.

    python -m pip install pypinyin && python scripts/make_han.py

The readings are those of pypinyin (MIT licence), the first of each character in the block of
unified ideographs, without tones, in the phonetic letters of ``manara.identity.names.readings``.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from pathlib import Path

from pypinyin.pinyin_dict import pinyin_dict  # type: ignore[import-not-found]

TARGET = Path(__file__).parent.parent / "src/manara/identity/names/data/han.tsv"
#: Family names that are not read as the character usually is.
SURNAMES = {
    "曾": "zeng",
    "单": "shan",
    "解": "xie",
    "仇": "qiu",
    "区": "ou",
    "查": "zha",
    "翟": "zhai",
}


def letters(pinyin: str) -> str:
    """Return a syllable of Hanyu Pinyin in phonetic letters (``zhang`` is ``jang``)."""
    plain = unicodedata.normalize("NFKD", pinyin.split(",")[0])
    plain = "".join(character for character in plain if "a" <= character <= "z")
    for source, reading in (("zh", "j"), ("ch", "c"), ("sh", "x"), ("q", "c")):
        plain = plain.replace(source, reading)
    return plain


def main() -> None:
    """Write the table, one line a reading."""
    lines = defaultdict(list)
    for code, pinyin in sorted(pinyin_dict.items()):
        if 0x4E00 <= code <= 0x9FFF:
            reading = letters(SURNAMES.get(chr(code), pinyin))
            lines[reading].append(chr(code))
    head = "# reading and characters; from pypinyin (MIT, (c) 2016 mozillazg and contributors)\n"
    body = "".join(
        f"{reading}\t{''.join(of)}\n" for reading, of in sorted(lines.items()) if reading
    )
    TARGET.write_text(head + body, encoding="utf-8")


if __name__ == "__main__":
    main()

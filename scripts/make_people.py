"""Write ``identity/screening/data/popular.tsv``: popular names, of which clean people are made.

    python scripts/make_people.py FOLDER

FOLDER holds ``popular_{forenames,surnames}_by_country.csv`` (CC0) and, for the forms of Arab and
Israeli names in their own script, ``wd_{arabic,hebrew}_64.tsv`` (name tokens mined from Wikidata,
NETransliteration-COLING2018, CC0). A line is a country, a part of the name (female, male or
family), the form in the country's script (empty if unknown) and the Latin form.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

TARGET = Path(__file__).parent.parent / "src/manara/identity/screening/data/popular.tsv"
#: Countries in which the father's and grandfather's names stand for a family name.
ARAB = frozenset(["AE", "DZ", "EG", "IQ", "JO", "KW", "LB", "LY", "MA", "SA", "TN"])
_PARTS = {"F": "female", "M": "male"}
_SEEN = 3  # pairs mined less often are often no pair at all


def mined(path: Path) -> dict[str, str]:
    """Return the most frequent form in another script of each Latin token."""
    best: dict[str, tuple[int, str]] = {}
    for line in path.read_text("utf-8").splitlines():
        latin, letters, count = line.split("\t")
        if int(count) >= _SEEN:
            best[latin] = max(best.get(latin, (0, "")), (int(count), letters.replace(" ", "")))
    return {latin: form for latin, (_, form) in best.items()}


def popular(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    """Yield country, part, local form and Latin form of every name in the tables."""
    for table in ("forenames", "surnames"):
        path = folder / f"popular_{table}_by_country.csv"
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                part = _PARTS.get(row.get("Gender", ""), "family")
                local, latin = row["Localized Name"].strip(), row["Romanized Name"].strip()
                if latin or local:
                    yield row["Country"], part, local, latin or local


def main(folder: Path) -> None:
    """Write the table: countries with given names, and with family names unless they are Arab."""
    arabic, hebrew = mined(folder / "wd_arabic_64.tsv"), mined(folder / "wd_hebrew_64.tsv")
    rows = list(popular(folder))
    given = {row[0] for row in rows if row[1] != "family"}
    usable = given & ({row[0] for row in rows if row[1] == "family"} | ARAB)
    lines = set()
    for country, part, local, latin in rows:
        forms = arabic if country in ARAB else hebrew if country == "IL" else {}
        form = forms.get(latin.lower(), "") if local.isascii() else local
        lines.add((country, part, form if form != latin else "", latin))
    head = "# country, part, local form, Latin form; scripts/make_people.py, from CC0 tables\n"
    body = "".join("\t".join(line) + "\n" for line in sorted(lines) if line[0] in usable)
    TARGET.write_text(head + body, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

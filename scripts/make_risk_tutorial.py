"""Write the invented material of the tutorial on the risk programme into docs/tutorial/risk.

Everything in it is invented: the country of Varazan, its towns, the trust, its sites and people.
"""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from pathlib import Path

import openpyxl

from manara.risk.programme import questions, read_sites, write_workbook

OUT = Path(__file__).parents[1] / "docs/tutorial/risk"

HEADINGS = ("site", "name", "kind", "area", "latitude", "longitude", "building", "contents",
            "interruption", "people", "prominence", "comparable")  # fmt: skip
SITES = (
    ("tower", "Lantern Tower", "office", "Port Lantern", 41.0010, 18.0020,
     62_000_000, 9_000_000, 14_000_000, 900, 5, 640),
    ("market", "Hollin Market Hall", "market", "Hollin", 41.1130, 18.1420,
     11_000_000, 2_500_000, 3_200_000, 450, 2, 22),
    ("depot", "Quarry Depot", "office", "Hollin", 41.1290, 18.0920,
     7_000_000, 12_000_000, 2_600_000, 35, 1, 90),
    ("college", "Marsh College", "school", "Marsh Quay", 40.9200, 17.9100,
     24_000_000, 4_000_000, 5_000_000, 380, 3, 45),
    ("quay", "North Quay Office", "office", "Port Lantern", 41.0032, 18.0051,
     9_000_000, 1_500_000, 2_400_000, 120, 2, 640),
)  # fmt: skip

#: Incidents of ten years that began a cluster, by area and kind of site.
BEGUN = {
    ("Port Lantern", "office"): 9,
    ("Port Lantern", "transport"): 14,
    ("Port Lantern", "market"): 4,
    ("Hollin", "market"): 3,
    ("Hollin", "transport"): 2,
    ("Marsh Quay", "school"): 2,
    ("Varnholt", "transport"): 8,
    ("Varnholt", "market"): 3,
}

#: Mean answer of each site, 0..4, and how often an answer comes with evidence.
STATE = {"tower": (3.1, 0.95), "market": (1.2, 0.6), "depot": (1.6, 0.7), "college": (2.9, 0.95),
         "quay": (2.2, 0.5)}  # fmt: skip


def main() -> None:
    """Write all files."""
    OUT.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (HEADINGS, *SITES):
        sheet.append(row)
    # One row that nobody can use, as spreadsheets have.
    sheet.append(
        ("annex", "Annex, to be sold", "office", "Port Lantern", "41,0", 18.0, 0, 0, 0, 5, 1, 1)
    )
    book.save(OUT / "sites.xlsx")
    incidents()
    answers("Mara Quillon", random.Random(0), tuple(STATE))
    answers("Tobin Farsight", random.Random(1), ("tower", "market"))


def incidents() -> None:
    """Write ten years of incidents; some set off others within days."""
    chance = random.Random(7)
    start, rows = date(2016, 7, 1), []
    for (area, kind), begun in BEGUN.items():
        for _ in range(begun):
            days = [chance.uniform(0, 3650)]
            while days:
                day = days.pop()
                if day < 3650:
                    killed = int(chance.paretovariate(1.4)) if chance.random() < 0.4 else 0
                    rows.append((start + timedelta(days=int(day)), area, kind, min(killed, 60)))
                    while chance.random() < 0.35:
                        days.append(day + chance.expovariate(1 / 12))
    with (OUT / "incidents.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("date", "area", "kind", "count"))
        writer.writerows(sorted(rows))


def answers(assessor: str, chance: random.Random, names: tuple[str, ...]) -> None:
    """Write a filled questionnaire."""
    path = OUT / f"answers-{assessor.split()[0].lower()}.xlsx"
    sites = [one for one in read_sites(OUT / "sites.xlsx")[0] if one.site in names]
    write_workbook(path, sites, assessor)
    book = openpyxl.load_workbook(path)
    book["about"]["B3"] = "2026-10-12"
    base = random.Random(1)
    drawn = {}
    for site in STATE:
        for category in questions().categories:
            for asked in category.questions:
                mean, shown = STATE[site]
                score = min(4, max(0, round(base.gauss(mean, 0.8))))
                drawn[site, asked.id] = score, base.random() < shown
    for row in book["answers"].iter_rows(min_row=2):
        score, shown = drawn[row[0].value, row[2].value]
        if chance.random() < 0.2:
            score = min(4, max(0, score + chance.choice((-1, 1))))
        row[7].value = score
        row[8].value = "seen on site, file S-" + row[2].value if shown and score else None
    book.save(path)


if __name__ == "__main__":
    main()

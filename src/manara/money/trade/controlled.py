"""Arms, explosives, precursors and sensitive goods: by code, by word, and by route."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from manara.model import Text, counted, phrase, some_of
from manara.money.topics import topics_in
from manara.money.trade.checks import codes, group_of, sources
from manara.money.trade.finding import Hit, sum_of

_PARTIES = ("exporter", "importer", "broker")
_ROLES: Mapping[str, Text] = {
    "exporter": phrase("exporter"),
    "importer": phrase("importer"),
    "broker": phrase("broker"),
}
_Rows = list[dict[str, Any]]


def with_group(consignments: pa.Table) -> pa.Table:
    """Return the declarations of controlled or sensitive codes, with the column ``group``."""
    coded = consignments["hs"].combine_chunks().dictionary_encode()
    groups = pa.array([group_of(code) for code in coded.dictionary.to_pylist()], pa.string())
    table = consignments.append_column("group", groups.take(coded.indices))
    return table.filter(pc.is_valid(table["group"]))


def off_route(controlled: pa.Table) -> Iterator[Hit]:
    """Yield controlled goods with a party whose seat is neither where they come from nor go to."""
    groups = defaultdict(list)
    for row in controlled.to_pylist():
        route = {row["origin"], row["destination"]}
        seats = {party: row[f"{party}_country"] for party in _PARTIES}
        away = tuple(party for party, seat in seats.items() if seat and seat not in route)
        if away and None not in route:
            groups[_partners(row), away].append(row)
    for (subjects, away), rows in groups.items():
        rows.sort(key=lambda row: (-row["value"], row["id"]))
        first = rows[0]
        text = phrase(
            "{goods} went from {origin} to {destination}, with the {seats}.",
            goods=_goods(rows), origin=first["origin"], destination=first["destination"],
            seats=tuple(phrase("{party} in {country}", party=_ROLES[one],
                               country=first[f"{one}_country"]) for one in away),
        )  # fmt: skip
        law = phrase("Brokering from a third country needs a licence in many states.")
        figures = {"group": first["group"], "off_route": list(away)}
        yield _hit("broker-off-route", subjects, rows, [text, law], figures)


def misdescribed(consignments: pa.Table) -> Iterator[Hit]:
    """Yield goods described by a word for arms or precursors under a code that is for neither."""
    lawful = codes().lawful_chapters
    words = pc.unique(consignments["description"].drop_null()).to_pylist()
    about = {text: topics_in(text, None) & lawful.keys() for text in words}
    named = [text for text, topics in about.items() if topics]
    table = consignments.filter(pc.is_in(consignments["description"], pa.array(named, pa.string())))
    groups = defaultdict(list)
    for row in table.to_pylist():
        for topic in about[row["description"]]:
            if row["chapter"] not in lawful[topic] and group_of(row["hs"]) is None:
                groups[(row["exporter"], row["importer"]), topic, row["hs"]].append(row)
    for (subjects, topic, code), rows in groups.items():
        rows.sort(key=lambda row: (-row["value"], row["id"]))
        text = counted(
            "Code {code} with the description «{description}»: words of the topic {topic}, in "
            "{num} declaration, {sums}.",
            "Code {code} with the description «{description}»: words of the topic {topic}, in "
            "{num} declarations, {sums}.",
            len(rows), code=code, description=rows[0]["description"], topic=phrase(topic),
            sums=_sums(rows),
        )  # fmt: skip
        figures = {"topic": topic, "hs": code, "description": rows[0]["description"]}
        yield _hit("misdescribed-goods", subjects, rows, [text], figures)


def by_code(controlled: pa.Table, others: Mapping[str, Collection[str]]) -> Iterator[Hit]:
    """Yield goods of controlled codes: where the code is not enough, with another finding on them.

    Args:
        controlled: declarations with their ``group``.
        others: names of the other checks that found a declaration, by its id.
    """
    groups = defaultdict(list)
    for row in controlled.to_pylist():
        if codes().groups[row["group"]].alone or others.get(row["id"]):
            groups[(row["exporter"], row["importer"]), row["group"]].append(row)
    for (subjects, name), rows in groups.items():
        rows.sort(key=lambda row: (-row["value"], row["id"]))
        group = codes().groups[name]
        marks = sorted({mark for row in rows for mark in others.get(row["id"], ())})
        coded = sorted({row["hs"] for row in rows})
        texts = [
            phrase("{goods}: codes {codes}, on the list «{list}».", goods=_goods(rows),
                   codes=some_of(coded), list=sources()[group.source]),
            phrase("A code is coarse: whether these very goods are controlled, the papers must "
                   "show.")
            if not group.alone
            else phrase("Such goods need licences of export and import: ask for them."),
        ]  # fmt: skip
        if marks:
            also = tuple(map(phrase, marks))
            texts.append(phrase("Other checks found these declarations too: {checks}.",
                                checks=also))  # fmt: skip
        yield _hit("controlled-goods", subjects, rows, texts, {"group": name, "also": marks})


def _partners(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row[party] for party in _PARTIES if row[party]))


def _goods(rows: _Rows) -> Text:
    group = codes().groups[rows[0]["group"]]
    return counted(
        "{goods:cap} in {num} declaration, {sums}",
        "{goods:cap} in {num} declarations, {sums}",
        len(rows), goods=phrase(group.title), sums=_sums(rows),
    )  # fmt: skip


def _sums(rows: _Rows) -> tuple[Text, ...]:
    totals: dict[str, float] = defaultdict(float)
    for row in rows:
        totals[row["currency"]] += row["value"]
    return tuple(sum_of(total, currency) for currency, total in sorted(totals.items()))


def _hit(
    check: str, subjects: tuple[str, ...], rows: _Rows, texts: list[Text], figures: dict[str, Any]
) -> Hit:
    ids, currency = tuple(row["id"] for row in rows), rows[0]["currency"]
    alike = all(row["currency"] == currency for row in rows)
    stake = float(sum(row["value"] for row in rows)) if alike else 0.0
    steps = tuple((text, ids if at == 0 else (), ()) for at, text in enumerate(texts))
    return Hit(check, subjects, ids, (), steps, figures, stake, currency)

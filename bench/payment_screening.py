"""Payments screened before they leave: time, false alerts on innocent purposes, listed names found.

The lists are those of the UN and of OFAC. A payment has two parties on no list, two banks and a
purpose of 140 characters, put together from invented innocent ones. The naive peer compares its
names, and every part of its purpose as long as a name, with every name of the lists (RapidFuzz).
CPU times; nothing of a payment was asked before, but words return as they do in payments.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench._remittance import purposes
from bench._run import PEERS, main, peer
from bench._screening_data import clean_people, read_lists, shared_folder
from manara.formats import recognise
from manara.identity.screening.index import Index
from manara.model import Reject
from manara.pipeline.clean import clean
from manara.pipeline.listed import PROPS, ListedFact, entries
from manara.pipeline.particulars import LINKED, Linked
from manara.pipeline.payment_screening import PartyAsked, PaymentAsked, PaymentScreen
from manara.pipeline.screening import Screen

_LISTS = ("un_sc_2025-04-19.xml", "ofac_sdn.csv", "ofac_alt.csv", "ofac_add.csv")
_BANKS = (
    "Harbour Savings Bank",
    "Banque du Littoral",
    "Sunny Valley Cooperative",
    "Nordkap Sparbank",
)
_BICS = ("HASAGB2L", "BLITSNDA", "SUVAKENX", "NOKPNO22")
_LENGTH = 140
_THRESHOLDS = (0.3, 0.5, 0.8)
#: Scores of partial_ratio from which screeners take a name for found.
_PEER_THRESHOLDS = (85, 90, 95)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return CPU milliseconds of a payment and what is found in texts, ours and the peer's."""
    folder = shared_folder()
    if folder is None:
        return {"skipped": "no third-party samples"}
    screen = PaymentScreen(_screen([folder / "lists" / name for name in _LISTS]), {})
    draw = random.Random(7)
    people = [person.name for person in clean_people(folder)]
    innocent = [text for _, text in purposes(1, 20)]
    payments = [_payment(draw, people, innocent) for _ in range(options.payments)]
    screen.ask(PaymentAsked(texts=(("purpose", "compiled before anything is measured"),)))
    spent = [_cpu_ms(screen, _asked(*one)) for one in payments]
    names = _names(folder, draw, options.listed)
    among = [_with(draw, name, innocent) for name in names]
    direct = sum(_found(screen, PaymentAsked(parties=(("payee", PartyAsked(name=n)),)), n)
                 for n in names)  # fmt: skip
    listed = screen.screen.index.sample(1 << 30, 1)
    job = {
        "names": [one.name for entity in listed for one in entity],
        "payments": payments[: options.peer],
        "texts": [*innocent[:: max(1, len(innocent) // options.texts)], *among],
    }
    return {
        "names_on_lists": len(screen.screen.index),
        "payments": len(payments),
        "payment_cpu_ms": _ranks(spent),
        "payment_cpu_ms_after_1000": _ranks(spent[1000:]) if len(spent) > 1000 else {},
        "innocent_purposes": len(innocent),
        "alerted": _alerted(screen, innocent),
        "alerted_later": _alerted(screen, [text for _, text in purposes(2, 20)]),
        "listed_names": len(names),
        "found_in_a_text": sum(map(lambda t, n: _found(screen, _text(t), n), among, names)),
        "found_when_asked_alone": direct,
        "rapidfuzz": _peer(job, names, len(among)),
    }


def _screen(paths: Sequence[Path]) -> Screen:
    facts = []
    for path in paths:
        format_, match = recognise(path)
        dataset = match.part_of or match.dataset
        for item in format_.read(path):
            for stated in () if isinstance(item, Reject) else item.stated:
                if stated.prop in PROPS | LINKED and not isinstance(value := clean(stated), Reject):
                    facts.append(
                        ListedFact(stated.entity_id, stated.schema, stated.prop, value[0], dataset)
                    )
    index = Index.build(entries(sorted(facts), Linked(facts)))
    return Screen(index, {}, {name: "bench" for name, _ in index.editions})


def _payment(
    draw: random.Random, people: Sequence[str], innocent: Sequence[str]
) -> tuple[list[str], str]:
    text = ""
    while len(text) < _LENGTH:
        text += draw.choice(innocent) + " "
    return [draw.choice(people), draw.choice(people), *draw.sample(_BANKS, 2)], text[:_LENGTH]


def _asked(names: list[str], text: str) -> PaymentAsked:
    fields = ("payer", "payee", "payer_institution", "payee_institution")
    parties = [
        PartyAsked(name=name, bic=_BICS[_BANKS.index(name)] if name in _BANKS else "")
        for name in names
    ]
    return PaymentAsked(parties=tuple(zip(fields, parties, strict=True)), texts=_text(text).texts)


def _text(text: str) -> PaymentAsked:
    return PaymentAsked(texts=(("purpose", text),))


def _cpu_ms(screen: PaymentScreen, asked: PaymentAsked) -> float:
    started = time.process_time()
    screen.ask(asked)
    return 1000 * (time.process_time() - started)


def _ranks(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    at = {f"p{p}": ordered[min(len(ordered) - 1, len(ordered) * p // 100)] for p in (50, 90, 99)}
    return {key: round(value, 2) for key, value in (at | {"max": ordered[-1]}).items()}


def _alerted(screen: PaymentScreen, texts: Sequence[str]) -> dict[str, Any]:
    """Return the share of texts with a hit from each threshold, and what was hit most."""
    best, told, goods = [], Counter[str](), 0
    for text in texts:
        answer = screen.ask(_text(text), threshold=min(_THRESHOLDS))
        best.append(max((hit.probability for hit in answer.hits), default=0.0))
        told.update(f"{hit.asked} = {hit.name}" for hit in answer.hits if hit.probability >= 0.5)
        goods += bool(answer.goods)
    shares = {f"from_{t}": round(sum(b >= t for b in best) / len(texts), 4) for t in _THRESHOLDS}
    return {**shares, "goods": goods, "most_from_0.5": dict(told.most_common(5))}


def _names(folder: Path, draw: random.Random, count: int) -> list[str]:
    """Return listed names of two words or more in Latin letters, of the main kind."""
    lists = read_lists(*(folder / "lists" / name for name in _LISTS))
    names = [one.text for entry in lists for one in entry.latin("primary") if " " in one.text]
    return draw.sample(sorted(set(names)), count)


def _with(draw: random.Random, name: str, innocent: Sequence[str]) -> str:
    text = draw.choice(innocent)
    told = name if draw.random() < 0.5 else name.upper()
    return f"{text} {told} {draw.choice(innocent)}"


def _found(screen: PaymentScreen, asked: PaymentAsked, name: str) -> bool:
    return any(_alike(hit.name, name) for hit in screen.ask(asked).hits)


def _alike(one: str, other: str) -> bool:
    return sorted(one.casefold().split()) == sorted(other.casefold().split())


def _peer(job: dict[str, Any], names: Sequence[str], among: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "job.json"
        path.write_text(json.dumps(job), encoding="utf-8")
        command = [peer("rapidfuzz"), str(PEERS / "payments_rapidfuzz.py"), str(path)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    told = json.loads(done.stdout)
    innocent, listed = told["texts"][:-among], told["texts"][-among:]
    return {
        "payment_cpu_ms": _ranks([1000 * one for one in told["payment_s"]]),
        "innocent_purposes": len(innocent),
        "alerted": {
            f"from_{t}": round(sum(score >= t for _, score in innocent) / len(innocent), 4)
            for t in _PEER_THRESHOLDS
        },
        "any_name_found_in_a_text": {
            f"from_{t}": sum(score >= t for _, score in listed) for t in _PEER_THRESHOLDS
        },
    }


if __name__ == "__main__":
    main("payment_screening", run, payments=3000, listed=300, texts=150, peer=20)

"""Two nodes find together what neither finds alone; what they write down is scored."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from manara.exercise.running import Ran, run_exercise
from manara.exercise.scoring.results import Asked, Found, read_results
from manara.model import Handling, UsageError


def person(id_: str, name: str, **told: str) -> dict[str, Any]:
    return {
        "id": id_,
        "schema": "Person",
        "properties": {"name": [name]} | {key: [value] for key, value in told.items()},
    }


def payment(id_: str, amount: str) -> dict[str, Any]:
    told = {"date": "2026-02-11", "payer": "b-7", "beneficiary": "b-9", "amount": amount}
    properties = {key: [value] for key, value in (told | {"currency": "EUR"}).items()}
    return {"id": id_, "schema": "Payment", "properties": properties}


#: A flight on which Ilvane Torskel sits, in another order of his names, and somebody else.
PAXLST = (
    "UNA:+.? 'UNB+UNOA:4+XQAIR+APIUNIT+260204:0930+R1'UNH+1+PAXLST:D:12B:UN:IATA'BGM+745'"
    "TDT+20+XQ204'LOC+125+QAP'DTM+189:2602041430:201'LOC+87+QBM'NAD+FL+++ILVANE:TORSKEL'"
    "DTM+329:800203'NAD+FL+++OKVARI:TESMINE'DTM+329:850101'CNT+42:2'UNT+12+1'UNZ+1+R1'"
)

DELKAVI = person("a-2", "Maruen Delkavi", birthDate="1985-11-24", passportNumber="XA4471902")

#: The first state suspects Ilvane Torskel of dealing and knows that Maruen Delkavi goes about with
#: him, both a month after his flight; the second suspects her of terrorism. What a neighbour said
#: of her may not leave.
FILES = {
    "XA": [
        ("police", "police-2026-03-31.ftm.json", "GREEN", [DELKAVI]),
        ("police", "police-2026-04-30.ftm.json", "GREEN", [
            person("a-1", "Ilvane Torskel", birthDate="1980-02-03", topics="crime.traffick.drug"),
            DELKAVI,
            {"id": "a-3", "schema": "Associate",
             "properties": {"person": ["a-1"], "associate": ["a-2"]}},
        ]),
        ("carrier", "paxlst.edi", "AMBER", PAXLST),
    ],
    "XB": [
        ("police", "police.ftm.json", "GREEN", [
            person("b-7", "Delkavi Maruen", birthDate="1985-11-24", passportNumber="XA4471902",
                   topics="crime.terror"),
            person("b-8", "Sorin Vaskeld", birthDate="1971-05-30"),
        ]),
        ("police", "informants.ftm.json", "RED", [
            person("b-7", "Delkavi Maruen", notes="met the informant on Tuesdays"),
        ]),
        ("bank", "transfers.ftm.json", "GREEN", [payment("b-pay-1", "900")]),
        ("bank", "vault.ftm.json", "AMBER+STRICT", [payment("b-pay-2", "12000")]),
    ],
}  # fmt: skip


def write(folder: Path) -> Path:
    states = {"XA": "Aland", "XB": "Beland"}
    told = {"scenario": "two", "seed": 1, "size": "small", "start": "2026-01-01"}
    (folder / "exercise.json").write_text(
        json.dumps(told | {"end": "2026-06-30", "states": states})
    )
    for state, files in FILES.items():
        home, manifest = folder / "nodes" / state, []
        for agency, name, tlp, entities in files:
            path = home / agency / name
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = "".join(json.dumps(one) + "\n" for one in entities)
            path.write_text(entities if isinstance(entities, str) else lines)
            manifest.append(
                {"file": f"{agency}/{name}", "agency": agency,
                 "known": "2026-04-30" if "04-30" in name else "2026-03-31",
                 "handling": Handling.of(tlp).to_dict(),
                 "format": "edifact-paxlst" if isinstance(entities, str) else "ftm",
                 "dataset": f"{state.lower()}_{name.split('.')[0].split('-')[0]}"}
            )  # fmt: skip
        (home / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran, list[Found], Asked]:
    folder = write(tmp_path_factory.mktemp("exercise"))
    done = run_exercise(folder)
    return folder, done, *read_results(folder)


def links(found: Found, way: str) -> list[set[str]]:
    leads = getattr(found, way).leads
    return [
        {place.record for places in lead.subjects for place in places}
        for lead in leads
        if lead.kind == "network.link"
    ]


@pytest.mark.slow
def test_the_link_of_two_crimes_takes_both(
    ran: tuple[Path, Ran, list[Found], Asked],
) -> None:
    _, done, (one, _), _ = ran
    assert links(one, "alone") == []
    # Who travels is one with whom the police suspects.
    assert any(found >= {"a-1", "a-2", "b-7"} for found in links(one, "together"))
    assert done.refused == {}


def test_the_hit_was_asked_blindly_and_answered(
    ran: tuple[Path, Ran, list[Found], Asked],
) -> None:
    _, done, _, asked = ran
    (hit,) = [each for each in asked.hits if each.asker == "xa.example"]
    assert hit.outcome == "answered"
    assert [place.record for place in hit.subject] == ["a-2"]
    assert "b-7" in {place.record for place in hit.told}
    assert done.questions == asked.questions >= 3


def test_only_what_its_rule_allows_leaves(ran: tuple[Path, Ran, list[Found], Asked]) -> None:
    _, _, _, asked = ran
    told = {(left.node, left.record, left.prop) for left in asked.left}
    assert ("xb.example", "b-7", "topics") in told
    assert not any(prop == "notes" for _, _, prop in told)
    # Nobody asked about Sorin Vaskeld.
    assert not any(record == "b-8" for _, record, _ in told)
    # What XA told comes back to it as its own; of XB's files only the open one is left from.
    files = {left.file for left in asked.left if left.origin == "xb.example"}
    assert files == {"police/police.ftm.json", "bank/transfers.ftm.json"}
    (paid,) = [left for left in asked.left if left.prop == "payments"]
    assert (paid.node, paid.to, paid.origin) == ("xb.example", "xa.example", "xb.example")


def test_whoever_travels_and_is_listed_is_alerted_about(
    ran: tuple[Path, Ran, list[Found], Asked],
) -> None:
    _, done, (one, other), _ = ran
    (alert,) = one.alerts
    assert (alert.what, alert.asked.file) == ("travellers", "carrier/paxlst.edi")
    # The list named him a month after he had travelled.
    assert alert.day == date(2026, 4, 30)
    assert "a-1" in {place.record for place in alert.listed}
    assert (done.alerts, other.alerts) == (1, [])


def test_the_nodes_stay_as_workspaces(ran: tuple[Path, Ran, list[Found], Asked]) -> None:
    for state in FILES:
        for way in ("alone", "together"):
            assert (ran[0] / "nodes" / state / way / "manara.toml").exists()


def test_a_folder_without_an_exercise(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="exercise new"):
        run_exercise(tmp_path)

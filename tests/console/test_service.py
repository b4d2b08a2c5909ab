"""The service as its users meet it: a real server, asked over HTTP."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from yente_client import Client, Company, Person
from yente_client.exceptions import BadRequestError, NotFoundError

from tests.console.conftest import PEOPLE, Served, examples, make_office, matched, refusal, take_in
from tests.pipeline.conftest import person

ROOT = Path(__file__).parents[2]


# Screening.


def test_an_answer_is_what_the_command_prints(served: Served, tmp_path: Path) -> None:
    path = tmp_path / "asked.csv"
    path.write_text(
        "name,birth_date,country,document\n"
        "يوسف الدفترخاني,,,\n"
        "Yusuf Daftarkhany,1950,Tunisia,\n"
        "Somebody Else,,,ab123456\n"
        "Patricia Wheeler,,,\n",
        "utf-8",
    )
    command = [sys.executable, "-m", "manara", "-w", str(served.root), "screen", str(path)]
    done = subprocess.run(
        [*command, "--threshold", "0.3", "--json"], capture_output=True, check=True
    )
    queries: list[dict[str, Any]] = [
        {"name": "يوسف الدفترخاني"},
        {"name": "Yusuf Daftarkhany", "birth_date": "1950", "countries": ["Tunisia"]},
        {"name": "Somebody Else", "documents": ["ab123456"]},
        {"name": "Patricia Wheeler"},
    ]
    for query, line in zip(queries, done.stdout.splitlines(), strict=True):
        answer = served.post("/screen", query, threshold=0.3).json()
        assert answer.pop("editions")["un_sc_sanctions"] == "un_sc_sanctions-1"
        assert answer == json.loads(line)


def test_a_batch_answers_in_order_as_one_by_one(served: Served) -> None:
    names = ["Hala Karimova", "Nobody Inparticular", "Hala Manarzi", "Володимир Щукозьоров"]
    whole = served.post("/screen/batch", {"queries": [{"name": n} for n in names]}).json()
    single = [served.post("/screen", {"name": n}).json() for n in names]
    assert [answer["hits"] for answer in whole["answers"]] == [one["hits"] for one in single]
    assert [answer["query"]["name"] for answer in whole["answers"]] == names
    assert whole["editions"] == single[0]["editions"]
    assert served.post("/screen/batch", {"queries": []}).json()["answers"] == []


def test_limit_and_threshold_count(served: Served) -> None:
    def hits(**params: Any) -> list[float]:
        answer = served.post("/screen", {"name": "Hala Manarzi"}, **params).json()
        return [hit["probability"] for hit in answer["hits"]]

    assert len(hits(threshold=0, limit=3)) == 3
    assert len(hits(threshold=0, limit=1)) == 1
    assert all(probability >= 0.6 for probability in hits(threshold=0.6))
    assert hits(threshold=1) == []


def test_one_may_ask_whether_it_lives_while_it_works(served: Served) -> None:
    done = threading.Event()
    batch = {"queries": [{"name": f"Mohamed Person{at}"} for at in range(1000)]}

    def work() -> None:
        assert len(served.post("/screen/batch", batch).json()["answers"]) == 1000
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    alive = []
    while not done.is_set():
        alive.append(served.client.get("/healthz").json())
    thread.join()
    assert len(alive) > 10 and all(one == {"status": "ok"} for one in alive)


# Updates.


def test_an_update_neither_drops_nor_mixes_answers(tmp_path: Path) -> None:
    own = Served(make_office(tmp_path / "office"))
    names = ["Yusuf al-Daftarkhani", "Farhad Setarehban", "Hala Karimova"]
    batch = {"queries": [{"name": name} for name in names]}
    answers: list[dict[str, Any]] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            response = own.post("/screen/batch", batch)
            assert response.status_code == 200
            answers.append(response.json())

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        changed = PEOPLE.replace("Hala Karimova", "Chidi Obiwanefu")
        take_in(own.root, changed + person("a-9", name="Farhad Setarehban"))
        end = time.monotonic() + 60
        while answers[-1]["editions"]["people"] != "people-2" and time.monotonic() < end:
            assert thread.is_alive()
            time.sleep(0.05)
    finally:
        stop.set()
        thread.join()
        own.stop()
    editions = [answer["editions"]["people"] for answer in answers]
    assert {*editions} == {"people-1", "people-2"}
    assert editions == sorted(editions)
    for answer in answers:
        edition = answer["editions"]["people"]
        found = [[hit["entity"] for hit in one["hits"]] for one in answer["answers"]]
        assert found == (
            [["a-1"], [], ["a-3"]] if edition == "people-1" else [["a-1"], ["a-9"], []]
        )
        hits = [hit for one in answer["answers"] for hit in one["hits"]]
        assert {hit["edition"] for hit in hits} == {edition}


# As yente.


@pytest.fixture
def yente(served: Served) -> Client:
    return Client(base_url=served.address)


def test_the_client_of_yente_finds_a_person(yente: Client) -> None:
    found = yente.match(
        Person(firstName="Youssef", lastName="Daftarkhani", birthDate="1972"), threshold=0.7
    )
    assert found.top and found.top.id == "a-1" and found.top.match
    assert found.total.value == 1
    assert found.top.properties["birthDate"] == ["1972-12-18"]
    assert found.top.datasets == ["people"]
    assert found.top.last_change and found.top.last_seen
    assert {"name", "birth_date"} <= found.top.explanations.keys()
    assert "1972" in str(found.top.explanations["birth_date"].detail)
    assert found.query["properties"] == {
        "firstName": ["Youssef"],
        "lastName": ["Daftarkhani"],
        "birthDate": ["1972"],
    }


def test_the_client_of_yente_filters(yente: Client) -> None:
    somebody = Person(name="Hala Manarzi")
    everywhere = yente.match(somebody).results
    assert {*everywhere[0].datasets} == {"eu_fsf", "un_sc_sanctions"}
    assert "sanction" in everywhere[0].properties["topics"] and everywhere[0].target
    one = everywhere[0].id
    assert one in [found.id for found in yente.match(somebody, datasets=["eu_fsf"]).results]
    assert one not in [found.id for found in yente.match(somebody, datasets=["people"]).results]
    for left_out in (
        {"exclude_datasets": ["eu_fsf", "un_sc_sanctions"]},
        {"exclude_schemata": ["LegalEntity"]},
        {"exclude_entities": [everywhere[0].referents[0]]},
        {"topics": ["poi"]},
        {"changed_since": (everywhere[0].last_change or 0) + timedelta(seconds=1)},  # type: ignore[operator]
    ):
        assert one not in [found.id for found in yente.match(somebody, **left_out).results]
    assert yente.match(Person(name="Hala Karimova"), topics=["poi"]).results


def test_the_client_of_yente_fetches_and_is_led_on(yente: Client) -> None:
    top = yente.match(Person(name="Hala Manarzi")).top
    assert top
    merged = yente.fetch(top.referents[0])
    assert (merged.id, merged.caption, merged.properties) == (top.id, top.caption, top.properties)
    with pytest.raises(NotFoundError):
        yente.fetch("nobody")


def test_the_client_of_yente_asks_how_it_is(yente: Client) -> None:
    assert yente.healthz().status == yente.readyz().status == "ok"
    assert yente.algorithms().default == "manara"
    catalog = yente.datasets()
    versions = {one.name: one.version for one in catalog.datasets}
    assert versions["eu_fsf"] == "eu_fsf-1"
    assert catalog.current == sorted(catalog.current) and not catalog.index_stale
    everything = next(one for one in catalog.datasets if one.name == "default")
    assert everything.children == catalog.current


def test_what_yente_would_refuse_is_refused(yente: Client) -> None:
    with pytest.raises(NotFoundError, match="no such dataset"):
        yente.match(Person(name="X"), datasets=["nowhere"])
    with pytest.raises(BadRequestError, match="weights"):
        yente.match(Person(name="X"), weights={"name_match": 0.5})
    assert yente.match(Company(name="Hala Manarzi Ltd"), algorithm="logic-v2").limit == 5


def test_a_description_is_cleaned_and_unusable_values_are_left_out(served: Served) -> None:
    body = examples(
        name=["Yusuf al-Daftarkhani", None], birthDate=["unknown", "1972-12-18"], nationality="TN"
    )
    answer = served.post("/match/default", body).json()["responses"]["q"]
    assert answer["query"]["properties"] == {
        "name": ["Yusuf al-Daftarkhani"],
        "birthDate": ["1972-12-18"],
        "nationality": ["tn"],
    }
    assert answer["results"][0]["score"] >= answer["results"][-1]["score"] > 0.5
    other = examples(name=["Somebody Else"], passportNumber=["AB 123-456"])
    assert matched(served, "default", other)[0]["id"] == "a-3"


def test_the_best_of_several_names_counts(served: Served) -> None:
    names = ["Nobody Inparticular", "Hala Karimova"]
    one = matched(served, "people", examples(name=names))
    assert one[0]["id"] == "a-3"
    assert matched(served, "people", examples(name=["Nobody"], alias=[names[1]]))[0]["id"] == "a-3"
    assert matched(served, "people", examples(name=names[:1])) == []


def test_threshold_and_cutoff_mean_what_they_mean_in_yente(served: Served) -> None:
    body = examples(name=["Hala Manarzi"])
    low = served.post("/match/default", body, cutoff=0, threshold=0.6, limit=20).json()
    results = low["responses"]["q"]["results"]
    assert {one["match"] for one in results} == {True, False}
    assert all(one["match"] == (one["score"] >= 0.6) for one in results)
    assert low["responses"]["q"]["total"]["value"] == sum(one["match"] for one in results)
    assert matched(served, "default", body, cutoff=0.9, threshold=0.2) == matched(
        served, "default", body, cutoff=0.2, threshold=0.2
    )
    assert len(matched(served, "default", body, cutoff=0, limit=2)) == 2


@pytest.mark.parametrize(
    ("body", "code", "where"),
    [
        ({"queries": {"q": {"schema": "Nonsense", "properties": {}}}}, "vocabulary", "Nonsense"),
        ({"queries": {"q": {"schema": "Sanction", "properties": {}}}}, "usage", "Sanction"),
        (examples(nome=["X"]), "vocabulary", "queries.q: Person.nome"),
        ({"queries": {}}, "usage", "queries"),
        ({"queries": {"q": None}}, "usage", "queries"),
        ({"queries": {"q": {"schema": "Person"}}}, "usage", "properties"),
    ],
)
def test_a_description_that_cannot_be_used(
    served: Served, body: Any, code: str, where: str
) -> None:
    response = served.post("/match/default", body)
    assert refusal(response) == (400, code)
    assert where in response.json()["error"]["where"]


# Documentation.


def test_every_route_is_in_the_reference(served: Served) -> None:
    described = served.client.get("/openapi.json").json()["paths"]
    text = (ROOT / "docs/reference/http.md").read_text("utf-8")
    routes = {
        f"{method.upper()} {path.split('{')[0]}"
        for path, own in described.items()
        for method in own
    }
    documented = {
        f"{method} {path.split('{')[0]}"
        for method, path in re.findall(r"^## (GET|POST) (\S+)$", text, re.MULTILINE)
    }
    assert routes == documented
    for own in described.values():
        for operation in own.values():
            for parameter in operation.get("parameters", []):
                assert f"`{parameter['name']}`" in text

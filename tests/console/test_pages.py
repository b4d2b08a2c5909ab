"""The pages without a browser: who sees what, what is written, what a page may not do."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator

import httpx
import pytest

from tests.console.conftest import Served
from tests.console.pages_server import PASSWORD, WHO
from tests.console.world import COLLECTOR, SECRET

LINK = re.compile(r'(?:href|src)="(/assets/[^"]+)"')


@pytest.fixture(scope="module")
def amina(world: Served) -> Iterator[httpx.Client]:
    headers = {"Accept": "text/html"}
    with httpx.Client(base_url=world.address, timeout=60, headers=headers) as client:
        answer = client.post("/sign-in", data={"account": WHO, "password": PASSWORD})
        assert answer.headers["location"] == "/"
        yield client


def page(client: httpx.Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    return answer.text


def csrf(client: httpx.Client) -> str:
    return re.search(r'name="csrf" value="([^"]+)"', page(client, "/"))[1]  # type: ignore[index]


def leads(client: httpx.Client, words: str, state: str = "open") -> list[str]:
    text = page(client, f"/leads?state={state}&words={words}")
    return re.findall(r'href="/leads/(lead-[0-9a-f]+)"', text)


@pytest.mark.parametrize("path", ["/", "/leads", "/search?q=x", "/graph", "/map", "/entity/amal"])
def test_nobody_sees_anything_without_signing_in(world: Served, path: str) -> None:
    answer = httpx.get(world.address + path, headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=")


@pytest.mark.parametrize(
    "path",
    ["/search?q=Zenobia+Verborgen", "/search?q=Verborgen", "/graph/data", "/map/data", "/sources"],
)
def test_what_is_for_others_is_not_there(amina: httpx.Client, path: str) -> None:
    text = page(amina, path)
    assert SECRET not in text
    assert text.count("Zenobia") <= 4 * ("Zenobia" in path), "only the question itself"


@pytest.mark.parametrize(
    "path", [f"/entity/{SECRET}", "/entity/nobody", "/leads/lead-0", "/sources/secret"]
)
def test_what_may_not_be_seen_is_not_found(amina: httpx.Client, path: str) -> None:
    assert "<html" in page(amina, path, 404)


def test_paths_do_not_run_through_what_may_not_be_seen(amina: httpx.Client) -> None:
    assert amina.get("/graph/path", params={"a": "amal", "b": SECRET}).status_code == 404


@pytest.mark.parametrize(
    "path", ["/entity/markup", "/entity/amal", "/search?q=img+src", "/graph?entity=markup"]
)
def test_markup_in_names_is_text(amina: httpx.Client, path: str) -> None:
    text = page(amina, path)
    assert "<img src=x" not in text
    assert "&lt;img src=x" in text


def test_an_entity_shows_events_that_have_no_place(amina: httpx.Client) -> None:
    page = amina.get("/entity/shell")
    assert page.status_code == 200
    assert "Declaration" in page.text


def test_markup_in_a_question_is_text(amina: httpx.Client) -> None:
    text = amina.get("/search", params={"q": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in text


def test_names_are_found_in_any_script(amina: httpx.Client) -> None:
    for asked in ("Amal Essahli", "أمل الساحلي", "Essahly Amal"):
        assert "/entity/amal" in amina.get("/search", params={"q": asked}).text, asked


@pytest.mark.parametrize("asked", ["123TU4567", "123 TU 4567", "+216 71 123 456", "rue du Phare"])
def test_numbers_and_words_are_found(amina: httpx.Client, asked: str) -> None:
    text = amina.get("/search", params={"q": asked}).text
    assert re.search(r'href="/entity/(car-1|amal|place-1)"', text)


def test_a_lead_shows_its_evidence(amina: httpx.Client) -> None:
    [lead] = leads(amina, "small+sums")
    text = page(amina, f"/leads/{lead}")
    assert text.count("<circle cx=") == 13, "a stem for each payment"
    assert text.count('class="flow"') == 13, "twelve pay one, who pays one"
    assert len(re.findall(r'<tr id="e\d+">', text)) == 13
    assert f'href="/entity/{COLLECTOR}"' in text
    assert "TLP:AMBER+STRICT" in text


def test_a_lead_is_told_in_the_language_of_its_reader(amina: httpx.Client) -> None:
    [lead] = leads(amina, "small+sums")
    for code, title, payments in (
        ("fr", "Petites sommes de beaucoup de nouveaux payeurs", "12 paiements"),
        ("ar", "مبالغ صغيرة من دافعين جدد كثيرين", "12 دفعة"),
    ):
        kept = "; ".join(f"{one.name}={one.value}" for one in amina.cookies.jar)
        text = amina.get(f"/leads/{lead}", headers={"Cookie": f"language={code}; {kept}"}).text
        assert title in text and payments in text
        told = amina.get(f"/api/v1/leads/{lead}", headers={"Accept-Language": f"{code}-TN"})
        assert told.headers["content-language"] == code
        assert told.json()["title"].startswith(title)
        assert payments in told.json()["explanation"][0]["text"]
    assert amina.get(f"/api/v1/leads/{lead}").json()["title"].startswith("Small sums of many")


def test_a_dismissed_lead_goes_and_says_so(amina: httpx.Client) -> None:
    lead = leads(amina, "contact+delmont+13")[0]
    text = page(amina, f"/leads/{lead}")
    state = re.search(r'name="state" value="([^"]+)"', text)[1]  # type: ignore[index]
    decision = {"outcome": "dismissed", "state": state, "ground": "cousins", "csrf": csrf(amina)}
    answer = amina.post(f"/leads/{lead}/decide", data=decision)
    assert answer.status_code == 303
    assert lead not in leads(amina, "contact+delmont+13")
    assert lead in leads(amina, "contact+delmont+13", "dismissed")
    text = page(amina, f"/leads/{lead}")
    assert "cousins" in text
    assert "comes back only when other evidence shows it" in text
    other = leads(amina, "contact+delmont+7")[0]
    assert "cousins" in page(amina, f"/leads/{other}"), "an earlier lead of the same person"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"csrf": "no"}, 403),
        ({"ground": "  "}, 400),
        ({"outcome": "x"}, 400),
        ({"state": "x"}, 400),
    ],
)
def test_a_decision_that_is_not_whole_is_not_taken(
    amina: httpx.Client, change: dict[str, str], status: int
) -> None:
    lead = leads(amina, "joins")[0]
    text = page(amina, f"/leads/{lead}")
    state = re.search(r'name="state" value="([^"]+)"', text)[1]  # type: ignore[index]
    whole = {"outcome": "confirmed", "state": state, "ground": "yes", "csrf": csrf(amina)}
    assert amina.post(f"/leads/{lead}/decide", data=whole | change).status_code == status
    assert lead in leads(amina, "joins")


@pytest.mark.parametrize(
    ("back", "location"),
    [("/leads", "/leads"), ("//elsewhere.example", "/"), ("/\\elsewhere", "/"), ("https:x", "/")],
)
def test_preferences_lead_nowhere_else(world: Served, back: str, location: str) -> None:
    data = {"language": "fr", "theme": "dark", "back": back}
    answer = httpx.post(f"{world.address}/preferences", data=data)
    assert answer.headers["location"] == location
    assert answer.cookies["language"] == "fr"


@pytest.mark.parametrize("name", ["..%2fapp.py", "%2e%2e/app.py", "nothing.js", "console.css%00"])
def test_only_assets_are_served_as_assets(world: Served, name: str) -> None:
    assert httpx.get(f"{world.address}/assets/{name}").status_code == 404


def test_the_first_page_is_light(amina: httpx.Client) -> None:
    answer = amina.get("/")
    size = len(gzip.compress(answer.content))
    for path in set(LINK.findall(answer.text)):
        part = amina.get(path)
        size += int(part.headers["content-length"])
        assert "immutable" in part.headers["cache-control"]
    # Both weights of the Arabic font, which only pages with Arabic on them load.
    fonts = [f"/assets/noto-sans-arabic-{weight}.woff2" for weight in (400, 700)]
    size += sum(int(amina.get(path).headers["content-length"]) for path in fonts)
    assert size <= 300_000


def test_a_large_graph_says_that_it_is_not_whole(amina: httpx.Client) -> None:
    told = amina.get("/graph/data", params={"most": 10}).json()
    assert told["shown"] == len(told["nodes"]) == 10
    assert told["total"] > 10
    ends = [end for tie in told["ties"] for end in tie[:2]]
    assert all(0 <= end < 10 for end in ends)


def test_the_map_has_events_and_addresses(amina: httpx.Client) -> None:
    points = amina.get("/map/data").json()["points"]
    assert sorted(point["name"] for point in points) == [
        "12 rue du Phare, Tunis",
        "Depot near Valletta",
        "Port of Marseille",
        "Ras Jedir",
    ]
    early = amina.get("/map/data", params={"last": "2026-03-05"}).json()["points"]
    assert [point["name"] for point in early] == ["Port of Marseille"]


def test_today_tells_what_waits(amina: httpx.Client) -> None:
    text = page(amina, "/")
    assert "Who is on the Van?" in text
    assert "overdue" in text
    assert 'href="/sources/lent"' in text, "it has to be deleted in nine days"
    assert 'href="/sources/secret"' not in text


def test_today_tells_what_changed_since_the_last_visit(world: Served, amina: httpx.Client) -> None:
    session = {name: value for name, value in amina.cookies.items() if name.startswith("manara")}
    for seen, many in (("2026-01-01T00:00:00+00:00", True), ("2999-01-01T00:00:00+00:00", False)):
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in {**session, "seen": seen}.items())}
        text = httpx.get(world.address, headers=headers | {"Accept": "text/html"}).text
        assert ("New edition of case" in text) == many, seen


def test_a_partner_is_asked_about_a_lead(amina: httpx.Client) -> None:
    [lead] = leads(amina, "small+sums")
    assert "Ferry Authority" in page(amina, f"/leads/{lead}")
    asked = {"to": "ferry.example", "lead": lead, "text": "Do you know this account?"}
    asked |= {"basis": "treaty 12", "case": "VU-1", "csrf": csrf(amina)}
    answer = amina.post("/partners/ask", data=asked)
    assert answer.headers["location"] == f"/leads/{lead}?asked=ferry.example"
    text = page(amina, "/partners/inbox")
    assert "Do you know this account?" in text
    assert f"varazan.example:{COLLECTOR}" in text
    assert "1 message waits to go" in page(amina, "/partners")


def test_payments_are_shown_before_they_are_shared(amina: httpx.Client) -> None:
    asked = {"entity": COLLECTOR, "to": "ferry.example", "purpose": "investigation"}
    held = amina.get("/partners/share", params=asked).text.split('id="held"')[1]
    assert held.count("€25.00") == 12 and "€290.00" in held
    assert "level of the recipient" in held
    incident = amina.get("/partners/share", params=asked | {"entity": "drug0"}).text
    assert "Port of Marseille" in incident


def test_a_case_begins_with_a_lead(amina: httpx.Client) -> None:
    lead = leads(amina, "delmont+9")[0]
    text = page(amina, f"/leads/{lead}")
    state = re.search(r'name="state" value="([^"]+)"', text)[1]  # type: ignore[index]
    decision = {"outcome": "case", "state": state, "ground": "two sources", "csrf": csrf(amina)}
    answer = amina.post(f"/leads/{lead}/decide", data=decision)
    assert answer.headers["location"] == f"/cases/new?lead={lead}"
    opened = {"title": "Phare", "legal_basis": "article 1", "purpose": "investigation"}
    opened |= {"tlp": "TLP:AMBER+STRICT", "lead": lead, "csrf": csrf(amina)}
    case = amina.post("/cases", data=opened).headers["location"]
    assert case.startswith("/cases/")
    assert lead in leads(amina, "delmont+9", "confirmed")
    for path in (f"/leads/{lead}", "/entity/terror8"):
        assert f'href="{case}"' in page(amina, path), path

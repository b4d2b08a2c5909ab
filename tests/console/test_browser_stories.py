"""What officers do from a lead to the court, in Chromium, in each language of its readers.

Buttons and fields are found by what they are called in that language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Locator, Page, expect

from manara.casework import verifier
from manara.console.pages.languages import Tongue, tongue
from tests.console.conftest import Served
from tests.console.pages_server import OTHER, WHO
from tests.console.test_browser import SCREENS, Window, browsing, fits, lead_of

pytestmark = pytest.mark.browser

#: What each language calls the case, and whose contact with whom is looked at in it.
CASES = {
    "en": ("Lighthouse", "delmont+11"),
    "fr": ("L’affaire du phare", "delmont+12"),
    "ar": ("قضية المنارة", "delmont+4"),
}
#: Whom readers of each language join.
JOINED = {"en": ("drug5", "drug8"), "fr": ("drug6", "drug9"), "ar": ("drug1", "drug4")}


class Office(NamedTuple):
    """Two officers who read one language: one works, the other confirms."""

    amina: Window
    badr: Window
    tongue: Tongue

    @property
    def say(self) -> Callable[[str], str]:
        return self.tongue.say

    def field(self, label: str) -> Locator:
        return self.amina.page.get_by_label(self.say(label), exact=True)

    def press(self, name: str, within: Page | Locator | None = None) -> None:
        where = within or self.amina.page
        where.get_by_role("button", name=self.say(name), exact=True).click()

    def unfold(self, summary: str) -> Locator:
        """Open what is folded under a summary, and return it."""
        folded = self.amina.page.locator("details", has_text=self.say(summary)).last
        folded.locator("summary").click()
        return folded

    def keep(self, name: str) -> None:
        """Keep a picture of the page, which must fit and keep nobody out."""
        name = f"{name}-{self.tongue.code}"
        self.amina.page.screenshot(path=SCREENS / f"{name}.png", full_page=True)
        # What keeps people out does so in every language; what is cut off is not.
        fits(self.amina.page, name, accessible=self.tongue.code == "en")


@pytest.fixture(scope="module")
def windows(world: Served) -> Iterator[list[Window]]:
    SCREENS.mkdir(parents=True, exist_ok=True)
    with browsing(world.address, WHO, OTHER) as found:
        yield found


@pytest.fixture(params=CASES)
def office(windows: list[Window], request: pytest.FixtureRequest) -> Iterator[Office]:
    for window in windows:
        window.wrong.clear()
        window.speak(request.param)
    yield Office(windows[0], windows[1], tongue(request.param))
    assert [window.wrong for window in windows] == [[], []]


def test_a_lead_becomes_a_case_and_the_case_a_bundle(office: Office, tmp_path: Path) -> None:
    amina, page, say = office.amina, office.amina.page, office.say
    title, contact = CASES[office.tongue.code]
    amina.go(f"/cases/new?lead={lead_of(amina, contact)}")
    office.field("Title").fill(title)
    office.field("Legal basis: the provision it rests on").fill("art. 74")
    office.press("Open a case", page.locator("main"))
    expect(page.locator("h1")).to_have_text(title)
    case = page.url.removeprefix(amina.address)

    photo = tmp_path / "IMG_0017.jpg"
    photo.write_bytes(b"not a picture, but bytes all the same")
    office.unfold("Add a file")
    page.locator("#file").set_input_files(photo)
    office.field("How it was got").fill("seized at the quay")
    office.press("Add", page.locator("form[action$='/file']"))
    office.unfold("Record what was done")
    office.field("Item").select_option("E2")
    office.field("How").fill("read with a write blocker")
    office.field("Result").last.fill("14 pictures")
    office.press("Record")
    office.unfold("Add a person or organisation")
    office.field("Name, or id of an entity").fill("amal")
    office.field("Role").fill("skipper")
    office.press("Add", page.locator("section:has(#people)"))
    office.unfold("Add a task")
    office.field("What is to be done").fill("hear the harbour master")
    office.field("Until").fill("2026-12-24")
    office.press("Add", page.locator("section:has(#tasks)"))
    page.locator("#r-T1").fill("he saw the van")
    office.press("Done")
    office.field("Note").fill("أمل was on the quay <b>twice</b>")
    office.press("Add a note")
    for text in (photo.name, "14 pictures", "Essahli", "he saw the van", "<b>twice</b>"):
        expect(page.locator("main")).to_contain_text(text)
    expect(page.locator(".tag.good", has_text=say("as received")).first).to_be_visible()

    page.get_by_role("link", name=say("Court bundle")).click()
    office.field("Recipient").fill("court.example")
    page.locator("#relation").select_option("organisation")
    office.press("Show what would be sent")
    expect(page.locator("section:has(#goes)")).to_contain_text("E2")
    office.field("Reason").fill("order 12 of the court")
    office.keep("case-bundle")
    office.press("Ask for its release")
    office.keep("case")
    office.badr.go(case)
    expect(office.badr.page.locator(".note.warn")).to_contain_text("order 12 of the court")
    office.press("Confirm", office.badr.page)
    if office.tongue.code != "en":
        return
    amina.go(f"{case}/bundle?recipient=court.example&relation=organisation")
    with page.expect_download() as saved:
        office.press("Download the bundle")
    with Path(saved.value.path()).open("rb") as bundle:
        assert verifier.check(bundle).problems == []


def test_two_entities_are_joined_and_set_apart_again(office: Office) -> None:
    amina, page, code = office.amina, office.amina.page, office.tongue.code
    one, other = JOINED[code]
    amina.go(f"/entity/{one}")
    folded = office.unfold("Join with another entity")
    office.field("Its id, or the address of its page").fill(f"{amina.address}/entity/{other}")
    folded.locator("textarea").fill("the same fingerprints")
    with page.expect_navigation():
        office.press("Join")
    reload_until(page, "the same fingerprints")
    office.keep("joined")
    folded = office.unfold("Set a record apart")
    folded.locator("select").select_option(other)
    folded.locator("textarea").fill("the fingerprints were mixed up")
    with page.expect_navigation():
        office.press("Set apart")
    reload_until(page, office.say("One record only: nothing was joined."))


def reload_until(page: Page, words: str) -> None:
    """Load a page again until it says something: what was changed has to be read anew."""
    for _ in range(60):
        if words in str(page.text_content("main")):
            return
        page.wait_for_timeout(250)
        page.reload()
    raise AssertionError(page.text_content("main"))


def test_the_graph_is_followed_through_ties_and_time(office: Office) -> None:
    page, say = office.amina.page, office.say
    office.amina.go("/graph?entity=acc-collector")
    rows = page.locator("#graph-table tbody tr")
    ties = rows.first.locator("td").nth(2)
    page.locator("details summary").click()
    before = int(ties.inner_text())
    # From the keyboard: the last day goes back to the first one there is.
    page.locator("#graph-last").press("Home")
    expect(page.locator("#graph-days")).to_have_text("… – 2024-03-01")
    page.locator("#graph-last").dispatch_event("change")
    assert 0 < int(ties.inner_text()) < before
    page.locator("#graph-last").press("End")

    def select(name: str) -> None:
        row = rows.filter(has=page.get_by_role("link", name=name, exact=True))
        row.get_by_role("button").click()

    select("Comptoir du Phare SARL")
    office.press("Expand")
    office.press("Path from here")
    select("Van")
    # What finds paths is compiled when first used.
    expect(page.locator("#graph-chosen")).to_contain_text("Van", timeout=90_000)
    found = say("Paths: {number}, the surest first.").partition("{")[0]
    expect(page.locator("#graph-says")).to_contain_text(found)
    page.locator("#graph-colour").select_option("schema")
    office.field("Payment").uncheck()
    expect(ties).to_have_text("1")
    office.keep("graph")
    for kind, start in (("SVG", b"<svg"), ("GraphML", b"<?xml"), ("PNG", b"\x89PNG")):
        with page.expect_download() as saved:
            page.get_by_role("button", name=kind).click()
        content = Path(saved.value.path()).read_bytes()
        assert content.startswith(start)
        assert len(content) > 2000


def test_places_of_some_days(office: Office) -> None:
    page = office.amina.page
    office.amina.go("/map")
    office.field("From").fill("2026-03-10")
    office.field("Until").fill("2026-03-15")
    office.press("Show")
    expect(page.locator("#places-table")).to_contain_text("Ras Jedir")
    expect(page.locator("#places-table")).not_to_contain_text("Marseille")
    office.keep("map")


def test_a_lead_is_escalated_and_a_pair_judged(office: Office) -> None:
    amina, page, say = office.amina, office.amina.page, office.say
    lead = lead_of(amina, CASES[office.tongue.code][1])
    amina.go(f"/leads/{lead}")
    page.get_by_label(say("Escalate to a supervisor")).check()
    page.locator("textarea[name=ground]").fill("needs a second look")
    office.press("Record the decision")
    expect(page.locator("main .note").first).to_contain_text("needs a second look")
    amina.go("/leads?state=escalated")
    expect(page.locator("main")).to_contain_text("Delmont")
    amina.go("/review")
    asked = page.locator("main table").inner_text()
    page.locator("textarea[name=ground]").fill("different dates of birth")
    page.locator("button[value=negative]").click()
    expect(page.locator("main table")).not_to_have_text(asked)

"""The console in Chromium: its pages, accessible, within its policy, in each language.

Screenshots of all pages are left in ``build/screens``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from manara.console.access import Console
from manara.store import Workspace
from tests.console.conftest import Served
from tests.console.pages_server import PASSWORD, WHO

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
RISK = HERE.parents[1] / "docs/tutorial/risk"
SCREENS = HERE.parents[1] / "build" / "screens"
AXE = (HERE / "vendor" / "axe.min.js").read_text("utf-8")
CHROMIUM = os.environ.get("MANARA_TEST_CHROMIUM") or shutil.which("chromium") or ""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]

#: Every page, by the name of its screenshot; ``{lead}`` stands for the lead about payments.
PAGES = {
    "today": "/",
    "leads": "/leads",
    "lead": "/leads/{lead}",
    "search": "/search?q=amal+essahli",
    "entity": "/entity/amal",
    "review": "/review",
    "partners": "/partners",
    "sources": "/sources",
    "source": "/sources/case",
    "missing": "/entity/nobody",
    "sign-in": "/sign-in",
    "cases": "/cases",
    "case-new": "/cases/new?lead={lead}",
    "retention": "/retention",
    "subject-access": "/subject-access",
    "account": "/account",
    "admin": "/admin",
    "accounts": "/admin/accounts",
    "second-factor": "/admin/second-factor",
    "audit": "/admin/audit",
    "tokens": "/admin/tokens",
    "thresholds": "/admin/thresholds",
    "jobs": "/admin/jobs",
}
#: What each page must say in each language.
SAID = {
    "today": {"en": "My queue", "fr": "Ma file", "ar": "قائمة عملي"},
    "leads": {"en": "Least severity", "fr": "Gravité minimale", "ar": "أدنى خطورة"},
    "lead": {"en": "Who paid whom", "fr": "Qui a payé qui", "ar": "من دفع لمن"},
    "search": {"en": "Who can be meant", "fr": "Qui peut être visé", "ar": "من قد يكون المقصود"},
    "entity": {"en": "Date of birth", "fr": "Date de naissance", "ar": "تاريخ الولادة"},
    "review": {"en": "One and the same?", "fr": "Une seule et même entité", "ar": "أهما كيان واحد"},
    "second-factor": {
        "en": "A second factor is asked of",
        "fr": "Un second facteur est demandé à",
        "ar": "يُطلب عامل ثانٍ من",
    },
}


class Window:
    """A page of the browser, and what went wrong on it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.wrong: list[str] = []
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", self._heard)
        page.on("request", self._asked)

    def _heard(self, message: Any) -> None:
        # The driver of the graphics in software tells of its slowness.
        if message.type in ("error", "warning") and "GL Driver" not in message.text:
            self.wrong.append(message.text)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.wrong.append(f"asks for {request.url}")

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)
        if path.startswith("/graph"):
            self.page.wait_for_selector("#graph[data-ready]")
        if self.page.locator("#map").count():
            self.page.wait_for_selector("#map[data-ready]")

    def speak(self, language: str, theme: str = "light") -> None:
        both = {"language": language, "theme": theme}
        cookies = [
            {"name": key, "value": value, "url": self.address} for key, value in both.items()
        ]
        self.page.context.add_cookies(cookies)  # type: ignore[arg-type]


def grave(page: Page) -> list[Any]:
    """Return what axe finds serious or critical on a page."""
    page.evaluate(AXE)
    found: list[Any] = page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then((told) => told.violations"
        ".filter((one) => ['serious', 'critical'].includes(one.impact))"
        ".map((one) => [one.id, one.nodes[0].html, one.nodes[0].failureSummary]))"
    )
    return found


@contextmanager
def browsing(address: str, *accounts: str) -> Iterator[list[Window]]:
    """Open a browser, and yield a window for each account that has signed in."""
    if not CHROMIUM:
        pytest.skip("no chromium on the path (set MANARA_TEST_CHROMIUM)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        windows = []
        for account in accounts:
            context = browser.new_context(
                viewport={"width": 1366, "height": 768}, reduced_motion="reduce", locale="en-GB"
            )
            window = Window(context.new_page(), address)
            window.go("/sign-in")
            window.page.fill("#account", account)
            window.page.fill("#password", PASSWORD)
            window.page.press("#password", "Enter")
            expect(window.page).to_have_url(address + "/")
            windows.append(window)
        yield windows
        browser.close()


@pytest.fixture(scope="module")
def window(world: Served) -> Iterator[Window]:
    with browsing(world.address, WHO) as [window]:
        yield window


@pytest.fixture
def trainer(world: Served) -> str:
    """An account of its own for whoever signs in beside."""
    with Workspace.open(world.root) as workspace:
        console = Console(workspace)
        link = console.accounts.add("tarik", "Tarik Benali", by="test", roles=["trainer"])
        console.sessions.set_password(link, PASSWORD)
    return "tarik"


@pytest.fixture
def page(window: Window) -> Iterator[Page]:
    window.wrong.clear()
    window.speak("en")
    yield window.page
    assert window.wrong == []


def lead_of(window: Window, words: str) -> str:
    window.go(f"/leads?words={words}")
    href = window.page.locator("main table a").first.get_attribute("href")
    assert href
    return href.removeprefix("/leads/")


def check(page: Page, name: str) -> None:
    """Keep a picture of the page as it stands, which must be accessible and not cut off."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"{name}.png", full_page=True)
    fits(page, name)


def fits(page: Page, name: str, *, accessible: bool = True) -> None:
    """Nothing is cut off at the side, and nothing keeps anybody out."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    assert not accessible or grave(page) == [], name


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_every_page_in_every_language(window: Window, language: str) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    lead = lead_of(window, "small+sums")
    window.speak(language, "dark" if language == "fr" else "light")
    # In each language the stories, in English every page.
    for name, path in PAGES.items():
        if language != "en" and name not in SAID:
            continue
        window.wrong.clear()
        window.go(path.format(lead=lead))
        page = window.page
        page.screenshot(path=SCREENS / f"{name}-{language}.png", full_page=True)
        root = page.locator("html")
        assert root.get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        assert root.get_attribute("lang") == language
        if name in SAID:
            assert (
                SAID[name][language] in page.inner_text("main")
                or SAID[name][language] in page.content()
            )
        if name != "missing":
            assert window.wrong == [], name
        # In English all is light, in French dark; Arabic has no colours of its own.
        fits(page, name, accessible=language != "ar")


def test_from_the_keyboard_to_a_lead_and_back(window: Window, page: Page) -> None:
    window.go("/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.locator("main table tbody tr").nth(1).locator("a").get_attribute("href")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{window.address}{second}")
    page.keyboard.press("Control+k")
    page.keyboard.type("sour")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{window.address}/sources")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("l")
    expect(page).to_have_url(f"{window.address}/leads")
    page.keyboard.press("/")
    page.keyboard.type("أمل الساحلي")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Amal ben Youssef Essahli")


def test_names_with_markup_stay_text(window: Window, page: Page) -> None:
    window.go("/graph?entity=markup")
    page.locator("details summary").click()
    expect(page.locator("#graph-table")).to_contain_text("<img src=x")
    assert page.locator("img[src=x]").count() == 0
    assert page.title() != "1"


def test_a_second_factor_is_asked_of_a_role_and_set_up(
    window: Window, page: Page, trainer: str
) -> None:
    window.go("/admin/second-factor")
    page.get_by_label("whoever has one of these roles").check()
    page.get_by_label("trainer", exact=True).check()
    page.get_by_label("Reason, in your own words").fill("order 7 of the head")
    page.get_by_role("button", name="Ask for it from now on").click()
    expect(page.locator("main")).to_contain_text("order 7 of the head")
    assert page.context.browser
    context = page.context.browser.new_context(viewport={"width": 1366, "height": 768})
    other = Window(context.new_page(), window.address)
    theirs = other.page
    other.go("/sign-in?next=/sources")
    theirs.fill("#account", trainer)
    theirs.fill("#password", PASSWORD)
    theirs.press("#password", "Enter")
    for language in ("ar", "en"):
        other.speak(language)
        theirs.reload()
        check(theirs, f"enrol-{language}")
    expect(theirs.locator("nav.rail")).to_have_count(0)
    theirs.get_by_role("button", name="Use one-time passwords").click()
    key = theirs.locator("dd code").first.inner_text()
    theirs.screenshot(path=SCREENS / "enrol-key-en.png")
    theirs.get_by_label("One-time password").fill(pyotp.TOTP(key).now())
    theirs.get_by_role("button", name="Confirm").click()
    expect(theirs.locator("main li")).to_have_count(10)
    check(theirs, "enrol-codes-en")
    theirs.get_by_role("link", name="go on").click()
    expect(theirs).to_have_url(window.address + "/sources")
    assert other.wrong == []
    context.close()


#: Pages of a programme, with a word of each in Arabic.
RISK_PAGES = {
    "": "باختصار",
    "/questionnaire": "إجاباتي",
    "/questionnaire/answers?site=quay": "هل يتضح للجميع أين يبدأ الموقع",
    "/questionnaire/side-by-side?site=market": "جنبًا إلى جنب",
    "/found/phase-1": "هادئ",
    "/found/phase-2": "معامل الإحلال",
    "/found/phase-3": "لماذا لا يدفع أحد",
    "/found/register": "سجل المخاطر",
    "/calculations": "أين يوضع حراس قلائل",
    "/calculations/game": "ينال المهاجم 0.667",
}
#: Zero-sum, one guard, two targets.
GAME = b'{"Au": [2, 1], "Ac": [0, 0], "Du": [-2, -1], "Dc": [0, 0], "m": 1}'


def test_a_risk_programme_from_spreadsheet_to_report(window: Window, page: Page) -> None:
    window.go("/risk")
    page.get_by_label("Short name").fill("trust")
    page.get_by_label("Whose sites these are").fill("Lantern Harbour Trust")
    page.get_by_label("All sites in it are owned").check()
    page.get_by_role("button", name="Make the programme").click()
    for kind, name in (("Sites", "sites.xlsx"), ("Past incidents", "incidents.csv"),
                       ("Measures", "measures.csv"), ("Insurance cover", "cover.yaml"),
                       ("A filled questionnaire", "answers-mara.xlsx")):  # fmt: skip
        page.get_by_label("What it is").select_option(kind)
        page.get_by_label("File", exact=True).set_input_files(RISK / name)
        page.get_by_role("button", name="Send").click()
        expect(page.locator(".note")).to_contain_text(f"{name} is in.")
        if kind == "Sites":
            expect(page.locator("main")).to_contain_text("row 7, column latitude")
    page.get_by_label("Budget for protection").fill("400000")
    page.get_by_role("button", name="Change").click()
    # A section from the keyboard; it is kept as one goes, and again by the button.
    window.go("/risk/trust/questionnaire/answers?site=quay&section=people")
    page.get_by_label("Answer").first.focus()
    page.keyboard.type("3")
    expect(page.locator("fieldset").first).to_contain_text("counts as 1")
    page.keyboard.press("Tab")
    page.keyboard.type("letter of 4 May")
    expect(page.locator("[data-kept]")).to_have_text("Saved.")
    expect(page.locator("[data-progress=people]")).to_have_text("1 / 5")
    expect(page.locator("fieldset .tag").first).to_be_hidden()
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator(".tabs.small [aria-current]")).to_contain_text("Procedures")
    window.go("/risk/trust")
    page.get_by_role("button", name="Work it out now").click()
    expect(page.locator("#job")).to_contain_text("done", timeout=90_000)
    expect(page.locator("main")).to_contain_text("Hollin Market Hall carries the largest risk")
    for name, start in (("For the board, one page", b"<!doctype html>"), ("actuaries", b"PK")):
        with page.expect_download() as saved:
            page.get_by_role("link", name=name).click()
        assert Path(saved.value.path()).read_bytes().startswith(start)
    page.get_by_role("link", name="Phase I: first assessment").click()
    row = page.locator("tr", has_text="Quarry Depot").first
    expect(row).to_contain_text("quiet and soft")
    page.get_by_role("link", name="Calculations").click()
    page.get_by_role("link", name="Where few guards go").click()
    game = {"name": "game.json", "mimeType": "application/json", "buffer": GAME}
    page.get_by_label("The game (JSON)").set_input_files(files=[game])  # type: ignore[list-item]
    page.get_by_role("button", name="Work it out now").click()
    expect(page.locator("main")).to_contain_text("The attacker gets 0.667", timeout=60_000)
    for language in ("en", "ar"):
        window.speak(language)
        for path, said in RISK_PAGES.items():
            window.go(f"/risk/trust{path}")
            file = "-".join(["risk", *path.partition("?")[0].split("/")[1:], language])
            page.screenshot(path=SCREENS / f"{file}.png", full_page=True)
            fits(page, path, accessible=language == "en")
            assert language == "en" or said in page.inner_text("main"), path


def test_it_fits_a_tablet(window: Window, page: Page) -> None:
    page.set_viewport_size({"width": 768, "height": 1024})
    try:
        for path in ("/", "/entity/amal"):
            window.go(path)
            page.screenshot(path=SCREENS / f"tablet{path.replace('/', '-')}.png")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    finally:
        page.set_viewport_size({"width": 1366, "height": 768})

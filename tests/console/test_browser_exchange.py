"""Two nodes on this machine, in Chromium: share, ask blindly, recall; with a second officer."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.sync_api import Page, expect

from manara.exchange import Node, Partner
from manara.exchange.blind import make_table, take_table
from manara.exchange.node import today
from manara.model import Handling
from manara.store import Workspace
from tests.console.conftest import Served
from tests.console.pages_server import OTHER, WHO
from tests.console.test_browser import SCREENS, Window, browsing, grave
from tests.exchange.conftest import Said, hold

pytestmark = pytest.mark.browser

PORT, PURPOSE = "port.example", "investigation"


@pytest.fixture(scope="module")
def port(world: Served) -> Iterator[Path]:
    """A partner of the office as a process of its own, which takes messages over HTTPS."""
    root = world.root.parent / "port"
    with Workspace.open(world.root) as ours, Workspace.create(root) as theirs:
        node, other = Node(ours), Node(theirs)
        card = other.identify(PORT, "Port Lantern", by="test").card
        pem = other.certify(by="test").decode()
        own = node.certify(by="test").decode()
        known = Partner(node.keys.card, certificate=own, questions=9, by_officer=4, four_eyes=True)
        other.agree(known, by="test")
        said = [Said("l-4", "name", "M. Toveld"), Said("l-4", "passportNumber", "LB4471902")]
        hold(other, "moorings", Handling.of("GREEN"), said)
        terms = Partner(card, purposes=[PURPOSE], four_eyes=True, certificate=pem)
        node.agree(terms, by="test")
        take_table(node, make_table(other, node.id, PURPOSE, today(), by="test"), by="test")
    command = [sys.executable, "-m", "manara", "-w", str(root), "exchange", "serve", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--json"], stdout=subprocess.PIPE, env=os.environ | {"PYTHONUNBUFFERED": "1"}
    )
    assert process.stdout
    address = json.loads(process.stdout.readline())["address"]
    with Workspace.open(world.root) as ours:
        Node(ours).agree(replace(terms, address=address), by="test")
    yield root
    process.terminate()
    process.wait(30)


def reload_until(page: Page, words: str) -> None:
    """Load a page again until it says something: a job has to be done first."""
    for _ in range(120):
        if words in page.inner_text("main"):
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(page.inner_text("main"))


def look(window: Window, name: str) -> None:
    """Keep a picture of a page in each language, and find nothing wrong with it."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    for language in ("fr", "ar", "en"):
        window.speak(language)
        window.page.reload()
        window.page.screenshot(path=SCREENS / f"{name}-{language}.png", full_page=True)
        assert window.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    assert grave(window.page) == [], name
    assert window.wrong == [], name


def test_share_ask_and_recall_with_a_second_officer(world: Served, port: Path) -> None:
    with browsing(world.address, WHO, OTHER) as [amina, badr]:
        amina.go("/entity/harbour-1")
        page = amina.page
        page.get_by_role("link", name="Share …").click()
        page.get_by_label("Partner", exact=True).select_option("Port Lantern")
        page.get_by_label("Legal basis").fill("treaty 12")
        page.get_by_label("Reference of the case").fill("VU-26-7")
        page.get_by_role("button", name="Show what would be sent").click()
        expect(page.locator("section", has=page.locator("#goes"))).to_contain_text("LB4471902")
        held = page.locator("section", has=page.locator("#held"))
        expect(held).to_contain_text("The Chandler")
        expect(held).to_contain_text("level of the recipient")
        look(amina, "share-preview")
        page.get_by_role("button", name="Prepare it for release").click()
        expect(page.locator("main")).to_contain_text("It waits for another officer")
        look(amina, "share-draft")

        badr.go("/partners/share")
        badr.page.locator("section", has=badr.page.locator("#drafts")).get_by_role("link").click()
        badr.page.get_by_role("button", name="Release").click()
        reload_until(badr.page, "taken in")
        look(badr, "share-sent")
        with Workspace.open(port) as theirs:
            came = {fact.value for fact in theirs.view().facts()}
        assert {"Maris Toveld", "LB4471902"} < came and "The Chandler" not in came

        amina.go("/entity/harbour-1")
        page.get_by_role("link", name="Ask blindly").last.click()
        page.get_by_label("Partner", exact=True).select_option(PORT)
        page.get_by_label("Legal basis").fill("treaty 12")
        page.get_by_label("Reference of the case").fill("VU-26-7")
        look(amina, "questions")
        page.get_by_label("Legal basis").fill("treaty 12")
        page.get_by_label("Reference of the case").fill("VU-26-7")
        page.get_by_label("Partner", exact=True).select_option(PORT)
        page.get_by_role("button", name="Ask", exact=True).click()
        expect(page.locator("main")).to_contain_text("another officer must approve it")
        badr.go(re.sub("^.*(?=/partners)", "", page.url))
        badr.page.get_by_role("button", name="Approve").click()
        reload_until(page, "What agreed: a number")
        expect(page.locator("main")).to_contain_text("answers 3 more questions today")
        look(amina, "question")
        page.get_by_role("link", name="Request information").click()
        expect(page.get_by_label("Reference of the case")).to_have_value("VU-26-7")

        amina.go("/partners/share")
        page.locator("section", has=page.locator("#went")).get_by_role("link").first.click()
        page.get_by_role("link", name="Recall").last.click()
        page.get_by_label("Reason").fill("mistaken identity")
        page.get_by_role("button", name="Recall").click()
        reload_until(page, "The signed receipt")
        look(amina, "recalls")
        with Workspace.open(port) as theirs:
            assert "Maris Toveld" not in {fact.value for fact in theirs.view().facts()}


def test_the_other_pages_of_the_exchange(world: Served, port: Path) -> None:
    with browsing(world.address, WHO) as [amina]:
        for name, path in {
            "inbox": "/partners/inbox",
            "letter": f"/partners/inbox/{'ab' * 16}",
            "partner": f"/partners/nodes/{PORT}",
            "partners": "/partners",
            "keys": "/partners/keys",
            "request-new": "/partners/ask?entity=amal",
        }.items():
            amina.go(path)
            look(amina, name)
        amina.go("/partners")
        for step in ("Inbox", "Share", "Ask blindly", "Recall"):
            amina.page.get_by_role("navigation", name="Exchange").get_by_role(
                "link", name=step
            ).focus()
            amina.page.keyboard.press("Enter")
            expect(amina.page.locator("h1")).to_have_text(step)

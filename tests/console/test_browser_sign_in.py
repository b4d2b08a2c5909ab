"""Signing in from Chromium: with a passkey of its authenticator, and by way of an OpenID provider.

Provider and authenticator are others' work: `oidc_provider_mock`, on the loopback address, and the
virtual authenticator of Chromium (Web Authentication, level 3, section 11).
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from oidc_provider_mock import User, run_server_in_thread
from playwright.sync_api import Browser, Page, expect, sync_playwright

from manara.console.access import Console
from manara.store import Workspace
from tests.console.conftest import Served
from tests.console.pages_server import PASSWORD
from tests.console.test_browser import CHROMIUM, FLAGS, check

pytestmark = pytest.mark.browser

WHO, SUBJECT, STRANGER = "nadia", "7c1e-nadia", "9f00-nobody"


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as found:
        port: int = found.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A console with one account, whose single sign-on is a provider on this machine.

    It goes by a name: to addresses that are numbers no passkey is bound.
    """
    root: Path = tmp_path_factory.mktemp("sign-in") / "office"
    port = free_port()
    own = f"http://localhost:{port}"
    with (
        run_server_in_thread(require_nonce=True, user_claims=[User(sub=SUBJECT)]) as provider,
        Workspace.create(root, organisation="Testing Unit") as workspace,
    ):
        (root / "secret").write_text("shared-secret")
        (root / "sso.toml").write_text(
            'name = "Sign in with the agency\'s account"\nclient_id = "manara"\n'
            f'issuer = "http://localhost:{provider.server_port}"\n'
            f'client_secret_file = "secret"\naddress = "{own}"\n'
        )
        console = Console(workspace)
        secret = console.accounts.add(
            WHO, "Nadia Karam", by="test", roles=["analyst"], purposes=["investigation"],
            subject=SUBJECT,
        )  # fmt: skip
        console.sessions.set_password(secret, PASSWORD)
        server = Served(root, "--port", str(port))
        yield own
        server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("no chromium on the path (set MANARA_TEST_CHROMIUM)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1366, "height": 768}, reduced_motion="reduce")
    page.goto(f"{address}/sign-in?next=/account")
    yield page
    page.context.close()


def by_provider(page: Page, subject: str) -> None:
    page.get_by_role("link", name="Sign in with the agency's account").click()
    page.get_by_placeholder("sub").fill(subject)
    page.get_by_role("button", name="Authorize").click()


def test_the_provider_says_who_it_is(page: Page, address: str) -> None:
    by_provider(page, STRANGER)
    expect(page.get_by_role("alert")).to_be_visible()
    page.goto(f"{address}/sources")
    expect(page).to_have_url(f"{address}/sign-in?next=%2Fsources")
    by_provider(page, SUBJECT)
    expect(page).to_have_url(f"{address}/sources")
    expect(page.get_by_text("Nadia Karam")).to_be_visible()


def test_a_passkey_is_added_and_asked_for(page: Page, address: str) -> None:
    chrome = page.context.new_cdp_session(page)
    chrome.send("WebAuthn.enable")
    made = {"protocol": "ctap2", "transport": "usb", "automaticPresenceSimulation": True}
    device = chrome.send("WebAuthn.addVirtualAuthenticator", {"options": made})

    def sign_in() -> None:
        page.goto(f"{address}/sign-in?next=/account")
        page.fill("#account", WHO)
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")

    sign_in()
    page.get_by_label("Name of a new passkey").fill("blue key")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator("main li")).to_contain_text("blue key")
    [key] = chrome.send("WebAuthn.getCredentials", device)["credentials"]
    assert key["rpId"] == "localhost"
    page.context.clear_cookies()
    sign_in()
    page.context.add_cookies([{"name": "language", "value": "ar", "url": address}])
    page.reload()
    check(page, "second-factor-asked-ar")
    page.get_by_role("button", name="استخدم مفتاح مرور").click()
    expect(page).to_have_url(f"{address}/account")
    # Another device has no key that this account knows.
    chrome.send("WebAuthn.removeVirtualAuthenticator", device)
    chrome.send("WebAuthn.addVirtualAuthenticator", {"options": made})
    page.context.clear_cookies()
    sign_in()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("The passkey did not work.")
    page.goto(f"{address}/account")
    expect(page).not_to_have_url(f"{address}/account")

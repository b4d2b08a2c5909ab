"""How long the console takes to answer a hand, in Chromium, over a workspace.

``python -m bench.console_feel [WORKSPACE]``. A person looks through the queue, opens leads,
searches, reads entities, draws a graph and drags it, moves the map, and decides. Of each step it
tells, the median of some repetitions, the time from the key or button to the next picture, and the
CPU time of the server and of the page's thread: on a busy machine only these two say something.
Goal: 100 ms.

Then a graph of 5,000 entities and 20,000 ties, in a workspace of its own, is opened and dragged.

An account is added to the workspace and decides about leads, so use a copy.
"""

from __future__ import annotations

import argparse
import json
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice, pairwise
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

from bench._console import Server, make_tangle
from bench.service import cpu_s
from manara.casework.accounts import Role
from manara.console.access import Console
from manara.model import Tlp
from manara.store import Workspace

_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
)  # fmt: skip
_WHO = "feel"

#: Tells, in milliseconds, from the last key or button until the next picture after it.
_WATCH = """
const now = () => performance.timeOrigin + performance.now();
for (const kind of ["pointerdown", "keydown"])
  addEventListener(kind, () => sessionStorage.setItem("hand", now()), { capture: true });
window.handToPicture = () => new Promise((done) => requestAnimationFrame(() => setTimeout(
  () => done(now() - Number(sessionStorage.getItem("hand"))))));
window.handToPage = async () => {
  const painted = () => performance.getEntriesByName("first-contentful-paint")[0];
  while (!painted()) await new Promise((done) => setTimeout(done, 20));
  return performance.timeOrigin + painted().startTime - Number(sessionStorage.getItem("hand"));
};
"""


class _Feel:
    """A page, and what is measured on it."""

    def __init__(self, page: Page, server: Server) -> None:
        self._page, self._server = page, server
        self._chrome: CDPSession = page.context.new_cdp_session(page)
        self._chrome.send("Performance.enable", {"timeDomain": "threadTicks"})
        self.told: dict[str, list[tuple[float, float, float]]] = {}

    def _thread_ms(self) -> float:
        metrics = self._chrome.send("Performance.getMetrics")["metrics"]
        return 1000 * float({one["name"]: one["value"] for one in metrics}["ThreadTime"])

    def step(self, what: str, act: Callable[[], object], *, page: bool = False) -> None:
        """Do something and note how long it took; ``page`` if it leads to another page."""
        server, thread = cpu_s(self._server.process.pid), self._thread_ms()
        act()
        if page:
            self._page.wait_for_load_state("load")
        shown = self._page.evaluate("handToPage()" if page else "handToPicture()")
        server_ms = 1000 * (cpu_s(self._server.process.pid) - server)
        # A new page has a clock of its own, so that nothing is told of its thread.
        page_ms = 0.0 if page else self._thread_ms() - thread
        self.told.setdefault(what, []).append((shown, server_ms, page_ms))

    def figures(self) -> dict[str, dict[str, float]]:
        """Return the median of each step."""
        names = ("shown_ms", "server_cpu_ms", "page_cpu_ms")
        return {
            what: {name: round(median(row[at] for row in rows), 1) for at, name in enumerate(names)}
            for what, rows in self.told.items()
        }


def look_around(page: Page, feel: _Feel, names: list[str], entities: list[str]) -> None:
    """Do what an analyst does on a morning, once."""
    address = page.url.rstrip("/")
    press = page.keyboard.press
    page.goto(f"{address}/leads")
    feel.step("next lead (j)", lambda: press("j"))
    feel.step("previous lead (k)", lambda: press("k"))
    press("j")
    feel.step("open a lead", lambda: _turn(page, lambda: press("Enter")), page=True)
    page.goto(f"{address}/leads")
    kind = page.locator("select[name=severity]")
    kind.select_option("3")
    feel.step(
        "narrow the leads", lambda: _turn(page, page.locator("main form button").first.click),
        page=True,
    )  # fmt: skip
    feel.step("palette", lambda: press("Control+k"))
    feel.step("a letter in the palette", lambda: press("s"))
    press("Escape")
    for name in names:
        page.fill("header input[name=q], .find input", name)
        feel.step("search a name", lambda: _turn(page, lambda: press("Enter")), page=True)
    for entity in entities:
        link = f"document.querySelector('.brand').href = '/entity/{entity}'"
        page.evaluate(link)
        feel.step("entity page", lambda: _turn(page, page.locator(".brand").click), page=True)
    page.goto(f"{address}/graph?entity={entities[-1]}&depth=1")
    page.wait_for_selector("#graph[data-ready]")
    page.locator("details summary").first.click()
    rows = page.locator("#graph-table tbody tr button")
    feel.step("choose in the graph", rows.first.click)
    kinds = page.locator(".kinds input")
    if kinds.count():
        feel.step("a kind of ties off", kinds.first.click)
        feel.step("a kind of ties on", kinds.first.click)


def _turn(page: Page, act: Callable[[], object]) -> None:
    with page.expect_navigation(wait_until="commit"):
        act()


def decide(page: Page, feel: _Feel) -> None:
    """Escalate a lead."""
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + "/leads")
    page.locator("main table a").first.click()
    page.get_by_label("Escalate to a supervisor").check()
    page.get_by_label("Reason, in your own words").fill("seen in a bench")
    button = page.get_by_role("button", name="Record the decision")
    feel.step("decide", lambda: _turn(page, button.click), page=True)


def drag(page: Page, selector: str, frames: int = 40) -> dict[str, float]:
    """Return the times between the pictures while something is dragged, in milliseconds."""
    box = page.locator(selector).bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.evaluate(
        """() => { window.pictures = []; window.watching = true;
        const tick = (at) => { pictures.push(at); if (watching) requestAnimationFrame(tick); };
        requestAnimationFrame(tick); }"""
    )
    page.mouse.move(x, y)
    page.mouse.down()
    for at in range(frames):
        page.mouse.move(x + 4 * (at % 20), y + 3 * (at % 15))
    page.mouse.up()
    times = page.evaluate("() => { window.watching = false; return pictures; }")
    gaps = sorted(b - a for a, b in pairwise(times))
    return {
        "pictures": len(gaps), "half_ms": round(median(gaps), 1),
        "p95_ms": round(gaps[int(0.95 * len(gaps))], 1),
    }  # fmt: skip


def run(root: Path, times: int) -> dict[str, Any]:
    """Return what was measured over a workspace, whose account ``feel`` is made for it."""
    with Workspace.open(root) as workspace:
        view = workspace.view()
        people = list(islice(view.names(), 40_000))
        leads = [one for lead in view.leads() for one in lead.finding.subjects]
    picked = people[:: max(1, len(people) // (2 * times))]
    with _signed_in(root) as (page, server):
        feel = _Feel(page, server)
        for at in range(times + 1):
            if at == 1:
                # What is compiled or read once, when somebody first asks for it, is told apart.
                first, feel.told = feel.figures(), {}
            some = picked[at * 2 : at * 2 + 2]
            mine = [one for one, _ in some] + leads[at : at + 1]
            page.goto(f"{server.address}/")
            look_around(page, feel, [name for _, name in some], mine)
            if leads:
                decide(page, feel)
        page.goto(f"{server.address}/map")
        page.wait_for_selector("#map[data-ready]")
        moved = drag(page, "#map .canvas")
        page.goto(f"{server.address}/graph")
        page.wait_for_selector("#graph[data-ready]")
        graph = drag(page, "#graph .canvas")
    return {"steps": feel.figures(), "first": first, "map_drag": moved, "graph_drag": graph}


def large_graph(nodes: int = 5_000, ties: int = 20_000) -> dict[str, Any]:
    """Return how long a large graph takes to open, from the key to its picture, and to drag."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "tangle"
        make_tangle(root, nodes, ties)
        with _signed_in(root) as (page, server):
            opened = []
            for _ in range(3):
                begun = time.perf_counter()
                page.goto(f"{server.address}/graph?most=10000")
                page.wait_for_selector("#graph[data-ready]")
                page.evaluate("handToPicture()")
                opened.append(round(1000 * (time.perf_counter() - begun)))
            says = page.inner_text("#graph-says")
            return {"says": says, "open_ms": opened, "drag": drag(page, "#graph .canvas")}


@contextmanager
def _signed_in(root: Path) -> Iterator[tuple[Page, Server]]:
    """Serve a workspace, and yield a page on which its account ``feel`` has signed in."""
    password = secrets.token_urlsafe(20)
    with Workspace.open(root) as workspace:
        console = Console(workspace)
        if _WHO in {one.id for one in console.accounts.all()}:
            secret = console.accounts.reset(_WHO, by="bench")
        else:
            secret = console.accounts.add(
                _WHO, "Feel", by="bench", roles=[Role.SUPERVISOR], purposes=["investigation"],
                clearance=Tlp.RED,
            )  # fmt: skip
        console.sessions.set_password(secret, password)
    server = Server(root)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=list(_FLAGS)
            )
            page = browser.new_page(
                viewport={"width": 1366, "height": 768}, reduced_motion="reduce"
            )
            page.set_default_timeout(600_000)
            page.add_init_script(_WATCH)
            page.goto(f"{server.address}/sign-in")
            page.fill("#account", _WHO)
            page.fill("#password", password)
            page.press("#password", "Enter")
            page.wait_for_url(f"{server.address}/")
            yield page, server
            browser.close()
    finally:
        server.stop()


def main() -> None:
    """Run it and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path, nargs="?")
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    told = run(options.workspace, options.times) if options.workspace else {}
    print(json.dumps(told | {"large_graph": large_graph()}, indent=1))


if __name__ == "__main__":
    main()

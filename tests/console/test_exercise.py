"""An exercise in the console: what trainees may not see, and the story in a browser.

The tests of the `room` tell one story in order: before the first day, the days, a message, the end.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from playwright.sync_api import Page, expect, sync_playwright

from manara.casework.journal import Journal
from manara.console.access import Console
from manara.console.app import application
from manara.console.guard import Guard
from manara.console.state import Keeper
from manara.exercise.playing import Play, begin, played
from tests.console.office import ROLES, Client, Office
from tests.console.test_browser import AXE, CHROMIUM, FLAGS, SCREENS
from tests.exercise.tiny import DAYS, SECRETS, write

#: Secrets as pages would write them.
TOLD = (*SECRETS, "17 May 2026", "18 May 2026", "Drug money", "look-alike")
PAGES = {
    "GET /exercise/facilitate", "POST /exercise/advance", "POST /exercise/message",
    "POST /exercise/end", "GET /exercise/debriefing", "GET /exercise/debriefing/{account_id}",
}  # fmt: skip


class Classroom(Office):
    """The application over an exercise that is played, in this process, and clients of it."""

    def __init__(self, folder: Path) -> None:
        workspace, _ = begin(played(folder), "Aland", 2)
        self.play = Play(workspace, Journal(workspace))
        self.play.live(self.play.coming[0], by="facilitator")
        self.console = Console(workspace)
        self.app = application(Keeper(workspace), self.console, self.play)
        self.guarded = Guard(self.app, [], {"testserver"}, with_console=True)
        for role in ROLES:
            self.add(role, [role])

    def lead(self, subject: str) -> str:
        """Return the id of the lead about somebody."""
        leads = self.play.workspace.view().leads()
        return next(one.id for one in leads if subject in one.finding.subjects)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Classroom]:
    room = Classroom(write(tmp_path_factory.mktemp("room") / "tiny"))
    yield room
    room.play.workspace.close()


def secrets_in(text: str) -> list[str]:
    return [one for one in TOLD if one in text]


def gets(room: Classroom) -> Iterator[str]:
    """Yield an address for each page, and some that lead nowhere or out of the workspace."""
    fill = {"lead_id": room.lead("a-00"), "entity_id": "a-00", "dataset": "xa_police",
            "account_id": "trainee-2", "name": "console.css"}  # fmt: skip
    for context in iter_route_contexts(room.app.routes):
        if "GET" in (context.methods or ()):
            path = context.path or "/"
            yield re.sub(r"\{(\w+)[^}]*\}", lambda found: fill.get(found[1], "0"), path)
    yield from (
        "/truth/plots.json", "/assets/..%2F..%2Ftruth%2Fplots.json", "/sources/..%2Ftruth",
        "/search?q=ringleader", "/search?q=drug-finance", "/leads?state=all&words=plot",
        "/api/v1/entities?q=ringleader-of-plot", "/exercise", "/exercise/truth",
        "/api/v1/leads?state=all", "/leads.csv", "/entity/truth", "/cases/..%2F..%2Ftruth",
    )  # fmt: skip


def test_the_pages_are_there_only_in_an_exercise(room: Classroom) -> None:
    def pages(app: Any) -> set[str]:
        return {
            f"{method} {context.path}"
            for context in iter_route_contexts(app.routes)
            for method in context.methods or ()
        }

    real = application(Keeper(room.play.workspace), room.console)
    assert pages(room.app) - pages(real) == PAGES


def test_before_the_end_nobody_but_the_facilitator_sees_an_answer(room: Classroom) -> None:
    everything = list(gets(room))
    for account in ("trainee-1", "supervisor", "administrator", "auditor", ""):
        client = room.client(account)
        # Other roles may see at most what a trainee may, but for the pages of their own.
        own = ("/exercise", "/admin", "/api/v1/audit", "/retention", "/subject")
        for path in everything:
            if account != "trainee-1" and not path.startswith(own):
                continue
            answer = client.get(path)
            asked = path.partition("q=")[2]
            told = [one for one in secrets_in(answer.text) if one not in asked]
            assert not told, (account, path)
            assert "Traceback" not in answer.text
            if path.startswith("/exercise/facilitate"):
                assert answer.status_code == (403 if account else 303)
            elif path.startswith("/exercise"):
                assert answer.status_code == (404 if account or "debrief" not in path else 303)


def test_only_who_trains_moves_the_exercise(room: Classroom) -> None:
    bodies = {"advance": {"day": DAYS[2]}, "message": {"text": "x"}, "end": {"sure": "yes"}}
    for role in (*ROLES, "trainee-1"):
        client = room.client(role)
        expected = 200 if role == "trainer" else 403
        assert client.get("/exercise/facilitate").status_code == expected, role
        if role != "trainer":
            for name, body in bodies.items():
                answer = client.post(f"/exercise/{name}", data={**body, "csrf": client.csrf})
                assert answer.status_code == 403, (role, name)
    assert room.play.diary.day is not None and room.play.diary.day.isoformat() == DAYS[1]
    assert not room.play.diary.ended and not room.play.diary.messages


def test_the_calendar_is_no_work_that_trainees_can_ask_for(room: Classroom) -> None:
    trainee = room.client("trainee-1")
    asked = {"kind": "exercise-day", "csrf": trainee.csrf}
    assert trainee.post("/admin/jobs", data=asked).status_code == 400
    headers = {"X-CSRF-Token": trainee.csrf}
    answer = trainee.post("/api/v1/jobs", json={"kind": "exercise-day"}, headers=headers)
    assert answer.status_code == 400
    assert room.console.jobs.all() == []


def facilitates(room: Classroom, name: str, **body: str) -> Any:
    client = room.client("trainer")
    return client.post(f"/exercise/{name}", data={**body, "csrf": client.csrf})


def test_the_facilitator_asks_for_a_day_once(room: Classroom) -> None:
    assert facilitates(room, "advance", day=DAYS[0]).status_code == 400
    assert facilitates(room, "advance", day="<script>").status_code == 400
    assert facilitates(room, "advance", day=DAYS[2]).status_code == 303
    assert facilitates(room, "advance", day=DAYS[2]).status_code == 409
    (job,) = room.console.jobs.all()
    assert (job.kind, job.settings) == ("exercise-day", {"day": DAYS[2]})
    assert f'data-job="{job.id}"' in room.client("trainer").get("/exercise/facilitate").text


def test_a_message_is_shown_on_today(room: Classroom) -> None:
    assert facilitates(room, "message", text=" ").status_code == 400
    assert facilitates(room, "message", text="<b>Look</b> at the port").status_code == 303
    assert "&lt;b&gt;Look&lt;/b&gt; at the port" in room.client("trainee-1").get("/").text


def test_after_the_end_each_reads_their_own(room: Classroom) -> None:
    assert facilitates(room, "end").status_code == 400
    assert facilitates(room, "end", sure="yes").status_code == 303
    trainee: Client = room.client("trainee-1")
    assert trainee.get("/exercise/debriefing").status_code == 200
    assert trainee.get("/exercise/debriefing/trainee-1").status_code == 200
    assert trainee.get("/exercise/debriefing/trainee-2").status_code == 403
    assert trainee.get("/exercise/facilitate").status_code == 403
    assert room.client("auditor").get("/exercise/debriefing").status_code == 404
    trainer = room.client("trainer")
    assert "Trainee 2" in trainer.get("/exercise/debriefing").text
    assert trainer.get("/exercise/debriefing/trainee-2").status_code == 200
    assert facilitates(room, "advance", day=DAYS[2]).status_code in (400, 409)


class Room:
    """A real server of an exercise, and browsers that have signed in."""

    def __init__(self, folder: Path, browser: Any) -> None:
        command = [sys.executable, "-m", "manara", "exercise", "play", str(folder)]
        self.log = folder.parent / "play.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*command, "--port", "0", "--trainees", "1", "--json"],
                stdout=subprocess.PIPE, stderr=log, env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )  # fmt: skip
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self.log.read_text()
        self.told = json.loads(line)
        self._browser, self.wrong = browser, list[str]()

    def enter(self, account: str) -> Page:
        """Return the window of somebody who has set a password by the link."""
        page: Page = self._browser.new_context(reduced_motion="reduce", locale="en-GB").new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.goto(self.told["links"][account])
        page.fill("#password", "a long enough pass phrase")
        page.fill("#again", "a long enough pass phrase")
        page.press("#again", "Enter")
        expect(page).to_have_url(self.told["address"] + "/")
        return page

    def go(self, page: Page, path: str) -> None:
        page.goto(self.told["address"] + path)


@pytest.fixture
def classroom(tmp_path: Path) -> Iterator[Room]:
    if not CHROMIUM:
        pytest.skip("no chromium on the path (set MANARA_TEST_CHROMIUM)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        room = Room(write(tmp_path / "tiny"), browser)
        yield room
        browser.close()
        room.process.terminate()
        room.process.wait(30)
        assert "internal error" not in room.log.read_text()


def decide(room: Room, page: Page, who: str, label: str) -> None:
    room.go(page, f"/leads?words={who}")
    page.locator("main table a").first.click()
    page.get_by_label(label).check()
    page.get_by_label("Reason, in your own words").fill("so it seems")
    page.get_by_role("button", name="Record the decision").click()
    expect(page.locator(".note")).to_contain_text("so it seems")


def accessible(page: Page, name: str) -> None:
    """Look at a page in Arabic: nothing is cut off, and axe finds nothing grave."""
    cookie = {"name": "language", "value": "ar", "url": page.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.reload()
    assert page.locator("html").get_attribute("dir") == "rtl"
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"{name}-ar.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    page.evaluate(AXE)
    found = page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then((told) => told.violations"
        ".filter((one) => ['serious', 'critical'].includes(one.impact))"
        ".map((one) => [one.id, one.nodes[0].html]))"
    )
    assert found == [], name
    page.context.add_cookies([{**cookie, "value": "en"}])  # type: ignore[list-item]
    page.reload()


@pytest.mark.browser
def test_the_story_of_an_exercise(classroom: Room) -> None:
    facilitator, trainee = classroom.enter("facilitator"), classroom.enter("trainee-1")
    classroom.go(facilitator, "/exercise/facilitate")
    # From the keyboard: choose the next day, and go on to it.
    facilitator.get_by_label("Advance to").focus()
    facilitator.keyboard.press("Tab")
    facilitator.keyboard.press("Enter")
    expect(facilitator.locator("[data-job]")).to_have_count(0, timeout=120_000)
    expect(facilitator.locator("aside.exercise")).to_contain_text("31 Mar 2026")
    expect(facilitator.locator("main")).to_contain_text("Ilvane Torskel and Maruen Delkavi")
    accessible(facilitator, "exercise-facilitate")
    decide(classroom, trainee, "Torskel", "Dismiss")
    decide(classroom, trainee, "Vaskeld", "Escalate to a supervisor")
    classroom.go(trainee, "/exercise/debriefing")
    expect(trainee.locator("main")).to_contain_text("nothing here")
    facilitator.get_by_label("I want to end the exercise now").check()
    facilitator.get_by_role("button", name="End the exercise").click()
    expect(facilitator.locator("main table")).to_contain_text("1 of 2")
    classroom.go(trainee, "/")
    trainee.get_by_role("link", name="Debriefing").click()
    plots = trainee.locator("section.outcome")
    expect(plots).to_have_count(3)
    expect(plots.nth(0)).to_contain_text("wrongly dismissed")
    expect(plots.nth(0)).to_contain_text("dismissed · 31 Mar 2026")
    path = plots.nth(0).locator("tbody tr")
    expect(path).to_have_count(4)
    expect(path.last.get_by_role("link", name="Contact of crime and terror")).to_be_visible()
    expect(plots.nth(1)).to_contain_text("found in time")
    expect(plots.nth(1)).to_contain_text("48 days before its planted date")
    expect(plots.nth(2)).to_contain_text("left alone")
    accessible(trainee, "exercise-debriefing")
    path.first.get_by_role("link", name="Ilvane Torskel").click()
    expect(trainee.locator("h1")).to_contain_text("Ilvane Torskel")
    assert classroom.wrong == []

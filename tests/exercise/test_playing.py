"""An exercise is begun, lived through day by day and ended; its diary is the audit log.

The tests of `play` tell one story in order, each from where the last one left the exercise.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from manara.casework import Cases
from manara.casework.accounts import Accounts
from manara.casework.decisions import decide
from manara.casework.journal import Journal
from manara.casework.sessions import Sessions
from manara.exchange import REQUEST, Node, write_letter
from manara.exchange.blind import person_of
from manara.exchange.blind.asked import HIT, NO_HIT, put_over, put_question
from manara.exchange.letters import MESSAGE, letters
from manara.exercise.playing import Partners, Play, begin, debriefing, played, trainees_of
from manara.model import NotFoundError, RefusedError, UsageError
from manara.store import Workspace
from tests.exercise.tiny import DAYS, write

FIRST, SECOND, THIRD = map(date.fromisoformat, DAYS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("play") / "tiny")


@pytest.fixture(scope="module")
def play(folder: Path) -> Iterator[Play]:
    workspace, invited = begin(played(folder), "Aland", 2)
    assert [(one.account, one.facilitates) for one in invited] == [
        ("facilitator", True), ("trainee-1", False), ("trainee-2", False),
    ]  # fmt: skip
    with workspace:
        yield Play(workspace, Journal(workspace))


def test_it_begins_with_the_first_day(play: Play) -> None:
    assert (play.state, play.diary.day, play.coming) == ("XA", FIRST, [SECOND, THIRD])
    assert play.taken == {f"police/police-{DAYS[0]}.ftm.json": FIRST}
    assert list(play.workspace.view().leads()) == []
    assert [one.known for one in play.new_on(THIRD)] == [SECOND, THIRD]


def test_trainees_decide_and_do_not_train(play: Play) -> None:
    accounts = Accounts(play.journal).all()
    assert list(trainees_of(accounts)) == ["trainee-1", "trainee-2"]


def test_the_other_states_are_partners(play: Play) -> None:
    assert list(Node(play.workspace).partners.all()) == ["xb.example"]


def test_it_goes_on_where_it_stood(play: Play, folder: Path) -> None:
    secret = Accounts(play.journal).reset("trainee-2", by="test")
    Sessions(play.journal).set_password(secret, "a long enough pass phrase")
    workspace, invited = begin(played(folder), "Aland", 3)
    with workspace:
        # Who has a password keeps it; the others get a new link.
        assert [one.account for one in invited] == ["facilitator", "trainee-1", "trainee-3"]
        assert Play(workspace, Journal(workspace)).diary.day == FIRST


def test_days_that_cannot_be_lived_through(play: Play) -> None:
    with pytest.raises(UsageError, match="no day to come"):
        play.live(date(2026, 2, 1), by="facilitator")
    assert play.diary.day == FIRST


def test_what_is_done_has_its_day_of_the_exercise(play: Play) -> None:
    play.tell("Look at the port.", by="facilitator")
    assert play.live(SECOND, by="facilitator").files == 1
    leads = {one.finding.subjects[0]: one for one in play.workspace.view().leads()}
    assert set(leads) == {"a-00", "a-10", "a-20"}
    decide(play.journal, leads["a-00"], "dismissed", by="trainee-1", ground="cousins")
    node = Node(play.workspace)
    write_letter(
        node, "xb.example", REQUEST, by="trainee-1", case="x", basis="x", purpose="investigation",
        subjects=[(node.id, one) for one in leads["a-20"].finding.subjects],
    )  # fmt: skip
    # Who opens a case without a lead names people.
    cases = Cases(play.workspace, "trainee-2", journal=play.journal)
    case = cases.open("Two friends", legal_basis="x", purpose="investigation")
    for who in ("a-10", "a-11"):
        cases.involve(case.id, who, "suspect")
    assert play.live(THIRD, by="facilitator").refused == []
    decide(play.journal, leads["a-20"], "escalated", by="trainee-1", ground="odd")
    told = debriefing(play, ["trainee-1", "trainee-2"])
    one, two = ([(act.outcome, act.day, act.plots) for act in t.acts] for t in told.trainees)
    assert one == [
        ("dismissed", SECOND, [0]), ("asked", SECOND, [2]), ("escalated", THIRD, [2]),
    ]  # fmt: skip
    assert two == [("case", SECOND, [1]), ("case", SECOND, [1])]
    verdicts = [{each.plot: each.verdict for each in t.plots} for t in told.trainees]
    assert verdicts == [
        {0: "dismissed", 1: "missed", 2: "pursued"},
        {0: "missed", 1: "found", 2: "untouched"},
    ]
    assert play.diary.messages[0][1:] == (FIRST, "Look at the port.")


def test_partners_answer_by_their_own_rules(play: Play) -> None:
    partners, node = Partners(play), Node(play.workspace)
    for entity, known in (("a-00", True), ("a-10", False)):
        # Couple 1 is known to XB only by what must stay there: blindly there is nobody.
        person = person_of(play.workspace.view(), entity, play.workspace.view().handlings())
        asked = put_question(
            node, "xb.example", person, by="trainee-1", purpose="investigation", basis="x", case="x"
        )
        assert put_over(node, asked.id, partners.ask).state == (HIT if known else NO_HIT)
        letter, went = write_letter(
            node, "xb.example", REQUEST, by="trainee-2", case="x", basis="x",
            purpose="investigation", subjects=[(node.id, entity)],
        )  # fmt: skip
        assert went
        # The first time, the request of before waits too.
        assert {one.state for one in partners.deliver(by="trainee-2")} == {"delivered"}
        told = list(play.workspace.view().facts([f"xb.example:b-{entity[2]}"]))
        assert bool(told) == known
        answers = [one for one in letters(node) if one.about == letter.id]
        assert [one.kind for one in answers] == ([] if known else [MESSAGE])
    # What came is one with what was there.
    assert play.workspace.view().cluster("a-00")[1] == ("a-00", "xb.example:b-0")
    # Trainees find nothing of it in the answers' words.
    assert not any("informants" in one["dataset"] for one in play.workspace.view().datasets())


def test_the_path_leads_to_what_is_in_the_workspace(play: Play) -> None:
    plots = {one.number: one for one in debriefing(play, []).plots}
    assert set(plots) == {0, 1, 2}
    told = [(step.day, step.kind, step.entities) for step in plots[0].path]
    assert told == [
        (FIRST, "record", ["a-00"]),
        (FIRST, "record", ["a-01"]),
        (SECOND, "tie", ["a-00", "a-01"]),
        (SECOND, "lead", ["a-00", "a-01"]),
    ]


def test_the_day_of_a_moment(play: Play) -> None:
    moments = [at for at, _ in play.diary.days]
    assert [play.diary.day_of(at) for at in moments] == [FIRST, SECOND, THIRD]
    before = moments[1] - timedelta(microseconds=1)
    assert play.diary.day_of(before) == FIRST
    assert play.diary.day_of(datetime(2000, 1, 1, tzinfo=UTC)) == FIRST


def test_after_the_end_nothing_counts(play: Play) -> None:
    play.end(by="facilitator")
    ended = play.diary.ended
    lead = next(iter(play.workspace.view().leads()))
    decide(play.journal, lead, "confirmed", by="trainee-1", ground="too late")
    play.end(by="facilitator")
    assert play.diary.ended == ended
    assert len(debriefing(play, ["trainee-1"]).trainees[0].acts) == 3
    with pytest.raises(RefusedError, match="has ended"):
        play.check(THIRD)


def test_which_state_is_played(folder: Path) -> None:
    assert played(folder, "beland") == folder / "play" / "XB"
    assert played(folder, "XA") == played(folder) == folder / "play" / "XA"
    with pytest.raises(NotFoundError, match="no such state"):
        played(folder, "Celand")


def test_what_was_broken_off_is_begun_again(tmp_path: Path) -> None:
    folder = write(tmp_path / "tiny")

    def killed(what: str, done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        begin(played(folder), "Aland", 1, killed)
    workspace, invited = begin(played(folder), "Aland", 1)
    with workspace:
        assert len(invited) == 2
        assert {one["dataset"] for one in workspace.view().datasets()} == {"xa_police"}
        assert Play(workspace, Journal(workspace)).diary.day == FIRST


def test_a_state_without_files_cannot_be_played(tmp_path: Path) -> None:
    folder = write(tmp_path / "tiny")
    (folder / "nodes" / "XB" / "manifest.json").write_text("[]")
    with pytest.raises(UsageError, match="no files"):
        begin(played(folder, "XB"), "Beland", 1)


def test_a_workspace_of_real_work_is_none(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "office") as workspace, pytest.raises(UsageError):
        Play(workspace, Journal(workspace))

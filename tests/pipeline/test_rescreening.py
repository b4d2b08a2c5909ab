"""Kept screenings: asked again only of what changed, equal to asking everything, erased in time."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from manara.identity.screening.query import Query
from manara.model import FormatError, NotFoundError, UsageError
from manara.pipeline.register import erase_expired, kept_screenings
from manara.pipeline.rescreening import Rescreened, keeping, rescreening
from manara.pipeline.screening import query_of, workspace_screen
from manara.store import Workspace
from tests.pipeline.conftest import Manara, person
from tests.pipeline.test_index_states import FAMILY, GIVEN, crowd, take_in, workspace

__all__ = ["workspace"]

#: (query, entity) to what a screening says of it.
Said = dict[tuple[str, str], tuple[str, float, str]]
CUSTOMERS = [f"{given} {family}" for given in GIVEN[:6] for family in FAMILY[:5]]


def keep(workspace: Workspace, names: list[str], **options: object) -> None:
    screen = workspace_screen(workspace)
    with keeping(workspace, "day", screen, by="test", **options) as kept:  # type: ignore[arg-type]
        for name in names:
            kept.ask(query_of(name))


def again(workspace: Workspace) -> Rescreened:
    with rescreening(workspace, "day", by="test") as found:
        return found


def in_full(workspace: Workspace, names: list[str], limit: int = 10) -> Said:
    screen = workspace_screen(workspace)
    return {
        (name, hit.entity): (hit.name, hit.probability, hit.list)
        for name in names
        for hit in screen.ask(query_of(name), limit=limit)
    }


def told(found: Rescreened, before: Said) -> Said:
    """Return what was said before, brought up to date by what a rescreening told."""
    now = dict(before)
    for query, differences in found.differences:
        for one in differences:
            key = (query.name, one.entity)
            assert (one.kind == "new") == (key not in before)
            if one.kind == "gone":
                del now[key]
            else:
                assert now.get(key) != (one.name, one.probability, one.list)
                now[key] = (one.name, one.probability, one.list)
    return now


@pytest.mark.parametrize("seed", range(3))
def test_it_equals_a_full_screening_before_and_after(workspace: Workspace, seed: int) -> None:
    chance = random.Random(seed)
    people = crowd(60)
    take_in(workspace, people)
    keep(workspace, CUSTOMERS)
    said, rounds = in_full(workspace, CUSTOMERS), []
    assert len(said) > 20
    for at in range(4):
        for key in chance.sample(sorted(people), 1 + at):
            people[key] = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}"
        del people[chance.choice(sorted(people))]
        people[f"n-{at}"] = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}"
        take_in(workspace, people)
        found = again(workspace)
        said, rounds = told(found, said), [*rounds, found.everything]
        assert said == in_full(workspace, CUSTOMERS)
    assert rounds[0] is False  # the first change is small, the last make the index anew
    assert True in rounds


def test_only_the_difference_is_told_and_only_once(workspace: Workspace) -> None:
    people = crowd(60) | {"p-0": "Lambert Wexelhoff", "p-1": "Nadezha Orlopova"}
    take_in(workspace, people)
    keep(workspace, ["Lambert Wexelhof", "Nadezha Orlopowa", "Torvald Brimsen", GIVEN[5]])
    people |= {"p-0": "Lambert Gessler", "n-1": "Torvald Brimsen"}
    take_in(workspace, people)
    found = again(workspace)
    assert (found.queries, found.entities, found.everything) == (4, 2, False)
    assert (found.before, found.now) == ({"people": "people-1"}, {"people": "people-2"})
    kinds = [
        (query.name, one.kind, one.entity, one.cause)
        for query, of in found.differences
        for one in of
    ]
    assert kinds == [
        ("Lambert Wexelhof", "gone", "p-0", "list"),
        ("Torvald Brimsen", "new", "n-1", "list"),
    ]
    assert found.differences[0][1][0].edition == "people-1"
    assert found.differences[1][1][0].explanation
    assert again(workspace).differences == []


def test_entities_found_to_be_one_are_no_difference(workspace: Workspace) -> None:
    take_in(workspace, crowd(60) | {"p-0": "Lambert Wexelhoff"})
    take_in(workspace, {"b-1": "Lambert Wexelhoff"}, "other")
    keep(workspace, ["Lambert Wexelhoff"])
    workspace.resolved([], {"p-0": "b-1", "b-1": "b-1"}, by="test")
    assert again(workspace).differences == []


def test_a_query_with_more_hits_than_are_kept_is_asked_in_full(workspace: Workspace) -> None:
    people = crowd(60) | {f"s-{at}": "Lambert Wexelhoff" for at in range(5)}
    take_in(workspace, people)
    keep(workspace, ["Lambert Wexelhoff"], limit=1)
    del people["s-0"]
    take_in(workspace, people)
    ((_, differences),) = again(workspace).differences
    kinds = {(one.kind, one.cause) for one in differences}
    assert kinds == {("gone", "list"), ("new", "ranking")}


def test_what_is_withdrawn_leaves_no_name_behind(workspace: Workspace) -> None:
    take_in(workspace, crowd(60))
    take_in(workspace, {"o-1": "Lambert Wexelhoff"}, "other")
    keep(workspace, ["L. Wexelhof"], threshold=0.1)
    workspace.withdraw("other", by="test", reason="test")
    found = again(workspace)
    ((_, (gone,)),) = found.differences
    assert (gone.kind, gone.entity, gone.name, gone.cause) == ("gone", "o-1", "", "list")
    assert (found.entities, found.everything) == (None, True)
    for path in (workspace.root / "screenings").iterdir():
        assert b"Wexelhoff" not in path.read_bytes()


def test_what_could_not_be_told_is_told_again(workspace: Workspace) -> None:
    take_in(workspace, crowd(60))
    keep(workspace, ["Torvald Brimsen"])
    take_in(workspace, crowd(60) | {"n-1": "Torvald Brimsen"})
    with pytest.raises(BrokenPipeError), rescreening(workspace, "day", by="test"):
        raise BrokenPipeError
    assert [one.kind for _, of in again(workspace).differences for one in of] == ["new"]


def test_a_screening_of_the_past_tells_what_has_changed_since(workspace: Workspace) -> None:
    before = take_in(workspace, crowd(60))
    take_in(workspace, crowd(60) | {"n-1": "Torvald Brimsen"})
    with keeping(workspace, "day", workspace_screen(workspace, before), by="test") as kept:
        assert kept.ask(Query("Torvald Brimsen")) == []
    assert [one.entity for _, of in again(workspace).differences for one in of] == ["n-1"]


def later(days: int) -> type[datetime]:
    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(UTC) + timedelta(days)

    return Later


def test_it_is_erased_after_its_last_day(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(workspace, crowd())
    keep(workspace, ["Torvald Brimsen"])
    (workspace.root / "screenings" / ".day.screening.1234").write_text("Torvald")
    monkeypatch.setattr("manara.pipeline.register.datetime", later(30))
    erase_expired(workspace)
    assert kept_screenings(workspace) == ["day"]
    monkeypatch.setattr("manara.pipeline.register.datetime", later(31))
    erase_expired(workspace)
    assert [path.name for path in (workspace.root / "screenings").iterdir()] == ["lock"]
    with pytest.raises(NotFoundError):
        again(workspace)
    actions = [(trace["action"], trace["thing"]) for trace in workspace.history()]
    assert actions[-1] == ("forget", "day")
    assert "Torvald" not in str(list(workspace.history()))


def test_a_retention_day_is_kept_and_may_not_be_past(workspace: Workspace) -> None:
    take_in(workspace, crowd())
    with pytest.raises(UsageError):
        keep(workspace, ["Torvald Brimsen"], retain_until=date(2020, 1, 1))
    for name in ("../day", "", ".day", "a/b", "x" * 65):
        with (
            pytest.raises(UsageError),
            keeping(workspace, name, workspace_screen(workspace), by="test"),
        ):
            pass
    assert kept_screenings(workspace) == []


def test_a_damaged_one_says_so(workspace: Workspace) -> None:
    take_in(workspace, crowd())
    keep(workspace, ["Torvald Brimsen"])
    (workspace.root / "screenings/day.screening").write_bytes(b'{"retain')
    with pytest.raises(FormatError, match="--forget day"):
        again(workspace)


def test_on_the_command_line(manara: Manara, tmp_path: Path) -> None:
    people, customers = tmp_path / "people.json", tmp_path / "customers.csv"
    listed = "".join(person(key, name=name) for key, name in crowd().items())
    people.write_text(listed, "utf-8")
    manara("ingest", people, "--dataset", "people")
    customers.write_text("name\nTorvald Brimsen\nPatricia Wheeler\n", "utf-8")
    assert manara("screen", customers, "--keep", "day", "--retain-until", "2999-12-31").status == 0
    file = tmp_path / "workspace/screenings/day.screening"
    assert file.stat().st_mode & 0o77 == 0  # for its owner only
    people.write_text(listed + person("n-1", name="Torvald Brimsen"), "utf-8")
    manara("ingest", people, "--dataset", "people")
    ended = manara("rescreen", "day", "--json")
    assert ended.status == 0
    (line,) = ended.lines
    assert (line["screening"], line["query"]["name"]) == ("day", "Torvald Brimsen")
    (one,) = line["differences"]
    assert (one["kind"], one["entity"], one["edition"]) == ("new", "n-1", "people-2")
    assert "1 of 2 queries differ; 1 entities changed" in ended.err
    assert manara("rescreen").out == ""
    assert manara("rescreen", "--forget").status == 2
    assert manara("rescreen", "day", "--forget").status == 0
    assert not file.exists()
    assert manara("rescreen", "day").status == 2
    assert manara("screen", "X", "--retain-until", "2999-12-31").status == 2
    assert manara("screen", "X", "--list", people, "--keep", "day").status == 2

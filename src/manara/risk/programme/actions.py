"""The list of actions: measures of the plan, gaps, continuity; what people write there is kept."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec
import yaml

from manara.model import FormatError, NotFoundError, UsageError, phrase
from manara.risk.oed import read_table
from manara.risk.plan import catalogue
from manara.risk.programme.assessment import Assessed
from manara.risk.programme.folder import ACTIONS, Folder
from manara.risk.programme.questionnaire import Question, questions
from manara.risk.programme.speech import Speech, speech

#: Columns of `actions.csv`; what a person changes there is kept.
COLUMNS = ("action", "site", "do", "owner", "due", "trigger", "evidence", "status")

#: States of an action.
STATES = ("open", "done", "dropped")

#: What a spreadsheet takes for the beginning of a formula; a text may be empty.
_FORMULA = tuple("=+-@\t\r")

#: A twelfth of a year.
MONTH = timedelta(days=365.25 / 12)

#: Months until measures of the plan, and gaps that assessors found, are due.
_MEASURE_DUE, _GAP_DUE = 12, 6

#: Gaps of one site that become actions: the gravest, so that the list can be worked off.
_GAPS = 3


class Action(msgspec.Struct, frozen=True):
    """Something to be done by somebody by a day.

    Attributes:
        action: id, the same in every working out.
        site: that it is for, ``""`` for all.
        do: what.
        owner: who answers for it.
        due: by when.
        trigger: what makes us look at it again.
        evidence: what will show that it is done, or shows it.
        status: open, done or dropped.
    """

    action: str
    site: str
    do: str
    owner: str
    due: date
    trigger: str
    evidence: str
    status: str = "open"


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the checklist of continuity and emergency response."""

    id: str
    phase: str
    do: str
    trigger: str
    months: int


@cache
def checklist() -> tuple[Item, ...]:
    """Return the checklist of continuity and emergency response."""
    text = files("manara.risk.programme").joinpath("continuity.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return msgspec.convert(yaml.load(text, Loader=loader)["items"], tuple[Item, ...])  # noqa: S506


def write_actions(path: Path, actions: tuple[Action, ...]) -> None:
    """Write the list of actions for people to work on; replaced at once."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([getattr(one, name) for name in COLUMNS] for one in actions)
    part.replace(path)


def change_action(folder: Folder, action: str, **changes: str) -> Action:
    """Return an action with what a person changes of it, which is kept from now on.

    Args:
        folder: of the programme, whose `actions.csv` is there.
        action: its id.
        changes: ``owner``, ``due``, ``trigger``, ``evidence`` or ``status``.

    Raises:
        NotFoundError: there is no such action.
        UsageError: it cannot be so.
    """
    with folder.locked():
        path = folder.file(ACTIONS)
        known = read_actions(path)
        if action not in known:
            raise NotFoundError("no such action", where=action[:100])
        told = msgspec.to_builtins(known[action]) | changes
        for name, text in changes.items():
            if text[:1] in _FORMULA:
                raise UsageError("begins like a formula", where=name, remedy="begin with a letter")
        if told["status"] not in STATES:
            raise UsageError("is no state", where=told["status"][:40], remedy=", ".join(STATES))
        if not (told["owner"].strip() and told["trigger"].strip()):
            raise UsageError("every action has an owner and a review trigger", where=action)
        try:
            changed = msgspec.convert(told, Action)
        except msgspec.ValidationError as error:
            raise UsageError(str(error), where=action) from error
        write_actions(
            path, tuple(changed if name == action else one for name, one in known.items())
        )
    return changed


def read_actions(path: Path) -> dict[str, Action]:
    """Return the list of actions that people work on, by id; empty if there is none yet.

    Raises:
        FormatError: it cannot be read; the line is named.
    """
    if not path.is_file():
        return {}
    table = read_table(path)
    table.need(*COLUMNS)
    columns = {name: table.text(name) for name in COLUMNS}
    found = {}
    for row in range(len(table)):
        told = {name: values[row] for name, values in columns.items()}
        try:
            one = msgspec.convert(told, Action)
        except msgspec.ValidationError as error:
            raise FormatError(str(error), where=table.where(row)) from error
        if not (one.action and one.owner and one.trigger):
            raise FormatError(
                "an action without a name, an owner or a review trigger", where=table.where(row)
            )
        found[one.action] = one
    return found


def made_actions(found: Assessed) -> Iterator[Action]:
    """Yield the actions that follow from a programme, in English."""
    owner, today = found.settings.owner, found.made.date()
    plan = found.two.plan
    titles = {kind.id: kind.title for kind in catalogue().measures}
    taken = [(plan, at) for at in plan.taken.tolist()] if plan else []
    for plan, at in taken:
        name, site = plan.measures.ids[at], plan.targets.names[plan.measures.site[at]]
        yield Action(
            f"measure {site} {name}",
            site,
            titles.get(name, name),
            owner,
            today + _MEASURE_DUE * MONTH,
            str(phrase("price or effect differs from the plan")),
            "acceptance record",
        )
    asked = _asked("en")
    for known in found.one.protected.values():
        for gap in known.gaps[:_GAPS]:
            yield Action(
                f"gap {known.site} {gap}",
                known.site,
                _closing(gap, speech()),
                owner,
                today + _GAP_DUE * MONTH,
                str(phrase("next assessment of the site")),
                asked[gap].evidence,
            )
    for item in checklist():
        due = today + item.months * MONTH
        yield Action(f"{item.id} {item.phase}", "", item.do, owner, due, item.trigger, "record")


def told(action: Action, voice: Speech) -> Action:
    """Return an action in a language: what Manara wrote is told in it, what people wrote stays."""
    gap = action.action.split()[-1] if action.action.startswith("gap ") else ""
    do = voice.say(action.do)
    if gap in _asked("en") and action.do == _closing(gap, speech()):
        do = _closing(gap, voice)
    return msgspec.structs.replace(
        action, do=do, owner=voice.say(action.owner), trigger=voice.say(action.trigger)
    )


def _closing(gap: str, voice: Speech) -> str:
    return voice.say("Close the gap: {ask}?", ask=_asked(voice.code)[gap].ask)


@cache
def _asked(code: str) -> dict[str, Question]:
    return {one.id: one for each in questions(code).categories for one in each.questions}

"""Beginning to play: the workspace of the state, its partners by name, and the accounts."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from manara.casework.accounts import Accounts, Role
from manara.casework.journal import Journal
from manara.exercise.playing.partners import Partners
from manara.exercise.playing.play import Play
from manara.exercise.running.nodes import OFFICER, PURPOSE
from manara.pipeline.ingest import Progress
from manara.store import Workspace
from manara.store.settings import FILE

#: The facilitator sees what trainees see, trains, and adds and resets accounts.
FACILITATOR = "facilitator"
_FACILITATES = (Role.TRAINER, Role.SUPERVISOR, Role.ADMINISTRATOR)
#: Trainees decide, open cases, and may ask partners.
_TRAINS = (Role.ANALYST, Role.LIAISON)


class Invited(NamedTuple):
    """An account, whether it facilitates, and the secret of the link to set its password by."""

    account: str
    facilitates: bool
    secret: str


def begin(
    root: Path,
    organisation: str,
    trainees: int,
    told: Progress = lambda what, done: None,
) -> tuple[Workspace, list[Invited]]:
    """Return the workspace of an exercise that is played, and who has yet to set a password.

    What was begun before goes on: accounts that set a password keep it, the day stays.

    Args:
        root: the workspace's folder; see `manara.exercise.playing.played`.
        organisation: the state's name.
        trainees: how many accounts of trainees there shall be at least.
        told: told how far the first day has come.
    """
    new = not (root / FILE).exists()
    workspace = Workspace.create(root, organisation=organisation) if new else Workspace.open(root)
    try:
        journal = Journal(workspace)
        play = Play(workspace, journal)
        # Accounts come last: without one, what was begun was broken off, and is done again.
        if not Accounts(journal).all():
            partners = Partners(play)
            partners.meet()
            play.live(play.days[0], by=OFFICER, told=told)
            partners.live(play.days[0], told)
        return workspace, _invite(journal, trainees)
    except BaseException:
        workspace.close()
        raise


def _invite(journal: Journal, trainees: int) -> list[Invited]:
    """Add the accounts that are missing; return those that never signed in with a new link."""
    accounts = Accounts(journal)
    wanted: dict[str, tuple[Role, ...]] = {FACILITATOR: _FACILITATES}
    wanted |= {f"trainee-{number}": _TRAINS for number in range(1, trainees + 1)}
    known = {one.id: one for one in accounts.all()}
    invited = []
    for account, roles in wanted.items():
        if account not in known:
            name = account.replace("-", " ").capitalize()
            secret = accounts.add(account, name, by=OFFICER, roles=roles, purposes=[PURPOSE])
        elif known[account].last_seen is None:
            secret = accounts.reset(account, by=OFFICER)
        else:
            continue
        invited.append(Invited(account, roles is _FACILITATES, secret))
    return invited

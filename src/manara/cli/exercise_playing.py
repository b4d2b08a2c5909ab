"""Playing exercises: exercise play, exercise debrief."""

from __future__ import annotations

import logging
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from manara.cli.exercise_scoring import folder_argument
from manara.cli.output import json_option, print_json, print_table
from manara.cli.serving import address_options, check_certificate

if TYPE_CHECKING:
    from manara.exercise.playing import Invited

_VERDICTS = ("found", "late", "dismissed", "missed", "cleared", "pursued", "untouched")

state_option = click.option(
    "--state", default="", help="Code or name of the state; the first of the exercise without."
)


@click.command("play")
@folder_argument
@state_option
@click.option("--trainees", type=click.IntRange(1, 200), default=2, show_default=True,
              help="How many accounts of trainees there are at least.")  # fmt: skip
@address_options
@json_option
def play(folder: Path, state: str, trainees: int, as_json: bool, **options: Any) -> None:
    """Play an exercise: serve the console to trainees with the answers hidden (Ctrl-C stops).

    The trainees work as the agencies of one state. A facilitator moves the calendar on, sends
    messages and ends the exercise; then each trainee reads a debriefing. At the start a link is
    printed for each account that has no password yet. It can be used once, for 24 hours.

    What is played is kept in DIR/play/STATE; the next call goes on with it.
    """
    from manara.console.server import serve
    from manara.exercise.manifest import read_exercise
    from manara.exercise.playing import begin, played

    check_certificate(options)
    root = played(folder, state)
    name = read_exercise(folder).states[root.name]
    if not as_json:
        click.echo(f"Preparing the workspace of {name} in {root} …")
    workspace, invited = begin(root, name, trainees)

    # Requests are logged, not what making the workspace took.
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)

    def ready(address: str) -> None:
        _tell(address, root, invited, as_json)

    with closing(workspace), suppress(KeyboardInterrupt):
        serve(workspace, **options, playing=True, ready=ready)


def _tell(address: str, root: Path, invited: list[Invited], as_json: bool) -> None:
    links = {one.account: f"{address}/welcome?link={one.secret}" for one in invited}
    if as_json:
        print_json({"address": address, "state": root.name, "workspace": str(root), "links": links})
        return
    click.echo(f"Manara answers at {address}")
    for account, link in links.items():
        click.echo(f"{account} sets a password at {link}")


@click.command("debrief")
@folder_argument
@state_option
@json_option
def debrief(folder: Path, state: str, as_json: bool) -> None:
    """Tell what each trainee of an exercise that is played found, dismissed and missed.

    It shows answers: not for trainees before the exercise has ended.
    """
    from manara.casework.accounts import Accounts
    from manara.casework.journal import Journal
    from manara.exercise.playing import Play, debriefing, played, trainees_of
    from manara.store import Workspace

    with Workspace.open(played(folder, state)) as workspace:
        journal = Journal(workspace)
        known = Accounts(journal).all()
        result = debriefing(Play(workspace, journal), trainees_of(known))
    if as_json:
        print_json(result)
        return
    print_table(
        ("trainee", *_VERDICTS, "right decisions"),
        (
            (one.account, *(str(one.verdicts.get(name, 0)) for name in _VERDICTS),
             f"{one.right} of {one.decisions}")
            for one in result.trainees
        ),
    )  # fmt: skip

"""Commands for exercises: invented worlds with a known answer."""

from __future__ import annotations

import click

from manara.cli.exercise_new import new
from manara.cli.exercise_playing import debrief, play
from manara.cli.exercise_scoring import run, score


@click.group()
def exercise() -> None:
    """Train and measure with invented worlds whose answers are known."""


exercise.add_command(new)
exercise.add_command(run)
exercise.add_command(score)
exercise.add_command(play)
exercise.add_command(debrief)

COMMANDS = (exercise,)

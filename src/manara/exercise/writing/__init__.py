"""Writing a world down: what each agency of each state would really hold, in the real formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from manara.exercise.tables import World
from manara.exercise.writing.arms import write_arms
from manara.exercise.writing.desk import Desk
from manara.exercise.writing.goods import write_goods
from manara.exercise.writing.known import write_known
from manara.exercise.writing.lists import write_lists
from manara.exercise.writing.passengers import write_crossings, write_passengers
from manara.exercise.writing.payments import Payments, write_reports
from manara.exercise.writing.registers import write_registers
from manara.exercise.writing.signs import write_signs

__all__ = ["write_world"]


def write_world(world: World, folder: Path, told: Callable[[str], None]) -> Desk:
    """Write the files of all agencies, and return the desk, whose truth is still open.

    Args:
        world: whole.
        folder: of the exercise.
        told: called with each step in a few words.
    """
    desk = Desk(world, folder)
    for state, one in enumerate(world.scenario.states):
        told(f"registers of {one.name}")
        write_registers(desk, state)
        write_lists(desk, state)
        write_known(desk, state)
        write_goods(desk, state)
        write_arms(desk, state)
        write_signs(desk, state)
    told("crossings")
    write_crossings(desk)
    told("passengers")
    write_passengers(desk)
    told("payments")
    payments = Payments(desk)
    payments.write()
    told("reports")
    write_reports(desk, payments)
    return desk

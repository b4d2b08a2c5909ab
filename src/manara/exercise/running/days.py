"""The days of a node, each a task of its own: what it knows is in its workspace between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import NamedTuple

from manara.exercise.manifest import Filed
from manara.exercise.running.nodes import Life, Memory, Site
from manara.exercise.running.screening import Alert, Sighted, screen, sighted
from manara.store import Workspace, unsynced


class Home(NamedTuple):
    """Where a node lives.

    Attributes:
        files: the folder of its files.
        root: the folder of its workspace.
        state: code of its state.
        name: name of its state.
        nodes: ids of all nodes.
    """

    files: Path
    root: Path
    state: str
    name: str
    nodes: tuple[str, ...]


@contextmanager
def site_of(home: Home, memory: Memory | None = None) -> Iterator[Site]:
    """Give a node with what is remembered of it; without, it is new."""
    with (
        unsynced(),
        Workspace.open(home.root)
        if memory
        else Workspace.create(home.root, organisation=home.name) as workspace,
    ):
        site = Site(home.files, workspace, home.state, home.name)
        if memory:
            site.memory = memory
        yield site


def live(home: Home, memory: Memory | None, files: Sequence[Filed], day: date) -> Memory:
    """Let a node take in what comes on a day, and look; return what is remembered of it."""
    with site_of(home, memory) as site:
        site.take_in(files)
        site.resolve()
        site.look(day, home.nodes)
        return site.memory


def look_again(home: Home, memory: Memory, day: date) -> Memory:
    """Let a node look at what it was told; return what is remembered of it."""
    with site_of(home, memory) as site:
        site.resolve()
        site.look(day, home.nodes)
        return site.memory


def live_alone(
    home: Home,
    memory: Memory,
    files: Sequence[Filed],
    before: Sequence[Filed],
    day: date,
    *,
    lived: bool,
) -> tuple[Memory, list[Alert]]:
    """Let a node that knows no other live through a day, and screen who travels and pays.

    Args:
        home: where it lives.
        memory: what is remembered of it.
        files: those that come.
        before: those that came before.
        day: of the calendar.
        lived: whether it took them in and looked already.

    Returns:
        What is remembered of it, and the alerts.
    """
    if not lived:
        memory = live(home, memory, files, day)
    with site_of(home, memory) as site:
        alerts = screen(site, files, before, home.nodes, day)
        return site.memory, alerts


def life_of(home: Home, memory: Memory) -> tuple[Life, list[Sighted]]:
    """Return what a node found in all its days, and what its logs show of indicators."""
    with site_of(home, memory) as site:
        return site.life(home.nodes), sighted(site, home.nodes)

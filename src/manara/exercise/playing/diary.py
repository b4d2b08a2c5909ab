"""The diary of an exercise: which day it is, what was told and decided, read from the audit log.

There is no log beside the audit log. The facilitator's steps are entries of it, and the day of the
exercise of any moment is that of the last such step before it.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from manara.store import AuditLog, Entry
from manara.store.log import entry_of

#: What the entries of the facilitator's steps are called.
DAY, MESSAGE, END = "exercise-day", "exercise-message", "exercise-end"

#: Entries of looks at something, which change nothing.
_LOOKS = frozenset({"read", "exercise-answers", "audit-search"})


class Message(NamedTuple):
    """What the facilitator told the trainees, when, and on which day of the exercise."""

    at: datetime
    day: date
    text: str


class Diary:
    """What the audit log says of the exercise; new entries are read when it is asked.

    Args:
        log: the audit log of the workspace in which the exercise is played.
    """

    def __init__(self, log: AuditLog) -> None:
        self._log, self._read, self._lock = log, 0, threading.Lock()
        self._steps = 0
        self._days: list[tuple[datetime, date]] = []
        self._told: list[tuple[datetime, str]] = []
        self._decided: list[Entry] = []
        self._ended: datetime | None = None

    @property
    def days(self) -> list[tuple[datetime, date]]:
        """When each day of the exercise began, UTC."""
        self._look()
        return list(self._days)

    @property
    def day(self) -> date | None:
        """The day of the exercise; None before the first."""
        days = self.days
        return days[-1][1] if days else None

    @property
    def ended(self) -> datetime | None:
        """When the exercise was ended, UTC; None before."""
        self._look()
        return self._ended

    @property
    def messages(self) -> list[Message]:
        """What the facilitator told, the newest first."""
        self._look()
        return [Message(at, self.day_of(at), text) for at, text in reversed(self._told)]

    @property
    def decided(self) -> list[Entry]:
        """The entries of decisions about leads before the end."""
        self._look()
        return [one for one in self._decided if self._ended is None or one.at < self._ended]

    @property
    def steps(self) -> int:
        """How many entries tell of more than that somebody looked at something."""
        self._look()
        return self._steps

    def day_of(self, at: datetime) -> date:
        """Return the day of the exercise of a moment; before the first day began, the first."""
        place = bisect_right(self.days, at, key=lambda one: one[0])
        return self._days[max(place - 1, 0)][1]

    def _look(self) -> None:
        with self._lock:
            size = self._log.size
            self._take(entry_of(line) for line in self._log.lines(self._read, size))
            self._read = size

    def _take(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._steps += entry.action not in _LOOKS
            if entry.action == DAY:
                self._days.append((entry.at, date.fromisoformat(entry.thing)))
            elif entry.action == MESSAGE:
                self._told.append((entry.at, str(entry.detail["text"])))
            elif entry.action == "decide":
                self._decided.append(entry)
            elif entry.action == END:
                self._ended = self._ended or entry.at

"""Today: what waits for the reader, and what is new since the last time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from fastapi import Request
from starlette.responses import Response

from manara.console.pages.inbox import requests_open
from manara.console.pages.leads import listed
from manara.console.pages.pairs import pairs_open
from manara.console.pages.rendering import keep, page_router, render
from manara.console.pages.sight import InSight, Sight
from manara.store import View

router = page_router()

#: How many leads the queue shows, and how far ahead retention looks.
_QUEUE, _AHEAD = 12, timedelta(days=30)

#: A visit goes on as long as pages are asked for at most so far apart.
_APART = timedelta(minutes=30)

#: Facts under each rule, of the views in use: counting goes through all facts.
_COUNTED: WeakKeyDictionary[View, list[dict[str, Any]]] = WeakKeyDictionary()

_UNDER_RULES = """
SELECT dataset, handling_id, count(*) AS facts FROM facts GROUP BY dataset, handling_id
"""


@router.get("/")
def today(request: Request, sight: InSight) -> Response:
    """The reader's queue, and what is new."""
    since, seen = _since(request)
    queue = listed(sight, state="open")
    changed = [line for line in queue if since and line.lead.updated > since]
    sight.visit.read("lead", [line.lead.id for line in (*queue[:_QUEUE], *changed[:_QUEUE])])
    editions = [one for one in sight.datasets() if since and one["recorded_at"] > since]
    response = render(
        request,
        sight.visit,
        "today.html",
        queue=queue[:_QUEUE],
        waiting=len(queue),
        since=since,
        changed=changed[:_QUEUE],
        changes=len(changed),
        editions=editions,
        requests=requests_open(sight),
        pairs=pairs_open(sight),
        retention=_retention(sight),
    )
    for name, value in (("since", since), ("seen", seen)):
        if value:
            keep(request, response, name, value.isoformat(timespec="seconds"))
    return response


def _since(request: Request) -> tuple[datetime | None, datetime]:
    """Return when the reader was here before this visit, and now."""
    now = datetime.now(UTC)
    seen, since = (_moment(request.cookies.get(name, "")) for name in ("seen", "since"))
    return (seen if seen and now - seen > _APART else since), now


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _retention(sight: Sight) -> list[dict[str, Any]]:
    """Return what must be deleted soon, the soonest first."""
    rules, last = sight.view.handlings(), date.today() + _AHEAD
    if not any(one.retain_until and one.retain_until <= last for one in rules.values()):
        return []
    if sight.view not in _COUNTED:
        _COUNTED[sight.view] = sight.view.sql(_UNDER_RULES).to_pylist()
    found = []
    for row in _COUNTED[sight.view]:
        until = rules[row["handling_id"]].retain_until
        if until and until <= last and sight.may(row["handling_id"]):
            found.append({**row, "until": until})
    return sorted(found, key=lambda row: (row["until"], row["dataset"]))

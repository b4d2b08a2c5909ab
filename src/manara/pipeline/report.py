"""The report of a run: one self-contained page."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from manara.pipeline.changes import changes
from manara.pipeline.shared import shared
from manara.store import View

if TYPE_CHECKING:
    from manara.pipeline.run import RunSummary

#: How many rows of each section the page shows; it says how many there are in all.
ROWS = 500

REJECTS_BY_RULE = """
SELECT dataset, rule, count(*) AS count FROM rejects GROUP BY dataset, rule ORDER BY 3 DESC, 1, 2
"""


def write_report(path: Path, view: View, summary: RunSummary, since: datetime | None) -> None:
    """Write the report of a run as one HTML page that needs nothing else.

    Args:
        path: where to; an old report is replaced at once, never half written.
        view: what is known now.
        summary: what the run did.
        since: when the run before ended; None if there was none.
    """
    environment = Environment(
        loader=PackageLoader("manara.pipeline"), autoescape=True, undefined=StrictUndefined
    )
    kinds, changed = changes(view, since, ROWS) if since else (Counter[str](), [])
    page = environment.get_template("report.html").render(
        made=datetime.now(UTC),
        summary=summary,
        datasets=[_aged(dataset) for dataset in view.datasets()],
        changes=changed,
        since=since,
        kinds=kinds,
        several=list(shared(view, ROWS)),
        rejected=list(view.rejects(limit=ROWS)),
        rules=view.sql(REJECTS_BY_RULE).to_pylist(),
        rows=ROWS,
    )
    part = path.with_name(path.name + ".part")
    part.write_text(page, encoding="utf-8")
    part.replace(path)


def _aged(dataset: dict[str, Any]) -> dict[str, Any]:
    """Return a dataset's row with its age in whole days: of the edition, else of its recording."""
    stated = dataset["published"]
    moment = datetime.fromisoformat(stated) if stated else dataset["recorded_at"]
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    age = max((datetime.now(UTC) - moment).days, 0)
    return dataset | {"age": age}

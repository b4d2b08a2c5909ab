"""The pipeline: take in what waits, find who is the same, report. Does only what is new."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from manara.formats import catalogue
from manara.model import NotFoundError, vocabulary
from manara.pipeline.ingest import Ingested, Progress, Request, ingest, reread
from manara.pipeline.register import erase_expired
from manara.pipeline.report import write_report
from manara.store import View, Workspace


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run did and what the workspace now holds.

    Attributes:
        sources: sources in force.
        facts: facts stated by them.
        entities: entities, those found to be one counted once.
        people_in_several: persons known to more than one list.
        organisations_in_several: organisations and companies known to more than one list.
        others_in_several: vessels, aircraft, wallets and other things known to more than one.
        rejects: things set aside of the sources in force.
        seconds: how long the run took.
        report: where the report lies.
        resolved: whether resolution had anything new to do.
        ingested: what was taken in during this run.
    """

    sources: int
    facts: int
    entities: int
    people_in_several: int
    organisations_in_several: int
    others_in_several: int
    rejects: int
    seconds: float
    report: str
    resolved: bool
    ingested: list[Ingested] = field(default_factory=list)


def run(
    workspace: Workspace, *, by: str, progress: Progress = lambda what, done: None
) -> RunSummary:
    """Bring a workspace up to date and return what it holds.

    Args:
        workspace: the workspace.
        by: the account or person who asks.
        progress: told what is being done and how far it has come.
    """
    started = time.monotonic()
    since = workspace.last_run()
    erase_expired(workspace)
    ingested = [
        *_inbox(workspace, by, progress),
        *reread(workspace, Request(by=by), progress),
    ]
    # These bring a compiler, which no other part of this module needs.
    from manara.graph.kept import kept_network
    from manara.pipeline.resolution import resolve

    resolved = resolve(workspace, by=by, progress=progress).new
    workspace.compact()
    progress("networks", 0)
    kept_network(workspace)
    view = workspace.view()
    several = _several(view)
    counts = view.counts()
    report = workspace.root / "report.html"
    summary = RunSummary(
        sources=counts["sources"],
        facts=counts["facts"],
        entities=counts["entities"],
        people_in_several=several["people"],
        organisations_in_several=several["organisations"],
        others_in_several=several["others"],
        rejects=counts["rejects"],
        seconds=0.0,
        report=str(report),
        resolved=resolved,
        ingested=ingested,
    )
    write_report(report, view, summary, since)
    summary = replace(summary, seconds=round(time.monotonic() - started, 2))
    workspace.ran(by=by, detail={"facts": summary.facts, "entities": summary.entities})
    return summary


def _inbox(workspace: Workspace, by: str, progress: Progress) -> Iterator[Ingested]:
    """Take in the files waiting in the inbox; those taken in leave it, those refused stay."""
    folder = workspace.root / "inbox"
    for path in sorted(folder.glob("[!.]*")) if folder.is_dir() else ():
        outcomes = list(ingest(workspace, [str(path)], Request(by=by), progress))
        yield from outcomes
        if path.is_file() and all(outcome.status != "refused" for outcome in outcomes):
            path.unlink()


def _several(view: View) -> Counter[str]:
    """Count the entities known to more than one list, by kind."""
    counted: Counter[str] = Counter()
    for schema, entities in view.in_several_lists():
        counted[kind_of(schema)] += entities
    return counted


def kind_of(schema: str) -> str:
    """Return ``people``, ``organisations`` or ``others`` for a schema."""
    known = vocabulary()[schema]
    if known.is_a("Person"):
        return "people"
    return "organisations" if known.is_a("LegalEntity") else "others"


def update_sources(
    workspace: Workspace,
    datasets: Sequence[str],
    request: Request,
    progress: Progress = lambda what, done: None,
) -> Iterator[Ingested]:
    """Download official lists that changed and take them in.

    Args:
        workspace: where to.
        datasets: names from the catalogue; empty means those the workspace already holds.
        request: how to take them in.
        progress: told what is being done.

    Raises:
        NotFoundError: a name is not in the catalogue.
    """
    known = {entry.dataset: entry for entry in reversed(catalogue())}
    wanted = datasets or [name for name in known if workspace.in_force(name)]
    for name in wanted:
        if name not in known:
            raise NotFoundError(
                "not in the catalogue", where=name, remedy="`manara sources` lists it"
            )
    for name in wanted:
        named = replace(request, dataset=name)
        yield from ingest(workspace, [known[name].address], named, progress)

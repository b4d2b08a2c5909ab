"""Detection: what detectors find becomes leads, each kept once and followed as it changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from manara.model import Finding, Handling, Lead, Recipe, Remark, UsageError
from manara.pipeline.shared import canonical_ids_of
from manara.store import View, Workspace, put_leads


class Detector(NamedTuple):
    """A detector.

    Attributes:
        name: what it is called by, and the first word of the kinds of its leads.
        version: to be changed whenever it may find something else.
        settings: its settings, the seed of its chance among them; JSON values.
        find: takes a view and the settings by name, and returns what it finds, and what it has to
            say of its run.
        configure: takes a workspace and returns settings that count there instead.
        by_name: whether it runs only when it is asked for by name, since it costs time to run and
            to work off.
    """

    name: str
    version: str
    settings: Mapping[str, Any]
    find: Callable[..., Iterable[Finding | Remark]]
    configure: Callable[[Workspace], Mapping[str, Any]] | None = None
    by_name: bool = False


@dataclass(frozen=True, slots=True)
class Detected:
    """What a run of a detector came to.

    Attributes:
        detector: its name.
        new: leads not found before.
        changed: leads found before, now with other evidence, score or wording.
        unchanged: leads found before and just so again.
        ended: leads found before and no longer.
        dismissed: leads found that a person has dismissed, with nothing new since.
        reopened: leads that were dismissed and that something else shows now.
        remarks: what could not be looked at, and why.
    """

    detector: str
    new: int
    changed: int
    unchanged: int
    ended: int
    dismissed: int = 0
    reopened: int = 0
    remarks: tuple[str, ...] = ()


def detect(workspace: Workspace, detectors: Sequence[Detector], *, by: str) -> list[Detected]:
    """Run detectors over all that a workspace knows and keep what they find as leads.

    Args:
        workspace: the workspace.
        detectors: which to run.
        by: the account or person who asks.
    """
    return [_detect(workspace, detector, by) for detector in detectors]


def _detect(workspace: Workspace, detector: Detector, by: str) -> Detected:
    now = datetime.now(UTC)
    view = workspace.view(now)
    before = {lead.id: lead for lead in view.leads(detector.name, ended=True)}
    own = detector.configure(workspace) if detector.configure else {}
    settings = {**detector.settings, **own}
    told_of = list(detector.find(view, **settings))
    found = {each.id: each for each in told_of if isinstance(each, Finding)}
    remarks = tuple(each.text for each in told_of if isinstance(each, Remark))
    told = json.dumps(settings, sort_keys=True)
    recipe = Recipe(detector.name, detector.version, told, now, view.inputs)
    changed = []
    counts = dict.fromkeys(("new", "changed", "unchanged", "ended"), 0)
    for finding, datasets, handling in _with_provenance(view, found.values()):
        old = before.get(finding.id)
        if old and old.standing and (old.finding, old.handling) == (finding, handling):
            counts["unchanged"] += 1
            continue
        counts["changed" if old else "new"] += 1
        created = old.created if old else now
        changed.append(Lead(finding, datasets, handling, recipe, created, now))
    for old in before.values():
        if old.standing and old.id not in found:
            counts["ended"] += 1
            changed.append(replace(old, recipe=recipe, updated=now, standing=False))
    if changed:
        put_leads(workspace, detector.name, changed, by=by)
    after = workspace.view()
    kept = after.suppressed()
    decided = after.decisions()
    counts["dismissed"] = len(kept.keys() & found.keys())
    counts["reopened"] = sum(
        decided[one].outcome == "dismissed" and one not in kept for one in decided.keys() & found
    )
    return Detected(detector.name, **counts, remarks=remarks)


def _with_provenance(
    view: View, findings: Iterable[Finding]
) -> Iterator[tuple[Finding, tuple[str, ...], Handling]]:
    """Yield findings with the datasets of their evidence and the join of its handling rules.

    What states a name that their words use counts as evidence of them here: whoever may read the
    lead reads the name.
    """
    findings = list(findings)
    rules = view.handlings()
    shown = view.evidence(fact for finding in findings for fact in finding.evidence)
    canonical = canonical_ids_of(view)
    about = [_about(finding, shown, canonical) for finding in findings]
    named = view.naming(set().union(*about))
    for finding, entities in zip(findings, about, strict=True):
        missing = set(finding.evidence) - shown.keys()
        if missing:
            raise UsageError(
                f"rests on {min(missing)}, which nothing states",
                where=f"lead {finding.title!r}",
                remedy="report it: a detector must name the facts and events it used",
            )
        rows = [shown[fact] for fact in finding.evidence]
        said = {(row["dataset"], row["handling_id"]) for row in rows}
        words = "\n".join((finding.title, *(step.text for step in finding.explanation)))
        for caption, facts in (named[one] for one in entities if one in named):
            if facts and caption in words:
                # By the loosest of those that state it alone the name may be known.
                fact = min(facts, key=lambda fact: (rules[fact.handling_id].tlp, fact.handling_id))
                said.add((fact.dataset, fact.handling_id))
        datasets = tuple(sorted({dataset for dataset, _ in said}))
        yield finding, datasets, Handling.join_all(rules[rule] for _, rule in said)


def _about(
    finding: Finding, shown: Mapping[str, Mapping[str, Any]], canonical: Mapping[str, str]
) -> set[str]:
    """Return whom a finding may name: its subjects and all entities of the facts it rests on."""
    rows = [shown[fact] for fact in finding.evidence if fact in shown]
    ids = (row[part] for row in rows if "entity_id" in row for part in ("entity_id", "value"))
    return {canonical.get(one, one) for one in ids} | set(finding.subjects)


def recompute(view: View, lead: Lead, detectors: Iterable[Detector]) -> list[str]:
    """Return in what a lead differs when it is found anew from what it was found from.

    Args:
        view: what was known at the moment that the lead's recipe names.
        lead: the lead.
        detectors: those there are.

    Returns:
        A sentence for each difference; empty if the lead comes out the same byte for byte.

    Raises:
        UsageError: its detector is not there any more.
    """
    recipe = lead.recipe
    known = {detector.name: detector for detector in detectors}
    if recipe.detector not in known:
        raise UsageError("no such detector any more", where=recipe.detector)
    detector = known[recipe.detector]
    if detector.version != recipe.version:
        return [f"the detector is of version {detector.version} now, {recipe.version} then"]
    found = detector.find(view, **json.loads(recipe.settings))
    again = next((one for one in found if isinstance(one, Finding) and one.id == lead.id), None)
    if again is None:
        return [] if not lead.standing else ["it is not found again"]
    if not lead.standing:
        return ["it is found, although the run said that it no longer is"]
    return [
        f"{part} differs: {getattr(lead.finding, part)!r} then, {getattr(again, part)!r} now"
        for part in ("score", "severity", "title", "explanation", "evidence")
        if getattr(lead.finding, part) != getattr(again, part)
    ]

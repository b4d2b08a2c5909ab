"""Who is active in which crime domains, from the listings and incidents of a workspace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from manara.graph.arrays import F64, Graph
from manara.model import Grade
from manara.network.domains import DomainProfile, Indication, domains, profile
from manara.store import View

#: What lists say of an entity: its topics, and the programmes and reasons of its listings.
LISTINGS = """
SELECT coalesce(c.canonical_id, t.entity_id) AS entity, t.id, t.prop, t.value, t.dataset
FROM (
    SELECT f.entity_id, f.id, f.prop, f.value, f.dataset FROM facts AS f WHERE f.prop = 'topics'
    UNION ALL
    SELECT e.value AS entity_id, f.id, f.prop, f.value, f.dataset
    FROM facts AS f JOIN facts AS e ON e.entity_id = f.entity_id AND e.dataset = f.dataset
    WHERE f."schema" = 'Sanction' AND f.prop IN ('program', 'programId', 'reason')
        AND e."schema" = 'Sanction' AND e.prop = 'entity'
) AS t LEFT JOIN clusters AS c ON c.entity_id = t.entity_id
ORDER BY entity, t.id
"""

#: Incidents with those suspected of them.
INCIDENTS = """
SELECT id, "time", domains, perpetrators, title, kind, dataset, grade FROM incidents
WHERE perpetrators IS NOT NULL ORDER BY "time", id
"""

_KINDS: Mapping[str, str] = {
    "topics": "topic",
    "program": "program",
    "programId": "program",
    "reason": "keyword",
}


@dataclass(frozen=True, slots=True)
class Incident:
    """What happened, as far as it bears on who is active where.

    Attributes:
        id: of the event.
        time: when, UTC.
        domains: crime domains it belongs to, as far as they are on the list.
        perpetrators: canonical ids of those suspected of it or claiming it.
        title: it in one line.
        dataset: who states it.
        grade: of the report, None if it has none.
    """

    id: str
    time: datetime
    domains: tuple[str, ...]
    perpetrators: tuple[str, ...]
    title: str
    dataset: str
    grade: Grade | None


class Activity:
    """What a view says of everybody's activity.

    Args:
        view: what is known.

    Attributes:
        incidents: those with a perpetrator, by time.
        profiles: by canonical id, of all that anything is said of.
        publisher: who answers for each dataset.
        grade: of each dataset, None if it has none.
    """

    def __init__(self, view: View) -> None:
        rows = list(view.datasets())
        self.publisher = {row["dataset"]: row["publisher"] or row["dataset"] for row in rows}
        self.grade = {
            row["dataset"]: Grade.parse(row["grade"]) if row["grade"] else None for row in rows
        }
        self.incidents = list(self._incidents(view))
        given: dict[str, list[Indication]] = defaultdict(list)
        for entity, one in self._indications(view):
            given[entity].append(one)
        self.profiles: dict[str, DomainProfile] = {
            entity: profile(each) for entity, each in given.items()
        }

    def table(self, graph: Graph) -> F64:
        """Return what a graph's nodes are known for; shape (n, domains).

        A row is the profile without what is unknown of it, so that it adds up to 1, or to 0 for
        those that nothing is known of. How sure a source is does not tell domains apart.
        """
        place = {name: at for at, name in enumerate(domains())}
        found = np.zeros((graph.n, len(place)))
        for at, entity in enumerate(graph.nodes):
            known = self.profiles.get(entity)
            for domain, share in known.shares.items() if known else ():
                found[at, place[domain]] = share.mean
        total = found.sum(axis=1, keepdims=True)
        return found / np.where(total > 0, total, 1.0)

    def _incidents(self, view: View) -> Iterator[Incident]:
        known = domains().keys()
        canonical: dict[str, str] = {}
        for row in view.sql(INCIDENTS).to_pylist():
            for one in row["perpetrators"]:
                canonical.setdefault(one, view.cluster(one)[0])
            yield Incident(
                row["id"],
                row["time"],
                tuple(domain for domain in row["domains"] or () if domain in known),
                tuple(dict.fromkeys(canonical[one] for one in row["perpetrators"])),
                row["title"] or row["kind"],
                row["dataset"],
                Grade.parse(row["grade"]) if row["grade"] else self.grade[row["dataset"]],
            )

    def _indications(self, view: View) -> Iterator[tuple[str, Indication]]:
        for row in view.sql(LISTINGS).to_pylist():
            dataset = row["dataset"]
            yield (
                row["entity"],
                Indication(
                    row["id"],
                    self.publisher[dataset],
                    _KINDS[row["prop"]],  # type: ignore[arg-type]
                    row["value"],
                    self.grade[dataset],
                ),
            )
        for incident in self.incidents:
            for entity in incident.perpetrators:
                for domain in incident.domains:
                    yield (
                        entity,
                        Indication(incident.id, incident.id, "domain", domain, incident.grade),
                    )

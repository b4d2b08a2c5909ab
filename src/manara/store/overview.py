"""What a snapshot holds, counted and listed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from manara.model import Handling
from manara.store import sql
from manara.store.snapshot import Snapshot

# The most rows that a list without a limit may have: all.
_ALL = 2**31 - 1


class Overview(Snapshot):
    """Counts and lists over a snapshot."""

    def datasets(self) -> Iterator[dict[str, Any]]:
        """Yield each dataset in force as a dict, sorted by name.

        Keys: ``dataset, title, publisher, licence, url, country, grade, handling`` (the rule in one
        line), ``handling_id, edition_id, source_id, format, published, recorded_at, records,
        facts, rejects``.
        """
        facts = self._facts_by_dataset()
        for row in self._datasets:
            edition = self._in_force.get(row.name)
            if edition:
                described = ("title", "publisher", "licence", "url", "country", "grade")
                yield {
                    "dataset": row.name,
                    **{key: getattr(row, key) for key in described},
                    "handling": self._rules[str(edition.handling_id)].label,
                    "handling_id": edition.handling_id,
                    "edition_id": edition.id,
                    "source_id": edition.source_id,
                    "format": edition.format,
                    "published": edition.published,
                    "recorded_at": edition.recorded_at,
                    "records": edition.records,
                    "facts": facts.get(row.name, 0),
                    "rejects": edition.rejects,
                }

    def _facts_by_dataset(self) -> dict[str, int]:
        if not self._expired:
            return {name: edition.facts for name, edition in self._in_force.items()}
        return {row["dataset"]: row["facts"] for row in self.sql(sql.FACTS_BY_DATASET).to_pylist()}

    def counts(self) -> dict[str, int]:
        """Return how many ``sources`` and ``facts``, ``entities`` (clusters once), ``rejects``."""
        found = self.sql(sql.COUNTS).to_pylist()[0]
        return {
            "sources": len(self._in_force),
            "facts": found["facts"],
            "entities": found["entities"],
            "rejects": sum(edition.rejects for edition in self._in_force.values()),
        }

    def in_several_lists(self) -> Iterator[tuple[str, int]]:
        """Yield (schema, number of canonical entities that more than one list states)."""
        for row in self.sql(sql.IN_SEVERAL).to_pylist():
            yield row["schema"], row["entities"]

    def rejects(self, dataset: str = "", limit: int | None = None) -> Iterator[dict[str, Any]]:
        """Yield what the editions in force set aside, each as a dict.

        Keys: ``dataset, source_id, edition_id, locator, rule, reason, excerpt, recorded_at``.

        Args:
            dataset: only of this dataset; ``""`` for all.
            limit: at most so many; None for all.
        """
        params: list[object] = []
        query = sql.REJECTS
        if dataset:
            query = sql.where(query, sql.one_of("dataset", [dataset], params))
        for batch in self.stream(query, [*params, _ALL if limit is None else limit]):
            for row in batch.to_pylist():
                yield row | {"recorded_at": row["recorded_at"].replace(tzinfo=UTC)}

    def handlings(self) -> dict[str, Handling]:
        """Return the handling rules by their id."""
        return dict(self._rules)

    def handling_labels(self) -> dict[str, str]:
        """Return each handling rule in one line, by its id."""
        return {key: rule.label for key, rule in self._rules.items()}

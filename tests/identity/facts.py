"""Facts about invented people, written shortly."""

from __future__ import annotations

from datetime import UTC, datetime

from manara.model import Fact, fact_id

AT = datetime(2026, 1, 1, tzinfo=UTC)


def facts_of(entity_id: str, dataset: str, schema: str = "Person", **values: str) -> list[Fact]:
    """Facts about one entity; several values of a property are separated by ``|``."""
    return [
        Fact(
            id=fact_id(dataset, entity_id, schema, prop, value, "", "", "h"),
            entity_id=entity_id,
            schema=schema,
            prop=prop,
            value=value,
            original_value="",
            lang="",
            dataset=dataset,
            source_id="0" * 64,
            locator="line 1",
            handling_id="h",
            first_seen=AT,
        )
        for prop, joined in values.items()
        for value in joined.split("|")
    ]

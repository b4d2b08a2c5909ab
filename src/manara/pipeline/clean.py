"""From what a source states to clean facts: the one place where values meet the vocabulary."""

from __future__ import annotations

from functools import lru_cache

from manara.model import EXISTS, Property, Reject, Schema, Stated, VocabularyError, vocabulary

#: Longest excerpt of an offending value kept with a reject, in characters.
EXCERPT = 500


def clean(stated: Stated) -> tuple[str, str] | Reject:
    """Return the cleaned value and the source's own text, or why the statement cannot be used.

    Args:
        stated: a statement as read.

    Returns:
        ``(value, original_value)``, the latter ``""`` where the source wrote the value just so;
        or a reject of rule ``schema``, ``property`` or the name of the property's type.
    """
    prop = _property(stated.schema, stated.prop)
    if isinstance(prop, str):
        rule = "property" if prop.startswith("property") else "schema"
        return Reject(stated.locator, rule, prop, stated.value[:EXCERPT])
    if prop is None:
        return stated.value, stated.original
    value = prop.clean(stated.value)
    if value is None:
        reason = f"not a valid {prop.type.name} for {stated.schema}:{stated.prop}"
        return Reject(stated.locator, prop.type.name, reason, stated.value[:EXCERPT])
    return value, stated.original or ("" if value == stated.value else stated.value)


@lru_cache(maxsize=4096)
def _property(schema: str, prop: str) -> Property | str | None:
    """Return the property; None for the statement of mere existence; what is wrong as text."""
    try:
        known: Schema = vocabulary()[schema]
    except VocabularyError as error:
        return str(error)
    if known.abstract:
        return f"schema {schema!r} is abstract and cannot have entities of its own"
    if prop == EXISTS:
        return None
    found = known.properties.get(prop)
    return found if found is not None else f"property {prop!r} is unknown to schema {schema!r}"

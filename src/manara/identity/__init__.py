"""Who is the same: names in one form, pairs judged with their reasons, clusters, screening.

The engines of screening (`Index`, `Query` …) and of resolution (`resolve` for tables, `judge` and
`clusters` for entities) are loaded when first asked for: they bring a compiler, which no other part
needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from manara.identity.names import name_key, name_tokens, number_key
from manara.identity.numbers import identifier_key

if TYPE_CHECKING:
    from manara.identity.resolution.clusters import clusters
    from manara.identity.resolution.entities import judge
    from manara.identity.resolution.profiles import props
    from manara.identity.resolution.table import Resolution, resolve
    from manara.identity.screening.compare import Comparison, compare
    from manara.identity.screening.index import Hit, Index
    from manara.identity.screening.query import NameEntry, Query

_HOME = {
    "Comparison": "screening.compare",
    "Hit": "screening.index",
    "Index": "screening.index",
    "NameEntry": "screening.query",
    "Query": "screening.query",
    "Resolution": "resolution.table",
    "clusters": "resolution.clusters",
    "compare": "screening.compare",
    "judge": "resolution.entities",
    "props": "resolution.profiles",
    "resolve": "resolution.table",
}

__all__ = [
    "Comparison",
    "Hit",
    "Index",
    "NameEntry",
    "Query",
    "Resolution",
    "clusters",
    "compare",
    "identifier_key",
    "judge",
    "name_key",
    "name_tokens",
    "number_key",
    "props",
    "resolve",
]


def __getattr__(name: str) -> Any:
    """Return a name of one of the engines, loading it."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"manara.identity.{_HOME[name]}"), name)

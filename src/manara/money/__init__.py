"""Money: patterns of laundering and terrorist financing in payments, with the payments."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from manara.money.bulk import mine_parts
    from manara.money.engine import FEATURES
    from manara.money.layout import PATTERNS, ROLES
    from manara.money.mined import Mined
    from manara.money.mining import mine
    from manara.money.stream import Answer, Instance, Stream

__all__ = [
    "FEATURES",
    "PATTERNS",
    "ROLES",
    "Answer",
    "Instance",
    "Mined",
    "Stream",
    "mine",
    "mine_parts",
]
#: Compiled code takes a while to load, and rules over payments need none of it.
_HOMES = {
    "FEATURES": "engine",
    "PATTERNS": "layout",
    "ROLES": "layout",
    "Answer": "stream",
    "Instance": "stream",
    "Mined": "mined",
    "Stream": "stream",
    "mine": "mining",
    "mine_parts": "bulk",
}


def __getattr__(name: str) -> Any:
    """Return a name of this package, loaded when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

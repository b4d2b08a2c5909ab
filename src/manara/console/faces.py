"""The faces of a node over HTTP, and which paths are whose."""

from __future__ import annotations

from enum import Enum, auto

#: The JSON API of the console.
API = "/api"

#: The first parts of the paths of the screening service.
_SERVICE = frozenset(
    {"healthz", "readyz", "algorithms", "catalog", "entities", "match", "screen", "openapi.json"}
)

_ASSETS = "assets"
_TAXII = "taxii2"


class Face(Enum):
    """What a path belongs to: each has its own door and tells errors in its own way."""

    SERVICE = auto()
    TAXII = auto()
    API = auto()
    PAGE = auto()
    ASSET = auto()


def face_of(path: str) -> Face:
    """Return whose a path is."""
    # What is written oddly is kept behind the strictest door.
    if path.startswith("//"):
        return Face.SERVICE
    first = path.removeprefix("/").partition("/")[0]
    if first in _SERVICE:
        return Face.SERVICE
    return {_TAXII: Face.TAXII, "api": Face.API, _ASSETS: Face.ASSET}.get(first, Face.PAGE)

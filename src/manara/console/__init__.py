"""The faces of a workspace over HTTP; so far the screening service."""

from manara.console.app import application
from manara.console.server import serve

__all__ = ["application", "serve"]

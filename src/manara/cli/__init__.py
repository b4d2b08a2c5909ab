"""The `manara` command."""

from manara.cli.main import main

__all__ = ["main"]

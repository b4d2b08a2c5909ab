"""How commands speak: tables or JSON on standard output, errors and progress on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

import click
import msgspec

#: Exit statuses, the same for every command.
DONE, DONE_WITH_REJECTS, BAD_INPUT, INTERNAL_ERROR = 0, 1, 2, 3

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")


def print_json(value: Any) -> None:
    """Print one value as one line of JSON."""
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.flush()


def say(value: dict[str, Any], text: str, as_json: bool) -> None:
    """Print what was done: as JSON, or in words."""
    if as_json:
        print_json(value)
    else:
        click.echo(text)


def print_list(items: Iterable[Any]) -> None:
    """Print values as JSON lines, one a line, as they come."""
    encoder = msgspec.json.Encoder()
    for item in items:
        sys.stdout.buffer.write(encoder.encode(item) + b"\n")
    sys.stdout.flush()


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows as aligned columns under headings, numbers to the right; nothing for no rows."""
    body = [list(row) for row in rows]
    if not body:
        return
    right = [all(isinstance(cell, int) for cell in column) for column in zip(*body, strict=True)]
    texts = [list(headings), *([_text(cell) for cell in row] for row in body)]
    widths = [max(len(cell) for cell in column) for column in zip(*texts, strict=True)]
    for row in texts:
        cells = (
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        )
        click.echo("  ".join(cells).rstrip())


def _text(cell: object) -> str:
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


class Progress:
    """Tells on standard error, at most twice a second, what is being done; silent in a pipe."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._shown = False
        self._live = sys.stderr.isatty()

    def __call__(self, what: str, done: int) -> None:
        """Show what is being done and how many records it has done."""
        now = time.monotonic()
        if self._live and now - self._last > 0.5:
            self._last, self._shown = now, True
            click.echo(f"\r\033[K{what}: {done:,} records", nl=False, err=True)

    def clear(self) -> None:
        """Take the line away again."""
        if self._shown:
            click.echo("\r\033[K", nl=False, err=True)
            self._shown = False

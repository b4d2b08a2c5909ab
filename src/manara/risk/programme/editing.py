"""Changes of `risk.toml` value by value, so that what people wrote around them stays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

import msgspec

from manara.model import UsageError
from manara.risk.programme.folder import SETTINGS, Folder, parse

Value = str | float | int | date


def change_settings(folder: Folder, changes: Mapping[str, Value]) -> Folder:
    """Return a programme with some settings changed, and the rest of the file as it was.

    Args:
        folder: the programme.
        changes: values by key, such as ``owner`` or ``criteria.loss``.

    Raises:
        UsageError: the settings cannot be so.
    """
    path = folder.file(SETTINGS)
    with folder.locked():
        lines = path.read_text(encoding="utf-8").splitlines()
        for key, value in changes.items():
            _put(lines, key, value)
        text = "\n".join(lines) + "\n"
        try:
            settings = parse(text)
        except (ValueError, msgspec.ValidationError) as error:
            raise UsageError(str(error), where=SETTINGS) from error
        part = path.with_suffix(".part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    return Folder(folder.path, settings)


def _put(lines: list[str], key: str, value: Value) -> None:
    """Change the line of a key, or add one at the end of its table."""
    table, _, name = key.rpartition(".")
    heads = [at for at, line in enumerate(lines) if line.lstrip().startswith("[")]
    begin, end = 0, heads[0] if heads else len(lines)
    if table:
        own = [at for at in heads if re.match(rf"\s*\[\s*{re.escape(table)}\s*\]", lines[at])]
        if not own:
            lines += ["", f"[{table}]"]
            own = heads = [len(lines) - 1]
        begin = own[0] + 1
        end = next((at for at in heads if at >= begin), len(lines))
    told = f"{name} = {_written(value)}"
    for at in range(begin, end):
        if found := re.match(
            rf'\s*{re.escape(name)}\s*=\s*("(?:[^"\\]|\\.)*"|[^#]*?)(\s*#.*)?$', lines[at]
        ):
            lines[at] = told + (found[2] or "")
            return
    while end > begin and not lines[end - 1].strip():
        end -= 1
    lines.insert(end, told)


def _line_of(name: str, line: str) -> re.Match[str] | None:
    """Match the line of a key; the second group is the comment behind its value."""
    value = r'("(?:[^"\\]|\\.)*"|[^#]*?)'
    return re.match(rf"\s*{re.escape(name)}\s*=\s*{value}(\s*#.*)?$", line)


def _written(value: Value) -> str:
    # A JSON string of one line is a TOML string too.
    return value.isoformat() if isinstance(value, date) else msgspec.json.encode(value).decode()

"""The settings of a workspace, in its `manara.toml`."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from manara.model import WorkspaceError
from manara.store.files import replacing

#: The file that makes a folder a workspace.
FILE = "manara.toml"

_ENGINES = ("duckdb", "spark")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the owner of a workspace decides about it.

    Attributes:
        organisation: who runs this node.
        registry: SQLAlchemy URL of the registry; ``""`` for the SQLite file in the workspace.
        engine: what runs the set-wise work: ``duckdb`` or ``spark``.
        memory: how much memory the engine may use before it spills to disk, such as ``1GB``.
        time_stamp: address of an RFC 3161 service that stamps court bundles; ``""`` for none.
    """

    organisation: str = ""
    registry: str = ""
    engine: str = "duckdb"
    memory: str = "512MB"
    time_stamp: str = ""

    @classmethod
    def load(cls, path: Path) -> Settings:
        """Return the settings in a file.

        Raises:
            WorkspaceError: the file is not TOML or holds a setting or value that is not known.
        """
        try:
            values = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise WorkspaceError(str(error), where=str(path), remedy="mend the file") from error
        for name, value in values.items():
            if name not in {field.name for field in fields(cls)} or not isinstance(value, str):
                known = ", ".join(field.name for field in fields(cls))
                raise WorkspaceError(
                    f"{name} is not a setting or not a text",
                    where=str(path),
                    remedy=f"the settings are {known}",
                )
        settings = cls(**values)
        if settings.engine not in _ENGINES:
            raise WorkspaceError(
                f"no engine is called {settings.engine!r}",
                where=str(path),
                remedy=f"use {' or '.join(_ENGINES)}",
            )
        return settings

    def save(self, path: Path) -> None:
        """Write the settings to a file."""
        lines = [
            # A JSON string is a TOML basic string as long as it is not escaped to ASCII.
            f"{field.name} = {json.dumps(getattr(self, field.name), ensure_ascii=False)}\n"
            for field in fields(self)
        ]
        with replacing(path) as partial:
            partial.write_text("".join(lines), "utf-8")

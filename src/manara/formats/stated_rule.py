"""Handling rules as people state them in files that they write by hand."""

from __future__ import annotations

from datetime import date

import msgspec

from manara.model import Handling


class StatedRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A handling rule in a YAML or TOML file; its fields are the arguments of `Handling.of`."""

    tlp: str
    releasable_to: list[str] | None = None
    consent: list[str] = []
    purposes: list[str] | None = None
    retain_until: date | None = None
    caveats: list[str] = []

    def handling(self) -> Handling:
        """Return the rule.

        Raises:
            UsageError: a value is empty or no TLP level.
        """
        fields = msgspec.structs.asdict(self)
        return Handling.of(fields.pop("tlp"), **fields)

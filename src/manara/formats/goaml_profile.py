"""Profiles of goAML: the codes a financial intelligence unit knows, and who reports to it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import yaml

from manara.formats.payment import VIRTUAL, currencies
from manara.model import Recipient, Relation, UsageError

_RELATIONS = {relation.name.lower(): relation for relation in Relation}


class Reporter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who answers for a report; texts are ``""`` where not stated."""

    name: str = ""
    birth_date: str = ""
    country: str = ""
    id_number: str = ""


class Unit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The unit, as handling rules name recipients; see `manara.model.Recipient`."""

    id: str
    organisation: str = ""
    relation: str = "public"
    groups: tuple[str, ...] = ()

    @property
    def recipient(self) -> Recipient:
        """The unit as a recipient."""
        relation = _RELATIONS[self.relation]
        return Recipient(self.id, self.organisation, relation, frozenset(self.groups))


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a report to one unit needs; each field is told in ``goaml_profile.yaml``."""

    version: int
    title: str
    rentity_id: int
    reporting_person: Reporter
    recipient: Unit
    currency: str
    rates: dict[str, Decimal]
    report_code: str
    longest: int
    indicators: dict[str, tuple[str, ...]]
    transmode: dict[str, str]
    funds: dict[str, str]


def profile(path: Path | None = None, **changes: Any) -> Profile:
    """Return the generic profile with what a file and a caller say otherwise.

    Args:
        path: a YAML file with some of its keys; a mapping in it adds to the generic one.
        changes: fields of the profile that are other still; None and empty ones change nothing.

    Raises:
        UsageError: the file cannot be read, or a value is not of its kind.
    """
    told = _loaded(files("manara.formats").joinpath("goaml_profile.yaml").read_text("utf-8"))
    where = str(path or "goaml_profile.yaml")
    try:
        for values in (_loaded(path.read_text("utf-8")) if path else {}, changes):
            told = _joined(told, values)
        found = msgspec.convert(told, Profile, strict=False)
    except (OSError, ValueError, yaml.YAMLError) as error:
        remedy = "see the guide to suspicious-transaction reports for the keys"
        raise UsageError(f"no profile: {error}", where=where, remedy=remedy) from error
    _check(found, where)
    return found


def _loaded(text: str) -> Mapping[str, Any]:
    told = yaml.safe_load(text) or {}
    if not isinstance(told, dict):
        raise ValueError("not `key: value` lines")
    return told


def _joined(told: Mapping[str, Any], more: Mapping[str, Any]) -> Mapping[str, Any]:
    given = {key: value for key, value in more.items() if value not in (None, "", {}, 0)}
    return {
        **told,
        **{
            key: {**told[key], **value}
            if isinstance(value, dict) and isinstance(told.get(key), dict)
            else value
            for key, value in given.items()
        },
    }


def _check(found: Profile, where: str) -> None:
    faults = {
        f"recipient.relation is none of {', '.join(_RELATIONS)}": (
            found.recipient.relation not in _RELATIONS
        ),
        "a currency is none of ISO 4217": not (
            {found.currency} <= currencies() | {""} and found.rates.keys() <= currencies() | VIRTUAL
        ),
        "a rate is not above 0": not all(r.is_finite() and r > 0 for r in found.rates.values()),
        "longest is not from 500 to 8000": not 500 <= found.longest <= 8000,
        "a list of codes has no default": any(
            not codes.get("default") for codes in (found.indicators, found.transmode, found.funds)
        ),
        "rentity_id is below 0": found.rentity_id < 0,
    }
    for fault, is_so in faults.items():
        if is_so:
            raise UsageError(fault, where=where, remedy="mend the profile")

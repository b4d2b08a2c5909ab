"""What OED files say of cover, as far as the cover of a programme has a place for it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import yaml
from numpy.typing import NDArray

from manara.model import FormatError
from manara.risk.cover import read_cover
from manara.risk.cover.scheme import Peril
from manara.risk.cover.terms import Account, Layer, Site
from manara.risk.programme.folder import COVER, Folder
from manara.risk.programme.sites import OED_KEY
from manara.risk.terms import Programme, fields
from manara.risk.terms.perils import covers, held_by
from manara.risk.terms.rules import AMOUNT, OF_VALUE, Terms

#: OED's perils of terrorism: conventional, and by nuclear, biological, chemical means.
_PERILS: tuple[Peril, ...] = ("MTR", "MNT")

_REMEDY = "write cover.yaml yourself, or apply the terms with manara risk terms"


def import_cover(folder: Folder, location: Path, account: Path) -> tuple[int, int]:
    """Write the terms of OED files into a programme's cover; return the number of sites, accounts.

    Taken over are the deductible and limit of a location, in money or as shares of value, and the
    layers of an account for the perils of terrorism that its policies cover. The rest of the
    cover, such as pool and offers, stays.

    Args:
        folder: of the programme.
        location: OED locations.
        account: OED accounts.

    Raises:
        FormatError: a file is not OED, or has terms that the cover has no place for.
    """
    terms = Programme.read(location, account, perils=_PERILS)
    sites, accounts = _sites(terms), _accounts(terms)
    path = folder.file(COVER)
    known = msgspec.structs.replace(read_cover(path), sites=sites, accounts=accounts)
    text = yaml.safe_dump(msgspec.to_builtins(known), sort_keys=False, allow_unicode=True)
    part = path.with_name(path.name + ".part")
    part.write_text(f"# From {location.name} and {account.name}.\n{text}", encoding="utf-8")
    read_cover(part)
    part.replace(path)
    return len(sites), len(accounts)


def _sites(found: Programme) -> dict[str, Site]:
    table, rows = found.location, found.sites.rows
    columns = [[values[row] for row in rows] for values in map(table.text, OED_KEY)]
    names = ["-".join(filter(None, each)) for each in zip(*columns, strict=True)]
    for suffix in (*fields.COVERAGES, "5PD"):
        _refuse(found, fields.LOCATION, suffix)
    if fields.interruption(table).ded.any():
        raise FormatError(
            "BIWaitingPeriod has no place in a cover", where=table.name, remedy=_REMEDY
        )
    held = held_by(table, "LocPeril", found.sites.all_rows, _PERILS)
    worth = found.sites.values.reshape(-1, len(fields.COVERAGES)).sum(axis=1)
    own = fields.read_terms(table, fields.LOCATION, "6All").take(held.rows)
    odd = _odd(own)
    told = {}
    for at, name in enumerate(names):
        account = " ".join(found.sites.keys[at][:2])
        nodes = {node for node in held.nodes[at].tolist() if node >= 0}
        if not nodes:
            told[name] = Site(account)
            continue
        node = nodes.pop()
        if nodes or odd[node]:
            raise FormatError(
                "terms of a location beyond a deductible and a limit in money or of value",
                where=table.where(int(held.rows[node])),
                remedy=_REMEDY,
            )
        less, most = own.ded[node], own.limit[node]
        less *= worth[at] if own.ded_type[node] == OF_VALUE else 1
        most *= worth[at] if own.limit_type[node] == OF_VALUE else 1
        told[name] = Site(account, float(less), float(most) if most else None)
    return told


def _odd(terms: Terms) -> NDArray[np.bool_]:
    kinds = (AMOUNT, OF_VALUE)
    plain = np.isin(terms.ded_type, kinds) & np.isin(terms.limit_type, kinds)
    bare = (terms.ded_code == 0) & (terms.least == 0) & (terms.most == 0) & (terms.share == 1)
    return np.asarray(~(plain & bare))


def _accounts(found: Programme) -> dict[str, Account]:
    for stage in (fields.CONDITION, fields.POLICY, fields.ACCOUNT):
        for suffix in (*fields.COVERAGES, "5PD", "6All"):
            _refuse(found, stage, suffix)
    table, told = found.account, fields.read_layers(found.account).take(found.layers.rows)
    worth: dict[tuple[str, ...], float] = {}
    each = found.sites.values.reshape(-1, len(fields.COVERAGES)).sum(axis=1).tolist()
    for key, value in zip(found.sites.keys, each, strict=True):
        worth[key[:2]] = worth.get(key[:2], 0.0) + value
    perils: dict[str, tuple[Peril, ...]] = {" ".join(key): () for key in worth}
    layers: dict[str, list[Layer]] = {name: [] for name in perils}
    for at, key in enumerate(found.layers.keys):
        name, row = " ".join(key[:2]), int(found.layers.rows[at])
        covered = tuple(p for p in _PERILS if covers(table.text("PolPerilsCovered")[row], p))
        if name not in perils or not covered:
            continue
        if layers[name] and perils[name] != covered:
            raise FormatError(
                "policies for different perils", where=table.where(row), remedy=_REMEDY
            )
        perils[name] = covered
        # A layer without limit pays no more than there is to lose.
        most = float(told.limit[at]) or worth[key[:2]]
        layers[name].append(Layer(most, float(told.attach[at]), float(told.share[at])))
    return {
        name: Account(covered, tuple(sorted(layers[name], key=lambda one: one.attachment)))
        for name, covered in perils.items()
    }


def _refuse(found: Programme, stage: str, suffix: str) -> None:
    table = found.location if stage == fields.LOCATION else found.account
    for row in np.flatnonzero(fields.read_terms(table, stage, suffix).bind()).tolist():
        raise FormatError(
            f"terms of {stage}…{suffix} have no place in a cover",
            where=table.where(row),
            remedy=_REMEDY,
        )

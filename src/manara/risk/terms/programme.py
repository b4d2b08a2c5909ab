"""The levels of an account: site, conditions, policies and their layers, account."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from manara.model import FormatError
from manara.risk.oed import Table
from manara.risk.terms import fields, steps
from manara.risk.terms.engine import Ints, level
from manara.risk.terms.exposure import Layers, Sites
from manara.risk.terms.rules import Floats, State, Terms

_WIDE = len(fields.COVERAGES)


def site_terms(state: State, sites: Sites, table: Table) -> State:
    """Return losses after the terms of each location: coverages, property damage, everything."""
    count = len(sites.keys)
    items = np.arange(count * _WIDE)
    place, cover = items // _WIDE, items % _WIDE
    narrow = [fields.read_terms(table, fields.LOCATION, name) for name in fields.COVERAGES[:3]]
    narrow.append(fields.read_terms(table, fields.LOCATION, fields.COVERAGES[3]))
    by_cover = Terms(*(np.stack(part, axis=1).ravel() for part in zip(*narrow, strict=True)))
    row = sites.rows[place]
    days = fields.interruption(table).take(row)
    state = level(state, np.where(cover == 3, items, -1), days, sites.values)
    state = level(state, items, by_cover.take(row * _WIDE + cover), sites.values)
    for name, within in (("5PD", cover < 3), ("6All", cover < 4)):
        terms = fields.read_terms(table, fields.LOCATION, name).take(sites.rows)
        value = np.bincount(place[within], sites.values[within], count).astype(np.float64)
        state = level(state, np.where(within, place, -1), terms, value)
    return state


class Pairs:
    """Items in the layers that cover them, layer by layer."""

    def __init__(self, sites: Sites, layers: Layers, out: list[set[int]]) -> None:
        by_account: dict[tuple[str, ...], list[int]] = {}
        for at, key in enumerate(sites.keys):
            by_account.setdefault(key[:2], []).append(at)
        place, layer = [], []
        for at, key in enumerate(layers.keys):
            for site in by_account.get(key[:2], ()):
                if site not in out[at]:
                    place.append(site)
                    layer.append(at)
        sites_of = np.array(place, np.intp)
        self.place = np.repeat(sites_of, _WIDE)
        self.layer = np.repeat(np.array(layer, np.intp), _WIDE)
        self.cover = np.tile(np.arange(_WIDE), len(sites_of))
        self.item = self.place * _WIDE + self.cover
        accounts = {key: at for at, key in enumerate(dict.fromkeys(k[:2] for k in layers.keys))}
        account = np.array([accounts[key[:2]] for key in layers.keys], np.intp)
        self.account = account[self.layer]
        self.first = np.zeros(len(accounts), np.intp)
        self.first[account[::-1]] = layers.rows[::-1]


def widths(
    state: State, pairs: Pairs, nodes: Ints, rows: Ints, table: Table, stage: str, values: Floats
) -> State:
    """Return losses after the terms of one stage on groups of items in layers.

    Args:
        state: Losses of the pairs.
        pairs: Items in layers.
        nodes: The group of each pair; -1 is none.
        rows: The row of the account file that holds the terms of each group.
        table: The account file.
        stage: One of the stages.
        values: Insured value of each item.
    """
    by_cover = [fields.read_terms(table, stage, name).take(rows) for name in fields.COVERAGES]
    terms = Terms(*(np.stack(part, axis=1).ravel() for part in zip(*by_cover, strict=True)))
    state = _one(state, pairs, np.where(nodes >= 0, nodes * _WIDE + pairs.cover, -1), terms, values)
    for name, within in (("5PD", pairs.cover < 3), ("6All", pairs.cover < 4)):
        terms = fields.read_terms(table, stage, name).take(rows)
        state = _one(state, pairs, np.where(within, nodes, -1), terms, values)
    return state


def _one(state: State, pairs: Pairs, nodes: Ints, terms: Terms, values: Floats) -> State:
    if not terms.bind().any():
        return state
    inside = nodes >= 0
    # An item counts once however many layers of the group hold it.
    both = np.unique(np.stack([nodes[inside], pairs.item[inside]]), axis=1)
    value = np.bincount(both[0], values[both[1]], len(terms.ded)).astype(np.float64)
    return level(state, nodes, terms, value)


def conditions(layers: Layers, table: Table) -> list[dict[str, list[tuple[float, str, int]]]]:
    """Return for each layer the conditions of each tag: priority, number and row.

    Raises:
        FormatError: A condition has terms, but no tag.
    """
    tag, number = table.text("CondTag"), table.text("CondNumber")
    priority = table.number("CondPriority", 1.0)
    binds = np.zeros(len(table), np.bool_)
    for suffix in (*fields.COVERAGES, "5PD", "6All"):
        binds |= fields.read_terms(table, fields.CONDITION, suffix).bind()
    for row in np.flatnonzero(binds).tolist():
        if not tag[row]:
            raise FormatError("a condition without CondTag", where=table.where(row))
    found = []
    for rows in layers.all_rows:
        of_tag: dict[str, list[tuple[float, str, int]]] = {}
        for row in rows:
            if tag[row]:
                name = number[row] or tag[row]
                of_tag.setdefault(tag[row], []).append((float(priority[row]), name, row))
        found.append(of_tag)
    return found


def condition_terms(
    state: State, pairs: Pairs, sites: Sites, layers: Layers, table: Table
) -> State:
    """Return losses after the special conditions, in the order of their priorities.

    Raises:
        FormatError: Two conditions of one priority meet at one location, or one has no tag.
    """
    known = conditions(layers, table)
    priorities = sorted({one[0] for tags in known for rows in tags.values() for one in rows})
    for priority in priorities:
        numbers: dict[tuple[int, str], int] = {}
        rows: list[int] = []
        nodes = np.full(len(pairs.item), -1, np.intp)
        for at in range(0, len(nodes), _WIDE):
            layer, place = int(pairs.layer[at]), int(pairs.place[at])
            met = {
                number: row
                for tag in sites.tags[place]
                for first, number, row in known[layer].get(tag, ())
                if first == priority
            }
            if len(met) > 1:
                raise FormatError(
                    f"conditions {', '.join(sorted(met))} of one priority at location "
                    f"{sites.keys[place][2]}",
                    where=table.where(min(met.values())),
                )
            for number, row in met.items():
                node = numbers.setdefault((layer, number), len(numbers))
                if node == len(rows):
                    rows.append(row)
                nodes[at : at + _WIDE] = node
        if rows:
            at_rows = np.array(rows, np.intp)
            state = widths(state, pairs, nodes, at_rows, table, fields.CONDITION, sites.values)
    return state


def excluded(sites: Sites, layers: Layers, table: Table) -> list[set[int]]:
    """Return the locations that a layer leaves out.

    Where a layer has a condition of class 1, only locations with the tag of one of its conditions
    are in it.
    """
    by_account: dict[tuple[str, ...], list[int]] = {}
    for at, key in enumerate(sites.keys):
        by_account.setdefault(key[:2], []).append(at)
    kind, tag = table.number("CondClass"), table.text("CondTag")
    found = []
    for key, rows in zip(layers.keys, layers.all_rows, strict=True):
        named = {tag[row] for row in rows}
        alone = any(kind[row] == 1 for row in rows)
        found.append(
            {at for at in by_account.get(key[:2], ()) if alone and not named & sites.tags[at]}
        )
    return found


class Insured(NamedTuple):
    """Insured losses: a row for each item in a layer, a column for each event."""

    pairs: Pairs
    loss: Floats


def insured(state: State, sites: Sites, layers: Layers, account: Table) -> Insured:
    """Return the insured loss of each item in each layer, by event.

    Args:
        state: Items by events, after the terms of locations.
        sites: Locations and items.
        layers: Layers of the policies.
        account: The account file.
    """
    pairs = Pairs(sites, layers, excluded(sites, layers, account))
    state = State(*(values[pairs.item] for values in state))
    state = condition_terms(state, pairs, sites, layers, account)
    values = sites.values
    steps.pay(state.loss, pairs.layer, values[pairs.item], steps.read_steps(layers, account))
    state = widths(state, pairs, pairs.layer, layers.rows, account, fields.POLICY, values)
    # What one layer leaves, another may pay: only the loss is changed by it.
    layered = fields.read_layers(account).take(layers.rows)
    before = State(*(part.copy() for part in state))
    state = before._replace(loss=_one(state, pairs, pairs.layer, layered, values).loss)
    state = widths(state, pairs, pairs.account, pairs.first, account, fields.ACCOUNT, values)
    return Insured(pairs, state.loss)

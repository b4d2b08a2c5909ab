"""The levels of an account: site, conditions, policies and their layers, account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from manara.model import FormatError
from manara.risk.oed import Table
from manara.risk.terms import fields, steps
from manara.risk.terms.engine import Ints, level
from manara.risk.terms.exposure import Layers, Sites
from manara.risk.terms.perils import covers, held_by
from manara.risk.terms.rules import Floats, State, Terms
from manara.risk.terms.years import Years

_WIDE = len(fields.COVERAGES)


def site_terms(
    state: State,
    sites: Sites,
    table: Table,
    perils: Sequence[str] = (),
    years: Years | None = None,
) -> State:
    """Return losses after the terms of each location: coverages, property damage, everything.

    Args:
        state: Items by events; peril by peril where they are told apart.
        sites: Locations and items.
        table: The location file.
        perils: That losses are told apart by.
        years: Which events happen in one year; needed where terms are annual.
    """
    rows = sites.all_rows if perils else [[row] for row in sites.rows.tolist()]
    held = held_by(table, "LocPeril", rows, perils)
    own = np.arange(len(state.loss)) % len(sites.values)
    cover, peril = own % _WIDE, np.arange(len(own)) // len(sites.values)
    node = held.nodes[own // _WIDE, peril]
    item = np.where(node >= 0, node * _WIDE + cover, -1)
    values = sites.values.reshape(-1, _WIDE)[held.owner]
    narrow = [fields.read_terms(table, fields.LOCATION, name) for name in fields.COVERAGES]
    by_cover = Terms(
        *(np.stack(part, axis=1)[held.rows].ravel() for part in zip(*narrow, strict=True))
    )
    days = fields.interruption(table).take(np.repeat(held.rows, _WIDE))
    state = level(state, np.where(cover == 3, item, -1), days, values.ravel())
    state = level(state, item, by_cover, values.ravel(), years)
    for name, wide in (("5PD", 3), ("6All", 4)):
        terms = fields.read_terms(table, fields.LOCATION, name).take(held.rows)
        within = np.where(cover < wide, node, -1)
        state = level(state, within, terms, values[:, :wide].sum(axis=1), years)
    return state


class Pairs:
    """Items in the layers that cover them, layer by layer, location by location, peril by peril.

    Attributes:
        place: The location of each.
        layer: Its layer.
        peril: Its peril.
        cover: Its coverage, from 0.
        own: Its item, whatever the peril.
        item: Its row in losses of items.
        account: Its account, numbered in the order of layers.
        accounts: The rows of the account file of each account.
        years: Which events happen in one year; None where terms do not ask.
    """

    def __init__(
        self,
        sites: Sites,
        layers: Layers,
        out: list[set[int]],
        perils: int = 1,
        years: Years | None = None,
    ) -> None:
        self.years = years
        by_account: dict[tuple[str, ...], list[int]] = {}
        for at, key in enumerate(sites.keys):
            by_account.setdefault(key[:2], []).append(at)
        place, layer = [], []
        for at, key in enumerate(layers.keys):
            for site in by_account.get(key[:2], ()):
                if site not in out[at]:
                    place.append(site)
                    layer.append(at)
        self.perils = perils
        self.place = np.repeat(np.array(place, np.intp), _WIDE * perils)
        self.layer = np.repeat(np.array(layer, np.intp), _WIDE * perils)
        self.peril = np.tile(np.repeat(np.arange(perils), _WIDE), len(place))
        self.cover = np.tile(np.arange(_WIDE), len(place) * perils)
        self.own = self.place * _WIDE + self.cover
        self.item = self.own + self.peril * len(sites.values)
        accounts: dict[tuple[str, ...], list[int]] = {}
        for key, rows in zip(layers.keys, layers.all_rows, strict=True):
            accounts.setdefault(key[:2], []).extend(rows)
        numbers = {key: at for at, key in enumerate(accounts)}
        self.accounts = list(accounts.values())
        of_layer = np.array([numbers[key[:2]] for key in layers.keys], np.intp)
        self.account = of_layer[self.layer]


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
    # An item counts once however many layers of the group hold it, and for all perils.
    both = np.unique(np.stack([nodes[inside], pairs.own[inside]]), axis=1)
    value = np.bincount(both[0], values[both[1]], len(terms.ded)).astype(np.float64)
    return level(state, nodes, terms, value, pairs.years)


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
    state: State,
    pairs: Pairs,
    sites: Sites,
    layers: Layers,
    table: Table,
    perils: Sequence[str] = (),
) -> State:
    """Return losses after the special conditions, in the order of their priorities.

    Raises:
        FormatError: Two conditions of one priority meet at one location, or one has no tag.
    """
    known, named = conditions(layers, table), table.text("CondPeril")
    priorities = sorted({one[0] for tags in known for rows in tags.values() for one in rows})
    for priority in priorities:
        numbers: dict[tuple[int, str], int] = {}
        rows: list[int] = []
        nodes = np.full(len(pairs.item), -1, np.intp)
        for at in range(0, len(nodes), _WIDE):
            layer, place = int(pairs.layer[at]), int(pairs.place[at])
            peril = perils[pairs.peril[at]] if perils else ""
            met = {
                number: row
                for tag in sites.tags[place]
                for first, number, row in known[layer].get(tag, ())
                if first == priority and (not perils or covers(named[row], peril))
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


def insured(
    state: State,
    sites: Sites,
    layers: Layers,
    account: Table,
    perils: Sequence[str] = (),
    years: Years | None = None,
) -> Insured:
    """Return the insured loss of each item in each layer, by event.

    Args:
        state: Items by events, after the terms of locations; peril by peril where told apart.
        sites: Locations and items.
        layers: Layers of the policies.
        account: The account file.
        perils: That losses are told apart by.
        years: Which events happen in one year; needed where terms are annual.

    Raises:
        FormatError: Terms of the account file that contradict each other.
    """
    out = excluded(sites, layers, account)
    pairs = Pairs(sites, layers, out, max(1, len(perils)), years)
    held = held_by(account, "PolPeril", layers.all_rows, perils)
    known = steps.read_steps(layers, account)
    state = State(*(values[pairs.item] for values in state))
    if perils:
        named = [account.text("PolPerilsCovered")[row] for row in layers.rows.tolist()]
        there = np.array([[covers(text, peril) for peril in perils] for text in named])
        state = State(*(values * there[pairs.layer, pairs.peril][:, None] for values in state))
    state = condition_terms(state, pairs, sites, layers, account, perils)
    values = sites.values
    steps.pay(state.loss, pairs.layer, values[pairs.own], known, perils)
    nodes = held.nodes[pairs.layer, pairs.peril]
    state = widths(state, pairs, nodes, held.rows, account, fields.POLICY, values)
    # What one layer leaves, another may pay: only the loss is changed by it.
    layered = fields.read_layers(account).take(layers.rows)
    before = State(*(part.copy() for part in state))
    state = before._replace(loss=_one(state, pairs, pairs.layer, layered, values).loss)
    whole = held_by(account, "AccPeril", pairs.accounts, perils)
    nodes = whole.nodes[pairs.account, pairs.peril]
    state = widths(state, pairs, nodes, whole.rows, account, fields.ACCOUNT, values)
    return Insured(pairs, state.loss)

"""The names and numbers of companies, as the register of their state gave them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from manara.exercise.names import ENGLISH, Names
from manara.exercise.tables import World

_FIRST = (
    *("Golden", "Atlas", "Blue", "Oasis", "North", "Star", "Unity", "Delta", "Crescent", "Horizon"),
    *("Green", "Royal", "Express", "Modern", "Central", "Union", "Palm", "Silver", "Coast", "New"),
    *("Two Rivers", "Desert", "Harbour", "Mountain", "Orient", "Sahel", "Summit", "Pearl", "Amber"),
)
#: What companies of a kind call themselves, kinds as `codes.CODES` numbers them.
_WHAT = (
    ("Market", "Store", "Bazaar"), ("Trading", "Import Export", "General Trading", "Commerce"),
    ("Relief", "Foundation", "Solidarity"), ("Exchange", "Change"), ("Transfers", "Cash Point"),
    ("Transport", "Logistics", "Freight"), ("Mining", "Minerals"), ("Farms", "Agro"),
    ("Industries", "Works", "Mills"), ("School", "Academy"), ("Clinic", "Medical Centre"),
    ("Water and Power", "Electricity"), ("Estates", "Properties"), ("Telecom",), ("Airways",),
    ("Administration", "Office"), ("Printing", "Press"), ("Outfitters", "Armoury"),
    ("Brokers", "Agency"), ("Hotel", "Residence"),
)  # fmt: skip
_FORMS = {"fr": ("SARL", "SA", "Ets", ""), "en": ("Ltd", "LLC", "Co", "")}


def company_names(world: World) -> pa.Array:
    """Return the name of every company: a word or a family, the trade and the legal form."""
    firms = world.tables["companies"]
    number = np.asarray(firms["name"]).astype(np.int64) % (2**31)
    names = Names(world.scenario)
    culture = number % len(names.first)
    span = np.minimum(names.counts[culture, 2], 200)
    family = names.written[ENGLISH][names.first[culture, 2] + number // 7 % span]
    word = np.array(_FIRST, object)[number // 11 % len(_FIRST)]
    first = np.where(number % 5 < 2, family, word)
    kinds = np.asarray(firms["kind"])
    most = max(map(len, _WHAT))
    table = np.array([[one[i % len(one)] for i in range(most)] for one in _WHAT], object)
    what = table[np.maximum(kinds, 0), number // 13 % most]
    habits = [_FORMS[state.habit] for state in world.scenario.states]
    form = np.array(habits, object)[np.maximum(firms["state"], 0), number // 17 % 4]
    parts = [pa.array(part, pa.string()) for part in (first, what, form)]
    return pc.utf8_trim_whitespace(pc.binary_join_element_wise(*parts, " "))


def company_numbers(world: World) -> pa.Array:
    """Return the number of every company in the register of its state."""
    firms = world.tables["companies"]
    drawn = world.rng("company numbers").permutation(firms.rows) + 100_000
    states = [one.code for one in world.scenario.states]
    heads = pa.array(np.array(states, object)[np.maximum(firms["state"], 0)], pa.string())
    return pc.binary_join_element_wise(heads, "RC", pa.array(drawn).cast(pa.string()), "")

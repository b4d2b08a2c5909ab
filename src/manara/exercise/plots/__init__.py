"""Plots and their innocent look-alikes, planted into a world among people who live their lives.

Each module says what registers would show of one published typology, never how it is done. A
decoy has the same shape and an innocent reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from manara.exercise.plots import (
    arms_diversion,
    charity_front,
    document_forgery,
    drug_finance,
    migrant_smuggling,
    mining_tax,
    mobile_money_cells,
    ransomware_wallet,
    trade_misinvoicing,
)
from manara.exercise.plots.planted import Pattern, Planted
from manara.exercise.scenario import PlotSpec
from manara.exercise.tables import World

Plant = Callable[[World, PlotSpec, int], Planted]

#: How each kind of plot is planted, by the name that scenarios call it by.
PLOTS: Mapping[str, Plant] = {
    "arms-diversion": arms_diversion.plant,
    "drug-finance": drug_finance.plant,
    "charity-front": charity_front.plant,
    "mobile-money-cells": mobile_money_cells.plant,
    "trade-misinvoicing": trade_misinvoicing.plant,
    "migrant-smuggling": migrant_smuggling.plant,
    "document-forgery": document_forgery.plant,
    "ransomware-wallet": ransomware_wallet.plant,
    "mining-tax": mining_tax.plant,
}

__all__ = ["PLOTS", "Pattern", "Plant", "Planted"]

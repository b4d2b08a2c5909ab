"""Trade: declarations of goods and invoices against the payments for them."""

from manara.money.trade.checks import checks
from manara.money.trade.examining import Examined, examine
from manara.money.trade.finding import TradeFinding
from manara.money.trade.rates import Rates, rates_of_file
from manara.money.trade.reading import COLUMNS, Declarations, declarations_of, declarations_of_file

__all__ = [
    "COLUMNS",
    "Declarations",
    "Examined",
    "Rates",
    "TradeFinding",
    "checks",
    "declarations_of",
    "declarations_of_file",
    "examine",
    "rates_of_file",
]

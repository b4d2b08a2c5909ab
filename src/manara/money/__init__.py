"""Money: patterns of laundering and terrorist financing in payments, with the payments."""

from manara.money.engine import FEATURES
from manara.money.layout import PATTERNS, ROLES
from manara.money.mining import Mined, mine
from manara.money.stream import Answer, Instance, Stream

__all__ = ["FEATURES", "PATTERNS", "ROLES", "Answer", "Instance", "Mined", "Stream", "mine"]

"""Money: patterns of laundering and terrorist financing in payments, with the payments."""

from manara.money.engine import FEATURES
from manara.money.layout import PATTERNS, ROLES
from manara.money.bulk import mine_parts
from manara.money.mined import Mined
from manara.money.mining import mine
from manara.money.stream import Answer, Instance, Stream

__all__ = ["FEATURES", "PATTERNS", "ROLES", "Answer", "Instance", "Mined", "Stream", "mine", "mine_parts"]

"""How likely each payment is one of those labelled before: features, model, reasons."""

from manara.money.score.explain import Explained, explain
from manara.money.score.reasons import Reason
from manara.money.score.run import Scored, score
from manara.money.score.sight import NAMES

__all__ = ["NAMES", "Explained", "Reason", "Scored", "explain", "score"]
